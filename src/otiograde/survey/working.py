"""Samples and links of several encodings in the working space, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from otiograde.color.encodings import Encoding
from otiograde.color.working import WORKING, from_working, to_working
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample


def in_working_space(sample: Sample, native: Encoding) -> Sample:
    """Return a sample as ACEScct codes, clipped to [0, 1]. The same pixels are usable."""
    if not sample.at:
        return replace(sample, encoding=WORKING, ends=None)
    frames = np.clip(to_working(sample.frames, native), 0, 1).astype(np.float32)
    pixels = Sample.of(sample.shot, frames, sample.usable, sample.at).pixels
    return replace(sample, pixels=pixels, encoding=WORKING, ends=None)


def as_working(link: Link, encodings: Mapping[str, Encoding]) -> Link:
    """Return a link of native code values as one of ACEScct codes. ``encodings`` are those of the shots."""
    return replace(
        link,
        colors_a=np.clip(to_working(link.colors_a, encodings[link.a]), 0, 1),
        colors_b=np.clip(to_working(link.colors_b, encodings[link.b]), 0, 1),
        clipped_a=np.clip(to_working(link.clipped_a, encodings[link.a]), 0, 1),
        clipped_b=np.clip(to_working(link.clipped_b, encodings[link.b]), 0, 1),
    )


def as_native(link: Link, encodings: Mapping[str, Encoding]) -> Link:
    """Return a link of ACEScct codes as one of native code values: the inverse of ``as_working``."""
    return replace(
        link,
        colors_a=np.clip(from_working(link.colors_a, encodings[link.a]), 0, 1),
        colors_b=np.clip(from_working(link.colors_b, encodings[link.b]), 0, 1),
        clipped_a=np.clip(from_working(link.clipped_a, encodings[link.a]), 0, 1),
        clipped_b=np.clip(from_working(link.clipped_b, encodings[link.b]), 0, 1),
    )
