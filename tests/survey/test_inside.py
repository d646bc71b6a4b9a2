"""Another picture inside a shot: found where its samples have little in common, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from making.courses import Frames, pan
from making.media import media
from making.shots import shot
from otiograde.survey.drift import Drift
from otiograde.survey.inside import BESIDE, MOST, another_picture, doubtful_frames

#: A shot that shows little of one sampled frame in the next: from the second to the third.
LOST = Drift("a", (10, 30, 50, 70, 90), 0, 0, 0, 1, 0, (), 0.02, "unknown", lost_to=2)


def test_only_what_could_not_be_followed_is_looked_at() -> None:
    one = shot("a", media("a.mov", frames=200), (0, 100))
    assert doubtful_frames(one, LOST) == range(30 - BESIDE, 50 + BESIDE + 1)
    assert not doubtful_frames(one, replace(LOST, kind="drifts"))
    assert doubtful_frames(one, replace(LOST, lost_to=1)) == range(50 - 40 - 10, 30 + BESIDE + 1)


def test_long_shots_are_looked_at_in_part() -> None:
    one = shot("a", media("a.mov", frames=100_000), (0, 100_000))
    assert doubtful_frames(one, replace(LOST, at=(10_000, 90_000), lost_to=1)).stop == 10_000 + MOST + BESIDE + 1


def dissolve(first: Frames, second: Frames) -> Frames:
    share = np.linspace(0, 1, len(first), dtype=np.float32)[:, None, None, None]
    return np.asarray(first * (1 - share) + second * share, np.float32)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_the_first_frame_of_another_picture(value: float) -> None:
    frames = np.concatenate([pan(30), pan(30, seed=7)])
    frames[:, :2] = value
    assert another_picture(frames) == 30
    assert another_picture(pan(60)) is None


def test_a_dissolve_and_a_fade() -> None:
    first, second = pan(60), pan(60, seed=7)
    mixed = dissolve(first[30:42], second[:12])
    middle = another_picture(np.concatenate([first[:30], mixed, second[12:]]))
    assert middle is not None
    assert abs(middle - 36) <= 3
    black = dissolve(first[20:30], np.zeros_like(first[20:30]))
    light = dissolve(np.zeros_like(first[30:40]), first[30:40])
    assert another_picture(np.concatenate([first[:20], black, light, first[40:]])) is None
