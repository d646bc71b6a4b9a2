"""``graded.kdenlive``: the cut as a project of Kdenlive, with the effect *Apply LUT* on each clip.

For Kdenlive 22.12 and later (document version 1.04, which newer versions convert). Its structure follows the project
``tests/dataset/test-mix.kdenlive`` of KDE/kdenlive. It has cuts, dissolves as mixes, fades, gaps, tracks, speeds,
freezes and sound. LUTs are relative to the document. Opened, viewed and saved again in Kdenlive 22.12.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from otiograde.exporters.editors.mlt_parts import (
    add_freeze,
    add_lut,
    add_picture,
    add_producer,
    add_profile,
    document,
    file_of,
    fill,
    first_frame,
    hold_notes,
    is_held,
    outlasting,
    put,
    time_notes,
)
from otiograde.exporters.xml_text import xml_text
from otiograde.movie.coded import mixed_notes
from otiograde.movie.cut import Cut, pace_of
from otiograde.movie.keyed_lanes import MANY, split, split_notes
from otiograde.movie.lanes import Lane, PlacedShot, lane_notes, lanes, sound_lanes
from otiograde.record.clock import nearest
from otiograde.record.edit import Sound
from otiograde.record.graded import GradedTimeline

#: The files of this format.
PATHS = ("graded.kdenlive",)

#: The version of project documents that Kdenlive 22.12 writes.
VERSION = "1.04"

#: The marks of elements that Kdenlive adds itself.
_INTERNAL = {"internal_added": "237", "always_active": "1"}

#: The length of stills, in frames.
_ENDLESS = 1_000_000


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the project. Media are at their paths."""
    root = Element("mlt", LC_NUMERIC="C", version="7.0.0", title=xml_text(record.edit.name), producer="main_bin")
    add_profile(root, record)
    picture_lanes = split(lanes(Cut.of(record.edit), record.grades), record.edit.rate, MANY)
    audio_lanes = sound_lanes(record.edit.sounds, record.edit.rate)
    project = Project(root, record.edit.rate)
    for placed in (placed for lane in picture_lanes for placed in lane.shots):
        project.add_clip(placed.shot.media.path, placed)
    for sound in (sound for lane in audio_lanes for sound, _, _ in lane):
        project.add_clip(sound.path)
    project.bin(record.edit.name)
    sounds = [project.sound(number, lane) for number, lane in enumerate(audio_lanes)]
    pictures = [project.lane(number, lane) for number, lane in enumerate(picture_lanes)]
    project.main(sounds, pictures)
    return {"graded.kdenlive": document(root)}


def notes(record: GradedTimeline) -> list[str]:
    """Return what the document shows otherwise than the edit."""
    rows = lanes(Cut.of(record.edit), record.grades)
    short = (placed.shot for lane in rows for placed in lane.shots if outlasting(placed, record.edit.rate))
    holes = (f"{shot.id} outlasts its media: black from there" for shot in short)
    changes = split_notes(rows, record.edit.rate, MANY)
    return [
        *lane_notes(Cut.of(record.edit)),
        *hold_notes(record.edit),
        *time_notes(record.edit),
        *holes,
        *changes,
        *mixed_notes(record),
    ]


class Project:
    """Adds bin, tracks and timeline to a document. MLT requires each element before the one that names it."""

    def __init__(self, root: Element, rate: Fraction) -> None:
        self._root, self._rate = root, rate
        self._clips: dict[Path, str] = {}

    def add_clip(self, path: Path, placed: PlacedShot | None = None) -> None:
        """Add a media file to the bin if it is not in it."""
        if path in self._clips:
            return
        number = str(len(self._clips) + 2)  # in Kdenlive, 1 is the bin itself
        self._clips[path] = number
        name = f"bin{number}"
        if placed is None:
            clip = add_producer(self._root, name, file_of(path))
        else:
            clip = add_picture(self._root, name, replace(placed.shot, speed=Fraction(1)), self._rate)
            if placed.shot.media.kind == "still":
                put(clip, length=str(_ENDLESS))
        put(clip, **{"kdenlive:id": number, "kdenlive:clipname": xml_text(path.stem), "kdenlive:folderid": "-1"})

    def bin(self, name: str) -> None:
        """Write the list of the bin's clips, which also has the properties of the document."""
        names = "\0".join([name, *map(str, self._clips)]).encode("utf-8", errors="surrogateescape")
        document_id = int.from_bytes(hashlib.sha256(names).digest()[:6], "big")  # names the project's cache
        playlist = SubElement(self._root, "playlist", id="main_bin")
        put(playlist, **{"kdenlive:docproperties.version": VERSION})
        put(playlist, **{"kdenlive:docproperties.documentid": str(document_id)})
        put(playlist, xml_retain="1")
        for number in self._clips.values():
            SubElement(playlist, "entry", producer=f"bin{number}")

    def lane(self, number: int, lane: Lane) -> str:
        """Write a track of pictures: two playlists, between which shots that dissolve alternate."""
        rows: tuple[list[Element], list[Element]] = ([], [])
        ends, row = [0, 0], 0
        mixes: list[dict[str, str]] = []
        for placed in lane.shots:
            start, end = placed.start - placed.dissolve_in.before, placed.end + placed.dissolve_out.after
            mixed = placed.dissolve_in.length and not placed.from_nothing
            row = 1 - row if mixed else 0  # the second playlist has only shots that are mixed
            if mixed:
                mixes.append(_mix(placed, upward=row == 1))
            for first, last in self._pieces(placed, start, end):
                ends[row] = fill(rows[row], ends[row], first) + last - first
                rows[row].append(self._entry(placed, first, last))
        track = self._track(f"V{number + 1}", rows, hide="audio")
        for mix in mixes:
            put(SubElement(track, "transition", {"in": mix.pop("in"), "out": mix.pop("out")}), **mix)
        return track.attrib["id"]

    def _pieces(self, placed: PlacedShot, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the frames of the entries that show a shot: MLT ends an entry where its clip ends.

        A freeze goes on with another entry. A shot that outlasts its media leaves a hole, lest what follows moves.
        """
        shot = placed.shot
        whole = max(int(shot.media.frames / pace_of(replace(shot, speed=shot.speed or Fraction(1)), self._rate)), 1)
        if shot.media.kind != "video":
            yield start, end
        elif shot.speed == 0:
            yield from ((at, min(at + whole, end)) for at in range(start, end, whole))
        else:
            yield start, min(end, max(start + whole - first_frame(placed, start, self._rate), start + 1))

    def sound(self, number: int, lane: Sequence[tuple[Sound, int, int]]) -> str:
        """Write a track of sound."""
        entries: list[Element] = []
        at = 0
        for index, (sound, start, end) in enumerate(lane):
            name = self._producer(f"sound{number}_{index}", sound.path, sound.speed)
            first = max(nearest(sound.start * self._rate / (abs(sound.speed) or 1)), 0)
            at = fill(entries, at, start) + end - start
            entries.append(self._entry_of(name, sound.path, first, end - start))
        track = self._track(f"A{number + 1}", (entries, []), hide="video")
        put(track, **{"kdenlive:audio_track": "1"})
        return track.attrib["id"]

    def main(self, sounds: Sequence[str], pictures: Sequence[str]) -> None:
        """Write the black background and the timeline. Tracks of sound are at the bottom, as in Kdenlive."""
        ground = SubElement(self._root, "producer", id="black_track")
        properties = {"resource": "black", "mlt_service": "color", "length": "2147483647", "eof": "continue"}
        put(ground, **properties, mlt_image_format="rgba", **{"set.test_audio": "0"})
        timeline = SubElement(self._root, "tractor", id="timeline")
        for name in ("black_track", *sounds, *pictures):
            SubElement(timeline, "track", producer=name)
        for number, name in enumerate((*sounds, *pictures), 1):
            properties = {"version": "0.1", "mlt_service": "frei0r.cairoblend"}
            if name in sounds:
                properties = {"mlt_service": "mix", "kdenlive_id": "mix", "accepts_blanks": "1", "sum": "1"}
            put(SubElement(timeline, "transition"), a_track="0", b_track=str(number), **properties, **_INTERNAL)

    def _entry(self, placed: PlacedShot, start: int, end: int) -> Element:
        """Return the entry of a shot on a track, with its freeze, LUT and fades."""
        shot = placed.shot
        begin, until = placed.start - placed.dissolve_in.before, placed.end + placed.dissolve_out.after
        speed = shot.speed if shot.media.kind == "video" else Fraction(1)
        name = self._producer(f"shot:{placed.name}", shot.media.path, speed, placed)
        first = 0 if is_held(shot) else first_frame(placed, start, self._rate)
        entry = self._entry_of(name, shot.media.path, first, end - start)
        if shot.speed == 0 and shot.media.kind != "still":
            add_freeze(entry, shot, self._rate)
        if placed.note:
            put(entry, **{"kdenlive:comment": placed.note})
        add_lut(entry, placed.lut)
        if start == begin and placed.from_nothing and (length := placed.dissolve_in.length):
            _fade(entry, "fade_from_black", (first, first + length))
        if end == until and placed.to_nothing and (length := placed.dissolve_out.length):
            _fade(entry, "fade_to_black", (first + end - start - length, first + end - start))
        return entry

    def _producer(self, name: str, path: Path, speed: Fraction, placed: PlacedShot | None = None) -> str:
        """Return the producer of a clip at a speed. At another speed than 1, it is added."""
        clip = self._clips[path]
        if speed in (0, 1):
            return f"bin{clip}"
        if placed is None:
            producer = add_producer(self._root, name, str(path), speed)
        else:
            producer = add_picture(self._root, name, placed.shot, self._rate)
        put(producer, **{"kdenlive:id": clip})
        return name

    def _entry_of(self, name: str, path: Path, first: int, length: int) -> Element:
        entry = Element("entry", {"in": str(first), "out": str(first + length - 1)}, producer=name)
        put(entry, **{"kdenlive:id": self._clips[path]})
        return entry

    def _track(self, name: str, rows: Iterable[list[Element]], hide: str) -> Element:
        """Write a track and its two playlists."""
        playlists = []
        for letter, row in zip("ab", rows, strict=True):
            playlists.append(SubElement(self._root, "playlist", id=f"{name}{letter}"))
            playlists[-1].extend(row)
        track = SubElement(self._root, "tractor", id=name)
        put(track, **{"kdenlive:track_name": name, "kdenlive:timeline_active": "1"})
        for playlist in playlists:
            SubElement(track, "track", producer=playlist.attrib["id"], hide=hide)
        if hide == "video":
            for playlist in playlists:
                put(playlist, **{"kdenlive:audio_track": "1"})
        return track


def _mix(placed: PlacedShot, *, upward: bool) -> dict[str, str]:
    """Return the dissolve into a shot; ``upward`` if the shot is in the second playlist."""
    mix = placed.dissolve_in
    properties = {"in": str(mix.start), "out": str(mix.end), "a_track": "0", "b_track": "1", "mlt_service": "luma"}
    properties |= {"kdenlive_id": "luma", "kdenlive:mixcut": str(mix.after), "softness": "0", "alpha_over": "1"}
    return properties | {"reverse": "0" if upward else "1", "factory": "loader", "resource": ""}


def _fade(entry: Element, name: str, frames: tuple[int, int]) -> None:
    """Fade an entry from or to black in some of its frames. In frame k of n, k/n is done, as in the movie."""
    first, last, length = frames[0], frames[1] - 1, frames[1] - frames[0]
    fade = SubElement(entry, "filter", {"in": str(first), "out": str(last)})
    done = 1 - 1 / length
    levels = (0, done) if name == "fade_from_black" else (1, 1 - done)
    properties = {"mlt_service": "brightness", "kdenlive_id": name, "start": "1", "alpha": "1"}
    put(
        fade,
        **properties,
        level=f"0={levels[0]:.6g};{last - first}={levels[1]:.6g}" if length > 1 else f"0={levels[0]}",
    )
