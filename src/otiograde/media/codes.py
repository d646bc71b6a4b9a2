"""Compare the code values of two files, frame by frame, before any conversion to R'G'B'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.errors import MediaError
from otiograde.media.container import decode_frames, open_video
from otiograde.media.pictures import full_rgb
from otiograde.media.planes import Plane, Planes, field_planes, planes_of
from otiograde.record.shot import Media

#: Side of the square block, in chroma samples, whose mean is compared. Halving chroma and doubling it again blurs
#: single samples in every program, but keeps the mean of a block.
BLOCK = 8


@dataclass(frozen=True, slots=True)
class CodeDifference:
    """How far the code values of two files differ."""

    #: Largest difference of a luma code, or of the mean of a block of chroma codes.
    largest: float
    #: Share of the pixels that are not compared, in [0, 1]. A LUT clips R'G'B' outside 0 to 1, so these pixels and
    #: their neighbors are left out.
    left_out: float


def iter_codes(path: Path, start: int = 0, count: int | None = None) -> Iterator[Planes]:
    """Decode the planes of ``count`` frames from frame ``start`` on; None means all. Raises ``MediaError``."""
    with open_video(path) as (container, stream):
        for frame in islice(decode_frames(container, stream), start, None if count is None else start + count):
            yield planes_of(frame)


def compare_codes(media: Media, start: int, count: int, other: Path) -> CodeDifference:
    """Compare ``count`` frames of Y'CbCr media, from frame ``start`` on, with all frames of ``other``.

    The fields of interlaced frames are compared by themselves, as they are converted.
    Raises ``MediaError`` if the two differ in frame count, size or bits.
    """
    largest, left_out, frames = 0.0, 0.0, 0
    originals, copies = iter_codes(media.path, start, count), iter_codes(other)
    try:
        for original, copy in zip(originals, copies, strict=True):
            if original.bits != copy.bits or [p.shape for p in original.planes] != [p.shape for p in copy.planes]:
                raise MediaError("the two have not the same size and bits")
            pairs = [(original, copy)]
            if media.fields.is_interlaced:
                pairs = list(zip(field_planes(original), field_planes(copy), strict=True))
            for a, b in pairs:
                unclipped = _unclipped(a, media)
                largest = max(largest, *_differences(a, b, unclipped))
                left_out, frames = left_out + 1 - float(unclipped.mean()), frames + 1
    except ValueError:
        raise MediaError("the two have not the same number of frames") from None
    return CodeDifference(largest, left_out / max(frames, 1))


def _unclipped(planes: Planes, media: Media) -> NDArray[np.bool_]:
    """Mark the pixels (h, w) that lie inside R'G'B' 0 to 1 with all their neighbors up to 4 pixels away."""
    rgb = full_rgb(planes, media.encoding, media.chroma_location)
    within = np.all((rgb > 0) & (rgb < 1), axis=-1).astype(np.uint8)
    return cv2.erode(within, np.ones((9, 9), np.uint8)).astype(np.bool_)


def _differences(original: Planes, copy: Planes, unclipped: NDArray[np.bool_]) -> Iterator[float]:
    """Yield the largest difference of each plane inside the mask."""
    for number, (a, b) in enumerate(zip(original.planes, copy.planes, strict=True)):
        difference: Plane = a.astype(np.float32) - b
        if number == 0:
            yield float(np.abs(difference[unclipped]).max(initial=0))
            continue
        complete = (
            _block_means(
                unclipped[:: original.down, :: original.across][: difference.shape[0], : difference.shape[1]].astype(
                    np.float32
                )
            )
            == 1
        )
        yield float(np.abs(_block_means(difference)[complete]).max(initial=0))


def _block_means(plane: Plane) -> Plane:
    """Average blocks of ``BLOCK`` x ``BLOCK`` samples; incomplete blocks at the borders are dropped."""
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    whole_blocks = plane[: rows * BLOCK, : columns * BLOCK]
    means: Plane = whole_blocks.reshape(rows, BLOCK, columns, BLOCK).mean((1, 3))
    return means
