"""``otiograde_edl_cdl``: write a graded OTIO timeline as a CMX3600 list with each shot's ASC CDL.

Run it in the output folder: the CDLs are fitted to the LUTs in ``luts``.
"""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the list of the lowest video track."""
    from otiograde_otio.record import written

    return written(input_otio, "lists.edl", ".edl", luts=True)
