"""Read Final Cut's documents (FCPXML 1.3 to 1.14) and those that other programs write in their manner.

A document holds resources (formats, assets, compound and multicam media) and projects that use them. This module reads
the resources and makes a timeline of each project. ``fcpxml_story`` places what a project shows, ``fcpxml_tracks`` lays
it out on tracks. Source: Apple's *FCPXML Reference* and the document type definitions there.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

from otiograde.errors import TimelineError
from otiograde.record.clock import nearest
from otiograde.timeline import schemas
from otiograde.timeline.fcpxml_clock import ZERO, format_rate, seconds_of
from otiograde.timeline.fcpxml_parts import ITEMS, OVERRIDES, Asset, Compound, Resources, marks_of, scene_of
from otiograde.timeline.fcpxml_story import Story
from otiograde.timeline.fcpxml_tracks import tracks_of
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.schemas import Object

#: Rate of a document without one, in frames a second: that of cinema.
DEFAULT_RATE = Fraction(24)


@dataclass(frozen=True, slots=True)
class Project:
    """What becomes one timeline."""

    name: str
    #: The sequence, or a storyline made of the clips of a document without projects.
    sequence: Element


def read(root: Element, notes: Notes) -> Object:
    """Read a document: a timeline of its project, or a collection of several. Raises ``TimelineError``."""
    resources = resources_of(root)
    projects = [
        Project(project.get("name") or "", sequence)
        for project in root.iter("project")
        if (sequence := project.find("sequence")) is not None
    ]
    if not projects:
        projects = [_loose_clips(root, notes)]
    if len(projects) == 1:
        return _timeline(projects[0], resources, notes)
    timelines = [_timeline(project, resources, Notes()) for project in projects]
    pictured = (number for number, timeline in enumerate(timelines) if _has_pictures(timeline))
    chosen = next(pictured, 0)
    timelines[chosen] = _timeline(projects[chosen], resources, notes)  # again, for its notes alone
    return schemas.collection("projects", timelines)


def resources_of(root: Element) -> Resources:
    """Read the resources of a document."""
    rates = {form.get("id", ""): format_rate(form) for form in root.iter("format")}
    assets, compounds, effects = {}, {}, {}
    for resource in root.iterfind(".//resources/*"):
        name, key = resource.get("name") or "", resource.get("id", "")
        if resource.tag == "asset":
            assets[key] = _asset(resource, rates)
        elif resource.tag == "effect":
            effects[key] = name
        elif resource.tag == "media":
            content = next((child for child in resource if child.tag in {"sequence", "multicam"}), None)
            if content is not None:
                compounds[key] = Compound(key, name, content, *_clock(content, rates))
    usual = next((rate for rate in rates.values() if rate), DEFAULT_RATE)
    return Resources(assets, compounds, effects, rates, usual, sum(1 for _ in root.iter()))


def _asset(asset: Element, rates: dict[str, Fraction | None]) -> Asset:
    """Read an asset. Its address is its own until FCPXML 1.8, and that of its ``media-rep`` since."""
    media = asset.findall("media-rep[@src]")
    originals = [rep for rep in media if rep.get("kind", "original-media") == "original-media"]
    url = asset.get("src") or next((rep.get("src", "") for rep in (*originals, *media)), "")
    sound = asset.get("hasAudio") == "1"
    stated = asset.get("hasVideo")
    return Asset(
        name=asset.get("name") or "",
        url=url,
        start=seconds_of(asset, "start") or ZERO,
        duration=seconds_of(asset, "duration"),
        picture=stated == "1" if stated is not None else not sound or asset.get("format") is not None,
        sound=sound,
        rate=rates.get(asset.get("format", "")),
        scene=scene_of(asset),
        encoding=tuple((name, one_line(value, 64)) for name in OVERRIDES if (value := asset.get(name))),
    )


def _clock(sequence: Element, rates: dict[str, Fraction | None]) -> tuple[Fraction, Fraction | None, Fraction | None]:
    """Return the start timecode, duration and rate of a sequence or multicam."""
    start, duration = seconds_of(sequence, "tcStart") or ZERO, seconds_of(sequence, "duration")
    return start, duration, rates.get(sequence.get("format", ""))


def _loose_clips(root: Element, notes: Notes) -> Project:
    """Make a project of the clips that stand in a document's events. Raises ``TimelineError`` if there are none."""
    holders = [root, *root.iter("library"), *root.iter("event")]
    clips = [child for holder in dict.fromkeys(holders) for child in holder if child.tag in ITEMS]
    if not clips:
        raise TimelineError("there is no edit in it: neither a project nor a clip")
    notes.add("no project in the FCPXML: its clips are taken as one, each after the other")
    sequence = Element("sequence")
    spine = SubElement(sequence, "spine")
    for clip in clips:
        loose = Element(clip.tag, {key: value for key, value in clip.items() if key not in {"offset", "lane"}})
        loose.extend(clip)
        spine.append(loose)
    return Project(next((clip.get("name") or "" for clip in clips), ""), sequence)


def _timeline(project: Project, resources: Resources, notes: Notes) -> Object:
    """Make the timeline of a project. Raises ``TimelineError``."""
    sequence = project.sequence
    rate = resources.rates.get(sequence.get("format", "")) or _rate_of_first(sequence, resources, notes)
    begin = seconds_of(sequence, "tcStart") or ZERO
    story = Story(resources, rate, notes)
    story.tell(sequence, begin)
    tracks = tracks_of(story.outline, rate, notes)
    stack = schemas.stack("tracks", tracks)
    stack["markers"] = [mark.otio(mark.begin - begin, rate) for mark in marks_of(sequence)]
    start = schemas.rational_time(nearest(begin * rate), rate)
    metadata = {"fcpxml": {"tcFormat": sequence.get("tcFormat")}} if sequence.get("tcFormat") else {}
    return schemas.timeline(one_line(project.name, 200), stack, start, metadata=metadata)


def _rate_of_first(sequence: Element, resources: Resources, notes: Notes) -> Fraction:
    """Return the rate of the first clip of a sequence whose format names none; else that of the document."""
    for clip in sequence.iterfind("spine/*"):
        reference = clip.get("ref", "")
        asset, compound = resources.assets.get(reference), resources.compounds.get(reference)
        rate = resources.rates.get(clip.get("format", "")) or (asset or compound or resources).rate
        if rate:
            return rate
    if resources.rate == DEFAULT_RATE:
        notes.add(f"the FCPXML names no frame rate: its frames are counted at {DEFAULT_RATE}")
    return resources.rate


def _has_pictures(timeline: Object) -> bool:
    """Tell whether a timeline has a video track."""
    return any(track["kind"] == "Video" for track in timeline["tracks"]["children"])
