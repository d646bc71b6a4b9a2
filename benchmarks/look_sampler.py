"""Random looks to learn from, many at once in torch: what graders, films, prints and papers do to a picture.

A look is a row of simple steps, each with random numbers: light, crosstalk, dyes, an S of film, curves, hues, a veil of
luma, tints, fade. A third of the looks are free. The others are of ten kinds, which set the steps that they are known
for, and are loose in the rest. No film is copied. ``look_families.py`` draws the looks of the benchmark in other ways,
and shares no code with this.
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

    def matrices(self, sd: float) -> Any:
        """Draw ``(count, 3, 3)`` from a normal distribution."""
        return sd * torch.randn(self.count, 3, 3, generator=self.generator)

    def curves(self, sd: Any, channels: int) -> Any:
        """Draw rising curves through (0, 0) and (1, 1): ``(count, channels, NODES)``."""
        steps = torch.exp(torch.randn(self.count, channels, 6, generator=self.generator) * sd)
        fine = torch.nn.functional.interpolate(steps, size=NODES - 1, mode="linear", align_corners=True)
        rising = torch.cat([torch.zeros(self.count, channels, 1), fine.cumsum(2)], 2)
        return rising / rising[..., -1:]


#: Kinds of looks and their shares. ``free`` looks are all the steps at random, ``none`` is no look.
KINDS = {
    "free": 0.33, "none": 0.07, "film": 0.12, "slide": 0.07, "silver": 0.05, "night": 0.06, "duo": 0.05,
    "crossed": 0.06, "faded": 0.06, "instant": 0.06, "gray": 0.07,
}  # fmt: skip

#: How much of the free steps the looks of a kind still have.
LOOSE = 0.3

#: The stops from middle gray to white, and down to black.
UP, DOWN = math.log2(1 / 0.18), -7.0


class Looks:
    """Random looks, ``count`` of them: all steps at random, or the steps that a kind of look is known for."""

    def __init__(self, count: int, generator: Any) -> None:
        d = Draw(count, generator)
        shares = torch.tensor(list(KINDS.values()))
        drawn = torch.multinomial(shares, count, generator=generator, replacement=True)
        self.kinds = {name: (drawn == number).float()[:, None, None] for number, name in enumerate(KINDS)}
        free = torch.where(d.on(0.15) > 0, 0.35, 1.0)
        self.mild = torch.where(self.kinds["free"] > 0, free, LOOSE)
        self._draw_light(d)
        self._draw_curves(d)
        self._draw_hues(d)
        self._draw_tones(d)
        for kind, steps in STEPS.items():
            for name, value in steps(d).items():
                setattr(self, name, torch.where(self.kinds[kind] > 0, value, getattr(self, name)))
        part = torch.where(d.on(0.8) > 0, torch.ones(count, 1, 1), d.uniform(0.35, 1.2))
        self.strength = part * (1 - self.kinds["none"])

    def _draw_light(self, d: Draw) -> None:
        mild = self.mild
        self.gain = 2 ** (d.normal(0.38) * mild)
        self.cast = torch.exp(d.normal(0.10, 3) * d.on(0.75) * mild * torch.where(d.on(0.2) > 0, 2.0, 1.0))
        self.mix = _rows(d.matrices(0.08) * d.on(0.6) * mild)
        self.inks = _rows(d.matrices(0.10) * d.on(0.35) * mild)
        self.dyes = (torch.eye(3) + d.matrices(0.09) * d.on(0.7)) * torch.exp(d.normal(0.16) + d.normal(0.11, 3))
        self.around = torch.full((d.count, 1, 1), 0.74)
        self.base = d.normal(0.05) + d.normal(0.05, 3) * d.on(0.5)
        self.left_in = torch.zeros(d.count, 1, 1)
        self.dense_on = d.on(0.35) * mild * self.kinds["free"]

    def _draw_curves(self, d: Draw) -> None:
        mild = self.mild
        # Contrast is drawn apart: a random curve seldom is an S as steep as that of a film.
        self.contrast = (torch.exp(d.normal(0.28) * d.on(0.7) * mild)).expand(-1, -1, 3)
        self.pivot = d.uniform(0.3, 0.6)
        self.tone = d.curves(0.34 * mild * d.normal(1).abs(), 1).expand(-1, 3, -1)
        cross = torch.where(d.on(0.2) > 0, 2.2, 1.0)
        self.channels = d.curves(0.2 * mild * cross * d.on(0.7), 3)
        self.filmed = torch.zeros(d.count, 1, 1)
        self.slope, self.middle_code = d.uniform(0.42, 0.9).expand(-1, -1, 3), d.uniform(0.42, 0.52).expand(-1, -1, 3)

    def _draw_hues(self, d: Draw) -> None:
        mild = self.mild
        width = [d.uniform(0.7, 3.0) for _ in range(3)]
        turn = [d.normal(0.24) * d.on(0.45) * mild for _ in range(3)]
        swell = [d.normal(0.3) * d.on(0.45) * mild for _ in range(3)]
        self.turns = [(d.uniform(0, math.tau), w, t, s) for w, t, s in zip(width, turn, swell, strict=True)]
        # Two opposite hues that all others are drawn to.
        self.axis, self.pull = d.uniform(0, math.tau), d.uniform(0.1, 0.48) * d.on(0.15) * mild
        self.dense = torch.exp(d.normal(0.25) * d.on(0.4) * mild)
        self.deep = d.normal(0.5) * d.on(0.4) * mild

    def _draw_tones(self, d: Draw) -> None:
        mild = self.mild
        self.gray_on = d.on(0.04) * self.kinds["free"]
        # A monochrome film sees the channels with weights of its own.
        weights = LUMA * torch.exp(d.normal(0.6, 3))
        self.weights = weights / weights.sum(2, keepdim=True)
        strong = torch.where(d.on(0.2) * self.kinds["free"] > 0, 0.35, 1.0)
        self.saturation = (torch.exp((d.normal(0.36) - 0.1) * mild) * strong).clamp(0.03, 2.0)
        self.veil = d.uniform(0.2, 1.0) * d.on(0.08) * self.kinds["free"]
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
        light = light + self.dense_on * (self._dyed(light) - light)
        y = encode(light.clamp(min=0))
        y = y + self.filmed * (_filmed(light, self.slope, self.middle_code) - y)
        y = _steeper(y, self.contrast, self.pivot)
        y = _through(self.channels, _through(self.tone, y)) @ self.inks.transpose(1, 2)
        y = self._hued(y)
        y = self._toned(y)
        y = self.black + y.clamp(0, 1) * (self.white - self.black)
        return (code + self.strength * (y - code)).clamp(0, 1)

    def _dyed(self, light: Any) -> Any:
        """Return light through dyes that mix, and that are steeper or flatter; silver that is left in adds to all."""
        dense = -torch.log10(light.clamp(min=3e-3))
        silver = -torch.log10((light @ LUMA)[..., None].clamp(min=3e-3))
        around = dense - self.around
        turned = around @ self.dyes.transpose(1, 2) + self.left_in * (silver - self.around - 0.6 * around)
        return 10 ** -(self.around + turned + self.base)

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
        luma = (y @ self.weights.transpose(1, 2)) * self.gray_on + (y @ LUMA)[..., None] * (1 - self.gray_on)
        y = luma + self.saturation * (1 - self.gray_on) * (y - luma)
        c, veil = y.clamp(0, 1), luma.clamp(0, 1)
        hard = torch.where(veil < 0.5, 2 * veil * c, 1 - 2 * (1 - veil) * (1 - c))
        y = y + self.veil * (hard - y)
        luma = (y @ LUMA)[..., None].clamp(0, 1)
        return y + (1 - luma) ** 2 * self.shadows + luma**2 * self.highs + 4 * luma * (1 - luma) * self.middle


def _rows(change: Any) -> Any:
    """Return the identity plus a change, with rows that sum to 1: grays stay."""
    matrix = torch.eye(3) + change
    return matrix / matrix.sum(2, keepdim=True)


def _filmed(light: Any, slope: Any, middle: Any) -> Any:
    """Return code values by an S in stops, from black to white; middle gray becomes ``middle``."""
    least = torch.exp(-slope * UP)
    middle = torch.maximum(middle, least + 0.05)
    shift = -torch.log((1 - middle) / (middle - least))
    stops = torch.log2(light.clamp(min=2e-4) / 0.18).clamp(DOWN, UP + 1)
    low, high = torch.sigmoid(slope * DOWN + shift), torch.sigmoid(slope * UP + shift)
    return ((torch.sigmoid(slope * stops + shift) - low) / (high - low)).clamp(0, 1.05)


# What each kind sets. The other steps stay as drawn.


def _ends(d: Draw, black: float, white: float, tint: float) -> dict[str, Any]:
    low = d.uniform(0, black) + d.uniform(0, 1) * d.normal(tint, 3)
    high = 1 - d.uniform(0, white) - d.uniform(0, 1) * d.normal(tint, 3).abs()
    return {"black": low.clamp(-0.03, 0.35), "white": high.clamp(0.5, 1.03)}


def _film(d: Draw) -> dict[str, Any]:
    """Negatives and their prints: an S in stops whose layers differ, and color that the layers take from each other."""
    return {
        "filmed": d.uniform(0.7, 1),
        "slope": d.uniform(0.42, 0.8) * torch.exp(d.normal(0.07, 3)),
        "middle_code": d.normal(0.05) + 0.465 + d.normal(0.025, 3),
        "mix": _rows(-d.uniform(-0.02, 0.12) * (1 - torch.eye(3)) + d.matrices(0.03)),
        "saturation": torch.exp(d.normal(0.16) - 0.04),
        **_ends(d, 0.08, 0.06, 0.035),
    }


def _slide(d: Draw) -> dict[str, Any]:
    """Reversal film: steep and saturated, with exposures that go wrong, and tinted shadows."""
    return {
        "filmed": d.uniform(1, 1),
        "gain": 2 ** d.normal(0.35),
        "slope": d.uniform(0.55, 1.1) * torch.exp(d.normal(0.04, 3)),
        "middle_code": d.normal(0.05) + 0.45 + d.normal(0.02, 3),
        "mix": _rows(-d.uniform(0, 0.12) * (1 - torch.eye(3)) + d.matrices(0.02)),
        "saturation": torch.exp(d.normal(0.16) + 0.1),
        "shadows": d.normal(0.04, 3),
    }


def _silver(d: Draw) -> dict[str, Any]:
    """Bleach bypass: silver stays in the dyes, in density or as a veil."""
    dense = d.on(0.6)
    return {
        "dense_on": dense,
        "left_in": d.uniform(0.25, 0.9),
        "dyes": torch.eye(3) * d.uniform(0.8, 1.1),
        "base": d.normal(0.07),
        "veil": (1 - dense) * d.uniform(0.3, 1.0),
        "saturation": torch.exp(d.normal(0.2) - 0.3 + 0.25 * dense),
    }


def _night(d: Draw) -> dict[str, Any]:
    """Day for night: stops less, a blue cast, and shadows without colors."""
    blue = d.uniform(0, 0.45)
    return {
        "gain": 2 ** -d.uniform(0.2, 2.0),
        "cast": torch.exp(blue * torch.tensor([-1.0, -0.05, 0.7]) + d.normal(0.06, 3)),
        "saturation": d.uniform(0.35, 1.0),
        "deep": d.uniform(0, 2.0),
    }


def _duo(d: Draw) -> dict[str, Any]:
    """Two colors, mostly teal and orange: hues are drawn to them, shadows get the cold one."""
    cold, warm = d.uniform(0, 0.075), d.uniform(0, 0.05)
    return {
        "axis": 0.95 + d.normal(0.25),
        "pull": d.uniform(0.1, 0.48),
        "shadows": cold * torch.tensor([-1.0, 0.1, 0.45]) + d.normal(0.012, 3),
        "highs": warm * torch.tensor([0.8, 0.15, -0.8]) + d.normal(0.012, 3),
        "contrast": torch.exp(0.12 + d.normal(0.14)).expand(-1, -1, 3),
        "saturation": torch.exp(d.normal(0.22)),
    }


def _crossed(d: Draw) -> dict[str, Any]:
    """Cross processing: red and green are steep, blue is flat, its black is lifted and its white is dull."""
    pattern = torch.where(d.on(0.85) > 0, torch.tensor([1.0, 0.9, -0.8]), d.normal(0.9, 3))
    lift = d.uniform(0, 0.14) * torch.tensor([0.05, 0.1, 1.0])
    return {
        "contrast": torch.exp(d.uniform(0.08, 0.5) * pattern + d.normal(0.1, 3) + d.uniform(0, 0.2)),
        "pivot": d.uniform(0.4, 0.6),
        "middle": d.normal(0.035, 3) + torch.tensor([0.0, 0.025, -0.03]),
        "black": lift,
        "white": 1 - lift.flip(1) - d.uniform(0, 0.04),
    }


def _faded(d: Draw) -> dict[str, Any]:
    """Old prints: each dye has lost a share of its density, and the paper is stained."""
    left = (d.uniform(0.6, 0.95) + d.normal(0.13, 3)).clamp(0.35, 1.0)
    stain = d.uniform(0, 0.06) + d.uniform(0, 1) * torch.tensor([0.0, 0.025, 0.08])
    return {
        "dense_on": d.uniform(1, 1),
        "around": d.uniform(0, 0),
        "dyes": left.transpose(1, 2) * torch.eye(3),
        "base": stain,
    }


def _instant(d: Draw) -> dict[str, Any]:
    """Instant film: few tones between a colored black and a colored white, muddy inks, and strong casts."""
    muddy = d.uniform(0, 0.2) * (1 - torch.eye(3)) + d.matrices(0.05)
    return {
        "filmed": d.uniform(1, 1),
        "slope": d.uniform(0.4, 0.85) * torch.exp(d.normal(0.08, 3)),
        "middle_code": d.normal(0.07) + 0.49 + d.normal(0.04, 3),
        "inks": _rows(muddy),
        "cast": torch.exp(d.normal(0.1, 3) * torch.where(d.on(0.4) > 0, 2.6, 1.0)),
        **_ends(d, 0.22, 0.16, 0.07),
    }


def _gray(d: Draw) -> dict[str, Any]:
    """Black and white: filters before the film, papers of all grades, and toners."""
    toned = d.on(0.4)
    return {
        "gray_on": d.uniform(1, 1),
        "filmed": d.on(0.5),
        "gain": 2 ** d.normal(0.3),
        "slope": d.uniform(0.4, 1.1).expand(-1, -1, 3),
        "middle_code": (0.46 + d.normal(0.06)).expand(-1, -1, 3),
        "contrast": torch.exp(0.08 + d.normal(0.26)).expand(-1, -1, 3),
        "shadows": toned * d.normal(0.04, 3),
        "middle": toned * d.normal(0.025, 3),
        "highs": toned * d.normal(0.03, 3),
    }


STEPS = {
    "film": _film, "slide": _slide, "silver": _silver, "night": _night, "duo": _duo, "crossed": _crossed,
    "faded": _faded, "instant": _instant, "gray": _gray,
}  # fmt: skip


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
