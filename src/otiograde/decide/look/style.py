"""The look of stills by neural style transfer: a scene comes to resemble the stills, what they show included.

The network is passed in as a function. What it finds is kept near the grade that is recovered from the stills, and
within a limit: without one, a picture is easily dragged further from the look of the stills than it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.statistics import statistics
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.decide.look.look import FEWEST, measurable, safe
from otiograde.decide.look.recovered import Recovered
from otiograde.record.grade import Grade
from otiograde.survey.sample import Sample

Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]

#: From frames, stills and the coefficients ``(20, 3)`` of a cubic to those of the cubic that gives the frames the
#: style of the stills.
Fit: TypeAlias = Callable[[Sequence[Float32], Sequence[Float32], Float64], Float64]

#: The largest mean move of a scene's colors: in ΔE00, and as a share of the move of the recovered grade. A larger one
#: may take a scene further from the look of the stills than it was: ``benchmarks/looks.py`` has the figures.
FARTHEST, SHARE = 3.0, 0.5

#: Shares of the move that are tried, the largest first.
SHARES = np.linspace(1.0, 0.0, 21)

#: Frames of a scene that the network sees, and colors that the move is measured on.
FRAMES, POOL = 5, 1000


@dataclass(frozen=True, slots=True)
class StyleLook:
    """The style of stills. It needs frames of the scene, and not only its colors."""

    #: ``(h, w, 3)``, or clips ``(n, h, w, 3)``, code values in [0, 1].
    stills: tuple[Float32, ...]
    #: The grade that was recovered from them: what the network starts from.
    start: Recovered
    fit: Fit
    #: From 0 to 1.
    strength: float = 1.0
    #: Version or digest of everything that the network's answer depends on, by name.
    made_with: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def words(self) -> str:
        """Where the look comes from, for people."""
        names = self.start.names
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"style of {names[0] if names else 'a still'}{more}: the scene resembles it, content included"

    def __call__(self, colors: Colors) -> Transform:
        """Return the transform for colors whose places are not known: the grade that the network would start from."""
        return self.of_frames((), colors)

    def of_frames(self, frames: Sequence[Float32], colors: Colors) -> Transform:
        """Return the transform for a scene of these balanced frames ``(h, w, 3)`` and colors ``(n, 3)``, guarded."""
        if self.strength == 0 or len(colors) < FEWEST or not measurable(colors, statistics(colors, "oklab")):
            return Identity()
        if self.start.gray or not frames:  # a monochrome still has no colors to imitate: its tone is all there is
            return self.start(colors)
        start = self.start.amount * np.array(self.start.grade.coefficients)
        fitted = self.fit(frames, self.stills, start)
        farthest = min(FARTHEST, SHARE * _move(start, _pool(colors)))
        return safe(Cubic(limited(fitted, colors, farthest).tolist()), colors, self.strength)


def limited(coefficients: Float64, colors: Colors, farthest: float = FARTHEST) -> Float64:
    """Return the largest part of a cubic that moves colors by at most ``farthest`` (ΔE00) in the mean."""
    pool = _pool(colors)
    return next(part for share in SHARES if _move(part := share * coefficients, pool) <= farthest)


def _pool(colors: Colors) -> Float64:
    return np.asarray(colors, np.float64)[:: max(1, len(colors) // POOL)]


def _move(coefficients: Float64, pool: Float64) -> float:
    """Return the mean move of colors by a cubic, in ΔE00."""
    moved = np.clip(Cubic(coefficients.tolist())(pool), 0.0, 1.0)
    return float(delta_e00(srgb_to_lab(pool), srgb_to_lab(moved)).mean())


def scene_frames(samples: Mapping[str, Sample], grades: Iterable[Grade]) -> list[Float32]:
    """Return at most ``FRAMES`` frames of a scene with their grades on, evenly spaced, without bars."""
    shown = [(grade, number) for grade in grades for number in range(len(samples[grade.shot].at))]
    count = min(FRAMES, len(shown))
    chosen = [shown[len(shown) * (2 * part + 1) // (2 * count)] for part in range(count)]
    return [_balanced(samples[grade.shot], number, grade) for grade, number in chosen]


def _balanced(sample: Sample, number: int, grade: Grade) -> Float32:
    usable = sample.usable[number]
    rows, columns = (np.flatnonzero(usable.any(axis)) for axis in (1, 0))
    frame = sample.frame(number)
    if len(rows):
        frame = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.clip(grade.transform(frame), 0.0, 1.0).astype(np.float32)
