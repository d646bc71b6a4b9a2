"""Drift: what happens to the light and the color of one shot while it lasts.

Surfaces are followed from one sampled frame to the next by optical flow (DIS, Kroeger et al. 2016), so that what comes
into the picture is not taken for a change of light; the median change of what was followed is summed up along the shot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import nan
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Float64
from otiograde.color.encodings import Encoding
from otiograde.color.gray import gray
from otiograde.color.luma import LUMA32
from otiograde.color.transfer import decode, srgb_decode
from otiograde.survey.flow import flow_between
from otiograde.survey.sample import Sample

#: A step that makes up this share of all that happens is a jump, not a part of a drift.
SUDDEN = 0.6

#: Grays that vary by less than this in a window (variance of 8-bit codes) have no texture to tell places apart by.
FLAT = 25.0


@dataclass(frozen=True, slots=True)
class Drifting:
    """From when on a shot is said to change, and how that is measured. ``benchmarks/drift.py`` is the source.

    In stops: ``slope`` (of R/B, too) and ``jump`` between two sampled frames, on followed surfaces; ``flicker``, the
    range about the straight line, there and back again; ``flash``, the whole picture against both its neighbors. A
    surface is followed whose way back ends within ``returned`` pixels, ``width`` across, and whose code values lie
    between ``black`` and ``white``; below ``covered`` of these, or ``fewest`` pixels, nothing is known.
    """

    slope: float = 0.12
    jump: float = 0.15
    flicker: float = 0.06
    flash: float = 0.7
    covered: float = 0.25
    returned: float = 0.8
    black: float = 0.04
    white: float = 0.94
    width: int = 240
    fewest: int = 300


@dataclass(frozen=True, slots=True)
class Drift:
    """How one shot changes between its sampled frames, whose media frame numbers are ``at``.

    In stops: ``slope`` and ``warmth`` (log2 of R/B), from the first frame to the last along a straight line; ``jump``,
    the largest step, which ends at frame ``at[jump_to]``; ``flicker``, the range about the straight line. ``flashes``
    are media frames unlike both their neighbors, ``coverage`` the share of the picture that could be followed in the
    worst step. ``kind`` is what it comes to, ``value`` the figure that says so and ``limit`` what it is held against,
    ``words`` the same for people.
    """

    shot: str
    at: tuple[int, ...]
    slope: float
    warmth: float
    jump: float
    jump_to: int
    flicker: float
    flashes: tuple[int, ...]
    coverage: float
    kind: Literal["steady", "drifts", "jumps", "flickers", "flashes", "unknown"] = "steady"
    value: float = 0.0
    limit: float = 0.0
    words: str = ""


class _Step(NamedTuple):
    """What changed from one frame to the next on followed surfaces, in stops, and the share that was followed."""

    light: float
    warmth: float
    coverage: float


def measure(sample: Sample, encoding: Encoding, drifting: Drifting = Drifting()) -> Drift | None:
    """Measure how a shot changes along its frames; None where it has only one. ``encoding`` is the shot's own."""
    if len(sample.at) < 2:
        return None
    frames = [_small(sample, number, drifting) for number in range(len(sample.at))]
    steps = [_followed(one, other, encoding, drifting) for one, other in pairwise(frames)]
    tracked = np.cumsum([(0.0, 0.0), *(step[:2] for step in steps)], axis=0)
    overall = np.array([_overall(colors, encoding) for colors, _ in frames])
    time = (np.array(sample.at, np.float64) - sample.at[0]) / (sample.at[-1] - sample.at[0])
    (slope, warmth), start = np.polyfit(time, tracked, 1)
    apart = tracked[:, 0] - start[0] - slope * time
    flashes = [sample.at[k] for k in _flashes(overall[:, 0], drifting.flash)]
    largest = int(np.argmax([abs(step.light) for step in steps]))
    drift = Drift(
        sample.shot,
        sample.at,
        *(float(slope), float(warmth), steps[largest].light, largest + 1),
        *(float(np.ptp(apart)), tuple(flashes), min(step.coverage for step in steps)),
    )
    return _judged(drift, tracked[:, 0], overall[-1] - overall[0], drifting)


def _small(sample: Sample, number: int, drifting: Drifting) -> tuple[Float32, NDArray[np.bool_]]:
    """A frame made small, and which of its pixels tell of light."""
    frame, usable = sample.frame(number), sample.usable[number].astype(np.float32)
    across = min(drifting.width, frame.shape[1])
    size = (across, max(1, round(frame.shape[0] * across / frame.shape[1])))
    colors = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.float32)
    solid = np.asarray(cv2.resize(usable, size, interpolation=cv2.INTER_AREA), np.float32)
    known = (solid > 0.99) & (colors.min(-1) > drifting.black) & (colors.max(-1) < drifting.white)
    return colors, np.asarray(known)


def _followed(
    one: tuple[Float32, NDArray[np.bool_]],
    other: tuple[Float32, NDArray[np.bool_]],
    encoding: Encoding,
    drifting: Drifting,
) -> _Step:
    first, second = gray(one[0]), gray(other[0])
    x, y, _, off = flow_between(first, second)
    before, after = (np.asarray(cv2.GaussianBlur(colors, (0, 0), 1.5), np.float32) for colors in (one[0], other[0]))
    seen = cv2.remap(other[1].astype(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    both = one[1] & (np.asarray(seen) > 0)
    kept = both & (off < drifting.returned) & _alike(first, cv2.remap(second, x, y, cv2.INTER_LINEAR))
    if kept.sum() < drifting.fewest:
        return _Step(0.0, 0.0, 0.0)
    moved = np.asarray(cv2.remap(after, x, y, cv2.INTER_LINEAR), np.float32)
    change = np.median(_stops(moved[kept], encoding) - _stops(before[kept], encoding), axis=0)
    # What is black or white by now was not lost from sight: it is left out on both sides of the share.
    return _Step(float(change @ LUMA32), float(change[0] - change[2]), float(kept.sum() / both.sum()))


def _alike(
    one: NDArray[np.uint8], other: cv2.typing.MatLike, window: int = 15, least: float = 0.5
) -> NDArray[np.bool_]:
    """Where two grays correlate in a window, or neither has any texture: a way back alone is soon found by chance."""
    a, b = one.astype(np.float32), np.asarray(other, np.float32)

    def mean(image: Float32) -> Float32:
        return np.asarray(cv2.blur(image, (window, window)), np.float32)

    common = mean(a * b) - mean(a) * mean(b)
    spread = np.maximum(mean(a * a) - mean(a) ** 2, 0), np.maximum(mean(b * b) - mean(b) ** 2, 0)
    flat = (spread[0] < FLAT) & (spread[1] < FLAT)
    return np.asarray(flat | (common > least * np.sqrt(spread[0] * spread[1])))


def _light(colors: Float32, encoding: Encoding) -> Float64:
    return np.asarray(decode(colors, encoding.transfer) if encoding.is_hdr else srgb_decode(colors), np.float64)


def _stops(colors: Float32, encoding: Encoding) -> Float64:
    return np.asarray(np.log2(np.maximum(_light(colors, encoding), 1e-6)))


def _overall(colors: Float32, encoding: Encoding) -> Float64:
    """The mean light of a frame and its R/B, both in stops: what moves in the picture counts, too."""
    stops = np.log2(_light(colors, encoding).mean((0, 1)) + 1e-4)
    return np.array([stops @ LUMA32, stops[0] - stops[2]])


def _flashes(light: Float64, least: float) -> list[int]:
    """Which frames are unlike most, and unlike both their neighbors by more than these differ among themselves."""
    found = []
    usual = float(np.median(light))
    for k in range(1, len(light) - 1):
        before, after = light[k] - light[k - 1], light[k] - light[k + 1]
        alone = min(abs(before), abs(after)) > max(least, 2 * abs(before - after))
        if before * after > 0 and alone and abs(light[k] - usual) > least:
            found.append(k)
    return found


def _judged(drift: Drift, light: Float64, overall: Float64, drifting: Drifting) -> Drift:
    """Say what it comes to: the first of a flash, nothing known, a jump, flicker and drift that is beyond its limit."""
    if drift.flashes:
        words = f"flashes at frame {', '.join(map(str, drift.flashes))}"
        return replace(drift, kind="flashes", value=float(np.ptp(light)), limit=drifting.flash, words=words)
    if drift.coverage < drifting.covered:
        words = f"only {drift.coverage:.0%} of the picture could be followed from frame to frame"
        return replace(drift, kind="unknown", value=nan, limit=drifting.slope, words=words)
    whole = f"between frames {drift.at[0]} and {drift.at[-1]}"
    if abs(drift.jump) > max(drifting.jump, SUDDEN * float(np.ptp(light))):
        where = f"between frames {drift.at[drift.jump_to - 1]} and {drift.at[drift.jump_to]}"
        words = f"jumps {_by(drift.jump, 'brighter', 'darker')} {where}"
        return replace(drift, kind="jumps", value=abs(drift.jump), limit=drifting.jump, words=words)
    turns = np.count_nonzero(np.diff(np.sign(np.diff(light))))
    steep = abs(drift.slope) > max(drifting.slope, drift.flicker)
    if drift.flicker > drifting.flicker and turns and not steep:
        words = f"flickers by {drift.flicker:.2f} stop {whole}"
        return replace(drift, kind="flickers", value=drift.flicker, limit=drifting.flicker, words=words)
    # Both signs agree, or what is followed is not what happens to the picture.
    said = [
        _by(value, up, down)
        for value, other, up, down in (
            (drift.slope, overall[0], "brightens", "darkens"),
            (drift.warmth, overall[1], "turns warmer", "turns cooler"),
        )
        if abs(value) > drifting.slope and value * other > 0
    ]
    value = max(abs(drift.slope), abs(drift.warmth))
    if not said:
        return replace(drift, value=value, limit=drifting.slope)
    return replace(drift, kind="drifts", value=value, limit=drifting.slope, words=f"{' and '.join(said)} {whole}")


def _by(value: float, up: str, down: str) -> str:
    return f"{up if value > 0 else down} by {abs(value):.2f} stop"
