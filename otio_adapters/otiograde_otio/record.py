"""A graded OTIO timeline turned back into the record that otiograde's exporters take."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any


def record_of(timeline: Any, *, luts: bool = False) -> Any:
    """Give the record of a timeline whose clips bear effects of otiograde, their media being there.

    With ``luts`` the LUTs that the effects name are read, from the current folder; else the record only knows their
    places. Raises ``TimelineError`` for a clip without a grade, and for an edit none of whose media is found.
    """
    import opentimelineio as otio

    from otiograde.errors import TimelineError
    from otiograde.media.probe import probe
    from otiograde.record.graded import GradedTimeline
    from otiograde.timeline import Reading, read_edit

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graded.otio"
        otio.adapters.write_to_file(timeline, str(path), adapter_name="otio_json")
        edit = read_edit(path, Reading(), probe)
    if not edit.shots:
        raise TimelineError(f"{edit.name}: no clip has media that is found: name them by absolute addresses")
    said = [_effect(edit.otio, shot) for shot in edit.shots]
    shots = tuple(replace(shot, id=str(own["shot"])) for shot, own in zip(edit.shots, said, strict=True))
    grades = tuple(_grade(own, luts=luts) for own in said)
    size = max(int(own["size"]) for own in said)
    return GradedTimeline(replace(edit, shots=shots), (), grades, (), size)


def _effect(edit: dict[str, Any], shot: Any) -> dict[str, Any]:
    from otiograde.errors import TimelineError

    clip: dict[str, Any] = edit["tracks"]
    for index in shot.where:
        clip = clip["children"][index]
    for effect in clip.get("effects") or ():
        own = (effect.get("metadata") or {}).get("otiograde")
        if str(effect.get("effect_name", "")).startswith("otiograde.") and own:
            return dict(own)
    raise TimelineError(f"clip {shot.name!r} bears no grade of otiograde: grade the edit first")


def _grade(own: dict[str, Any], *, luts: bool) -> Any:
    from otiograde.color.transform import Identity
    from otiograde.folder.reading import read_cube
    from otiograde.record.grade import Grade

    balance: Any = read_cube(str(own["path"])) if luts else Identity()
    return Grade(str(own["shot"]), str(own.get("scene", "")), balance)
