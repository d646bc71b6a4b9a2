"""Turn a graded OTIO timeline back into the record that otiograde's exporters need, and write it by one of them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any


def written(timeline: Any, exporter: str, file: str, *, luts: bool = False) -> str:
    """Return the first file with this ending that an exporter of otiograde (``editors.mlt``) writes of a timeline.

    ``luts`` is as for ``record_of``. Raises ``ImportError`` without otiograde, and what ``record_of`` raises.
    """
    from otiograde_otio.needing import needed

    files = needed(f"otiograde.exporters.{exporter}").export(record_of(timeline, luts=luts))
    name = min(name for name in files if name.endswith(file))
    return str(files[name].decode("utf-8", errors="replace" if name.endswith(".edl") else "surrogateescape"))


def with_named_luts(document: str, timeline: Any) -> str:
    """Return an XML document with the LUTs at the paths that the effects name, in place of the usual ones."""
    from xml.sax.saxutils import escape

    for clip in timeline.find_clips():
        for effect in clip.effects:
            values = effect.metadata.get("otiograde")
            if effect.effect_name.startswith("otiograde.") and values:
                document = document.replace(f">luts/{values['shot']}.cube<", f">{escape(str(values['path']))}<")
    return document


def record_of(timeline: Any, *, luts: bool = False) -> Any:
    """Return the record of a timeline whose clips have otiograde's effects. Their media must exist.

    With ``luts`` the LUTs that the effects name are read from the current folder; else the grades are identities.
    Raises ``TimelineError`` for a clip without a grade, and for an edit without any media that is found.
    """
    import opentimelineio as otio

    from otiograde.errors import TimelineError
    from otiograde.media.probe import probe
    from otiograde.record.graded import GradedTimeline
    from otiograde.record.settings import Settings
    from otiograde.timeline import Reading, read_edit

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graded.otio"
        otio.adapters.write_to_file(timeline, str(path), adapter_name="otio_json")
        edit = read_edit(path, Reading(), probe)
    if not edit.shots:
        raise TimelineError(f"{edit.name}: no clip has media that is found: name them by absolute addresses")
    effects = [_effect(edit.otio, shot) for shot in edit.shots]
    shots = tuple(replace(shot, id=str(effect["shot"])) for shot, effect in zip(edit.shots, effects, strict=True))
    grades = tuple(_grade(effect, luts=luts) for effect in effects)
    settings = Settings(lut_size=max(int(effect["size"]) for effect in effects))
    return GradedTimeline(replace(edit, shots=shots), (), grades, (), settings)


def _effect(edit: dict[str, Any], shot: Any) -> dict[str, Any]:
    """Return the metadata of otiograde's effect on the clip of a shot."""
    from otiograde.errors import TimelineError
    from otiograde.record.items import clip_at

    for effect in clip_at(edit, shot.where).get("effects") or ():
        metadata = (effect.get("metadata") or {}).get("otiograde")
        if str(effect.get("effect_name", "")).startswith("otiograde.") and metadata:
            return dict(metadata)
    raise TimelineError(f"clip {shot.name!r} has no grade of otiograde: grade the edit first")


def _grade(effect: dict[str, Any], *, luts: bool) -> Any:
    from otiograde.color.transform import Identity
    from otiograde.folder.reading import read_cube
    from otiograde.record.grade import Grade

    balance: Any = read_cube(str(effect["path"])) if luts else Identity()
    return Grade(str(effect["shot"]), str(effect.get("scene", "")), balance)
