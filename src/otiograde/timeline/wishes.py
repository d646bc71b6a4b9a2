"""Read and write wishes: what the editor asks of a shot in metadata, in markers, or on the command line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeAlias, get_args

from otiograde.color.trim import Trim
from otiograde.errors import StepError, TimelineError
from otiograde.record.edit import Skip, named_shots
from otiograde.record.settings import STRONGEST_GRADE, AnchorKind, LookKind, SteadyKind
from otiograde.record.shot import Shot, Verdict, Wishes
from otiograde.record.steps import parse_step
from otiograde.timeline.marks import PREFIX
from otiograde.timeline.reading import Notes, Reading, fits, one_line
from otiograde.timeline.scene_files import is_scene_name

#: Ids in an error message, at most; the rest are counted.
MAX_IDS = 20

#: Keys of a trim.
TRIM_KEYS = tuple(field.name for field in fields(Trim))

#: Keys whose values are a choice of words.
CHOICES = {
    "anchor": get_args(AnchorKind),
    "verdict": get_args(Verdict),
    "steady": get_args(SteadyKind),
    "look_as": get_args(LookKind),
}

#: Keys whose values are numbers from 0 to this one.
AMOUNTS = {"strength": 1.0, "boldness": 1.0, "look_strength": STRONGEST_GRADE, "look_palette": 1.0}

#: What such a key means without a value.
WITHOUT_VALUE = {"steady": "all"}

#: All keys of wishes in a clip's metadata.
KEYS = ("scene", "hero", "lock", *AMOUNTS, "look", *TRIM_KEYS, *CHOICES, "steps")

#: The syntax of wishes, for messages.
SYNTAX = (
    "scene=NAME, hero, lock, strength=0…1, boldness=0…1, look=FILE, look_as, look_strength, look_palette, exposure, "
    "temperature, tint, saturation, anchor, verdict, steady, step=FILTER"
)

#: Texts of a true and of a false value.
TRUE, FALSE = frozenset({"", "1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})

#: Maps an address relative to the edit to a file, or None if there is none.
Find: TypeAlias = Callable[[str], Path | None]


def wishes_of(metadata: object, marks: Iterable[str], name: str, notes: Notes, find: Find) -> Wishes:
    """Return the wishes for one clip. Metadata overrides markers, and nearer markers override farther ones.

    ``metadata`` is all of the clip's metadata; its entry ``otiograde`` holds the wishes. ``marks`` are marker names,
    nearest first, such as ``otiograde: hero, scene=kitchen``. ``name`` is the clip's, for notes. ``find`` returns the
    files that wishes name. Wishes that cannot be understood are noted and ignored.

    >>> wishes_of({}, ["otiograde: hero, scene=kitchen"], "sh010", Notes(), Path).scene
    'kitchen'
    """
    wishes = Wishes()
    for mark in reversed(list(marks)):
        for part in mark.strip()[len(PREFIX) :].split(","):
            key, _, value = part.partition("=")
            wishes = _add_wish(wishes, key.strip().casefold(), value.strip(), name, notes, find)
    entries = metadata.get("otiograde") if isinstance(metadata, Mapping) else None
    for key in KEYS:
        if isinstance(entries, Mapping) and entries.get(key) is not None:
            wishes = _add_wish(wishes, key, entries[key], name, notes, find)
    return wishes


def _add_wish(wishes: Wishes, key: str, value: object, name: str, notes: Notes, find: Find) -> Wishes:
    """Add one wish; one that cannot be understood is noted and ignored."""
    text = str(value).strip()
    if key in {"step", "steps"}:
        return _add_steps(wishes, key, value, name, notes)
    if key == "look" and isinstance(value, str):
        if (look := find(text)) is None:
            notes.add(f"look {one_line(text, 60)} is not there, ignored", one_line(name))
            return wishes
        return replace(wishes, look=look)
    plain = not isinstance(value, (Mapping, list, bool)) or key in {"hero", "lock"}
    if key in KEYS and key != "look" and plain and (parsed := _parse_wish(wishes, key, text)) is not None:
        return parsed
    shown = one_line(f"{key}={text}" if text else key or "(empty)", 40)
    notes.add(f"wish not understood, ignored ({shown}; known: {SYNTAX})", one_line(name))
    return wishes


def _add_steps(wishes: Wishes, key: str, value: object, name: str, notes: Notes) -> Wishes:
    """Add one ``step``, as a marker names it, or replace all ``steps``, as metadata does."""
    try:
        steps = tuple(parse_step(str(text)) for text in (value if isinstance(value, list) else [value]))
    except StepError as error:
        notes.add(f"step ignored: {one_line(error)}", one_line(name))
        return wishes
    return replace(wishes, steps=steps if key == "steps" else (*wishes.steps, *steps))


def _parse_wish(wishes: Wishes, key: str, text: str) -> Wishes | None:
    """Add the wish that a text means; None if the text is not a valid value of the key."""
    if key in {"hero", "lock"}:
        wanted = text.casefold() in TRUE
        valid = wanted or text.casefold() in FALSE
        return (replace(wishes, hero=wanted) if key == "hero" else replace(wishes, lock=wanted)) if valid else None
    if key == "scene":
        return replace(wishes, scene=text) if is_scene_name(text) else None
    if key in CHOICES:
        choice: Any = text.casefold() or WITHOUT_VALUE.get(key)
        return replace(wishes, **{key: choice}) if choice in CHOICES[key] else None
    if key in AMOUNTS:
        amount: Any = _number(text)
        return replace(wishes, **{key: amount}) if 0 <= amount <= AMOUNTS[key] else None
    try:
        return replace(wishes, trim=replace(wishes.trim, **{key: _number(text)}))
    except ValueError:
        return None


def wished_metadata(metadata: Mapping[str, Any], wishes: Wishes, before: Wishes, folder: Path) -> dict[str, Any]:
    """Return a clip's ``otiograde`` metadata, changed from the wishes ``before`` to ``wishes``.

    Wishes from elsewhere (a marker, the command line) are written out. Files inside ``folder``, the edit's folder, are
    named relative to it.
    """
    was, now, neutral = (_by_key(version, folder) for version in (before, wishes, Wishes()))
    changed = {key for key in KEYS if was[key] != now[key]}
    added = {key for key in KEYS if now[key] != neutral[key] and (key == "look" or key not in metadata)}
    unchanged = {key: value for key, value in metadata.items() if key not in changed}
    return unchanged | {key: now[key] for key in KEYS if key in changed | added and now[key] is not None}


def _by_key(wishes: Wishes, folder: Path) -> dict[str, Any]:
    """Return the wishes as metadata, by key."""
    plain = {key: getattr(wishes.trim if key in TRIM_KEYS else wishes, key) for key in KEYS}
    plain["steps"] = [str(step) for step in wishes.steps] or None
    if wishes.look is not None:
        inside = wishes.look.is_relative_to(folder)
        plain["look"] = (wishes.look.relative_to(folder) if inside else wishes.look).as_posix()
    return plain


def _number(text: str) -> float:
    """Parse a number; NaN for any other text."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def with_outside_wishes(shots: Sequence[Shot], reading: Reading, lacking: Sequence[Skip] = ()) -> tuple[Shot, ...]:
    """Apply the wishes of ``reading`` on top of the edit's. ``lacking`` are the clips that are no shots: no media.

    Raises ``TimelineError`` if an id is unknown.
    """
    if reading.strength is not None and not 0 <= reading.strength <= 1:
        raise TimelineError(f"a strength of {reading.strength}; give one from 0 (no grade) to 1")
    for pattern, encoding in reading.encodings:
        names = [(shot.media.path, shot.name) for shot in shots] + [(Path(skip.name), skip.name) for skip in lacking]
        if not any(fits(pattern, *name) for name in names):
            wish = f"--encoding {one_line(pattern, 64)}@{encoding.name}"
            raise TimelineError(f"{wish}: no clip or file has this name{_without_media(lacking)}")
    lock, hero = _named_ids(shots, reading.lock, "lock"), _named_ids(shots, reading.hero, "hero")
    steady = _steadied(shots, reading.steady)
    if not lock and not hero and not steady and reading.strength is None:
        return tuple(shots)
    return tuple(
        replace(
            shot,
            wishes=replace(
                shot.wishes,
                hero=shot.wishes.hero or shot.id in hero,
                lock=shot.wishes.lock or shot.id in lock,
                strength=shot.wishes.strength if reading.strength is None else reading.strength,
                steady=steady.get(shot.id, shot.wishes.steady),
            ),
        )
        for shot in shots
    )


def _without_media(lacking: Sequence[Skip]) -> str:
    """Name the clips whose files could not be asked for their names."""
    if not lacking:
        return ""
    first = lacking[0]
    more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
    return f"; the media of {one_line(first.name, 64)}{more} cannot be read ({one_line(first.why, 200)})"


def _steadied(shots: Sequence[Shot], steady: Iterable[tuple[str, SteadyKind]]) -> dict[str, SteadyKind]:
    """Return which changes are taken out of which shots. Raises ``TimelineError`` if a name fits nothing."""
    kinds: dict[str, SteadyKind] = {}
    for name, kind in steady:
        inside = [shot.id for shot in shots if shot.wishes.scene == name]
        kinds |= dict.fromkeys(inside or _named_ids(shots, [name], "steady"), kind)
    return kinds


def _named_ids(shots: Sequence[Shot], names: Iterable[str], key: str) -> frozenset[str]:
    """Return the ids of the shots that have these ids or, failing that, names. Raises ``TimelineError``."""
    ids: set[str] = set()
    for name in names:
        named = named_shots(shots, name)
        if not named:
            listed = ", ".join(shot.id for shot in shots[:MAX_IDS]) or "none"
            more = f" and {len(shots) - MAX_IDS} more" if len(shots) > MAX_IDS else ""
            raise TimelineError(f"--{key} {one_line(name, 64)}: no shot has this id or name; there are {listed}{more}")
        ids.update(shot.id for shot in named)
    return frozenset(ids)
