"""Many frames in a row that differ: pushes, shots of one frame, whip pans, screens; and what lies over the pictures."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest
from test_passages import HEIGHT, WIDTH, Frames, faded, flash, mixed, passages_of, shot, whip

from making.pictures import wall
from otiograde.survey.passages import Passage

A, B = shot(1, 70), shot(2, 70)
BLACK = np.zeros((20, HEIGHT, WIDTH, 3), np.uint8)


def pushed(a: Frames, b: Frames, side: str = "right", *, eased: bool = False) -> Frames:
    """``b`` comes in from a side and pushes ``a`` out."""
    axis = 0 if side == "bottom" else 1
    frames = []
    for k, pair in enumerate(zip(a, b, strict=True)):
        share = (k + 1) / (len(a) + 1)
        share = share**2 * (3 - 2 * share) if eased else share
        size = (HEIGHT, WIDTH)[axis]
        at = round(share * size)
        both = np.concatenate(pair if side != "left" else pair[::-1], axis)
        at = size - at if side == "left" else at
        frames.append(np.take(both, range(at, at + size), axis))
    return np.stack(frames)


@pytest.mark.parametrize(
    ("length", "side", "eased"),
    [(8, "right", False), (12, "left", False), (12, "bottom", False), (12, "right", True), (24, "right", False)],
)
def test_a_push_is_called_a_wipe(length: int, side: str, eased: bool) -> None:
    push = pushed(A[46 : 46 + length], B[:length], side, eased=eased)
    [passage] = passages_of(A[:46], push, B[length:])
    assert passage.kind == "wipe"
    assert abs(passage.first - 46) <= 2
    assert abs(passage.last - (45 + length)) <= 2


def test_an_iris_is_called_a_wipe() -> None:
    row, column = np.mgrid[0:HEIGHT, 0:WIDTH]
    away = np.hypot(row - HEIGHT / 2, column - WIDTH / 2) / np.hypot(HEIGHT / 2, WIDTH / 2)
    iris = np.where((away < (np.arange(16)[:, None, None] + 1) / 17)[..., None], B[:16], A[46:62])
    assert [passage.kind for passage in passages_of(A[:46], iris, B[16:])] == ["wipe"]


@pytest.mark.parametrize("count", [3, 30])
def test_shots_of_one_frame_are_one_shot(count: int) -> None:
    """The first and the last cut of such a run are found to the frame."""
    singles = np.concatenate([shot(3 + number, 1) for number in range(count)])
    cuts = [Passage(first, first - 1, "cut") for first in (40, 40 + count)]
    assert passages_of(A[:40], singles, B[:40]) == cuts


def test_a_movie_that_is_cut_at_every_frame_is_one_shot() -> None:
    assert passages_of(*(shot(number, 1) for number in range(30))) == []


@pytest.mark.parametrize("count", [2, 3, 5])
def test_shots_of_a_few_frames(count: int) -> None:
    middle = [shot(3 + number, count) for number in range(6)]
    firsts = [passage.first for passage in passages_of(A[:30], *middle, B[:30])]
    assert firsts == [30 + count * number for number in range(7)]


@pytest.mark.parametrize("seed", range(5, 12))
def test_a_whip_pan_is_no_passage(seed: int) -> None:
    assert passages_of(whip(seed)) == []


def test_a_flash_or_a_black_frame_at_a_cut_belongs_to_the_new_shot() -> None:
    assert passages_of(A[:40], flash(B[:3]), B[3:40]) == [Passage(40, 39, "cut")]
    assert passages_of(A[:40], BLACK[:1], B[:40]) == [Passage(40, 39, "cut")]


def test_black_is_a_shot_where_it_is_long() -> None:
    assert [cut.first for cut in passages_of(A[:40], BLACK, B[:40])] == [40, 60]
    assert [cut.first for cut in passages_of(A[:40], BLACK)] == [40]
    assert passages_of(A[:30], BLACK[:3], A[33:]) == []


def test_a_fade_out_at_the_end_leads_nowhere() -> None:
    assert passages_of(A[:40], faded(A[40:], 0, out=True), BLACK) == []


def test_colored_lights_that_take_turns_are_no_cuts() -> None:
    lights = np.array([[1, 0.2, 0.2], [0.2, 1, 0.2], [0.2, 0.2, 1], [0.05, 0.05, 0.05]])
    assert passages_of((A * lights[np.arange(70) // 2 % 4][:, None, None]).astype(np.uint8)) == []


def zoomed(seed: int, count: int, rate: float) -> Frames:
    picture = np.rint(wall(seed, 3 * HEIGHT, 3 * WIDTH) * 255).astype(np.uint8)
    frames = []
    for k in range(count):
        height, width = (1.8 * rate**k * size for size in (HEIGHT, WIDTH))
        top, left = int(1.5 * HEIGHT - height / 2), int(1.5 * WIDTH - width / 2)
        part = picture[top : top + int(height), left : left + int(width)]
        frames.append(cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    return np.stack(frames).astype(np.uint8)


@pytest.mark.parametrize("length", [8, 16, 24])
def test_a_dissolve_between_cameras_that_zoom(length: int) -> None:
    a, b = zoomed(3, 60, 0.995), zoomed(4, 60, 1.005)
    assert [p.kind for p in passages_of(a[:-length], mixed(a[-length:], b[:length]), b[length:])] == ["dissolve"]


def test_a_crash_zoom_is_no_passage() -> None:
    zoom = zoomed(3, 12, 0.93)
    assert passages_of(np.repeat(zoom[:1], 30, axis=0), zoom, np.repeat(zoom[-1:], 30, axis=0)) == []


# What lies over the pictures


def numbered(frames: Frames) -> Frames:
    """A time code in a box."""
    frames = frames.copy()
    frames[:, 44:53, 20:76] = 0
    for k, frame in enumerate(frames):
        cv2.putText(frame, f"{k // 24:02}:{k % 24:02}", (22, 52), cv2.FONT_HERSHEY_PLAIN, 0.8, (255, 255, 255), 1)
    return frames


def subtitled(frames: Frames, *, change: int = 38) -> Frames:
    frames = frames.copy()
    for k, frame in enumerate(frames[5:60], 5):
        text = "hello there" if k < change else "who are you"
        cv2.putText(frame, text, (6, 50), cv2.FONT_HERSHEY_PLAIN, 0.7, (255, 255, 255), 1)
    return frames


def letterboxed(frames: Frames) -> Frames:
    frames = frames.copy()
    frames[:, :7] = frames[:, -7:] = 0
    return frames


def test_a_time_code_and_subtitles_hide_no_cut_and_make_none() -> None:
    movie = np.concatenate([A[:40], B[:40]])
    for drawn in (numbered(movie), subtitled(movie), subtitled(movie, change=40)):
        assert passages_of(drawn) == [Passage(40, 39, "cut")]
    for drawn in (numbered(A), subtitled(A)):
        assert passages_of(drawn) == []


def test_a_letterbox_that_changes() -> None:
    assert passages_of(A[:40], letterboxed(B[:40])) == [Passage(40, 39, "cut")]
    assert passages_of(A[:40], letterboxed(A[40:])) == []


# Screens


@lru_cache
def document(seed: int) -> Frames:
    """A long page of text."""
    page = np.full((900, WIDTH, 3), 250, np.uint8)
    draw = np.random.default_rng(seed)
    for row in range(6, 900, 6):
        column = 4
        while column < WIDTH - 10:
            length = int(draw.integers(3, 14))
            page[row : row + 3, column : min(column + length, WIDTH - 4)] = draw.integers(20, 90)
            column += length + 3
    return page


def test_a_page_that_scrolls_a_window_that_opens_and_text_that_is_typed() -> None:
    page = document(1)
    assert passages_of(np.stack([page[8 * max(0, (k - 20) // 3) :][:HEIGHT] for k in range(80)])) == []
    still = np.stack([page[:HEIGHT]] * 40)
    window, typed = still.copy(), still.copy()
    window[20:, 10:44, 20:80] = (90, 120, 200)
    for k in range(40):
        typed[k:, 40:44, 8 + 2 * k : 10 + 2 * k] = 30
    assert passages_of(window) == passages_of(typed) == []


def test_another_program_on_the_screen_is_a_cut() -> None:
    still, other = np.stack([document(1)[:HEIGHT]] * 40), np.stack([255 - document(2)[:HEIGHT]] * 40)
    assert passages_of(still, other) == [Passage(40, 39, "cut")]


def test_slides_that_dissolve_and_push() -> None:
    a, b, c = (np.repeat(shot(seed, 1), 40, axis=0) for seed in (1, 2, 3))
    slides = passages_of(a[:30], mixed(a[:12], b[:12]), b[:20], pushed(b[:12], c[:12]), c[:30])
    assert [passage.kind for passage in slides] == ["dissolve", "wipe"]
