"""Make OTIO's tree of a CMX 3600 list: a track for each channel, each event at its record time.

Events may stand in any order. A hole on the record side becomes a gap. What overlaps an earlier event of its channel
goes to a track above. A list's dissolve begins at its event's first frame, and the outgoing source lasts through it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush

from otiograde.errors import TimelineError
from otiograde.timeline import schemas
from otiograde.timeline.edl import Event, EventList, Line, parse
from otiograde.timeline.edl_clips import ClipMaker, Stretch, name_of
from otiograde.timeline.edl_rate import Count, count_of, differing_lines
from otiograde.timeline.edl_remarks import BLACK
from otiograde.timeline.reading import Notes
from otiograde.timeline.schemas import Object

#: Most tracks of one channel, whose events overlap.
MOST_LAYERS = 99


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its record range, in frames from the first one of the list."""

    event: Event
    start: int
    end: int
    #: Whether it is seen. The foreground of a key is not.
    enabled: bool = True


def read(text: str, rate: Fraction | None, notes: Notes) -> Object:
    """Read a list at ``rate`` frames a second, else at the first usual rate that fits, as OTIO's timeline.

    Raises ``TimelineError`` if the list has no event or a line that cannot be read, or if no rate fits.
    """
    events = parse(text, notes)
    count = count_of(events, rate, notes)
    for line in differing_lines(events, count):
        notes.add("source and record lengths differ, and no speed is stated: read at normal speed", _shown(line))
    begin, channels = _by_channel(events, count, notes)
    maker = ClipMaker(count, notes)
    tracks = []
    for channel, placed in sorted(channels.items(), key=lambda item: _order(item[0])):
        kind = "Video" if channel.startswith("V") else "Audio"
        for number, layer in enumerate(_layers(placed, channel, notes)):
            name = f"{'V' if channel == 'V1' else channel}{f'-{number + 1}' if number else ''}"
            tracks.append(schemas.track(name, kind, list(_TrackMaker(maker).children(layer))))
    start = schemas.rational_time(begin, count.rate)
    return schemas.timeline(events.title, schemas.stack("tracks", tracks), start)


def _shown(line: Line) -> str:
    """Name an event for a note."""
    return f"event {line.number} (line {line.row})"


def _order(channel: str) -> tuple[bool, int]:
    """Return the sort key of a channel: pictures first, then sound, by number."""
    return channel[0] != "V", int(re.sub(r"\D", "", channel))


def _by_channel(events: EventList, count: Count, notes: Notes) -> tuple[int, dict[str, list[Placed]]]:
    """Return the first record frame of a list, and the events of each channel."""
    ranges = [count.record(event.line) for event in events.events]
    shown = [pair for pair, event in zip(ranges, events.events, strict=True) if event.line.channels]
    begin = min((first for first, last in shown if last > first), default=0)
    channels: dict[str, list[Placed]] = defaultdict(list)
    backgrounds = {
        (first, channel)
        for (first, _), event in zip(ranges, events.events, strict=True)
        for channel in event.line.channels
        if event.line.kind == "KB"
    }
    for (first, last), event in zip(ranges, events.events, strict=True):
        line = event.line
        if last <= first:
            notes.add("events of no record frame passed over", _shown(line))
            continue
        if not line.channels:
            notes.add("events on no channel passed over: neither pictures nor sound", _shown(line))
        for channel in line.channels:
            over = line.kind in {"K", "KO"} and (first, channel) in backgrounds
            if over:
                notes.add("keys are not drawn: the background is shown, the foreground is disabled", _shown(line))
            elif line.kind[0] == "K":
                notes.add("keys are read as cuts", _shown(line))
            channels[channel].append(Placed(event, first - begin, last - begin, enabled=not over))
    return begin, channels


def _layers(placed: Iterable[Placed], channel: str, notes: Notes) -> list[list[Placed]]:
    """Sort the events of a channel, and put those that overlap an earlier one on further layers, the lowest first."""
    layers: list[list[Placed]] = []
    over: list[tuple[int, int]] = []  # the layers in use, the highest first, with the end of each one's event
    for one in sorted(placed, key=lambda one: (one.start, one.event.line.kind in {"K", "KO"})):
        while over and over[0][1] <= one.start:
            heappop(over)
        number = 1 - over[0][0] if over else 0
        if number:
            notes.add(f"events of channel {channel} overlap: the later one lies above", _shown(one.event.line))
        if number >= MOST_LAYERS:
            raise TimelineError(f"line {one.event.line.row}: more than {MOST_LAYERS} events of {channel} overlap there")
        if number == len(layers):
            layers.append([])
        layers[number].append(one)
        heappush(over, (-number, one.end))
    return layers


@dataclass(slots=True)
class _TrackMaker:
    """Makes the items of one track."""

    maker: ClipMaker

    def children(self, placed: Iterable[Placed]) -> Iterator[Object]:
        """Yield the items of successive events: gaps, transitions, clips."""
        end, last = 0, None
        for one in placed:
            if one.start > end:
                yield schemas.gap(one.start - end, self.maker.count.rate)
            yield from self._event(one, last if last is not None and last.end == one.start else None)
            end, last = one.end, one

    def _event(self, one: Placed, last: Placed | None) -> Iterator[Object]:
        """Yield the clip of an event, after the transition that it begins with."""
        line, length = one.event.line, one.end - one.start
        wanted = line.length if line.kind[0] in "DW" else 0
        frames = min(wanted, length)
        if frames < wanted:
            text = f"transition of {wanted} frames on {length}, shortened"
            self.maker.notes.add("transitions longer than their events are shortened", f"{_shown(line)}: {text}")
        lead = 0
        if frames:
            if frames > 1 and not self._goes_on(one, last):
                lead = frames // 2
                yield self._outgoing(one.event, lead)
            yield self._transition(one.event, lead, frames - lead)
        yield self.maker.clip(line, one.event.remarks, Stretch(lead, length), enabled=one.enabled)

    def _goes_on(self, one: Placed, last: Placed | None) -> bool:
        """Tell whether the outgoing source of a transition is the item before it: what is there goes on."""
        before, remarks = one.event.before, one.event.before_remarks
        if before is None:
            return True
        black = before.reel.upper() in BLACK
        if last is None:
            return black
        line = last.event.line
        if black or line.reel.upper() in BLACK:
            return black and line.reel.upper() in BLACK
        count = self.maker.count
        named = name_of(line, last.event.remarks) == remarks.name or not remarks.name or not last.event.remarks.name
        if before.reel.casefold() != line.reel.casefold() or not named:
            return False
        retimed = self.maker.speed(line, last.event.remarks, last.end - last.start) != 1
        return retimed or abs(count.source(before)[0] - count.source(line)[1]) <= 1

    def _outgoing(self, event: Event, length: int) -> Object:
        """Make a clip of the outgoing source of a transition, for the first half of it.

        The incoming clip then begins in the middle. The transition shows the same frames as one that begins at the cut.
        """
        line = event.before
        assert line is not None  # noqa: S101  (else what is there goes on)
        return self.maker.clip(line, event.before_remarks, Stretch(0, length))

    def _transition(self, event: Event, before: int, after: int) -> Object:
        """Make a transition, with the list's own words for it as metadata."""
        line, names = event.line, [event.before_remarks.name, name_of(event.line, event.remarks)]
        kind = "SMPTE_Dissolve" if line.kind == "D" else "SMPTE_Wipe"
        name = f"{kind} from {names[0]} to {names[1]}" if names[0] else f"{kind} to {names[1]}"
        item = schemas.transition(kind, before, after, self.maker.count.rate, name)
        words = {"transition": line.kind, "transition_duration": float(before + after)}
        return item | {"metadata": {"cmx_3600": words}}
