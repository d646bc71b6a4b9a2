"""Pick the shot whose grade a scene should keep: well exposed, little clipped, plausibly neutral, well connected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from otiograde.color.spaces import srgb_to_lab
from otiograde.survey import kinds
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample


def pick_hero(samples: Sequence[Sample], links: Sequence[Link]) -> tuple[str, str]:
    """The shot to keep and the reason in words. The earliest of equals wins; ``samples`` must not be empty.

    Only links that rest on matches connect a shot.
    """
    links = [link for link in links if kinds.KINDS[link.kind].matched]
    ranked = max(range(len(samples)), key=lambda k: (_merit(samples[k], links), -k))
    chosen = samples[ranked]
    lightness, cast, clipped = _look(chosen)
    joined = sum(chosen.shot in (link.a, link.b) for link in links)
    return chosen.shot, (
        f"picked as hero: mean L* {lightness:.0f}, {clipped:.1%} clipped, neutrals off by {cast:.1f}, {joined} links"
    )


def _merit(sample: Sample, links: Sequence[Link]) -> float:
    lightness, cast, clipped = _look(sample)
    connected = sum(link.confidence for link in links if sample.shot in (link.a, link.b))
    return min(connected, 3.0) - abs(lightness - 50) / 15 - clipped * 10 - cast / 10


def _look(sample: Sample) -> tuple[float, float, float]:
    """Mean L*, the length of mean a*b* among the colors of least chroma (the likely neutrals), the share clipped."""
    lab = srgb_to_lab(sample.colors(3000).astype(np.float64))
    if not len(lab):
        return 0.0, 0.0, 1.0
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    neutral = lab[chroma <= np.quantile(chroma, 0.2)]
    return float(lab[:, 0].mean()), float(np.hypot(*neutral[:, 1:].mean(0))), float(1 - sample.usable.mean())
