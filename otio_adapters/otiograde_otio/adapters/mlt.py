"""``otiograde_mlt``: write a graded OTIO timeline as MLT XML for melt and Shotcut."""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the MLT document. Its LUTs are those that the effects of the timeline name."""
    from otiograde_otio.record import with_named_luts, written

    return with_named_luts(written(input_otio, "editors.mlt", "graded.mlt"), input_otio)
