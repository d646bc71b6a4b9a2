"""The settings of a record on the command line: used for what is graded again, kept, told of, and refused when strange.

Tests: cli/summary.py, cli/run.py, cli/grade.py, cli/carry.py, cli/verify.py, cli/review.py
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from making.graded_wall import UNUSUAL, files_in, graded_wall, write_output, write_window
from making.pictures import Look
from otiograde.folder.layout import RECORD
from otiograde.folder.reading import changed_files, read_record
from otiograde.record.graded import format_record


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three windows on a wall, their output folder ``out``, and a fourth still that is not in the edit."""
    folder = tmp_path_factory.mktemp("film")
    write_output(folder / "out", graded_wall(folder))
    write_window(folder / "d.png", Look(exposure=0.3), 40)
    return folder


@pytest.fixture
def out(film: Path, tmp_path: Path) -> Path:
    """The output folder, to be changed."""
    return Path(shutil.copytree(film / "out", tmp_path / "out"))


def stills(film: Path, names: str = "abc") -> list[Path]:
    return [film / f"{name}.png" for name in names]


@pytest.fixture
def matchers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The matchers that grades are solved with from now on: name and fields."""
    from otiograde.decide import decision

    made, real = [], decision.matcher

    def matcher(name: str, **given: Any) -> Any:
        made.append((name, given))
        return real(name, **given)

    monkeypatch.setattr(decision, "matcher", matcher)
    return made


@pytest.mark.slow
def test_a_part_again_is_matched_as_the_record_was(
    run: Any, film: Path, out: Path, matchers: list[tuple[str, dict[str, Any]]]
) -> None:
    before = read_record(out)
    assert run(*stills(film), "-o", out, "--shots", "a,b,c", "--jobs", "1", "--no-report").code in (0, 3)
    assert matchers == [("reinhard", {"strength": 0.75})]
    after = read_record(out)
    assert after.settings == before.settings == UNUSUAL
    assert after.grades == before.grades
    asked = run(*stills(film), "-o", out, "--shots", "b", "--matcher", "histogram", "--jobs", "1", "--no-report")
    assert asked.code in (0, 3)
    assert matchers[1:] == [("histogram", {})]
    assert read_record(out).settings == UNUSUAL
    assert read_record(out).grade("b").balance != before.grade("b").balance


def test_another_size_of_luts_is_refused_for_a_part(run: Any, film: Path, out: Path) -> None:
    before = (out / "graded.json").read_bytes()
    refused = run(*stills(film), "-o", out, "--shots", "b", "--lut-size", "65", "--jobs", "1", "--no-report")
    assert refused.code == 2
    assert f"have {read_record(out).lut_size} nodes a side" in " ".join(refused.err.split())
    assert (out / "graded.json").read_bytes() == before


@pytest.mark.slow
def test_a_new_cut_is_matched_as_the_record_was(
    run: Any, film: Path, out: Path, tmp_path: Path, matchers: list[tuple[str, dict[str, Any]]]
) -> None:
    assert run("carry", out, *stills(film, "abcd"), "-o", tmp_path / "new", "--jobs", "1").code in (0, 3)
    assert matchers == [("reinhard", {"strength": 0.75})]
    assert read_record(tmp_path / "new").settings == UNUSUAL


def earlier(out: Path, version: int) -> Path:
    """The output folder with its record written as format 1 or 2 wrote it."""
    record = read_record(out)
    values = json.loads(format_record(record))
    values["lut_size"] = values.pop("settings")["lut_size"]
    values["otiograde"] = version
    for grade in values["grades"]:
        grade["strength"] = grade.pop("share") * grade["strength"]
        grade["reasons"] = [reason["text"] for reason in grade["reasons"]]
        if version == 1:
            del grade["trim"]
    for scene in values["scenes"]:
        scene["reasons"] = [f"{reason['shot']}: {reason['text']}" for reason in scene["reasons"]]
    return write_output(out, record, json.dumps(values))


def stopping(*_: Any, **__: Any) -> Any:
    """A server that a person ends at once."""

    class Stopped:
        def run(self, sockets: list[Any]) -> None:
            del sockets
            raise KeyboardInterrupt

    return Stopped()


def commands(film: Path, out: Path) -> dict[str, list[object]]:
    """The commands that grade or check with the settings of the record in ``out``."""
    return {
        "verify": ["verify", out, "--jobs", "1"],
        "shots": [*stills(film), "-o", out, "--shots", "b", "--jobs", "1"],
        "carry": ["carry", out, *stills(film, "abcd"), "-o", out.with_name("new"), "--jobs", "1"],
        "review": ["review", out, "--no-browser"],
    }


@pytest.mark.slow
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("command", ["verify", "shots", "carry", "review"])
def test_a_record_without_settings_is_told_of_in_one_line(
    run: Any, film: Path, out: Path, command: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otiograde.review.server.server", stopping)
    earlier(out, version)
    result = run(*commands(film, out)[command])
    assert result.code in (0, 3), result.err
    notes = [line for line in result.err.splitlines() if line.startswith("  note")]
    assert notes == ["  note       the record is of an earlier format that kept no settings: the defaults are used"]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["verify", "shots", "carry", "review"])
def test_of_a_record_with_settings_nothing_is_told(
    run: Any, film: Path, out: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otiograde.review.server.server", stopping)
    result = run(*commands(film, out)[command])
    assert result.code in (0, 3), result.err
    assert "  note" not in result.err


def changed(out: Path, **values: Any) -> Path:
    """The output folder, values of its record replaced and its checksum with them."""
    record = read_record(out)
    return write_output(out, record, json.dumps(json.loads(format_record(record)) | values))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"otiograde": 4}, "this record has format 4, newer than 3: update otiograde to read it"),
        ({"settings": {"magic": 1}}, "this record is damaged: settings: Settings has no field 'magic'"),
        (
            {"settings": {"sampling": {"count": "three"}}},
            "this record is damaged: settings.sampling.count: 'three' is not a whole number",
        ),
        (
            {"settings": {"anchor": {"kind": "wizard"}}},
            "this record is damaged: settings.anchor.kind: 'wizard' is none of balanced",
        ),
    ],
)
def test_a_record_that_cannot_be_read_is_one_line(
    run: Any, film: Path, out: Path, values: dict[str, Any], message: str
) -> None:
    before = files_in(changed(out, **values))
    others = {"export": ["export", out, "mlt"], "render": ["render", out], "undo": ["undo", out]}
    for name, words in (commands(film, out) | others).items():
        result = run(*words)
        assert result.code == 1, name
        line = result.err.splitlines()[-1]
        assert line.startswith(f"otiograde: {out / RECORD}: {message}"), name
        assert result.err.count("otiograde: ") == 1, name
        assert files_in(out) == before, name
        assert not out.with_name("new").exists(), name


WIZARD = {"matcher": {"name": "wizard", "fields": {}}, "lut_size": 9}


@pytest.mark.slow
def test_a_matcher_that_is_not_installed_stops_what_needs_it(run: Any, film: Path, out: Path) -> None:
    before = files_in(changed(out, settings=WIZARD))
    for name in ("shots", "carry"):
        result = run(*commands(film, out)[name])
        assert result.code == 1, name
        errors = [line for line in result.err.splitlines() if line.startswith("otiograde: ")]
        assert errors == [
            "otiograde: unknown matcher 'wizard': use one of joint, reinhard, histogram, monge_kantorovich"
        ], name
        assert files_in(out) == before, name
        assert not out.with_name("new").exists(), name
    assert run(*commands(film, out)["shots"], "--matcher", "reinhard").code in (0, 3)
    assert read_record(out).settings.matcher.name == "wizard"


@pytest.mark.slow
def test_a_matcher_that_is_not_installed_stops_nothing_else(
    run: Any, film: Path, out: Path, ffmpeg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otiograde.review.server.server", stopping)
    changed(out, settings=WIZARD)
    assert run("export", out, "mlt", "edl", "report").code == 0
    assert run("verify", out, "--jobs", "1").code in (0, 3)
    assert run("review", out, "--no-browser").code == 0
    assert run("carry", out, *stills(film, "cab"), "-o", out.with_name("new"), "--jobs", "1").code == 0
    result = run("render", out, "--proxy", "--ffmpeg", ffmpeg, "--jobs", "1")
    assert result.code == 0, result.err
    assert not changed_files(out, read_record(out))
