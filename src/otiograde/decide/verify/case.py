"""Case: the grades of a timeline with the data they are checked on, and the differences of held-out pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.difference import code_difference
from otiograde.color.lut import Lut3D, LutHealth
from otiograde.color.prior import weighted_quantile
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.survey import kinds
from otiograde.survey.link import Link, links_within
from otiograde.survey.survey import Survey

#: Fewest held-out pairs and least confidence of a link that is evidence. A link too uncertain to correct by is also too
#: uncertain to judge by.
FEWEST_PAIRS, LEAST_CONFIDENCE = 8, 0.05


@dataclass(frozen=True)
class Case:
    """The grades of some scenes with the data they are checked on. When grades change, a new case is made."""

    #: The measurements of the edit.
    survey: Survey
    #: The scenes whose grades are checked.
    scenes: Sequence[Scene]
    #: Grades by shot id.
    grades: Mapping[str, Grade]
    #: Nodes along a side of the LUTs.
    lut_size: int

    @classmethod
    def of(cls, survey: Survey, scenes: Sequence[Scene], grades: Iterable[Grade], lut_size: int) -> Case:
        """Make the case of these grades, in their order."""
        return cls(survey, scenes, {grade.shot: grade for grade in grades}, lut_size)

    @property
    def links(self) -> Sequence[Link]:
        """The links of the survey."""
        return self.survey.links

    @cached_property
    def balances(self) -> Mapping[str, Transform]:
        """The balance of each shot as it is applied: its LUT, or exact identity without a balance."""
        return _Balances(self.grades, self.lut_size)

    @cached_property
    def _within(self) -> dict[str, list[Link]]:
        return links_within({scene.id: scene.shots for scene in self.scenes}, self.links)

    @cached_property
    def joining(self) -> dict[str, list[Link]]:
        """The links of each shot that has any."""
        joining: dict[str, list[Link]] = {}
        for link in self.links:
            for shot in dict.fromkeys((link.a, link.b)):
                joining.setdefault(shot, []).append(link)
        return joining

    def within(self, scene: Scene) -> list[Link]:
        """Return the links between shots of one scene."""
        return self._within[scene.id]

    def inside(self, scene: Scene) -> list[Link]:
        """Return the links between shots of one scene that are evidence."""
        return [link for link in self.within(scene) if self.evident(link)]

    def evident(self, link: Link) -> bool:
        """Whether a link is evidence: it is confident and has enough held-out pairs."""
        if link.a not in self.grades or link.b not in self.grades or link.confidence < LEAST_CONFIDENCE:
            return False
        return link.proofs >= FEWEST_PAIRS


@dataclass(frozen=True, slots=True)
class _Balances(Mapping[str, Transform]):
    """The balances of grades as they are applied. Each is made when it is asked for: all of them are large."""

    grades: Mapping[str, Grade]
    lut_size: int

    def __getitem__(self, shot: str) -> Transform:
        return applied(self.grades[shot], self.lut_size)

    def __iter__(self) -> Iterator[str]:
        return iter(self.grades)

    def __len__(self) -> int:
        return len(self.grades)


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences of held-out color pairs, ΔE00 as the view shows them."""

    #: Weighted median.
    median: float
    #: Weighted 95th percentile.
    p95: float
    #: Number of pairs.
    pairs: int


def difference(case: Case, links: Sequence[Link], balances: Mapping[str, Transform] | None) -> Difference:
    """Measure the held-out pairs of one or more links after these balances (None: ungraded).

    The weight of a pair is the confidence of its link times its weight in the link.
    """
    values, weights = [], []
    for link in links:
        values.append(_pair_differences(case, link, balances))
        weights.append(link.weights[link.held_out] * link.confidence)
    pooled, weight = np.concatenate(values), np.concatenate(weights)
    return Difference(weighted_quantile(pooled, weight, 0.5), weighted_quantile(pooled, weight, 0.95), len(pooled))


def _pair_differences(case: Case, link: Link, balances: Mapping[str, Transform] | None) -> Float64:
    a, b = held_out_pairs(link, balances)
    return code_difference(a, b, case.survey.encoding(link.a), case.survey.encoding(link.b))


def held_out_pairs(link: Link, balances: Mapping[str, Transform] | None) -> tuple[Colors, Colors]:
    """Return the held-out colors of a link in both shots, code values ``(n, 3)`` after the balances (None: as shot)."""
    sides = (link.a, link.colors_a[link.held_out]), (link.b, link.colors_b[link.held_out])
    if balances is None:
        return sides[0][1], sides[1][1]
    first, second = (np.clip(balances[shot](colors), 0.0, 1.0) for shot, colors in sides)
    return first, second


def applied(grade: Grade, lut_size: int) -> Transform:
    """Return the balance of a grade as it is applied: its LUT, or exact identity."""
    bare = grade.bare
    return Identity() if isinstance(bare.transform, Identity) else bare.lut(lut_size)


def health_of(balance: Transform, colors: Colors) -> LutHealth:
    """Measure the health of a balance as it is applied."""
    return (balance if isinstance(balance, Lut3D) else Lut3D.identity(33)).health(colors)


def continues(link: Link) -> bool:
    """Whether a link lies across a cut at which a clip continues."""
    return kinds.KINDS[link.kind].continues


def links_of(shot: str, links: Iterable[Link]) -> list[Link]:
    """Return the links of a shot."""
    return [link for link in links if shot in (link.a, link.b)]
