"""The neural networks of learned matching (the ``deep`` extra): where their weights come from, and how they run."""
