"""Case: the grades of a timeline with everything they are checked on, and how far held-out pairs lie apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.difference import delta_e00, delta_e_itp
from otiograde.color.encodings import Encoding
from otiograde.color.lut import Lut3D, LutHealth
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.survey.link import Link
from otiograde.survey.survey import Survey

#: Held-out pairs that a link must have to be evidence, and the least confidence: what is too uncertain to correct by is
#: too uncertain to judge by.
FEWEST_PAIRS, LEAST_CONFIDENCE = 8, 0.05


@dataclass(frozen=True)
class Case:
    """The grades of some scenes with everything they are checked on: one for each time that grades change."""

    survey: Survey
    scenes: Sequence[Scene]
    grades: Mapping[str, Grade]
    lut_size: int

    @classmethod
    def of(cls, survey: Survey, scenes: Sequence[Scene], grades: Iterable[Grade], lut_size: int) -> Case:
        """Make the case of a sequence of grades, in their order."""
        return cls(survey, scenes, {grade.shot: grade for grade in grades}, lut_size)

    @property
    def links(self) -> Sequence[Link]:
        """The links of the survey."""
        return self.survey.links

    @cached_property
    def balances(self) -> dict[str, Transform]:
        """The balance of each shot as it will be applied: through its LUT; exact identity where there is none."""
        return {shot: applied(grade, self.lut_size) for shot, grade in self.grades.items()}

    def inside(self, scene: Scene) -> list[Link]:
        """Return the links between shots of one scene that are evidence."""
        return [link for link in self.links if link.a in scene.shots and link.b in scene.shots and self.evident(link)]

    def evident(self, link: Link) -> bool:
        """Whether a link is sure, with enough held-out pairs that can be compared: both SDR, or of one HDR encoding."""
        if link.a not in self.grades or link.b not in self.grades or link.confidence < LEAST_CONFIDENCE:
            return False
        if link.held_out.sum() < FEWEST_PAIRS:
            return False
        first, second = self.survey.hdr(link.a), self.survey.hdr(link.b)
        return first == second and (first is None or first.primaries == "bt2020")


@dataclass(frozen=True, slots=True)
class Difference:
    """Weighted median and 95th percentile of the differences of ``pairs`` held-out pairs of colors."""

    median: float
    p95: float
    pairs: int


def difference(case: Case, links: Sequence[Link], balances: Mapping[str, Transform] | None) -> Difference:
    """Measure the held-out pairs of one or more links through these balances (None: ungraded).

    A link weighs by its confidence, a pair by its balance over color.
    """
    values, weights = [], []
    for link in links:
        values.append(_pair_differences(case, link, balances))
        weights.append(link.weights[link.held_out] * link.confidence)
    every, weight = np.concatenate(values), np.concatenate(weights)
    return Difference(_quantile(every, weight, 0.5), _quantile(every, weight, 0.95), len(every))


def _pair_differences(case: Case, link: Link, balances: Mapping[str, Transform] | None) -> Float64:
    a, b = link.colors_a[link.held_out], link.colors_b[link.held_out]
    if balances is None:
        return between(a, b, case.survey.hdr(link.a))
    graded = [np.clip(balances[shot](side), 0.0, 1.0) for shot, side in ((link.a, a), (link.b, b))]
    return between(graded[0], graded[1], case.survey.hdr(link.a))


def between(a: Colors, b: Colors, hdr: Encoding | None) -> Float64:
    """Measure the differences ``(n,)`` of code values: ΔE ITP in an HDR encoding, else CIEDE2000 (read as sRGB)."""
    if hdr is not None:
        return np.asarray(delta_e_itp(a, b, hdr), np.float64)
    return np.asarray(delta_e00(srgb_to_lab(a), srgb_to_lab(b)), np.float64)


def _quantile(values: Float64, weights: Float64, level: float) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, level * total[-1])), len(values) - 1)])


def applied(grade: Grade, lut_size: int) -> Transform:
    """Return the balance of a grade as it will be applied: its LUT, or exact identity."""
    bare = grade.bare
    return Identity() if isinstance(bare.transform, Identity) else bare.lut(lut_size)


def health_of(balance: Transform, colors: Colors) -> LutHealth:
    """Measure the health of a balance as it will be applied."""
    return (balance if isinstance(balance, Lut3D) else Lut3D.identity(33)).health(colors)


def links_of(shot: str, links: Iterable[Link]) -> list[Link]:
    """Return the links that a shot is in."""
    return [link for link in links if shot in (link.a, link.b)]
