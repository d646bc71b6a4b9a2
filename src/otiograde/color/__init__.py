"""The mathematics of color: arrays in, arrays out; no files, no clock, no state."""
