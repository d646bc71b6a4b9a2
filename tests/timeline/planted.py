"""The footage's edits of other programs as records: every clip has invented media and a planted grade."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from building import Inventor, no_media
from test_edits_of_others import _media_names

from otiograde.color.affine import Affine
from otiograde.errors import TimelineError
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.timeline import Reading, read_edit

WARM = Affine(((1.05, 0, 0), (0, 1, 0), (0, 0, 0.9)), (0.01, 0, 0), "rgb")


def record_of(edit: Edit) -> GradedTimeline:
    """The record of an edit whose every shot has the same grade."""
    grades = tuple(Grade(shot.id, "scene_1", WARM, confidence="high") for shot in edit.shots)
    scenes = (Scene("scene_1", tuple(shot.id for shot in edit.shots)),)
    return GradedTimeline(edit, scenes, grades, (), 2, {"otiograde": "0"})


def planted(footage: Path, folder: Path) -> Iterator[tuple[Path, GradedTimeline]]:
    """Every edit that can be read, as a record; ``folder`` gets the (empty) media."""
    probe = Inventor(frames=200 * 3600 * 60, rate=Fraction(24))
    paths = sorted(path for path in (footage / "timelines").iterdir() if path.name != "manifest.json")
    for number, path in enumerate(paths):
        try:
            names = _media_names(read_edit(path, Reading(), no_media))
        except TimelineError:
            continue
        root = folder / str(number)
        root.mkdir()
        for name in names:
            (root / name).touch()
        yield path, record_of(read_edit(path, Reading(media_root=root), probe))
