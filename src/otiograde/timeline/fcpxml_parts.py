"""The nouns of an FCPXML document: its resources, and the parts that its story comes down to."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element

from otiograde.timeline import schemas
from otiograde.timeline.fcpxml_clock import ZERO, Pane, seconds_of
from otiograde.timeline.reading import one_line

#: Elements that are clips.
ITEMS = ("asset-clip", "video", "audio", "clip", "sync-clip", "ref-clip", "mc-clip", "title", "gap", "audition")

#: Elements that contain what stands in them without a lane.
CONTAINERS = ("clip", "sync-clip")

#: Elements that show what others hold.
HOLDERS = (*CONTAINERS, "ref-clip", "mc-clip")

#: Elements inside a clip that are neither clips nor change its picture.
OTHERS = frozenset(
    [
        "note",
        "conform-rate",
        "timeMap",
        "audio-channel-source",
        "audio-role-source",
        "adjust-conform",
        "adjust-colorConform",
        "mc-source",
        "marker",
        "chapter-marker",
        "rating",
        "keyword",
        "analysis-marker",
        "metadata",
        "text",
        "text-style-def",
        "param",
        "sync-source",
        "object-tracker",
        "hidden-clip-marker",
        "reserved",
    ]
)

#: Elements that change the sound of a clip; ``adjust-`` stands before most others that change its picture.
_SOUND_CHANGES = frozenset(
    [
        "adjust-volume",
        "adjust-panner",
        "adjust-loudness",
        "adjust-noiseReduction",
        "adjust-humReduction",
        "adjust-EQ",
        "adjust-matchEQ",
        "adjust-voiceIsolation",
        "filter-audio",
        "mute",
    ]
)

#: Elements that become markers.
MARKERS = ("marker", "chapter-marker", "keyword", "note")

#: The key of a scene in metadata.
SCENE_KEY = "com.apple.proapps.studio.scene"

#: The attributes of an asset in which a user names its encoding.
OVERRIDES = ("colorSpaceOverride", "customLogOverride")

Layer: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asset:
    """A media file. Times are seconds."""

    name: str
    #: Address of the file, empty if the document states none.
    url: str
    #: Timecode of its first frame, and its length; None if the document states none.
    start: Fraction
    duration: Fraction | None
    #: Whether it has pictures, and sound.
    picture: bool
    sound: bool
    #: Frames a second; None for stills and sound.
    rate: Fraction | None
    #: The scene that its metadata state.
    scene: str = ""
    #: The encoding that its user chose, by the attribute's name: ``colorSpaceOverride`` or ``customLogOverride``.
    encoding: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Compound:
    """The medium of compound clips (a sequence) or of multicam clips."""

    key: str
    name: str
    content: Element
    #: Timecode of its first frame, and its length; None if the document states none. In seconds.
    start: Fraction
    duration: Fraction | None
    rate: Fraction | None

    def lines(self) -> list[Element]:
        """Return its storylines or angles."""
        return [child for child in self.content if child.tag in {"spine", "mc-angle"}]


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of a document, by their ids."""

    assets: dict[str, Asset]
    compounds: dict[str, Compound]
    #: Names of effects.
    effects: dict[str, str]
    #: Rates of formats; None for those of stills.
    rates: dict[str, Fraction | None]
    #: The first rate of the document.
    rate: Fraction
    #: How many elements the document has.
    elements: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The timeline that elements stand on."""

    #: What the edit shows of it.
    panes: tuple[Pane, ...]
    #: Frames a second.
    rate: Fraction
    #: Lanes from the outermost timeline to this one.
    layer: Layer = (0,)
    #: Whether its pictures are seen, and its sound is heard.
    picture: bool = True
    sound: bool = True
    #: Names of the compound clips that it is in.
    opened: tuple[str, ...] = ()
    #: How many elements hold it.
    depth: int = 0
    #: Whether it is a storyline, whose holes are part of the edit.
    storyline: bool = True
    #: Name of the clip that it is the inside of.
    name: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker, keyword or note of a clip, in seconds of its own time."""

    name: str
    begin: Fraction
    length: Fraction
    #: The element that it was.
    kind: str
    note: str = ""

    def otio(self, begin: Fraction, rate: Fraction) -> dict[str, Any]:
        """Return it as a marker that begins at a time, counted at ``rate``."""
        marked = schemas.time_range(begin * rate, self.length * rate, rate)
        note = {"note": self.note} if self.note else {}
        return schemas.marker(self.name, marked, {"fcpxml": {"kind": self.kind, **note}})


@dataclass(slots=True)
class Part:
    """One use of media, or of nothing, at one speed."""

    #: ``picture``, ``sound``, ``generator``, ``missing``, ``disabled`` or ``gap``.
    kind: str
    name: str
    #: When the edit shows it, and what of it.
    pane: Pane
    #: Lanes from the outermost timeline to its own.
    layer: Layer
    asset: Asset | None
    #: Name of the effect that draws a generator.
    effect: str
    #: The scene that its metadata, or those of its media, state.
    scene: str = ""
    #: Markers, and the second of the part at which each begins.
    marks: list[tuple[Mark, Fraction]] = field(default_factory=list)

    def mark(self, mark: Mark, pane: Pane) -> None:
        """Hang a marker on it, which lies where ``pane`` does."""
        moment = min(max(pane.at, self.pane.at), self.pane.end)
        self.marks.append((mark, self.pane.time_at(moment)))


@dataclass(frozen=True, slots=True)
class Fade:
    """A transition of pictures or of sound."""

    name: str
    pane: Pane
    layer: Layer
    sound: bool


@dataclass(slots=True)
class Outline:
    """What the edit shows and plays, in the order of the document."""

    parts: list[Part] = field(default_factory=list)
    fades: list[Fade] = field(default_factory=list)
    #: What is heard, so that the channels of one file are not played twice.
    heard: set[tuple[str, Pane]] = field(default_factory=set)

    def add(self, part: Part, element: Element) -> None:
        """Add a part, with the scene of its element or media.

        The same sound at the same time is another channel of the file, and is heard already.
        """
        if part.kind == "sound":
            key = (part.asset.url or part.asset.name if part.asset else part.name, part.pane)
            if key in self.heard:
                return
            self.heard.add(key)
        part.scene = scene_of(element) or (part.asset.scene if part.asset else "")
        self.parts.append(part)


def marks_of(holder: Element, start: Fraction = ZERO, duration: Fraction = ZERO) -> list[Mark]:
    """Return the markers of a clip or sequence, whose own time begins at ``start`` and lasts ``duration``."""
    marks = []
    for element in holder:
        if element.tag not in MARKERS:
            continue
        text = element.get("value") or (element.text or "").strip() or element.get("note") or ""
        begin, length = seconds_of(element, "start"), seconds_of(element, "duration")
        whole = element.tag in {"keyword", "note"}
        begin = start if begin is None else begin
        length = (duration if whole else ZERO) if length is None else max(length, ZERO)
        if whole or begin >= start:
            marks.append(
                Mark(one_line(text, 300), begin, length, element.tag, one_line(element.get("note") or "", 300))
            )
    return marks


def scene_of(holder: Element) -> str:
    """Return the scene that the metadata of a clip or asset state, empty without one."""
    values = (md for md in holder.iterfind("metadata/md") if md.get("key") == SCENE_KEY)
    return next((one_line(md.get("value") or "", 64).strip() for md in values), "")


def is_silent(holder: Element | None) -> bool:
    """Tell whether all channels or roles of sound that a clip or source lists are switched off."""
    if holder is None:
        return False
    sources = [child for child in holder if child.tag in {"audio-channel-source", "audio-role-source"}]
    return bool(sources) and all("0" in (source.get("active"), source.get("enabled")) for source in sources)


def picture_changes(clip: Element, picture: bool) -> list[str]:
    """Return notes on what changes the picture or sound of a clip and is not read."""
    changes = {child.tag for child in clip if child.get("enabled") != "0"} - OTHERS - {*ITEMS, "spine"}
    notes = []
    if changes & _SOUND_CHANGES:
        notes.append("levels and filters of sound in the FCPXML are passed over")
    switches = [child for tag in ("audio-channel-source", "audio-role-source") for child in clip.iterfind(f".//{tag}")]
    if any("0" in (switch.get("active"), switch.get("enabled")) for switch in switches) and not is_silent(clip):
        notes.append("some sound of a clip is off in the FCPXML, and may be heard")
    seen = [change for change in sorted(changes) if picture and change.startswith(("adjust-", "filter-"))]
    notes += [f"{one_line(change, 40)} of the FCPXML is passed over" for change in seen if change not in _SOUND_CHANGES]
    return notes
