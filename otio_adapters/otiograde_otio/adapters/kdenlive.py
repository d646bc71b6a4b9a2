"""``otiograde_kdenlive``: write a graded OTIO timeline as a project of Kdenlive."""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the project. Its LUTs are those that the effects of the timeline name."""
    from otiograde.exporters.editors.kdenlive import export
    from otiograde_otio.record import record_of

    return export(record_of(input_otio))["graded.kdenlive"].decode("utf-8")
