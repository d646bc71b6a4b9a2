"""A local web page on which a person checks the grades of an output folder and overrules them.

``changes`` and ``history`` are pure: a change makes a new draft from a draft, and undo returns to the draft before.
``desk`` holds the draft, solves scenes and saves. ``views`` are what the page shows. ``server`` answers the page over
HTTP. ``guard`` refuses every request that does not come from that page.
"""
