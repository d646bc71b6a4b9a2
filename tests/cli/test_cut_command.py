"""``otiograde cut`` writes the cuts of a movie for a person to correct; ``grade`` writes them into its output.

Tests: cli/cut.py
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from making.wall_movie import FIRSTS, wall_movie
from otiograde.cli.console import FINDING_FAILED
from otiograde.deep import network


@pytest.fixture
def movie(ffmpeg: Path, tmp_path: Path) -> Path:
    return wall_movie(ffmpeg, tmp_path / "walls.mp4")


def shots_of(file: Path) -> list[int]:
    timeline = otio.adapters.read_from_file(str(file))
    return [int(clip.source_range.start_time.value) for clip in timeline.find_clips()]


def test_the_edit_is_written_beside_the_movie(movie: Path, run: Any) -> None:
    result = run("cut", movie)
    assert result.code == 0
    assert "walls.otio: 3 shots" in result.err
    assert shots_of(movie.with_suffix(".otio")) == list(FIRSTS)


def test_an_edl_too(movie: Path, run: Any) -> None:
    result = run("cut", movie, "--edl", "--json", "-o", movie.parent / "cuts.otio")
    shown = json.loads(result.out)
    assert [Path(path).name for path in shown["output"]] == ["cuts.otio", "cuts.edl"]
    assert [shot["first"] for shot in shown["shots"]] == list(FIRSTS)
    text = (movie.parent / "cuts.edl").read_text()
    assert text.count("walls    V     C") == 3
    assert "ASC_SOP" not in text
    assert "LUT" not in text


def test_the_name_decides_what_is_written(movie: Path, run: Any) -> None:
    target = movie.parent / "cuts.EDL"
    assert run("cut", movie, "-o", target, "--edl").code == 0
    assert target.read_text().startswith("TITLE: walls")
    assert {file.name for file in movie.parent.iterdir()} == {"walls.mp4", "cuts.EDL"}
    refused = run("cut", movie, "-o", movie.parent / "cuts.xml")
    assert refused.code == 2
    assert "name a file that ends in .otio or .edl" in refused.err
    assert not (movie.parent / "cuts.xml").exists()


def test_printed_commands_can_be_typed(movie: Path, run: Any) -> None:
    hostile = movie.rename(movie.parent / "a 'b' $(touch owned).mp4")
    done = run("grade", hostile, "--no-report", "--jobs", "1")
    [line] = [line for line in done.err.splitlines() if "then grade it" in line]
    written = movie.parent / "a 'b' $(touch owned).graded" / "movie.otio"
    assert shlex.split(line.partition("then grade it: ")[2]) == ["otiograde", str(written)]
    refused = run(hostile.with_suffix(".graded"))
    assert shlex.split(refused.err.partition("`")[2].partition("`")[0])[:2] == ["otiograde", "review"]
    assert shlex.quote(str(hostile.with_suffix(".graded"))) in refused.err


def test_a_corrected_edit_is_not_replaced(movie: Path, run: Any) -> None:
    target = movie.with_suffix(".otio")
    target.write_text("corrected")
    result = run("cut", movie)
    assert result.code == 1
    assert "is already there" in result.err
    assert target.read_text() == "corrected"
    assert run("cut", movie, "--force").code == 0
    assert shots_of(target) == list(FIRSTS)


def test_the_movie_itself_is_never_the_target(movie: Path, run: Any) -> None:
    data = movie.read_bytes()
    assert run("cut", movie, "-o", movie, "--force").code == 1
    assert movie.read_bytes() == data


@pytest.mark.parametrize("content", ["", "notes"])
def test_what_is_no_movie(content: str, tmp_path: Path, run: Any) -> None:
    (tmp_path / "no.mp4").write_text(content)
    result = run("cut", tmp_path / "no.mp4")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert not (tmp_path / "no.otio").exists()


def test_grading_a_movie_writes_its_cuts_and_keeps_corrected_ones(movie: Path, run: Any) -> None:
    result = run("grade", movie, "--no-report")
    assert result.code == 0
    edit = movie.parent / "walls.graded" / "movie.otio"
    assert shots_of(edit) == list(FIRSTS)
    edit.write_text("corrected")
    assert "as they were written before" in run("grade", movie, "--no-report").err
    assert edit.read_text() == "corrected"


def test_without_the_networks_the_movie_is_cut_all_the_same(
    movie: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "find_spec", lambda _: None)
    done = run("cut", movie, "--deep")
    assert done.code == 0
    assert "no --deep" in done.err
    assert shots_of(movie.with_suffix(".otio")) == list(FIRSTS)


@pytest.mark.slow
def test_a_run_writes_the_cuts_of_several_movies_that_are_taken_apart(movie: Path, ffmpeg: Path, run: Any) -> None:
    other = wall_movie(ffmpeg, movie.parent / "other.mp4", "-frames:v", "100")
    out = movie.parent / "out"
    done = run(movie, other, "--cuts", "always", "--no-report", "--jobs", "1", "-o", out)
    assert done.code in (0, FINDING_FAILED)
    assert shots_of(out / "movie.otio") == [*FIRSTS, 0, 60]


def test_clips_that_are_there_twice_were_not_taken_apart(movie: Path, run: Any) -> None:
    out = movie.parent / "out"
    done = run(movie, movie, "--no-report", "--jobs", "1", "-o", out)
    assert done.code in (0, FINDING_FAILED)
    assert not (out / "movie.otio").exists()
