"""What is done to an input of each kind: all that otiograde does with such a file before a person looks at it.

A reader returns where the file was read, and raises ``OtiogradeError`` where it was refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from making.media import Inventor, media
from making.records import MIXED, SWAP
from making.records import graded as made
from otiograde.color.cube import format_cube, parse_cube
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Identity
from otiograde.errors import CubeError, ExportError, OtiogradeError, RecordError
from otiograde.exporters import export_all, exporter
from otiograde.exporters.colorio import lut_formats
from otiograde.folder.layout import check_names
from otiograde.folder.reading import read_cube, read_record
from otiograde.folder.writing import write_cube, write_folder
from otiograde.media.frames import iter_frames, read_frames
from otiograde.media.probe import probe
from otiograde.movie.plan import plan
from otiograde.record.codec import encode
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.shot import Media
from otiograde.record.summary import summary
from otiograde.timeline import Reading, read_edit
from otiograde.timeline.library import Library, Location

#: The formats that are written of what was read: those made of its texts and times.
FORMATS = (
    "otio",
    "edl",
    "ale",
    "mlt",
    "kdenlive",
    "fcpxml",
    "premiere",
    "render",
    "nuke",
    "ocio",
    "resolve",
    "cdl",
    "report",
)
#: The formats of LUTs, of which one LUT each is made.
LUTS = ("luts", "clf", "ctf", "csp", "3dl", "spi3d", "hald")
#: Size of a LUT of which formats in text are made.
SMALL = 9


def read_as_edit(path: Path, number: int) -> None:
    """Read an edit, with media that are there or as if all were, and write it in each format."""
    real = Library._find
    if number % 2:
        Library._find = _found  # type: ignore[method-assign]
    try:
        edit = read_edit(path, Reading(unpack=path.parent / "out"), _invented if number % 2 else Inventor())
    finally:
        Library._find = real  # type: ignore[method-assign]
    json.dumps(encode(edit), ensure_ascii=False, allow_nan=False).encode()
    if edit.shots:
        record = made(edit, (MIXED, SWAP, Identity()), lut_size=3, confidence="medium")
        try:
            again = parse_record(format_record(record))
        except RecordError as error:
            raise AssertionError(f"what was read cannot be kept: {error}") from None
        write_formats(again, FORMATS if len(edit.shots) < 100 else FORMATS[:3])


def _found(_: Library, clip: dict[str, Any], reference: dict[str, Any]) -> Location:
    if str(reference.get("OTIO_SCHEMA")).startswith("ImageSequenceReference"):
        return Location(Path("/film/a.%04d.exr"), 1, Fraction(24))
    url = str(reference.get("target_url") or clip.get("name") or "media")
    name = url.rpartition("/")[2].replace("\0", "")
    return Location(Path("/film") / ("media" if name in ("", ".", "..") else name))


def _invented(path: Path, *, first: int | None = None, rate: Fraction | None = None, **_: Any) -> Media:
    kind = "video" if first is None else "sequence"
    rate = rate or Fraction(24000, 1001)
    # Six hours. A movie is planned in time proportional to the frames of its reversed media.
    return media(path, kind=kind, rate=rate, frames=500_000, audio=True, first=first or 0)


def write_formats(record: GradedTimeline, names: tuple[str, ...]) -> None:
    """Write a record in these formats, and read them as XML or JSON where they are that. A refusal is no fault."""
    for name in names:
        try:
            files = exporter(name)(record)
            check_names(files)
            for path in _some(list(files)) if name in (*LUTS, "cdl") else files:
                _check_written(path, files[path])
        except ExportError:
            continue


def _some(paths: list[str]) -> Iterator[str]:
    yield from [*paths[:1], *paths[-1:]]


def _check_written(path: str, content: bytes) -> None:
    if path.endswith((".mlt", ".kdenlive", ".fcpxml", ".xml", ".cdl", ".ccc", ".clf", ".ctf")):
        ElementTree.fromstring(content)
    elif path.endswith((".json", ".otio")):
        json.loads(content)
    elif path.endswith(".cube"):
        parse_cube(content.decode("ascii"))


def read_as_lut(path: Path, number: int) -> None:
    """Read a .cube, examine it, write it, read that again; apply every fourth."""
    lut = read_cube(path)
    encode(lut.health())
    if lut.size > 129:
        return
    target = path.parent / "out" / f"{number}.cube"
    write_cube(target, lut)
    again = parse_cube(target.read_text("ascii"))
    if (again.size, format_cube(again)) != (lut.size, target.read_text("ascii")):
        raise AssertionError("the LUT that was written is another one")
    target.unlink()
    if number % 4 == 0:
        _apply(lut)


def _apply(lut: Lut3D) -> None:
    import numpy as np

    grid = np.linspace(-0.1, 1.1, 300, dtype=np.float32).reshape(10, 10, 3)
    for picture in (grid, np.full((4, 4, 3), np.nan, np.float32)):
        for interpolation in ("tetrahedral", "trilinear"):
            lut.apply(picture, interpolation)
    if lut.size <= SMALL:
        lut.resample(5)


def read_as_record(path: Path, _: int) -> None:
    """Read a record, write it again, plan its movie, and write it in each format."""
    record = read_record(path)
    text = format_record(record)
    if format_record(parse_record(text)) != text:
        raise AssertionError("the record that was written is another one")
    for scene in record.scenes:
        summary(scene, record.grades, record.findings)
    for act in (
        lambda: plan(record),
        lambda: write_folder(path.parent / "out", export_all(record, ("otio", "render"))),
    ):
        try:
            act()
        except OtiogradeError:
            continue
    write_formats(record, FORMATS)
    if record.lut_size <= SMALL:
        lut_formats.HALD_LEVEL = 2  # type: ignore[misc]
        write_formats(record, LUTS)


def read_as_media(path: Path, number: int) -> None:
    """Probe media, and read frames from its beginning, middle and end, and a few in order."""
    media = probe(path)
    for at in dict.fromkeys((0, media.frames // 2, media.frames - 1)):
        read_frames(media, [at], 64)
    for _ in iter_frames(media, 0, min(media.frames, 4 if number % 4 == 0 else 1)):
        pass


#: Kind of input -> what reads it.
READERS: dict[str, Callable[[Path, int], None]] = {
    "edits": read_as_edit,
    "luts": read_as_lut,
    "records": read_as_record,
    "media": read_as_media,
}

#: What a reader may refuse with, besides ``OtiogradeError``.
REFUSALS = (OtiogradeError, CubeError)
