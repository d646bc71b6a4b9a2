"""An AAF whose compositions use each other stands for far more than its size: it is refused before it is read."""

from __future__ import annotations

import time
from pathlib import Path
from struct import pack
from typing import Any

import aaf2
import pytest

from making.media import Inventor
from making.waiting import slowness
from otiograde.errors import TimelineError
from otiograde.timeline import Reading, read_edit
from otiograde.timeline.aaf import objects_in


def sequence(file: Any, name: str, parts: list[Any]) -> Any:
    """A composition with one track of these parts."""
    mob = file.create.CompositionMob(name)
    row = file.create.Sequence(media_kind="picture")
    row.components.extend(parts)
    row.length = 24 * len(parts)
    slot = mob.create_timeline_slot(24)
    slot.segment = row
    file.content.mobs.append(mob)
    return mob


def write_nested(path: Path, levels: int, width: int) -> Path:
    """Compositions, each of which uses the one before it so many times."""
    with aaf2.open(str(path), "w") as file:
        below = sequence(file, "first", [file.create.Filler("picture", 24) for _ in range(width)])
        for level in range(1, levels):
            uses = [below.create_source_clip(slot_id=1, start=0, length=24, media_kind="picture") for _ in range(width)]
            below = sequence(file, f"level {level}", uses)
        below.usage = "Usage_TopLevel"
    return path


def write_commented(path: Path, clips: int, comment: str) -> Path:
    """Clips of one composition that has a long comment."""
    with aaf2.open(str(path), "w") as file:
        below = sequence(file, "first", [file.create.Filler("picture", 24)])
        below.comments["note"] = comment
        uses = [below.create_source_clip(slot_id=1, start=0, length=24, media_kind="picture") for _ in range(clips)]
        sequence(file, "film", uses).usage = "Usage_TopLevel"
    return path


@pytest.mark.parametrize(("levels", "width"), [(9, 10), (400, 2), (4, 60)])
def test_compositions_in_compositions_are_counted_before_they_are_copied(
    levels: int, width: int, tmp_path: Path
) -> None:
    path = write_nested(tmp_path / "edit.aaf", levels, width)
    with pytest.raises(TimelineError, match=r"edit\.aaf: its compositions (use each other so often|are nested)"):
        read_edit(path, Reading(), Inventor())


def test_a_long_comment_that_is_copied_counts(tmp_path: Path) -> None:
    path = write_commented(tmp_path / "edit.aaf", 2000, "x" * 30_000)
    with pytest.raises(TimelineError, match="use each other so often"):
        read_edit(path, Reading(), Inventor())


def test_objects_of_a_composition_count_at_each_use(tmp_path: Path) -> None:
    plain, used = (objects_in(write_nested(tmp_path / f"{levels}.aaf", levels, 10)) for levels in (1, 2))
    assert 10 < plain < 100
    assert used > 10 * plain


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (30, b"\x18\0"),
        (30, b"\0\0"),
        (30, b"\xff\xff"),
        (44, b"\xff\xff\xff\x7f"),
        (64, b"\0\0\1\0"),
        (72, b"\0\0\1\0"),
    ],
)
def test_a_header_that_tells_of_more_sectors_than_there_are_is_refused(at: int, value: bytes, tmp_path: Path) -> None:
    path = write_nested(tmp_path / "edit.aaf", 1, 3)
    data = bytearray(path.read_bytes())
    data[at : at + len(value)] = value
    path.write_bytes(data)
    begun = time.process_time()
    with pytest.raises(TimelineError, match="more sectors than it has"):
        read_edit(path, Reading(), Inventor())
    assert time.process_time() - begun < 5 * slowness()


def test_a_list_of_sectors_that_goes_round_is_refused(tmp_path: Path) -> None:
    """Each round of it would be read as more of the table of sectors."""
    path = write_nested(tmp_path / "edit.aaf", 1, 3)
    data = bytearray(path.read_bytes())
    size, last = 4096, len(data) // 4096 - 1
    data[last * size :] = pack("<1024I", *[3] * 1023, last - 1)
    data[68:76] = pack("<2I", last - 1, 40)
    path.write_bytes(data)
    with pytest.raises(TimelineError, match="more sectors than it has"):
        read_edit(path, Reading(), Inventor())


def test_what_is_no_aaf_is_left_to_its_reader(tmp_path: Path) -> None:
    (tmp_path / "edit.aaf").write_bytes(b"not an aaf")
    assert objects_in(tmp_path / "edit.aaf") == 0


@pytest.mark.footage
def test_edits_of_other_programs_are_far_from_the_limit(footage: Path) -> None:
    paths = list((footage / "timelines").glob("*.aaf"))
    assert len(paths) > 20
    assert all(objects_in(path) * 200 < path.stat().st_size for path in paths)
