"""Edits that a random generator invents, in the words of each format: cuts, holes, speeds, dissolves, nests."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from making.otio import Item, clip, external, gap, lasting, stack, timeline, track, transition
from making.otio import speed as warp

#: Frames of each invented file.
LONG = 5000


def _otio_row(chance: random.Random, depth: int) -> list[Item]:
    row: list[Item] = []
    for number in range(chance.randint(3, 7)):
        source = lasting(chance.randrange(100, 2000), chance.randrange(12, 60))
        if chance.random() < 0.2:
            row.append(gap(chance.randrange(1, 30)))
        if depth and chance.random() < 0.3:
            source = lasting(chance.randrange(0, 30), chance.randrange(40, 90))
            row.append(stack(track(*_otio_row(chance, depth - 1)), name=f"nest {number}") | {"source_range": source})
            continue
        name = f"clip{chance.randrange(9)}"
        made = clip(name, source, external(f"media/{name}.mov", lasting(0, LONG)), enabled=chance.random() > 0.15)
        if chance.random() < 0.3:
            made["effects"] = [warp(chance.choice([0.5, 2.0, -1.0, 0.0]))]
        row.append(made)
        if chance.random() < 0.2:
            row.append(transition(3, 4))
    return row if row[-1].get("transition_type") is None else row[:-1]


def otio(chance: random.Random) -> str:
    return json.dumps(timeline(*(track(*_otio_row(chance, 2), name=f"V{n + 1}") for n in range(2))))


def _code(frame: int) -> str:
    seconds, frames = divmod(frame, 24)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def edl(chance: random.Random) -> str:
    lines, record = ["TITLE: invented", "FCM: NON-DROP FRAME", ""], 86_400
    before, last = 0, ""
    for number in range(1, chance.randint(8, 14)):
        length, source = chance.randrange(12, 60), chance.randrange(1000, 3000)
        hole = chance.random() < 0.2
        record += chance.randrange(1, 40) * hole
        reel, speed = f"R{chance.randrange(9):03d}", chance.choice([None, None, 48, 12, -24, 0])
        fade = chance.randrange(4, 12) if number > 1 and not hole and chance.random() < 0.3 else 0
        used = length if speed is None else max(length * abs(speed) // 24, 1)
        kind = f"D    {fade:03d}" if fade else "C       "
        if fade:
            here, there = _code(record), _code(before)
            lines.append(f"{number:03d}  {last:8} V     C        {there} {there} {here} {here}")
        codes = " ".join(map(_code, (source, source + used, record, record + length)))
        lines.append(f"{number:03d}  {reel:8} V     {kind} {codes}")
        if speed is not None:
            lines.append(f"M2   {reel:8}       {speed:05.1f}                {_code(source)}")
        record, before, last = record + length, source + used, reel
    return "\n".join(lines) + "\n"


_XML_RATE = "<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate>"


def _xmeml_track(chance: random.Random, depth: int, ids: list[int]) -> str:
    items, at = "", 0
    for _ in range(chance.randint(3, 6)):
        at += chance.randrange(0, 30) if chance.random() < 0.3 else 0
        length, source = chance.randrange(12, 60), chance.randrange(0, 300)
        ids[0] += 1
        this = ids[0]
        inner = f'<file id="f{ids[0]}"><name>m{ids[0]}.mov</name><pathurl>file:///m/m{ids[0]}.mov</pathurl>'
        inner += f"{_XML_RATE}<duration>{LONG}</duration><media><video/></media></file>"
        if depth and chance.random() < 0.3:
            inner, source = _xmeml_sequence(chance, depth - 1, ids), chance.randrange(0, 40)
        elif chance.random() < 0.3:
            speed = chance.choice([50, 200, 125])
            inner += "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>"
            inner += f"<parameter><parameterid>speed</parameterid><value>{speed}</value></parameter>"
            inner += "<parameter><parameterid>reverse</parameterid><value>"
            inner += f"{chance.choice(['TRUE', 'FALSE'])}</value></parameter></effect></filter>"
        items += f'<clipitem id="c{this}"><name>clip {this}</name>'
        items += f"<enabled>{'FALSE' if chance.random() < 0.15 else 'TRUE'}</enabled>"
        items += f"<duration>{LONG}</duration>{_XML_RATE}<start>{at}</start><end>{at + length}</end>"
        items += f"<in>{source}</in><out>{source + length}</out>{inner}</clipitem>"
        at += length
    return f"<track><enabled>TRUE</enabled>{items}</track>"


def _xmeml_sequence(chance: random.Random, depth: int, ids: list[int]) -> str:
    ids[0] += 1
    tracks = "".join(_xmeml_track(chance, depth, ids) for _ in range(2))
    head = f'<sequence id="s{ids[0]}"><name>sequence {ids[0]}</name><duration>400</duration>{_XML_RATE}'
    return f"{head}<media><video>{tracks}</video></media></sequence>"


def xmeml(chance: random.Random) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="4">{_xmeml_sequence(chance, 1, [0])}</xmeml>'


def _spine(chance: random.Random, begin: int, depth: int) -> str:
    items, at = "", begin
    for number in range(chance.randint(4, 8)):
        length, source = chance.randrange(24, 72), 86_400 + chance.randrange(0, 300)
        times = f'offset="{at}/24s" start="{source}/24s" duration="{length}/24s"'
        name, ref = f'name="clip {number}"', f'ref="a{chance.randrange(1, 4)}"'
        kind = chance.random()
        inner = ""
        if chance.random() < 0.3:
            lane = f'offset="{source + 3}/24s" start="86500/24s" duration="{chance.randrange(6, 20)}/24s"'
            inner = f'<asset-clip ref="a1" name="connected {number}" lane="1" {lane}/>'
        if kind < 0.15:
            items += f'<gap name="Gap" offset="{at}/24s" start="{source}/24s" duration="{length}/24s">{inner}</gap>'
        elif kind < 0.3 and depth:
            times = f'offset="{at}/24s" start="{chance.randrange(0, 20)}/24s" duration="{length}/24s"'
            items += f'<ref-clip ref="m1" name="compound {number}" {times}/>'
        elif kind < 0.45:
            inside = f'name="in {number}" offset="{source - 10}/24s" start="87000/24s" duration="200/24s"'
            inside = f"<asset-clip {ref} {inside}/>"
            items += f"<sync-clip {name} {times}>{inside}</sync-clip>"
        elif kind < 0.6:
            points = f'<timept time="0s" value="0s"/><timept time="{LONG * 10}/24s" value="{LONG * 20}/24s"/>'
            start = f'offset="{at}/24s" start="{source // 2}/24s" duration="{length}/24s"'
            items += f"<asset-clip {ref} {name} {start}><timeMap>{points}</timeMap></asset-clip>"
        else:
            enabled = 'enabled="0"' if chance.random() < 0.2 else ""
            items += f"<asset-clip {ref} {name} {times} {enabled}>{inner}</asset-clip>"
        at += length
    return f"<spine>{items}</spine>"


def fcpxml(chance: random.Random) -> str:
    assets = "".join(
        f'<asset id="a{n}" name="m{n}" start="3600s" duration="{LONG}/24s" hasVideo="1" format="r1">'
        f'<media-rep src="file:///m/m{n}.mov"/></asset>'
        for n in range(1, 4)
    )
    compound = (
        f'<media id="m1" name="compound"><sequence format="r1" tcStart="0s">{_spine(chance, 0, 0)}</sequence></media>'
    )
    form = '<format id="r1" frameDuration="100/2400s" width="320" height="180"/>'
    sequence = f'<sequence format="r1" tcStart="0s">{_spine(chance, 0, 1)}</sequence>'
    body = f'<library><event name="e"><project name="p">{sequence}</project></event></library>'
    return f'<fcpxml version="1.10"><resources>{form}{assets}{compound}</resources>{body}</fcpxml>'


FORMATS: dict[str, Callable[[random.Random], str]] = {".otio": otio, ".edl": edl, ".xml": xmeml, ".fcpxml": fcpxml}


def invented(suffix: str, chance: random.Random) -> str:
    """The text of an invented edit in the format of a suffix."""
    return FORMATS[suffix](chance)
