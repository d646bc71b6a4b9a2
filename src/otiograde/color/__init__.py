"""The mathematics of colour: arrays in, arrays out, no files, no clock, no state."""
