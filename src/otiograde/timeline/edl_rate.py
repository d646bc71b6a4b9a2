"""Count the timecodes of a CMX 3600 list, which states no rate: the rate is given, or follows from the codes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from otiograde.errors import TimelineError
from otiograde.record.clock import NTSC, dropped, nearest, nominal
from otiograde.timeline.edl import Code, EventList, Line
from otiograde.timeline.edl_remarks import BLACK
from otiograde.timeline.reading import Notes

#: Rates that are tried, in frames a second, in this order.
RATES = (Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60))

#: The only rates of drop-frame timecode (SMPTE ST 12-1, 5.2.2).
DROP_RATES = (30 * NTSC, 60 * NTSC)

#: Rates of sources whose codes count more frames than the list's, in frames a second, in the order of trust. Twice the
#: list's rate, the third, is that of a camera that runs at the double rate.
SOURCE_RATES = (25, 30, None, 50, 60, 48, 100, 120, 96)

#: Seconds of a day. A code that is earlier than the one before it lies beyond midnight.
DAY = 24 * 3600
MIDNIGHT = Code("24:00:00:00", DAY, 0)


@dataclass(frozen=True, slots=True)
class Count:
    """How the timecodes of a list are counted."""

    #: Frames a second of the record side.
    rate: Fraction
    #: Whether record codes without a mark are drop-frame; None: the codes are marked.
    record_drop: bool | None = None
    #: Whether the list marks its drop-frame codes; if not, its FCM statements tell.
    marked: bool = False
    #: Frames a second of the reels that count more frames than the list, by reel in lower case.
    source_rates: Mapping[str, Fraction] = field(default_factory=dict)
    #: Whether the record side runs past midnight.
    past_midnight: bool = False
    #: Frames that a second of record timecode counts.
    base: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", nominal(self.rate))

    def record(self, line: Line) -> tuple[int, int]:
        """Return record in and out in frames."""
        first, last = self.record_frame(line.record_in), self.record_frame(line.record_out)
        late = self.past_midnight and line.record_in.seconds < DAY // 2 and not line.record_in.plain
        if late or last < first:
            day = _frame(MIDNIGHT, self.base, drop=self.record_drops(line.record_in))
            first, last = (first + day, last + day) if late else (first, last + day)
        return first, last

    def record_frame(self, code: Code) -> int:
        """Return the frame of a record code."""
        return _frame(code, self.base, drop=self.record_drops(code))

    def source_rate(self, line: Line) -> Fraction:
        """Return the rate at which the source codes of a line count, in frames a second."""
        if line.rate is not None:
            return line.rate
        return self.source_rates.get(line.reel.casefold(), self.rate) if self.source_rates else self.rate

    def source(self, line: Line) -> tuple[int, int]:
        """Return source in and out in frames at ``source_rate``. Out is before in where the list writes it so."""
        base = nominal(self.source_rate(line)) if self.source_rates or line.rate else self.base
        first, last = line.source_in, line.source_out
        return _frame(first, base, drop=self.drops(line, first)), _frame(last, base, drop=self.drops(line, last))

    def drops(self, line: Line, code: Code) -> bool:
        """Tell whether a source code of a line is drop-frame."""
        drop = code.marked if self.marked or line.rate else bool(line.drop)
        return drop and self.source_rate(line) in DROP_RATES

    def record_drops(self, code: Code) -> bool:
        """Tell whether a record code is drop-frame."""
        drop = code.marked if self.record_drop is None else self.record_drop
        return drop and self.rate in DROP_RATES


def _frame(code: Code, base: int, *, drop: bool) -> int:
    """Return the frame number of a code that counts ``base`` frames a second."""
    count = code.seconds * base + code.frames
    return dropped(count, base) if drop and not code.plain else count


def count_of(events: EventList, rate: Fraction | None, notes: Notes) -> Count:
    """Return how a list is counted: at ``rate``, else at the first usual rate that fits its codes, which is noted.

    Raises ``TimelineError`` if no rate fits, or if ``rate`` does not and another one does.
    """
    lines = list(events.lines())
    codes = [code for line in lines for code in _codes(line)]
    drop = any(code.marked for code in codes) or any(line.drop for line in lines)
    candidates = DROP_RATES if drop else RATES
    most = max((code.frames for code in codes if not code.plain), default=0)
    labels = [] if drop else list(_label_differences(events))
    fitting = {
        candidate: differing_lines(events, _count(events, candidate))
        if drop
        else [line for line, seconds, frames in labels if seconds * nominal(candidate) + frames]
        for candidate in candidates
        if most < nominal(candidate)
    }
    if rate is not None:
        if drop and rate not in DROP_RATES:
            text = "drop-frame timecode exists at 29.97 and 59.94 only: counted without drops at"
            notes.add(f"{text} {rate_text(rate)}")
        return _noted(_count_at(events, rate, fitting, notes), lines, notes)
    if not fitting:
        line, code = next(_beyond(lines, max(map(nominal, candidates))), (lines[0], lines[0].record_in))
        rates = ", ".join(map(rate_text, candidates))
        raise TimelineError(f"no rate of {rates} fits: line {line.row} has {code.text}; name the rate with --rate")
    fewest = min(map(len, fitting.values()))
    chosen, *others = [candidate for candidate, differing in fitting.items() if len(differing) == fewest]
    also = f"; {', '.join(map(rate_text, others))} would fit too" if others else ""
    notes.add(f"the EDL names no rate: read at {rate_text(chosen)} (--rate names another{also})")
    return _noted(_count(events, chosen), lines, notes)


def _count_at(events: EventList, rate: Fraction, fitting: Mapping[Fraction, Sequence[Line]], notes: Notes) -> Count:
    """Return how a list is counted at a rate that the user names. Raises ``TimelineError`` if it cannot be right."""
    base = nominal(rate)
    for line, code in _beyond(events.lines(), base, sources=False):
        raise TimelineError(
            f"line {line.row}: {code.text} is no timecode at {rate_text(rate)} frames a second; check --rate"
        )
    faster = _source_rates(events, rate)
    for reel, source_rate in faster.items():
        notes.add(f"source timecodes that count {rate_text(source_rate)} frames a second", reel)
    count = _count(events, rate, faster)
    others = [other for other, differing in fitting.items() if not differing and nominal(other) != base]
    if others and not faster and (differing := differing_lines(events, count)):
        raise TimelineError(
            f"line {differing[0].row}: source and record lengths of event {differing[0].number} don't match at "
            f"{rate_text(rate)} frames a second, and all match at {rate_text(others[0])}; check --rate"
        )
    return count


def _noted(count: Count, lines: Iterable[Line], notes: Notes) -> Count:
    """Note the codes that drop-frame timecode leaves out: the list may not be drop-frame as it says."""
    if count.rate in DROP_RATES:
        for line in lines:
            codes = ((code, count.drops(line, code)) for code in (line.source_in, line.source_out))
            records = ((code, count.record_drops(code)) for code in (line.record_in, line.record_out))
            for code, drops in (*codes, *records):
                if drops and code.seconds % 60 == 0 and code.seconds // 60 % 10 and code.frames < count.base // 15:
                    notes.add("timecodes that drop-frame leaves out", f"{code.text} (line {line.row})")
    return count


def _codes(line: Line) -> tuple[Code, ...]:
    """Return the codes that count at the list's rate: record in and out, and those of the source if it has no other."""
    source = () if line.rate else (line.source_in, line.source_out)
    return (line.record_in, line.record_out, *source)


def _beyond(lines: Iterator[Line] | Sequence[Line], base: int, *, sources: bool = True) -> Iterator[tuple[Line, Code]]:
    """Yield the codes whose frames a rate does not have."""
    for line in lines:
        for code in _codes(line) if sources else (line.record_in, line.record_out):
            if code.frames >= base and not code.plain:
                yield line, code


def _count(events: EventList, rate: Fraction, source_rates: Mapping[str, Fraction] | None = None) -> Count:
    """Return how the list is counted at a rate."""
    records = any(code.marked for line in events.lines() for code in (line.record_in, line.record_out))
    sources = any(code.marked for line in events.lines() for code in _codes(line)[2:])
    return Count(
        rate,
        record_drop=None if records else bool(events.drop),
        marked=records or sources,
        source_rates=source_rates or {},
        past_midnight=any(line.record_out.seconds + DAY // 2 < line.record_in.seconds for line in events.lines()),
    )


def _source_rates(events: EventList, rate: Fraction) -> dict[str, Fraction]:
    """Return the rates of reels whose codes count more frames a second than the list, by reel in lower case.

    Of the usual rates, the first is taken at which most events of the reel last as long as on the record side.
    """
    base = nominal(rate)
    factor = rate / base
    beyond = {line.reel.casefold() for line, _ in _beyond(events.lines(), base)}
    by_reel: dict[str, list[Line]] = defaultdict(list)
    for line in events.lines():
        if line.rate is None and (reel := line.reel.casefold()) in beyond:
            by_reel[reel].append(line)
    chosen = {}
    for reel, lines in by_reel.items():
        most = max(code.frames for line in lines for code in (line.source_in, line.source_out))
        votes: Counter[Fraction] = Counter()
        for number in dict.fromkeys(usual or 2 * base for usual in (*SOURCE_RATES, most + 1)):
            if number <= most:
                continue
            count = _count(events, rate, {reel: number * factor})
            for line in lines:
                (first, last), (begin, end) = count.record(line), count.source(line)
                votes[number * factor] += abs((end - begin) / (number * factor) - (last - first) / rate) * rate <= 1
        chosen[reel] = max(votes, key=lambda candidate: votes[candidate])  # of equals the first
    return chosen


def differing_lines(events: EventList, count: Count) -> list[Line]:
    """Return the lines whose source and record lengths differ without a reason in the list."""
    differing = []
    for line in _at_normal_speed(events):
        first, last = count.record(line)
        begin, end = count.source(line)
        if end < begin:  # beyond midnight
            end += _frame(MIDNIGHT, nominal(count.source_rate(line)), drop=count.drops(line, line.source_in))
        lasts, rate = last - first, count.source_rate(line)
        if end - begin != (lasts if rate == count.rate else nearest(lasts * rate / count.rate)):
            differing.append(line)
    return differing


def _at_normal_speed(events: EventList) -> Iterator[Line]:
    """Yield the lines whose source and record lengths should be equal."""
    for event in events.events:
        line, remarks = event.line, event.remarks
        excused = remarks.motion is not None or remarks.freeze or line.kind[0] == "K"
        if not excused and line.lasts and line.reel.upper() not in BLACK:
            yield line


def _label_differences(events: EventList) -> Iterator[tuple[Line, int, int]]:
    """Yield the lines whose lengths are not equal label by label: the seconds and the frames of the difference."""
    for line in _at_normal_speed(events):
        if line.rate:
            continue
        source = line.source_out.seconds - line.source_in.seconds
        record = line.record_out.seconds - line.record_in.seconds
        seconds = source % DAY - record % DAY
        frames = line.source_out.frames - line.source_in.frames - line.record_out.frames + line.record_in.frames
        if seconds or frames:
            yield line, seconds, frames


def rate_text(rate: Fraction) -> str:
    """Write a rate for people: 25, 29.97, 23.976."""
    return str(rate) if rate.denominator == 1 else f"{float(rate):.3f}".rstrip("0")
