"""Clips that continue each other, through the whole pipeline: read, linked at their cuts, graded as a chain, judged.

Tests: grading/study.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from making.pictures import Look, wall
from making.shots import edit, nth_shot
from otiograde.color.affine import Affine
from otiograde.color.difference import delta_e00
from otiograde.color.encodings import encoding
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.grading.study import cuts_between, sample_all, with_courses
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.media.writing import write_video
from otiograde.record.course import Course, Key
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Linking, Sampling, Settings, Steadying
from otiograde.record.shot import Shot

RATE, COUNT = Fraction(24), 10
WALL = wall(4, 160, 460)
#: Each clip is extended from the one before it, and darker and redder than that.
PLAIN = Look()
CASTS = [Look(exposure=-0.15 * k, warmth=0.04 * k, saturation=1.08**k) for k in range(3)]

Write = Callable[[Iterable[NDArray[np.float32]], str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(frames: Iterable[NDArray[np.float32]], name: str) -> Path:
        path = tmp_path / f"{name}.mp4"
        write_video(path, frames, RATE, encoding("bt709"), crf=6)
        return path

    return written


def take(first: int, cast: Look = PLAIN, count: int = COUNT) -> list[NDArray[np.float32]]:
    """Frames of a pan over the wall."""
    return [np.asarray(cast(WALL[:, 4 * k : 4 * k + 240]), np.float32) for k in range(first, first + count)]


def apart(record: GradedTimeline, a: int, b: int) -> float:
    """The mean ΔE00 between the results of two clips on the wall."""
    pixels = WALL.reshape(-1, 3)[::11]
    results = [record.lut(record.edit.shots[k].id)(CASTS[k](pixels)) for k in (a, b)]
    return float(delta_e00(*(srgb_to_lab(np.clip(result, 0, 1)) for result in results)).mean())


@pytest.mark.slow
def test_a_chain_is_anchored_in_its_first_clip(write: Write, tmp_path: Path) -> None:
    clips = [write(take(COUNT * k, cast), f"clip_{k}") for k, cast in enumerate(CASTS)]
    means = Means(cache=DiskCache(tmp_path / "cache"))
    record = grade_timeline(clips, means=means)
    first = record.edit.shots[0].id
    assert len(record.scenes) == 1
    assert record.grades[0].balance == Identity()
    assert apart(record, 0, 1) < 0.7
    assert apart(record, 0, 2) < 0.8
    for grade in record.grades:
        assert f"chain of 3 clips, anchored in {first}" in [reason.text for reason in grade.reasons]
    checks = [finding for finding in record.findings if finding.check == "join"]
    assert [(finding.shot, finding.passed) for finding in checks] == [(shot.id, True) for shot in record.edit.shots[1:]]
    assert [piece.at for piece in record.evidence if piece.kind == "joins"] == [(COUNT - 1, 0)] * 2
    assert grade_timeline(clips, means=means) == record
    assert grade_timeline(clips) == record
    alone = grade_timeline(clips, settings=Settings(linking=Linking(without=("joins",))), means=means)
    assert not [finding for finding in alone.findings if finding.check == "join"]
    assert {piece.kind for piece in alone.evidence}.isdisjoint({"joins"})


def shots_of(paths: Iterable[Path]) -> tuple[Shot, ...]:
    return read([*paths]).shots


def test_frames_are_read_only_where_a_neighbor_abuts(write: Write, tmp_path: Path) -> None:
    shots = shots_of([write(take(COUNT * k), f"clip_{k}") for k in range(3)])
    first, second, third = (shot.id for shot in shots)
    cache = DiskCache(tmp_path / "cache")
    for _ in "again", "out of the cache":
        samples = sample_all(shots, Sampling(), Means(cache=cache), [(first, second)])
        ends = [sample.ends and sample.ends.at for sample in samples.values()]
        assert ends == [(COUNT - 2, COUNT - 1), (0, 1), None]
    plain = sample_all(shots, Sampling(), Means(), [(first, second)])
    for shot in first, second:
        one, other = samples[shot].ends, plain[shot].ends
        assert one is not None
        assert other is not None
        assert np.array_equal(one.pixels, other.pixels)
    assert samples[third].digest() == plain[third].digest()


def test_a_damaged_end_costs_the_join_and_not_the_shot(write: Write) -> None:
    shots = shots_of([write(take(COUNT * k), f"clip_{k}") for k in range(2)])
    longer = replace(
        shots[0], media=replace(shots[0].media, frames=COUNT + 5), source=replace(shots[0].source, count=COUNT + 5)
    )
    samples = sample_all([longer, shots[1]], Sampling(count=1), Means(), [(shots[0].id, shots[1].id)])
    assert samples[shots[0].id].at
    assert samples[shots[0].id].ends is None
    assert samples[shots[1].id].ends is not None


def test_sdr_beside_hdr_is_no_pair() -> None:
    shots = [nth_shot("a", 0), nth_shot("b", 1), nth_shot("c", 2, "pq"), nth_shot("d", 3, "pq")]
    names = {shot.id: shot.id for shot in shots}
    assert cuts_between(edit(*shots), names) == [("a", "b"), ("c", "d")]


def test_of_twins_the_first_stands_for_all() -> None:
    shots = [nth_shot(name, number) for number, name in enumerate("abcd")]
    assert cuts_between(edit(*shots), {"a": "a", "b": "b", "c": "a", "d": "b"}) == [("a", "b"), ("b", "a")]
    assert cuts_between(edit(*shots[:2]), {"a": "a", "b": "a"}) == []


def test_ends_are_steadied_with_their_sample(write: Write) -> None:
    shots = shots_of([write(take(COUNT * k), f"clip_{k}") for k in range(2)])
    names = [shot.id for shot in shots]
    samples = sample_all(shots, Sampling(), Means(), [(names[0], names[1])])
    brighter = Affine((1.1 * np.eye(3)).tolist())
    steadied = with_courses(samples, {names[0]: Course((Key(0, Identity()), Key(COUNT - 1, brighter)))})
    before, after = samples[names[0]].ends, steadied[names[0]].ends
    assert before is not None
    assert after is not None
    assert after.at == before.at
    np.testing.assert_allclose(after.frame(1), np.clip(1.1 * before.frame(1), 0, 1), atol=2e-3)
    assert steadied[names[1]].ends is samples[names[1]].ends


@pytest.mark.slow
def test_a_chain_that_drifts_lands_on_its_first_frame(write: Write) -> None:
    """Both clips darken while they run, and the second one is darker by a step: all of it goes."""
    count, loss = 40, 0.6
    levels = [Look(exposure=-loss * k / (2 * count) - (0.2 if k >= count else 0)) for k in range(2 * count)]
    clean = [np.asarray(WALL[:, 2 * k : 2 * k + 240], np.float32) for k in range(2 * count)]
    shown = [np.asarray(level(frame), np.float32) for level, frame in zip(levels, clean, strict=True)]
    clips = [write(shown[:count], "one"), write(shown[count:], "two")]
    record = grade_timeline(clips, settings=Settings(steadying=Steadying("all", "first")))
    worst = []
    for number in (0, count - 1, count, 2 * count - 1):
        grade, frame = record.grades[number // count], number % count
        assert grade.course is not None
        index, share = grade.course.at(frame)
        keyed = [transform for _, transform in grade.keyed]
        mixed = keyed[index](shown[number])
        if share:
            mixed = mixed + share * (keyed[index + 1](shown[number]) - mixed)
        worst.append(float(delta_e00(srgb_to_lab(np.clip(mixed, 0, 1)), srgb_to_lab(clean[number])).mean()))
    assert max(worst) < 1.2, worst
    assert worst[0] < 0.3
