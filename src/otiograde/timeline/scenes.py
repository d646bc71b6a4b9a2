"""Scenes that a person names: ``--scenes`` and ``--scene``. They become wishes, which win over all evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

from otiograde.errors import TimelineError
from otiograde.record.clock import BadTime, seconds
from otiograde.record.edit import named_shots
from otiograde.record.shot import SceneOrigin, Shot
from otiograde.timeline.marks import PREFIX
from otiograde.timeline.reading import SCENE_SOURCES, Notes, Reading, one_line
from otiograde.timeline.scene_files import MAX_SCENE_NAME, is_scene_name, read_scenes

#: Name of the scene that ``--scenes one`` makes.
ONE = "scene_001"

#: Shots of a scene from which its solution takes long: 100 take 13 s and 0.4 GB.
LARGE = 100


def with_scenes(shots: Sequence[Shot], reading: Reading, timeline: Mapping[str, Any], notes: Notes) -> tuple[Shot, ...]:
    """Return the shots with the scenes that ``reading`` names; the others keep what the edit wishes for them.

    ``timeline`` is the edit as JSON values, with its markers. Raises ``TimelineError`` for a source that names no
    scene, for a shot that is not there, and for one that is put into two scenes.
    """
    named: dict[str, tuple[str, SceneOrigin]] = {}
    source = reading.scenes or "auto"
    if source in SCENE_SOURCES and source != "auto":
        origin: Any = source
        named |= {shot: (name, origin) for shot, name in _SOURCES[source](shots, timeline, notes).items()}
        if not named:
            raise TimelineError(f"--scenes {source}: {_NOTHING[source]}; name shots with --scene NAME=SHOT,SHOT")
    elif source != "auto":
        named |= {shot: (name, "file") for shot, name in _listed(shots, read_scenes(Path(source)), source).items()}
    for shot, name in _listed(shots, _options(reading.scene), "--scene").items():
        if shot in named and named[shot][0] != name:
            notes.add(f"--scene wins over --scenes {one_line(source, 60)}", shot)
        named[shot] = name, "option"
    shots = tuple(_with_scene(shot, *named[shot.id], notes) if shot.id in named else shot for shot in shots)
    _note_mixed(shots, notes)
    _note_large(shots, notes)
    return shots


def _with_scene(shot: Shot, name: str, origin: SceneOrigin, notes: Notes) -> Shot:
    if shot.wishes.scene not in (None, name):
        notes.add("the scene of the command line wins over the edit's", shot.id)
    return replace(shot, wishes=replace(shot.wishes, scene=name, scene_origin=origin))


def _note_mixed(shots: Iterable[Shot], notes: Notes) -> None:
    """Note the wished scenes that hold media of several kinds of encoding, as SDR and HDR."""
    families: dict[str, dict[str, None]] = {}
    for shot in shots:
        if shot.wishes.scene:
            families.setdefault(shot.wishes.scene, {})[shot.media.encoding.family] = None
    for name, kinds in families.items():
        if len(kinds) > 1:
            notes.add(f"a named scene holds {' and '.join(kinds)} media, which are matched as light", one_line(name))


def _note_large(shots: Iterable[Shot], notes: Notes) -> None:
    """Note the wished scenes whose solution takes long."""
    for name, count in Counter(shot.wishes.scene for shot in shots).items():
        if name and count > LARGE:
            notes.add(f"a scene of more than {LARGE} shots is solved in minutes, with 4 MB a shot", one_line(name))


def _options(options: Iterable[str]) -> list[tuple[str, str, str]]:
    """Parse ``NAME=SHOT,SHOT``: each shot with its scene, and where that stands. Raises ``TimelineError``."""
    entries = []
    for option in options:
        name, sign, shots = option.partition("=")
        name, listed = name.strip(), [shot.strip() for shot in shots.split(",") if shot.strip()]
        if not sign or not listed or not is_scene_name(name):
            what = f"a name has 1 to {MAX_SCENE_NAME} printable characters, and shots follow"
            raise TimelineError(f"--scene {one_line(option, 80)}: give it as NAME=SHOT,SHOT ({what})")
        entries += [(shot, name, "--scene") for shot in listed]
    return entries


def _listed(shots: Sequence[Shot], entries: Iterable[tuple[str, str, str]], source: str) -> dict[str, str]:
    """Return the scene of each listed shot, by its id. Raises ``TimelineError``."""
    named: dict[str, str] = {}
    for text, name, where in entries:
        meant = named_shots(shots, text)
        if not meant:
            there = ", ".join(shot.id for shot in shots[:20]) or "none"
            more = f" and {len(shots) - 20} more" if len(shots) > 20 else ""
            raise TimelineError(f"{where}: no shot has the id or name {one_line(text, 64)}; there are {there}{more}")
        for shot in meant:
            if named.setdefault(shot.id, name) != name:
                both = f"{one_line(named[shot.id])} and in {one_line(name)}"
                raise TimelineError(f"{where}: {shot.id} is put in {both}; a shot has one scene")
    if not named and source != "--scene":
        raise TimelineError(f"{source}: it names no scene of any shot; give lines of shot and scene")
    return named


def _of_one(shots: Sequence[Shot], timeline: Mapping[str, Any], notes: Notes) -> dict[str, str]:  # noqa: ARG001
    return {shot.id: ONE for shot in shots}


def _of_tracks(shots: Sequence[Shot], timeline: Mapping[str, Any], notes: Notes) -> dict[str, str]:  # noqa: ARG001
    return {shot.id: f"V{shot.track + 1}" for shot in shots}


def _of_folders(shots: Sequence[Shot], timeline: Mapping[str, Any], notes: Notes) -> dict[str, str]:  # noqa: ARG001
    """Name scenes by the folders of the media: by the last part that no other folder shares."""
    folders = dict.fromkeys(shot.media.path.parent for shot in shots)
    names = {folder: _tail(folder, folders) for folder in folders}
    return {shot.id: names[shot.media.path.parent] for shot in shots}


def _tail(folder: PurePath, folders: Iterable[PurePath]) -> str:
    others = [other for other in folders if other != folder]
    for count in range(1, len(folder.parts) + 1):
        tail = folder.parts[-count:]
        if all(other.parts[-count:] != tail for other in others):
            name = one_line(" ".join(part for part in tail if part != folder.anchor)).strip()
            return name[-MAX_SCENE_NAME:].strip() or "top"
    return "top"


def _of_names(shots: Sequence[Shot], timeline: Mapping[str, Any], notes: Notes) -> dict[str, str]:  # noqa: ARG001
    """Name scenes by slates. Shots without one are grouped by evidence."""
    slates = {shot.id: shot.slate for shot in shots if shot.slate}
    for shot in shots:
        if slates and shot.id not in slates:
            notes.add("no slate in its name or metadata, grouped by evidence", shot.id)
    if len(set(slates.values())) == 1 and len(slates) > 1:
        notes.add(f"every slate says scene {next(iter(slates.values()))}: --scenes names makes one scene of them")
    return slates


def _of_markers(shots: Sequence[Shot], timeline: Mapping[str, Any], notes: Notes) -> dict[str, str]:
    """Name scenes by markers: one holds from the shot that it lies in to the next marker."""
    rate = shots[0].record.rate if shots else Fraction(1)
    begins = sorted(_begins(timeline, shots, rate), key=lambda begin: begin[0])
    named: dict[str, str] = {}
    for shot in shots:
        inside = [name for frame, name in begins if shot.record.start <= frame < shot.record.end]
        before = [name for frame, name in begins if frame < shot.record.start]
        if len(set(inside)) > 1:
            notes.add("two markers lie in it: the first names its scene, the last the next shot's", shot.id)
        if inside or before:
            named[shot.id] = inside[0] if inside else before[-1]
    return named


def _begins(timeline: Mapping[str, Any], shots: Sequence[Shot], rate: Fraction) -> Iterable[tuple[Fraction, str]]:
    """Yield the frame of the edit and the name of each marker of the edit, its tracks and its shots' clips."""
    stack = timeline.get("tracks") or {}
    holders = [stack, *(child for child in stack.get("children") or () if child)]
    for holder in holders:
        yield from ((time * rate, name) for time, name in _markers(holder, _start(holder)))
    for shot in shots:
        item: Any = stack
        for index in shot.where:
            item = item["children"][index]
        if len(shot.where) > 1 and (marks := sorted(_markers(item, Fraction(0)))):
            yield Fraction(shot.record.start), marks[0][1]


def _markers(item: Mapping[str, Any], origin: Fraction) -> Iterable[tuple[Fraction, str]]:
    """Yield the second after ``origin`` and the name of each marker of an item, but for those that carry wishes."""
    for marker in item.get("markers") or ():
        name = one_line((marker or {}).get("name") or "", MAX_SCENE_NAME).strip()
        if not name or name.casefold().startswith(PREFIX):
            continue
        try:
            yield seconds(marker["marked_range"]["start_time"])[0] - origin, name
        except (BadTime, KeyError, TypeError):
            continue


def _start(item: Mapping[str, Any]) -> Fraction:
    try:
        return seconds((item.get("source_range") or {})["start_time"])[0]
    except (BadTime, KeyError, TypeError):
        return Fraction(0)


_SOURCES: Mapping[str, Callable[[Sequence[Shot], Mapping[str, Any], Notes], dict[str, str]]] = {
    "one": _of_one,
    "tracks": _of_tracks,
    "folders": _of_folders,
    "names": _of_names,
    "markers": _of_markers,
}

#: What is missing where a source names no scene.
_NOTHING = {
    "one": "there is no shot",
    "tracks": "there is no shot",
    "folders": "there is no shot",
    "names": "no shot has a slate in its name or metadata, such as 12A_3 or sc010_sh020",
    "markers": "the edit has no marker with a name",
}
