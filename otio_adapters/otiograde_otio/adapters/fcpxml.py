"""``otiograde_fcpxml``: write a graded OTIO timeline as FCPXML 1.11 with Final Cut Pro's Custom LUT."""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the FCPXML document. Install its LUTs in Final Cut's folder under the same names."""
    from otiograde.exporters.editors.fcpxml import export
    from otiograde_otio.record import record_of

    return export(record_of(input_otio))["graded.fcpxml"].decode("utf-8")
