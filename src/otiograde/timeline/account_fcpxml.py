"""Take the account of FCPXML by the format's own rules of time.

``offset`` is in the time of what holds an element; the element's own time begins at ``start``. What a clip contains is
cut by it. What is connected to it (with a ``lane``) begins at its offset and is cut by what contains the clip, so it is
counted beside the clip. Compound and multicam clips show a part of their medium, which counts for each use. Source:
Apple, *FCPXML Reference*, "Timing Attributes", and the document type definitions there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from otiograde.record.clock import NTSC
from otiograde.timeline.accounts import (
    FOREVER,
    MOST_DEPTH,
    MOST_EVENTS,
    ONE,
    ZERO,
    Account,
    NoAccount,
    Part,
    account_of,
    labels,
)
from otiograde.timeline.limits import xml_seconds

_CLIPS = ("asset-clip", "video", "audio", "clip", "sync-clip", "ref-clip", "mc-clip", "title", "gap", "audition")
_HELD = (*_CLIPS, "spine")
_CONTAINERS = ("clip", "sync-clip")

#: Frames a second by their names in ``srcFrameRate`` and in formats.
_RATES = {str(whole): Fraction(whole) for whole in (24, 25, 30, 48, 50, 60, 90, 100, 120)} | {
    name: base * NTSC
    for name, base in (("23.98", 24), ("23.976", 24), ("29.97", 30), ("47.95", 48), ("59.94", 60), ("119.88", 120))
}
_FILM, _FAST_FILM = (24 * NTSC, Fraction(24), Fraction(25)), (48 * NTSC, Fraction(48), Fraction(50))


def accounts(root: Element) -> list[Account]:
    """Take the account of each project, else of the clips of a document without one. Raises ``NoAccount``."""
    document = _Document(root)
    made = [
        document.account(project.get("name") or "", sequence)
        for project in root.iter("project")
        if (sequence := project.find("sequence")) is not None
    ]
    return made or [document.account_of_clips(root)]


def _time(element: Element, key: str) -> Fraction | None:
    """Return a time in seconds; None if there is none."""
    return xml_seconds(element.get(key) or "")


@dataclass(frozen=True, slots=True)
class _Medium:
    """What an element refers to: an asset, or with ``content`` a compound or multicam medium."""

    name: str
    start: Fraction
    duration: Fraction | None
    rate: Fraction | None
    url: str = ""
    picture: bool = True
    content: Element | None = None


@dataclass(frozen=True, slots=True)
class _Timing:
    """When an element is on the timeline of what holds it, and its own time: ``start`` there, at ``pace``."""

    at: Fraction
    lasts: Fraction
    start: Fraction
    pace: Fraction


@dataclass(frozen=True, slots=True)
class _Line:
    """The timeline that an element is on: its rate, and the media that are open around it."""

    rate: Fraction
    depth: int = 0
    opened: tuple[str, ...] = ()

    def inner(self, rate: Fraction | None = None, key: str = "") -> _Line:
        """Return the timeline inside an element. Raises ``NoAccount`` if it is nested too deeply."""
        if self.depth > MOST_DEPTH or (key and key in self.opened):
            raise NoAccount("its clips are nested too deeply")
        return _Line(rate or self.rate, self.depth + 1, (*self.opened, key) if key else self.opened)


class _Document:
    """The resources of a document, and how its elements are counted."""

    def __init__(self, root: Element) -> None:
        self._rates = {form.get("id", ""): _rate(form) for form in root.iter("format")}
        self._assets = {asset.get("id", ""): self._asset(asset) for asset in root.iterfind(".//resources/asset")}
        self._media: dict[str, _Medium] = {}
        self._effects = {effect.get("id", ""): effect.get("name") for effect in root.iterfind(".//resources/effect")}
        for medium in root.iterfind(".//resources/media"):
            for content in medium:
                if content.tag in {"sequence", "multicam"} and medium.get("id", "") not in self._media:
                    times = _time(content, "tcStart") or ZERO, _time(content, "duration")
                    rate = self._rates.get(content.get("format", ""))
                    made = _Medium(medium.get("name") or "", *times, rate, content=content)
                    self._media[medium.get("id", "")] = made
        self._count = 0

    def _asset(self, asset: Element) -> _Medium:
        """Return an asset."""
        files = list(asset.iterfind("media-rep"))
        file = next((rep for rep in files if rep.get("kind", "original-media") == "original-media"), None)
        url = asset.get("src") or (file if file is not None else next(iter(files), asset)).get("src") or ""
        stated, silent = asset.get("hasVideo"), asset.get("hasAudio") != "1"
        picture = stated == "1" if stated is not None else silent or asset.get("format") is not None
        times = _time(asset, "start") or ZERO, _time(asset, "duration")
        return _Medium(asset.get("name") or "", *times, self._rates.get(asset.get("format", "")), url, picture)

    def account(self, name: str, sequence: Element) -> Account:
        """Take the account of a sequence."""
        first = next((rate for clip in sequence.iterfind("spine/*") if (rate := self._rate_of(clip))), None)
        usual = next((rate for rate in self._rates.values() if rate), Fraction(24))
        line = _Line(self._rates.get(sequence.get("format", "")) or first or usual)
        begin = _time(sequence, "tcStart") or ZERO
        return account_of(name, [self._sequence(sequence, begin, line)])

    def account_of_clips(self, root: Element) -> Account:
        """Take the account of the clips in a document's events, one after another."""
        sequence = Element("sequence")
        spine = Element("spine")
        sequence.append(spine)
        for holder in dict.fromkeys((root, *root.iter("library"), *root.iter("event"))):
            for clip in holder:
                if clip.tag in _CLIPS:
                    loose = Element(
                        clip.tag, {key: value for key, value in clip.items() if key not in {"offset", "lane"}}
                    )
                    loose.extend(clip)
                    spine.append(loose)
        if not len(spine):
            raise NoAccount("it states no project")
        return self.account(spine[0].get("name") or "", sequence)

    def _sequence(self, sequence: Element, begin: Fraction, line: _Line) -> Part:
        """Return the storylines of a sequence, whose time begins at ``begin``."""
        parts: list[Part] = []
        for spine in sequence.iterfind("spine"):
            offsets = [offset for item in spine if (offset := _time(item, "offset")) is not None]
            shift = begin if begin > 0 and offsets and max(offsets) < begin else ZERO  # they count from 0 then
            parts += [replace(part, at=part.at + shift) for part in self._storyline(spine, begin - shift, line)]
        return Part("", ZERO, FOREVER, begin, parts=tuple(parts))

    def _storyline(self, items: Iterable[Element], begin: Fraction, line: _Line) -> Iterator[Part]:
        """Yield the items of a storyline: each at its offset, else where the one before ends."""
        at = begin
        for item in items:
            offset = _time(item, "offset")
            at = at if offset is None else offset
            if item.tag == "transition":
                heard = item.find("filter-audio") is not None and item.find("filter-video") is None
                lasts = _time(item, "duration") or ZERO
                if not heard and lasts > 0:
                    yield Part(item.get("name") or "transition", at, lasts, place=_where(item), transition=True)
            elif item.tag in _CLIPS or item.get("duration"):  # also what later versions add
                clip = _active(item)
                timing = self._timing(clip, at, line)
                yield from self._element(clip, timing, line)
                at += timing.lasts

    def _element(self, element: Element, timing: _Timing, line: _Line) -> Iterator[Part]:
        """Yield what an element shows, and what is connected to it, in the time of what holds it."""
        self._count += 1
        if self._count > MOST_EVENTS:
            raise NoAccount("it shows too many clips")
        inner = line.inner()
        if timing.lasts > 0:
            yield from self._shown(element, timing, inner)
        for child in element:
            lane = _lane(child)
            if child.tag not in _HELD or (element.tag in _CONTAINERS and not lane):
                continue
            offset = _time(child, "offset")
            at = timing.at if offset is None else timing.at + (offset - timing.start) / timing.pace
            yield Part("", ZERO, FOREVER, parts=tuple(self._held(child, at, inner)), lane=lane or 1)

    def _held(self, child: Element, at: Fraction, line: _Line) -> Iterator[Part]:
        """Yield a clip, or a storyline whose own time begins at 0, at a second of what holds it."""
        if child.tag == "spine":
            parts = tuple(self._storyline(child, ZERO, line.inner()))
            yield Part("", at, FOREVER, enabled=child.get("enabled") != "0", parts=parts)
        else:
            child = _active(child)
            yield from self._element(child, self._timing(child, at, line), line)

    def _shown(self, element: Element, timing: _Timing, line: _Line) -> Iterator[Part]:
        """Yield the pieces of what an element shows: one, or one for each direction of its time map."""
        medium = self._medium(element)
        asset = medium if medium is not None and medium.content is None else None
        if element.tag in {"gap", "audio"} or element.get("srcEnable", "all") == "audio":
            return
        if asset is not None and not asset.picture:
            return
        parts = None if element.get("enabled") == "0" else self._contents(element, timing, medium, line)
        if parts == ():
            return
        name = element.get("name") or (medium.name if medium else self._effects.get(element.get("ref", "")))
        made = Part(
            name or element.tag,
            timing.at,
            timing.lasts,
            timing.start,
            timing.pace,
            element.get("enabled") != "0",
            parts,
            _where(element),
            asset.start if asset else None,
            (asset.rate if asset else None) or line.rate,
            labels(name or element.tag, *((asset.name, asset.url) if asset else ())),
            drawn=parts is None and asset is None,
        )
        for low, high, value, pace in _stretches(element, timing):
            content = min(value, value + (high - low) * pace)
            at, lasts = timing.at + (low - timing.start) / timing.pace, (high - low) / timing.pace
            yield replace(made, at=at, lasts=lasts, start=value if pace == 0 else content, speed=timing.pace * pace)

    def _contents(
        self, element: Element, timing: _Timing, medium: _Medium | None, line: _Line
    ) -> tuple[Part, ...] | None:
        """Return what an element contains; None for a clip of media, and for one whose medium is missing."""
        if element.tag in _CONTAINERS:
            inner = line.inner(self._rates.get(element.get("format", "")))
            low = min(value for *_, value, _ in _stretches(element, timing))
            parts: list[Part] = []
            for child in element:
                if child.tag in _HELD and not _lane(child):
                    offset = _time(child, "offset")
                    if offset is None:  # it begins at 0, or with the container if nothing of it would be seen there
                        offset = ZERO if (_time(child, "duration") or FOREVER) > low else timing.start
                    parts += self._held(child, offset, inner)
            return tuple(parts)
        if medium is None or medium.content is None:
            return None
        inner = line.inner(medium.rate, element.get("ref", ""))
        if medium.content.tag == "sequence":
            return (replace(self._sequence(medium.content, medium.start, inner), at=medium.start),)
        angle = _angle(element, medium.content)
        return () if angle is None else tuple(self._storyline(angle, medium.start, inner))

    def _medium(self, element: Element) -> _Medium | None:
        """Return the medium of an element, or None."""
        found = self._media if element.tag in {"ref-clip", "mc-clip"} else self._assets
        wanted = element.tag in {"ref-clip", "mc-clip", "asset-clip", "video", "audio"}
        return found.get(element.get("ref", "")) if wanted else None

    def _rate_of(self, element: Element) -> Fraction | None:
        """Return the rate of an element: its own, else that of its medium."""
        medium = self._assets.get(element.get("ref", "")) or self._media.get(element.get("ref", ""))
        return self._rates.get(element.get("format", "")) or (medium.rate if medium else None)

    def _timing(self, element: Element, at: Fraction, line: _Line) -> _Timing:
        """Return the timing of an element; what it does not state follows from its medium or contents."""
        medium = self._medium(element)
        source = medium.rate if medium else self._rates.get(element.get("format", ""))
        pace = _conformed(element, line.rate, source)
        base = medium.start if medium else ZERO
        start, lasts = _time(element, "start"), _time(element, "duration")
        start = base if start is None else start
        if lasts is None:
            stated = medium.duration if medium else None
            whole = self._reach(element, medium, line) if stated is None else stated
            lasts = max(whole - (start - base), ZERO) / pace
        return _Timing(at, lasts, start, pace)

    def _reach(self, element: Element, medium: _Medium | None, line: _Line) -> Fraction:
        """Return how far the contents of an element reach that states no duration."""
        self._count += 1
        if self._count > MOST_EVENTS:
            raise NoAccount("it shows too many clips")
        begin, rows = ZERO, [element]
        if medium is not None:
            begin, content = medium.start, medium.content
            rows = [row for row in content if row.tag in {"spine", "mc-angle"}] if content is not None else []
        elif element.tag not in (*_CONTAINERS, "spine"):
            return ZERO
        inner, end = line.inner(key=element.get("ref", "") if medium else ""), begin
        for row in rows:
            at = begin
            for item in row:
                if item.tag in _HELD and (row is not element or not _lane(item)):
                    offset = _time(item, "offset")
                    at = at if offset is None else offset
                    spine = item.tag == "spine"
                    at += self._reach(item, None, inner) if spine else self._timing(item, at, inner).lasts
                    end = max(end, at)
        return end - begin


def _active(element: Element) -> Element:
    """Return an element, of an audition its active clip: the first."""
    if element.tag == "audition":
        return next((child for child in element if child.tag in _CLIPS), element)
    return element


def _angle(element: Element, multicam: Element) -> Element | None:
    """Return the angle of a multicam clip that is seen."""
    angles = {angle.get("angleID", ""): angle for angle in multicam.iterfind("mc-angle")}
    sources = list(element.iter("mc-source"))
    if not sources:
        return next(iter(angles.values()), None)
    seen = (source for source in sources if source.get("srcEnable", "all") in {"all", "video"})
    return next((angles[name] for source in seen if (name := source.get("angleID", "")) in angles), None)


def _lane(element: Element) -> int:
    """Return the lane of an element; 0 if it has none."""
    text = (element.get("lane") or "0").strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 9 else 1


def _where(element: Element) -> str:
    """Describe an element by what it states."""
    stated = ", ".join(f"{key} {element.get(key)}" for key in ("offset", "start", "duration") if element.get(key))
    return f"{element.tag} {stated}".strip()[:80]


def _stretches(clip: Element, timing: _Timing) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
    """Return begin and end in a clip's own time, time of the content at begin, and pace, for each direction of play.

    A time map goes on straight beyond its ends. A speed that changes in one direction counts as its mean.
    """
    begin, end = timing.start, timing.start + timing.lasts * timing.pace
    points = sorted(
        (time, value)
        for point in clip.iterfind("timeMap/timept")
        if (time := _time(point, "time")) is not None and (value := _time(point, "value")) is not None
    )
    steps = [(one, other) for one, other in pairwise(points) if other[0] > one[0]]
    if not steps:
        return [(begin, end, begin, ONE)]
    joined: list[tuple[Fraction, Fraction, Fraction, Fraction]] = []
    for index, ((time, value), (until, last)) in enumerate(steps):
        pace = (last - value) / (until - time)
        low = begin if index == 0 else max(time, begin)
        high = end if index == len(steps) - 1 else min(until, end)
        if high <= low:
            continue
        at = value + (low - time) * pace
        if joined and _joins(joined[-1], at, pace):
            first, _, old, _ = joined[-1]
            joined[-1] = (first, high, old, (at + (high - low) * pace - old) / (high - first))
        else:
            joined.append((low, high, at, pace))
    return joined


def _joins(before: tuple[Fraction, Fraction, Fraction, Fraction], value: Fraction, pace: Fraction) -> bool:
    """Tell whether a stretch goes on where the one before ends, in the same direction."""
    begin, end, start, old = before
    same = (old > 0) == (pace > 0) and (old < 0) == (pace < 0)
    return same and start + (end - begin) * old == value


def _conformed(clip: Element, line: Fraction, source: Fraction | None) -> Fraction:
    """Return how fast a clip's own time runs on a timeline of ``line`` frames a second (``conform-rate``)."""
    conform = clip.find("conform-rate")
    if conform is None or conform.get("scaleEnabled") == "0":
        return ONE
    rate = _RATES.get(conform.get("srcFrameRate", ""), source)
    if rate is None or rate == line:
        return ONE
    if rate in _FAST_FILM and line in _FILM[:2]:
        return 2 * line / rate
    if rate in _FILM and (line in _FILM or line == 50):
        return line / rate / (2 if line == 50 else 1) if rate != 24 * NTSC or line in _FILM else 1 / NTSC
    if rate in {24 * NTSC, 48 * NTSC}:
        return 1 / NTSC
    if rate in {30 * NTSC, 60 * NTSC} and line in {30, 60}:
        return 1 / NTSC
    return NTSC if rate in {30, 60} and line in {30 * NTSC, 60 * NTSC} else ONE


def _rate(form: Element) -> Fraction | None:
    """Return the rate of a format: that of its frame duration, else of its name; None for stills."""
    frame = _time(form, "frameDuration")
    if frame is not None and frame > 0:
        return 1 / frame
    name = (form.get("name") or "").partition("_")[0]
    digits = name[len(name.rstrip("0123456789")) :]
    scan = name.rstrip("0123456789")[-1:]
    if scan not in {"p", "i"} or not digits:
        return None
    rate = _RATES.get(digits) or _RATES.get(f"{digits[:-2]}.{digits[-2:]}")
    return rate / 2 if rate and scan == "i" and rate > 30 else rate
