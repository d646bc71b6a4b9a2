"""Wishes: what the editor asked of a shot, in the clip's metadata, in markers, or from outside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from otiograde.errors import TimelineError
from otiograde.shot import Shot, Wishes
from otiograde.timeline.marks import PREFIX
from otiograde.timeline.reading import Notes, Reading, one_line

LONGEST_SCENE = 64
IDS_SAID = 20
KEYS = ("scene", "hero", "lock", "strength", "look")
TRUE, FALSE = frozenset({"", "1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})

#: From an address, relative to the edit, to the file there, or None.
Find: TypeAlias = Callable[[str], Path | None]


def wishes_of(metadata: object, marks: Iterable[str], name: str, notes: Notes, find: Find) -> Wishes:
    """The wishes for one clip; the clip's metadata win over its markers, and nearer markers over farther ones.

    ``metadata`` is the clip's whole metadata, of which ``otiograde`` counts; ``marks`` are marker names, nearest first,
    such as ``otiograde: hero, scene=kitchen``; ``find`` finds the files they name. What makes no sense is noted and
    ignored.
    """
    wishes = Wishes()
    for mark in reversed(list(marks)):
        for part in mark.strip()[len(PREFIX) :].split(","):
            key, _, value = part.partition("=")
            wishes = _with(wishes, key.strip().casefold(), value.strip(), name, notes, find)
    own = metadata.get("otiograde") if isinstance(metadata, Mapping) else None
    for key in KEYS:
        if isinstance(own, Mapping) and own.get(key) is not None:
            wishes = _with(wishes, key, own[key], name, notes, find)
    return wishes


def _with(wishes: Wishes, key: str, value: object, name: str, notes: Notes, find: Find) -> Wishes:
    text = str(value).strip()
    if key in {"hero", "lock"}:
        if text.casefold() in TRUE | FALSE:
            wanted = text.casefold() in TRUE
            return replace(wishes, hero=wanted) if key == "hero" else replace(wishes, lock=wanted)
    elif key == "scene":
        if text and len(text) <= LONGEST_SCENE and text.isprintable() and not isinstance(value, (Mapping, list)):
            return replace(wishes, scene=text)
    elif key == "strength" and not isinstance(value, bool):
        strength = _number(text)
        if 0 <= strength <= 1:
            return replace(wishes, strength=strength)
    elif key == "look" and isinstance(value, str):
        if (look := find(text)) is None:
            notes.add(f"look {one_line(text, 60)} is not there, ignored", one_line(name))
            return wishes
        return replace(wishes, look=look)
    said = one_line(f"{key}={text}" if text else key or "(empty)", 40)
    notes.add(
        f"wish not understood, ignored ({said}; known: scene=NAME, hero, lock, strength=0…1, look=FILE)", one_line(name)
    )
    return wishes


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def wished_from_outside(shots: Sequence[Shot], reading: Reading) -> tuple[Shot, ...]:
    """The shots with what ``reading`` asks of them, over what the edit asked. Raises ``TimelineError``: unknown ids."""
    if reading.strength is not None and not 0 <= reading.strength <= 1:
        raise TimelineError(f"a strength of {reading.strength}; give one from 0 (no grade) to 1")
    lock, hero = _chosen(shots, reading.lock, "lock"), _chosen(shots, reading.hero, "hero")
    if not lock and not hero and reading.strength is None:
        return tuple(shots)
    return tuple(
        replace(
            shot,
            wishes=replace(
                shot.wishes,
                hero=shot.wishes.hero or shot.id in hero,
                lock=shot.wishes.lock or shot.id in lock,
                strength=shot.wishes.strength if reading.strength is None else reading.strength,
            ),
        )
        for shot in shots
    )


def _chosen(shots: Sequence[Shot], asked: Iterable[str], key: str) -> frozenset[str]:
    """The ids of the shots with these ids or, failing that, names."""
    chosen: set[str] = set()
    for name in asked:
        ids = [shot.id for shot in shots if shot.id.casefold() == name.casefold()]
        ids = ids or [shot.id for shot in shots if shot.name == name]
        if not ids:
            known = ", ".join(shot.id for shot in shots[:IDS_SAID]) or "none"
            more = f" and {len(shots) - IDS_SAID} more" if len(shots) > IDS_SAID else ""
            raise TimelineError(f"--{key} {one_line(name, 64)}: no shot has this id or name; there are {known}{more}")
        chosen.update(ids)
    return frozenset(chosen)
