"""Fuzzing: hostile inputs, made from a seed, are read in a process that is watched (CONTRIBUTING.md, "Fuzzing")."""
