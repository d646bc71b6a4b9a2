"""What comes after grading, as a user runs it: a part again, a new cut, LUTs to a program and away, and undo.

Tests: cli/carry.py, cli/install_luts.py, cli/undo.py
"""

from __future__ import annotations

import copy
import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from otiograde.cli import main
from otiograde.color.encodings import encoding
from otiograde.folder.reading import changed_files, read_record
from otiograde.media.writing import write_video

GAINS = {"one": (1.0, 1.0, 1.0), "two": (1.12, 1.0, 0.85), "three": (0.85, 0.97, 1.1), "four": (1.0, 0.9, 1.0)}


def write_clip(path: Path, gain: tuple[float, float, float], shift: int) -> None:
    import cv2

    noise = np.random.default_rng(3).random((120, 232, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * weight for sigma, weight in ((1.5, 4), (5, 10), (20, 30)))
    soft = 0.1 + 0.6 * (soft - soft.min()) / (soft.max() - soft.min())
    frames = [(soft[:, shift + at : shift + at + 192] * np.array(gain)).astype(np.float32) for at in range(6)]
    write_video(path, frames, rate=Fraction(24), encoding=encoding("bt709"), bits=8, crf=12)


def cut(*clips: tuple[str, int, int]) -> dict[str, Any]:
    """A timeline of clips: name, first frame, frames; with an effect, a marker and metadata of somebody else's."""
    children = []
    for name, start, count in clips:
        span = {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": float(start)},
            "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": float(count)},
        }
        media = {"OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": "", "target_url": f"{name}.mp4"}
        effect = {"OTIO_SCHEMA": "Effect.1", "name": "blur", "effect_name": "Blur", "metadata": {"mine": [1, 2.5]}}
        clip = {"OTIO_SCHEMA": "Clip.2", "name": name, "source_range": span, "metadata": {"note": "ü"}, "enabled": True}
        references = {"media_references": {"DEFAULT_MEDIA": media}, "active_media_reference_key": "DEFAULT_MEDIA"}
        children.append({**clip, **references, "effects": [effect], "markers": []})
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": children, "metadata": {}}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track], "metadata": {}}
    return {"OTIO_SCHEMA": "Timeline.1", "name": 'my "cut" <b>', "tracks": stack, "metadata": {"who": "me"}}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four clips, an edit of three of them, and its output."""
    folder = tmp_path_factory.mktemp("film")
    for number, (name, gain) in enumerate(GAINS.items()):
        write_clip(folder / f"{name}.mp4", gain, 3 * number)
    edit = cut(("one", 0, 6), ("two", 0, 6), ("three", 0, 6))
    (folder / "edit.otio").write_text(json.dumps(edit), "utf-8")
    with pytest.raises(SystemExit):
        main([str(folder / "edit.otio"), "--jobs", "1", "--quiet", "--no-cache"])
    return folder


@pytest.fixture
def film(graded: Path, tmp_path: Path) -> Path:
    """The same, to be changed. The record names the media where they were made."""
    return Path(shutil.copytree(graded, tmp_path / "film"))


def luts(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((output / "luts").iterdir())}


def clips(output: Path) -> dict[str, Any]:
    """The clips of the graded edit by name, as they stand there."""
    track = json.loads((output / "graded.otio").read_text("utf-8"))["tracks"]["children"][0]
    return {clip["name"]: clip for clip in track["children"]}


@pytest.mark.slow
def test_undo_gives_the_edit_back(run: Any, film: Path, graded: Path) -> None:
    out = film / "edit.graded"
    assert run("undo", out).code == 0
    wanted = json.loads((film / "edit.otio").read_text("utf-8"))
    for clip in wanted["tracks"]["children"][0]["children"]:
        reference = clip["media_references"]["DEFAULT_MEDIA"]
        reference["target_url"] = (graded / reference["target_url"]).as_uri()
    assert meaning(json.loads((out / "edit.otio").read_text("utf-8"))) == meaning(wanted)
    assert run("undo", out).code == 0  # it is there, and the same
    (out / "edit.otio").write_text("mine", "utf-8")
    assert run("undo", out).code == 1
    assert (out / "edit.otio").read_text("utf-8") == "mine"
    assert run("undo", out, "--force").code == 0
    assert run("undo", out, "--to", film / "edit.otio").code == 1
    assert run("undo", film).code == 1


def meaning(item: Any) -> Any:
    """OTIO's JSON without the fields that are at their defaults."""
    if isinstance(item, dict):
        return {key: meaning(value) for key, value in item.items() if value not in (None, [], {}, "", True)}
    return [meaning(value) for value in item] if isinstance(item, list) else item


@pytest.mark.slow
def test_undo_takes_earlier_grades_off(run: Any, film: Path, tmp_path: Path) -> None:
    """The graded edit graded again: undo gives the first edit, for none of our effects is the editor's."""
    shutil.copy(film / "edit.graded/graded.otio", film / "again.otio")
    assert run(film / "again.otio", "--jobs", "1", "-o", tmp_path / "two").code in (0, 3)
    for output, name in ((film / "edit.graded", "a"), (tmp_path / "two", "b")):
        assert run("undo", output, "--to", tmp_path / f"{name}.otio").code == 0
    first, second = (json.loads((tmp_path / f"{name}.otio").read_text("utf-8")) for name in "ab")
    assert meaning(first) == meaning(second)
    assert "otiograde" not in (tmp_path / "b.otio").read_text("utf-8")


@pytest.mark.slow
def test_luts_to_a_program_and_away(run: Any, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lut_folder = tmp_path / "LUT"
    lut_folder.mkdir()
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(lut_folder))
    words = ("install-luts", film / "edit.graded", "--app", "resolve")
    assert "would be copied" in run(*words, "--dry-run").err
    assert not list(lut_folder.iterdir())
    assert json.loads(run(*words, "--json").out)["written"]
    assert len(list(lut_folder.rglob("*.cube"))) == 3
    assert "3 there already" in run(*words).err
    assert run(*words, "--uninstall").code == 0
    assert not list(lut_folder.iterdir())
    (film / "edit.graded/luts/two.cube").write_bytes(b"edited")
    result = run(*words)
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "two.cube has changed" in result.err
    assert run("install-luts", film / "edit.graded").code == 2


@pytest.mark.slow
def test_a_newer_record_is_refused(run: Any, film: Path) -> None:
    record = film / "edit.graded/graded.json"
    values = json.loads(record.read_text("utf-8"))
    record.write_text(json.dumps({**values, "otiograde": 99}), "utf-8")
    for words in (("undo",), ("carry", film / "edit.otio"), ("install-luts", "--app", "resolve")):
        result = run(words[0], film / "edit.graded", *words[1:])
        assert (result.code, result.err.count("\n")) == (1, 1), words
        assert "update otiograde" in result.err


@pytest.mark.slow
def test_a_part_again_leaves_the_rest(run: Any, graded: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(graded / "edit.graded", out)
    before = luts(out)
    assert run("export", out, "mlt", "edl").code == 0
    made = {name: (out / name).read_bytes() for name in ("graded.mlt", "edl/V1.edl")}
    result = run(graded / "edit.otio", "-o", out, "--shots", "two", "--strength", "0.5", "--jobs", "1")
    assert result.code in (0, 3), result.err
    assert (out / "graded.mlt").read_bytes() == made["graded.mlt"]  # what was exported before is there,
    assert (out / "edl/V1.edl").read_bytes() != made["edl/V1.edl"]  # and says what holds now
    assert not changed_files(out, read_record(out))
    after = luts(out)
    assert {name for name in before if before[name] != after[name]} == {"two.cube"}
    was, now = (clips(folder) for folder in (graded / "edit.graded", out))
    assert {name: was[name] == now[name] for name in was} == {"one": True, "two": False, "three": True}
    old, new = read_record(graded / "edit.graded"), read_record(out)
    assert [new.grade(shot) for shot in ("one", "three")] == [old.grade(shot) for shot in ("one", "three")]
    assert run(graded / "edit.otio", "-o", out, "--shots", "nobody").code == 1
    assert run(graded / "edit.otio", "-o", out, "--scenes", "nowhere").code == 1
    assert run(graded / "edit.otio", "-o", tmp_path / "none", "--shots", "two").code == 1
    assert luts(out) == after


@pytest.mark.slow
def test_a_new_cut(run: Any, graded: Path, tmp_path: Path) -> None:
    edit = cut(("three", 1, 4), ("four", 0, 6), ("one", 0, 6))
    recut = copy.deepcopy(edit)
    (graded / "recut.otio").write_text(json.dumps(recut), "utf-8")
    out = tmp_path / "recut"
    result = run("carry", graded / "edit.graded", graded / "recut.otio", "-o", out, "--jobs", "1")
    assert result.code in (0, 3), result.err
    assert "2 carried, 1 new, 1 dropped" in result.err
    assert "new        four in" in result.err
    assert "carried from" not in result.err
    again = run("carry", graded / "edit.graded", graded / "recut.otio", "-o", out, "--jobs", "1", "-v")
    assert "carried from three (confidence high): same media" in again.err
    before, after = luts(graded / "edit.graded"), luts(out)
    assert {name: after[name] == before.get(name) for name in after} == {
        "four.cube": False,
        "one.cube": True,
        "three.cube": True,
    }


@pytest.mark.slow
def test_on_another_machine(run: Any, film: Path, graded: Path, tmp_path: Path) -> None:
    """Media that lie elsewhere: the grades are carried to them by content, and no LUT changes by a byte."""
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "here"
    elsewhere.mkdir()
    for path in film.glob("*.mp4"):
        path.rename(elsewhere / path.name)
    graded_edit = film / "edit.graded/graded.otio"
    lost = json.loads(graded_edit.read_text("utf-8").replace(str(graded), "/gone"))
    graded_edit.write_text(json.dumps(lost), "utf-8")
    result = run("carry", film / "edit.graded", graded_edit, "--media-root", elsewhere, "-o", out, "-j1", "-v")
    assert result.code == 0, result.err
    assert "3 carried, 0 new, 0 dropped" in result.err
    assert result.err.count("same media, moved, 100%") == 3
    assert luts(out) == luts(graded / "edit.graded")
    assert run("export", out, "mlt").code == 0
    assert str(elsewhere / "one.mp4") in (out / "graded.mlt").read_text("utf-8")
