"""``graded.fcpxml``: the cut for Final Cut Pro 10.6.6 and later (FCPXML 1.11), with Custom LUT on every clip.

Final Cut finds the LUTs by name: copy ``luts`` to ``~/Library/Application Support/ProApps/Custom LUTs/otiograde`` and
restart Final Cut. Sound is connected below the pictures, with the role *dialogue*. Final Cut has no image sequences:
each becomes a gap with its name. Validated with Apple's document type definition 1.11 and read back by otiograde, frame
for frame; not tried in Final Cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from otiograde.color.encodings import Encoding
from otiograde.exporters.editors.fcp_lut import EFFECT, FOLDER, lut_value
from otiograde.exporters.xml_text import media_url, xml_text
from otiograde.folder.layout import LUTS
from otiograde.movie.coded import coded_notes
from otiograde.movie.cut import Cut, Dissolve
from otiograde.movie.fields import shared_fields
from otiograde.movie.keyed_lanes import split, split_notes
from otiograde.movie.lanes import Lane, PlacedShot, chains, lane_notes, lanes, picture_format, sound_lanes
from otiograde.movie.tapes import counts_drop_frame, first_frame_number
from otiograde.movie.timecode import can_drop
from otiograde.record.edit import Sound
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FieldOrder, Media

#: The files of this format.
PATHS = ("graded.fcpxml",)

#: Final Cut's ``colorSpace``: code points of ITU-T H.273 for primaries, transfer and matrix, and names of triples.
_PRIMARIES = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020": 9, "smpte432": 12}
_TRANSFERS = {"bt709": 1, "smpte170m": 1, "bt2020-10": 1, "bt2020-12": 1}
_TRANSFERS |= {"iec61966-2-1": 13, "smpte2084": 16, "arib-std-b67": 18}
_MATRICES = {"bt709": 1, "bt470bg": 6, "smpte170m": 6, "bt2020nc": 9, "gbr": 1}
_NAMES = {
    "1-1-1": "Rec. 709", "6-1-6": "Rec. 601 (NTSC)", "5-1-6": "Rec. 601 (PAL)",
    "9-1-9": "Rec. 2020", "9-16-9": "Rec. 2020 PQ", "9-18-9": "Rec. 2020 HLG",
}  # fmt: skip


#: What Final Cut does with media that is not SDR.
CODED = (
    "Final Cut converts {shots} before effects: set its Camera LUT to None for log, and Input and Output of the Custom "
    "LUT to the space of the clip for PQ and HLG"
)


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the FCPXML document."""
    root = Element("fcpxml", version="1.11")
    resources = Resources(SubElement(root, "resources"))
    rate = record.edit.rate
    width, height, _ = picture_format(record.edit.shots)
    encoding = record.edit.shots[0].media.encoding if record.edit.shots else None
    fields = shared_fields(record.edit.shots, height, rate)
    form = resources.add_format(width, height, Fraction(1), rate, encoding, fields=fields)
    name = xml_text(record.edit.name) or "edit"
    event = SubElement(SubElement(root, "library"), "event", name="otiograde")
    project = SubElement(event, "project", name=name)
    cut = Cut.of(record.edit)
    all_lanes = split(lanes(cut, record.grades), rate)
    begin, count = first_frame_number(record), "DF" if counts_drop_frame(record) else "NDF"
    attributes = {"duration": time(cut.length / rate), "tcStart": time(begin / rate), "tcFormat": count}
    sequence = SubElement(project, "sequence", attributes, format=form)
    spine = SubElement(sequence, "spine")
    story = Story(resources, rate, begin)
    story.bottom(spine, all_lanes[0] if all_lanes else Lane(0), cut.length)
    for number, lane in enumerate(all_lanes[1:], 1):
        for chain in chains(lane.shots):
            story.above(chain, number)
    for number, row in enumerate(sound_lanes(record.edit.sounds, rate), 1):
        for sound, start, end in row:
            story.below(sound, start, end, -number)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return {"graded.fcpxml": f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n'.encode()}


def notes(record: GradedTimeline) -> list[str]:
    """Return what the document shows otherwise than the edit."""
    sequences = (shot.id for shot in record.edit.shots if shot.media.kind == "sequence")
    gaps = (f"{shot} is a gap, as Final Cut has no image sequences" for shot in sequences)
    cut = Cut.of(record.edit)
    changes = split_notes(lanes(cut, record.grades), record.edit.rate)
    return [*lane_notes(cut), *gaps, *changes, *coded_notes(record, CODED)]


def time(seconds: Fraction) -> str:
    """Return a time as Final Cut writes it: ``1001/24000s``."""
    seconds = Fraction(seconds)
    return f"{seconds.numerator}s" if seconds.denominator == 1 else f"{seconds.numerator}/{seconds.denominator}s"


class Resources:
    """The formats, assets and effect of a document, each added once."""

    def __init__(self, element: Element) -> None:
        self._element = element
        self._formats: dict[tuple[object, ...], str] = {}
        self._assets: dict[Media, str] = {}
        self._sounds: dict[Path, str] = {}
        self._effect = ""

    def add_format(
        self,
        width: int,
        height: int,
        aspect: Fraction,
        rate: Fraction | None,
        encoding: Encoding | None,
        *,
        fields: FieldOrder = "progressive",
    ) -> str:
        """Return the id of a format; ``rate`` is None for stills."""
        space = _color_space(encoding)
        key = (width, height, aspect, rate, space, fields)
        if key not in self._formats:
            attributes = {} if rate is None else {"frameDuration": time(1 / rate)}
            attributes |= {"width": str(width), "height": str(height)}
            if aspect != 1:
                attributes |= {"paspH": str(aspect.numerator), "paspV": str(aspect.denominator)}
            if fields != "progressive":
                attributes["fieldOrder"] = "upper first" if fields == "top" else "lower first"
            if rate is None:
                attributes["name"] = "FFVideoFormatRateUndefined"
            self._formats[key] = self._add("format", **attributes, colorSpace=space)
        return self._formats[key]

    def asset(self, media: Media) -> str:
        """Return the id of a media file's asset."""
        if media not in self._assets:
            still = media.kind == "still"
            rate = None if still else media.rate
            shape = media.width, media.height, media.pixel_aspect
            form = self.add_format(*shape, rate, media.encoding, fields=media.fields.order)
            attributes = {"start": time(origin(media)), "duration": "0s" if still else time(media.frames / media.rate)}
            attributes |= {"hasVideo": "1", "videoSources": "1", "format": form}
            if media.audio:
                attributes |= {"hasAudio": "1", "audioSources": "1"}
            self._assets[media] = self._add("asset", name=xml_text(media.path.stem), **attributes)
            SubElement(self._element[-1], "media-rep", kind="original-media", src=media_url(media.path))
        return self._assets[media]

    def sound(self, sound: Sound) -> tuple[str, Fraction]:
        """Return the id of a sound's asset, and the start of the asset in seconds."""
        for media, name in self._assets.items():
            if media.path == sound.path and media.audio:
                return name, origin(media)
        if sound.path not in self._sounds:
            attributes = {"start": "0s", "hasAudio": "1", "audioSources": "1", "name": xml_text(sound.path.stem)}
            self._sounds[sound.path] = self._add("asset", **attributes)
            SubElement(self._element[-1], "media-rep", kind="original-media", src=media_url(sound.path))
        return self._sounds[sound.path], Fraction(0)

    def effect(self) -> str:
        """Return the id of the effect Custom LUT."""
        self._effect = self._effect or self._add("effect", name="Custom LUT", uid=EFFECT)
        return self._effect

    def _add(self, tag: str, **attributes: str) -> str:
        name = f"r{len(self._element) + 1}"
        SubElement(self._element, tag, {"id": name, **attributes})
        return name


@dataclass(frozen=True, slots=True)
class StoryElement:
    """An element of the storyline, to which clips can be connected."""

    element: Element
    #: The frames [first, end) of the edit.
    first: int
    end: int
    #: Its local time at the first frame, in seconds.
    start: Fraction

    def at(self, frame: int, rate: Fraction) -> Fraction:
        """Return its local time at a frame of the edit, in seconds."""
        return self.start + (frame - self.first) / rate


@dataclass(frozen=True, slots=True)
class Spine:
    """A storyline, in which time begins ``begin`` frames before the edit's first one."""

    element: Element
    begin: int
    secondary: bool = False

    def time(self, frame: int, rate: Fraction) -> str:
        """Return its time at a frame of the edit."""
        return time((self.begin + frame) / rate)


class Story:
    """Writes the storyline and the clips connected to it."""

    def __init__(self, resources: Resources, rate: Fraction, begin: int) -> None:
        self._resources, self._rate, self._begin = resources, rate, begin
        self._elements: list[StoryElement] = []

    def bottom(self, spine: Element, lane: Lane, length: int) -> None:
        """Write the lowest lane as the storyline, with gaps and dissolves, to the end of the edit."""
        self._row(Spine(spine, self._begin), lane.shots, (0, length))

    def above(self, chain: Sequence[PlacedShot], lane: int) -> None:
        """Connect shots of a higher lane to the storyline: one as a clip, those that dissolve as a storyline."""
        first, last = chain[0], chain[-1]
        begin, end = first.start - first.dissolve_in.before, last.end + last.dissolve_out.after
        if (parent := self._element_at(begin)) is None:
            return
        offset = parent.at(begin, self._rate)
        if len(chain) == 1 and not first.dissolve_in.length and not last.dissolve_out.length:
            self._clip(parent.element, first, lane=lane, offset=offset)
        else:
            spine = Element("spine", lane=str(lane), offset=time(offset))
            self._row(Spine(spine, -begin, secondary=True), chain, (begin, end))
            _connect(parent.element, spine)

    def _row(self, spine: Spine, shots: Sequence[PlacedShot], frames: tuple[int, int]) -> None:
        """Write shots as a storyline, with gaps and dissolves, over some frames of the edit."""
        at, end = frames
        for placed in shots:
            self._gap(spine, at, placed.start)
            if placed.dissolve_in.length:
                self._transition(spine, placed.dissolve_in)
            self._clip(spine, placed)
            if placed.dissolve_out.length and placed.to_nothing:
                self._transition(spine, placed.dissolve_out)
            at = placed.end
        self._gap(spine, at, end)

    def below(self, sound: Sound, start: int, end: int, lane: int) -> None:
        """Connect a sound to the storyline at its first frame."""
        if (parent := self._element_at(start)) is None:
            return
        asset, origin = self._resources.sound(sound)
        first, is_normal = origin + sound.start, sound.speed in (0, 1)
        attributes = {"lane": str(lane), "name": xml_text(sound.name) or "sound", "ref": asset}
        attributes |= {"start": time(first if is_normal else Fraction(0)), "offset": time(parent.at(start, self._rate))}
        attributes |= {"duration": time((end - start) / self._rate), "srcEnable": "audio", "audioRole": "dialogue"}
        clip = Element("asset-clip", attributes)
        if not is_normal:
            points = (first, first + sound.length)
            _map(clip, (Fraction(0), sound.length / abs(sound.speed)), points if sound.speed > 0 else points[::-1])
        _connect(parent.element, clip)

    def _element_at(self, frame: int) -> StoryElement | None:
        return next((element for element in self._elements if element.first <= frame < element.end), None)

    def _gap(self, spine: Spine, start: int, end: int, name: str = "Gap") -> None:
        if end > start:
            length = time((end - start) / self._rate)
            attributes = {"offset": spine.time(start, self._rate), "start": "0s", "duration": length}
            self._append(spine, Element("gap", {"name": name, **attributes}), (start, end), Fraction(0))

    def _transition(self, spine: Spine, dissolve: Dissolve) -> None:
        length = time(dissolve.length / self._rate)
        attributes = {"name": "Cross Dissolve", "offset": spine.time(dissolve.start, self._rate), "duration": length}
        SubElement(spine.element, "transition", attributes)

    def _append(self, spine: Spine, element: Element, frames: tuple[int, int], start: Fraction) -> None:
        """Append an element to a storyline. What is connected is connected to the lowest one."""
        spine.element.append(element)
        if not spine.secondary:
            self._elements.append(StoryElement(element, *frames, start))

    def _clip(self, parent: Spine | Element, placed: PlacedShot, lane: int = 0, offset: Fraction = Fraction(0)) -> None:
        """Write a shot into a storyline, or connect it to an element of the lowest one at ``offset``."""
        shot, media = placed.shot, placed.shot.media
        name = xml_text(shot.name) or shot.id
        if media.kind == "sequence":
            if isinstance(parent, Spine):
                self._gap(parent, placed.start, placed.end, f"{name} (an image sequence)")
            return
        start = _start(placed, self._rate)
        attributes = {"lane": str(lane)} if lane else {}
        attributes |= {"name": name, "ref": self._resources.asset(media), "start": time(start)}
        attributes["offset"] = parent.time(placed.start, self._rate) if isinstance(parent, Spine) else time(offset)
        attributes["duration"] = time((placed.end - placed.start) / self._rate)
        if media.kind == "still":
            clip = Element("video", attributes)
        else:
            count = "DF" if media.drop_frame and can_drop(media.rate) else "NDF"
            clip = Element("asset-clip", {**attributes, "srcEnable": "video", "tcFormat": count})
            _retime(clip, placed, self._rate)
        course = placed.grade.course
        if course is not None and placed.key is None:
            clip.insert(0, note := Element("note"))
            note.text = placed.note or course.note
        self._filter(clip, placed, media.encoding)
        if isinstance(parent, Spine):
            self._append(parent, clip, (placed.start, placed.end), start)
        else:
            _connect(parent, clip)

    def _filter(self, clip: Element, placed: PlacedShot, encoding: Encoding) -> None:
        path = f"{FOLDER}/{placed.lut.removeprefix(f'{LUTS}/')}"
        custom = SubElement(clip, "filter-video", ref=self._resources.effect(), name="Custom LUT")
        SubElement(custom, "param", name="LUT", key="3", value=lut_value(path, placed.name))
        if encoding.family == "sdr":
            SubElement(custom, "param", name="Input", key="100/101", value="0 (Rec. 709)")
            SubElement(custom, "param", name="Output", key="100/102", value="0 (Rec. 709)")


def origin(media: Media) -> Fraction:
    """Return the start of a file's time code, in seconds."""
    return media.timecode / media.rate


def _start(placed: PlacedShot, rate: Fraction) -> Fraction:
    """Return a clip's local start in seconds: in its media, or in the retimed media, which starts at 0."""
    shot, media, late = placed.shot, placed.shot.media, placed.late / rate
    if media.kind == "still":
        return Fraction(3600)  # Final Cut starts stills here; their handles reach before it
    if shot.speed == 1:
        return origin(media) + shot.source.start / media.rate + late
    if shot.speed == 0:
        return Fraction(0)
    first = shot.source.start if shot.speed > 0 else media.frames - shot.source.end
    return first / media.rate / abs(shot.speed) + late


def _retime(clip: Element, placed: PlacedShot, rate: Fraction) -> None:
    """Write a speed other than 1 as a map from clip time to media time."""
    shot, media = placed.shot, placed.shot.media
    if shot.speed == 1:
        return
    begin = origin(media)
    end = begin + media.frames / media.rate
    lasts = (placed.end - placed.start) / rate
    if shot.speed == 0:
        begin = end = begin + shot.source.start / media.rate
    else:
        lasts = media.frames / media.rate / abs(shot.speed)
    points = (begin, end) if shot.speed >= 0 else (end, begin)
    _map(clip, (Fraction(0), lasts), points)


def _map(clip: Element, times: tuple[Fraction, Fraction], points: tuple[Fraction, Fraction]) -> None:
    curve = SubElement(clip, "timeMap")
    for at, value in zip(times, points, strict=True):
        SubElement(curve, "timept", time=time(at), value=time(value), interp="linear")


def _connect(parent: Element, clip: Element) -> None:
    """Insert a clip into another: before its filters, after everything else."""
    filters = len(parent.findall("filter-video"))
    parent.insert(len(parent) - filters, clip)


def _color_space(encoding: Encoding | None) -> str:
    if encoding is None:
        return "1-1-1 (Rec. 709)"
    # Final Cut tags log as Rec. 709 or, with wide primaries, Rec. 2020: its own mark of log is a setting of the clip.
    primaries, transfer = _PRIMARIES.get(encoding.primaries, 1), _TRANSFERS.get(encoding.transfer, 1)
    codes = (primaries, transfer, _MATRICES[encoding.matrix])
    triple = "-".join(map(str, codes))
    return f"{triple} ({_NAMES[triple]})" if triple in _NAMES else triple
