"""Neural networks that match frames and describe their content (the ``deep`` extra), and their weights."""
