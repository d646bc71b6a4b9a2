"""Monge-Kantorovich transfer: a linear map gives each shot's colors the mean and covariance of its scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otiograde.color.statistics import optimal_linear
from otiograde.decide.match.profile import Strategy, solve_by_statistics
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample


@dataclass(frozen=True, slots=True)
class MongeKantorovich:
    """Match mean and covariance in Oklab by the linear map that moves the colors least; ``strength`` in [0, 1].

    Source: Pitié, Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping", CVMP 2007.
    """

    strength: float = 1.0

    def solve(self, scene: Scene, samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor) -> list[Grade]:
        """Grade every shot of ``scene``, in its order."""
        strategy = Strategy("mean and covariance of the colors", "oklab", optimal_linear, self.strength)
        return solve_by_statistics(strategy, scene, samples, links, anchor)
