"""The edit as one movie: its cut laid out once, planned, rendered by FFmpeg, and proved."""
