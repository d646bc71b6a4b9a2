"""Histogram matching: smooth curves give the L*, a* and b* of each shot the distribution of its scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otiograde.color.statistics import quantile_curves
from otiograde.decide.match.profile import Strategy, solve_by_statistics
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample


@dataclass(frozen=True, slots=True)
class Histogram:
    """Match the cumulative distribution per channel of CIELAB, smoothed and monotone; ``strength`` in [0, 1].

    Source: Gonzalez, Woods, Digital Image Processing, 3.3.2 (histogram specification).
    """

    strength: float = 1.0

    def solve(self, scene: Scene, samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor) -> list[Grade]:
        """Grade every shot of ``scene``, in its order."""
        strategy = Strategy("distribution of lightness and color", "lab", quantile_curves, self.strength)
        return solve_by_statistics(strategy, scene, samples, links, anchor)
