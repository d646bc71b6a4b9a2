"""What many tests are made of: pictures, media, shots, edits, records. Makers only: no fixtures, no assertions."""
