"""The networks of learned matching and of content (the ``deep`` extra): where their weights come from, how they run."""
