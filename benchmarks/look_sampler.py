"""Random looks to learn from, many at once in torch: what graders, films, prints and papers do to a picture.

A look is a row of simple steps, each with random numbers: light, crosstalk, curves, hues, a veil of luma, tints, fade.
No film is copied. ``look_families.py`` draws the looks of the benchmark in other ways, and shares no code with this.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from make_grade_prior import CONES as CONE_ROWS
from make_grade_prior import OPPONENT as OPPONENT_ROWS
from otiograde.color.luma import LUMA as LUMA_ROW

CONES = torch.tensor(CONE_ROWS, dtype=torch.float32)
OPPONENT = torch.tensor(OPPONENT_ROWS, dtype=torch.float32)
LUMA = torch.tensor(LUMA_ROW, dtype=torch.float32)
FROM_CONES, FROM_OPPONENT = torch.linalg.inv(CONES), torch.linalg.inv(OPPONENT)

#: Nodes of a random curve.
NODES = 65


def decode(code: Any) -> Any:
    """Convert sRGB code values to light."""
    return torch.where(code <= 0.04045, code / 12.92, ((code.clamp(min=0) + 0.055) / 1.055) ** 2.4)


def encode(light: Any) -> Any:
    """Convert light to sRGB code values."""
    return torch.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clamp(min=1e-7) ** (1 / 2.4) - 0.055)


def oklab(code: Any) -> Any:
    """Convert code values ``(..., 3)`` to Oklab."""
    return (decode(code.clamp(0, 1)) @ CONES.T).clamp(min=1e-6) ** (1 / 3) @ OPPONENT.T


def from_oklab(lab: Any) -> Any:
    """Convert Oklab to code values, not clipped."""
    return encode((lab @ FROM_OPPONENT.T) ** 3 @ FROM_CONES.T)


class Draw:
    """Random numbers for ``count`` looks, each ``(count, 1, k)``."""

    def __init__(self, count: int, generator: Any) -> None:
        self.count, self.generator = count, generator

    def normal(self, sd: float, width: int = 1) -> Any:
        """Draw from a normal distribution."""
        return sd * torch.randn(self.count, 1, width, generator=self.generator)

    def uniform(self, low: float, high: float, width: int = 1) -> Any:
        """Draw from a uniform distribution."""
        return low + (high - low) * torch.rand(self.count, 1, width, generator=self.generator)

    def on(self, share: float) -> Any:
        """Draw 1 for this share of the looks, else 0."""
        return (torch.rand(self.count, 1, 1, generator=self.generator) < share).float()

    def curves(self, sd: Any, channels: int) -> Any:
        """Draw rising curves through (0, 0) and (1, 1): ``(count, channels, NODES)``."""
        steps = torch.exp(torch.randn(self.count, channels, 6, generator=self.generator) * sd)
        fine = torch.nn.functional.interpolate(steps, size=NODES - 1, mode="linear", align_corners=True)
        rising = torch.cat([torch.zeros(self.count, channels, 1), fine.cumsum(2)], 2)
        return rising / rising[..., -1:]


class Looks:
    """Random looks, ``count`` of them. ``plain`` ones are simple grades: no paper, no monochrome."""

    def __init__(self, count: int, generator: Any, amount: float = 1.0, *, plain: bool = False) -> None:
        d = Draw(count, generator)
        mild = torch.where(d.on(0.2) > 0, 0.35, 1.0) * amount
        self.none = torch.zeros(count, 1, 1) if plain else d.on(0.09)
        self._draw_light(d, mild)
        self._draw_curves(d, mild)
        self._draw_hues(d, mild)
        self._draw_tones(d, mild, plain)
        self.strength = torch.where(d.on(0.75) > 0, torch.ones(count, 1, 1), d.uniform(0.35, 1.3)) * (1 - self.none)

    def _draw_light(self, d: Draw, mild: Any) -> None:
        night = d.on(0.04) * (mild > 0.9)
        self.gain = 2 ** (d.normal(0.4) * mild - night * d.uniform(0.8, 2.4))
        cast = d.normal(0.10, 3) * d.on(0.75) * mild * torch.where(d.on(0.2) > 0, 2.0, 1.0)
        self.cast = torch.exp(cast + night * d.uniform(0, 0.5) * torch.tensor([-1.0, -0.1, 0.8]))
        mix = torch.eye(3) + 0.08 * torch.randn(d.count, 3, 3, generator=d.generator) * d.on(0.6) * mild
        self.mix = mix / mix.sum(2, keepdim=True)
        inks = torch.eye(3) + 0.10 * torch.randn(d.count, 3, 3, generator=d.generator) * d.on(0.35) * mild
        self.inks = inks / inks.sum(2, keepdim=True)
        dyes = torch.eye(3) + 0.09 * torch.randn(d.count, 3, 3, generator=d.generator) * d.on(0.7)
        self.dyes = dyes * torch.exp(d.normal(0.16) + d.normal(0.11, 3))
        self.base = d.normal(0.05) + d.normal(0.05, 3) * d.on(0.5)
        self.dense_on = d.on(0.35) * mild

    def _draw_curves(self, d: Draw, mild: Any) -> None:
        # Contrast is drawn apart: a random curve seldom is an S as steep as that of a film.
        self.contrast = torch.exp(d.normal(0.28) * d.on(0.7) * mild)
        self.pivot = d.uniform(0.3, 0.6)
        self.tone = d.curves(0.34 * mild * d.normal(1).abs(), 1).expand(-1, 3, -1)
        cross = torch.where(d.on(0.2) > 0, 2.2, 1.0)
        self.channels = d.curves(0.2 * mild * cross * d.on(0.7), 3)

    def _draw_hues(self, d: Draw, mild: Any) -> None:
        width = [d.uniform(0.7, 3.0) for _ in range(3)]
        turn = [d.normal(0.24) * d.on(0.45) * mild for _ in range(3)]
        swell = [d.normal(0.3) * d.on(0.45) * mild for _ in range(3)]
        self.turns = [(d.uniform(0, math.tau), w, t, s) for w, t, s in zip(width, turn, swell, strict=True)]
        # Two opposite hues that all others are drawn to.
        self.axis, self.pull = d.uniform(0, math.tau), d.uniform(0.1, 0.48) * d.on(0.15) * mild
        self.dense = torch.exp(d.normal(0.25) * d.on(0.4) * mild)
        self.deep = d.normal(0.5) * d.on(0.4) * mild

    def _draw_tones(self, d: Draw, mild: Any, plain: bool) -> None:
        self.gray = torch.zeros(d.count, 1, 1) if plain else d.on(0.11)
        # A monochrome film sees the channels with weights of its own.
        weights = LUMA * torch.exp(d.normal(0.6, 3))
        self.weights = weights / weights.sum(2, keepdim=True)
        strong = torch.where(d.on(0.2) > 0, 0.35, 1.0)
        self.saturation = (torch.exp(d.normal(0.36) * mild - 0.1) * strong).clamp(0.03, 2.0)
        self.veil = d.uniform(0.2, 1.0) * d.on(0.0 if plain else 0.12)
        big = torch.where(d.on(0.25) > 0, 2.5, 1.0) * mild
        self.shadows, self.highs = d.normal(0.03, 3) * d.on(0.7) * big, d.normal(0.03, 3) * d.on(0.7) * big
        self.middle = d.normal(0.018, 3) * d.on(0.5) * big
        fade = d.on(0.65) * mild
        self.black = (fade * (d.normal(0.07).abs() + d.normal(0.03, 3))).clamp(-0.06, 0.38)
        self.white = (1 - fade * (d.normal(0.06).abs() + d.normal(0.035, 3).abs())).clamp(0.5, 1.06)

    def __call__(self, code: Any) -> Any:
        """Return the colors ``(count, n, 3)`` of these looks, clipped to [0, 1]."""
        light = (decode(code.clamp(0, 1)) * self.gain * self.cast) @ self.mix.transpose(1, 2)
        light = torch.where(light > 0.8, 0.8 - 0.45 * torch.expm1(-(light - 0.8).clamp(min=0) / 0.45), light)
        # A share of the looks works on densities: dyes that mix, and that are steeper or flatter around a middle gray.
        dense = -torch.log10(light.clamp(min=3e-3)) - 0.74
        dyed = 10 ** -(0.74 + dense @ self.dyes.transpose(1, 2) + self.base)
        light = light + self.dense_on * (dyed - light)
        y = encode(light.clamp(min=0))
        y = _steeper(y, self.contrast, self.pivot)
        y = _through(self.channels, _through(self.tone, y)) @ self.inks.transpose(1, 2)
        y = self._hued(y)
        y = self._toned(y)
        y = self.black + y.clamp(0, 1) * (self.white - self.black)
        return (code + self.strength * (y - code)).clamp(0, 1)

    def _hued(self, y: Any) -> Any:
        lab = oklab(y)
        chroma, angle = torch.hypot(lab[..., 1:2], lab[..., 2:]), torch.atan2(lab[..., 2:], lab[..., 1:2])
        for hue, width, turn, swell in self.turns:
            near = torch.exp(width * (torch.cos(angle - hue) - 1))
            chroma, angle = chroma * (1 + swell * near).clamp(min=0), angle + turn * near
        angle = angle - self.pull * torch.sin(2 * (angle - self.axis))
        chroma = 0.1 * (chroma / 0.1).clamp(min=1e-4) ** self.dense * torch.exp(self.deep * (lab[..., :1] - 0.6))
        return from_oklab(torch.cat([lab[..., :1], chroma * torch.cos(angle), chroma * torch.sin(angle)], -1))

    def _toned(self, y: Any) -> Any:
        luma = (y @ self.weights.transpose(1, 2)) * self.gray + (y @ LUMA)[..., None] * (1 - self.gray)
        y = luma + self.saturation * (1 - self.gray) * (y - luma)
        c, veil = y.clamp(0, 1), luma.clamp(0, 1)
        hard = torch.where(veil < 0.5, 2 * veil * c, 1 - 2 * (1 - veil) * (1 - c))
        y = y + self.veil * (hard - y)
        luma = (y @ LUMA)[..., None].clamp(0, 1)
        return y + (1 - luma) ** 2 * self.shadows + luma**2 * self.highs + 4 * luma * (1 - luma) * self.middle


def _steeper(y: Any, contrast: Any, pivot: Any) -> Any:
    """Raise the contrast around the pivot, and keep 0 and 1: two powers that meet there."""
    low = pivot * (y.clamp(0, 1) / pivot).clamp(min=1e-4) ** contrast
    high = 1 - (1 - pivot) * ((1 - y.clamp(0, 1)) / (1 - pivot)).clamp(min=1e-4) ** contrast
    return torch.where(y < pivot, low, high)


def _through(curves: Any, y: Any) -> Any:
    place = (y.clamp(0, 1) * (NODES - 1)).clamp(max=NODES - 1.001)
    index = place.floor().long()
    low = torch.gather(curves, 2, index.transpose(1, 2)).transpose(1, 2)
    high = torch.gather(curves, 2, index.transpose(1, 2) + 1).transpose(1, 2)
    return low + (place - index) * (high - low)
