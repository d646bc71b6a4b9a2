"""Drift: what happens to light and color inside one shot, measured on surfaces that are followed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.encodings import encoding
from otiograde.color.transfer import decode, encode, srgb_decode, srgb_encode
from otiograde.record.settings import Sampling
from otiograde.survey.drift import Drift, measure
from otiograde.survey.sample import Sample, make_sample

AT = (5, 15, 25, 35, 45)
BT709 = encoding("bt709")
Array = NDArray[np.float64]


def wall(shift: int, size: tuple[int, int] = (90, 160)) -> Array:
    """A window of a wall with detail everywhere, in [.15, .65]."""
    import cv2

    noise = np.random.default_rng(1).random((size[0], size[1] + 60, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * weight for sigma, weight in ((2, 4), (6, 10), (20, 30)))
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return np.asarray(0.15 + 0.5 * soft[:, shift : shift + size[1]], np.float64)


def shot(stops: list[float], warmth: list[float] | None = None, *, moving: bool = True) -> Sample:
    """Five frames of a pan over the wall, each so many stops brighter and so much warmer (log2 of R/B)."""
    gains = np.array(stops)[:, None] + np.array(warmth or [0.0] * len(stops))[:, None] * np.array([0.5, 0, -0.5])
    frames = [srgb_encode(srgb_decode(wall(4 * k * moving)) * 2.0**gain) for k, gain in enumerate(gains)]
    return make_sample("a", np.clip(frames, 0, 1).astype(np.float32), AT, Sampling())


def measured(sample: Sample) -> Drift:
    drift = measure(sample, BT709)
    assert drift is not None
    return drift


def test_steady_shot() -> None:
    drift = measured(shot([0.0] * 5))
    assert (drift.kind, drift.words) == ("steady", "")
    assert drift.value < 0.02
    assert drift.coverage > 0.8


@pytest.mark.parametrize("size", [-0.6, -0.3, 0.3, 0.6])
def test_ramp(size: float) -> None:
    drift = measured(shot((np.linspace(0, 1, 5) * size).tolist()))
    assert drift.kind == "drifts"
    assert drift.slope == pytest.approx(size, abs=0.04)
    assert abs(drift.warmth) < 0.03
    verb = "brightens" if size > 0 else "darkens"
    assert drift.words.startswith(f"{verb} by 0.")
    assert drift.words.endswith("stop between frames 5 and 45")


def test_warmth() -> None:
    drift = measured(shot([0.0] * 5, [0.0, -0.08, -0.16, -0.24, -0.32]))
    assert drift.kind == "drifts"
    assert drift.warmth == pytest.approx(-0.32, abs=0.04)
    assert drift.words == f"turns cooler by {-drift.warmth:.2f} stop between frames 5 and 45"


def test_jump_names_the_frames_that_it_lies_between() -> None:
    drift = measured(shot([0.0, 0.0, 0.4, 0.4, 0.4]))
    assert drift.kind == "jumps"
    assert drift.jump == pytest.approx(0.4, abs=0.03)
    assert drift.words == f"jumps brighter by {drift.jump:.2f} stop between frames 15 and 25"


def test_flicker() -> None:
    drift = measured(shot([0.0, 0.12, -0.02, 0.1, 0.0]))
    assert drift.kind == "flickers"
    assert drift.flicker == pytest.approx(0.14, abs=0.03)
    assert drift.words.startswith("flickers by 0.1")


@pytest.mark.parametrize(("stops", "frames"), [([0, 0, 1.0, 0, 0], "25"), ([0, 1.0, 0, 1.0, 0], "15, 35")])
def test_flash(stops: list[float], frames: str) -> None:
    drift = measured(shot([float(one) for one in stops]))
    assert (drift.kind, drift.words) == ("flashes", f"flashes at frame {frames}")


def test_white_flash_has_nothing_to_follow_and_is_seen_all_the_same() -> None:
    frames = shot([0.0] * 5).frames
    frames[2] = 1.0
    drift = measured(make_sample("a", frames, AT, Sampling()))
    assert drift.words == "flashes at frame 25"


def test_what_comes_into_the_picture_is_no_change_of_light() -> None:
    frames = shot([0.0] * 5, moving=False).frames
    for k in range(5):
        frames[k, 30:, : 25 * k] = 0.8
    drift = measured(make_sample("a", frames, AT, Sampling()))
    assert abs(drift.slope) < 0.03


def test_unknown_where_nothing_can_be_followed() -> None:
    frames = np.random.default_rng(0).uniform(0.2, 0.7, (5, 45, 80, 3)).astype(np.float32).repeat(2, 1).repeat(2, 2)
    drift = measured(make_sample("a", frames, AT, Sampling()))
    assert drift.kind == "unknown"
    assert np.isnan(drift.value)
    assert "could be followed" in drift.words


def test_bars_are_no_steady_surface() -> None:
    sample = shot([0.0, 0.1, 0.2, 0.3, 0.4])
    frames, usable = sample.frames, sample.usable
    frames[:, :35] = frames[:, -35:] = 0.08
    usable[:, :36] = usable[:, -36:] = False
    drift = measured(Sample.of("a", frames, usable, AT))
    assert drift.slope == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize("count", [0, 1])
def test_a_frame_alone_has_no_drift(count: int) -> None:
    sample = make_sample("a", shot([0.0] * 5).frames[:count], AT[:count], Sampling())
    assert measure(sample, BT709) is None


def test_stops_of_hdr_are_stops_of_its_light() -> None:
    pq = encoding("pq")
    light = [0.01 * srgb_decode(wall(4 * k)) * 2.0 ** (0.1 * k) for k in range(5)]
    sample = make_sample("a", np.array([encode(one, pq.transfer) for one in light], np.float32), AT, Sampling())
    drift = measure(sample, pq)
    assert drift is not None
    assert drift.slope == pytest.approx(0.4, abs=0.05)
    assert decode(0.5, pq.transfer) > 0


def test_work_can_be_sent_to_a_worker() -> None:
    assert pickle.loads(pickle.dumps(measure)) is measure
    drift = measured(shot([0.0] * 5))
    assert pickle.loads(pickle.dumps(drift)) == drift


def test_log_whose_codes_lie_below_its_black_is_measured_all_the_same() -> None:
    """A wrong scale, or a dark shot with noise: less than no light is no number of stops."""
    frames = [0.02 + 0.05 * wall(4 * k) for k in range(5)]
    sample = make_sample("a", np.clip(frames, 0, 1).astype(np.float32), AT, Sampling())
    with np.errstate(invalid="raise"):
        drift = measure(sample, encoding("vlog"))
    assert drift is not None
    assert np.isfinite([drift.slope, drift.warmth, drift.jump]).all()
