"""Lanes: the cut as editing programs lay it out, rows of pieces, one at a time, with the dissolves between them.

A dissolve is as long as the movie's. A nest's shots lie on the lanes like all others and do not fade as one: where a
nest dissolves, a project has a cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from otiograde.movie.cut import NONE, Cut, Dissolve, Where, nests_of, sides_of
from otiograde.record.clock import nearest
from otiograde.record.edit import Sound
from otiograde.record.grade import Grade
from otiograde.record.shot import Shot


@dataclass(frozen=True, slots=True)
class Piece:
    """One shot on a lane, with its grade: frames ``[start, end)`` of the edit, and the dissolves at its two ends.

    ``alone_in`` and ``alone_out`` say that the dissolve comes from nothing, or leads there.
    """

    shot: Shot
    grade: Grade
    start: int
    end: int
    fade_in: Dissolve = NONE
    fade_out: Dissolve = NONE
    alone_in: bool = True
    alone_out: bool = True

    @property
    def body(self) -> tuple[int, int]:
        """The frames of the edit in which nothing but this piece is seen."""
        return self.start + self.fade_in.after, self.end - self.fade_out.before


@dataclass(slots=True)
class Lane:
    """Pieces in order of time, none over another."""

    track: int
    pieces: list[Piece] = field(default_factory=list)


def lanes(cut: Cut, grades: Iterable[Grade]) -> list[Lane]:
    """Lay out the shots of a cut: a lane a track, bottom first; what overlaps on a track gets a lane above it.

    ``grades`` are the shots' in the edit's order.
    """
    pieces = sorted(_pieces(cut, grades), key=lambda piece: (piece.shot.track, piece.start))
    found: list[Lane] = []
    for track in sorted({piece.shot.track for piece in pieces}):
        layers: list[Lane] = []
        for piece in (piece for piece in pieces if piece.shot.track == track):
            shared = (lane for lane in layers if _dissolves(lane.pieces[-1], piece))
            free = (lane for lane in layers if _is_over(lane.pieces[-1], piece))
            lane = next(shared, None) or next(free, None)
            if lane is None:
                layers.append(lane := Lane(track))
            lane.pieces.append(piece)
        found += layers
    return found


def _pieces(cut: Cut, grades: Iterable[Grade]) -> Iterable[Piece]:
    """Give each shot the dissolves at its ends: those between two shots, and those of a shot alone."""
    shots, nests = {shot.where for shot in cut.edit.shots}, nests_of(cut.edit)
    into: dict[Where, Dissolve] = {}
    out: dict[Where, Dissolve] = {}
    for dissolve in cut.dissolves:
        left, right = sides_of(dissolve.where)
        if left not in nests and right not in nests:
            out[left] = into[right] = dissolve
    for shot, grade in zip(cut.edit.shots, grades, strict=True):
        fade_in, fade_out = into.get(shot.where, NONE), out.get(shot.where, NONE)
        alone_in = fade_in is NONE or sides_of(fade_in.where)[0] not in shots
        alone_out = fade_out is NONE or sides_of(fade_out.where)[1] not in shots
        yield Piece(shot, grade, shot.record.start, shot.record.end, fade_in, fade_out, alone_in, alone_out)


def _dissolves(last: Piece, piece: Piece) -> bool:
    """Whether the last piece of a lane turns into this one."""
    return not last.alone_out and last.fade_out.where == piece.fade_in.where


def _is_over(last: Piece, piece: Piece) -> bool:
    """Whether a lane is free for a piece: its last one is over, and no other is to come out of it."""
    start = piece.start - (piece.fade_in.before if piece.alone_in else 0)
    return last.alone_out and last.end + last.fade_out.after <= start


def sound_lanes(sounds: Iterable[Sound], rate: Fraction) -> list[list[tuple[Sound, int, int]]]:
    """Lay out the sounds in lanes of (sound, first frame, end frame): a lane a track, more where they overlap."""
    found: dict[tuple[int, int], list[tuple[Sound, int, int]]] = {}
    for sound in sorted(sounds, key=lambda sound: (sound.where[:1], sound.at)):
        start, end = nearest(sound.at * rate), nearest((sound.at + sound.lasts) * rate)
        track = sound.where[0] if sound.where else 0
        layer = 0
        while (lane := found.setdefault((track, layer), [])) and lane[-1][2] > start:
            layer += 1
        if end > start >= 0:
            lane.append((sound, start, end))
    return [lane for _, lane in sorted(found.items()) if lane]


def picture(shots: Iterable[Shot]) -> tuple[int, int, str]:
    """Give the width and height in square pixels, even, and the matrix that most of the edit's frames have."""
    frames: Counter[tuple[int, int, str]] = Counter()
    for shot in shots:
        media = shot.media
        width = max(2, 2 * nearest(media.width * media.pixel_aspect / 2))
        frames[width, max(2, 2 * nearest(Fraction(media.height, 2))), media.encoding.matrix] += shot.record.count
    return max(frames, key=lambda kind: frames[kind], default=(1920, 1080, "bt709"))
