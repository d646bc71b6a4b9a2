"""Read FCP7 XML (xmeml), which Final Cut Pro 7, Premiere Pro and DaVinci Resolve write, as OTIO's JSON values.

Each sequence of the document becomes a timeline. A nested sequence becomes a stack, at any depth, each use of it for
itself. Gaps are what lies between the items of a track. Times stay exact: a clip's start counts at its own rate, its
duration at that of its sequence.

Source: Apple, "Final Cut Pro XML Interchange Format", version 5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from otiograde.errors import TimelineError
from otiograde.timeline import schemas
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.schemas import Object, rational_time
from otiograde.timeline.xmeml_clips import ClipReader, Elements, Spot, markers, name_of, ranged, shown_name
from otiograde.timeline.xmeml_tracks import TAGS, Channels, Placed, is_other_channel, lay_out
from otiograde.timeline.xmeml_values import is_false, is_true, metadata, number, rate_of, text, timecode

#: Deepest nesting of sequences. An OTIO tree has four levels for each.
_DEEPEST = 28

#: Elements that nested sequences may repeat. A sequence that is nested twice in one, twenty times over, is a bomb.
_MOST_REPEATED = 1_000_000

#: Rate of a sequence that states none, in frames a second: that of cinema.
_DEFAULT_RATE = Fraction(24)

#: Effects that are a plain cross dissolve, by id or name in lower case.
_DISSOLVES = frozenset({"", "cross dissolve", "crossdissolve", "dissolve", "film dissolve", "cross fade"})


def read(root: Element, notes: Notes) -> Object:
    """Read a document: a timeline, or a collection of its timelines, or of its clips if it has no sequence.

    Raises ``TimelineError`` if it holds neither, if a sequence contains itself, or if sequences are nested too deeply.
    """
    reader = _Reader(Elements(root), notes)
    sequences = [*root.iterfind("sequence"), *root.iterfind(".//children/sequence")]
    if sequences:
        made = [reader.timeline(sequence) for sequence in sequences]
    else:
        clips = (*root.iterfind("clip"), *root.iterfind(".//children/clip"))
        made = [reader.browser_clip(clip) for clip in clips if not _is_sound(clip)]
    if not made:
        raise TimelineError("neither a sequence nor a clip in this FCP7 XML")
    if sequences and len(made) == 1:
        return made[0]
    return {"OTIO_SCHEMA": "SerializableCollection.1", "metadata": {}, "name": "", "children": made}


@dataclass(frozen=True, slots=True)
class _Inside:
    """Where the reader is: the kind of track, and the sequences around it, the innermost last."""

    kind: str
    rate: Fraction
    around: tuple[Element, ...] = ()


class _Reader:
    """Reads the sequences of one document."""

    def __init__(self, elements: Elements, notes: Notes) -> None:
        self._elements, self._notes = elements, notes
        self._sizes: dict[Element, int] = {}
        self._repeated = 0

    def timeline(self, element: Element) -> Object:
        """Make a timeline of a sequence."""
        sequence = self._whole(element)
        name, rate = name_of(sequence), self._rate(sequence)
        tracks = [track for kind in ("Video", "Audio") for track in self._tracks(sequence, _Inside(kind, rate))]
        values = metadata(sequence, {"name", "media", "marker", "duration"})
        media = sequence.find("media")
        about = {part.tag: metadata(part, {"track"}) for part in (() if media is None else media)}
        if about := {tag: value for tag, value in about.items() if value}:
            values["media"] = about
        stack = schemas.stack(name, tracks)
        stack["markers"] = markers(sequence, rate)
        start = rational_time(timecode(sequence, rate) or 0, rate)
        return schemas.timeline(name, stack, start, metadata={"fcp_xml": values} if values else {})

    def browser_clip(self, clip: Element) -> Object:
        """Make a clip of a clip in the browser: from its in point to its out point, else all of it."""
        rate = rate_of(clip, None) or _DEFAULT_RATE
        first, out = number(clip, "in"), number(clip, "out")
        first = first if first is not None and first > 0 else Fraction(0)
        end = out if out is not None and out > first else number(clip, "duration") or first
        spot = Spot(Fraction(0), max(end - first, Fraction(1)), Fraction(0), Fraction(0), rate)
        return ClipReader(self._elements, self._notes).clip(clip, spot)

    def _whole(self, element: Element) -> Element:
        """Return a sequence itself for one that is named by its id."""
        return self._elements.resolve(element) or element

    def _rate(self, sequence: Element, inherited: Fraction | None = None) -> Fraction:
        """Return the rate of a sequence: its own, else that of its timecode, its pictures or its first item."""
        stated = rate_of(sequence, None)
        places = ("timecode", "media/video/format/samplecharacteristics", "media/video/track/clipitem")
        for path in () if stated else places:
            holder = sequence.find(path)
            stated = stated or (None if holder is None else rate_of(holder, None))
        if not (stated or inherited):
            self._notes.add(f"a sequence names no frame rate: read at {_DEFAULT_RATE}", shown_name(sequence))
        return stated or inherited or _DEFAULT_RATE

    def _tracks(self, sequence: Element, inside: _Inside) -> Iterator[Object]:
        """Make the tracks of one kind of a sequence.

        Raises ``TimelineError`` if a sequence contains itself, or if it is nested too deeply or too often.
        """
        if sequence in inside.around:
            raise TimelineError(f"the sequence {one_line(name_of(sequence) or 'unnamed', 60)} contains itself")
        if len(inside.around) > _DEEPEST:
            raise TimelineError(f"sequences are nested more than {_DEEPEST} deep; flatten the edit and try again")
        inside = replace(inside, around=(*inside.around, sequence))
        channels = Channels()
        for reference in sequence.iterfind(f"media/{inside.kind.lower()}/track"):
            track = self._elements.resolve(reference) or reference
            repeated = channels.repeated(track) if inside.kind == "Audio" else frozenset()
            if inside.kind == "Audio" and is_other_channel(track):
                continue
            if not repeated or any(item.tag in TAGS and item not in repeated for item in track):
                yield self._track(track, inside, repeated)

    def _track(self, track: Element, inside: _Inside, without: Collection[Element]) -> Object:
        """Make a track; the items ``without`` become gaps. Raises ``TimelineError``."""
        self._count(track)
        reader = ClipReader(self._elements, self._notes if inside.kind == "Video" else Notes())
        children: list[Object] = []
        position = Fraction(0)
        for placed in lay_out(track, inside.rate, self._elements, reader.notes):
            if placed.element in without:
                continue
            if placed.start > position:
                children.append(schemas.gap(placed.start - position, inside.rate))
                position = placed.start
            if placed.element.tag == "transitionitem":
                children.append(_transition(placed, inside))
                continue
            children.append(self._item(reader, placed, inside))
            position = max(position, placed.end)
        made = schemas.track(text(track, "name"), inside.kind, children, enabled=not is_false(track, "enabled"))
        if values := metadata(track, {"name", "clipitem", "generatoritem", "transitionitem"}):
            made["metadata"] = {"fcp_xml": values}
        return made

    def _count(self, track: Element) -> None:
        """Count what of the document is read once more. Raises ``TimelineError`` if that is too much."""
        if track not in self._sizes:
            self._sizes[track] = sum(1 + len(element.text or "") // 64 for element in track.iter())
            return
        self._repeated += self._sizes[track]
        if self._repeated > _MOST_REPEATED:
            raise TimelineError("nested sequences repeat too much of the document; flatten the edit and try again")

    def _item(self, reader: ClipReader, placed: Placed, inside: _Inside) -> Object:
        """Make a clip, a nested sequence, or the active angle of a multiclip."""
        element, spot = placed.element, placed.spot
        nested = self._elements.resolve(element.find("sequence"))
        if nested is not None and nested.find("media") is not None:
            return self._nest(reader, element, nested, spot, inside)
        if nested is not None:
            reader.notes.add("the document does not contain a sequence that it nests", shown_name(element))
        multiclip = self._elements.resolve(element.find("multiclip"))
        angle = None if multiclip is None else _active_angle(multiclip, inside.kind)
        if angle is not None and element.find("file") is None:
            reader.notes.add("all angles of a multiclip are read as if they began together", shown_name(element))
            file = self._elements.file(self._elements.resolve(angle) or angle)
            if file is not None:
                element = _with(element, file)
        return reader.clip(element, spot)

    def _nest(self, reader: ClipReader, element: Element, sequence: Element, spot: Spot, inside: _Inside) -> Object:
        """Make a stack of a nested sequence: its tracks of the kind in which it lies."""
        rate = self._rate(sequence, inside.rate)
        tracks = list(self._tracks(sequence, replace(inside, rate=rate)))
        stated = number(sequence, "duration")
        frames = stated if stated and stated > 0 else max((_frames(track) for track in tracks), default=Fraction(0))
        if not tracks:
            reader.notes.add("a nested sequence holds nothing", shown_name(element))
        shown = reader.seen(element, spot, frames / rate or None)
        clip_rate = rate_of(element, spot.rate) or spot.rate
        made = schemas.stack(
            name_of(element) or name_of(sequence),
            tracks,
            ranged(shown.start, spot, clip_rate),
            enabled=not is_false(element, "enabled"),
        )
        reader.decorated(made, element, shown.speed, clip_rate)
        made["markers"] += markers(sequence, rate)
        return made


def _is_sound(clip: Element) -> bool:
    """Tell whether a clip in the browser has sound and no pictures."""
    media = [part.tag for part in clip.iterfind("media/*")]
    return "audio" in media and "video" not in media


def _frames(track: Object) -> Fraction:
    """Return the length of a track in frames of its sequence."""
    ranges = [child["source_range"] for child in track["children"] if child.get("source_range")]
    return sum((Fraction(seen["duration"]["value"]) for seen in ranges), Fraction(0))


def _active_angle(multiclip: Element, kind: str) -> Element | None:
    """Return the clip of a multiclip's active angle, else of its first one."""
    key = f"active{kind.lower()}angle"
    angles = [angle for angle in multiclip.iterfind("angle") if angle.find("clip") is not None]
    active = [angle for angle in angles if is_true(angle, key)]
    return next((angle.find("clip") for angle in (*active, *angles)), None)


def _with(element: Element, file: Element) -> Element:
    """Return a copy of a clip that has a file."""
    made = Element(element.tag, element.attrib)
    made.extend([child for child in element if child.tag != "multiclip"])
    made.append(file)
    return made


def _transition(placed: Placed, inside: _Inside) -> Object:
    """Make a transition. One that is not a plain dissolve has its name as its type: the movie says so."""
    effect = placed.element.find("effect")
    name = "" if effect is None else text(effect, "name")
    kind = "" if effect is None else text(effect, "effectid") or name
    plain = inside.kind == "Audio" or kind.casefold() in _DISSOLVES or name.casefold() in _DISSOLVES - {""}
    transition_type = "SMPTE_Dissolve" if plain else one_line(name or kind, 60)
    return schemas.transition(transition_type, placed.spot.head, placed.spot.tail, inside.rate, name)
