"""The network that reads a look from the colors of a still, in plain NumPy.

``benchmarks/make_looks.py`` trains it: random looks on photographs. It sees a set of colors, in no order, and from
how many stills they are. It looks at each color twice, the second time knowing all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.cubic import EXPONENTS
from otiograde.color.shipped import read_shipped
from otiograde.color.spaces import srgb_to_oklab

Float32 = NDArray[np.float32]

#: The file of the weights, in this package.
WEIGHTS = "looks.npz"

#: What is seen of a color: R', G', B', Oklab, chroma.
FEATURES = 7

#: Levels of the quantiles of each feature that the network sees.
LEVELS = (0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99)

#: Bands of equally many colors, from dark to light, of which it sees the mean.
BANDS = 8

#: Layers of the network, as they are named in the file.
LAYERS = ("pixel1", "pixel2", "context", "again1", "toward", "again2", "join", "out")

#: Colors that go through a layer at once: too few for a library to split them over threads.
BLOCK = 256


class Reading(NamedTuple):
    """What the network reads from a still."""

    #: ``Cubic.coefficients`` ``(20, 3)`` of the look.
    coefficients: NDArray[np.float64]
    #: The error (ΔE00) that is to be expected of it.
    error: float


def read_look(colors: NDArray[np.floating], stills: int = 1) -> Reading:
    """Read the look from the colors ``(n, 3)`` of this many stills, code values in [0, 1].

    Raises ``ToolNotFoundError`` if the file of the weights is missing or damaged.
    """
    end = read_outputs(colors, stills)
    basis, mean = _weights()["basis"], _weights()["mean"]
    coefficients = (end[:-1].astype(np.float64) @ basis + mean).reshape(len(EXPONENTS), 3)
    return Reading(coefficients, float(np.exp(end[-1])))


def read_outputs(colors: NDArray[np.floating], stills: int = 1) -> Float32:
    """Return the outputs of the shipped network for colors ``(n, 3)``. Raises ``ToolNotFoundError``."""
    return forward(np.asarray(colors, np.float32), stills, _weights())


def forward(colors: Float32, stills: int, weights: Mapping[str, Float32]) -> Float32:
    """Return the output of the network: whitened coordinates of a ``Cubic``, and the log of the expected error."""
    seen = srgb_to_oklab(colors).astype(np.float32)
    chroma = np.hypot(seen[:, 1:2], seen[:, 2:])
    features = np.concatenate([colors * 2 - 1, seen[:, :1] * 2 - 1, seen[:, 1:] * 6, chroma * 6 - 1], 1)
    first = _pooled(features, weights, ("pixel1", "pixel2"))
    quantiles, bands = _quantiles(np.sort(features, 0)), _bands(features)
    whole = np.concatenate([first, quantiles, bands, np.array([1 / stills], np.float32)])
    context = _dense(whole, weights, "context")
    second = _pooled(features, weights, ("again1", "again2"), context @ weights["toward_weight"].T)
    joined = _dense(np.concatenate([context, second]), weights, "join")
    return np.asarray(joined @ weights["out_weight"].T + weights["out_bias"])


def _dense(x: Float32, weights: Mapping[str, Float32], layer: str) -> Float32:
    return np.asarray(np.maximum(x @ weights[f"{layer}_weight"].T + weights[f"{layer}_bias"], 0))


def _pooled(
    x: Float32, weights: Mapping[str, Float32], layers: tuple[str, str], push: Float32 | float = 0.0
) -> Float32:
    """Return the mean and the deviation of two layers over all colors. ``push`` is added in the first."""
    first, second = layers
    turned, shift = weights[f"{first}_weight"].T, weights[f"{first}_bias"] + push
    total = np.zeros((2, len(weights[f"{second}_bias"])))
    for start in range(0, len(x), BLOCK):
        inner = np.maximum(x[start : start + BLOCK] @ turned + shift, 0)
        outer = _dense(inner, weights, second).astype(np.float64)
        total += np.stack([outer.sum(0), (outer**2).sum(0)])
    mean, square = total / len(x)
    return np.concatenate([mean, np.sqrt(np.maximum(square - mean**2, 0) + 1e-6)]).astype(np.float32)


def _quantiles(ordered: Float32) -> Float32:
    position = np.array(LEVELS) * (len(ordered) - 1)
    floor = position.astype(np.int64)
    share = (position - floor)[:, None]
    above = ordered[np.minimum(floor + 1, len(ordered) - 1)]
    return np.asarray(ordered[floor] + share * (above - ordered[floor]), np.float32).ravel()


def _bands(features: Float32) -> Float32:
    """Return the means of Oklab and chroma in each band."""
    rising = features[np.argsort(features[:, 3], kind="stable"), 3:].astype(np.float64)
    edges = [number * len(rising) // BANDS for number in range(BANDS + 1)]
    means = [rising[low:high].mean(0) for low, high in pairwise(edges)]
    return np.concatenate(means).astype(np.float32)


@cache
def _weights() -> Mapping[str, Float32]:
    """Load the weights. Raises ``ToolNotFoundError``."""
    return read_shipped("otiograde.color", WEIGHTS, _read_weights)


def _read_weights(file: IO[bytes]) -> Mapping[str, Float32]:
    names = [
        f"{layer}_{part}" for layer in LAYERS for part in ("weight", "bias") if (layer, part) != ("toward", "bias")
    ]
    with np.load(file) as table:
        return {name: np.asarray(table[name], np.float32) for name in (*names, "mean", "basis")}
