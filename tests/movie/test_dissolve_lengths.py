"""A law: every project shows a dissolve for exactly as many frames as the movie does, whatever the edit."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from otiograde.color.encodings import encoding
from otiograde.color.transform import Identity
from otiograde.exporters.editors import fcpxml, kdenlive, mlt, xmeml
from otiograde.exporters.lists import edl
from otiograde.movie.cut import Cut, neighbors_of
from otiograde.movie.layers import DissolveLayer, Layers, ShotLayer, flatten
from otiograde.record.edit import Edit, Join, Pattern
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Settings
from otiograde.record.shot import FrameRange, Media, Shot

#: Random edits: enough for 2000 dissolves, as the tests count.
EDITS = 500

RATES = tuple(map(Fraction, (24, 25, 30, 48, 60, "24000/1001", "30000/1001", "60000/1001")))
SPEEDS = tuple(map(Fraction, (1, 1, 1, "1/2", 2, "3/2", "7/10", "1/3", -1, "-1/2", "-5/4", 0)))

#: An OTIO tree with an item at every place, for exporters that look for metadata there.
TREE: dict[str, Any] = {}
for _ in range(4):
    TREE = {"children": [TREE] * 40}

Where: TypeAlias = tuple[int, ...]

#: The frames of the edit that a dissolve covers, by the place of its transition: (first, end).
Dissolves: TypeAlias = dict[Where, tuple[int, int]]


@dataclass
class Building:
    """A random edit in the making, from a seed."""

    seed: int
    shots: list[Shot] = field(default_factory=list)
    patterns: list[Pattern] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.rate = self.dice.choice(RATES)

    def edit(self) -> Edit:
        """Up to three tracks."""
        length = max(self.track((number,), 0) for number in range(self.dice.randint(1, 3)))
        parts = tuple(self.shots), (), (), length, tuple(self.joins), (), tuple(self.patterns)
        return Edit("random", {"tracks": TREE}, self.rate, *parts)

    def track(self, holder: Where, at: int, end: int | None = None) -> int:
        """Shots, gaps, patterns and nests in a row from frame ``at`` on. Returns where the row ends."""
        index, before, start = 0, "edge", at
        for _ in range(self.dice.randint(2, 6)):
            if at == end:
                break
            kinds = ["shot"] * 6 + ["gap", "pattern"] + ["nest"] * (len(holder) == 1)
            kind = self.dice.choice(kinds)
            if "shot" in (before, kind) and "nest" not in (before, kind) and self.dice.random() < 0.8:
                index = self.join((*holder, index), at)
            count = self.dice.randint(1, 12)
            count = count if end is None else min(count, end - at)
            self.item(kind, (*holder, index), at, count)
            index, at, before = index + 1, at + count, kind
        if before == "shot" and self.dice.random() < 0.5:
            self.join((*holder, index), at)
        for number, join in enumerate(self.joins):
            if join.where[:-1] == holder:  # as a reader has it: no transition reaches beyond its track
                before_cut, after_cut = min(join.before, join.cut - start), min(join.after, at - join.cut)
                self.joins[number] = replace(join, before=before_cut, after=after_cut)
        return at

    def join(self, where: Where, cut: int) -> int:
        kind = self.dice.choice(("SMPTE_Dissolve", "Wipe"))
        self.joins.append(Join(kind, where, cut, self.dice.randint(0, 9), self.dice.randint(0, 9)))
        return where[-1] + 1

    def item(self, kind: str, where: Where, at: int, count: int) -> None:
        record = FrameRange(at, count, self.rate)
        if kind == "shot":
            self.shots.append(self.shot(where, record))
        elif kind == "pattern":
            self.patterns.append(Pattern("bars", record, where))
        elif kind == "nest":
            for number in range(2):
                self.track((*where, number), at, at + count)

    def shot(self, where: Where, record: FrameRange) -> Shot:
        """A shot with handles of a few media frames, at any speed."""
        speed, rate = self.dice.choice(SPEEDS), self.dice.choice((self.rate, *RATES))
        kind: Literal["video", "sequence", "still"] = self.dice.choice(("video", "video", "video", "sequence", "still"))
        count = 1 if kind == "still" else max(1, round(record.count * abs(speed) * rate / self.rate))
        head, tail = (self.dice.choice((0, 1, 2, 3, 5, 8, 50)) for _ in range(2))
        head, tail = (0, 0) if kind == "still" else (head, tail)
        name = f"shot-{len(self.shots)}"
        media = Media(Path(f"/film/{name}.mov"), kind, 1920, 1080, rate, head + count + tail, "yuv420p", 8,
                      encoding("bt709"), "assumption")  # fmt: skip
        return Shot(name, name, media, FrameRange(head, count, rate), record, where[0], where, speed)


def edits() -> Iterator[Edit]:
    for seed in range(EDITS):
        yield Building(seed).edit()


def record_of(edit: Edit) -> GradedTimeline:
    return GradedTimeline(
        edit, (), tuple(Grade(shot.id, "s", Identity()) for shot in edit.shots), (), Settings(lut_size=2)
    )


def in_the_movie(edit: Edit) -> Dissolves:
    """What the movie's stretches show, read from one track of the tree at a time: upper tracks hide lower ones."""
    shown: Dissolves = {}
    for holder in sorted({join.where[:-1] for join in edit.joins}):
        inside = [shot for shot in edit.shots if shot.where[: len(holder)] == holder]
        patterns = tuple(each for each in edit.patterns if each.where[: len(holder)] == holder)
        joins = tuple(join for join in edit.joins if join.where[:-1] == holder)
        alone = replace(edit, shots=tuple(inside), patterns=patterns, joins=joins)
        for stretch in flatten(Cut.of(alone)):
            for layer in stretch.layers:
                if isinstance(layer, DissolveLayer):
                    start = stretch.start - layer.first
                    where = (*holder, _index(layer))
                    assert shown.setdefault(where, (start, start + layer.length)) == (start, start + layer.length)
    return shown


def _index(fade: DissolveLayer) -> int:
    """The place of a dissolve's transition, from the layer on one of its sides."""
    sides: tuple[tuple[Layers, int], ...] = ((fade.a, 1), (fade.b, -1))
    for side, step in sides:
        for layer in side:
            if not isinstance(layer, DissolveLayer):
                where = layer.shot.where if isinstance(layer, ShotLayer) else layer.where
                return where[-1] + step
    raise AssertionError(fade)


def _words(element: Element) -> dict[str, str]:
    return {each.get("name", ""): each.text or "" for each in element.findall("property")}


def two_sided(edit: Edit) -> set[Where]:
    """The transitions between two shots; all others come from nothing or lead there."""
    shots = {shot.where for shot in edit.shots}
    return {join.where for join in edit.joins if shots.issuperset(neighbors_of(join.where))}


def differing_in_mlt(edit: Edit, movie: Dissolves) -> set[Where]:
    root = ElementTree.fromstring(mlt.export(record_of(edit))["graded.mlt"])
    wheres = {shot.id: shot.where for shot in edit.shots}
    lengths = {}
    for tractor in root.findall("tractor"):
        word, _, rest = tractor.get("id", "").partition("_")
        if word == "fade":
            shot, _, side = rest.rpartition("_")
            where = wheres[shot]
            lengths[*where[:-1], where[-1] + (1 if side == "out" else -1)] = int(tractor.get("out", "")) + 1
    wanted = {where: end - start for where, (start, end) in movie.items()}
    return {where for where in {*wanted, *lengths} if wanted.get(where) != lengths.get(where)}


@pytest.mark.slow
def test_mlt() -> None:
    total, differing = 0, 0
    for edit in edits():
        total += len(edit.joins)
        differing += len(differing_in_mlt(edit, in_the_movie(edit)))
    assert total >= 2000
    assert not differing, f"{differing} of {total} dissolves have another length than in the movie"


@pytest.mark.slow
def test_kdenlive() -> None:
    for edit in edits():
        movie, mixed = in_the_movie(edit), two_sided(edit)
        root = ElementTree.fromstring(kdenlive.export(record_of(edit))["graded.kdenlive"])
        mixes = [each for each in root.iterfind("tractor/transition") if "kdenlive:mixcut" in _words(each)]
        spans = [(int(each.get("in", "")), int(each.get("out", ""))) for each in mixes]
        assert sorted(spans) == sorted(span for where, span in movie.items() if where in mixed), edit
        fades = [each for each in root.iter("filter") if _words(each)["kdenlive_id"].startswith("fade_")]
        lengths = Counter(int(each.get("out", "")) - int(each.get("in", "")) + 1 for each in fades)
        # A project has no bars to dissolve with, and a shot that outlasts its media ends before its fade: notes say so.
        short = {note.split()[0] for note in kdenlive.notes(record_of(edit)) if "outlasts its media" in note}
        missing = {bars.where for bars in edit.patterns} | {shot.where for shot in edit.shots if shot.id in short}
        fading = {where: end - start for where, (start, end) in movie.items() if where not in mixed}
        must = Counter(length for where, length in fading.items() if missing.isdisjoint(neighbors_of(where)))
        assert must <= lengths <= Counter(fading.values()), edit


def _seconds(element: Element, name: str) -> Fraction:
    return Fraction(element.get(name, "0s").rstrip("s"))


@pytest.mark.slow
def test_final_cut() -> None:
    """Clips above the storyline dissolve in storylines of their own, whose offsets count from where they begin."""
    for edit in edits():
        movie = in_the_movie(edit)
        root = ElementTree.fromstring(fcpxml.export(record_of(edit))["graded.fcpxml"])
        begin = {id(each): Fraction(0) for each in root.iter("spine") if not each.get("lane")}
        for clip in root.iter():
            for story in clip.findall("spine"):
                if story.get("lane"):
                    begin[id(story)] = _seconds(clip, "offset") + _seconds(story, "offset") - _seconds(clip, "start")
        spans = []
        for story in root.iter("spine"):
            for each in story.findall("transition"):
                start = (begin[id(story)] + _seconds(each, "offset")) * edit.rate
                spans.append((int(start), int(start + _seconds(each, "duration") * edit.rate)))
        bottom = min(shot.where[0] for shot in edit.shots) if edit.shots else 0
        must = [span for where, span in movie.items() if where[:-1] == (bottom,)]
        may = list(movie.values())
        for span in spans:
            assert span in may, edit
            may.remove(span)
        assert not [span for span in must if span not in spans], edit


@pytest.mark.slow
def test_premiere() -> None:
    """xmeml places a dissolve anywhere about its cut (``cutPointTicks``)."""
    for edit in edits():
        root = ElementTree.fromstring(xmeml.xmeml(record_of(edit), {}))
        items = list(root.iter("transitionitem"))
        spans = [(int(each.findtext("start", "")), int(each.findtext("end", ""))) for each in items]
        assert sorted(spans) == sorted(in_the_movie(edit).values()), edit


def test_lists_tell_its_length() -> None:
    """The second line of an event says how long it dissolves from the first: from a shot, or from black."""
    for edit in edits():
        movie = in_the_movie(edit)
        texts = (text.decode() for text in edl.export(record_of(edit)).values())
        lengths = [int(match) for text in texts for match in re.findall(r"^\d+ .* D +(\d{3}) ", text, re.MULTILINE)]
        assert sorted(lengths) == sorted(end - start for start, end in movie.values()), edit


@pytest.mark.parametrize("seed", range(3))
def test_the_movie_stays_within_the_media(seed: int) -> None:
    """Frame j of a shot shows media frame ``source.start + floor(j * pace)``: none of a dissolve lies outside."""
    for number in range(seed, EDITS, 3):
        edit = Building(number).edit()
        shots = {shot.where: shot for shot in edit.shots}
        for where, (start, end) in in_the_movie(edit).items():
            for step, at in ((-1, end - 1), (1, start)):
                shot = shots.get((*where[:-1], where[-1] + step))
                if shot is None or shot.media.kind == "still" or shot.speed == 0:
                    continue
                pace = abs(shot.speed) * shot.media.rate / edit.rate
                passed = (at - shot.record.start) * pace // 1
                frame = shot.source.end - 1 - passed if shot.speed < 0 else shot.source.start + passed
                inside = range(shot.record.start, shot.record.end)
                assert at in inside or 0 <= frame < shot.media.frames, (shot, at)
