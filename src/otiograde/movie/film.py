"""Film: what the movie is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from otiograde.color.encodings import Encoding
from otiograde.media.arguments import ColorArguments, color_arguments
from otiograde.movie.encoders import Encoder
from otiograde.record.shot import Media, Shot

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Film:
    """What the film is: the picture size, encoding and format that most of its frames have, at the edit's rate."""

    size: tuple[int, int]
    spoken: ColorArguments
    rate: Fraction

    @classmethod
    def of(cls, shots: Sequence[Shot], rate: Fraction, encoding: Encoding | None = None) -> Film:
        """Decide the film of these shots; ``encoding`` overrules theirs."""
        family = most((family_of(shot.media), shot.record.count) for shot in shots)
        kin = [shot for shot in shots if family_of(shot.media) == family]
        size = most((square(shot.media), shot.record.count) for shot in kin)
        spoken = most((written(shot.media, encoding), shot.record.count) for shot in kin)
        return cls(size, spoken, rate)

    def smaller(self, width: int) -> Film:
        """The film at most ``width`` pixels wide."""
        scale = min(Fraction(width, self.size[0]), Fraction(1))
        return replace(self, size=(even(self.size[0] * scale), even(self.size[1] * scale)))

    def delivered(self, form: Encoder) -> Film:
        """The film in the pixel format that an encoder takes, in legal range where its container tells no other."""
        spoken = replace(self.spoken, pixel_format=form.pixel_format or self.spoken.pixel_format)
        legal = replace(spoken, range="tv", zscale_range="limited")
        return replace(self, spoken=legal if form.muxer == "mov" else spoken)

    def fits(self, media: Media) -> bool:
        """Whether pictures of this media have the film's size as they are."""
        return (media.width, media.height) == self.size and media.pixel_aspect == 1

    def inside(self, media: Media) -> tuple[int, int]:
        """The size of the media's picture, scaled to fit into the film's."""
        width, height = media.width * media.pixel_aspect, Fraction(media.height)
        scale = min(self.size[0] / width, self.size[1] / height)
        return min(even(width * scale), self.size[0]), min(even(height * scale), self.size[1])


def family_of(media: Media) -> str:
    """Code values mean the same within a family: PQ and HLG do not cut with anything else."""
    return {"smpte2084": "PQ", "arib-std-b67": "HLG"}.get(media.encoding.transfer, "SDR")


def most(counted: Iterable[tuple[_T, int]]) -> _T:
    """Find the value that most frames have, the first of several."""
    frames: Counter[_T] = Counter()
    for value, count in counted:
        frames[value] += count
    return max(frames, key=lambda value: frames[value])


def spoken_of(media: Media) -> ColorArguments:
    """FFmpeg's words to read the media."""
    return color_arguments(media)


def written(media: Media, encoding: Encoding | None = None) -> ColorArguments:
    """FFmpeg's words for a film of this media: never RGB."""
    return replace(color_arguments(replace(media, encoding=encoding or media.encoding)), rgb="")


def square(media: Media) -> tuple[int, int]:
    """Give the picture size in square pixels, even."""
    return even(media.width * media.pixel_aspect), even(Fraction(media.height))


def even(length: Fraction) -> int:
    """The nearest even length, 2 at least."""
    return max(2, 2 * round(length / 2))
