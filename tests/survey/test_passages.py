"""Cuts, dissolves, fades and wipes between walls that a camera moves along; flashes, strobes and whip pans are none.

Tests: survey/passages.py, survey/blends.py, survey/mixtures.py, survey/thumbnails.py
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from making.pictures import wall
from otiograde.survey import passages
from otiograde.survey.passages import Passage, find_passages
from otiograde.survey.thumbnails import SIZE

Frames = NDArray[np.uint8]
HEIGHT, WIDTH = SIZE


@lru_cache
def shot(seed: int, count: int, speed: float = 0.4) -> Frames:
    """``count`` frames of a camera that moves along a wall, ``speed`` pixels a frame."""
    picture = np.rint(wall(seed, HEIGHT, WIDTH + 60) * 255).astype(np.uint8)
    return np.stack([picture[:, round(speed * k) % 60 :][:, :WIDTH] for k in range(count)])


def mixed(a: Frames, b: Frames) -> Frames:
    """A dissolve: its frames show more and more of ``b``."""
    share = (np.arange(len(a)) + 1)[:, None, None, None] / (len(a) + 1)
    return np.rint(a * (1 - share) + b * share).astype(np.uint8)


def faded(frames: Frames, target: int, *, out: bool) -> Frames:
    """A fade to or from one color."""
    share = np.linspace(0, 1, len(frames))[:, None, None, None]
    share = share if out else share[::-1]
    return np.rint(frames * (1 - share) + target * share).astype(np.uint8)


def wiped(a: Frames, b: Frames) -> Frames:
    """A wipe from the left."""
    columns = np.arange(WIDTH) < (np.arange(len(a)) + 1)[:, None] * WIDTH / (len(a) + 1)
    return np.where(columns[:, None, :, None], b, a)


def passages_of(*parts: Frames) -> list[Passage]:
    return list(find_passages(np.concatenate(parts)))


def test_cuts_are_known_to_the_frame() -> None:
    assert passages_of(shot(1, 30), shot(2, 9), shot(3, 40)) == [Passage(30, 29, "cut"), Passage(39, 38, "cut")]


def test_shots_of_one_and_two_frames() -> None:
    assert [cut.first for cut in passages_of(shot(1, 25), shot(2, 1), shot(3, 25))] == [25, 26]
    assert [cut.first for cut in passages_of(shot(1, 25), shot(2, 2), shot(3, 25))] == [25, 27]


def test_one_blended_frame_at_a_cut_is_one_cut() -> None:
    before, after = shot(1, 26), shot(2, 26)
    assert len(passages_of(before[:25], mixed(before[25:], after[:1]), after[1:])) == 1


@pytest.mark.parametrize("speed", [0, 0.4, 1])
@pytest.mark.parametrize("blended", [1, 2, 3])
def test_a_cut_over_blended_frames(blended: int, speed: float) -> None:
    """Converted rates, and fields of two shots in one frame, leave a few frames that show both."""
    for first, second in ((1, 2), (3, 4), (5, 6), (7, 8)):
        a, b = shot(first, 30, speed), shot(second, 30 + blended, speed)
        [passage] = passages_of(a[:-blended], mixed(a[-blended:], b[:blended]), b[blended:])
        assert abs(passage.middle - (30 - blended / 2)) <= 1
        assert passage.frames == (0 if blended == 1 else blended)


@pytest.mark.parametrize("length", [6, 12, 24, 40])
def test_a_dissolve(length: int) -> None:
    a, b = shot(4, 40 + length, 0.1), shot(5, 40 + length, 0.1)
    [passage] = passages_of(a[:40], mixed(a[40:], b[:length]), b[length:])
    assert passage.kind == "dissolve"
    assert abs(passage.middle - (40 + length / 2)) <= 3
    assert abs(passage.frames - length) <= max(6, 0.4 * length)


@pytest.mark.parametrize("speed", [0, 0.1])
@pytest.mark.parametrize("length", [8, 12, 18, 24, 36])
def test_a_dissolve_is_known_to_the_frame(length: int, speed: float) -> None:
    """Pictures that hardly move are mixtures of the ends of a longer run, too: what is around is no part of it."""
    for first, second in ((1, 2), (4, 5), (7, 8)):
        a, b = shot(first, 60 + length, speed), shot(second, 60 + length, speed)
        [passage] = passages_of(a[:60], mixed(a[60:], b[:length]), b[length:])
        assert (passage.kind, abs(passage.first - 60) <= 1) == ("dissolve", True)
        assert abs(passage.last - (59 + length)) <= 1


def test_a_dissolve_between_cameras_that_move() -> None:
    a, b = shot(6, 56, 1), shot(7, 56, 1)
    assert [passage.kind for passage in passages_of(a[:40], mixed(a[40:], b[:16]), b[16:])] == ["dissolve"]


@pytest.mark.parametrize("color", [0, 255])
def test_a_fade_through_one_color(color: int) -> None:
    a, b = shot(1, 50), shot(2, 50)
    [passage] = passages_of(a[:38], faded(a[38:], color, out=True), faded(b[:12], color, out=False), b[12:])
    assert passage.kind == "fade"
    assert abs(passage.first - 38) <= 3
    assert abs(passage.last - 61) <= 3


def test_a_wipe_is_called_one() -> None:
    a, b = shot(1, 70, 0), shot(2, 70, 0)
    [passage] = passages_of(a[:46], wiped(a[46:], b[:24]), b[24:])
    assert passage.kind == "wipe"
    assert abs(passage.middle - 58) <= 6


@pytest.mark.parametrize("seed", [3, 5, 8])
def test_a_soft_shape_that_closes_is_one_passage(seed: int) -> None:
    """Its halves are mixtures of their ends, the whole is not."""
    a, b = shot(seed, 64), shot(seed + 1, 64)
    closing = 1 - np.abs(np.arange(HEIGHT) - HEIGHT / 2) / (HEIGHT / 2)
    share = np.clip((np.arange(1, 25)[:, None] / 25 * 1.5 - closing) / 0.5, 0, 1)
    share = (share**2 * (3 - 2 * share))[..., None, None]
    [passage] = passages_of(a[:40], np.rint(a[40:] * (1 - share) + b[:24] * share).astype(np.uint8), b[24:])
    assert passage.kind in ("dissolve", "wipe")
    assert passage.first <= 52 <= passage.last


def flash(frames: Frames) -> Frames:
    return np.clip(frames.astype(int) + 170, 0, 255).astype(np.uint8)


def whip(seed: int) -> Frames:
    """A camera that is still, turns by two pictures in seven frames, and is still again."""
    picture = np.rint(wall(seed, HEIGHT, 3 * WIDTH) * 255).astype(np.uint8)
    phase = np.clip((np.arange(40) - 16) / 7, 0, 1)
    places = np.rint(phase**2 * (3 - 2 * phase) * 2 * WIDTH).astype(int)
    frames = []
    for place, speed in zip(places, np.gradient(places), strict=True):
        blur = max(int(abs(speed)), 1)
        moved = [picture[:, max(place - k, 0) :][:, :WIDTH] for k in range(0, blur, 4)]
        frames.append(np.mean(moved, axis=0))
    return np.rint(np.stack(frames)).astype(np.uint8)


A = shot(1, 60)
NO_PASSAGE: dict[str, Frames] = {
    "no motion": shot(1, 60, 0),
    "slow pan": shot(2, 60, 1),
    "black": np.zeros((60, *SIZE, 3), np.uint8),
    "one frame": A[:1],
    "flash": np.concatenate([A[:20], flash(A[20:23]), A[23:]]),
    "flash that rises": np.concatenate([A[:20], mixed(A[20:22], flash(A[20:22])), flash(A[22:24]), A[24:]]),
    "exposure step": np.concatenate([A[:30], np.rint(A[30:] * 0.75).astype(np.uint8)]),
    "strobe of black": np.where((np.arange(60) // 2 % 2)[:, None, None, None], A, 0).astype(np.uint8),
    "strobe of white": np.where((np.arange(60) % 4 > 0)[:, None, None, None], A, 255).astype(np.uint8),
    "whip pan": whip(9),
    "frames doubled": np.repeat(A[:30], 2, axis=0),
}


@pytest.mark.parametrize("frames", NO_PASSAGE.values(), ids=NO_PASSAGE)
def test_no_passage(frames: Frames) -> None:
    assert passages_of(frames) == []


def captioned(frames: Frames) -> Frames:
    frames = frames.copy()
    frames[20:40, 42:50, 12:84] = 255
    return frames


def barred(frames: Frames) -> Frames:
    frames = frames.copy()
    frames[30:, :7] = frames[30:, -7:] = 0
    return frames


def logo(frames: Frames) -> Frames:
    frames = frames.copy()
    frames[:, 2:14, 76:94] = (255, 40, 40)
    return frames


@pytest.mark.parametrize("drawn", [captioned, barred, logo], ids=lambda drawn: drawn.__name__)
def test_a_cut_under_what_is_drawn_over_it(drawn: object) -> None:
    assert callable(drawn)
    assert passages_of(drawn(np.concatenate([shot(1, 30), shot(2, 30)]))) == [Passage(30, 29, "cut")]


def test_a_slideshow() -> None:
    stills = [np.repeat(shot(seed, 1), 30, axis=0) for seed in (1, 2, 3)]
    assert passages_of(*stills) == [Passage(30, 29, "cut"), Passage(60, 59, "cut")]


def test_the_size_of_a_block_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by blocks; a passage where two of them meet is there once."""
    a, b = shot(4, 60, 0.1), shot(5, 60, 0.1)
    movie = np.concatenate([shot(1, 50), shot(2, 47), a[:40], mixed(a[40:], b[:20]), b[20:], shot(3, 60)])
    whole = passages_of(movie)
    assert [passage.kind for passage in whole] == ["cut", "cut", "dissolve", "cut"]
    monkeypatch.setattr(passages, "MARGIN", 64)
    for block in (50, 64):
        monkeypatch.setattr(passages, "BLOCK", block)
        assert passages_of(movie) == whole


def test_a_movie_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a block of frames is read ahead."""
    monkeypatch.setattr(passages, "BLOCK", 256)
    read = 0

    def movie() -> Iterator[Frames]:
        nonlocal read
        for number in range(3 * passages.BLOCK):
            read += 1
            yield shot(1 + number // 30 % 2, 30)[number % 30]

    first = next(find_passages(movie()))
    assert first == Passage(30, 29, "cut")
    assert read == passages.BLOCK + 2 * passages.MARGIN
