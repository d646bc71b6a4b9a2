"""Movies of CMX 3600 lists show the frames that the lists name: media carry their frame number in their pictures.

Tests: movie/rendering.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from making.clips import encode_numbered
from making.lists import Entry, list_of
from making.movies import FAST, HD, render, seen
from making.records import graded
from otiograde.media.probe import probe
from otiograde.timeline import Reading, read_edit

pytestmark = pytest.mark.slow

HOUR = 86_400


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    """Frames 0 to 119 from one o'clock on, 300 to 419 from two o'clock on, under one name, and 600 to 719 without."""
    folder = tmp_path_factory.mktemp("media")
    for name, first, words in (
        ("dayA/C0001.mov", 0, ("-timecode", "01:00:00:00")),
        ("dayB/C0001.mov", 300, ("-timecode", "02:00:00:00")),
        ("plain.mov", 600, ()),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        cut = ("-vf", f"trim=start_frame={first},setpts=PTS-STARTPTS")
        encode_numbered(ffmpeg, folder / name, first + 120, *cut, *FAST, *HD, *words)
    return folder


def movie_of(folder: Path, root: Path, ffmpeg: Path, text: str, rate: int = 24) -> list[int | None]:
    path = folder / "list.edl"
    path.write_text(text, "utf-8")
    record = graded(read_edit(path, Reading(media_root=root, rate=Fraction(rate), strict=True), probe), lut_size=2)
    done = render(record, folder / "out", ffmpeg)
    assert done.movie is not None, done.failures
    return seen(done.movie)


def cam(number: int, source: int, record: tuple[int, int], *more: str, channel: str = "V", length: int = 0) -> Entry:
    """An event of the camera's file, from its frame ``source`` on."""
    end = source + (length or record[1] - record[0])
    return Entry(number, "AX", channel, (source, end), record, (*more, "* SOURCE FILE: C0001.mov"))


def test_cuts_in_any_order_with_holes_and_what_is_only_heard(tmp_path: Path, root: Path, ffmpeg: Path) -> None:
    text = list_of(
        [
            cam(3, 2 * HOUR + 30, (HOUR + 20, HOUR + 30)),
            cam(9, 2 * HOUR + 50, (HOUR, HOUR + 40), channel="NONE"),
            cam(1, HOUR + 24, (HOUR, HOUR + 12)),
            Entry(4, "plain", "V", (5, 15), (HOUR + 30, HOUR + 40)),
            Entry(5, "BL", "V", (0, 4), (HOUR + 40, HOUR + 44)),
            cam(6, HOUR + 60, (HOUR + 44, HOUR + 50), channel="B"),
        ]
    )
    assert movie_of(tmp_path, root, ffmpeg, text) == [
        *range(24, 36),
        *[None] * 8,
        *range(330, 340),
        *range(605, 615),
        *[None] * 4,
        *range(60, 66),
    ]


def test_speeds_as_resolve_and_as_avid_write_them(tmp_path: Path, root: Path, ffmpeg: Path) -> None:
    m2 = "M2   AX             {}                01:00:00:00"
    text = list_of(
        [
            cam(1, HOUR + 12, (0, 24), m2.format("048.0")),
            cam(2, HOUR + 24, (24, 48), m2.format("-024.0")),
            cam(3, HOUR + 48, (48, 72), m2.format("012.0")),
            cam(4, HOUR + 10, (72, 84), m2.format("-048.0"), length=24),
            cam(5, HOUR + 7, (84, 96), m2.format("000.0"), "* * FREEZE FRAME", length=1),
            cam(6, 2 * HOUR + 40, (96, 108), m2.format("036.0")),
        ]
    )
    assert movie_of(tmp_path, root, ffmpeg, text) == [
        *range(12, 60, 2),
        *range(47, 23, -1),
        *(48 + number // 2 for number in range(24)),
        *range(33, 9, -2),
        *[7] * 12,
        *(340 + 3 * number // 2 for number in range(12)),
    ]


def test_drop_frame_labels_are_found_in_media_of_either_count(tmp_path: Path, ffmpeg: Path) -> None:
    """Both files begin two seconds before the minute; label 01:01:00:10 is another frame in each."""
    root = tmp_path / "root"
    root.mkdir()
    for name, code in (("drop.mov", "01:00:58;00"), ("full.mov", "01:00:58:00")):
        encode_numbered(ffmpeg, root / name, 120, *FAST, *HD, "-timecode", code, rate="30000/1001")
    text = (
        "TITLE: t\nFCM: DROP FRAME\n\n"
        "001  drop V C 01:01:00:10 01:01:01:10 01:00:59:00 01:01:00:02\n"
        "FCM: NON-DROP FRAME\n"
        "002  full V C 01:01:00:10 01:01:01:10 01:01:00:02 01:01:01:02\n"
    )
    path = tmp_path / "list.edl"
    path.write_text(text, "utf-8")
    record = graded(read_edit(path, Reading(media_root=root, strict=True), probe), lut_size=2)
    done = render(record, tmp_path / "out", ffmpeg)
    assert done.movie is not None, done.failures
    assert seen(done.movie) == [*range(68, 98), *range(70, 100)]


def test_the_outgoing_clip_of_a_dissolve(tmp_path: Path, root: Path, ffmpeg: Path) -> None:
    """The frames outside of the dissolve; in it the first and the last are nearly whole."""
    text = list_of(
        [
            cam(1, HOUR + 10, (0, 12)),
            Entry(2, "plain", "V", (50, 50), (12, 12)),
            Entry(2, "AX", "V", (2 * HOUR, 2 * HOUR + 20), (12, 32), ("* TO CLIP NAME: C0001.mov",), "D    008"),
            cam(3, HOUR + 60, (32, 36)),
        ]
    )
    numbers = movie_of(tmp_path, root, ffmpeg, text)
    assert numbers[:12] == list(range(10, 22))
    assert numbers[12] == 650
    assert numbers[20:] == [*range(308, 320), *range(60, 64)]
