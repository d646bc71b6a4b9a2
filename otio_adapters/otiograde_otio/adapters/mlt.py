"""``otiograde_mlt``: write a graded OTIO timeline as MLT XML for melt and Shotcut."""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the MLT document. Its LUTs are those that the effects of the timeline name."""
    from otiograde.exporters.editors.mlt import export
    from otiograde_otio.record import record_of

    return export(record_of(input_otio))["graded.mlt"].decode("utf-8")
