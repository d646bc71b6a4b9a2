"""The still of a look beside its scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from making.hostile_record import HOSTILE, drawn, hostile_record, jpeg, pictures
from otiograde.exporters.report import page
from otiograde.exporters.report.gallery import Gallery
from otiograde.exporters.report.references import Reference, reference_of
from otiograde.folder.layout import look_picture_path
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import WishedLook

STILL = Path("/films/a.jpg")


def wishing(look: WishedLook) -> GradedTimeline:
    """The record whose first scene wishes for a look."""
    record = hostile_record()
    first = record.scenes[0].shots
    shots = tuple(
        replace(shot, wishes=shot.wishes.with_look(look)) if shot.id in first else shot for shot in record.edit.shots
    )
    return replace(record, edit=replace(record.edit, shots=shots))


def test_the_still_stands_beside_its_scene_alone() -> None:
    record = wishing(WishedLook(STILL, "grade", 0.8, 0.25))
    stored = pictures(record) | {look_picture_path(STILL): jpeg(drawn(2, 4))}
    gallery = Gallery(record, stored)
    first, *others = (reference_of(scene, gallery) for scene in record.scenes)
    assert first is not None
    assert first.words == "Look: a.jpg, as grade, strength 80%, with 25% of the palette"
    assert (first.width, first.height, first.source[:23]) == (320, 180, "data:image/jpeg;base64,")
    assert others == [None, None]
    assert page(record, stored).count('class="reference"') == 1


def test_a_look_of_the_run_is_beside_every_scene() -> None:
    record = hostile_record()
    record = replace(record, settings=replace(record.settings, look=STILL, more_looks=(STILL, STILL)))
    references = [reference_of(scene, Gallery(record, pictures(record))) for scene in record.scenes]
    assert references == [Reference("Look: a.jpg, and 2 more")] * 3
    assert page(record, pictures(record)).count("Look: a.jpg, and 2 more") == 3


def test_hostile_names_and_damaged_pictures() -> None:
    look = Path(f"/films/{HOSTILE.replace('/', '')}.jpg")
    record = wishing(WishedLook(look))
    html = page(record, pictures(record) | {look_picture_path(look): b"no picture"})
    assert html.count('class="reference"') == 1
    assert "<script>alert" not in html
    assert 'alt="The still of the look"' not in html
    assert 'class="reference"' not in page(hostile_record())
