"""Looks on drawn pictures: the frozen small part of ``benchmarks/looks.py`` that needs no photograph."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.demo import movie
from otiograde.demo.camera import take_picture

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

Picture = NDArray[np.float32]


class Triple(NamedTuple):
    """Content, a still of other content through a look, and what the look makes of the content."""

    family: str
    content: Picture
    still: Picture
    plain: Picture
    truth: NDArray[Any]
    #: A second still of the look.
    second: Picture


@cache
def pictures() -> dict[str, list[Picture]]:
    """Six small pictures of each set of the demo movie, in code values."""
    shown = {}
    for name, stage_set in movie.SETS.items():
        stage = movie._dress(name, 7, 0.15)
        poses = [pose for move in stage_set.MOVES.values() for pose in move]
        light = [take_picture(stage, pose, (160, 90)) for pose in poses]
        shown[name] = [np.asarray(np.clip(movie._developed(picture), 0, 1), np.float32) for picture in light]
    return shown


@cache
def families() -> dict[str, Callable[[np.random.Generator], Callable[[NDArray[Any]], NDArray[Any]]]]:
    """The families of looks of the benchmark, on which the network was not trained."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from look_families import FAMILIES
    finally:
        sys.path.remove(str(BENCHMARKS))
    return dict(FAMILIES)


@cache
def triples(seed: int = 3, each: int = 2) -> list[Triple]:
    """Two triples of each family: the content is of one set, the stills are of the other."""
    rng = np.random.default_rng(seed)
    shown, drawn = pictures(), []
    for family, draw in families().items():
        for number in range(each):
            sets = ("kitchen", "studio") if number % 2 else ("studio", "kitchen")
            content = shown[sets[0]][rng.integers(6)]
            first, second = (shown[sets[1]][index] for index in rng.permutation(6)[:2])
            look = draw(rng)
            still, other = (eight_bits(look(picture.astype(np.float64))) for picture in (first, second))
            drawn.append(Triple(family, content, still, first, look(content.astype(np.float64)), other))
    return drawn


def eight_bits(picture: NDArray[Any]) -> Picture:
    """A picture as a file of 8 bits holds it."""
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255) / 255, np.float32)
