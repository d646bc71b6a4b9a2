"""Files that name the scenes of shots: CSV or JSON of shot and scene."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from otiograde.errors import TimelineError
from otiograde.timeline.reading import one_line

#: Longest name of a scene, in characters.
MAX_SCENE_NAME = 64

#: Largest file, in bytes.
LARGEST = 16_000_000

#: Separators of a CSV file, the most common one first.
SEPARATORS = (",", ";", "\t")

#: A shot's id or name, its scene, and where that stands.
Entry: TypeAlias = tuple[str, str, str]


def is_scene_name(name: str) -> bool:
    """Whether a scene may have this name: 1 to ``MAX_SCENE_NAME`` printable characters."""
    return bool(name.strip()) and len(name) <= MAX_SCENE_NAME and name.isprintable()


def read_scenes(path: Path) -> list[Entry]:
    """Read a file of shots and scenes: JSON if its name ends so, else CSV.

    CSV has two columns, shot and scene, or more with a first line that names these two. JSON is an object of shot and
    scene, or of scene and list of shots, or a list of objects with ``shot`` and ``scene``. Raises ``TimelineError``.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise TimelineError(f"{path}: it has more than {LARGEST // 1_000_000} MB, which is no list of scenes")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TimelineError(f"{path}: the list of scenes cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise TimelineError(f"{path}: the list of scenes is not UTF-8 text; save it so") from None
    entries = list(_from_json(text, path) if path.suffix.lower() == ".json" else _from_csv(text, path))
    for shot, scene, where in entries:
        if not is_scene_name(scene):
            what = f"{one_line(scene, 40)!r} is no name of a scene"
            raise TimelineError(
                f"{where}: {what} for {one_line(shot, 40)}; it has 1 to {MAX_SCENE_NAME} printable characters"
            )
    return entries


def _from_csv(text: str, path: Path) -> Iterator[Entry]:
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(SEPARATORS, key=first.count)
    shot, scene = 0, 1
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
            cells = [cell.strip() for cell in row]
            low = [cell.casefold() for cell in cells]
            if number == 1 and {"shot", "scene"} <= set(low):
                shot, scene = low.index("shot"), low.index("scene")
            elif any(cells) and not cells[0].startswith("#"):
                if len(cells) <= max(shot, scene) or not cells[shot]:
                    raise TimelineError(f"{path}:{number}: a line is a shot and its scene, with a comma between them")
                yield cells[shot], cells[scene], f"{path}:{number}"
    except csv.Error as error:
        raise TimelineError(f"{path}: this is no CSV ({error})") from None


def _from_json(text: str, path: Path) -> Iterator[Entry]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise TimelineError(f"{path}: this is no JSON; give an object of shot and scene") from None
    if isinstance(values, dict) and isinstance(values.get("scenes"), (dict, list)):
        values = values["scenes"]
    for key, value in values.items() if isinstance(values, dict) else enumerate(_list(values, path)):
        yield from _entries(key, value, path)


def _list(values: Any, path: Path) -> list[Any]:
    if not isinstance(values, list):
        raise TimelineError(f"{path}: give an object of shot and scene, or a list of objects with shot and scene")
    return values


def _entries(key: Any, value: Any, path: Path) -> Iterator[Entry]:
    """Yield the entries of one value: ``shot: scene``, ``scene: [shots]`` or ``{"shot": …, "scene": …}``."""
    where = f"{path}, {one_line(key, 40)}" if isinstance(key, str) else f"{path}, entry {key + 1}"
    if isinstance(key, str) and isinstance(value, str):
        yield key, value.strip(), where
    elif isinstance(key, str) and isinstance(value, list) and all(isinstance(shot, str) for shot in value):
        yield from ((shot, key.strip(), where) for shot in value)
    elif isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("shot", "scene")):
        yield value["shot"], value["scene"].strip(), where
    else:
        raise TimelineError(f"{where}: give a shot and its scene as texts")
