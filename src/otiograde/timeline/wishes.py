"""Wishes: what the editor asked of a shot, in the clip's metadata, in markers, or from outside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeAlias, get_args

from otiograde.color.trim import Trim
from otiograde.errors import StepError, TimelineError
from otiograde.record.edit import named_shots
from otiograde.record.settings import AnchorKind
from otiograde.record.shot import Shot, Verdict, Wishes
from otiograde.record.steps import parse_step
from otiograde.timeline.marks import PREFIX
from otiograde.timeline.reading import Notes, Reading, one_line

LONGEST_SCENE = 64
IDS_SAID = 20
TRIMS = tuple(field.name for field in fields(Trim))
WORDS = {"anchor": get_args(AnchorKind), "verdict": get_args(Verdict)}
KEYS = ("scene", "hero", "lock", "strength", "look", *TRIMS, *WORDS, "steps")
KNOWN = (
    "scene=NAME, hero, lock, strength=0…1, look=FILE, exposure, temperature, tint, saturation, anchor, verdict, "
    "step=FILTER"
)
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
    if key in {"step", "steps"}:
        return _stepped(wishes, key, value, name, notes)
    if key == "look" and isinstance(value, str):
        if (look := find(text)) is None:
            notes.add(f"look {one_line(text, 60)} is not there, ignored", one_line(name))
            return wishes
        return replace(wishes, look=look)
    plain = not isinstance(value, (Mapping, list, bool)) or key in {"hero", "lock"}
    if key in KEYS and key != "look" and plain and (understood := _understood(wishes, key, text)) is not None:
        return understood
    said = one_line(f"{key}={text}" if text else key or "(empty)", 40)
    notes.add(f"wish not understood, ignored ({said}; known: {KNOWN})", one_line(name))
    return wishes


def _stepped(wishes: Wishes, key: str, value: object, name: str, notes: Notes) -> Wishes:
    """The wishes with one more ``step``, as a marker names it, or with these ``steps`` and no others."""
    try:
        steps = tuple(parse_step(str(text)) for text in (value if isinstance(value, list) else [value]))
    except StepError as error:
        notes.add(f"step ignored: {one_line(error)}", one_line(name))
        return wishes
    return replace(wishes, steps=steps if key == "steps" else (*wishes.steps, *steps))


def _understood(wishes: Wishes, key: str, text: str) -> Wishes | None:
    """The wishes with one more, or None when the text says nothing that can be wished."""
    if key in {"hero", "lock"}:
        wanted = text.casefold() in TRUE
        known = wanted or text.casefold() in FALSE
        return (replace(wishes, hero=wanted) if key == "hero" else replace(wishes, lock=wanted)) if known else None
    if key == "scene":
        return replace(wishes, scene=text) if text and len(text) <= LONGEST_SCENE and text.isprintable() else None
    if key in WORDS:
        word: Any = text.casefold()
        return replace(wishes, **{key: word}) if word in WORDS[key] else None
    if key == "strength":
        return replace(wishes, strength=_number(text)) if 0 <= _number(text) <= 1 else None
    try:
        return replace(wishes, trim=replace(wishes.trim, **{key: _number(text)}))
    except ValueError:
        return None


def asking(own: Mapping[str, Any], wishes: Wishes, before: Wishes, folder: Path) -> dict[str, Any]:
    """The clip metadata ``own``, changed so that a clip that asked for ``before`` asks for ``wishes``.

    What was asked elsewhere (in a marker, on the command line) is written out. Files are named relative to ``folder``,
    where the edit lies, if they are in it.
    """
    was, now, neutral = (_flat(each, folder) for each in (before, wishes, Wishes()))
    changed = {key for key in KEYS if was[key] != now[key]}
    asked = {key for key in KEYS if now[key] != neutral[key] and (key == "look" or key not in own)}
    kept = {key: value for key, value in own.items() if key not in changed}
    return kept | {key: now[key] for key in KEYS if key in changed | asked and now[key] is not None}


def _flat(wishes: Wishes, folder: Path) -> dict[str, Any]:
    """The wishes by the keys of the metadata."""
    plain = {key: getattr(wishes.trim if key in TRIMS else wishes, key) for key in KEYS}
    plain["steps"] = [str(step) for step in wishes.steps] or None
    if wishes.look is not None:
        inside = wishes.look.is_relative_to(folder)
        plain["look"] = (wishes.look.relative_to(folder) if inside else wishes.look).as_posix()
    return plain


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
        named = named_shots(shots, name)
        if not named:
            known = ", ".join(shot.id for shot in shots[:IDS_SAID]) or "none"
            more = f" and {len(shots) - IDS_SAID} more" if len(shots) > IDS_SAID else ""
            raise TimelineError(f"--{key} {one_line(name, 64)}: no shot has this id or name; there are {known}{more}")
        chosen.update(shot.id for shot in named)
    return frozenset(chosen)
