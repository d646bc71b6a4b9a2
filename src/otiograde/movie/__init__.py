"""The edit as one movie: laid out once, planned, rendered by FFmpeg, and proved."""
