"""Lanes: the cut as editing programs lay it out, in rows of shots that never overlap, with dissolves between them.

Dissolves are as long as in the movie. The shots of a nest are laid out one by one and cannot dissolve as a whole: where
a nest dissolves, a project has a cut. ``lane_notes`` names what the rows lack.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from otiograde.folder.layout import key_lut_path, lut_path
from otiograde.movie.cut import NO_DISSOLVE, Cut, Dissolve, ItemPath, neighbors_of, nest_paths
from otiograde.record.clock import nearest
from otiograde.record.edit import Sound
from otiograde.record.grade import Grade
from otiograde.record.shot import Shot


@dataclass(frozen=True, slots=True)
class PlacedShot:
    """One shot on a lane, with its grade."""

    shot: Shot
    grade: Grade
    #: The first frame of the edit.
    start: int
    #: The frame after the last one.
    end: int
    #: The dissolves at both ends.
    dissolve_in: Dissolve = NO_DISSOLVE
    dissolve_out: Dissolve = NO_DISSOLVE
    #: Whether no shot dissolves into this one: its dissolve, if any, is a fade from black.
    from_nothing: bool = True
    #: Whether this shot dissolves into no other: its dissolve, if any, is a fade to black.
    to_nothing: bool = True
    #: The media frame whose grade it has throughout. None for the grade of the whole shot.
    key: int | None = None
    #: What is not as in the movie, for people; empty if nothing is.
    note: str = ""

    @property
    def lut(self) -> str:
        """The path of its LUT in the output folder."""
        return lut_path(self.shot.id) if self.key is None else key_lut_path(self.shot.id, self.key)

    @property
    def name(self) -> str:
        """The shot's id, and the key's frame if it has one."""
        return self.shot.id if self.key is None else f"{self.shot.id}.{self.key}"

    @property
    def late(self) -> int:
        """By how many frames of the edit it begins after its shot."""
        return self.start - self.shot.record.start

    @property
    def body(self) -> tuple[int, int]:
        """The frames [first, end) of the edit that lie outside the dissolves."""
        return self.start + self.dissolve_in.after, self.end - self.dissolve_out.before


@dataclass(slots=True)
class Lane:
    """A row of shots in order of time; none overlaps another."""

    track: int
    shots: list[PlacedShot] = field(default_factory=list)
    #: First and end frame of each chain of shots.
    _extents: list[tuple[int, int]] = field(default_factory=list)

    def shows(self, begin: int, end: int) -> bool:
        """Whether a shot of the lane is seen in the frames [begin, end)."""
        number = bisect_left(self._extents, (end,))
        return number > 0 and self._extents[number - 1][1] > begin

    def add(self, chain: list[PlacedShot]) -> None:
        """Add shots that dissolve into one another, in frames that are free."""
        insort(self._extents, _extent(chain))
        index = bisect_left(self.shots, chain[0].start, key=lambda placed: placed.start)
        self.shots[index:index] = chain


def lanes(cut: Cut, grades: Iterable[Grade]) -> list[Lane]:
    """Lay out the shots of a cut: one lane per track, bottom first. What overlaps gets lanes above its track's.

    Of two shots of a nest that overlap, the one that covers the other is on the higher lane. Shots that dissolve into
    one another share a lane. ``grades`` are in the order of the edit's shots.
    """
    shots = sorted(_placed_shots(cut, grades), key=lambda placed: (placed.shot.track, placed.shot.where, placed.start))
    all_lanes: list[Lane] = []
    for track, group in groupby(shots, key=lambda placed: placed.shot.track):
        layers: list[Lane] = []
        for chain in chains(group):
            begin, end = _extent(chain)
            below = [number for number, lane in enumerate(layers) if lane.shows(begin, end)]
            number = below[-1] + 1 if below else 0
            if number == len(layers):
                layers.append(Lane(track))
            layers[number].add(chain)
        all_lanes += layers
    return all_lanes


def lane_notes(cut: Cut) -> list[str]:
    """Name what lanes show otherwise than the movie: dissolves of nests, which are cuts, and color bars, left out.

    The notes of the cut itself come first.
    """
    nests = nest_paths(cut.edit)
    notes = [
        *cut.notes,
        *(
            f"dissolve at frame {dissolve.cut}: a cut, as nested sequences are laid out shot by shot"
            for dissolve in cut.dissolves
            if not nests.isdisjoint(neighbors_of(dissolve.where))
        ),
    ]
    bars = (pattern.record for pattern in cut.edit.patterns if pattern.kind != "black")
    return notes + [f"color bars at frame {at.start}, {at.count} long: left out, only files are written" for at in bars]


def _placed_shots(cut: Cut, grades: Iterable[Grade]) -> Iterable[PlacedShot]:
    """Yield each shot with the dissolves at its ends, from or to another shot or black."""
    shots, nests = {shot.where for shot in cut.edit.shots}, nest_paths(cut.edit)
    into: dict[ItemPath, Dissolve] = {}
    out: dict[ItemPath, Dissolve] = {}
    for dissolve in cut.dissolves:
        left, right = neighbors_of(dissolve.where)
        if left not in nests and right not in nests:
            out[left] = into[right] = dissolve
    for shot, grade in zip(cut.edit.shots, grades, strict=True):
        dissolve_in, dissolve_out = into.get(shot.where, NO_DISSOLVE), out.get(shot.where, NO_DISSOLVE)
        from_nothing = dissolve_in is NO_DISSOLVE or neighbors_of(dissolve_in.where)[0] not in shots
        to_nothing = dissolve_out is NO_DISSOLVE or neighbors_of(dissolve_out.where)[1] not in shots
        yield PlacedShot(
            shot, grade, shot.record.start, shot.record.end, dissolve_in, dissolve_out, from_nothing, to_nothing
        )


def chains(shots: Iterable[PlacedShot]) -> Iterator[list[PlacedShot]]:
    """Yield runs of shots that dissolve into one another."""
    chain: list[PlacedShot] = []
    for placed in shots:
        if chain and not _dissolves_into(chain[-1], placed):
            yield chain
            chain = []
        chain.append(placed)
    if chain:
        yield chain


def _extent(chain: list[PlacedShot]) -> tuple[int, int]:
    """Return the frames [first, end) in which a chain is seen, with fades from and to nothing."""
    first, last = chain[0], chain[-1]
    begin = first.start - first.dissolve_in.before
    return begin, max(last.end + last.dissolve_out.after, begin + 1)


def _dissolves_into(last: PlacedShot, placed: PlacedShot) -> bool:
    """Whether the last shot of a lane dissolves into this one."""
    return not last.to_nothing and last.dissolve_out.where == placed.dissolve_in.where


def sound_lanes(sounds: Iterable[Sound], rate: Fraction) -> list[list[tuple[Sound, int, int]]]:
    """Lay out sounds as lanes of (sound, first frame, end frame): one lane per track, more where sounds overlap."""
    lanes_of_tracks: dict[tuple[int, int], list[tuple[Sound, int, int]]] = {}
    for sound in sorted(sounds, key=lambda sound: (sound.where[:1], sound.at)):
        start, end = nearest(sound.at * rate), nearest((sound.at + sound.lasts) * rate)
        track = sound.where[0] if sound.where else 0
        layer = 0
        while (lane := lanes_of_tracks.setdefault((track, layer), [])) and lane[-1][2] > start:
            layer += 1
        if end > start >= 0:
            lane.append((sound, start, end))
    return [lane for _, lane in sorted(lanes_of_tracks.items()) if lane]


def picture_format(shots: Iterable[Shot]) -> tuple[int, int, str]:
    """Return the size in square pixels (both even) and the matrix that most frames of the edit have."""
    frames: Counter[tuple[int, int, str]] = Counter()
    for shot in shots:
        media = shot.media
        width = max(2, 2 * nearest(media.width * media.pixel_aspect / 2))
        frames[width, max(2, 2 * nearest(Fraction(media.height, 2))), media.encoding.matrix] += shot.record.count
    return max(frames, key=lambda kind: frames[kind], default=(1920, 1080, "bt709"))
