"""``graded.mlt``: the cut with its LUTs for melt and Shotcut (MLT XML, https://www.mltframework.org/docs/mltxml/).

It has cuts, dissolves, gaps, tracks, speeds and sound. Each shot is a producer with one ``avfilter.lut3d``. The
consumer requests ``rgba``: MLT's default, YUV, shifts BT.709 colors by up to 13 codes. Rendered by melt 7.12 and
compared with FFmpeg pixel by pixel; opened, viewed and saved again in Shotcut 22.12.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import zip_longest
from xml.etree.ElementTree import Element, SubElement

from otiograde.exporters.editors.mlt_parts import (
    add_color,
    add_freeze,
    add_lut,
    add_picture,
    add_producer,
    add_profile,
    add_transition,
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
from otiograde.movie.cut import Cut
from otiograde.movie.keyed_lanes import MANY, split, split_notes
from otiograde.movie.lanes import Lane, PlacedShot, lane_notes, lanes, sound_lanes
from otiograde.movie.layers import has_alpha
from otiograde.record.clock import nearest
from otiograde.record.edit import Sound
from otiograde.record.graded import GradedTimeline

#: The files of this format.
PATHS = ("graded.mlt",)

#: The movie that ``melt graded.mlt`` writes: lossless R'G'B', for any encoder.
TARGET = "melt.mkv"


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the MLT document. LUTs are relative to it, media are at their paths."""
    root = Element("mlt", LC_NUMERIC="C", version="7.0.0", title=xml_text(record.edit.name), producer="main")
    add_profile(root, record)
    _consumer(root, deinterlaces=root[-1].get("progressive") == "0")
    writer = Writer(root, record.edit.rate)
    cut = Cut.of(record.edit)
    rows = split(lanes(cut, record.grades), record.edit.rate, MANY)
    pictures = [writer.lane(number, lane) for number, lane in enumerate(rows)]
    sounds = [
        writer.sound(number, lane) for number, lane in enumerate(sound_lanes(record.edit.sounds, record.edit.rate))
    ]
    transparent = any(has_alpha(placed.shot) for lane in rows[:1] for placed in lane.shots)
    writer.main(pictures, sounds, max(cut.length, 1), lowest=1 if transparent else 2)
    return {"graded.mlt": document(root)}


def _consumer(root: Element, *, deinterlaces: bool) -> None:
    """Add what ``melt graded.mlt`` writes. Editors ignore it.

    melt 7 deinterlaces: as soon as a filter works in R'G'B', it mixes up the lines of interlaced pictures.
    """
    attributes = {"target": TARGET, "f": "matroska", "mlt_image_format": "rgba", "vcodec": "ffv1", "pix_fmt": "bgr0"}
    attributes |= {"acodec": "pcm_s16le", "real_time": "-1", "rescale": "bicubic"}
    attributes |= {"progressive": "1"} if deinterlaces else {}
    SubElement(root, "consumer", attributes, mlt_service="avformat")


def notes(record: GradedTimeline) -> list[str]:
    """Return what the document shows otherwise than the edit."""
    cut = Cut.of(record.edit)
    changes = split_notes(lanes(cut, record.grades), record.edit.rate, MANY)
    return [*lane_notes(cut), *hold_notes(record.edit), *time_notes(record.edit), *changes, *mixed_notes(record)]


class Writer:
    """Adds producers and playlists to a document. MLT requires each before the element that names it."""

    def __init__(self, root: Element, rate: Fraction) -> None:
        self._root, self._rate = root, rate

    def lane(self, number: int, lane: Lane) -> str:
        """Write the shots of a lane and the playlist that shows them. Returns the playlist's id."""
        for placed in lane.shots:
            self._picture(placed)
        name = f"video{number}"
        entries: list[Element] = []
        at = 0
        for placed, after in zip_longest(lane.shots, lane.shots[1:]):
            if placed.from_nothing and placed.dissolve_in.length:
                at = fill(entries, at, placed.dissolve_in.start)
                at += self._dissolve(entries, None, placed)
            start, end = placed.body
            at = fill(entries, at, start)
            if end > start:
                entries.append(self._entry(placed, start, end))
                at = end
            if placed.dissolve_out.length:
                at += self._dissolve(entries, placed, None if placed.to_nothing else after)
        playlist = SubElement(self._root, "playlist", id=name)
        put(playlist, **{"shotcut:video": "1", "shotcut:name": f"V{number + 1}"})
        playlist.extend(entries)
        return name

    def sound(self, number: int, lane: list[tuple[Sound, int, int]]) -> str:
        """Write the sounds of a lane and the playlist that plays them. Returns the playlist's id."""
        entries: list[Element] = []
        at = 0
        for index, (sound, start, end) in enumerate(lane):
            name = f"sound{number}_{index}"
            producer = add_producer(self._root, name, file_of(sound.path), sound.speed)
            put(producer, video_index="-1")
            pace = abs(sound.speed) or Fraction(1)
            first = max(nearest(sound.start * self._rate / pace), 0)
            at = fill(entries, at, start)
            entries.append(Element("entry", {"in": str(first), "out": str(first + end - start - 1)}, producer=name))
            at = end
        playlist = SubElement(self._root, "playlist", id=f"audio{number}")
        put(playlist, **{"shotcut:audio": "1", "shotcut:name": f"A{number + 1}"})
        playlist.extend(entries)
        return f"audio{number}"

    def main(self, pictures: list[str], sounds: list[str], length: int, lowest: int) -> None:
        """Write the black background and the tractor that puts all lanes over it.

        ``lowest`` is the first track whose transparency counts. It takes time to blend the lowest lane with black.
        """
        add_color(self._root, "black", length)
        background = SubElement(self._root, "playlist", id="background")
        SubElement(background, "entry", {"in": "0", "out": str(length - 1)}, producer="black")
        tractor = SubElement(self._root, "tractor", {"in": "0", "out": str(length - 1)}, id="main")
        put(tractor, shotcut="1")
        for name in ("background", *pictures, *sounds):
            SubElement(tractor, "track", {"hide": "video"} if name in sounds else {}, producer=name)
        for track in range(1, len(pictures) + len(sounds) + 1):
            add_transition(tractor, "mix", (0, track), (0, length), always_active="1", sum="1")
        for track in range(lowest, len(pictures) + 1):
            add_transition(tractor, "frei0r.cairoblend", (lowest - 1, track), (0, length), disable="0")

    def _picture(self, placed: PlacedShot) -> None:
        shot = placed.shot
        producer = add_picture(self._root, _name(placed), shot, self._rate)
        put(producer, **{"shotcut:caption": xml_text(shot.name)}, audio_index="-1")
        if is_held(shot):
            put(producer, length=str(placed.end - placed.start + placed.dissolve_in.before + placed.dissolve_out.after))
        elif needed := outlasting(placed, self._rate):
            put(producer, length=str(needed), eof="pause")
        if shot.speed == 0 and shot.media.kind != "still":
            add_freeze(producer, shot, self._rate)
        if placed.note:
            put(producer, **{"shotcut:comment": placed.note})
        add_lut(producer, placed.lut)

    def _entry(self, placed: PlacedShot, start: int, end: int) -> Element:
        first = first_frame(placed, start, self._rate)
        return Element("entry", {"in": str(first), "out": str(first + end - start - 1)}, producer=_name(placed))

    def _dissolve(self, entries: list[Element], old: PlacedShot | None, new: PlacedShot | None) -> int:
        """Write a tractor that dissolves one shot into another; None is black. Returns its length."""
        dissolve = old.dissolve_out if old else new.dissolve_in if new else None
        assert dissolve is not None  # noqa: S101  (one of the two is there)
        name = f"fade_{(old or new).name}_{'out' if old else 'in'}"  # type: ignore[union-attr]
        sides = [self._side(name, placed, dissolve.start, dissolve.end) for placed in (old, new)]
        last = str(dissolve.length - 1)
        tractor = SubElement(self._root, "tractor", {"in": "0", "out": last}, id=name)
        put(tractor, **{"shotcut:transition": "lumaMix"})  # it shows as a transition, not as a clip
        for side in sides:
            SubElement(tractor, "track", side)
        weights = _weights(dissolve.length)
        add_transition(tractor, "affine", (0, 1), (0, dissolve.length), rect=weights, fill="1", distort="1")
        entries.append(Element("entry", {"in": "0", "out": last}, producer=name))
        return dissolve.length

    def _side(self, name: str, placed: PlacedShot | None, start: int, end: int) -> dict[str, str]:
        if placed is None:
            add_color(self._root, f"{name}_black", end - start)
            return {"producer": f"{name}_black", "in": "0", "out": str(end - start - 1)}
        return dict(self._entry(placed, start, end).attrib)


def _name(placed: PlacedShot) -> str:
    """Return the name of a shot's producer. The colon makes it differ from all other names."""
    return f"shot:{placed.name}"


def _weights(length: int) -> str:
    """Return the share of the second shot in each frame of a dissolve, as in ``render.sh``: frame k has k / length.

    The transition is ``affine``, which blends R'G'B'. ``luma`` would blend shifted YUV.
    """
    whole = "0% 0% 100% 100%"
    return f"0={whole} 0;{length - 1}={whole} {1 - 1 / length:.6f}" if length > 1 else f"0={whole} 0"
