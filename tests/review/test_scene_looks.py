"""The look of a scene: chosen, tried and applied, with what the command line would make of the same wishes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from making.graded_wall import UNUSUAL, files_in, graded_wall, write_look, write_output, write_window
from making.pictures import Look
from making.small_record import small_record
from otiograde.color.transform import Identity
from otiograde.errors import ExportError, MediaError
from otiograde.exporters import export_all
from otiograde.folder.layout import look_picture_path
from otiograde.folder.reading import changed_files, read_record
from otiograde.folder.writing import write_folder
from otiograde.grading.picturing import draw_pictures
from otiograde.grading.pipeline import grade_timeline
from otiograde.means.cache import DiskCache
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.lab_target import LabTarget
from otiograde.record.shot import WishedLook
from otiograde.review.changes import Move, SetVerdict
from otiograde.review.desk import Desk
from otiograde.review.draft import ChangeError, Draft
from otiograde.review.history import History, replay
from otiograde.review.scene_looks import AppliedLook, SetLook

FILM = Path("/o/looks/film.png")
WISH = WishedLook(FILM, "grade", 0.8, 0.25)


def looks_of(draft: Draft) -> list[WishedLook | None]:
    return [draft.record.look_of(scene) for scene in draft.record.scenes]


def with_settings(**changed: Any) -> Draft:
    record = small_record()
    return Draft(replace(record, settings=replace(record.settings, **changed)))


def test_a_look_and_its_amounts_are_wishes_of_all_shots_of_the_scene() -> None:
    draft = SetLook("kitchen", FILM, "grade", 0.8, 0.25)(Draft(small_record()))
    assert looks_of(draft) == [WISH, None]
    assert [shot.wishes.wished_look for shot in draft.record.edit.shots] == [WISH, WISH, None, None]
    assert draft.unsolved == {"kitchen"}
    assert parse_record(format_record(draft.record)) == draft.record
    assert looks_of(SetLook("kitchen", None)(draft)) == [None, None]
    everywhere = SetLook(None, FILM, "palette")(draft)
    assert looks_of(everywhere) == [WishedLook(FILM, "palette")] * 2
    assert everywhere.unsolved == {"kitchen", "street"}
    moved = Move(("door",), "kitchen")(draft)
    assert moved.record.edit.shot("door").wishes.wished_look == WISH


@pytest.mark.parametrize(
    ("kind", "strength", "palette", "message"),
    [
        ("grade", 1.6, 0, "the strength of this look is a number from 0 to 1.5"),
        ("palette", 1.1, 0, "the strength of this look is a number from 0 to 1"),
        (None, 1.1, 0, "from 0 to 1"),
        ("grade", float("nan"), 0, "from 0 to 1.5"),
        ("grade", 1, 1.2, "the share of the palette"),
        ("style", 1, 0.2, "only a grade has one"),
    ],
)
def test_amounts_that_no_look_has(kind: Any, strength: float, palette: float, message: str) -> None:
    with pytest.raises(ChangeError, match=message):
        SetLook("kitchen", FILM, kind, strength, palette)(Draft(small_record()))


def test_a_look_of_the_run_stays_where_it_is_not_changed() -> None:
    run = Path("/o/run.jpg")
    draft = with_settings(look=run, look_as="grade", look_strength=1.2, look_palette=0.5)
    assert looks_of(draft) == [WishedLook(run, "grade", 1.2, 0.5)] * 2
    changed = SetLook("street", FILM, "style")(draft)
    assert looks_of(changed) == [WishedLook(run, "grade", 1.2, 0.5), WishedLook(FILM, "style")]
    settings = changed.record.settings
    assert (settings.look, settings.look_as, settings.look_strength, settings.look_palette) == (None, "grade", 1.0, 0.0)
    assert changed.unsolved == {"street"}


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"look": FILM, "more_looks": (FILM,)}, "2 files"),
        ({"look_lab": LabTarget((55.0, 2.0, 8.0), (18.0, 12.0, 14.0))}, "Lab numbers"),
    ],
)
def test_a_look_that_no_wish_can_hold_goes_as_a_whole_or_not_at_all(changed: dict[str, Any], what: str) -> None:
    draft = with_settings(**changed)
    with pytest.raises(ChangeError, match=f"the look of this run is made of {what} .*: choose one for all scenes"):
        SetLook("kitchen", FILM, "grade")(draft)
    assert looks_of(SetLook(None, FILM, "grade")(draft)) == [WishedLook(FILM, "grade")] * 2


def test_an_accepted_shot_keeps_its_look() -> None:
    draft = SetVerdict(("close",), "accepted")(Draft(small_record()))
    with pytest.raises(ChangeError, match="close is accepted and keeps its grade with its look: take that back first"):
        SetLook("kitchen", FILM, "grade")(draft)
    assert looks_of(SetLook("street", FILM, "grade")(draft))[1] == WishedLook(FILM, "grade")
    assert looks_of(SetLook("kitchen", None)(draft)) == [None, None]


def test_an_applied_look_is_one_step_and_is_asked_for_again_without_its_solution() -> None:
    draft, change = Draft(small_record()), SetLook("kitchen", FILM, "grade")
    solved = change(draft).record
    history = History.of(draft).do(AppliedLook(change, solved, frozenset({"kitchen"})))
    assert (history.draft.unsolved, history.done[-1].change.label) == (frozenset(), "look film.png for kitchen")
    assert history.undo().draft is draft
    again, dropped = replay(draft, [entry.change for entry in history.done])
    assert (again.draft, dropped) == (change(draft), ())


# With real stills, and a still of another place as the look.


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    return graded_wall(tmp_path_factory.mktemp("wall"))


@pytest.fixture
def desk(record: GradedTimeline, tmp_path: Path) -> Desk:
    return Desk(write_output(tmp_path / "out", record), DiskCache(tmp_path / "cache"))


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """A still of another wall through a strong grade."""
    return write_window(tmp_path / "film.png", Look(exposure=-0.6, warmth=0.3, contrast=1.3), seed=8)


def finish(desk: Desk, started: Any) -> None:
    desk.end_work(started[1]())
    assert desk.outcome is not None
    assert not desk.outcome.failed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "strength", "palette"), [("grade", 0.8, 0.25), ("grade", 1.4, 0.0), ("palette", 0.5, 0)]
)
def test_what_was_tried_is_applied_and_is_what_the_command_line_makes(
    desk: Desk, still: Path, kind: Any, strength: float, palette: float
) -> None:
    name = desk.open_look(str(still))
    (scene,) = desk.draft.record.scenes
    look = SetLook(scene.id, Path(str(name)), kind, strength, palette)
    before, tried = desk.draft, desk.try_look(look)
    assert (desk.draft, desk.revision) == (before, 1)  # trying changes nothing
    finish(desk, desk.applying(1, look))
    assert {shot: desk.lut(shot) for shot in scene.shots} == tried.luts
    assert not isinstance(desk.draft.record.grade("b").look, Identity)
    desk.undo(2)
    assert desk.draft is before
    desk.redo(3)
    finish(desk, desk.saving(4, solve_first=True))
    saved = read_record(desk.folder.path)
    assert changed_files(desk.folder.path, saved) == {}
    file = desk.folder.path / "looks" / str(name)
    assert saved.look_of(saved.scenes[0]) == WishedLook(file, kind, strength, palette)
    amounts = {"look_as": kind, "look_strength": strength, "look_palette": palette}
    asked = grade_timeline(
        [shot.media.path for shot in saved.edit.shots], settings=replace(UNUSUAL, look=file, **amounts)
    )
    assert [grade.look for grade in asked.grades] == [grade.look for grade in saved.grades]
    # The graded edit asks for it again by itself.
    again = grade_timeline(desk.folder.path / "graded.otio", settings=UNUSUAL)
    assert again.grades == saved.grades


@pytest.mark.slow
def test_the_report_has_the_still_beside_its_scene(record: GradedTimeline, still: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_folder(folder, export_all(record, ("luts", "otio"), draw_pictures(record.edit)))
    desk = Desk(folder, DiskCache(tmp_path / "cache"))
    name = str(desk.open_look(str(still)))
    assert 'class="reference"' not in desk.page()
    finish(desk, desk.applying(1, SetLook(record.scenes[0].id, Path(name))))
    assert 'alt="The still of the look"' in desk.page()
    finish(desk, desk.saving(2, solve_first=True))
    report = (folder / "report.html").read_text("utf-8")
    assert f"Look: {name}, as grade" in report
    assert 'alt="The still of the look"' in report
    assert (folder / look_picture_path(folder / "looks" / name)).is_file()


class HalfStyle:
    """A network that finds half of the grade that it starts from, and counts how often it is asked."""

    asked = 0

    @property
    def made_with(self) -> dict[str, str]:
        return {"half style": "1"}

    def fitted(self, frames: Any, stills: Any, start: Any) -> Any:
        assert len(frames) == 3 == len(stills) + 2
        HalfStyle.asked += 1
        return 0.5 * start


@pytest.mark.slow
def test_a_style_is_tried_once_for_all_amounts_and_applied(record: GradedTimeline, still: Path, tmp_path: Path) -> None:
    desk = Desk(write_output(tmp_path / "out", record), DiskCache(tmp_path / "cache"), None, HalfStyle)
    name, (scene,), asked = str(desk.open_look(str(still))), record.scenes, HalfStyle.asked
    tried = [desk.try_look(SetLook(scene.id, Path(name), "style", amount)) for amount in (1.0, 0.6, 0.3)]
    grade = desk.try_look(SetLook(scene.id, Path(name), "grade", 0.6))
    assert HalfStyle.asked == asked + 1
    assert len({trial.luts["b"].digest for trial in (*tried, grade)}) == 4
    assert tried[0].note == ""
    finish(desk, desk.applying(1, SetLook(scene.id, Path(name), "style", 0.6)))
    assert {shot: desk.lut(shot) for shot in scene.shots} == tried[1].luts
    assert desk.draft.record.made_with["half style"] == "1"


@pytest.mark.slow
def test_a_lut_is_tried_as_it_is(desk: Desk, tmp_path: Path) -> None:
    name = str(desk.open_look(str(write_look(tmp_path / "warm.cube"))))
    (scene,) = desk.draft.record.scenes
    assert desk.still(name) is None
    whole, half, none = (desk.try_look(SetLook(scene.id, Path(name), None, amount)) for amount in (1, 0.5, 0))
    assert none.luts["b"] == desk.lut("b")
    assert len({trial.luts["b"].digest for trial in (whole, half, none)}) == 3
    with pytest.raises(ChangeError, match="from 0 to 1"):
        desk.try_look(SetLook(scene.id, Path(name), None, 1.2))


@pytest.mark.slow
def test_a_locked_scene_and_one_without_its_media_cannot_be_tried(
    record: GradedTimeline, still: Path, tmp_path: Path
) -> None:
    (scene,) = record.scenes
    gone = tuple(
        replace(shot, media=replace(shot.media, path=tmp_path / f"gone-{shot.id}.png")) for shot in record.edit.shots
    )
    lost = replace(record, edit=replace(record.edit, shots=gone))
    desk = Desk(write_output(tmp_path / "lost", lost), DiskCache(tmp_path / "cache"))
    look = SetLook(scene.id, Path(str(desk.open_look(str(still)))), "grade")
    with pytest.raises(
        MediaError, match=f"{scene.id}: looks are tried on its media, which cannot be read: .*gone-a.png"
    ):
        desk.try_look(look)
    _, work = desk.applying(1, look)
    with pytest.raises(MediaError, match="cannot be solved without its media"):
        work()


# What a person may point at.


def bad_files(folder: Path) -> dict[str, str]:
    """Files that are no look -> what is said of them."""
    folder.mkdir()
    (folder / "text.png").write_text("no picture")
    (folder / "empty.jpg").touch()
    (folder / "notes.pdf").write_text("x")
    (folder / "broken.cube").write_text("LUT_3D_SIZE 2\n0 0")
    cv2.imwrite(str(folder / "flat.png"), np.full((64, 64, 3), 90, np.uint8))
    cv2.imwrite(str(folder / "tiny.png"), np.zeros((3, 3, 3), np.uint8))
    with (folder / "huge.jpg").open("wb") as file:
        file.truncate(2**26 + 1)
    return {
        "text.png": "this is no look: text.png: is a text file",
        "empty.jpg": "this is no look: empty.jpg: is empty",
        "notes.pdf": "notes.pdf: a look is one of .cube, .png",
        "broken.cube": "this is no look: broken.cube",
        "flat.png": "this is no look: flat.png shows a single color",
        "tiny.png": "this is no look: tiny.png shows 0 usable pixels",
        "huge.jpg": "huge.jpg has 64 MB: a look has 64 MB at most",
        "missing.png": "missing.png cannot be read: No such file",
        "x" * 300 + ".png": "cannot be read: File name too long",
    }


def test_what_is_no_look_is_said_in_one_line_and_not_kept(tmp_path: Path) -> None:
    desk = Desk(write_output(tmp_path / "out", small_record()), DiskCache(tmp_path / "cache"))
    before = files_in(tmp_path / "out")
    for name, message in bad_files(tmp_path / "bad").items():
        for path, inside in ((tmp_path / "bad" / name, ""), (tmp_path / "bad", name)):
            with pytest.raises(ExportError) as raised:
                desk.open_look(str(path), inside)
            assert message in str(raised.value)
            assert "\n" not in str(raised.value)
    assert files_in(tmp_path / "out") == before
    assert desk.revision == 0


def test_paths_stay_where_they_are_said_to_be(tmp_path: Path, still: Path) -> None:
    desk = Desk(write_output(tmp_path / "out", small_record()), DiskCache(tmp_path / "cache"))
    (tmp_path / "stills").mkdir()
    (tmp_path / "stills" / "way_out.png").symlink_to(still)
    write_window(tmp_path / "stills" / "inside.png", Look(warmth=0.2), seed=9)
    (tmp_path / "stills" / "notes.txt").touch()
    listed = desk.open_look(str(tmp_path / "stills"))
    assert (listed.folder, listed.names) == (str(tmp_path / "stills"), ("inside.png",))  # type: ignore[union-attr]
    for path, name in (("../film.png", ""), ("looks/../../film.png", "")):
        with pytest.raises(ExportError, match=r"leads out of .*: give its whole path"):
            desk.open_look(path, name)
    for name in ("way_out.png", "../film.png", "/etc/passwd", "..", "a/b.png"):
        with pytest.raises(ExportError, match=r"leads out of .*: give its whole path|cannot be read"):
            desk.open_look(str(tmp_path / "stills"), name)
    for path in ("", "  ", "a\0b", "x" * 5000):
        with pytest.raises(ChangeError, match=r"give the path of a still, of a .cube or of a folder with stills"):
            desk.open_look(path)
    with pytest.raises(ExportError, match="holds no look"):
        desk.open_look(str(tmp_path / "out" / "luts" / ".."), "")
    assert str(desk.open_look(str(tmp_path / "stills"), "inside.png")).startswith("inside-")
    assert str(desk.open_look("looks", str(next(iter(desk.folder.looks()))))).startswith("inside-")
