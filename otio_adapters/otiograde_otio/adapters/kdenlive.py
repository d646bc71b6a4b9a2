"""``otiograde_kdenlive``: write a graded OTIO timeline as a project of Kdenlive."""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return the project. Its LUTs are those that the effects of the timeline name."""
    from otiograde_otio.record import with_named_luts, written

    return with_named_luts(written(input_otio, "editors.kdenlive", "graded.kdenlive"), input_otio)
