"""Shots with known errors, and links that know the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from otiograde.color.spaces import lab_to_srgb
from otiograde.color.transform import Transform
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample, Sampling, make_sample

COUNT = 1000


def surfaces(seed: int = 0, lightness: tuple[float, float] = (25, 75), chroma: float = 22) -> np.ndarray:
    """Colors of surfaces well inside the gamut ``(COUNT, 3)``."""
    draw = np.random.default_rng(seed)
    low, high = (lightness[0], -chroma, -chroma), (lightness[1], chroma, chroma)
    return np.clip(lab_to_srgb(draw.uniform(low, high, (COUNT, 3))), 0.05, 0.95)


@dataclass
class Stage:
    """Shots of the same surfaces, each through its own ``cast``, and grades for them."""

    casts: Mapping[str, Transform]
    colors: np.ndarray = field(default_factory=surfaces)
    hero: str | None = None

    @property
    def scene(self) -> Scene:
        return Scene("scene", tuple(self.casts), hero=self.hero)

    @property
    def samples(self) -> dict[str, Sample]:
        shaped = self.colors.reshape(1, 20, -1, 3)
        return {
            shot: make_sample(shot, cast(shaped).astype(np.float32), (0,), Sampling())
            for shot, cast in self.casts.items()
        }

    def link(self, a: str, b: str, confidence: float = 0.9) -> Link:
        held_out = np.arange(COUNT) % 5 == 0
        sides = (self.casts[a](self.colors), self.casts[b](self.colors))
        return Link(a, b, *sides, np.ones(COUNT), held_out, 100, 0.01, confidence)

    def links(self, *pairs: str) -> list[Link]:
        return [self.link(pair[0], pair[1]) for pair in pairs]

    def grades(self, balances: Mapping[str, Transform], confidence: str = "high") -> list[Grade]:
        return [
            Grade(shot, "scene", balances[shot], confidence=confidence, reasons=(Reason("evidence", "as solved"),))
            if shot in balances
            else Grade(shot, "scene")
            for shot in self.casts
        ]

    @property
    def everything(self) -> tuple[Sequence[Scene], Mapping[str, Sample]]:
        return [self.scene], self.samples


@pytest.fixture
def stage() -> type[Stage]:
    return Stage
