"""Drift: how the light and the color of a shot change while it runs.

Optical flow (DIS, Kroeger et al. 2016) tracks surfaces from one sampled frame to the next, so that an object that
enters the picture does not count as a change of light. The median changes of the tracked pixels are summed along the
shot.
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
from otiograde.color.views import to_light
from otiograde.survey.flow import flow_between, same_texture
from otiograde.survey.sample import Sample

#: A step that makes up this share of the shot's whole change is a jump, not a part of a drift.
SUDDEN = 0.6


@dataclass(frozen=True, slots=True)
class Drifting:
    """Thresholds above which a shot counts as changing, and how its change is measured.

    The numbers come from ``benchmarks/drift.py``.
    """

    #: Change along the whole shot, in stops: of light, and of R/B.
    slope: float = 0.12
    #: Change of light between two sampled frames, in stops.
    jump: float = 0.15
    #: Range of light about the fitted straight line, in stops, where the light turns back at least once.
    flicker: float = 0.06
    #: Difference of a whole frame's light from both its neighbors, in stops.
    flash: float = 0.7
    #: Share of the usable pixels that must be tracked in every step. Below it the verdict is "unknown".
    covered: float = 0.25
    #: A pixel is tracked if its forward-backward flow error is below this, in pixels.
    returned: float = 0.8
    #: Code value that every channel of a tracked pixel is above.
    black: float = 0.04
    #: Code value that every channel of a tracked pixel is below.
    white: float = 0.94
    #: Width in pixels at which frames are compared, at most.
    width: int = 240
    #: Pixels that must be tracked in a step. With fewer the step counts as untracked.
    fewest: int = 300


@dataclass(frozen=True, slots=True)
class Drift:
    """How one shot changes between its sampled frames."""

    #: Shot id.
    shot: str
    #: Media frame numbers of the samples.
    at: tuple[int, ...]
    #: Change of light from the first frame to the last along the fitted straight line, in stops.
    slope: float
    #: The same change of log2 of R/B, in stops; positive is warmer.
    warmth: float
    #: Largest change of light between two sampled frames, in stops, with its sign.
    jump: float
    #: Index into ``at`` of the second of these two frames.
    jump_to: int
    #: Range of light about the straight line, in stops.
    flicker: float
    #: Media frame numbers whose light differs from both their neighbors.
    flashes: tuple[int, ...]
    #: Share of the usable pixels that were tracked, in the worst step.
    coverage: float
    #: The verdict.
    kind: Literal["steady", "drifts", "jumps", "flickers", "flashes", "unknown"] = "steady"
    #: The figure behind the verdict, in stops; NaN if unknown.
    value: float = 0.0
    #: The threshold that ``value`` is compared with, in stops.
    limit: float = 0.0
    #: The verdict in words; empty for a steady shot.
    words: str = ""
    #: Index into ``at`` of the second of the two frames between which the least was tracked.
    lost_to: int = 1


class _Change(NamedTuple):
    """The median change of the tracked pixels from one frame to the next."""

    #: Stops of light.
    light: float
    #: Stops of R/B.
    warmth: float
    #: Share of the usable pixels that were tracked.
    coverage: float


def measure(sample: Sample, encoding: Encoding, drifting: Drifting = Drifting()) -> Drift | None:
    """Measure how a shot in this ``encoding`` changes along its frames. Return None for a shot of one frame."""
    if len(sample.at) < 2:
        return None
    frames = [_small_frame(sample, number, drifting) for number in range(len(sample.at))]
    changes = [_change_between(before, after, encoding, drifting) for before, after in pairwise(frames)]
    tracked = np.cumsum([(0.0, 0.0), *(change[:2] for change in changes)], axis=0)
    overall = np.array([_overall(colors, encoding) for colors, _ in frames])
    time = (np.array(sample.at, np.float64) - sample.at[0]) / (sample.at[-1] - sample.at[0])
    (slope, warmth), start = np.polyfit(time, tracked, 1)
    residual = tracked[:, 0] - start[0] - slope * time
    flashes = [sample.at[k] for k in _flashes(overall[:, 0], drifting.flash)]
    largest = int(np.argmax([abs(change.light) for change in changes]))
    drift = Drift(
        sample.shot,
        sample.at,
        *(float(slope), float(warmth), changes[largest].light, largest + 1),
        *(float(np.ptp(residual)), tuple(flashes), min(change.coverage for change in changes)),
        lost_to=int(np.argmin([change.coverage for change in changes])) + 1,
    )
    return _with_verdict(drift, tracked[:, 0], overall[-1] - overall[0], drifting)


def _small_frame(sample: Sample, number: int, drifting: Drifting) -> tuple[Float32, NDArray[np.bool_]]:
    """Scale a frame down. Return its colors ``(h, w, 3)`` and a mask ``(h, w)`` of the pixels that show its light."""
    frame, usable = sample.frame(number), sample.usable[number].astype(np.float32)
    across = min(drifting.width, frame.shape[1])
    size = (across, max(1, round(frame.shape[0] * across / frame.shape[1])))
    colors = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.float32)
    solid = np.asarray(cv2.resize(usable, size, interpolation=cv2.INTER_AREA), np.float32)
    red, green, blue = cv2.split(colors)  # plane by plane: along the last axis takes ten times as long
    darkest, brightest = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    mask = (solid > 0.99) & (darkest > drifting.black) & (brightest < drifting.white)
    return colors, np.asarray(mask)


def _change_between(
    start: tuple[Float32, NDArray[np.bool_]],
    end: tuple[Float32, NDArray[np.bool_]],
    encoding: Encoding,
    drifting: Drifting,
) -> _Change:
    first, second = gray(start[0]), gray(end[0])
    x, y, _, off = flow_between(first, second)
    before, after = (np.asarray(cv2.GaussianBlur(colors, (0, 0), 1.5), np.float32) for colors in (start[0], end[0]))
    visible = cv2.remap(end[1].astype(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    usable = start[1] & (np.asarray(visible) > 0)
    tracked = usable & (off < drifting.returned) & same_texture(first, cv2.remap(second, x, y, cv2.INTER_LINEAR))
    if tracked.sum() < drifting.fewest:
        return _Change(0.0, 0.0, 0.0)
    warped = np.asarray(cv2.remap(after, x, y, cv2.INTER_LINEAR), np.float32)
    change = np.median(_stops(warped[tracked], encoding) - _stops(before[tracked], encoding), axis=0)
    # A pixel that turned black or white was not lost by the tracking: it is left out of both counts.
    return _Change(float(change @ LUMA32), float(change[0] - change[2]), float(tracked.sum() / usable.sum()))


def _light(colors: Float32, encoding: Encoding) -> Float64:
    if encoding.is_log:
        return np.asarray(to_light(colors, encoding), np.float64)
    return np.asarray(decode(colors, encoding.transfer) if encoding.is_hdr else srgb_decode(colors), np.float64)


def _stops(colors: Float32, encoding: Encoding) -> Float64:
    return np.asarray(np.log2(np.maximum(_light(colors, encoding), 1e-6)))


def _overall(colors: Float32, encoding: Encoding) -> Float64:
    """Return the mean light of a whole frame and its R/B, both in stops. Moving objects are included."""
    light = np.maximum(_light(colors, encoding).mean((0, 1)), 0)  # below the black of log there is less
    stops = np.log2(light + 1e-4)
    return np.array([stops @ LUMA32, stops[0] - stops[2]])


def _flashes(light: Float64, least: float) -> list[int]:
    """Return the indices of the frames that flash.

    Such a frame differs from the median frame, and from both its neighbors by more than they differ from each other.
    """
    flashes = []
    median = float(np.median(light))
    for k in range(1, len(light) - 1):
        before, after = light[k] - light[k - 1], light[k] - light[k + 1]
        alone = min(abs(before), abs(after)) > max(least, 2 * abs(before - after))
        if before * after > 0 and alone and abs(light[k] - median) > least:
            flashes.append(k)
    return flashes


def _with_verdict(drift: Drift, light: Float64, overall: Float64, drifting: Drifting) -> Drift:
    """Add the verdict: the first that applies of flash, too few tracked pixels, jump, flicker, drift and steady."""
    if drift.flashes:
        words = f"flashes at frame {', '.join(map(str, drift.flashes))}"
        return replace(drift, kind="flashes", value=float(np.ptp(light)), limit=drifting.flash, words=words)
    if drift.coverage < drifting.covered:
        words = f"only {drift.coverage:.0%} of the picture could be followed from frame to frame"
        return replace(drift, kind="unknown", value=nan, limit=drifting.slope, words=words)
    whole = f"between frames {drift.at[0]} and {drift.at[-1]}"
    if abs(drift.jump) > max(drifting.jump, SUDDEN * float(np.ptp(light))):
        where = f"between frames {drift.at[drift.jump_to - 1]} and {drift.at[drift.jump_to]}"
        words = f"jumps {_amount(drift.jump, 'brighter', 'darker')} {where}"
        return replace(drift, kind="jumps", value=abs(drift.jump), limit=drifting.jump, words=words)
    turns = np.count_nonzero(np.diff(np.sign(np.diff(light))))
    steep = abs(drift.slope) > max(drifting.slope, drift.flicker)
    if drift.flicker > drifting.flicker and turns and not steep:
        words = f"flickers by {drift.flicker:.2f} stop {whole}"
        return replace(drift, kind="flickers", value=drift.flicker, limit=drifting.flicker, words=words)
    # The tracked surfaces and the whole picture must change in the same direction, or the tracking is wrong.
    changes = [
        _amount(value, up, down)
        for value, picture, up, down in (
            (drift.slope, overall[0], "brightens", "darkens"),
            (drift.warmth, overall[1], "turns warmer", "turns cooler"),
        )
        if abs(value) > drifting.slope and value * picture > 0
    ]
    value = max(abs(drift.slope), abs(drift.warmth))
    if not changes:
        return replace(drift, value=value, limit=drifting.slope)
    return replace(drift, kind="drifts", value=value, limit=drifting.slope, words=f"{' and '.join(changes)} {whole}")


def _amount(value: float, up: str, down: str) -> str:
    return f"{up if value > 0 else down} by {abs(value):.2f} stop"
