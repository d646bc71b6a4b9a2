"""Read and write media, and run FFmpeg: no other room opens media files or starts programs."""
