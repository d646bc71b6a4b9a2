"""Take the account of a CMX 3600 list from its lines.

An event is counted by its record timecode, wherever it stands in the list. Source: CMX 3600 and the extensions that
editing programs write (``M2``, ``FROM CLIP NAME``, ``SOURCE FILE``, drop-frame timecode with ``;``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from otiograde.timeline.account_edl_lines import Event, events_of
from otiograde.timeline.accounts import ZERO, Account, Part, account_of, labels

#: Reels of pictures that a program draws, beside black.
_BARS = "BARS"


def account(text: str, rate: Fraction) -> Account:
    """Take the account of a list whose frames are counted at ``rate`` frames a second."""
    events = events_of(text, rate)
    shown = [event for event in events if event.is_on_any and event.counted[3] > event.counted[2]]
    begin = min((event.counted[2] for event in shown), default=0)
    length = (max((event.counted[3] for event in shown), default=0) - begin) / rate
    backgrounds = {(event.counted[2], track) for event in shown if event.kind == "KB" for track in event.tracks}
    tracks: dict[str, list[Part]] = defaultdict(list)
    last: dict[str, Event] = {}
    for event in sorted(shown, key=lambda event: event.counted[2]):
        for track in event.tracks:
            over = event.kind in {"K", "KO"} and (event.counted[2], track) in backgrounds
            for part in _parts(event, last.get(track), begin, rate):
                tracks[track].append(replace(part, enabled=not over))
            last[track] = event
    ordered = sorted(tracks, key=lambda name: int(name[1:]))
    return account_of("", [Part(name, ZERO, length, parts=tuple(tracks[name])) for name in ordered], length)


def _parts(event: Event, last: Event | None, begin: int, rate: Fraction) -> Iterator[Part]:
    """Yield the clip of an event, after the transition that it begins with.

    What a transition comes from goes on through it. Where that is not what lies before it, its first half is a clip.
    """
    source_in, source_out, record_in, record_out = event.counted
    length, place, lead = record_out - record_in, f"event {event.number}", 0
    if event.kind[0] in "DW" and (frames := min(event.frames, length)):
        yield Part(event.kind, (record_in - begin) / rate, frames / rate, transition=True, place=place)
        lead = frames // 2 if frames > 1 and not _goes_on(event, last) else 0
        if lead and event.before:
            outgoing = replace(event.before, counted=(event.before.counted[0], 0, record_in, record_in + lead))
            yield _clip(outgoing, begin, rate, event.before.speed(rate), {**event.before.names, **event.names})
    speed, slack = event.speed(rate)
    skipped = Fraction(lead) * abs(speed) if speed >= 0 else ZERO  # backwards, the last frames come first
    if speed < 0 and source_out < source_in:  # the list writes the source as it is played
        skipped = length * speed
    moved = replace(event, counted=(source_in, 0, record_in + lead, record_out))
    part = _clip(moved, begin, rate, (speed, slack), {**(event.before.names if event.before else {}), **event.names})
    name = event.names.get("TO CLIP NAME") if event.kind[0] != "C" else None
    yield replace(part, start=part.start + skipped / rate, name=name or part.name)


def _clip(event: Event, begin: int, rate: Fraction, speed: tuple[Fraction, Fraction], names: dict[str, str]) -> Part:
    """Return the clip of an event."""
    source_in, _, record_in, record_out = event.counted
    return Part(
        names.get("FROM CLIP NAME") or names.get("CLIP NAME") or event.reel,
        (record_in - begin) / rate,
        (record_out - record_in) / rate,
        source_in / event.source_rate,
        speed[0],
        slack=speed[1],
        place=f"event {event.number}",
        rate=event.source_rate,
        labels=labels(event.reel, *names.values()),
        drawn=event.is_black or event.reel.upper() == _BARS,
    )


def _goes_on(event: Event, last: Event | None) -> bool:
    """Tell whether what a transition comes from is what lies before it on the track."""
    before = event.before
    if before is None:
        return True
    adjoins = last is not None and last.counted[3] == event.counted[2]
    if last is None or not adjoins or before.is_black or last.is_black:
        return before.is_black and (last is None or not adjoins or last.is_black)
    names = last.name, event.names.get("FROM CLIP NAME")
    if last.reel.casefold() != before.reel.casefold() or (all(names) and names[0] != names[1]):
        return False
    lengths = last.counted[1] - last.counted[0], last.counted[3] - last.counted[2]
    retimed = last.motion is not None or lengths[0] != lengths[1]
    return retimed or abs(last.counted[1] - before.counted[0]) <= 1
