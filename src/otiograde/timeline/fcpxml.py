"""Amend FCPXML documents so that OpenTimelineIO's adapter of 2018 reads today's documents correctly.

The adapter (otio-fcpx-xml-adapter 1.0) has these faults:

* It looks for the media address on ``asset``; since FCPXML 1.9 it is on ``media-rep``.
* It truncates 29.97 to 29, and counts gaps in another unit.
* It truncates times: 7/25 s becomes frame 6.
* It reads a start timecode as a gap, often of one hour.
* It fails on a format without a rate, and on a still in the main storyline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

from otiograde.errors import TimelineError
from otiograde.timeline.limits import check_xml, xml_seconds
from otiograde.timeline.reading import Notes

#: Attributes that hold times.
TIMES = ("offset", "start", "duration")

#: Ticks a second. A frame of each rate of Final Cut, 1001/30000 s included, is a whole number of ticks.
TICKS = 720_000

#: Tags of clips, which may hold ``video`` and ``audio``.
CLIPS = ("clip", "asset-clip", "ref-clip")

#: Tags that the adapter does not read.
UNREAD_TAGS = ("title", "transition", "mc-clip", "audition", "timeMap")

#: Rate of a document without one, in frames a second: that of cinema.
DEFAULT_RATE = Fraction(24)


@dataclass(frozen=True, slots=True)
class Project:
    """The timing of one project."""

    #: Frames a second.
    rate: Fraction
    #: Start timecode, in seconds.
    start: Fraction


@dataclass(frozen=True, slots=True)
class AmendedDocument:
    """An amended document."""

    #: The document, for the adapter to read.
    text: str
    #: Its projects, by name.
    projects: dict[str, Project]
    #: Frames a second of everything outside projects.
    rate: Fraction


def amend(text: str, notes: Notes) -> AmendedDocument:
    """Amend a document for the adapter and count its times in ticks. Raises ``TimelineError`` if it is not XML."""
    check_xml(text.encode("utf-8", "replace"))
    try:
        root = ElementTree.fromstring(text.encode())  # noqa: S314  (expat refuses entity bombs since 2.4)
    except ElementTree.ParseError as error:
        raise TimelineError(f"not XML ({error})") from None
    for asset in root.iter("asset"):
        media = asset.find("media-rep[@src]")
        if media is not None and not asset.get("src"):
            asset.set("src", media.get("src", ""))
    _retag_videos(root, notes)
    rates = _take_rates(root)
    first_rate = next(iter(rates.values()), DEFAULT_RATE)
    starts = {sequence: _take_start(sequence) for sequence in root.iter("sequence")}
    projects = {}
    for project in root.iter("project"):
        if (sequence := project.find("sequence")) is not None:
            rate = rates.get(sequence.get("format", ""), first_rate)
            projects[project.get("name", "")] = Project(rate, starts[sequence])
    for element in root.iter():
        for key in TIMES:
            if (seconds := _seconds(element.get(key))) is not None:
                element.set(key, _tick_time(seconds))
    return AmendedDocument(ElementTree.tostring(root, encoding="unicode"), projects, first_rate)


def restore_times(tree: dict[str, Any], document: AmendedDocument) -> dict[str, Any]:
    """Convert the times that the adapter read to frames of the project, and set the project's start timecode."""
    todo: list[tuple[Any, Fraction]] = [(tree, document.rate)]
    while todo:
        value, rate = todo.pop()
        if isinstance(value, list):
            todo.extend((child, rate) for child in value)
        elif isinstance(value, dict):
            schema = str(value.get("OTIO_SCHEMA", "")).partition(".")[0]
            if schema == "RationalTime":
                value["value"] = float(Fraction(value["value"]) / Fraction(value["rate"]) * rate)
                value["rate"] = float(rate)
            project = document.projects.get(value.get("name", "")) if schema == "Timeline" else None
            if project:
                rate = project.rate
                start = float(round(project.start * rate))
                value["global_start_time"] = {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": start}
            todo.extend((child, rate) for key, child in value.items() if key != "global_start_time")
    return tree


def _retag_videos(root: ElementTree.Element, notes: Notes) -> None:
    """Turn stills of the main storyline into clips, and note generators and other tags that are not read.

    A ``video`` in the storyline itself is a still if it refers to an asset, else a generator.
    """
    assets = {asset.get("id") for asset in root.iter("asset")}
    for element in list(_outside_clips(root, in_clip=False)):
        if element.get("ref") in assets:
            element.tag = "asset-clip"
        else:
            notes.add("the FCPXML's generators are passed over", element.get("name") or "unnamed")
            element.tag = "generator"
    for tag in UNREAD_TAGS:
        for element in root.iter(tag):
            kind = "speed change" if tag == "timeMap" else tag
            notes.add(f"the FCPXML's {kind}s are passed over", element.get("name") or "")


def _outside_clips(element: ElementTree.Element, in_clip: bool) -> Iterator[ElementTree.Element]:
    """Yield the ``video`` and ``audio`` elements that are not inside a clip."""
    for child in element:
        if child.tag in {"video", "audio"} and not in_clip:
            yield child
        yield from _outside_clips(child, in_clip or child.tag in CLIPS)


def _take_rates(root: ElementTree.Element) -> dict[str, Fraction]:
    """Return the rates of the document's formats, by id, and set all of them to ticks in the document."""
    rates = {}
    for element in root.iter("format"):
        if length := _seconds(element.get("frameDuration")):
            rates[element.get("id", "")] = 1 / length
        element.set("frameDuration", f"1/{TICKS}s")
    return rates


def _take_start(sequence: ElementTree.Element) -> Fraction:
    """Return a sequence's start timecode in seconds, and subtract it from the offsets of its storyline."""
    start = _seconds(sequence.get("tcStart")) or Fraction(0)
    for clip in sequence.findall("./spine/*") if start else ():
        offset = _seconds(clip.get("offset"))
        if offset is not None and offset >= start:
            clip.set("offset", f"{(offset - start).numerator}/{(offset - start).denominator}s")
    return start


def _seconds(time: str | None) -> Fraction | None:
    """Parse a time to seconds; None for anything else. Raises ``TimelineError`` if it is out of range."""
    return xml_seconds(time or "")


def _tick_time(seconds: Fraction) -> str:
    """Write a time for the adapter, a tenth of a tick late: it truncates, and 7/25 s would lose a tick to rounding."""
    return f"{round(seconds * TICKS) * 10 + 1}/{TICKS * 10}s" if seconds else "0s"
