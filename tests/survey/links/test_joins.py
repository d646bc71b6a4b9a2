"""Joins: clips that continue each other are linked by the frames at their cut, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from making.pictures import Look, Picture, wall
from making.shots import nth_shot
from otiograde.color.difference import code_difference
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.record.settings import Linking, Sampling
from otiograde.record.shot import Shot
from otiograde.survey import kinds
from otiograde.survey.link import Link
from otiograde.survey.links import link_all
from otiograde.survey.sample import Sample, end_numbers, make_ends, make_sample, scaled_ends

ALONE = Linking(without=tuple(kind for kind in kinds.KINDS if kind != "joins"))
CAST = Look(exposure=0.3, warmth=0.08, contrast=1.1, saturation=0.9)
WALL = wall(1)


def take(first: int, count: int, picture: Picture = WALL) -> list[Picture]:
    """Frames of a camera that pans over a wall, with a little noise."""
    draw = np.random.default_rng(first)
    windows = [picture[:, 3 * k : 3 * k + 400] for k in range(first, first + count)]
    return [window + draw.normal(0, 0.004, window.shape) for window in windows]


def clip(name: str, number: int, frames: Sequence[Picture], **fields: object) -> tuple[Shot, Sample]:
    """A shot of these media frames, and its sample with both its ends."""
    shot = replace(nth_shot(name, number, frames=len(frames)), **fields)
    shown = np.clip(np.array(frames, np.float32), 0, 1)
    head, tail = end_numbers(shot)
    ends = tuple(dict.fromkeys((*head, *tail)))
    middle = len(frames) // 2
    sample = make_sample(name, shown[[middle]], (middle,), Sampling())
    return shot, make_ends(sample, scaled_ends(shown[[*ends]]), ends, Sampling())


def joined(a: tuple[Shot, Sample], b: tuple[Shot, Sample], means: Means = Means()) -> Link | None:
    shots, samples = zip(a, b, strict=True)
    names = [shot.id for shot in shots]
    links, hints = link_all(shots, dict(zip(names, samples, strict=True)), ALONE, means, cuts=[(names[0], names[1])])
    assert not hints
    assert all((link.a, link.b, link.kind) == (*names, "joins") for link in links)
    return links[0] if links else None


def error(link: Link, cast: Look = CAST) -> float:
    """The median ΔE00 between the colors in b and those in a with the cast."""
    return float(np.median(code_difference(np.clip(cast(link.colors_a), 0, 1), link.colors_b, None)))


def cast_on(frames: Sequence[Picture]) -> list[Picture]:
    return [CAST(np.clip(frame, 0, 1)) for frame in frames]


A = clip("a", 0, take(0, 12))
B = clip("b", 1, cast_on(take(12, 12)))


def test_a_clip_that_continues_is_linked_by_the_frames_at_the_cut() -> None:
    link = joined(A, B)
    assert link is not None
    assert link.at == (11, 0)
    assert link.mad < 0.006
    assert link.confidence > 0.9
    assert link.inliers >= Linking().many
    assert 0.05 < link.held_out.mean() < 0.4
    assert error(link) < 0.6
    shift = (link.places[:, 0] - link.places[:, 2]) * 400
    assert abs(float(np.median(shift)) - 3) < 0.7


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(cast_on(take(12, 12, wall(2))), id="another wall"),
        pytest.param([np.full((260, 400, 3), 0.4)] * 12, id="one color"),
        pytest.param([np.zeros((260, 400, 3))] * 12, id="black"),
        pytest.param([np.full((260, 400, 3), 0.02)] * 2 + take(14, 10), id="black at the cut"),
        pytest.param(
            [share * frame for share, frame in zip(np.linspace(0.5, 1, 12), take(12, 12), strict=True)], id="fade"
        ),
        pytest.param([frame * (1.25 if k == 0 else 1) for k, frame in enumerate(take(12, 12))], id="flash"),
        pytest.param([frame[:, 60:] for frame in take(12, 12)], id="another shape"),
        pytest.param([np.flipud(frame) for frame in take(12, 12)], id="upside down"),
        pytest.param([np.full((260, 400, 3), np.nan)] * 12, id="no numbers"),
    ],
)
def test_what_does_not_continue_is_no_join(after: list[Picture]) -> None:
    assert joined(A, clip("b", 1, after)) is None


def test_a_still_frame_may_repeat_on_either_side() -> None:
    frozen = take(0, 8) + [take(8, 1)[0]] * 4
    for before, after in ((frozen, take(9, 12)), (take(0, 12), take(11, 12)), (take(0, 12), [take(12, 1)[0]] * 9)):
        link = joined(clip("a", 0, before), clip("b", 1, cast_on(after)))
        assert link is not None
        assert error(link) < 0.6


def test_a_reversed_clip_begins_with_its_last_frame() -> None:
    backwards = clip("b", 1, cast_on(take(12, 12)[::-1]), speed=Fraction(-1))
    link = joined(A, backwards)
    assert link is not None
    assert link.at == (11, 11)
    assert error(link) < 0.6


def test_another_size_is_compared_at_the_smaller_one() -> None:
    small = [np.asarray(cv2.resize(frame, (200, 130), interpolation=cv2.INTER_AREA)) for frame in take(12, 12)]
    for link in (joined(A, clip("b", 1, cast_on(small))), joined(clip("a", 0, small), B)):
        assert link is not None
        assert error(link) < 1.0


@pytest.mark.parametrize("edge", [2, 8, 20, 40])
def test_a_crop_is_joined_rightly_or_not_at_all(edge: int) -> None:
    cropped = [cv2.resize(frame[edge:-edge, edge:-edge], (400, 260)) for frame in take(12, 12)]
    link = joined(A, clip("b", 1, cast_on([np.asarray(frame) for frame in cropped])))
    assert link is None or error(link) < 1.5


def test_a_jump_cut_in_one_take_is_the_same_light() -> None:
    def scene(at: int) -> Picture:
        picture = WALL[:, :400].copy()
        picture[60:160, at : at + 80] = wall(5)[:100, :80]
        return picture

    link = joined(
        clip("a", 0, [scene(20 + k) for k in range(9)]), clip("b", 1, cast_on([scene(250 + k) for k in range(9)]))
    )
    assert link is not None
    assert error(link) < 0.6


def test_one_frame_is_enough() -> None:
    link = joined(clip("a", 0, take(11, 1)), clip("b", 1, cast_on(take(12, 1))))
    assert link is not None
    assert link.at == (0, 0)


def test_shots_without_frames_at_the_cut_have_no_link() -> None:
    shot, sample = B
    assert joined(A, (shot, replace(sample, ends=None))) is None


def test_only_cuts_are_looked_at() -> None:
    shots, samples = [A[0], B[0]], {"a": A[1], "b": B[1]}
    assert not link_all(shots, samples, ALONE).links
    assert not link_all(shots, samples, ALONE, only=["c"], cuts=[("a", "b")]).links


def test_a_join_is_remembered_by_the_frames_at_the_cut(tmp_path: Path) -> None:
    means = Means(cache=DiskCache(tmp_path))
    first, again = joined(A, B, means), joined(A, B, means)
    assert first is not None
    assert again is not None
    assert np.array_equal(first.colors_b, again.colors_b)
    other = replace(B[1], ends=clip("b", 1, take(12, 12, wall(2)))[1].ends)
    assert joined(A, (B[0], other), means) is None


def test_ends_are_graded_with_their_sample() -> None:
    graded = A[1].graded(CAST)
    assert graded.ends is not None
    assert A[1].ends is not None
    np.testing.assert_allclose(graded.ends.frame(0), CAST(A[1].ends.frame(0)), atol=2e-3)
    assert graded.ends.at == A[1].ends.at


@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (9, 9), (13, 240), (240, 9)])
def test_the_smallest_pictures_break_nothing(shape: tuple[int, int]) -> None:
    frames = [np.asarray(cv2.resize(frame, shape[::-1]), np.float64) for frame in take(0, 4)]
    link = joined(clip("a", 0, frames), clip("b", 1, frames))
    assert link is None or error(link, Look()) < 1
