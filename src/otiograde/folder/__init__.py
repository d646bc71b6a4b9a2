"""The output folder: its names, what is written into it, and what is read back from it."""
