"""Sampling: which frames stand for a shot, and which of their pixels may be believed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.media import media
from making.shots import shot as made
from otiograde.record.settings import Sampling
from otiograde.record.shot import FrameRange, Shot
from otiograde.survey.sample import Sample, frame_numbers, make_sample

RATE = Fraction(25)


def shot(start: int, count: int, frames: int = 10_000, kind: str = "video") -> Shot:
    source = FrameRange(start, count, RATE)
    return replace(made(of=media(kind=kind, rate=RATE, frames=frames), rate=RATE, count=count), source=source)


def picture(count: int = 3, height: int = 60, width: int = 80, seed: int = 0) -> np.ndarray:
    """Frames of a smooth, colored, noisy picture with no black in it."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    base = 0.3 + 0.4 * np.stack([x, y, 0.5 * (x + y)], -1)
    noise = np.random.default_rng(seed).normal(0, 0.01, (count, height, width, 3))
    return np.clip(base + noise, 0.05, 0.95).astype(np.float32)


def sampled(frames: np.ndarray, **changes: float) -> Sample:
    return make_sample("a", frames, tuple(range(0, 10 * len(frames), 10)), Sampling(**changes))


class TestFrameNumbers:
    def test_five_frames_at_10_30_50_70_90_percent(self) -> None:
        assert frame_numbers(shot(200, 100), Sampling()) == (210, 230, 250, 270, 290)

    def test_half_an_hour_is_still_five_frames(self) -> None:
        numbers = frame_numbers(shot(0, 45_000, frames=45_000), Sampling())
        assert numbers == (4500, 13_500, 22_500, 31_500, 40_500)

    @pytest.mark.parametrize(("count", "expected"), [(1, (7,)), (2, (7, 8)), (3, (8,))])
    def test_shots_of_a_few_frames(self, count: int, expected: tuple[int, ...]) -> None:
        assert frame_numbers(shot(7, count), Sampling()) == expected

    def test_still_has_one_frame(self) -> None:
        assert frame_numbers(shot(0, 250, frames=1, kind="still"), Sampling()) == (0,)

    def test_range_beyond_the_media_is_cut_to_it(self) -> None:
        numbers = frame_numbers(shot(90, 1000, frames=100), Sampling())
        assert numbers
        assert all(90 <= number < 100 for number in numbers)

    def test_range_outside_the_media_has_no_frame(self) -> None:
        assert frame_numbers(shot(100, 10, frames=100), Sampling()) == ()

    @given(st.integers(-50, 500), st.integers(0, 400), st.integers(1, 300), st.integers(1, 9))
    @settings(deadline=None, max_examples=300)
    def test_law_ascending_distinct_inside_the_used_range_and_away_from_cuts(
        self, start: int, count: int, frames: int, samples: int
    ) -> None:
        numbers = frame_numbers(shot(start, count, frames), Sampling(count=samples))
        first, end = max(start, 0), min(start + count, frames)
        assert len(numbers) <= samples
        assert list(numbers) == sorted(set(numbers))
        assert all(first <= number < end for number in numbers)
        assert bool(numbers) == (end > first)
        if end - first >= 9:
            assert all(first + 4 <= number < end - 4 for number in numbers)


class TestMasks:
    def test_clean_picture_is_all_usable_and_says_nothing(self) -> None:
        frames = picture()
        sample = sampled(frames)
        assert sample.usable.all()
        assert sample.notes == ()
        assert sample.frames.dtype == np.float32
        np.testing.assert_allclose(sample.frames, frames, atol=0.5001 / 1023)
        np.testing.assert_array_equal(sample.frame(1), sample.frames[1])

    @pytest.mark.parametrize("black", [0.0, 0.06])
    @pytest.mark.parametrize("axis", [1, 2])
    def test_bars_are_masked(self, axis: int, black: float) -> None:
        frames = picture()
        noise = np.random.default_rng(1).normal(0, 0.003, frames.shape).astype(np.float32)
        bars = np.zeros(frames.shape[:3], bool)
        np.moveaxis(bars, axis, 0)[:8] = True
        np.moveaxis(bars, axis, 0)[-10:] = True
        frames[bars] = np.clip(black + noise, 0, 1)[bars]
        sample = sampled(frames)
        assert not sample.usable[bars].any()
        assert sample.usable[~bars].mean() > 0.95
        assert ("letterbox" if axis == 1 else "pillarbox") in sample.notes[0]
        assert "8" in sample.notes[0]
        assert "10" in sample.notes[0]

    def test_dark_sky_on_one_side_is_no_bar(self) -> None:
        frames = picture()
        frames[:, :15] = 0.06
        assert sampled(frames).usable.all()

    def test_bar_that_is_not_in_every_frame_is_no_bar(self) -> None:
        frames = picture()
        frames[0, :8] = frames[0, -8:] = 0.02
        assert sampled(frames).usable.all()

    def test_clipped_pixels_are_not_usable(self) -> None:
        frames = picture()
        frames[:, 20:40, 20:60, 0] = 1.0
        frames[:, 40:50, 20:60, 2] = 0.002
        sample = sampled(frames)
        assert not sample.usable[:, 20:50, 20:60].any()
        assert sample.usable.sum() == sample.usable.size - 3 * 30 * 40
        assert any("clipped" in note for note in sample.notes)

    def test_not_finite_pixels_are_not_usable_and_do_not_stay(self) -> None:
        frames = picture()
        frames[0, 0, 0] = np.nan
        frames[1, 2, 3, 1] = np.inf
        sample = sampled(frames)
        assert np.isfinite(sample.frames).all()
        assert not sample.usable[0, 0, 0]
        assert not sample.usable[1, 2, 3]

    def test_frames_of_a_fade_are_passed_over(self) -> None:
        frames = picture(5) * np.array([0.02, 0.3, 1, 1, 1], np.float32)[:, None, None, None]
        sample = sampled(frames)
        assert sample.at == (20, 30, 40)
        assert len(sample.frames) == len(sample.usable) == 3
        assert "2 of 5 frames" in sample.notes[0]

    def test_flash_does_not_cost_the_other_frames(self) -> None:
        frames = picture(5)
        frames[2] = 1.0
        sample = sampled(frames)
        assert sample.at == (0, 10, 20, 30, 40)
        assert not sample.usable[2].any()

    @pytest.mark.parametrize("level", [0.0, 0.01])
    def test_black_shot_has_no_frame_and_says_why(self, level: float) -> None:
        sample = sampled(np.full((3, 8, 8, 3), level, np.float32))
        assert sample.frames.shape == (0, 8, 8, 3)
        assert sample.at == ()
        assert "black" in sample.notes[0]

    def test_white_shot_has_no_usable_pixel(self) -> None:
        sample = sampled(np.ones((3, 8, 8, 3), np.float32))
        assert not sample.usable.any()
        assert "100%" in sample.notes[-1]

    def test_no_frames_at_all(self) -> None:
        sample = make_sample("a", np.zeros((0, 8, 8, 3), np.float32), (), Sampling())
        assert sample.at == ()
        assert sample.notes == ("no frame of the shot could be read",)
        assert len(sample.colors(10)) == 0

    def test_frames_and_numbers_must_correspond(self) -> None:
        with pytest.raises(ValueError, match="2 frame numbers"):
            make_sample("a", picture(3), (0, 1), Sampling())

    def test_input_is_not_written_to(self) -> None:
        frames = picture()
        frames[0, 0, 0] = 2.0
        frames.setflags(write=False)
        assert sampled(frames).frames.max() <= 1


class TestColors:
    def test_drawn_without_replacement_and_the_same_each_time(self) -> None:
        sample = sampled(picture())
        first, again = sample.colors(500), sample.colors(500)
        np.testing.assert_array_equal(first, again)
        assert len(np.unique(first, axis=0)) == 500

    def test_all_of_them_when_fewer(self) -> None:
        sample = sampled(picture(1))
        assert len(sample.colors(10**6)) == 60 * 80
