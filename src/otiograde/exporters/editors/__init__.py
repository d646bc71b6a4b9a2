"""Projects of other programs: MLT, Kdenlive, Final Cut, Premiere, Resolve."""
