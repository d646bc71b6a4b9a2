"""Code values of decoded frames as they are in a file, and how far another file's differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.errors import MediaError
from otiograde.media.container import decoded, opened
from otiograde.media.pictures import whole
from otiograde.media.planes import Plane, Planes, take_apart
from otiograde.record.shot import Media

#: Chroma is compared as the mean of so many samples a side: halving it and back blurs it in any program.
BLOCK = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference of a luma code or of a mean of chroma codes, and the share of pixels left out.

    Left out is what lies outside R'G'B' 0 to 1, which a LUT clips, and its surroundings.
    """

    largest: float
    left_out: float


def iter_codes(path: Path, start: int = 0, count: int | None = None) -> Iterator[Planes]:
    """Decode ``count`` frames from ``start`` on and take them apart. Raises ``MediaError``."""
    with opened(path) as (container, stream):
        for frame in islice(decoded(container, stream), start, None if count is None else start + count):
            yield take_apart(frame)


def compare_codes(media: Media, start: int, count: int, other: Path) -> Difference:
    """Compare frames of Y'CbCr media with those of a file made from them.

    Raises ``MediaError`` where the two have not the same frames, size and bits.
    """
    worst, out, frames = 0.0, 0.0, 0
    mine, yours = iter_codes(media.path, start, count), iter_codes(other)
    try:
        for one, two in zip(mine, yours, strict=True):
            if one.bits != two.bits or [p.shape for p in one.planes] != [p.shape for p in two.planes]:
                raise MediaError("the two have not the same size and bits")
            inside = _inside(one, media)
            worst = max(worst, *_differences(one, two, inside))
            out, frames = out + 1 - float(inside.mean()), frames + 1
    except ValueError:
        raise MediaError("the two have not the same number of frames") from None
    return Difference(worst, out / max(frames, 1))


def _inside(planes: Planes, media: Media) -> NDArray[np.bool_]:
    rgb = whole(planes, media.encoding, media.chroma_location)
    within = np.all((rgb > 0) & (rgb < 1), axis=-1).astype(np.uint8)
    return cv2.erode(within, np.ones((9, 9), np.uint8)).astype(np.bool_)


def _differences(one: Planes, two: Planes, inside: NDArray[np.bool_]) -> Iterator[float]:
    for number, (a, b) in enumerate(zip(one.planes, two.planes, strict=True)):
        off: Plane = a.astype(np.float32) - b
        if number == 0:
            yield float(np.abs(off[inside]).max(initial=0))
            continue
        kept = _blocks(inside[:: one.down, :: one.across][: off.shape[0], : off.shape[1]].astype(np.float32)) == 1
        yield float(np.abs(_blocks(off)[kept]).max(initial=0))


def _blocks(plane: Plane) -> Plane:
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    cut = plane[: rows * BLOCK, : columns * BLOCK]
    means: Plane = cut.reshape(rows, BLOCK, columns, BLOCK).mean((1, 3))
    return means
