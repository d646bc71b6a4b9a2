"""Clips of FCP7 XML: their media, the frames of it that they show, their speeds and their markers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element

from otiograde.timeline import schemas
from otiograde.timeline.addresses import IMAGES
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.schemas import Object, rational_time, time_range
from otiograde.timeline.xmeml_speed import ONE, ZERO, Played, Window, is_remap, played, remap_of
from otiograde.timeline.xmeml_values import is_false, is_true, metadata, number, rate_of, text, timecode

#: Subelements of a clip that become fields, so that its metadata do not repeat them.
_FIELDS = frozenset(
    {"name", "start", "end", "in", "out", "duration", "file", "marker", "effect", "rate", "sequence", "multiclip"}
)

#: Effects that leave the picture as it is unless one of these parameters has another value.
_NEUTRAL = {
    "basic": {"scale": 100, "rotation": 0, "horiz": 0, "vert": 0},
    "opacity": {"opacity": 100},
    "crop": {"left": 0, "right": 0, "top": 0, "bottom": 0, "edgefeather": 0},
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A clip's place on its track, in frames of the sequence."""

    start: Fraction
    end: Fraction
    #: Frames of its transitions that lie outside: before its start, and after its end.
    head: Fraction
    tail: Fraction
    #: Frames a second of the sequence.
    rate: Fraction


@dataclass(frozen=True, slots=True)
class File:
    """A media file, or what a program draws in place of one."""

    name: str
    address: str
    #: Kind of picture that is drawn.
    source: str
    #: Frames a second, and how many there are; None if the document does not say.
    rate: Fraction
    frames: Fraction | None
    #: Start timecode in seconds.
    origin: Fraction
    reel: str
    #: Metadata, which all clips of the file share.
    values: dict[str, Any]
    is_image: bool


class Elements:
    """The elements of a document that have an id. The first one with content stands for all of its id."""

    def __init__(self, root: Element) -> None:
        self._by_id: dict[tuple[str, str], Element] = {}
        self._files: dict[tuple[int, Fraction], File] = {}
        for element in root.iter():
            if (name := element.get("id")) is not None:
                earlier = self._by_id.get((element.tag, name))
                if earlier is None or len(element) > len(earlier):
                    self._by_id[element.tag, name] = element

    def resolve(self, element: Element | None) -> Element | None:
        """Return an element, or the one that it refers to if it has no content; a sequence's content is its media."""
        if element is None or (len(element) and (element.tag != "sequence" or element.find("media") is not None)):
            return element
        return self._by_id.get((element.tag, element.get("id", "")), element)

    def file(self, clip: Element) -> Element | None:
        """Return the file of a clip, else that of its master clip."""
        file = clip.find("file")
        if file is None:
            master = self._by_id.get(("clip", text(clip, "masterclipid")))
            holders = [clip] if master is None else [clip, master]
            file = next((inner for holder in holders for inner in holder.iter("file")), None)
        if file is None or file.find("pathurl") is not None:
            return file
        return self._by_id.get(("file", file.get("id", "")), file)

    def described(self, file: Element, inherited: Fraction) -> File:
        """Describe a file, which inherits the rate of its clip."""
        key = id(file), inherited
        if key not in self._files:
            self._files[key] = _described(file, rate_of(file, inherited) or inherited)
        return self._files[key]


def _described(file: Element, rate: Fraction) -> File:
    """Describe a file of this rate."""
    address, frames = text(file, "pathurl"), number(file, "duration")
    return File(
        name=text(file, "name"),
        address=address,
        source=text(file, "mediaSource"),
        rate=rate,
        frames=frames if frames and frames > 0 else None,
        origin=(timecode(file, rate) or ZERO) / rate,
        reel=text(file, "timecode/reel/name"),
        values=metadata(file, {"duration", "name", "pathurl", "mediaSource"}),
        is_image=PurePosixPath((address or text(file, "name")).replace("\\", "/")).suffix.casefold() in IMAGES,
    )


@dataclass(frozen=True, slots=True)
class ClipReader:
    """Makes clips of one kind of track."""

    elements: Elements
    #: Of tracks of sound nothing is noted: their clips are most often those of the pictures.
    notes: Notes

    def clip(self, element: Element, spot: Spot) -> Object:
        """Make a clip of a file, of a generator, or of nothing that the document names."""
        stated = self.elements.file(element) if element.tag != "generatoritem" else None
        rate = rate_of(element, spot.rate) or spot.rate
        if stated is None:
            return self._finished(element, _drawn(element), self.seen(element, spot, None), spot)
        file = self.elements.described(stated, rate)
        length = None if file.frames is None else file.frames / file.rate
        shown = self.seen(element, spot, length, still=file.is_image)
        if length is None:
            length = max(shown.start + (spot.end - spot.start) / spot.rate * abs(shown.speed), 1 / file.rate)
        available = time_range(file.origin * file.rate, length * file.rate, file.rate)
        shown = Played(shown.start + file.origin, shown.speed)
        made = self._finished(element, _reference(file, available), shown, spot, file.origin)
        if file.reel:
            made["metadata"].setdefault("fcp_xml", {})["reel"] = file.reel
        return made

    def seen(self, element: Element, spot: Spot, available: Fraction | None, *, still: bool = False) -> Played:
        """Return what a clip or nested sequence shows; ``available`` is the length of its media in seconds."""
        rate = rate_of(element, spot.rate) or spot.rate
        remap = None if still else remap_of(element)
        pace = abs(remap.speed) if remap else ONE
        frame, first, out = (
            1 / self._counting_rate(element, spot, rate, pace),
            number(element, "in"),
            number(element, "out"),
        )
        first = ZERO if first is None or first < 0 else first
        offset, left_out = (max(frames, ZERO) / rate for frames in _subclip(element))
        if is_true(element, "stillframe") and not still:
            held = number(element, "stillframeoffset")
            return Played(offset + (first * frame if held is None else held / rate), ZERO)
        if remap is None:
            return Played(offset + first * frame + spot.head / spot.rate)
        if available is not None:
            available = max(available - offset - left_out, 1 / rate)
        elif whole := number(element, "duration"):
            available = whole * pace / rate
        window = Window(
            first=first * frame,
            used=None if out is None or out < 0 else (out - first) * frame,
            head=spot.head / spot.rate,
            lasts=(spot.end - spot.start) / spot.rate,
            tail=spot.tail / spot.rate,
            frame=frame,
            offset=offset,
            available=available,
        )
        return played(window, remap, self.notes, shown_name(element))

    def _counting_rate(self, element: Element, spot: Spot, rate: Fraction, pace: Fraction) -> Fraction:
        """Return the rate at which in and out points count: the clip's, or the sequence's if only that one fits."""
        if rate == spot.rate:
            return rate
        first, out = number(element, "in"), number(element, "out")
        if first is None or out is None or not 0 <= first < out:
            return rate
        used, whole = out - first, spot.head + spot.end - spot.start + spot.tail
        lengths = (whole, whole * pace)
        if any(abs(used - length * rate / spot.rate) <= Fraction(1, 2) for length in lengths):
            return rate
        if all(abs(used - length) > Fraction(1, 2) for length in lengths):
            return rate
        self.notes.add("its in and out points count frames of the edit, not of the clip's rate", shown_name(element))
        return spot.rate

    def _finished(
        self, element: Element, reference: Object, shown: Played, spot: Spot, origin: Fraction = ZERO
    ) -> Object:
        """Make a clip of its media reference."""
        rate = rate_of(element, spot.rate) or spot.rate
        seen = ranged(shown.start, spot, rate)
        made = schemas.clip(name_of(element), reference, seen, enabled=not is_false(element, "enabled"))
        return self.decorated(made, element, shown.speed, rate, origin)

    def decorated(
        self, made: Object, element: Element, speed: Fraction, rate: Fraction, origin: Fraction = ZERO
    ) -> Object:
        """Add effects, markers and metadata to a clip or nested sequence; ``origin`` is the start of its media."""
        made["effects"] = list(self._effects(element, speed, drawn=schema_of(made) == "GeneratorReference.1"))
        made["markers"] = markers(element, rate, origin)
        if values := metadata(element, _FIELDS):
            made["metadata"] = {"fcp_xml": values}
        if (mode := text(element, "compositemode").casefold()) not in {"", "normal"}:
            self.notes.add(
                "blend modes are not read: such a clip covers what is below it",
                f"{one_line(mode, 20)} of {shown_name(element)}",
            )
        return made

    def _effects(self, element: Element, speed: Fraction, *, drawn: bool) -> Iterator[Object]:
        """Make the effects of a clip: its speed, and the names of the others, which are noted unless it is drawn."""
        if speed != 1:
            yield schemas.speed_effect(speed)
        for holder in element.findall("filter"):
            effect = self.elements.resolve(holder.find("effect"))
            if effect is None or is_remap(effect):
                continue
            name, kind = text(effect, "name"), text(effect, "effectid")
            enabled = not is_false(holder, "enabled")
            if enabled and not drawn and text(effect, "mediatype").casefold() != "audio" and not _is_neutral(effect):
                shown = f"{one_line(name or kind or 'unnamed', 40)} of {shown_name(element)}"
                self.notes.add("effects of the edit are not applied", shown)
            yield {
                "OTIO_SCHEMA": "Effect.1",
                "metadata": {"fcp_xml": {"effectid": kind}},
                "name": name,
                "effect_name": "",
                "enabled": enabled,
            }


def schema_of(clip: Object) -> str:
    """Return the schema of a clip's media reference; empty for a nested sequence."""
    reference = (clip.get("media_references") or {}).get("DEFAULT_MEDIA") or {}
    return str(reference.get("OTIO_SCHEMA", ""))


def name_of(element: Element) -> str:
    """Return the name of a clip or sequence."""
    return text(element, "name")


def shown_name(element: Element) -> str:
    """Return the name of a clip or sequence for a note."""
    return one_line(name_of(element) or "unnamed", 60)


def ranged(start: Fraction, spot: Spot, rate: Fraction) -> Object:
    """Make the source range of a clip: its start at its own rate, its duration at that of the sequence."""
    seen = time_range(start * rate, 0, rate)
    seen["duration"] = rational_time(spot.end - spot.start, spot.rate)
    return seen


def markers(element: Element, rate: Fraction, origin: Fraction = ZERO) -> list[Object]:
    """Make the markers of a clip or sequence; ``origin`` is the start of its media in seconds."""
    made = []
    for marker in element.findall("marker"):
        first, last = number(marker, "in") or ZERO, number(marker, "out")
        length = last - first if last is not None and last > first else ZERO
        values = metadata(marker, {"in", "out", "name"})
        made.append(
            {
                "OTIO_SCHEMA": "Marker.2",
                "metadata": {"fcp_xml": values} if values else {},
                "name": text(marker, "name"),
                "color": "GREEN",
                "comment": text(marker, "comment"),
                "marked_range": time_range(first + origin * rate, length, rate),
            }
        )
    return made


def _drawn(element: Element) -> Object:
    """Make the media reference of a clip without a file: a generator, or nothing."""
    effect = element.find("effect")
    if effect is None:
        return schemas.missing(text(element, "name"))
    kind, name = text(effect, "effectid"), text(effect, "name")
    values = {"fcp_xml": metadata(effect, {"name", "effectid"})}
    return schemas.generator(kind or name or "unnamed", None, name) | {"metadata": values}


def _reference(file: File, available: Object) -> Object:
    """Make the media reference of a file. Premiere Pro calls all that it draws itself a slug, under its own name."""
    values = {"fcp_xml": file.values} if file.values else {}
    if file.address:
        return schemas.external(file.address, available, file.name, values)
    if file.source:
        kind = file.name if file.source.casefold() == "slug" and file.name else file.source
        return schemas.generator(kind, available, file.name) | {"metadata": values}
    return schemas.missing(file.name, available, values)


def _subclip(element: Element) -> tuple[Fraction, Fraction]:
    """Return the frames that a subclip leaves out at the start and at the end of its media."""
    about = element.find("subclipinfo")
    if about is None:
        return ZERO, ZERO
    return number(about, "startoffset") or ZERO, number(about, "endoffset") or ZERO


def _is_neutral(effect: Element) -> bool:
    """Tell whether an effect leaves the picture as it is, as far as its parameters say."""
    neutral = _NEUTRAL.get(text(effect, "effectid").casefold())
    if neutral is None:
        return False
    return not any(
        parameter.find("keyframe") is not None or _differs(parameter, neutral) for parameter in effect.iter("parameter")
    )


def _differs(parameter: Element, neutral: dict[str, int]) -> bool:
    """Tell whether a parameter has another value than the one that changes nothing."""
    name = text(parameter, "parameterid").casefold()
    values = {name: number(parameter, "value")} | {
        axis: number(parameter, f"value/{axis}") for axis in ("horiz", "vert") if name == "center"
    }
    return any(value is not None and key in neutral and value != neutral[key] for key, value in values.items())
