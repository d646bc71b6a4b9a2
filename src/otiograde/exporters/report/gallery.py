"""The stored pictures of an edit: which frames a shot has, and what a grade makes of them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np

from otiograde.color.lut import Lut3D
from otiograde.color.transform import Identity
from otiograde.folder.layout import PICTURES, picture_path
from otiograde.media.jpeg import Codes, decode_jpeg
from otiograde.record.graded import GradedTimeline
from otiograde.record.twins import twins_of

#: The frames that a page carries, in bytes of JPEG: more of each shot where there are few shots.
BUDGET = 6_500_000

#: LUTs kept, a megabyte each.
KEPT = 64


class Gallery:
    """The pictures of a record, by shot; ``frames`` are those that a page carries.

    Shots that show the same frames share the pictures of the first: ``owner`` names it.
    """

    def __init__(self, record: GradedTimeline, pictures: Mapping[str, bytes]) -> None:
        self.record = record
        self._pictures = pictures
        self._luts: dict[str, Lut3D] = {}
        self.owner = twins_of(record.edit.shots)

    @cached_property
    def frames(self) -> dict[str, tuple[int, ...]]:
        """The media frames with a picture, by owner: five a shot, or three or one, whatever the budget allows."""
        found: dict[str, list[int]] = {}
        for name in self._pictures:
            path = PurePosixPath(name)
            if len(path.parts) == 3 and path.parts[0] == PICTURES and path.stem.isdecimal():
                found.setdefault(path.parts[1], []).append(int(path.stem))
        every = {shot: sorted(found[shot]) for shot in dict.fromkeys(self.owner.values()) if shot in found}
        for most in (5, 3, 1):
            some = {shot: _spread(numbers, most) for shot, numbers in every.items()}
            if most == 1 or sum(len(self.jpeg(shot, at)) for shot in some for at in some[shot]) <= BUDGET:
                break
        return some

    def middle(self, shot: str) -> int | None:
        """The frame that stands for a shot; None where there is no picture of it."""
        numbers = self.frames.get(self.owner[shot], ())
        return numbers[len(numbers) // 2] if numbers else None

    def nearest(self, shot: str, frame: int) -> int | None:
        """The frame with a picture nearest to a media frame."""
        return min(self.frames.get(self.owner[shot], ()), key=lambda at: abs(at - frame), default=None)

    def jpeg(self, shot: str, frame: int) -> bytes:
        """A picture as it was stored."""
        return self._pictures[picture_path(self.owner[shot], frame)]

    def codes(self, shot: str, frame: int) -> Codes | None:
        """A picture's R'G'B' ``(h, w, 3)``; None for a file that is no picture any more."""
        return decode_jpeg(self.jpeg(shot, frame))

    def graded(self, shot: str, codes: Codes) -> Codes:
        """Codes through the shot's own LUT, by the kernel."""
        if isinstance(self.record.grade(shot).transform, Identity):
            return codes
        return np.asarray(self.lut(shot).apply(codes), np.uint8)

    def lut(self, shot: str) -> Lut3D:
        """A shot's LUT; the last ones asked for are kept."""
        if shot not in self._luts:
            if len(self._luts) == KEPT:
                del self._luts[next(iter(self._luts))]
            self._luts[shot] = self.record.lut(shot)
        return self._luts[shot]


def as_text(data: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def _spread(numbers: list[int], most: int) -> tuple[int, ...]:
    """At most so many of the numbers: the outermost and those evenly between; of one, the middle."""
    if len(numbers) <= most:
        return tuple(numbers)
    if most == 1:
        return (numbers[len(numbers) // 2],)
    return tuple(numbers[round(k * (len(numbers) - 1) / (most - 1))] for k in range(most))
