"""Format: the picture size, encoding and frame rate of the movie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from otiograde.color.encodings import ENCODINGS, Encoding
from otiograde.media.arguments import MATRIX_OF_PRIMARIES, ColorArguments, color_arguments
from otiograde.movie.conversion import family_name, is_light, written
from otiograde.movie.encoders import Encoder
from otiograde.movie.fields import shared_fields
from otiograde.record.shot import FieldOrder, Media, Shot

_T = TypeVar("_T")

#: The encoding of a movie of linear light, if none is named.
SHOWN = ENCODINGS["bt709"]


@dataclass(frozen=True, slots=True)
class MovieFormat:
    """The format of the movie: that of most frames of the edit."""

    #: Width and height in square pixels, both even.
    size: tuple[int, int]
    #: The encoding and pixel format, as FFmpeg's arguments.
    coding: ColorArguments
    #: Frames per second: the edit's rate.
    rate: Fraction
    #: What the code values mean.
    encoding: Encoding
    #: The order of the fields; progressive unless all shots have the same fields, which then stay.
    fields: FieldOrder = "progressive"

    @classmethod
    def of(cls, shots: Sequence[Shot], rate: Fraction, encoding: Encoding | None = None) -> MovieFormat:
        """Choose the format of a movie of these shots. ``encoding`` overrides theirs."""
        family = most((family_name(shot.media.encoding), shot.record.count) for shot in shots)
        same_family = [shot for shot in shots if family_name(shot.media.encoding) == family]
        if encoding is None and is_light(same_family[0].media.encoding):
            encoding = SHOWN  # a movie holds no light
        size = most((square_size(shot.media), shot.record.count) for shot in same_family)
        coding = most((output_arguments(shot.media, encoding), shot.record.count) for shot in same_family)
        named = encoding or next(shot.media.encoding for shot in same_family if output_arguments(shot.media) == coding)
        return cls(size, coding, rate, named, shared_fields(shots, size[1], rate))

    @property
    def written(self) -> Encoding:
        """The encoding as the movie holds it: that of its matrix and range."""
        return written(self.encoding, self.coding.colorspace, self.coding.range)

    def deep(self) -> MovieFormat:
        """Return this format with 10 bits: converted light in 8 bits of PQ, HLG or log shows bands."""
        pixel_format = self.coding.pixel_format
        deep = pixel_format if "10" in pixel_format else f"{pixel_format}10le"
        return replace(self, coding=replace(self.coding, pixel_format=deep))

    def smaller(self, width: int) -> MovieFormat:
        """Return this format scaled down to at most ``width`` pixels across."""
        scale = min(Fraction(width, self.size[0]), Fraction(1))
        size = (even(self.size[0] * scale), even(self.size[1] * scale))
        return replace(self, size=size, fields=self.fields if size[1] == self.size[1] else "progressive")

    def delivered(self, encoder: Encoder) -> MovieFormat:
        """Return this format with the pixel format that an encoder takes.

        A .mov file has no tag for full range, so its range is legal. Fields stay only if the encoder codes them.
        """
        coding = replace(self.coding, pixel_format=encoder.pixel_format or self.coding.pixel_format)
        legal = replace(coding, range="tv", zscale_range="limited")
        fields: FieldOrder = self.fields if encoder.field_options else "progressive"
        return replace(self, coding=legal if encoder.muxer == "mov" else coding, fields=fields)

    def fits(self, media: Media) -> bool:
        """Whether pictures of this media have the movie's size without scaling."""
        return (media.width, media.height) == self.size and media.pixel_aspect == 1

    def deinterlaces(self, media: Media) -> bool:
        """Whether pictures of this media are deinterlaced."""
        return media.fields.is_interlaced and self.fields == "progressive"

    def inside(self, media: Media) -> tuple[int, int]:
        """Return the picture size of the media, scaled to fit into the movie's."""
        width, height = media.width * media.pixel_aspect, Fraction(media.height)
        scale = min(self.size[0] / width, self.size[1] / height)
        return min(even(width * scale), self.size[0]), min(even(height * scale), self.size[1])


def most(counted: Iterable[tuple[_T, int]]) -> _T:
    """Return the value with the most frames; of equals, the first. ``counted`` are values and their frames."""
    frames: Counter[_T] = Counter()
    for value, count in counted:
        frames[value] += count
    return max(frames, key=lambda value: frames[value])


def output_arguments(media: Media, encoding: Encoding | None = None) -> ColorArguments:
    """Return FFmpeg's arguments to write a movie of this media, which is never RGB."""
    if encoding is None or media.encoding.matrix == "gbr":
        return replace(color_arguments(replace(media, encoding=encoding or media.encoding)), rgb="")
    if encoding.matrix == "gbr":
        encoding = replace(encoding, matrix=MATRIX_OF_PRIMARIES.get(encoding.primaries, "bt709"), range="legal")
    return color_arguments(replace(media, encoding=encoding))


def square_size(media: Media) -> tuple[int, int]:
    """Return the picture size in square pixels, both even."""
    return even(media.width * media.pixel_aspect), even(Fraction(media.height))


def even(length: Fraction) -> int:
    """Return the nearest even length, at least 2."""
    return max(2, 2 * round(length / 2))
