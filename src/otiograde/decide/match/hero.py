"""Pick the hero of a scene: a shot that is well exposed, little clipped, close to neutral and well connected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from otiograde.color.spaces import srgb_to_lab
from otiograde.survey import kinds
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample


def pick_hero(samples: Sequence[Sample], links: Sequence[Link]) -> tuple[str, str]:
    """Return the shot to keep and the reason in words. Of equal shots the first wins; ``samples`` must not be empty.

    Only links that rest on matches count as connections.
    """
    links = [link for link in links if kinds.KINDS[link.kind].matched]
    best = max(range(len(samples)), key=lambda k: (_merit(samples[k], links), -k))
    hero = samples[best]
    lightness, cast, clipped = _exposure(hero)
    count = sum(hero.shot in (link.a, link.b) for link in links)
    return hero.shot, (
        f"picked as hero: mean L* {lightness:.0f}, {clipped:.1%} clipped, neutrals off by {cast:.1f}, {count} links"
    )


def _merit(sample: Sample, links: Sequence[Link]) -> float:
    lightness, cast, clipped = _exposure(sample)
    connected = sum(link.confidence for link in links if sample.shot in (link.a, link.b))
    return min(connected, 3.0) - abs(lightness - 50) / 15 - clipped * 10 - cast / 10


def _exposure(sample: Sample) -> tuple[float, float, float]:
    """Return the mean L*, the cast and the share of clipped pixels.

    The cast is the length of the mean a*b* of the fifth of the colors with the least chroma, the likely neutrals.
    """
    lab = srgb_to_lab(sample.colors(3000).astype(np.float64))
    if not len(lab):
        return 0.0, 0.0, 1.0
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    neutral = lab[chroma <= np.quantile(chroma, 0.2)]
    return float(lab[:, 0].mean()), float(np.hypot(*neutral[:, 1:].mean(0))), float(1 - sample.usable.mean())
