"""Peers of otiograde: simple methods that match distributions, in NumPy, and two packages if they are installed.

The packages are color-matcher and colortrans. color-matcher is GPL, so otiograde itself never imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.lut import Lut3D
from otiograde.decide.look.before_after import lut_from_stills
from otiograde.survey.sample import Sample

Array = NDArray[np.float64]
#: A peer: frames of the hero and of a shot, (F, h, w, 3) in [0, 1] -> a function that matches colors of the shot.
Peer = Callable[[Array, Array], Callable[[Array], Array]]


def lab(rgb: Array) -> Array:
    """Convert to CIELAB with OpenCV in float, as the usual tools do."""
    return cv2.cvtColor(np.clip(rgb, 0, 1).astype(np.float32).reshape(1, -1, 3), cv2.COLOR_RGB2Lab)[0].astype(float)


def from_lab(values: Array) -> Array:
    """Convert CIELAB to RGB, clipped to [0, 1]."""
    rgb = cv2.cvtColor(values.astype(np.float32).reshape(1, -1, 3), cv2.COLOR_Lab2RGB)[0].astype(float)
    return np.clip(rgb, 0, 1)


def pool(frames: Array, count: int = 6000) -> Array:
    """Return a random sample of the pixels."""
    pixels = frames.reshape(-1, 3)
    return pixels[np.random.default_rng(0).choice(len(pixels), min(count, len(pixels)), replace=False)].astype(float)


def reinhard(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """Match mean and deviation of each Lab channel (Reinhard et al. 2001)."""
    target, source = lab(pool(hero)), lab(pool(shot))
    gain = target.std(0) / (source.std(0) + 1e-6)
    return lambda rgb: from_lab((lab(rgb) - source.mean(0)) * gain + target.mean(0))


def monge_kantorovich(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """The linear Monge-Kantorovich map in encoded RGB (Pitié & Kokaram 2007)."""
    target, source = pool(hero), pool(shot)
    cov_target, cov_source = np.cov(target.T) + 1e-6 * np.eye(3), np.cov(source.T) + 1e-6 * np.eye(3)
    values, vectors = np.linalg.eigh(cov_source)
    root, inverse = (vectors * np.sqrt(values)) @ vectors.T, (vectors / np.sqrt(values)) @ vectors.T
    values, vectors = np.linalg.eigh(root @ cov_target @ root)
    matrix = inverse @ (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T @ inverse
    return lambda rgb: (rgb - source.mean(0)) @ matrix.T + target.mean(0)


def histogram(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """Match the cumulative histogram of each Lab channel."""
    target, source = lab(pool(hero)), lab(pool(shot))
    at = np.linspace(0, 1, 64)
    ends = [(np.quantile(source[:, c], at) + 1e-7 * at, np.quantile(target[:, c], at)) for c in range(3)]
    return lambda rgb: from_lab(np.stack([np.interp(lab(rgb)[:, c], *ends[c]) for c in range(3)], 1))


def nearest_bins(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """Reinhard in 8-bit Lab of one frame, accumulated in the nearest bins of a lattice, which leaves holes."""
    target = cv2.cvtColor((pool(hero) * 255).astype(np.uint8)[None], cv2.COLOR_RGB2LAB)[0].astype(float)
    frame = shot[len(shot) // 2].reshape(-1, 3)
    source = cv2.cvtColor((frame * 255).astype(np.uint8)[None], cv2.COLOR_RGB2LAB)[0].astype(float)
    moved = (source - source.mean(0)) / (source.std(0) + 1e-6) * target.std(0) + target.mean(0)
    after = cv2.cvtColor(np.clip(moved, 0, 255).astype(np.uint8)[None], cv2.COLOR_LAB2RGB)[0] / 255
    size = 33
    index = np.rint(frame * (size - 1)).astype(int) @ np.array([1, size, size**2])
    counts = np.bincount(index, minlength=size**3)
    sums = np.stack([np.bincount(index, after[:, c], size**3) for c in range(3)], 1)

    def peer(rgb: Array) -> Array:
        at = np.rint(np.clip(rgb, 0, 1) * (size - 1)).astype(int) @ np.array([1, size, size**2])
        return np.where(counts[at, None] > 0, sums[at] / np.maximum(counts[at, None], 1), rgb)

    return peer


def by_pictures(transfer: Callable[[NDArray[np.uint8], NDArray[np.uint8]], Any]) -> Peer:
    """Make a peer of a function that maps a picture to a picture. Its LUT is fitted to the two pictures."""

    def peer(hero: Array, shot: Array) -> Callable[[Array], Array]:
        source, target = ((frames[len(frames) // 2] * 255).astype(np.uint8) for frames in (shot, hero))
        after = np.clip(np.asarray(transfer(source, target), float), 0, 255) / 255
        return lut_from_stills(source / 255.0, after, 33)

    return peer


def peers() -> dict[str, Peer]:
    """Return the peers by name."""
    named: dict[str, Peer] = {
        "document (8-bit Reinhard, bins)": nearest_bins,
        "Reinhard Lab": reinhard,
        "Monge-Kantorovich": monge_kantorovich,
        "histogram": histogram,
    }
    if find_spec("color_matcher"):
        from color_matcher import ColorMatcher  # noqa: PLC0415

        named["color-matcher mkl"] = by_pictures(lambda src, ref: ColorMatcher(src=src, ref=ref, method="mkl").main())
    if find_spec("colortrans"):
        import colortrans  # noqa: PLC0415

        named["colortrans lhm"] = by_pictures(colortrans.transfer_lhm)
    return named


def peer_luts(peer: Peer, samples: Mapping[str, Sample], truth: Mapping[str, Any]) -> dict[str, Lut3D]:
    """Return a LUT for each shot of a true scene that matches it to the scene's true hero."""
    heroes = {shot["scene"]: shot["id"] for shot in truth["shots"] if shot["hero"]}
    luts = {}
    for name, scene in truth["scenes"].items():
        hero = heroes.get(name, scene["shots"][0])
        for shot in scene["shots"]:
            if shot == hero:
                continue
            transform = peer(samples[hero].frames.astype(float), samples[shot].frames.astype(float))
            nodes = Lut3D.identity(33).lattice.astype(float)
            luts[shot] = Lut3D(transform(nodes.reshape(-1, 3)).reshape(nodes.shape))
    return luts
