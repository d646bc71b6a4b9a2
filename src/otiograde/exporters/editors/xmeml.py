"""The cut as FCP7 XML (xmeml 5): clips, dissolves, speeds, sounds, and a marker on each clip that names its LUT.

This is Apple's Final Cut Pro XML Interchange Format, as Premiere Pro and DaVinci Resolve read it. It contains no grade:
a ``Lumetri`` block in such a file crashes Premiere Pro 25.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as Xml

from otiograde.exporters.xml_text import media_url, xml_text
from otiograde.movie.cut import Cut, Dissolve
from otiograde.movie.fields import shared_fields
from otiograde.movie.keyed_lanes import split, split_notes
from otiograde.movie.lanes import PlacedShot, lane_notes, lanes, picture_format, sound_lanes
from otiograde.movie.tapes import counts_drop_frame, first_frame_number
from otiograde.movie.timecode import can_drop, timecode
from otiograde.record.clock import nearest
from otiograde.record.edit import Sound
from otiograde.record.graded import GradedTimeline
from otiograde.record.sequence import numbered
from otiograde.record.shot import FieldOrder, Media

#: Premiere Pro's ticks in a second.
_TICKS = 254_016_000_000

#: The kind of media whose frames FCP7 counts at the edit's rate.
_STILL = "still"


def xmeml(record: GradedTimeline, notes: Mapping[str, tuple[str, str]]) -> bytes:
    """Return the XML of the cut; ``notes`` is name of a placed shot -> name and comment of its marker."""
    return _Writer(record, notes).document()


def xmeml_notes(record: GradedTimeline) -> list[str]:
    """Return what the XML shows otherwise than the edit."""
    cut, rate = Cut.of(record.edit), record.edit.rate
    whole = lanes(cut, record.grades)
    lines = [*lane_notes(cut), *split_notes(whole, rate)]
    for lane in whole:
        for placed in lane.shots:
            exact = _exact_first(placed, placed.shot.media.rate)
            if exact.denominator != 1 or (placed.dissolve_in.before * placed.shot.media.rate / rate).denominator != 1:
                lines.append(f"{placed.shot.id} begins between two frames of its speed or rate: up to a frame off")
    return lines


class _Writer:
    """Writes one record. A media file is described where it is first used, then named by its id."""

    def __init__(self, record: GradedTimeline, notes: Mapping[str, tuple[str, str]]) -> None:
        self._record, self._notes, self._rate = record, notes, record.edit.rate
        self._files: dict[Path, str] = {}
        self._clips = 0

    def document(self) -> bytes:
        root = Xml.Element("xmeml", version="5")
        sequence = Xml.SubElement(root, "sequence", id="sequence-1")
        cut = Cut.of(self._record.edit)
        picture_lanes = split(lanes(cut, self._record.grades), self._rate)
        audio_lanes = sound_lanes(self._record.edit.sounds, self._rate)
        ends = (end for lane in audio_lanes for _, _, end in lane)
        _text(sequence, "name", self._record.edit.name or "edit")
        _text(sequence, "duration", max((cut.length, *ends)))
        _rated(sequence, self._rate)
        _timecode(sequence, first_frame_number(self._record), self._rate, drop=counts_drop_frame(self._record))
        media = Xml.SubElement(sequence, "media")
        video = Xml.SubElement(media, "video")
        width, height, _ = picture_format(self._record.edit.shots)
        fields = shared_fields(self._record.edit.shots, height, self._rate)
        _characteristics(Xml.SubElement(video, "format"), (width, height), self._rate, fields)
        for lane in picture_lanes:
            track = Xml.SubElement(video, "track")
            for placed in lane.shots:
                if placed.dissolve_in.length:
                    _dissolve(track, placed.dissolve_in, "start-black" if placed.from_nothing else "", self._rate)
                self._clip(track, placed)
                if placed.dissolve_out.length and placed.to_nothing:
                    _dissolve(track, placed.dissolve_out, "end-black", self._rate)
        audio = Xml.SubElement(media, "audio") if audio_lanes else None
        for sounds in audio_lanes:
            track = Xml.SubElement(audio, "track") if audio is not None else root
            for sound, start, end in sounds:
                self._sound(track, sound, start, end)
        Xml.indent(root)
        text = str(Xml.tostring(root, encoding="unicode"))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{text}\n'.encode()

    def _item(self, track: Xml.Element, name: str, rate: Fraction, duration: int) -> Xml.Element:
        self._clips += 1
        clip = Xml.SubElement(track, "clipitem", id=f"clipitem-{self._clips}")
        _text(clip, "name", name)
        _text(clip, "enabled", "TRUE")
        _text(clip, "duration", duration)
        _rated(clip, rate)
        return clip

    def _clip(self, track: Xml.Element, placed: PlacedShot) -> None:
        shot, media = placed.shot, placed.shot.media
        rate = self._rate if media.kind == _STILL else media.rate
        before, after = placed.dissolve_in.before, placed.dissolve_out.after
        length = nearest((placed.end - placed.start + before + after) * rate / self._rate)
        first = max(_first(placed, rate, self._rate) - nearest(before * rate / self._rate), 0)
        clip = self._item(track, shot.name or shot.id, rate, max(media.frames, first + length))
        _text(clip, "start", -1 if placed.dissolve_in.length else placed.start)
        _text(clip, "end", -1 if placed.dissolve_out.length else placed.end)
        _text(clip, "in", first)
        _text(clip, "out", first + length)
        if shot.speed == 0 and media.kind != _STILL:
            _text(clip, "stillframe", "TRUE")
            _text(clip, "stillframeoffset", shot.source.start)
        self._file(clip, media.path, media)
        if shot.speed not in (0, 1):
            _speed(clip, shot.speed)
        name, comment = self._notes.get(placed.name, ("", ""))
        if name:
            freeze = (
                ""
                if shot.speed
                else f" This clip is a freeze of frame {shot.source.start}: hold it by hand if it moves."
            )
            _marker(clip, name, comment + freeze, first + nearest(before * rate / self._rate))

    def _sound(self, track: Xml.Element, sound: Sound, start: int, end: int) -> None:
        pace = abs(sound.speed) or Fraction(1)
        first = max(nearest(sound.start / pace * self._rate), 0) if sound.speed >= 0 else 0
        whole = first + end - start if sound.speed >= 0 else nearest((sound.start + sound.length) / pace * self._rate)
        clip = self._item(track, sound.name, self._rate, whole)
        for name, value in (("start", start), ("end", end), ("in", first), ("out", first + end - start)):
            _text(clip, name, value)
        self._file(clip, sound.path, None)
        if sound.speed not in (0, 1):
            _speed(clip, sound.speed)
        source = Xml.SubElement(clip, "sourcetrack")
        _text(source, "mediatype", "audio")
        _text(source, "trackindex", 1)

    def _file(self, clip: Xml.Element, path: Path, media: Media | None) -> None:
        if media is not None and media.kind == "sequence":
            path = _image(path, media.first)
        if path in self._files:
            Xml.SubElement(clip, "file", id=self._files[path])
            return
        self._files[path] = f"file-{len(self._files) + 1}"
        file = Xml.SubElement(clip, "file", id=self._files[path])
        _text(file, "name", path.name)
        _text(file, "pathurl", media_url(path))
        _rated(file, self._rate if media is None or media.kind == _STILL else media.rate)
        media_element = Xml.Element("media")
        if media is not None:
            _text(file, "duration", max(media.frames, 1))
            if media.timecode:
                _timecode(file, media.timecode, media.rate, drop=media.drop_frame)
            video = Xml.SubElement(media_element, "video")
            size = media.width, media.height
            _characteristics(video, size, media.rate, media.fields.order, media.pixel_aspect)
        if media is None or media.audio:
            _text(Xml.SubElement(media_element, "audio"), "channelcount", 2)
        file.append(media_element)


def _image(pattern: Path, number: int) -> Path:
    try:
        return Path(numbered(str(pattern), number))
    except ValueError:  # a broken pattern
        return pattern


def _first(placed: PlacedShot, rate: Fraction, of_edit: Fraction) -> int:
    """Return the first media frame of a shot, or of a piece of it."""
    late = placed.late * rate / of_edit if placed.shot.speed else Fraction(0)
    return nearest(_exact_first(placed, rate) + late)


def _exact_first(placed: PlacedShot, rate: Fraction) -> Fraction:
    """Return the first media frame of a shot. At another speed, FCP7 counts frames of the retimed media."""
    shot = placed.shot
    if shot.media.kind == _STILL or shot.speed in (0, 1):
        return Fraction(shot.source.start / shot.media.rate * rate)
    start = shot.source.start if shot.speed > 0 else shot.media.frames - shot.source.end
    return Fraction(max(start, 0)) / abs(shot.speed)


def _dissolve(track: Xml.Element, dissolve: Dissolve, edge: str, rate: Fraction) -> None:
    """Write a dissolve; ``edge`` is the alignment of a fade from or to black.

    Premiere Pro states in ticks where in a dissolve the cut lies. Other programs have it in the middle, and show the
    same frames: both shots go on through all of the dissolve.
    """
    item = Xml.SubElement(track, "transitionitem")
    _text(item, "start", dissolve.start)
    _text(item, "end", dissolve.end)
    one_sided = "start" if not dissolve.before else "end" if not dissolve.after else "center"
    _text(item, "alignment", edge or one_sided)
    if not edge and one_sided == "center":
        _text(item, "cutPointTicks", nearest(dissolve.before * _TICKS / rate))
    _rated(item, rate)
    effect = Xml.SubElement(item, "effect")
    for name, text in (
        ("name", "Cross Dissolve"),
        ("effectid", "Cross Dissolve"),
        ("effectcategory", "Dissolve"),
        ("effecttype", "transition"),
        ("mediatype", "video"),
    ):
        _text(effect, name, text)


def _speed(clip: Xml.Element, speed: Fraction) -> None:
    effect = Xml.SubElement(Xml.SubElement(clip, "filter"), "effect")
    for name, text in (
        ("name", "Time Remap"),
        ("effectid", "timeremap"),
        ("effectcategory", "motion"),
        ("effecttype", "motion"),
        ("mediatype", "video"),
    ):
        _text(effect, name, text)
    for name, value in (
        ("variablespeed", "0"),
        ("speed", f"{abs(float(speed)) * 100:g}"),
        ("reverse", "TRUE" if speed < 0 else "FALSE"),
        ("frameblending", "FALSE"),
    ):
        parameter = Xml.SubElement(effect, "parameter")
        _text(parameter, "parameterid", name)
        _text(parameter, "name", name)
        _text(parameter, "value", value)


def _marker(clip: Xml.Element, name: str, comment: str, frame: int) -> None:
    marker = Xml.SubElement(clip, "marker")
    _text(marker, "comment", comment)
    _text(marker, "name", name)
    _text(marker, "in", frame)
    _text(marker, "out", -1)


def _characteristics(
    parent: Xml.Element,
    size: tuple[int, int],
    rate: Fraction,
    fields: FieldOrder,
    aspect: Fraction = Fraction(1),
) -> None:
    picture_ = Xml.SubElement(parent, "samplecharacteristics")
    _rated(picture_, rate)
    _text(picture_, "width", size[0])
    _text(picture_, "height", size[1])
    anamorphic, pixels = _pixel_shape(size, aspect)
    _text(picture_, "anamorphic", anamorphic)
    _text(picture_, "pixelaspectratio", pixels)
    _text(picture_, "fielddominance", {"progressive": "none", "top": "upper", "bottom": "lower"}[fields])


def _pixel_shape(size: tuple[int, int], aspect: Fraction) -> tuple[str, str]:
    """Return whether a picture is anamorphic, and the shape of its pixels; FCP7 has names for few shapes only."""
    if aspect != 1 and size[1] in (480, 486):
        return "TRUE" if aspect > 1 else "FALSE", "NTSC-601"
    if aspect != 1 and size[1] == 576:
        return "TRUE" if aspect > Fraction(5, 4) else "FALSE", "PAL-601"
    if aspect != 1 and size in ((960, 720), (1280, 1080), (1440, 1080)):
        return "FALSE", f"HD-({size[0]}x{size[1]})"
    return "FALSE", "square"


def _rated(parent: Xml.Element, rate: Fraction) -> None:
    element = Xml.SubElement(parent, "rate")
    _text(element, "timebase", max(nearest(rate), 1))
    _text(element, "ntsc", "TRUE" if rate.denominator == 1001 else "FALSE")


def _timecode(parent: Xml.Element, frame: int, rate: Fraction, *, drop: bool = False) -> None:
    element = Xml.SubElement(parent, "timecode")
    _rated(element, rate)
    drop = drop and can_drop(rate)
    _text(element, "string", timecode(frame, rate, drop=drop))
    _text(element, "frame", frame)
    _text(element, "displayformat", "DF" if drop else "NDF")


def _text(parent: Xml.Element, name: str, value: str | int) -> None:
    Xml.SubElement(parent, name).text = xml_text(str(value))
