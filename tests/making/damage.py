"""Readings that are damaged at random: what a reader may do wrong and say nothing of."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

from otiograde.record.clock import BadTime, nearest
from otiograde.timeline.reading import Notes
from otiograde.timeline.tree import Use, Walk, is_audio, reference_of, schema

Item = dict[str, Any]


def items(holder: Item) -> Iterator[tuple[Item, int]]:
    """Each child below a track or stack that is not sound: the holder and the child's number."""
    for number, child in enumerate(holder.get("children") or ()):
        if child and not is_audio(child):
            yield holder, number
            yield from items(child)


def drop(holder: Item, number: int, chance: random.Random) -> None:
    """The item is left out; half of the time nothing else moves."""
    span = holder["children"][number].get("source_range")
    if chance.random() < 0.5 and span and schema(holder) == "Track":
        holder["children"][number] = {"OTIO_SCHEMA": "Gap.1", "name": "", "source_range": span}
    else:
        del holder["children"][number]


def empty(holder: Item, number: int, _: random.Random) -> None:
    child = holder["children"][number]
    child.setdefault("source_range", None)
    child["children"] = []


def change_speed(holder: Item, number: int, chance: random.Random) -> None:
    child = holder["children"][number]
    scalar = chance.choice([0.5, 2.0, -1.0, 0.0, 1.25])
    child["effects"] = [{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": scalar}]


def drop_speed(holder: Item, number: int, _: random.Random) -> None:
    holder["children"][number]["effects"] = []


def switch(holder: Item, number: int, _: random.Random) -> None:
    """What is enabled is disabled, and the other way round."""
    child = holder["children"][number]
    child["enabled"] = child.get("enabled") is False


def shift(holder: Item, number: int, chance: random.Random) -> None:
    """The range begins some frames earlier or later."""
    start = holder["children"][number]["source_range"]["start_time"]
    start["value"] += chance.choice([-50, -7, -1, 1, 2, 24, 1000])


def stretch(holder: Item, number: int, chance: random.Random) -> None:
    """The range lasts some frames more or less."""
    duration = holder["children"][number]["source_range"]["duration"]
    duration["value"] = max(duration["value"] + chance.choice([-24, -1, 1, 5, 100]), 0)


DAMAGES: dict[str, tuple[Callable[[Item, int, random.Random], None], Callable[[Item], bool]]] = {
    "drop a clip": (drop, lambda item: schema(item) == "Clip"),
    "drop a transition": (drop, lambda item: schema(item) == "Transition"),
    "drop a track": (drop, lambda item: schema(item) in {"Track", "Stack"}),
    "empty a stack": (empty, lambda item: schema(item) in {"Track", "Stack"}),
    "change a speed": (change_speed, lambda item: schema(item) in {"Clip", "Stack", "Track"}),
    "drop a speed": (drop_speed, lambda item: any(e and "time_scalar" in e for e in item.get("effects") or ())),
    "switch an item": (switch, lambda item: schema(item) in {"Clip", "Stack", "Track"}),
    "shift a range": (shift, lambda item: bool(item.get("source_range")) and schema(item) != "Gap"),
    "stretch a range": (stretch, lambda item: bool(item.get("source_range"))),
}


def damaged(timeline: Item, chance: random.Random) -> tuple[str, Item] | None:
    """A copy of a timeline with one damage, and its kind; None where there is nothing to damage."""
    timeline = copy.deepcopy(timeline)
    places = list(items(timeline["tracks"]))
    kinds = list(DAMAGES)
    chance.shuffle(kinds)
    for kind in kinds:
        harm, fits = DAMAGES[kind]
        if fitting := [(holder, number) for holder, number in places if fits(holder["children"][number])]:
            harm(*chance.choice(fitting), chance)
            return kind, timeline
    return None


def is_drawn(use: Use) -> bool:
    """Whether a program draws the picture, which has no time."""
    return schema(reference_of(use.clip)) == "GeneratorReference"


def seen(timeline: Item, rate: Fraction, measure: Callable[[Item], Any]) -> list[tuple[Any, ...]]:
    """What a timeline shows, in frames of the edit: its clips and transitions."""
    walk = Walk(rate, measure, Notes())
    with suppress(BadTime):
        walk.walk_top(timeline["tracks"])
    shown: list[tuple[Any, ...]] = [
        (
            *(nearest(entry.view.at * rate), nearest(entry.view.lasts * rate), entry.name),
            *((0, 0.0) if is_drawn(entry) else (nearest(entry.view.start * rate), float(entry.view.speed))),
        )
        for entry in walk.entries
        if isinstance(entry, Use) and nearest(entry.view.lasts * rate) > 0
    ]
    return [*sorted(shown, key=repr), *sorted((join.cut, join.before, join.after) for join in walk.joins)]
