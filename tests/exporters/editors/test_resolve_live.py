"""Grades onto the open timeline of the stand-in of Resolve: new versions, groups and markers, or nothing at all."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from making.fake_resolve import Group, Item, Resolve, Timeline
from making.records import CROSSED, WARMISH, graded
from making.shots import edit, shot
from otiograde.exporters.editors import resolve, resolve_apply, resolve_live
from otiograde.exporters.luts import export as luts
from otiograde.folder.apps import project_of
from otiograde.folder.installing import uninstall
from otiograde.record.graded import GradedTimeline

Stop: type[Exception] = resolve_live.steps.Stop
NAME = 'cut "1"; $(touch x) `y`\n<b>%s{0}'
SCENES = {"scene_001": ("a", "b"), "scene_002": ("c",)}


def record_of(balance: Any = WARMISH) -> GradedTimeline:
    shots = [shot(name, at=24 * number, where=(0, number)) for number, name in enumerate("abc")]
    return graded(edit(*shots), balance, scenes=SCENES, lut_size=2)


def write(out: Path, record: GradedTimeline) -> str:
    for name, content in {**resolve.export(record), **luts(record)}.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    return str(out / "resolve/grade.json")


@pytest.fixture(params=[18.6, 19.0, 21.0])
def fake(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Resolve with the timeline open. Its first clip has a marker, its last one a group of the user."""
    (tmp_path / "LUT").mkdir()
    program = Resolve(tmp_path / "LUT", None)
    program.number = request.param
    timeline = Timeline(program, NAME)
    timeline.file = b"{}"
    timeline.tracks = [[Item(timeline, 24 * at, 24, f"/media/{name}.mov") for at, name in enumerate("abc")]]
    first, _, last = timeline.tracks[0]
    first.markers[0.0] = {"color": "Red", "name": "mine", "note": "", "customData": "", "duration": 2.0}
    last.group = Group("the colorist's")
    last.version, last.kind = "Remote 1", 1
    program.project.groups.append(last.group)
    program.project.timelines.append(timeline)
    program.project.current = timeline
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(program.lut_folder))
    return program


def clips(fake: Resolve) -> list[Item]:
    timeline = fake.project.timelines[0]
    return [item for track in timeline.tracks for item in track]


def begun(fake: Resolve, said: list[str] | None = None) -> Any:
    return resolve_live.OpenTimeline({"resolve": fake}, (said if said is not None else []).append)


def state(fake: Resolve) -> Any:
    """All that the user has in the clips and the project."""
    inside = [
        (item.version, item.kind, list(item.versions), dict(item.luts), dict(item.markers), item.group)
        for item in clips(fake)
    ]
    return inside, list(fake.project.groups)


def test_it_is_python_3_6_and_needs_nothing() -> None:
    tree = ast.parse(Path(resolve_live.__file__).read_text("ascii"), feature_version=(3, 6))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= {"hashlib", "importlib.util", "os", "typing"}


def test_each_clip_gets_its_lut_in_a_new_version(fake: Resolve, tmp_path: Path) -> None:
    fake.loads_new = False
    said: list[str] = []
    timeline = begun(fake, said)
    timeline.export(str(tmp_path / "timeline.otio"))
    assert (tmp_path / "timeline.otio").read_bytes() == b"{}"
    record = record_of()
    rows = timeline.grade(write(tmp_path / "out", record))
    assert [row["state"] for row in rows] == ["done"] * 3
    for item, name in zip(clips(fake), "abc", strict=True):
        assert item.version == "otiograde"
        path = item.luts["otiograde"]
        assert path.startswith(f"otiograde/{project_of(record)}/")
        assert (fake.lut_folder / path).read_bytes() == (tmp_path / f"out/luts/{name}.cube").read_bytes()
        assert item.luts["Version 1"] == "the colorist's own.cube"
        ours = [marker for marker in item.markers.values() if marker["customData"] == "otiograde"]
        assert [marker["name"] for marker in ours] == ["otiograde scene_002" if name == "c" else "otiograde scene_001"]
    assert set(clips(fake)[0].markers) == {0.0, 2.0}  # the user's marker lasts two frames
    groups = [item.group.name if item.group else None for item in clips(fake)]
    scene = f"otiograde {NAME} scene_001".replace("\n", " ")
    assert groups == ([None, None] if fake.number < 19 else [scene, scene]) + ["the colorist's"]
    assert any("no color groups" in line for line in said) == (fake.number < 19)


def test_a_second_run_makes_a_second_version_and_leaves_the_first(fake: Resolve, tmp_path: Path) -> None:
    begun(fake).grade(write(tmp_path / "out", record_of()))
    before = {item: (item.luts["otiograde"], len(item.markers)) for item in clips(fake)}
    contents = {path: path.read_bytes() for path in fake.lut_folder.rglob("*.cube")}
    again = record_of(CROSSED)
    begun(fake).grade(write(tmp_path / "out", again))
    for item in clips(fake):
        assert item.versions[-2:] == ["otiograde", "otiograde 2"]
        assert item.version == "otiograde 2"
        assert (item.luts["otiograde"], len(item.markers)) == before[item]
        assert item.luts["otiograde 2"] != item.luts["otiograde"]
    assert contents.items() <= {path: path.read_bytes() for path in fake.lut_folder.rglob("*.cube")}.items()
    assert len(uninstall(again, "resolve", fake.lut_folder).removed) == 6
    assert not list(fake.lut_folder.iterdir())


def moved(fake: Resolve) -> None:
    clips(fake)[1].start += 1


def trimmed(fake: Resolve) -> None:
    clips(fake)[2].count -= 1


def slipped(fake: Resolve) -> None:
    clips(fake)[2].first += 1


def replaced(fake: Resolve) -> None:
    track = fake.project.timelines[0].tracks[0]
    track[1] = Item(fake.project.timelines[0], 24, 24, "/media/b.mov")


def deleted(fake: Resolve) -> None:
    fake.project.timelines[0].tracks[0].pop()


def other_timeline(fake: Resolve) -> None:
    fake.project.current = Timeline(fake, NAME)


def closed(fake: Resolve) -> None:
    fake.open = False


CHANGES = (moved, trimmed, slipped, replaced, deleted, other_timeline, closed)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_timeline_that_has_changed_meanwhile_is_left_alone(
    fake: Resolve, tmp_path: Path, change: Callable[[Resolve], None]
) -> None:
    timeline, path = begun(fake), write(tmp_path / "out", record_of())
    change(fake)
    before = state(fake)
    with pytest.raises(Stop, match=r"no clip was changed|no project is open"):
        timeline.grade(path)
    assert state(fake) == before
    assert not list(fake.lut_folder.iterdir())


def test_a_change_while_luts_are_copied_is_seen(fake: Resolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline, path = begun(fake), write(tmp_path / "out", record_of())
    refresh = fake.project.RefreshLUTList

    def refresh_and_move() -> bool:
        moved(fake)
        return refresh()

    monkeypatch.setattr(fake.project, "RefreshLUTList", refresh_and_move, raising=False)
    before = state(fake)
    with pytest.raises(Stop, match="has changed meanwhile"):
        timeline.grade(path)
    assert state(fake) == before


def test_if_one_clip_gets_no_version_all_go_back(fake: Resolve, tmp_path: Path) -> None:
    fake.stuck = clips(fake)[1:2]
    before = state(fake)
    with pytest.raises(Stop, match="gave a clip no version"):
        begun(fake).grade(write(tmp_path / "out", record_of()))
    assert state(fake) == before


def test_if_resolve_fails_on_the_way_all_clips_go_back(
    fake: Resolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(fake)
    calls = []

    def fail_at_the_third(*words: Any) -> Any:
        calls.append(words)
        if len(calls) == 3:
            raise TypeError("'NoneType' object is not callable")
        return resolve_apply.set_lut(*words)

    monkeypatch.setattr(resolve_live.steps, "set_lut", fail_at_the_third)
    with pytest.raises(Stop, match="the clips are at the versions they had"):
        begun(fake).grade(write(tmp_path / "out", record_of()))
    assert state(fake) == before


def test_a_clip_that_refuses_its_lut_goes_back(fake: Resolve, tmp_path: Path) -> None:
    path = write(tmp_path / "out", record_of())
    before = state(fake)
    fake.lazy = True
    rows = begun(fake).grade(path)
    assert [row["state"] for row in rows] == ["refused"] * 3
    assert state(fake) == before


def test_clips_that_are_no_shots_stay(fake: Resolve, tmp_path: Path) -> None:
    timeline = fake.project.timelines[0]
    timeline.tracks[0][1].media = None  # a title
    rows = begun(fake).grade(write(tmp_path / "out", record_of()))
    assert [row["state"] for row in rows] == ["done", "not matched", "done"]
    assert timeline.tracks[0][1].versions == ["Version 1"]
    for item in clips(fake):
        item.media = None
    with pytest.raises(Stop, match="no clip of the timeline was matched"):
        begun(fake).grade(str(tmp_path / "out/resolve/grade.json"))


def test_what_keeps_it_from_beginning(fake: Resolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline, project = fake.project.timelines[0], fake.project
    timeline.file = b""
    with pytest.raises(Stop, match="wrote no"):
        begun(fake).export(str(tmp_path / "timeline.otio"))
    project.settings["colorScienceMode"] = "acescct"
    with pytest.raises(Stop, match="manages color"):
        begun(fake)
    del project.settings["colorScienceMode"]
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(tmp_path / "nothing"))
    with pytest.raises(Stop, match="LUT folder was not found"):
        begun(fake)
    timeline.tracks = []
    with pytest.raises(Stop, match="no clips on its video tracks"):
        begun(fake)
    project.current = None
    with pytest.raises(Stop, match="no timeline is open"):
        begun(fake)
    fake.open = False
    with pytest.raises(Stop, match="no project is open"):
        begun(fake)


def test_an_older_resolve_is_named(fake: Resolve, tmp_path: Path) -> None:
    fake.number = 18.1
    with pytest.raises(Stop, match=r"Resolve 18\.1\.0 does not export OTIO by script"):
        begun(fake).export(str(tmp_path / "timeline.otio"))
