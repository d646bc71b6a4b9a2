"""Place what a project of Final Cut shows and plays: each use of media, in exact seconds of the edit.

Times are those of the format (*Timing Attributes* in Apple's FCPXML reference). An element's ``offset`` is in the time
of what holds it, and its own time begins at ``start``. What an element contains is cut by it. What is connected to it
(with a ``lane``) only begins where it says, and is cut by what contains the element. Compound and multicam clips show a
part of their medium, which is opened again for each use. So all that is left is clips on layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from otiograde.errors import TimelineError
from otiograde.timeline.fcpxml_clock import (
    ZERO,
    Pane,
    Timing,
    audio_timing,
    conformed_pace,
    parts,
    seconds_of,
    stretches_of,
)
from otiograde.timeline.fcpxml_parts import (
    CONTAINERS,
    HOLDERS,
    ITEMS,
    OTHERS,
    Asset,
    Compound,
    Fade,
    Outline,
    Part,
    Resources,
    Scope,
    is_silent,
    marks_of,
    picture_changes,
)
from otiograde.timeline.reading import Notes, one_line

#: Deepest nesting of clips, compound clips opened, well below Python's recursion limit.
MAX_DEPTH = 60

#: Most pieces that an edit has, compound clips opened, and how many for each element of a larger document.
FREE_PIECES, GROWTH = 100_000, 20

#: A time later than any edit.
_FOREVER = Fraction(10**12)


@dataclass(slots=True)
class Story:
    """Tells a sequence. Afterwards ``outline`` has its parts in the order of the document."""

    resources: Resources
    #: Frames a second of the edit.
    rate: Fraction
    notes: Notes
    outline: Outline = field(default_factory=Outline)
    #: Elements and pieces placed so far.
    count: int = 0

    def tell(self, sequence: Element, begin: Fraction) -> None:
        """Place all of a sequence that begins at the timecode ``begin``, in seconds. Raises ``TimelineError``."""
        scope = Scope((Pane(ZERO, _FOREVER, begin),), self.rate)
        for spine in sequence.iterfind("spine"):
            self._storyline(spine, scope, begin)

    def _storyline(self, spine: Element, scope: Scope, begin: Fraction) -> Fraction:
        """Place a sequence's storyline. Offsets that all lie before its timecode count from 0."""
        offsets = [offset for item in spine if (offset := seconds_of(item, "offset")) is not None]
        if begin > 0 and offsets and max(offsets) < begin:
            self.notes.add("the FCPXML's offsets lie before its start timecode: they are counted from 0")
            scope, begin = replace(scope, panes=tuple(pane.shifted(begin) for pane in scope.panes)), ZERO
        return self._line(spine, scope, begin)

    def _line(self, items: Iterable[Element], scope: Scope, begin: Fraction) -> Fraction:
        """Place items one after the other, or where their offsets say. Return where the last one ends."""
        at = begin
        for item in items:
            offset = seconds_of(item, "offset")
            if item.tag == "transition":
                self._transition(item, scope, at if offset is None else offset)
            elif item.tag not in OTHERS:
                position = at if offset is None else offset
                at = position + self._visit(item, scope, position)
        return at

    def _visit(self, element: Element, scope: Scope, position: Fraction) -> Fraction:
        """Place an element and all that it holds. Return its duration."""
        self._counted()
        if scope.depth > MAX_DEPTH:
            raise TimelineError(f"clips are nested more than {MAX_DEPTH} deep")
        if element.tag == "audition":
            element = next((child for child in element if child.tag in ITEMS), element)
        timing = self._timing(element, scope, position)
        inner = replace(scope, depth=scope.depth + 1)
        if any(pane.part(position, position + timing.duration) for pane in scope.panes):
            before = len(self.outline.parts)
            self._content(element, inner, timing)
            self._mark(element, inner, timing, before)
        elif timing.duration <= 0 and element.tag != "spine":
            self.notes.add("a clip of the FCPXML lasts no time, and is left out", _name(element))
        self._connected(element, inner, timing)
        return timing.duration

    def _counted(self, number: int = 1) -> None:
        """Count what is placed. Raises ``TimelineError`` for far more than the document holds."""
        self.count += number
        if self.count > max(FREE_PIECES, GROWTH * self.resources.elements):
            raise TimelineError(f"its compound clips open to more than {self.count - 1} pieces")

    def _timing(self, element: Element, scope: Scope, position: Fraction) -> Timing:
        """Return an element's timing; what it does not state follows from its medium."""
        medium = self._medium(element)
        pace = conformed_pace(element, scope.rate, medium.rate if medium else self._stated_rate(element))
        base = medium.start if medium else ZERO
        start = seconds_of(element, "start")
        duration = seconds_of(element, "duration")
        start = base if start is None else start
        if duration is None:
            whole = self._length(element, scope) if medium is None or medium.duration is None else medium.duration
            duration = max(whole - (start - base), ZERO) / pace
        return Timing(position, duration, start, pace)

    def _medium(self, element: Element) -> Asset | Compound | None:
        """Return the asset or compound that an element shows."""
        reference = element.get("ref", "")
        if element.tag in {"ref-clip", "mc-clip"}:
            return self.resources.compounds.get(reference)
        return self.resources.assets.get(reference) if element.tag in {"asset-clip", "video", "audio"} else None

    def _stated_rate(self, element: Element) -> Fraction | None:
        return self.resources.rates.get(element.get("format", ""))

    def _length(self, element: Element, scope: Scope) -> Fraction:
        """Return the length of a storyline or container that states none: as far as what stands in it reaches."""
        if scope.depth > MAX_DEPTH:
            raise TimelineError(f"clips are nested more than {MAX_DEPTH} deep")
        compound = self._medium(element)
        lines: Iterable[Element] = (element,)
        begin = ZERO
        if isinstance(compound, Compound):
            self._check_unopened(compound, scope)
            lines, begin = compound.lines(), compound.start
            scope = replace(scope, opened=(*scope.opened, compound.key))
        elif element.tag not in {*CONTAINERS, "spine"}:
            return ZERO
        inner, end = replace(scope, depth=scope.depth + 1), begin
        for line in lines:
            at = begin
            for item in line:
                if item.tag in {*ITEMS, "spine"} and (line.tag != element.tag or not item.get("lane")):
                    self._counted()
                    offset = seconds_of(item, "offset")
                    at = at if offset is None else offset
                    at += self._timing(item, inner, at).duration if item.tag != "spine" else self._length(item, inner)
                    end = max(end, at)
        return end - begin

    def _check_unopened(self, compound: Compound, scope: Scope) -> None:
        if compound.key in scope.opened:
            raise TimelineError(f"the compound clip {one_line(compound.name or compound.key, 60)} contains itself")

    def _content(self, element: Element, scope: Scope, timing: Timing) -> None:
        """Place what an element shows and plays."""
        picture, sound = self._enabled_sources(element, scope)
        if element.get("enabled") == "0":
            self._disabled(element, scope, timing)
            return
        if scope.picture and not picture and scope.storyline:
            self._add("gap", element, scope, timing)
        for change in picture_changes(element, picture):
            self.notes.add(change, _name(element))
        first = len(self.outline.parts)
        audio = audio_timing(element, timing)
        if audio != timing and picture and sound:
            self._fill(element, replace(scope, picture=True, sound=False), timing)
            self._fill(element, replace(scope, picture=False, sound=True), audio)
        elif picture or sound:
            self._fill(element, replace(scope, picture=picture, sound=sound), timing if picture else audio)
        if element.tag in HOLDERS and (picture or sound):
            self._note_nothing(element, scope, timing, self.outline.parts[first:])

    def _note_nothing(self, element: Element, scope: Scope, timing: Timing, pieces: list[Part]) -> None:
        """Keep the place of a holder in which nothing is seen, and note one in which nothing is heard either."""
        if any(part.kind != "sound" for part in pieces):
            return
        if not pieces and (scope.picture or scope.sound):
            self.notes.add("a clip of the FCPXML holds nothing that is seen or heard", _name(element))
        if scope.picture and scope.storyline:
            self._add("gap", element, scope, timing)

    def _enabled_sources(self, element: Element, scope: Scope) -> tuple[bool, bool]:
        """Tell whether an element is seen, and whether it is heard."""
        asset, wanted = self.resources.assets.get(element.get("ref", "")), element.get("srcEnable", "all")
        picture = scope.picture and wanted in {"all", "video"} and element.tag != "audio"
        sound = scope.sound and wanted in {"all", "audio"} and element.tag not in {"video", "title", "gap"}
        if element.tag in {"asset-clip", "video"} and asset is not None:
            picture = picture and asset.picture
        if element.tag == "asset-clip" and asset is not None:
            sound = sound and asset.sound
        return picture, sound and not is_silent(element)

    def _fill(self, element: Element, scope: Scope, timing: Timing) -> None:
        """Place the medium of an element, or what it contains."""
        if element.tag in {"ref-clip", "mc-clip"}:
            self._compound(element, scope, timing)
        elif element.tag in CONTAINERS:
            inner = self._inside(element, scope, timing, self._stated_rate(element))
            heard = inner.sound and not is_silent(element.find("sync-source[@sourceID='storyline']"))
            self._contained(element, replace(inner, sound=heard), timing)
        elif element.tag == "gap":
            if scope.storyline and scope.picture:
                self._add("gap", element, scope, timing)
        elif element.get("ref", "") in self.resources.assets:
            for kind, wanted in (("picture", scope.picture), ("sound", scope.sound)):
                if wanted:
                    self._add(kind, element, scope, timing)
        elif scope.picture:
            if element.tag not in {"title", "video", "asset-clip"}:
                self.notes.add(f"the FCPXML's {one_line(element.tag, 40)} elements are not read", _name(element))
            drawn = element.tag not in {"video", "asset-clip"} or element.get("ref", "") in self.resources.effects
            self._add("generator" if drawn else "missing", element, scope, timing)

    def _inside(self, element: Element, scope: Scope, timing: Timing, rate: Fraction | None) -> Scope:
        """Return the timeline inside an element."""
        panes = tuple(self._panes(element, scope, timing))
        name = element.get("name", "") if element.tag == "clip" else ""
        return replace(scope, panes=panes, rate=rate or scope.rate, layer=(*scope.layer, 0), name=name)

    def _panes(self, element: Element, scope: Scope, timing: Timing) -> Iterator[Pane]:
        """Yield what the edit shows of an element, in the time of its content."""
        end = timing.start + timing.duration * timing.pace
        stretches = stretches_of(element, timing.start, end)
        if any(stretch.ramp for stretch in stretches):
            self.notes.add("the speed of a clip changes in the FCPXML: it is read at its mean speed", _name(element))
        elif len(stretches) > 1:
            self.notes.add("a clip of the FCPXML changes its direction, and is read in pieces", _name(element))
        for pane in parts(scope.panes, timing.position, timing.position + timing.duration):
            local = pane.within(timing.position, timing.start, timing.pace)
            if not stretches:
                yield local
            for stretch in stretches:
                self._counted()
                if piece := local.part(stretch.begin, stretch.end):
                    yield piece.within(stretch.begin, stretch.value, stretch.pace)

    def _contained(self, element: Element, inner: Scope, timing: Timing) -> None:
        """Place what stands in a container without a lane; without an offset it begins at 0 or with the container."""
        for child in _without_lane(element):
            offset = seconds_of(child, "offset")
            if offset is None:
                offset = ZERO
                if not parts(inner.panes, offset, offset + (seconds_of(child, "duration") or _FOREVER)):
                    offset = timing.start
            self._item_or_spine(child, inner, offset)

    def _item_or_spine(self, child: Element, scope: Scope, offset: Fraction) -> None:
        """Place a clip, or a storyline whose own time begins at 0, at ``offset``."""
        if child.tag != "spine":
            self._visit(child, scope, offset)
            return
        if scope.depth > MAX_DEPTH:
            raise TimelineError(f"clips are nested more than {MAX_DEPTH} deep")
        for item in child if child.get("enabled") == "0" else ():
            item.set("enabled", "0")
        inner = replace(scope, panes=tuple(pane.shifted(offset) for pane in scope.panes), depth=scope.depth + 1)
        self._line(child, inner, ZERO)

    def _compound(self, element: Element, scope: Scope, timing: Timing) -> None:
        """Open the medium of a compound or multicam clip. Raises ``TimelineError`` if it contains itself."""
        compound = self.resources.compounds.get(element.get("ref", ""))
        if compound is None:
            if scope.picture:
                self._add("missing", element, scope, timing)
            return
        self._check_unopened(compound, scope)
        inner = self._inside(element, scope, timing, compound.rate)
        inner = replace(inner, opened=(*scope.opened, compound.key))
        if compound.content.tag == "sequence":
            for spine in compound.lines():
                self._storyline(spine, inner, compound.start)
            return
        for angle, picture, sound in self._angles(element, compound):
            heard_or_seen = replace(inner, picture=inner.picture and picture, sound=inner.sound and sound)
            if heard_or_seen.picture or heard_or_seen.sound:
                self._line(angle, heard_or_seen, compound.start)

    def _angles(self, element: Element, compound: Compound) -> Iterator[tuple[Element, bool, bool]]:
        """Yield the angles that a multicam clip uses, and whether each is seen and heard."""
        angles = {angle.get("angleID", ""): angle for angle in compound.lines()}
        sources = [
            (source.get("angleID", ""), source.get("srcEnable", "all"), not is_silent(source))
            for source in element.iterfind("mc-source")
        ]
        if not sources and angles:
            self.notes.add("a multicam clip of the FCPXML names no angle: its first is read", _name(element))
            sources = [(next(iter(angles)), "all", True)]
        else:
            self.notes.add("of a multicam clip of the FCPXML, the active angle is read", _name(element))
        seen = False
        for name, enabled, heard in sources:
            if name not in angles:
                self.notes.add("a multicam clip of the FCPXML names an angle that is not there", _name(element))
                continue
            picture = enabled in {"all", "video"} and not seen
            seen = seen or picture
            yield angles[name], picture, heard and enabled in {"all", "audio"}

    def _connected(self, element: Element, scope: Scope, timing: Timing) -> None:
        """Place what is connected to an element: it is cut by what holds the element, not by the element."""
        if is_silent(element.find("sync-source[@sourceID='connected']")):
            scope = replace(scope, sound=False)
        for child in element:
            if child.tag == "caption":
                self.notes.add("the FCPXML's captions are passed over", _name(child))
                continue
            is_item = child.tag in {*ITEMS, "spine"}
            contained = element.tag in CONTAINERS and not _lane(child)
            if (is_item and not contained) or (not is_item and child.tag not in OTHERS and child.get("offset")):
                self._connect(child, scope, timing)

    def _connect(self, child: Element, scope: Scope, timing: Timing) -> None:
        """Place one clip or storyline that is connected to an element."""
        offset = seconds_of(child, "offset")
        position = timing.position if offset is None else timing.position_of(offset)
        first = scope.panes[0] if scope.panes else None
        if first and first.lasts == _FOREVER and position < first.start:
            self.notes.add("begins before the first frame of the FCPXML's edit, and is cut there", _name(child))
        layer = (*scope.layer, _lane(child) or 1)
        self._item_or_spine(child, replace(scope, layer=layer, storyline=False), position)

    def _disabled(self, element: Element, scope: Scope, timing: Timing) -> None:
        """Place an element that is disabled: it keeps its place, and what it contains is left out."""
        picture, sound = self._enabled_sources(element, scope)
        if picture or (scope.picture and scope.storyline):
            self._add("disabled", element, scope, timing)
        elif sound:
            self.notes.add("disabled sound of the FCPXML is silent", _name(element))

    def _transition(self, transition: Element, scope: Scope, position: Fraction) -> None:
        """Place a transition; whether it joins pictures or sounds follows from its filters."""
        self._counted()
        duration = seconds_of(transition, "duration") or ZERO
        heard = transition.find("filter-audio") is not None
        seen = transition.find("filter-video") is not None or not heard
        effect = transition.find("filter-video")
        name = transition.get("name") or (effect.get("name") if effect is not None else "") or "Cross Dissolve"
        for pane in parts(scope.panes, position, position + duration):
            if pane.speed == 0:
                continue
            if seen and scope.picture:
                self.outline.fades.append(Fade(name, pane, scope.layer, sound=False))
            if heard and scope.sound:
                self.outline.fades.append(Fade(name, pane, scope.layer, sound=True))

    def _add(self, kind: str, element: Element, scope: Scope, timing: Timing) -> None:
        """Add the parts of an element that the edit shows or plays."""
        asset = self.resources.assets.get(element.get("ref", ""))
        effect = self.resources.effects.get(element.get("ref", "")) or element.tag
        name = (scope.name if element.tag in {"video", "audio"} else "") or element.get("name") or ""
        name = name or (asset.name if asset else "") or (effect if kind == "generator" else "")
        for pane in self._panes(element, scope, timing):
            self._counted()
            self.outline.add(Part(kind, name, pane, scope.layer, asset, effect), element)

    def _mark(self, element: Element, scope: Scope, timing: Timing, first: int) -> None:
        """Hang the markers of an element on its parts, those from number ``first`` on. Hidden ones are left out."""
        marks = marks_of(element, timing.start, timing.duration * timing.pace)
        marked = self.outline.parts[first:] if marks else []
        self._counted(len(marks) * len(marked) // 50)  # a comparison is quick
        for mark in marks:
            begin, end = timing.position_of(mark.begin), timing.position_of(mark.begin + mark.length)
            limits = max(begin, timing.position), min(end, timing.position + timing.duration)
            if limits[1] < limits[0] or begin >= timing.position + timing.duration:
                continue
            for pane in parts(scope.panes, limits[0], max(limits[1], limits[0] + 1 / self.rate)):
                for part in marked:
                    if part.kind != "sound" and part.pane.at < pane.end and pane.at < part.pane.end:
                        part.mark(mark, pane)


def _lane(element: Element) -> int:
    """Return the lane of an element: 0 where it states none."""
    text = (element.get("lane") or "0").strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 9 else 1


def _without_lane(element: Element) -> Iterator[Element]:
    """Yield what stands in a container without a lane."""
    return (child for child in element if child.tag in {*ITEMS, "spine"} and not _lane(child))


def _name(element: Element) -> str:
    return one_line(element.get("name") or element.tag, 60)
