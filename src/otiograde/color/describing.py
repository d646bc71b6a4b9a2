"""Describe a correction in a colorist's terms: exposure, temperature, tint, contrast, saturation."""

from __future__ import annotations

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.difference import code_difference
from otiograde.color.encodings import Encoding
from otiograde.color.luma import LUMA
from otiograde.color.spaces import srgb_to_lab, srgb_to_oklab
from otiograde.color.transfer import decode, encode, srgb_encode
from otiograde.color.transform import Transform
from otiograde.color.views import from_light, to_light

#: Encoded mid gray (18 % reflectance in sRGB), and the grays a quarter of the range below and above it.
GRAYS = np.array([0.2145, 0.4645, 0.7145])

#: The colors of a solid of 9 nodes a side, for changes that have no name, and the ΔE00 below which nothing changed.
SOLID = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij"), -1).reshape(-1, 3)
UNCHANGED = 1e-3

#: The chroma of the patches that saturation is measured on: six hues around mid gray.
CHROMA = 0.2

#: Light of a gray card of 18 % where diffuse white, 90 %, is 1, and its reflectance.
GRAY_CARD, REFLECTANCE = 0.2, 0.18


def describe(transform: Transform, encoding: Encoding | None = None) -> str:
    """Describe a transform of encoded R'G'B'; ``no change`` where there is none.

    Exposure in stops of a gray card's luminance, temperature and tint in CIELAB b* and a* at mid gray, contrast as the
    change of slope around it, and saturation as the change of Oklab chroma of six hues. A change that none of these
    shows is ``hardly any`` if it moves no color by ΔE00 1. PQ, HLG and log are described in the light that their codes
    stand for, and so is the exposure of SDR: the curve of cameras makes 0.6 stop on the display of 0.5 in the scene.
    Without an ``encoding``, codes are read as sRGB.
    """
    if encoding is not None and encoding.family != "sdr":
        return _describe_light(transform, encoding)
    grays = np.clip(transform(np.repeat(GRAYS[:, None], 3, 1)), 1e-4, 1)
    card = gray_card(encoding)
    stops = float(stops_between(card, np.asarray(transform(card[None]), np.float64)[0], encoding))
    _, tint, warmth = (float(value) for value in srgb_to_lab(grays[1].astype(np.float64)))
    slope = float((grays[2] - grays[0]) @ LUMA / (GRAYS[2] - GRAYS[0])) - 1
    words = [
        _amount(stops, 0.05, "{:.1f} stop brighter", "{:.1f} stop darker"),
        _degree(warmth, "warmer", "cooler"),
        _degree(tint, "more magenta", "greener"),
        _amount(slope * 100, 3, "{:.0f} % more contrast", "{:.0f} % less contrast"),
        _amount(_saturation(transform, grays[1]) * 100, 4, "{:.0f} % more saturated", "{:.0f} % less saturated"),
    ]
    return ", ".join(word for word in words if word) or _unnamed(transform, None)


def gray_card(encoding: Encoding | None = None) -> Float64:
    """Return the code of a gray card in SDR, ``(3,)``."""
    return np.full(3, GRAYS[1] if encoding is None else float(encode(REFLECTANCE, encoding.transfer)))


def stops_between(before: Float64, after: Float64, encoding: Encoding | None = None) -> Float64:
    """Return by how many stops of light in the scene SDR codes ``(..., 3)`` are brighter than those before."""
    transfer = "iec61966-2-1" if encoding is None else encoding.transfer
    lights = [decode(np.clip(codes, 1e-4, 1), transfer) @ LUMA for codes in (before, after)]
    return np.asarray(np.log2(lights[1] / lights[0]))


def _unnamed(transform: Transform, encoding: Encoding | None) -> str:
    """Describe a transform that changes none of the named things, by the color that it moves farthest."""
    most = float(code_difference(SOLID, np.clip(transform(SOLID), 0, 1), encoding, encoding).max())
    if most < UNCHANGED:
        return "no change"
    return "hardly any change" if most < 1 else "some colors change, grays hardly do"


def _describe_light(transform: Transform, encoding: Encoding) -> str:
    """Describe a transform by the light of a gray card, and of grays and hues around it."""

    def shown(light: Float64) -> Float64:
        codes = np.clip(transform(np.clip(from_light(light, encoding), 0, 1)), 0, 1)
        return np.asarray(to_light(codes, encoding), np.float64)

    card = GRAY_CARD * np.exp2(np.array([-1.5, 0, 1.5]))[:, None].repeat(3, axis=1)
    grays = np.maximum(shown(card), 1e-6)
    stops = np.log2(grays @ LUMA / (card @ LUMA))
    _, tint, warmth = (float(value) for value in srgb_to_lab(srgb_encode(grays[1] / grays[1].max() * GRAY_CARD)))
    slope = float(stops[2] - stops[0]) / 3
    hues = GRAY_CARD * (1 + CHROMA * np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]]))
    after = shown(hues) / (grays[1] @ LUMA) * GRAY_CARD
    chroma = [
        np.linalg.norm((srgb_to_oklab(srgb_encode(colors)) - srgb_to_oklab(srgb_encode(gray)))[:, 1:], axis=1).mean()
        for colors, gray in ((hues, card[1]), (after, grays[1] / (grays[1] @ LUMA) * GRAY_CARD))
    ]
    words = [
        _amount(float(stops[1]), 0.05, "{:.1f} stop brighter", "{:.1f} stop darker"),
        _degree(warmth, "warmer", "cooler"),
        _degree(tint, "more magenta", "greener"),
        _amount(slope * 100, 3, "{:.0f} % more contrast", "{:.0f} % less contrast"),
        _amount(float(chroma[1] / chroma[0] - 1) * 100, 4, "{:.0f} % more saturated", "{:.0f} % less saturated"),
    ]
    return ", ".join(word for word in words if word) or _unnamed(transform, encoding)


def _saturation(transform: Transform, gray: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> float:
    """Return the relative change of chroma of six hues, measured from the transformed mid gray."""
    hues = GRAYS[1] + CHROMA * np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]])
    before = srgb_to_oklab(hues)[:, 1:]
    after = (srgb_to_oklab(np.clip(transform(hues), 0, 1)) - srgb_to_oklab(np.asarray(gray, np.float64)))[:, 1:]
    return float(np.linalg.norm(after, axis=1).mean() / np.linalg.norm(before, axis=1).mean()) - 1


def _amount(value: float, least: float, more: str, less: str) -> str:
    if abs(value) < least:
        return ""
    return (more if value > 0 else less).format(abs(value))


def _degree(value: float, more: str, less: str) -> str:
    """Return a shift in CIELAB units as a word: about 1 is just visible, 6 is plain."""
    if abs(value) < 1:
        return ""
    how = "a little " if abs(value) < 3 else "much " if abs(value) > 8 else ""
    return how + (more if value > 0 else less)
