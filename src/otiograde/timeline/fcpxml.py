"""FCPXML: amend a Final Cut document so that OpenTimelineIO's 2018 adapter reads today's documents right.

The adapter (otio-fcpx-xml-adapter 1.0) looks for a media address on ``asset`` (since FCPXML 1.9 it is on its
``media-rep``), cuts 29.97 down to 29 and counts gaps in another unit, truncates times (7/25 s is frame 6), takes a
start time code for an hour of gap, and stops at a format without a rate and at a still in the main storyline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

from otiograde.errors import TimelineError
from otiograde.timeline.reading import Notes

TIMES = ("offset", "start", "duration")
TICKS = 720_000  # a second's ticks: every frame rate of Final Cut, 1001/30000 s too, is a whole number of them
CLIPS = ("clip", "asset-clip", "ref-clip")
PASSED_OVER = ("title", "transition", "mc-clip", "audition", "timeMap")
USUAL_RATE = Fraction(24)


@dataclass(frozen=True, slots=True)
class Project:
    """A project's frame ``rate`` and the time code, in seconds, at which it begins."""

    rate: Fraction
    begin: Fraction


@dataclass(frozen=True, slots=True)
class Amended:
    """The amended ``text``, its ``projects`` by name, and the ``rate`` of what is in no project."""

    text: str
    projects: dict[str, Project]
    rate: Fraction


def amended(text: str, notes: Notes) -> Amended:
    """The document as the adapter needs it, counted in ticks. Raises ``TimelineError`` when it is not XML."""
    try:
        root = ElementTree.fromstring(text.encode())  # noqa: S314  (expat refuses entity bombs since 2.4)
    except ElementTree.ParseError as wrong:
        raise TimelineError(f"not XML ({wrong})") from None
    for asset in root.iter("asset"):
        media = asset.find("media-rep[@src]")
        if media is not None and not asset.get("src"):
            asset.set("src", media.get("src", ""))
    _stills(root, notes)
    rates = _rates(root)
    usual = next(iter(rates.values()), USUAL_RATE)
    begins = {sequence: _begin(sequence) for sequence in root.iter("sequence")}
    projects = {}
    for project in root.iter("project"):
        if (sequence := project.find("sequence")) is not None:
            rate = rates.get(sequence.get("format", ""), usual)
            projects[project.get("name", "")] = Project(rate, begins[sequence])
    for element in root.iter():
        for key in TIMES:
            if (seconds := _seconds(element.get(key))) is not None:
                element.set(key, _written(seconds))
    return Amended(ElementTree.tostring(root, encoding="unicode"), projects, usual)


def restored(tree: dict[str, Any], document: Amended) -> dict[str, Any]:
    """What the adapter read, in frames of its project, with the project's start time code."""
    todo: list[tuple[Any, Fraction]] = [(tree, document.rate)]
    while todo:
        value, rate = todo.pop()
        if isinstance(value, list):
            todo.extend((each, rate) for each in value)
        elif isinstance(value, dict):
            schema = str(value.get("OTIO_SCHEMA", "")).partition(".")[0]
            if schema == "RationalTime":
                value["value"] = float(Fraction(value["value"]) / Fraction(value["rate"]) * rate)
                value["rate"] = float(rate)
            project = document.projects.get(value.get("name", "")) if schema == "Timeline" else None
            if project:
                rate = project.rate
                begin = float(round(project.begin * rate))
                value["global_start_time"] = {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": begin}
            todo.extend((each, rate) for key, each in value.items() if key != "global_start_time")
    return tree


def _stills(root: ElementTree.Element, notes: Notes) -> None:
    """A ``video`` of the storyline itself is a still (read as a clip) or a generator (not read by the adapter)."""
    assets = {asset.get("id") for asset in root.iter("asset")}
    for element in list(_loose(root, in_clip=False)):
        if element.get("ref") in assets:
            element.tag = "asset-clip"
        else:
            notes.add("the FCPXML's generators are passed over", element.get("name") or "unnamed")
            element.tag = "generator"
    for tag in PASSED_OVER:
        for element in root.iter(tag):
            kind = "speed change" if tag == "timeMap" else tag
            notes.add(f"the FCPXML's {kind}s are passed over", element.get("name") or "")


def _loose(element: ElementTree.Element, in_clip: bool) -> Iterator[ElementTree.Element]:
    """The ``video`` and ``audio`` elements that are inside no clip."""
    for child in element:
        if child.tag in {"video", "audio"} and not in_clip:
            yield child
        yield from _loose(child, in_clip or child.tag in CLIPS)


def _rates(root: ElementTree.Element) -> dict[str, Fraction]:
    """The rates of the document's formats by id; in the document all of them are made ticks."""
    rates = {}
    for each in root.iter("format"):
        if length := _seconds(each.get("frameDuration")):
            rates[each.get("id", "")] = 1 / length
        each.set("frameDuration", f"1/{TICKS}s")
    return rates


def _begin(sequence: ElementTree.Element) -> Fraction:
    """A sequence's start time code in seconds; its storyline's offsets are made to count from there."""
    begin = _seconds(sequence.get("tcStart")) or Fraction(0)
    for clip in sequence.findall("./spine/*") if begin else ():
        offset = _seconds(clip.get("offset"))
        if offset is not None and offset >= begin:
            clip.set("offset", f"{(offset - begin).numerator}/{(offset - begin).denominator}s")
    return begin


def _seconds(time: str | None) -> Fraction | None:
    """Seconds of ``1001/30000s`` or ``5s``."""
    try:
        return Fraction((time or "").strip().removesuffix("s"))
    except (ValueError, ZeroDivisionError):
        return None


def _written(seconds: Fraction) -> str:
    """A time for the adapter, a tenth of a tick late: it truncates, and 7/25 s would lose a tick to rounding."""
    return f"{round(seconds * TICKS) * 10 + 1}/{TICKS * 10}s" if seconds else "0s"
