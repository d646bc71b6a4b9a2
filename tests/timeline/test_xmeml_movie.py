"""FCP7 XML and the movie of it: numbered frames show which media is seen; our own export is read back.

Tests: timeline/xmeml.py
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from making.movies import clip, dissolve, gap, numbered_film, record_of, render, seen, tone
from making.records import graded
from making.xmeml import file, item, one, rate, remap, sequence, track
from otiograde.exporters.editors.xmeml import xmeml
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.timeline import Reading, read_edit

pytestmark = [pytest.mark.ffmpeg, pytest.mark.slow]

AGAIN = file("", id_="f1")


def film(folder: Path, ffmpeg: Path, text: str) -> list[int | None]:
    """The numbers that the movie of a document shows."""
    path = folder / "edit.xml"
    path.write_text(text, "utf-8")
    record = graded(read_edit(path, Reading(strict=True), probe), lut_size=2)
    done = render(record, folder / "out", ffmpeg)
    assert done.movie is not None, done.failures
    return seen(done.movie)


def test_the_movie_shows_what_the_document_says(tmp_path: Path, ffmpeg: Path) -> None:
    numbered_film(ffmpeg, tmp_path / "m24.mp4", 96)
    nest = sequence(track(item(0, 48, 12, 60, AGAIN)), id_="s2")
    back = sequence(track(item(0, 12, 6, 18, AGAIN), item(12, 24, 60, 72, AGAIN)), id_="s3")
    pieces = (
        (file(), 6, (10, 16), range(10, 16)),
        (nest, 6, (6, 12), range(18, 24)),
        (nest + remap(200), 6, (6, 12), range(24, 36, 2)),
        (back + remap(100, reverse=True), 24, (0, 24), [*range(71, 59, -1), *range(17, 5, -1)]),
        (AGAIN + remap(200), 6, (10, 16), range(20, 32, 2)),
        (AGAIN + remap(50), 6, (10, 16), [5, 5, 6, 6, 7, 7]),
        (AGAIN + remap(100, reverse=True), 6, (10, 16), range(85, 79, -1)),
        (AGAIN + remap(0), 6, (33, 39), [33] * 6),
        (AGAIN + "<subclipinfo><startoffset>30</startoffset></subclipinfo>", 6, (5, 11), range(35, 41)),
        (AGAIN + "<enabled>FALSE</enabled>", 6, (0, 6), [None] * 6),
        ('<sequence id="s2"/>', 6, (0, 6), range(12, 18)),
    )
    items, wanted, start = [], list[int | None](), 0
    for parts, length, (first, out), numbers in pieces:
        items.append(item(start, start + length, first, out, parts))
        wanted += numbers
        start += length
    assert film(tmp_path, ffmpeg, one(*items)) == wanted


def test_files_of_25_in_an_edit_of_30(tmp_path: Path, ffmpeg: Path) -> None:
    numbered_film(ffmpeg, tmp_path / "b.mp4", 100, "25")
    media = file("b.mp4", 100, rate(25))
    for first, base in ((50, 25), (60, 30)):
        text = one(item(0, 30, first, first + base, media, clock=rate(base)), clock=rate(30))
        numbers = film(tmp_path, ffmpeg, text)
        assert (len(numbers), numbers[0], numbers[-1]) == (30, 50, 74)


def placed(edit: Edit) -> list[tuple[object, ...]]:
    return [
        (
            shot.name,
            shot.media.path,
            shot.source,
            shot.record,
            shot.track,
            None if shot.media.kind == "still" else shot.speed,
        )
        for shot in edit.shots
    ]


def test_our_export_is_read_back(tmp_path: Path, ffmpeg: Path) -> None:
    a = numbered_film(ffmpeg, tmp_path / "a.mp4", 120)
    b = numbered_film(ffmpeg, tmp_path / "b.mp4", 120, "25")
    heard = tone(ffmpeg, tmp_path / "t.wav")
    record = record_of(
        tmp_path,
        [
            clip(a, 10, 24),
            dissolve(4, 4),
            clip(a, 60, 24),
            gap(6),
            clip(a, 10, 12, speed=2),
            clip(a, 10, 12, speed=0.5),
            clip(a, 20, 12, speed=-1),
            clip(a, 20, 12, speed=-2),
            clip(a, 33, 12, freeze=True),
            clip(b, 25, 25, 25),
        ],
        [gap(12), clip(b, 50, 50, 25)],
        sounds=[[gap(24), clip(heard, 24, 24, speed=2)], [clip(heard, 12, 12, speed=-1)]],
    )
    path = tmp_path / "cut.xml"
    path.write_bytes(xmeml(record, {}))
    edit = read_edit(path, Reading(strict=True), probe)
    assert edit.notes == tuple(note for note in edit.notes if "another speed" in note)
    assert placed(edit) == placed(record.edit)
    assert [replace(join, where=()) for join in edit.joins] == [replace(join, where=()) for join in record.edit.joins]
    assert edit.length == record.edit.length
    assert (edit.rate, edit.otio["global_start_time"]["value"]) == (24, 86400)
    for one_, other in zip(edit.sounds, record.edit.sounds, strict=True):
        assert one_.path == other.path
        assert one_.speed == other.speed
        for mine, before in ((one_.start, other.start), (one_.length, other.length), (one_.at, other.at)):
            assert abs(mine - before) < Fraction(1, 1000)
