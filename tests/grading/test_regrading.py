"""A part graded again: with the settings and the look that the grades were made with, whatever the defaults are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from making.graded_wall import UNUSUAL, graded_wall, spied, with_matcher, write_look
from otiograde.color.affine import Affine
from otiograde.color.curves import Curves
from otiograde.color.transform import Identity
from otiograde.errors import MatchError
from otiograde.grading.regrading import regrade
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.settings import Matching
from otiograde.record.shot import Wishes

GRAY = np.full((1, 3), 0.5)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    """Graded with settings of which none is the default, and read back from its text."""
    made = graded_wall(tmp_path_factory.mktemp("wall"))
    assert [scene.shots for scene in made.scenes] == [("a", "b", "c")]
    return parse_record(format_record(made))


@pytest.mark.slow
def test_a_part_is_graded_with_the_settings_of_the_record(
    record: GradedTimeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = spied(monkeypatch, "otiograde.grading.regrading", "look_at", "decide")
    again = regrade(record, record.edit, {"b"})
    assert calls == [("look_at", UNUSUAL), ("decide", UNUSUAL)]
    assert again.settings == record.settings == UNUSUAL


@pytest.mark.slow
def test_the_whole_again_is_what_it_was(record: GradedTimeline) -> None:
    again = regrade(record, record.edit, {"a", "b", "c"})
    assert again.grades == record.grades
    assert format_record(again) == format_record(record)
    assert not isinstance(again.grade("b").transform, Identity)


@pytest.mark.slow
def test_other_settings_for_a_part_leave_the_settings_of_the_record(record: GradedTimeline) -> None:
    other = regrade(record, record.edit, {"a", "b", "c"}, settings=with_matcher(record.settings, "histogram"))
    assert [type(each.grade("b").balance.inner) for each in (record, other)] == [Affine, Curves]  # type: ignore[attr-defined]
    assert other.settings == record.settings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("matching", "message"),
    [
        (Matching("wizard"), "unknown matcher 'wizard': use one of joint"),
        (Matching("reinhard", {"wand": 1}), "matcher 'reinhard' has no field wand: it has strength"),
        (Matching("reinhard", {"strength": "much"}), "matcher 'reinhard': strength is 'much', not a number"),
        (Matching("reinhard", {"strength": None}), "matcher 'reinhard': strength is None, not a number"),
        (Matching("joint", {"reach": 0.5}), "matcher 'joint': reach is 0.5, not true or false"),
        (Matching("joint", {"rounds": 2.5}), "matcher 'joint': rounds is 2.5, not a whole number"),
    ],
)
def test_a_matcher_that_is_not_there_is_one_clear_line(
    record: GradedTimeline, matching: Matching, message: str
) -> None:
    strange = replace(record, settings=replace(record.settings, matcher=matching))
    with pytest.raises(MatchError, match=message) as caught:
        regrade(strange, strange.edit, {"b"})
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_look(tmp_path_factory.mktemp("look") / "look.cube")


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory, look: Path) -> GradedTimeline:
    """Graded with a look for every scene."""
    return graded_wall(tmp_path_factory.mktemp("wall"), replace(UNUSUAL, look=look))


@pytest.fixture
def gone(look: Path, looked: GradedTimeline) -> GradedTimeline:
    """The same, its look no longer where it was."""
    return replace(looked, settings=replace(looked.settings, look=look.with_name("gone.cube")))


@pytest.fixture(params=["there", "gone"])
def either(request: pytest.FixtureRequest, looked: GradedTimeline, gone: GradedTimeline) -> GradedTimeline:
    """With the file of the look, and without."""
    return looked if request.param == "there" else gone


def looks(record: GradedTimeline) -> dict[str, list[float]]:
    """What the look of each shot does to mid gray."""
    return {grade.shot: np.round(grade.look(GRAY)[0], 3).tolist() for grade in record.grades}


WARMED, UNCHANGED = [0.45, 0.4, 0.35], [0.5, 0.5, 0.5]


@pytest.mark.slow
def test_the_whole_again_keeps_the_look(either: GradedTimeline) -> None:
    assert looks(either) == {"a": WARMED, "b": WARMED, "c": WARMED}
    again = regrade(either, either.edit, {"a", "b", "c"})
    assert looks(again) == looks(either)
    assert [grade.balance for grade in again.grades] == [grade.balance for grade in either.grades]


@pytest.mark.slow
def test_a_part_again_keeps_the_look(either: GradedTimeline) -> None:
    assert looks(regrade(either, either.edit, {"b"})) == looks(either)


def locking(edit: Edit, name: str) -> Edit:
    shots = (replace(shot, wishes=Wishes(lock=True)) if shot.id == name else shot for shot in edit.shots)
    return replace(edit, shots=tuple(shots))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a", "c"])
def test_a_locked_shot_does_not_take_the_look_from_its_scene(
    looked: GradedTimeline, gone: GradedTimeline, name: str
) -> None:
    """Locked shots stay without a look; the others of their scene have it, and keep it."""
    first = regrade(looked, locking(looked.edit, name), {"a", "b", "c"})
    expected = {shot: UNCHANGED if shot == name else WARMED for shot in "abc"}
    assert looks(first) == expected
    assert looks(regrade(first, first.edit, {"b"})) == expected
    assert looks(regrade(first, first.edit, set("abc") - {name})) == expected
    lost = replace(first, settings=gone.settings)
    assert looks(regrade(lost, lost.edit, set("abc") - {name})) == expected
    assert looks(regrade(lost, lost.edit, {"a", "b", "c"})) == expected
