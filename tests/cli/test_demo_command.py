"""``otiograde demo``: it draws into a folder of its own only, and prints the match against the truth.

Tests: cli/demo.py
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from making.graded_wall import write_windows
from otiograde.color.transform import Chain, Transform
from otiograde.demo import Cast, DemoMovie, draw_movie, drift_error, light, truth_error
from otiograde.demo.movie import ORDER
from otiograde.exporters import export_all
from otiograde.folder.reading import read_record
from otiograde.folder.writing import write_folder
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline


def test_a_folder_of_somebody_elses_is_refused(run: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "holiday.jpg").write_bytes(b"x")
    result = run("demo", "-o", tmp_path / "mine")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "holds something else than a demo" in result.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["holiday.jpg"]


@pytest.mark.slow
@pytest.mark.parametrize(("after", "left", "code"), [(1.0, 0.5, 0), (9.0, 0.5, 3), (1.0, 4.5, 3)])
def test_it_says_how_far_from_the_truth_it_was_and_is(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: float, left: float, code: int
) -> None:
    """With a still in the place of the movie, which takes long to draw, and its truth made up."""

    def draw_movie(folder: Path, **_: Any) -> DemoMovie:
        folder.mkdir()
        return DemoMovie(write_windows(folder)[0], {}, {}, {}, {"a": Cast()})

    monkeypatch.setattr("otiograde.demo.draw_movie", draw_movie)
    monkeypatch.setattr("otiograde.demo.truth_error", lambda _, grades=None: after if grades else 7.0)
    monkeypatch.setattr("otiograde.demo.drift_error", lambda _, __, grades=None: left if grades else 4.0)
    result = run("demo", "-o", tmp_path / "demo", "--json")
    assert result.code == code, result.err
    figures = {"before": 7.0, "after": after, "drifts": {"a": {"before": 4.0, "after": left}}}
    assert json.loads(result.out) == {"output": str(tmp_path / "demo"), **figures}
    assert "ΔE00 between the shots of a set: 7.00" in result.err
    assert f"-> {after:.2f}" in result.err
    assert "a drifts, and nothing is taken out" in result.err
    assert f"-> {left:.2f}" in result.err
    assert (tmp_path / "demo").is_dir()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DemoMovie:
    """The demo movie of half its width, with fewer rays of light."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as executor:
        patch.setattr(light, "RAYS", 2)
        return draw_movie(tmp_path_factory.mktemp("demo"), size=(320, 180), executor=executor)


@pytest.mark.slow
def test_a_drift_is_taken_out_and_the_movie_comes_back_as_its_edit(
    drawn: DemoMovie, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the demo is run, rendered as it was shot and as it was graded, and both movies graded without their edit."""
    monkeypatch.setattr("otiograde.demo.draw_movie", lambda *_, **__: drawn)
    result = run("demo", "-o", drawn.edit.parent, "--json")
    assert result.code == 0, result.err
    figures = json.loads(result.out)
    assert figures["before"] > 10
    assert figures["after"] < 1
    assert figures["drifts"]["studio_close"]["before"] > 3.5
    assert figures["drifts"]["studio_close"]["after"] < 0.8
    assert "studio_close drifts by ΔE00 3" in result.err
    record = read_record(drawn.edit.with_suffix(".graded"))
    assert [grade.shot for grade in record.grades if grade.course is not None] == ["studio_close"]

    as_shot = replace(record, grades=tuple(Grade(grade.shot, grade.scene) for grade in record.grades))
    for name, shown in (("as_shot", as_shot), ("as_graded", record)):
        movie = tmp_path / f"{name}.mp4"
        write_folder(tmp_path / name, export_all(shown, ("luts", "otio"), {}))
        assert run("render", tmp_path / name, "-o", movie).code == 0
        result = run("grade", movie, "--steady", "all", "--no-report")
        assert result.code == 0, result.err
        check_comes_back(drawn.edit, movie.with_suffix(".graded") / "movie.otio")
        check_is_matched(drawn, shown, read_record(movie.with_suffix(".graded")))


def check_comes_back(edit: Path, found: Path) -> None:
    """Compare the shots and the dissolve that were found in a movie with those of its edit."""
    tracks = [otio.adapters.read_from_file(str(path)).video_tracks()[0] for path in (edit, found)]
    kinds, lengths = ([[type(item) for item in track] for track in tracks], [durations(track) for track in tracks])
    assert kinds[0] == kinds[1]
    assert lengths[0] == lengths[1]
    (drawn,), (seen,) = ([item for item in track if isinstance(item, otio.schema.Transition)] for track in tracks)
    assert abs(drawn.in_offset.value - seen.in_offset.value) <= 1
    assert abs(drawn.out_offset.value - seen.out_offset.value) <= 1


def durations(track: otio.schema.Track) -> list[int]:
    return [int(clip.source_range.duration.value) for clip in track.find_clips()]


def check_is_matched(drawn: DemoMovie, shown: GradedTimeline, record: GradedTimeline) -> None:
    """Measure the true colors through the casts, the grades that were rendered, and those of the movie."""
    names = dict(zip((grade.shot for grade in record.grades), ORDER, strict=True))
    sets = {frozenset(clips) for clips in drawn.sets.values()}
    assert {frozenset(names[shot] for shot in scene.shots) for scene in record.scenes} == sets
    assert record.passed
    handle = drawn.measured[0]
    starts = {name: shot.source.start for name, shot in zip(ORDER, record.edit.shots, strict=True)}

    def twice(clip: str, frame: int) -> Transform:
        first, second = shown.grades[ORDER.index(clip)], record.grades[ORDER.index(clip)]
        at = starts[clip] + frame - handle
        return Chain((first.lut_at(frame, shown.lut_size), second.lut_at(at, record.lut_size)))

    assert truth_error(drawn, twice) < 1
    assert drift_error(drawn, "studio_close", twice) < 0.8
