"""A clip as a look that changes: its keys, its cuts, and what is refused; graded, rendered and graded again."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.drawn_looks import pictures
from otiograde.color.encodings import encoding
from otiograde.decide.look.changing import ChangingLook
from otiograde.errors import MatchError
from otiograde.grading import look_clips
from otiograde.grading.look_files import StillOptions, open_look
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.grading.regrading import regrade
from otiograde.media.frames import write_still
from otiograde.media.writing import write_video
from otiograde.record.graded import format_record, parse_record
from otiograde.record.settings import Settings


def film(path: Path, frames: list[np.ndarray[Any, Any]]) -> Path:
    small = [np.asarray(frame[:96, :160], np.float32) for frame in frames]
    write_video(path, small, rate=Fraction(12), encoding=encoding("bt709"), bits=8, crf=8)
    return path


@pytest.fixture(scope="module")
def ramp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds that get cold and dark; then, after a cut, two bright seconds of another picture."""
    one, other = pictures()["kitchen"][0], pictures()["kitchen"][1][:, ::-1]
    cold = [one * (1 - share * np.array([0.6, 0.5, 0.3])) for share in np.linspace(0, 1, 48)]
    bright = [np.clip(other * 1.1 + 0.1, 0, 1)] * 24
    return film(tmp_path_factory.mktemp("ramp") / "ramp.mp4", [*cold, *bright])


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of one picture."""
    return film(tmp_path_factory.mktemp("scene") / "scene.mp4", [pictures()["kitchen"][0]] * 72)


def test_keys_and_cuts_of_a_clip(ramp: Path) -> None:
    look = open_look(ramp, StillOptions(interval=1.0))
    assert isinstance(look, ChangingLook)
    (first, keys), (cut, bright) = look.runs
    assert (first, cut) == (0.0, 4.0)
    assert [key.seconds for key in keys] == pytest.approx([0, 1, 2, 3, 47 / 12], abs=0.1)
    assert [key.seconds for key in bright] == pytest.approx([4, 5, 71 / 12], abs=0.1)

    def level(seconds: float) -> float:
        colors = pictures()["kitchen"][0].reshape(-1, 3).astype(np.float64)
        return float(look.at(seconds, colors)(colors).mean())

    assert level(0) > level(2) + 0.005 > level(3.9) + 0.01
    assert level(5) > level(3.9) + 0.02


@pytest.mark.slow
def test_a_scene_gets_the_look_over_time_and_again(ramp: Path, scene: Path) -> None:
    edit = read(scene)
    record = grade_timeline(edit, settings=Settings(look=ramp, look_every=1.0, lut_size=17))
    (grade,) = record.grades
    assert grade.course is not None
    assert grade.course.kind == "look"
    assert {47, 48} <= {frame for frame, _ in grade.keyed}
    assert len(grade.key_looks) == len(grade.course.keys)
    assert "over time" in grade.reasons[-1].text
    assert parse_record(format_record(record)).grades == record.grades
    luts = [grade.lut_at(frame, 17).lattice for frame in (0, 20, 47, 48)]
    steps = [float(np.abs(a - b).max()) for a, b in pairwise(luts)]
    assert min(steps) > 0.005
    assert regrade(record, edit, {grade.shot}).grades == record.grades


def test_what_cannot_change_is_refused_in_one_line(ramp: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_clips, "MOST_KEYS", 20)
    write_still(tmp_path / "still.png", pictures()["kitchen"][0])
    for path, options, words in (
        (tmp_path / "still.png", StillOptions(interval=1.0), "needs one clip"),
        (tmp_path, StillOptions(interval=1.0), "needs one clip"),
        (ramp, StillOptions("palette", interval=1.0), "only a grade can change over time"),
        (ramp, StillOptions(interval=0.2), "give more seconds"),
    ):
        with pytest.raises(MatchError, match=words) as caught:
            open_look(path, options)
        assert "\n" not in str(caught.value)


def test_black_frames_hold_no_key(tmp_path: Path) -> None:
    picture = pictures()["kitchen"][0]
    half = film(tmp_path / "half.mp4", [picture * 0] * 12 + [picture] * 24)
    look = open_look(half, StillOptions(interval=0.5))
    assert isinstance(look, ChangingLook)
    assert min(key.seconds for _, keys in look.runs for key in keys) >= 0.9
    with pytest.raises(MatchError, match="nothing in which a grade can be read"):
        open_look(film(tmp_path / "black.mp4", [picture * 0] * 12), StillOptions(interval=0.5))
