"""Read: from a file to an edit: its timeline, its shots, and what was passed over."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from otiograde.errors import TimelineError
from otiograde.record.clock import BadTime, exact_rate
from otiograde.record.edit import Edit, Skip
from otiograde.record.ids import Ids
from otiograde.record.shot import Shot
from otiograde.timeline.bundle import Bundle
from otiograde.timeline.formats import find_source, read_tree
from otiograde.timeline.library import Library
from otiograde.timeline.patterns import patterns_of
from otiograde.timeline.places import Places
from otiograde.timeline.reading import Notes, Probe, Reading, one_line
from otiograde.timeline.shots import Maker
from otiograde.timeline.sounds import sounds_of
from otiograde.timeline.tree import Item, Walk, is_audio, is_video, reference_of, schema
from otiograde.timeline.wishes import wished_from_outside

USUAL_RATE = Fraction(24)
NO_MEDIA = ("missing media", "unreadable media")
CONTAINERS = ("SerializableCollection", "Bin")


def read_edit(source: Path, reading: Reading, probe: Probe) -> Edit:
    """Read an edit: every enabled video clip becomes a shot, everything else a skip with its reason.

    ``source`` is a file of any format that an installed OTIO adapter reads, or a bundle. Record frames count from 0 at
    the edit's first frame (``global_start_time`` is not added). No file is probed twice. An edit whose clips all lack
    media has no shots and is no error here.
    Raises ``TimelineError``: a file that cannot be read, no video track, unknown shots in ``reading``, and, with
    ``reading.strict``, missing media.
    """
    found = find_source(source)
    notes = Notes()
    tree = read_tree(found, reading.rate, notes)
    try:
        timeline = choose_timeline(tree, notes)
        return edit_of(timeline, places_of(found.path, found.folder, reading), found.name, reading, probe, notes=notes)
    except RecursionError:
        raise found.wrong("nested too deeply", "flatten the edit and try again") from None
    except TimelineError as wrong:
        raise TimelineError(f"{source}: {wrong}") from None


def places_of(path: Path, folder: Path, reading: Reading) -> Places:
    """Where an edit's media may be. Raises ``TimelineError`` when the media root is no folder."""
    if reading.media_root is not None and not reading.media_root.is_dir():
        raise TimelineError(f"the media root {reading.media_root} is not a folder")
    bundle = Bundle(path, reading.unpack) if path.suffix.lower() == ".otioz" and zipfile.is_zipfile(path) else None
    return Places(folder, reading.media_root, bundle)


def edit_of(timeline: Item, places: Places, name: str, reading: Reading, probe: Probe, *, notes: Notes) -> Edit:
    """The edit that a timeline (``Timeline.1`` as JSON values) is, its media found in ``places``."""
    stack = timeline.get("tracks") or {}
    children = [child for child in stack.get("children") or () if child]
    if not any(schema(child) != "Track" or is_video(child) for child in children):
        kinds = "only audio" if any(is_audio(child) for child in children) else "nothing"
        passed = "".join(f"; {line}" for line in notes.lines())
        raise TimelineError(f"no video track ({kinds} in it{passed}); name an edit with pictures")
    rate = rate_of(timeline, notes)
    library = Library(places, reading, probe, notes)
    walk = Walk(rate, library.measure, notes)
    walk.top(stack)
    maker = Maker(library, rate, Ids(), notes)
    made = [found if isinstance(found, Skip) else maker.shot(found) for found in walk.found]
    shots = wished_from_outside([shot for shot in made if isinstance(shot, Shot)], reading)
    skips = tuple(skip for skip in made if isinstance(skip, Skip))
    if reading.strict:
        _all_there(skips)
    _note_speeds(shots, notes)
    heard = Walk(rate, library.measure, Notes(), sound=True)
    heard.top(stack)
    sounds = sounds_of(heard.found, library, notes)
    return Edit(
        *(str(timeline.get("name") or name), timeline, rate, shots, skips, notes.lines()),
        length=max(walk.length, heard.length),
        joins=(*walk.joins, *heard.joins),
        sounds=sounds,
        patterns=patterns_of(walk.found, rate),
    )


def _all_there(skips: tuple[Skip, ...]) -> None:
    missing = [skip for skip in skips if skip.what in NO_MEDIA]
    if missing:
        first = missing[0]
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise TimelineError(f"{first.what} of clip {one_line(first.name)}: {first.why}{more}; or read without --strict")


def _note_speeds(shots: tuple[Shot, ...], notes: Notes) -> None:
    for shot in shots:
        if shot.speed != 1:
            notes.add("plays at another speed than the media, sampled where it is seen", shot.id)


def choose_timeline(tree: Item, notes: Notes) -> Item:
    """The one timeline of what an adapter read; bare clips, a track or a stack are put into one.

    Raises ``TimelineError`` when there is nothing of the kind.
    """
    timelines = [item for item in _inside(tree) if schema(item) == "Timeline"]
    if timelines:
        pictured = [item for item in timelines if _has_video(item)]
        chosen = (pictured or timelines)[0]
        if len(timelines) > 1:
            name = one_line(chosen.get("name") or "the first", 40)
            notes.add(f"{len(timelines)} timelines in the file, the first with pictures is read", name)
        return chosen
    parts = [item for item in _inside(tree) if schema(item) in {"Clip", "Track", "Stack"}]
    if not parts:
        raise TimelineError(
            f"no timeline in it (its {one_line(tree.get('OTIO_SCHEMA'), 40)} holds none); export an edit"
        )
    kind = schema(parts[0])
    alike = [item for item in parts if schema(item) == kind]
    notes.add(f"no timeline in the file: its {'clips' if kind == 'Clip' else kind.lower()} taken as one")
    return wrapped(alike if kind == "Clip" else alike[:1], str(tree.get("name") or parts[0].get("name") or ""))


def _inside(tree: Item) -> Iterator[Item]:
    """The object itself, or what a collection holds, whatever the depth."""
    if schema(tree) not in CONTAINERS:
        yield tree
        return
    for child in tree.get("children") or ():
        if isinstance(child, dict):
            yield from _inside(child)


def _has_video(timeline: Item) -> bool:
    children = (timeline.get("tracks") or {}).get("children") or ()
    return any(child and (schema(child) != "Track" or is_video(child)) and child.get("children") for child in children)


def wrapped(parts: list[Item], name: str) -> Item:
    """A timeline of clips in a row, of one track, or of one stack."""
    if parts and schema(parts[0]) == "Stack":
        stack = parts[0]
    else:
        track = parts[0] if parts and schema(parts[0]) == "Track" else _holder("Track", "V1", parts) | {"kind": "Video"}
        stack = _holder("Stack", "tracks", [track])
    return {"OTIO_SCHEMA": "Timeline.1", "metadata": {}, "name": name, "global_start_time": None, "tracks": stack}


def _holder(kind: str, name: str, children: list[Item]) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": f"{kind}.1",
        "metadata": {},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "color": None,
        "children": children,
    }


def rate_of(timeline: Item, notes: Notes) -> Fraction:
    """The edit's frame rate: of its start time, else the one that most of its items' lengths are counted in."""
    try:
        return exact_rate((timeline.get("global_start_time") or {}).get("rate"))
    except BadTime:
        pass
    rates: Counter[Fraction] = Counter()
    for track in (timeline.get("tracks") or {}).get("children") or ():
        if not track or is_audio(track):
            continue
        for item in (track, *(track.get("children") or ())):
            try:
                time_range = (item or {}).get("source_range") or reference_of(item or {}).get("available_range") or {}
                duration = time_range.get("duration") or {}
                if duration.get("value"):
                    rates[exact_rate(duration.get("rate"))] += 1
            except BadTime:
                continue
    if not rates:
        notes.add(f"the edit names no frame rate: its frames are counted at {USUAL_RATE}")
    return max(rates, key=lambda rate: rates[rate], default=USUAL_RATE)
