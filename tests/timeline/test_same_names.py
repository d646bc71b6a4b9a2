"""Files of one name in several folders: told apart by timecode, duration and size, whatever the edit's format.

Tests: timeline/likeness.py, timeline/library.py, timeline/origins.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from making.lists import Entry, Shelf, list_of, read_list
from making.otio import clip, external, item, lasting, read, timeline, track
from otiograde.record.edit import Edit
from otiograde.timeline import Reading

HOUR = 86_400
DAYS = {
    "dayA": {"timecode": HOUR, "frames": 240},
    "dayB": {"timecode": 2 * HOUR, "frames": 240},
    "dayC": {"frames": 100},
}
FILES = [f"{day}/C0001.MP4" for day in DAYS]
LIKEST = "several files of this name under the media root, the one in the likest folder taken"
TOLD = "several files of this name under the media root, told apart by timecode, duration or size"


def folders(edit: Edit) -> list[str]:
    return [shot.media.path.parent.name for shot in edit.shots]


def kinds(edit: Edit) -> list[str]:
    return [note.partition(":")[0] for note in edit.notes]


def test_a_list_finds_the_card_by_timecode(tmp_path: Path) -> None:
    name = ("* FROM CLIP NAME: C0001.MP4",)
    entries = [
        Entry(1, "AX", "V", (HOUR + 24, HOUR + 48), (0, 24), name),
        Entry(2, "AX", "V", (2 * HOUR + 24, 2 * HOUR + 48), (24, 48), name),
        Entry(3, "AX", "V", (HOUR, HOUR + 48), (48, 72), ("M2 AX 048.0 01:00:00:00", *name)),
        Entry(4, "AX", "V", (3 * HOUR, 3 * HOUR + 24), (72, 96), name),
    ]
    edit = read_list(tmp_path, list_of(entries), FILES, Shelf(DAYS))
    assert folders(edit) == ["dayA", "dayB", "dayA"]
    assert [shot.source.start for shot in edit.shots] == [24, 24, 0]
    assert [skip.what for skip in edit.skips] == ["bad range"]
    assert TOLD in kinds(edit)
    assert LIKEST in kinds(edit)


def edit_of(tmp_path: Path, available: Any = None, source: Any = None, probe: Any = None, **fields: Any) -> Edit:
    """An OTIO edit of one clip whose file moved to one of the folders."""
    media = external("/card/dayB/C0001.MP4", available) | fields
    files = " ".join(f"root/{name}" for name in FILES)
    whole = timeline(track(clip("a", source or lasting(0, 24), media)))
    return read(tmp_path, whole, probe or Shelf(DAYS), Reading(media_root=tmp_path / "root"), files)


@pytest.mark.parametrize(
    ("available", "source", "folder", "note"),
    [
        (None, lasting(HOUR + 24, 24), "dayA", TOLD),
        (None, lasting(2 * HOUR + 24, 24), "dayB", TOLD),
        (lasting(HOUR, 240), lasting(HOUR + 24, 24), "dayA", TOLD),
        (lasting(0, 100), lasting(24, 24), "dayC", TOLD),
        (lasting(0, 240), lasting(24, 24), "dayB", LIKEST),
        (None, lasting(24, 24), "dayB", LIKEST),
        (None, lasting(30, 500), "dayB", LIKEST),
    ],
)
def test_an_otio_edit(tmp_path: Path, available: Any, source: Any, folder: str, note: str) -> None:
    edit = edit_of(tmp_path, available, source)
    assert folders(edit) == [folder]
    assert kinds(edit)[:2] == ["found under the media root", note]


def test_the_size_of_the_picture_decides_between_equals(tmp_path: Path) -> None:
    sizes = {"dayA": {"width": 1280, "height": 720}, "dayC": {"width": 640, "height": 360}}
    stated = {"fcp_xml": {"media": {"video": {"samplecharacteristics": {"width": "1280", "height": "720"}}}}}
    assert folders(edit_of(tmp_path, probe=Shelf(sizes), metadata=stated)) == ["dayA"]
    broken = {"width": "wide", "height": None}
    assert folders(edit_of(tmp_path, probe=Shelf(sizes), metadata=broken)) == ["dayB"]


def test_a_file_that_cannot_be_read_is_chosen_last(tmp_path: Path) -> None:
    from otiograde.errors import MediaError

    class Partly(Shelf):
        def __call__(self, path: Path, **options: Any) -> Any:
            if path.parent.name == "dayB":
                raise MediaError(f"{path}: broken")
            return super().__call__(path, **options)

    assert folders(edit_of(tmp_path, probe=Partly({"dayC": {"frames": 0}}))) == ["dayA"]


def test_each_clip_of_a_name_is_told_apart(tmp_path: Path) -> None:
    """Clips of another rate than their media, and clips without any name but the reel's."""
    probe = Shelf({"dayA": {"timecode": 90_000}, "dayB": {"timecode": 180_000}}, rate=Fraction(25), frames=9000)
    entries = [
        Entry(n, "C0001", "V", (h * HOUR + 24, h * HOUR + 48), (24 * n, 24 * n + 24)) for n, h in enumerate((1, 2, 1))
    ]
    edit = read_list(tmp_path, list_of(entries), FILES[:2], probe, 24)
    assert folders(edit) == ["dayA", "dayB", "dayA"]
    assert len(probe.asked) == 2


def test_a_generator_has_no_media(tmp_path: Path) -> None:
    whole = timeline(
        track(clip("bars", lasting(0, 5), item("GeneratorReference.1", generator_kind="SMPTEBars", parameters={})))
    )
    assert [skip.what for skip in read(tmp_path, whole).skips] == ["generator"]
