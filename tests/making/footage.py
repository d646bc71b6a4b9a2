"""The footage's edits of other programs as records: every clip has invented media and a planted grade."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from making.media import RATE, Inventor, no_media
from making.records import WARMISH, graded
from otiograde.color.transform import Transform
from otiograde.errors import TimelineError
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.timeline import Reading, read_edit
from otiograde.timeline.addresses import file_names

#: Frames of media that are long enough for every edit.
LONG = 200 * 3600 * 60


def timelines(footage: Path) -> list[Path]:
    """The edits of other programs."""
    return sorted(path for path in (footage / "timelines").iterdir() if path.name != "manifest.json")


def media_names(edit: Edit) -> set[str]:
    """The names of the files that an edit knows its media by."""
    names = {f"{skip.name}.mov" for skip in edit.skips if skip.what == "missing media"}
    todo = [edit.otio]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            url = item.get("target_url")
            names.update(list(file_names(url))[-1:] if isinstance(url, str) else ())
            if "name_prefix" in item:
                number = f"{item['start_frame']:0{item['frame_zero_padding']}d}"
                names.add(f"{item['name_prefix']}{number}{item['name_suffix']}")
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return {name for name in names if "/" not in name and name not in ("", ".", "..") and len(name) < 200}


def planted(footage: Path, balance: Transform = WARMISH) -> Iterator[tuple[Path, GradedTimeline]]:
    """Every edit that can be read, as a record."""
    for path, edit in _edits(footage):
        yield path, graded(edit, balance, lut_size=2)


@cache
def _edits(footage: Path) -> list[tuple[Path, Edit]]:
    """The edits that can be read, with (empty) media in a folder that ends with this process. They take a minute."""
    probe, edits = Inventor(frames=LONG, rate=RATE), []
    folder = Path(_FOLDERS.enter_context(TemporaryDirectory(prefix="planted-")))
    for number, path in enumerate(timelines(footage)):
        try:
            names = media_names(read_edit(path, Reading(), no_media))
        except TimelineError:
            continue
        root = folder / str(number)
        root.mkdir()
        for name in names:
            (root / name).touch()
        edits.append((path, read_edit(path, Reading(media_root=root), probe)))
    return edits


_FOLDERS = ExitStack()
atexit.register(_FOLDERS.close)
