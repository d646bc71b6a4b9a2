"""``otiograde_fcpxml``: write a graded OTIO timeline as FCPXML 1.11 with Final Cut Pro's Custom LUT."""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the FCPXML document. Install its LUTs in Final Cut's folder under the same names."""
    from otiograde_otio.record import written

    return written(input_otio, "editors.fcpxml", "graded.fcpxml")
