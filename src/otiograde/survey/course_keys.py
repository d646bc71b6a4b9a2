"""Keys of a course: as few frames as describe a correction that changes from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.describing import describe
from otiograde.color.difference import code_difference
from otiograde.color.encodings import Encoding
from otiograde.color.steady import LARGEST, NUMBERS, SPREAD, Steady, effects
from otiograde.record.course import MOST_KEYS, MOST_WEIGHTS, Course, CourseKind, Key
from otiograde.survey.course_steps import Part

#: The frame of a shot whose colors stay.
To: TypeAlias = Literal["first", "middle", "median"]

#: Largest mean difference (ΔE00) that keys, and one line of flicker in nearly all frames, may leave.
TOLERANCE, OFF_LINE = 0.25, 0.6
#: Colors of the palette that keys are tried on.
TRIED = 60
#: Seconds around the frame that is asked for within which the one that flickers least is taken.
NEAR = 0.5
#: A drift whose end is nearer to its start than this share of its farthest frame has come back.
RETURNED = 0.5
#: Digits of a key's numbers.
DIGITS = 6


def keyed_course(
    parts: Sequence[Part], palette: Float64, at: Sequence[int], encoding: Encoding | None, to: tuple[To, float]
) -> tuple[Course | None, str]:
    """Return the course that takes the ``parts`` out of the media frames ``at``, and what it leaves, and why.

    There is no course where no number of keys can do it. ``to`` is the frame whose colors stay, and the frames a
    second.
    """
    if not parts:
        return None, ""
    changes = np.sum([part.changes for part in parts], axis=0)
    reference = _reference(parts, changes, palette, to)
    corrections = np.round((changes[reference] - changes) * SPREAD, DIGITS) + 0.0
    colors = palette[np.arange(min(TRIED, len(palette))) * len(palette) // min(TRIED, len(palette))]
    if np.abs(corrections).max() > LARGEST:
        return None, f"{words(parts, at, encoding)}, but that is more than a course can take out"
    if any(part.kind == "flicker" for part in parts):
        line = _line(corrections, colors, encoding)
        if line is None:
            rest = [part for part in parts if part.kind != "flicker"]
            course, left = keyed_course(rest, palette, at, encoding, to)
            return course, "; ".join(filter(None, (left, f"{words(parts[-1:], at)}, but not along one line of colors")))
        keys, weights = line
        frames = [at[0], at[0] + 1]
    else:
        chosen, weights = _chosen(corrections, colors, encoding), ()
        keys, frames = corrections[chosen], [at[number] for number in chosen]
    if len(frames) > MOST_KEYS or len(weights) > MOST_WEIGHTS:
        return None, f"{words(parts, at, encoding)}, but it would take more than {MOST_KEYS} keys"
    made = tuple(Key(frame, Steady.of(numbers)) for frame, numbers in zip(frames, keys, strict=True))
    return Course(made, weights, at[reference], _kind(parts), words(parts, at, encoding)), ""


def _reference(parts: Sequence[Part], changes: Float64, palette: Float64, to: tuple[To, float]) -> int:
    """Return the number of the frame whose colors stay."""
    kind, rate = to
    count = len(changes)
    shapes = (effects(palette) * SPREAD).reshape(-1, NUMBERS)
    wanted = 0 if kind == "first" else count // 2
    if kind == "median":
        shown = changes @ shapes.T
        wanted = int(np.argmin(np.square(shown - np.median(shown, axis=0)).sum(1)))
    flicker = [part.changes for part in parts if part.kind == "flicker"]
    if not flicker:
        return wanted
    near = np.arange(max(0, wanted - round(NEAR * rate)), min(count, wanted + round(NEAR * rate) + 1))
    return int(near[np.argmin(np.square(flicker[0][near] @ shapes.T).sum(1))])


def _line(corrections: Float64, colors: Float64, encoding: Encoding | None) -> tuple[Float64, tuple[float, ...]] | None:
    """Return the ends of the line through zero nearest to all corrections, and each frame's share of the second end.

    None if they do not lie along one line.
    """
    shapes = effects(colors).reshape(-1, NUMBERS)
    values, vectors = np.linalg.eigh(shapes.T @ shapes)
    root = vectors * np.sqrt(np.maximum(values, 0))  # corrections @ root has the lengths of what corrections show
    shown = corrections @ root
    _, directions = np.linalg.eigh(shown.T @ shown)
    amounts = shown @ directions[:, -1]
    direction = corrections.T @ amounts / max(float(amounts @ amounts), 1e-12)
    low, high = float(amounts.min()), float(amounts.max())
    if high - low < 1e-6:
        return None
    off = _differences(amounts[:, None] * direction, corrections, colors, encoding)
    if np.quantile(off, 0.95) > OFF_LINE:
        return None
    ends = np.round(np.array([low, high])[:, None] * direction, DIGITS) + 0.0
    return ends, tuple(np.clip(np.round((amounts - low) / (high - low), DIGITS), 0, 1).tolist())


def _differences(one: Float64, other: Float64, colors: Float64, encoding: Encoding | None) -> Float64:
    shown = [(_corrected(first, colors), _corrected(second, colors)) for first, second in zip(one, other, strict=True)]
    return np.array([code_difference(first, second, encoding, encoding).mean() for first, second in shown])


def _corrected(numbers: Float64, colors: Float64) -> Float64:
    return np.asarray(np.clip(Steady.of(numbers)(colors), 0, 1), np.float64)


def _chosen(corrections: Float64, colors: Float64, encoding: Encoding | None) -> list[int]:
    """Return the numbers of as few frames as leave no other one off by more than the tolerance; greedy."""
    count = len(corrections)
    shown = np.stack([_corrected(numbers, colors) for numbers in corrections])

    def is_between(first: int, last: int) -> bool:
        share = ((np.arange(first + 1, last) - first) / (last - first))[:, None, None]
        mixed = (shown[first] + share * (shown[last] - shown[first])).reshape(-1, 3)
        off = code_difference(mixed, shown[first + 1 : last].reshape(-1, 3), encoding, encoding)
        return last - first < 2 or float(off.reshape(-1, len(colors)).mean(1).max()) <= TOLERANCE

    chosen = [0]
    while chosen[-1] < count - 1:
        first = chosen[-1]
        good, bad = first + 1, count
        while good + 1 < bad:  # try twice as far, then halve
            middle = min(2 * good - first, count - 1) if bad == count and good < count - 1 else (good + bad) // 2
            good, bad = (middle, bad) if is_between(first, middle) else (good, middle)
        chosen.append(good)
    return _trimmed(chosen, corrections)


def _trimmed(chosen: list[int], corrections: Float64) -> list[int]:
    """Drop keys at the ends that are equal to the next one: the ends are held."""
    while len(chosen) > 1 and np.array_equal(corrections[chosen[0]], corrections[chosen[1]]):
        chosen = chosen[1:]
    while len(chosen) > 1 and np.array_equal(corrections[chosen[-1]], corrections[chosen[-2]]):
        chosen = chosen[:-1]
    return chosen


def _kind(parts: Sequence[Part]) -> CourseKind:
    kinds = [part.kind for part in parts]
    return "flicker" if "flicker" in kinds else "drift" if "drift" in kinds else "steps"


def words(parts: Sequence[Part], at: Sequence[int], encoding: Encoding | None = None) -> str:
    """Describe the parts of a course, for people."""
    texts = []
    for part in parts:
        if part.kind == "steps":
            where = ", ".join(str(at[frame]) for frame in part.at)
            steps = [part.changes[frame] - part.changes[frame - 1] for frame in part.at]
            how = f" ({describe(Steady.of(steps[0] * SPREAD), encoding)})" if len(steps) == 1 else ""
            texts.append(f"jumps by ΔE00 {part.size:.1f} at frame {where}{how}")
        elif part.kind == "drift":
            texts.append(f"drifts by ΔE00 {part.size:.1f} ({_way(part.changes, at, encoding)})")
        else:
            texts.append(f"flickers by ΔE00 {part.size:.1f}")
    return " and ".join(texts)


def _way(changes: Float64, at: Sequence[int], encoding: Encoding | None) -> str:
    """Describe a drift from its first frame to its last; one that returns, from the first to the farthest."""
    away = np.linalg.norm(changes - changes[0], axis=1)
    farthest = int(away.argmax())
    returns = away[-1] < RETURNED * away[farthest]
    end = farthest if returns else len(changes) - 1
    way = describe(Steady.of((changes[end] - changes[0]) * SPREAD), encoding)
    return f"{way} from frame {at[0]} to {at[end]}{', and back' if returns else ''}"
