"""The stored pictures of an edit: which frames a shot has, and how they look graded."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from otiograde.color.encodings import Encoding
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Colors
from otiograde.color.views import to_view
from otiograde.folder.layout import PICTURES, cut_picture_path, look_picture_path, picture_path
from otiograde.media.jpeg import Codes, decode_jpeg
from otiograde.record.graded import GradedTimeline
from otiograde.record.twins import twins_of

#: The most bytes of JPEG in a page. With few shots, each has more frames.
JPEG_BUDGET = 6_500_000

#: The most LUTs in memory, a megabyte each.
LUTS_KEPT = 64


class Gallery:
    """The pictures of a record by shot.

    Shots of the same frames share the pictures of the first of them, their ``owner``.
    """

    def __init__(self, record: GradedTimeline, pictures: Mapping[str, bytes]) -> None:
        self.record = record
        self._pictures = pictures
        self._luts: dict[str, Lut3D] = {}
        self.owner = twins_of(record.edit.shots)

    @cached_property
    def frames(self) -> dict[str, tuple[int, ...]]:
        """Owner -> the media frames in the page: five per shot, or three or one if the budget requires it."""
        stored: dict[str, list[int]] = {}
        for name in self._pictures:
            path = PurePosixPath(name)
            if len(path.parts) == 3 and path.parts[0] == PICTURES and path.stem.isdecimal():
                stored.setdefault(path.parts[1], []).append(int(path.stem))
        owners = dict.fromkeys(self.owner.values())
        available = {shot: sorted(stored[shot]) for shot in owners if shot in stored}
        for most in (5, 3, 1):
            chosen = {shot: _spread(numbers, most) for shot, numbers in available.items()}
            if most == 1 or sum(len(self.jpeg(shot, at)) for shot in chosen for at in chosen[shot]) <= JPEG_BUDGET:
                break
        return chosen

    def middle(self, shot: str) -> int | None:
        """Return the media frame that represents a shot, or None if it has no picture."""
        numbers = self.frames.get(self.owner[shot], ())
        return numbers[len(numbers) // 2] if numbers else None

    def nearest(self, shot: str, frame: int) -> int | None:
        """Return the frame with a picture that is nearest to a media frame."""
        return min(self.frames.get(self.owner[shot], ()), key=lambda at: abs(at - frame), default=None)

    def jpeg(self, shot: str, frame: int) -> bytes:
        """Return a picture as it is stored."""
        return self._pictures[picture_path(self.owner[shot], frame)]

    def at_cut(self, shot: str, frame: int) -> tuple[Codes, bytes] | None:
        """Return a frame at a found cut as codes and as it is stored, or None if there is none."""
        data = self._pictures.get(cut_picture_path(shot, frame), b"")
        codes = decode_jpeg(data)
        return None if codes is None else (codes, data)

    def still(self, look: Path) -> bytes | None:
        """Return the picture of a look as JPEG, or None if there is none."""
        data = self._pictures.get(look_picture_path(look))
        return data if data is not None and decode_jpeg(data) is not None else None

    def encoding(self, shot: str) -> Encoding | None:
        """Return the encoding of a shot that is seen through a view; None for SDR."""
        return self._encodings[shot]

    @cached_property
    def _encodings(self) -> dict[str, Encoding | None]:
        media = {shot.id: shot.media.encoding for shot in self.record.edit.shots}
        return {shot: None if encoding.family == "sdr" else encoding for shot, encoding in media.items()}

    def seen(self, shot: str, codes: Codes) -> Codes:
        """Return codes ``(h, w, 3)`` of a shot as the view shows them."""
        encoding = self.encoding(shot)
        return codes if encoding is None else _as_shown(codes.astype(np.float32) / 255, encoding)

    def seen_graded(self, shot: str, frame: int, codes: Codes) -> Codes:
        """Return codes ``(h, w, 3)`` graded as at a media frame, as the view shows them."""
        encoding = self.encoding(shot)
        if encoding is None or self.record.grade(shot).is_identity:
            return self.seen(shot, self.graded(shot, frame, codes))
        # The view is steep: codes that were rounded to 8 bits before it would show.
        return _as_shown(self.lut(shot, frame).apply(codes.astype(np.float32) / 255), encoding)

    def codes(self, shot: str, frame: int) -> Codes | None:
        """Return a picture as R'G'B' codes ``(h, w, 3)``, or None if its file is damaged."""
        return decode_jpeg(self.jpeg(shot, frame))

    def graded(self, shot: str, frame: int, codes: Codes) -> Codes:
        """Apply the shot's LUT at a media frame to codes ``(h, w, 3)``."""
        if self.record.grade(shot).is_identity:
            return codes
        return np.asarray(self.lut(shot, frame).apply(codes), np.uint8)

    def lut(self, shot: str, frame: int) -> Lut3D:
        """Return a shot's LUT at a media frame. The latest ones stay in memory."""
        grade = self.record.grade(shot)
        key = shot if grade.course is None else f"{shot}/{frame}"
        if key not in self._luts:
            if len(self._luts) == LUTS_KEPT:
                del self._luts[next(iter(self._luts))]
            self._luts[key] = grade.lut_at(frame, self.record.lut_size)
        return self._luts[key]


def _as_shown(codes: Colors, encoding: Encoding) -> Codes:
    return np.rint(np.clip(to_view(codes, encoding), 0, 1) * 255).astype(np.uint8)


def as_base64(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def _spread(numbers: list[int], most: int) -> tuple[int, ...]:
    """Choose at most ``most`` numbers at even steps, with the first and last; for 1, the middle one."""
    if len(numbers) <= most:
        return tuple(numbers)
    if most == 1:
        return (numbers[len(numbers) // 2],)
    return tuple(numbers[round(k * (len(numbers) - 1) / (most - 1))] for k in range(most))
