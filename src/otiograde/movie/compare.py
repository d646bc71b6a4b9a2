"""Measure the color difference between two clips or stills."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.views import to_view
from otiograde.errors import MediaError
from otiograde.means.progress import Progress, silent
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe


@dataclass(frozen=True, slots=True)
class Comparison:
    """CIEDE2000 differences between two clips or stills, A and B."""

    #: Between the mean Lab of all frames of A and that of all frames of B.
    of_means: float
    #: Mean over the common frames, each compared by the mean Lab of its picture.
    mean: float
    #: Largest of these differences.
    worst: float
    #: Number of the frame with the largest difference, from 0.
    worst_at: int
    #: Mean over all pixels of the common frames; None if the pictures differ in size.
    pixels: float | None
    #: Number of frames that both clips have.
    frames: int
    #: Number of frames of A.
    frames_a: int
    #: Number of frames of B.
    frames_b: int


def compare_media(a: Path, b: Path, progress: Progress = silent) -> Comparison:
    """Compare two clips or stills frame by frame.

    Each is decoded by its own encoding, and Lab is that of its view on an sRGB display. Raises ``MediaError`` for media
    that cannot be read.
    """
    media_a, media_b = probe(a), probe(b)
    means_a, means_b, pixels = [], [], []
    total = max(media_a.frames, media_b.frames)
    for index, (frame_a, frame_b) in enumerate(zip_longest(iter_frames(media_a), iter_frames(media_b))):
        lab_a = None if frame_a is None else srgb_to_lab(to_view(frame_a, media_a.encoding))
        lab_b = None if frame_b is None else srgb_to_lab(to_view(frame_b, media_b.encoding))
        if lab_a is not None:
            means_a.append(lab_a.mean(axis=(0, 1), dtype=np.float64))
        if lab_b is not None:
            means_b.append(lab_b.mean(axis=(0, 1), dtype=np.float64))
        if lab_a is not None and lab_b is not None and lab_a.shape == lab_b.shape:
            pixels.append(float(delta_e00(lab_a, lab_b).mean(dtype=np.float64)))
        progress("comparing", index + 1, total)
    both = min(len(means_a), len(means_b))
    if both == 0:
        raise MediaError(f"{a if not means_a else b}: has no frame that can be decoded")
    per_frame = delta_e00(np.array(means_a[:both]), np.array(means_b[:both]))
    return Comparison(
        of_means=float(delta_e00(np.mean(means_a, axis=0), np.mean(means_b, axis=0))),
        mean=float(per_frame.mean()),
        worst=float(per_frame.max()),
        worst_at=int(per_frame.argmax()),
        pixels=float(np.mean(pixels)) if len(pixels) == both else None,
        frames=both,
        frames_a=len(means_a),
        frames_b=len(means_b),
    )
