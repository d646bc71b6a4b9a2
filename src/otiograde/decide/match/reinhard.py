"""Reinhard's color transfer: give the L*, a* and b* of each shot the mean and spread of its scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otiograde.color.statistics import mean_and_spread
from otiograde.decide.match.profile import Strategy, solve_by_statistics
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample


@dataclass(frozen=True, slots=True)
class Reinhard:
    """Match mean and standard deviation per channel of CIELAB, in float; ``strength`` in [0, 1].

    Source: Reinhard et al., "Color Transfer between Images", IEEE CG&A 21(5), 2001.
    """

    strength: float = 1.0

    def solve(self, scene: Scene, samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor) -> list[Grade]:
        """Grade every shot of ``scene``, in its order."""
        strategy = Strategy("mean and spread of lightness and color", "lab", mean_and_spread, self.strength)
        return solve_by_statistics(strategy, scene, samples, links, anchor)
