"""Review: a person looks at a grade and overrules it; a local web page over the report.

``changes`` and ``history`` are the pure core: a change takes a draft to a draft, undo is the draft before. ``desk``
holds one draft, solves and saves. ``server`` speaks HTTP to a page on the same machine, and to nobody else (``guard``).
"""
