"""Steadying: which shots are measured, what is taken out of them, and what becomes of it in every flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.clips import ffmpeg_run
from making.courses import Frames, along, exposed, generated, pan
from making.media import media
from making.shots import shot
from otiograde.color.steady import Steady
from otiograde.color.transform import Identity
from otiograde.errors import MediaError
from otiograde.grading import steadying
from otiograde.grading.checking import check_again
from otiograde.grading.pipeline import grade_timeline
from otiograde.grading.regrading import regrade
from otiograde.grading.steadying import Steadied, steady_all, wished_kind
from otiograde.grading.study import look_at, with_courses
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.means.workers import processes
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe
from otiograde.record.course import Course, Key
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.settings import Grouping, Linking, Sampling, Settings, Steadying
from otiograde.record.shot import Media, Shot, Wishes
from otiograde.survey.drift import Drift
from otiograde.survey.sample import Sample, seen_frames

STEPPED = exposed(pan(40), 0.3 * (np.arange(40) >= 22))
ALL = Steadying("all")
QUICK = Settings(Sampling(count=4, width=160), Linking(), Grouping(), steadying=ALL)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[range]:
    """Which frames are read of media that show the step."""
    asked: list[range] = []

    def frames(of: Media, at: range, width: int) -> Iterator[Frames]:
        del of
        asked.append(at)
        assert width == 160
        return iter(STEPPED[at.start : at.stop])

    monkeypatch.setattr(steadying, "iter_small_frames", frames)
    return asked


def stepped(**fields: Any) -> Shot:
    return shot("a", media("a.mov", frames=40), (0, 40), **fields)


def found(one: Shot, steadying: Steadying = ALL, means: Means = Means()) -> Steadied | None:
    return steady_all([one], {}, steadying, means).get("a")


def test_keys_are_media_frames(seen: list[range]) -> None:
    late = shot("a", media("a.mov", frames=40), (5, 35), speed=2)
    steadied = found(late)
    assert steadied is not None
    assert steadied.course is not None
    assert [key.frame for key in steadied.course.keys] == [21, 22]
    assert steadied.course.reference == 5
    assert seen == [range(5, 40)]


@pytest.mark.parametrize(
    ("wishes", "mode", "kind"),
    [
        (Wishes(), "off", "off"),
        (Wishes(), "steps", "steps"),
        (Wishes(steady="all"), "off", "all"),
        (Wishes(steady="off"), "all", "off"),
        (Wishes(lock=True), "all", "off"),
        (Wishes(verdict="rejected"), "all", "off"),
    ],
)
def test_a_wish_goes_before_the_settings(wishes: Wishes, mode: Any, kind: str, seen: list[range]) -> None:
    one = stepped(wishes=wishes)
    assert wished_kind(one, Steadying(mode)) == kind
    steadied = found(one, Steadying(mode))
    assert (steadied is None) == (kind == "off") == (not seen)


def test_a_still_is_not_measured() -> None:
    still = shot("a", media("a.png", kind="still", frames=1))
    assert wished_kind(still, ALL) == "off"


def test_frames_of_a_dissolve_in_the_media_do_not_count(seen: list[range]) -> None:
    found(stepped(shared=(3, 4)))
    assert seen == [range(3, 36)]
    assert seen_frames(stepped(shared=(30, 30))) == range(40)


def test_only_steps_where_only_steps_are_wished_for(monkeypatch: pytest.MonkeyPatch) -> None:
    drifting = generated(pan(40), along(40))
    monkeypatch.setattr(steadying, "iter_small_frames", lambda *_: iter(drifting))
    steps, everything = found(stepped(), Steadying("steps")), found(stepped())
    assert steps == Steadied()
    assert everything is not None
    assert everything.course is not None
    assert everything.course.kind == "drift"


def test_a_cut_inside_a_shot_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = np.concatenate([pan(20), pan(20, seed=7)])
    monkeypatch.setattr(steadying, "iter_small_frames", lambda *_: iter(cut))
    steadied = found(shot("a", media("a.mov", frames=140), (100, 40)))
    assert steadied == Steadied(cut=120)


def test_a_cut_is_looked_for_where_nothing_is_steadied(monkeypatch: pytest.MonkeyPatch, seen: list[range]) -> None:
    """Only between the two sampled frames that have the least in common, and only where they have little."""
    cut = np.concatenate([pan(20), pan(20, seed=7)])
    one = shot("a", media("a.mov", frames=140), (100, 40))
    at = (104, 112, 120, 128, 136)

    def read(of: Media, at: range, width: int) -> Iterator[Frames]:
        del of, width
        seen.append(at)
        return iter(cut[at.start - 100 : at.stop - 100])

    monkeypatch.setattr(steadying, "iter_small_frames", read)
    lost = Drift("a", at, 0, 0, 0, 1, 0, (), 0.02, "unknown", lost_to=2)
    followed = replace(lost, kind="steady", coverage=0.6)
    for drift, searched in ((lost, [range(100, 133)]), (followed, [])):
        seen.clear()
        by_shot = steady_all([one], {"a": drift}, Steadying("off"), Means())
        assert by_shot == ({"a": Steadied(cut=120)} if searched else {})
        assert seen == searched


def test_media_that_cannot_be_read_are_left_to_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: Any) -> Iterator[Frames]:
        yield STEPPED[0]
        raise MediaError("a.mov: damaged")

    monkeypatch.setattr(steadying, "iter_small_frames", damaged)
    assert found(stepped()) == Steadied()


def test_the_cache_answers_the_second_time_and_no_one_else(seen: list[range], tmp_path: Path) -> None:
    means = Means(cache=DiskCache(tmp_path))
    first = found(stepped(), means=means)
    assert found(stepped(), means=means) == first
    assert len(seen) == 1
    found(stepped(), Steadying("all", "middle"), means)
    assert len(seen) == 2
    for entry in list(tmp_path.rglob("*.arrays")):
        key = entry.parent.name + entry.stem
        for other in (b"[]", b"{", b'{"course": 3}'):
            means.cache.put(key, {"steadied": np.frombuffer(other, np.uint8)})
            assert found(stepped(), means=means) == first


def test_samples_are_mixed_between_keys() -> None:
    dark = Steady(offset=(-0.2, 0.0, 0.0))
    course = Course((Key(10, Steady()), Key(20, dark)))
    frames = np.full((3, 4, 4, 3), 0.5, np.float32)
    sample = Sample.of("a", frames, np.ones((3, 4, 4), np.bool_), (0, 15, 30))
    changed = with_courses({"a": sample, "b": sample}, {"a": course})
    assert changed["b"] is sample
    assert changed["a"].frames.mean((1, 2, 3)) == pytest.approx([0.5, 0.4, 0.3], abs=1e-3)
    assert changed["a"].at == sample.at


def clip_of(ffmpeg: Path, path: Path, frames: Frames) -> Path:
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    codes = np.rint(frames * 255).astype(np.uint8).tobytes()
    words = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "24", "-i", "-"]
    ffmpeg_run(ffmpeg, *words, "-c:v", "libx264", "-crf", "12", "-pix_fmt", "yuv444p", path, data=codes)
    return path


@pytest.fixture(scope="module")
def clips(ffmpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A clip with a step, and one of the same wall without."""
    folder = tmp_path_factory.mktemp("clips")
    return [clip_of(ffmpeg, folder / "a.mp4", STEPPED), clip_of(ffmpeg, folder / "b.mp4", pan(40))]


@pytest.fixture(scope="module")
def record(clips: list[Path]) -> GradedTimeline:
    return grade_timeline(clips, settings=QUICK)


@pytest.mark.slow
@pytest.mark.ffmpeg
class TestFlows:
    def test_the_grade_has_the_course_and_says_so(self, record: GradedTimeline) -> None:
        one, other = record.grades
        assert one.course is not None
        assert [key.frame for key in one.course.keys] == [21, 22]
        assert other.course is None
        (reason,) = [reason for reason in one.reasons if reason.kind == "drift"]
        assert reason.text.startswith("jumps by ΔE00")
        assert reason.text.endswith("taken out, by 2 keys")
        assert parse_record(format_record(record)).grades == record.grades

    def test_samples_are_taken_steadied(self, record: GradedTimeline, clips: list[Path]) -> None:
        survey = look_at(record.edit, QUICK, Means())
        clean = read_frames(probe(clips[1]), survey.samples["a"].at, 160)
        assert np.abs(survey.samples["a"].frames - clean).mean() < 0.006
        assert survey.drifts["a"].kind == "steady"
        assert isinstance(record.grades[0].balance, Identity) or record.grades[0].amount < 1.01

    def test_a_second_look_and_a_part_keep_it(self, record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
        again = regrade(record, record.edit, {"b"}, settings=replace(QUICK, steadying=Steadying()))
        assert again.grades[0] == record.grades[0]
        monkeypatch.setattr(steadying, "iter_small_frames", None)  # no one measures
        assert {finding.check for finding in check_again(record)} == {finding.check for finding in record.findings}

    def test_off_is_as_before_to_the_byte(self, clips: list[Path]) -> None:
        text = format_record(grade_timeline(clips, settings=replace(QUICK, steadying=Steadying())))
        assert "steady" not in text.replace('"kind": "steady"', "")
        assert "course" not in text

    def test_workers_do_not_change_a_bit(self, record: GradedTimeline) -> None:
        shots = record.edit.shots
        with processes(2) as executor:
            pooled = steady_all(shots, {}, ALL, Means(executor))
        assert pooled == steady_all(shots, {}, ALL, Means())


@pytest.mark.slow
@pytest.mark.footage
def test_real_clips(footage: Path) -> None:
    """A step planted in a real clip is taken out, and the clip itself is left alone."""
    clip = probe(footage / "dev" / "coffee.mp4")
    frames = read_frames(clip, range(40), 160)
    plain = shot("a", clip, (0, 40))
    assert steady_all([plain], {}, ALL, Means())["a"] == Steadied()
    reel = generated(frames, (np.arange(40) >= 20).astype(float))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steadying, "iter_small_frames", lambda *_: iter(reel))
        steadied = steady_all([plain], {}, ALL, Means())["a"]
    assert steadied.course is not None
    assert [key.frame for key in steadied.course.keys] == [19, 20]
