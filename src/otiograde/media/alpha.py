"""Recognize premultiplied alpha: colors that were multiplied by how much of the background they hide.

No container says it. PNG is straight by its standard (ISO/IEC 15948, 12.3), but titles are rendered both ways. So
pictures decide. Multiplied colors are nowhere brighter than their alpha. Straight ones are, as soon as a bright thing
has a soft edge or a thin veil.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from otiograde.errors import MediaError
from otiograde.media.container import decode_frames, open_video
from otiograde.media.index import Index

#: Alpha of thin and of thick pixels, in codes of 8 bits, and the color that makes thick pixels bright.
_THIN, _THICK, _BRIGHT = (8, 80), 200, 64

#: Codes by which a multiplied color may be brighter than its alpha: rounding, and chroma of neighbors.
_SLACK = 6

#: Pixels of each kind that decide, and the share of thin ones that may be brighter.
_ENOUGH, _OUTLIERS = 20, 0.01

#: Places in a file that are looked at.
_PLACES = 4


def has_alpha(pixel_format: str) -> bool:
    """Whether pictures of a pixel format have colors and alpha."""
    return pixel_format.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "pal8"))


def is_premultiplied(frames: Iterable[VideoFrame]) -> bool:
    """Tell whether the colors of frames are multiplied by their alpha. Where nothing shows it, they are not."""
    thin = brighter = bright = 0
    for frame in frames:
        with suppress(MediaError, ValueError):
            rgba = frame.to_ndarray(format="rgba").astype(np.int16)
            color, alpha = rgba[..., :3].max(axis=-1), rgba[..., 3]
            soft = (alpha >= _THIN[0]) & (alpha <= _THIN[1])
            thin += int(np.count_nonzero(soft))
            brighter += int(np.count_nonzero((color > alpha + _SLACK) & (alpha <= _THIN[1])))
            bright += int(np.count_nonzero((alpha >= _THICK) & (color >= _BRIGHT)))
    return min(thin, bright) >= _ENOUGH and brighter <= _OUTLIERS * thin


def spread_frames(path: Path, index: Index) -> Iterator[VideoFrame]:
    """Yield some frames of a video, spread over it. What cannot be decoded is left out."""
    keys = sorted({index.key_before(index.count * (2 * n + 1) // (2 * _PLACES)) for n in range(_PLACES)})
    for key in keys if index.pts else [0]:
        with suppress(MediaError), open_video(path) as (container, stream):
            if key:
                container.seek(index.seek_to(key), stream=stream, backward=True)
            frames = decode_frames(container, stream)
            yield from (frame for _, frame in zip(range(1), frames, strict=False))


def spread_images(paths: Iterable[Path]) -> Iterator[VideoFrame]:
    """Yield the pictures of image files. What cannot be decoded is left out."""
    for path in paths:
        with suppress(MediaError), open_video(path) as (container, stream):
            yield from (frame for _, frame in zip(range(1), decode_frames(container, stream), strict=False))
