"""Media in and out: the one place that opens media files and starts programs."""
