"""The cut as editing programs lay it out: lanes of pieces, one at a time, and the fades between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from otiograde.record.edit import Join, Sound
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: Frames that a still or a held frame has to spare: no fade is longer.
_ENDLESS = 10**9

#: What XML 1.0 (production 2) cannot hold, however it is escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Fade:
    """A dissolve over ``before`` frames before a cut and ``after`` frames after it, in frames of the edit."""

    before: int = 0
    after: int = 0

    @property
    def length(self) -> int:
        """All of its frames."""
        return self.before + self.after


@dataclass(frozen=True, slots=True)
class Piece:
    """One shot on a lane, with its grade: frames ``[start, end)`` of the edit, and the fades at its two ends.

    ``alone_in`` and ``alone_out`` say that the fade comes from nothing, or leads there.
    """

    shot: Shot
    grade: Grade
    start: int
    end: int
    fade_in: Fade = Fade()
    fade_out: Fade = Fade()
    alone_in: bool = True
    alone_out: bool = True

    @property
    def body(self) -> tuple[int, int]:
        """The frames of the edit in which nothing but this piece is seen."""
        return self.start + self.fade_in.after, self.end - self.fade_out.before

    def spare(self, rate: Fraction) -> tuple[int, int]:
        """Frames of the edit that the media goes on before the piece and after it."""
        shot = self.shot
        if shot.speed == 0 or shot.media.kind == "still":
            return _ENDLESS, _ENDLESS
        unit = rate / shot.media.rate / abs(shot.speed)
        head = max(int(shot.source.start * unit), 0)
        tail = max(int((shot.media.frames - shot.source.end) * unit), 0)
        return (head, tail) if shot.speed > 0 else (tail, head)


@dataclass(slots=True)
class Lane:
    """Pieces in order of time, none over another."""

    track: int
    pieces: list[Piece] = field(default_factory=list)


def lanes(record: GradedTimeline) -> list[Lane]:
    """Lay out the record's shots: a lane a track, bottom first; what overlaps on a track gets a lane above it."""
    found: list[Lane] = []
    pairs = zip(record.edit.shots, record.grades, strict=True)
    pieces = [Piece(shot, grade, shot.record.start, shot.record.end) for shot, grade in pairs]
    for track in sorted({piece.shot.track for piece in pieces}):
        own = sorted((piece for piece in pieces if piece.shot.track == track), key=lambda piece: piece.start)
        layers: list[Lane] = []
        for piece in own:
            free = next((lane for lane in layers if lane.pieces[-1].end <= piece.start), None)
            if free is None:
                layers.append(free := Lane(track))
            free.pieces.append(piece)
        found += layers
    places = {piece.shot.where: (lane, index) for lane in found for index, piece in enumerate(lane.pieces)}
    for join in sorted(record.edit.joins, key=lambda join: join.cut):
        _fade(join, places, record.edit.rate)
    return found


def _fade(join: Join, places: dict[tuple[int, ...], tuple[Lane, int]], rate: Fraction) -> None:
    """Put a transition between its neighbors, as long as their media and their lengths let it be."""
    *holder, place = join.where
    leaving, coming = places.get((*holder, place - 1)), places.get((*holder, place + 1))
    lane = (leaving or coming or (None, 0))[0]
    if lane is None or (leaving and coming and leaving[0] is not coming[0]):
        return
    here = coming[1] if coming else (leaving[1] if leaving else 0) + 1
    old = lane.pieces[here - 1] if here > 0 and lane.pieces[here - 1].end == join.cut else None
    new = lane.pieces[here] if here < len(lane.pieces) and lane.pieces[here].start == join.cut else None
    if (old is None) != (leaving is None) or (new is None) != (coming is None):
        return  # the neighbor is a nest, whose shots do not fade as one
    fade = _possible(join, old, new, lane.pieces[max(here - 1, 0) : here + 1], rate)
    if old is not None:
        lane.pieces[here - 1] = replace(old, fade_out=fade, alone_out=new is None)
    if new is not None:
        lane.pieces[here] = replace(new, fade_in=fade, alone_in=old is None)


def _possible(join: Join, old: Piece | None, new: Piece | None, near: Sequence[Piece], rate: Fraction) -> Fade:
    """Shorten a fade to what is there: handles, bodies, and the room in a gap."""
    before, after = join.before, join.after
    if old is not None:
        before, after = min(before, old.body[1] - old.body[0]), min(after, old.spare(rate)[1])
    else:
        ends = [piece.end + piece.fade_out.after for piece in near if piece.end <= join.cut]
        before = min(before, join.cut - max(ends, default=0))
    if new is not None:
        before, after = min(before, new.spare(rate)[0]), min(after, new.end - new.start)
    else:
        starts = [piece.start for piece in near if piece.start >= join.cut]
        after = min(after, min(starts, default=join.cut + after) - join.cut)
    return Fade(max(before, 0), max(after, 0))


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


def nearest(value: Fraction | int) -> int:
    """Give the nearest whole number, halves up."""
    value = Fraction(value)
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def xml_text(text: str) -> str:
    """Make a text that XML can hold."""
    return _NO_XML.sub("?", text)


def media_url(path: Path) -> str:
    """Spell a media path as a ``file:`` URL; one of another system or a relative one as it is, percent-encoded."""
    if path.is_absolute():
        return path.as_uri()
    spelt = str(path).replace("\\", "/").encode("utf-8", errors="surrogateescape")
    return f"file:///{quote(spelt, safe='/:')}" if spelt[1:2] == b":" else quote(spelt)
