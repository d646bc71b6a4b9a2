"""Random stories, each frame of which is asked of an oracle that follows the format's rule from the outside in."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.fcpxml import MEDIA, document, read
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.timeline import Reading, read_edit

RATE = Fraction(24)
#: Times are multiples of these frames, so that two nested double speeds still cut at whole frames.
STEP = 4
ASSETS = ("long1", "long2", "long3")
Seen = tuple[tuple[int, ...], str, Fraction]


@dataclass
class Element:
    """An element as it is written; times are frames of 24 a second."""

    tag: str
    ref: str
    start: int
    duration: int
    offset: int | None = None
    lane: int = 0
    enabled: bool = True
    sources: str = "all"
    #: Content at the clip's own time 0, and speed; None without a time map.
    warp: tuple[int, int] | None = None
    children: list[Element] = field(default_factory=list)

    def xml(self) -> str:
        words = {"name": self.ref or self.tag, "ref": self.ref, "lane": str(self.lane) if self.lane else ""}
        words["offset"] = "" if self.offset is None else f"{self.offset}/24s"
        if self.tag != "spine":
            words |= {"start": f"{self.start}/24s", "duration": f"{self.duration}/24s"}
            words |= {"enabled": "" if self.enabled else "0"}
        if self.tag in {"asset-clip", "ref-clip"}:
            words["srcEnable"] = self.sources
        inside = ""
        if self.warp:
            value, pace = self.warp
            points = ((0, value), (240, value + 240 * pace))
            inside = "".join(f'<timept time="{a}/24s" value="{b}/24s" interp="linear"/>' for a, b in points)
            inside = f"<timeMap>{inside}</timeMap>"
        inside += "".join(child.xml() for child in self.children)
        text = " ".join(f'{key}="{value}"' for key, value in words.items() if value)
        return f"<{self.tag} {text}>{inside}</{self.tag}>"


class World:
    """Compound media, and what an element shows at one moment of the timeline that it stands on."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.media: dict[str, list[Element]] = {}
        self.begins: dict[str, int] = {}

    def frames(self, low: int, high: int) -> int:
        return self.random.randint(low // STEP, high // STEP) * STEP

    def item(self, depth: int, *, lane: bool = False) -> Element:
        kinds = ["asset-clip"] * 4 + ["gap", "title"] + (["clip", "sync-clip", "ref-clip", "spine"] if depth else [])
        tag = self.random.choice([kind for kind in kinds if kind != "spine" or lane])
        element = Element(tag, "", self.frames(0, 40), self.frames(STEP, 48))
        if tag == "asset-clip":
            element.ref = self.random.choice(ASSETS)
            element.start += MEDIA[element.ref][2] + 1000
            element.sources = self.random.choice(("all", "all", "video", "audio"))
        if tag == "title":
            element.ref = "fx"
        if tag == "ref-clip":
            element.ref = self.compound(depth - 1)
            element.start = self.begins[element.ref] + self.frames(0, 24)
        element.enabled = tag == "spine" or self.random.random() > 0.15
        if tag in {"clip", "sync-clip", "ref-clip", "asset-clip"} and self.random.random() < 0.25:
            pace = self.random.choice((2, -1, 0) if depth > 1 else (-1, 0))
            element.start = self.frames(0, 20)
            value = MEDIA[element.ref][2] + 1000 if element.ref in MEDIA else 24 + self.begins.get(element.ref, 0)
            element.warp = (value + (60 if pace < 0 else 0), pace)
        if tag in {"clip", "sync-clip"}:
            element.children = [self.placed(depth - 1, 0, 48) for _ in range(self.random.randint(1, 2))]
        if tag == "spine":
            element.children = self.line(depth - 1)
        if depth and tag not in {"spine", "gap", "title"} and self.random.random() < 0.4:
            element.children.append(self.connected(depth - 1, element))
        if tag == "gap" and depth:
            element.children.append(self.connected(depth - 1, element))
        return element

    def placed(self, depth: int, low: int, high: int) -> Element:
        element = self.item(depth)
        element.offset = self.frames(low, high)
        return element

    def connected(self, depth: int, parent: Element) -> Element:
        element = self.item(depth, lane=True)
        element.offset = parent.start + self.frames(0, parent.duration)
        element.lane = self.random.choice((1, 2, -1))
        return element

    def line(self, depth: int, begin: int = 0) -> list[Element]:
        at, items = begin, []
        for _ in range(self.random.randint(1, 3)):
            element = self.item(depth)
            if self.random.random() < 0.5:
                at += self.frames(0, 8)
                element.offset = at
            elif not items:
                element.offset = at
            at += element.duration
            items.append(element)
        return items

    def compound(self, depth: int) -> str:
        name = f"c{len(self.media)}"
        self.media[name] = []
        self.begins[name] = self.random.choice((0, 86_400))
        self.media[name] = self.line(depth, self.begins[name])
        return name

    def resources(self) -> str:
        text = ""
        for name, items in self.media.items():
            spine = "".join(item.xml() for item in items)
            begin = self.begins[name]
            text += f'<media id="{name}" name="{name}"><sequence format="r24" tcStart="{begin}/24s" duration="900s">'
            text += f"<spine>{spine}</spine></sequence></media>"
        return text

    # the oracle: what is seen and heard at a moment
    def of_line(self, items: list[Element], begin: int, t: Fraction, layer: tuple[int, ...], senses: str) -> list[Seen]:
        at, seen = begin, []
        for item in items:
            at = at if item.offset is None else item.offset
            seen += self.of(item, Fraction(at), t, layer, senses)
            at += item.duration
        return seen

    def of(self, item: Element, at: Fraction, t: Fraction, layer: tuple[int, ...], senses: str) -> list[Seen]:
        if item.tag == "spine":
            return self.of_line(item.children, 0, t - at, layer, senses)
        seen = self.content(item, at, t, layer, senses) if at <= t < at + item.duration and item.enabled else []
        for child in item.children:
            if child.lane:
                assert child.offset is not None
                seen += self.of(child, at + child.offset - item.start, t, (*layer, child.lane), senses)
        return seen

    def content(self, item: Element, at: Fraction, t: Fraction, layer: tuple[int, ...], senses: str) -> list[Seen]:
        if senses not in {"all", item.sources} and item.sources != "all":
            return []
        own = item.start + t - at
        if item.warp:
            own = item.warp[0] + own * item.warp[1]
        inner = (*layer, 0)
        if item.tag == "asset-clip":
            return [(layer, item.ref, own)]
        if item.tag == "ref-clip":
            return self.of_line(self.media[item.ref], self.begins[item.ref], own, inner, senses)
        seen: list[Seen] = []
        for child in item.children if item.tag in {"clip", "sync-clip"} else ():
            if not child.lane:
                assert child.offset is not None
                seen += self.of(child, Fraction(child.offset), own, inner, senses)
        return seen


def shown(edit: Edit, frame: int) -> list[tuple[int, str, int]]:
    """Track, media and frame of each shot at the middle of a frame."""
    found = []
    for shot in edit.shots:
        if shot.record.start <= frame < shot.record.end:
            moved = (frame - shot.record.start + Fraction(1, 2)) * abs(shot.speed)
            at = shot.source.end - moved if shot.speed < 0 else shot.source.start + moved
            found.append((shot.track, shot.media.path.stem, shot.source.start if shot.speed == 0 else int(at // 1)))
    return found


def heard(edit: Edit, moment: Fraction) -> set[tuple[str, Fraction]]:
    """The files that are heard at a moment, and their times; of a held one only the file."""
    found = set()
    for sound in edit.sounds:
        if sound.at <= moment < sound.at + sound.lasts:
            moved = (moment - sound.at) * abs(sound.speed)
            at = sound.start + sound.length - moved if sound.speed < 0 else sound.start + moved
            found.add((sound.path.stem, at if sound.speed else Fraction(0)))
    return found


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_every_frame_of_a_random_story(seed: int) -> None:
    world = World(seed)
    items = [*world.line(3), Element("asset-clip", "m24", 0, 24)]  # without a picture, it is no edit
    with tempfile.TemporaryDirectory() as folder:
        edit = read(Path(folder), document("".join(item.xml() for item in items), world.resources()))
    for frame in range(160):
        t = frame + Fraction(1, 2)
        seen = world.of_line(items, 0, t, (0,), "video")
        found = shown(edit, frame)
        wanted = [(name, int(at // 1) - MEDIA[name][2]) for _, name, at in seen]
        assert Counter(wanted) == Counter((name, at) for _, name, at in found), (seed, frame)
        if seen:
            padded = [tuple(layer) + (0,) * (20 - len(layer)) for layer, _, _ in seen]
            if padded.count(max(padded)) == 1:
                top = wanted[padded.index(max(padded))]
                assert max(found)[1:] == top, (seed, frame)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_every_sound_of_a_random_story(seed: int) -> None:
    world = World(seed)
    items = [*world.line(2), Element("asset-clip", "m24", 0, 24)]  # without a picture, it is no edit
    with tempfile.TemporaryDirectory() as folder:
        edit = read(Path(folder), document("".join(item.xml() for item in items), world.resources()))
    held = {sound.path.stem for sound in edit.sounds if sound.speed == 0}
    for frame in range(0, 120, 3):
        t = frame + Fraction(1, 2)
        sounds = [(name, (at - MEDIA[name][2]) / 24) for _, name, at in world.of_line(items, 0, t, (0,), "audio")]
        found = heard(edit, t / 24)
        if not held:
            assert set(sounds) == found, (seed, frame)
        assert {name for name, _ in sounds} == {name for name, _ in found}, (seed, frame)


@pytest.mark.parametrize("name", ["edit.fcpxml", "edit.xml"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_a_document_in_the_encoding_that_it_declares(name: str, encoding: str, tmp_path: Path) -> None:
    text = document('<asset-clip ref="a1" name="caf\u00e9" offset="0s" duration="1s"/>').replace("UTF-8", encoding)
    (tmp_path / name).write_bytes(text.encode(encoding))
    edit = read_edit(tmp_path / name, Reading(), probe)
    assert "caf\u00e9" in {shot.name for shot in edit.shots} | {skip.name for skip in edit.skips}
