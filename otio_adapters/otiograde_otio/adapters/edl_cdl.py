"""``otiograde_edl_cdl``: write a graded OTIO timeline as a CMX3600 list with each shot's ASC CDL.

Run it in the output folder: the CDLs are fitted to the LUTs in ``luts``.
"""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the list of the lowest video track."""
    from otiograde.exporters.lists.edl import export
    from otiograde_otio.record import record_of

    files = export(record_of(input_otio, luts=True))
    lists = sorted(name for name in files if name.endswith(".edl"))
    return files[lists[0]].decode("utf-8", errors="replace")
