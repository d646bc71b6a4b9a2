"""Media addresses in all spellings, moved media, and image sequences.

Tests: timeline/library.py, timeline/patterns.py
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from making.media import Inventor, no_media
from making.otio import clip, external, item, lasting, read, timeline, track
from otiograde.errors import TimelineError
from otiograde.timeline import Reading
from otiograde.timeline.addresses import scheme_of, spellings

HARD = 'it\'s "50%" of 100%25 #1?é\U0001f3a5\n.mp4'


def media_of(folder: Path, url: str, **reading: object) -> Path | str:
    """The path that an address leads to, or why it leads nowhere."""
    edit = read(folder, timeline(track(clip("a", lasting(0, 5), external(url)))), None, Reading(**reading), files="")
    return edit.shots[0].media.path if edit.shots else edit.skips[0].why


@pytest.mark.parametrize(
    "url",
    [
        "media/a b.mp4",
        "./media/a b.mp4",
        "media/a%20b.mp4",
        "media\\a b.mp4",
        "file:{folder}/media/a b.mp4",
        "file://{folder}/media/a%20b.mp4",
        "file://{folder}/media/a b.mp4",
        "file://localhost{folder}/media/a%20b.mp4",
        "FILE://LOCALHOST{folder}/media/a%20b.mp4",
        "file://media/a%20b.mp4",
        "{folder}/media/a b.mp4",
        "{folder}/media/../media/a%20b.mp4",
    ],
)
def test_addresses_that_lead_to_one_file(tmp_path: Path, url: str) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a b.mp4").touch()
    path = media_of(tmp_path, url.format(folder=tmp_path))
    assert isinstance(path, Path)
    assert path.is_absolute()
    assert path.samefile(tmp_path / "media" / "a b.mp4")


@pytest.mark.parametrize("spelling", ["plain", "uri"])
def test_names_full_of_signs(tmp_path: Path, spelling: str) -> None:
    (tmp_path / HARD).touch()
    url = HARD if spelling == "plain" else (tmp_path / HARD).as_uri()
    assert media_of(tmp_path, url) == tmp_path / HARD


def test_the_literal_name_wins(tmp_path: Path) -> None:
    for name in ("100%25.mp4", "100%.mp4"):
        (tmp_path / name).touch()
    assert media_of(tmp_path, "100%25.mp4") == tmp_path / "100%25.mp4"
    assert media_of(tmp_path, "100%2525.mp4") == tmp_path / "100%25.mp4"
    assert media_of(tmp_path, f"file://{tmp_path}/100%25.mp4") == tmp_path / "100%.mp4"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///C:/Media/a.mov", "C:/Media/a.mov"),
        ("file:///C%3a/Media/a.mov", "C:/Media/a.mov"),
        ("file:///C|/Media/a.mov", "C:/Media/a.mov"),
        ("file://localhost/D%3A/Media/a%20b.mov", "D:/Media/a b.mov"),
        ("file://Z:/Media/a.mov", "Z:/Media/a.mov"),
        ("C:\\Media\\a.mov", "C:\\Media\\a.mov"),
        ("C:\\Media\\a.mov", "C:/Media/a.mov"),
        ("file://server/share/a%20b.mov", "//server/share/a b.mov"),
        ("file:////server/share/a.mov", "//server/share/a.mov"),
        ("\\\\server\\share\\a.mov", "//server/share/a.mov"),
    ],
)
def test_windows_addresses(url: str, path: str) -> None:
    assert path in spellings(url)


@pytest.mark.parametrize(
    ("url", "scheme"), [("http://x/a.mp4", "http"), ("C:/a", ""), ("file:///a", ""), ("a:b.mp4", "")]
)
def test_schemes(url: str, scheme: str) -> None:
    assert scheme_of(url) == scheme


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/a.mp4", "http addresses are not read"),
        ("concat:a.mp4|b.mp4", "concat addresses are not read"),
        ("gone.mp4", "gone.mp4: no such file"),
        ("", "names no media"),
        ("a\0b.mp4", "no such file"),
        ("x" * 5000, "no such file"),
        ("folder", "no such file"),
        ("pipe", "no such file"),
    ],
)
def test_addresses_that_lead_nowhere(tmp_path: Path, url: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    path = media_of(tmp_path, url)
    assert isinstance(path, str)
    assert why in path
    assert path.isprintable()
    assert len(path) < 300


def test_a_colon_in_a_relative_name(tmp_path: Path) -> None:
    (tmp_path / "scene:1.mp4").touch()
    assert media_of(tmp_path, "scene:1.mp4") == tmp_path / "scene:1.mp4"


def test_moved_media_are_found_by_name(tmp_path: Path) -> None:
    for name in ("root/one/A.MOV", "root/two/b.mov", "root/deep/er/cafe\u0301.mov", "root/two/._b.mov"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    root = tmp_path / "root"
    for url, name in (
        ("/Volumes/x/a.mov", "one/A.MOV"),
        ("file:///C:/media/b.mov", "two/b.mov"),
        ("E:\\card\\b.mov", "two/b.mov"),
        ("file:///x/caf%C3%A9.mov", "deep/er/cafe\u0301.mov"),
        ("b.mxf", None),
    ):
        path = media_of(tmp_path, url, media_root=root)
        assert path == (root.resolve() / name if name else path), url
        assert isinstance(path, Path if name else str)


def test_of_several_moved_files_the_likest_folder_wins(tmp_path: Path) -> None:
    for day in ("day1", "day2", "day3"):
        (tmp_path / "root" / day / "cam").mkdir(parents=True)
        (tmp_path / "root" / day / "cam" / "a.mov").touch()
    whole = timeline(track(clip("a", lasting(0, 5), external("/card/Day2/cam/a.mov"))))
    edit = read(tmp_path, whole, None, Reading(media_root=tmp_path / "root"))
    assert edit.shots[0].media.path.parts[-3:] == ("day2", "cam", "a.mov")
    assert [note.partition(":")[0] for note in edit.notes] == [
        "found under the media root",
        "several files of this name under the media root, the one in the likest folder taken",
    ]


def test_media_without_an_address_are_found_by_clip_name(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    for name in ("sh010.mov", "sh010.txt"):
        (tmp_path / "root" / name).touch()
    nowhere = item("MissingReference.1")
    row = track(*(clip(name, lasting(0, 5), media) for name, media in (("sh010", nowhere), ("SH010", external("")))))
    row["children"].append(clip("other", lasting(0, 5), nowhere))
    edit = read(tmp_path, timeline(row), None, Reading(media_root=tmp_path / "root"))
    assert [shot.media.path.name for shot in edit.shots] == ["sh010.mov", "sh010.mov"]
    assert [(skip.what, skip.name) for skip in edit.skips] == [("missing media", "other")]


def test_links_out_of_the_media_root_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "root" / "in").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.mov").touch()
    (tmp_path / "root" / "in" / "real.mov").touch()
    (tmp_path / "root" / "s.mov").symlink_to(tmp_path / "secret" / "s.mov")
    (tmp_path / "root" / "folder").symlink_to(tmp_path / "secret")
    (tmp_path / "root" / "link.mov").symlink_to(tmp_path / "root" / "in" / "real.mov")
    assert isinstance(media_of(tmp_path, "/x/s.mov", media_root=tmp_path / "root"), str)
    assert isinstance(media_of(tmp_path, "/x/link.mov", media_root=tmp_path / "root"), Path)


def test_a_media_root_that_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="not a folder"):
        media_of(tmp_path, "a.mp4", media_root=tmp_path / "none")


def sequence(base: str, first: int = 1001, digits: int = 4, **fields: object) -> dict[str, object]:
    return item(
        "ImageSequenceReference.1",
        target_url_base=base,
        name_prefix="50% shot.",
        name_suffix=".exr",
        start_frame=first,
        frame_step=1,
        rate=25.0,
        frame_zero_padding=digits,
        missing_frame_policy="error",
        **fields,
    )


@pytest.mark.parametrize("base", ["100%/renders/", "100%25/renders", "file://{folder}/100%25/renders"])
def test_image_sequences(tmp_path: Path, base: str) -> None:
    folder = tmp_path / "100%" / "renders"
    folder.mkdir(parents=True)
    (folder / "50% shot.1001.exr").touch()
    media = sequence(base.format(folder=tmp_path), available_range=lasting(1001, 48, 25))
    probe = Inventor(frames=48)
    edit = read(tmp_path, timeline(track(clip("a", lasting(1011, 20, 25), media))), probe)
    (shot,) = edit.shots
    assert shot.media.path == tmp_path / "100%%" / "renders" / "50%% shot.%04d.exr"
    assert probe.asked == [("50%% shot.%04d.exr", 1001, Fraction(25), None)]
    assert (shot.source.start, shot.source.count) == (10, 20)


@pytest.mark.parametrize(("start", "first"), [(1011, 10), (10, 10)])
def test_a_sequence_without_a_range_counts_by_its_numbers(tmp_path: Path, start: int, first: int) -> None:
    (tmp_path / "50% shot.1001.exr").touch()
    (shot,) = read(tmp_path, timeline(track(clip("a", lasting(start, 20, 25), sequence("")))), Inventor()).shots
    assert shot.source.start == first


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"frame_step": 2}, "frame_step"),
        ({"start_frame": -5}, "make no sense"),
        ({"frame_zero_padding": 99}, "make no sense"),
        ({"start_frame": 7}, "no such first image"),
    ],
)
def test_sequences_that_are_not_read(tmp_path: Path, fields: dict[str, object], why: str) -> None:
    (tmp_path / "50% shot.1001.exr").touch()
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 20, 25), {**sequence(""), **fields}))))
    assert [skip.what for skip in edit.skips] == ["missing media"]
    assert why in edit.skips[0].why


def test_generators_and_unreadable_media_are_skips(tmp_path: Path) -> None:
    bars = item("GeneratorReference.1", generator_kind="SMPTEBars", parameters={})
    edit = read(tmp_path, timeline(track(clip("bars", lasting(0, 5), bars), clip("a", lasting(0, 5)))), no_media)
    assert [(skip.what, skip.name) for skip in edit.skips] == [("generator", "bars"), ("unreadable media", "a")]
    assert "SMPTEBars" in edit.skips[0].why
    assert "nobody can read this" in edit.skips[1].why


def test_strict_makes_missing_media_an_error(tmp_path: Path) -> None:
    whole = timeline(track(clip("a", lasting(0, 5)), clip("gone", lasting(0, 5), external("gone.mp4"))))
    assert len(read(tmp_path, whole).shots) == 1
    with pytest.raises(TimelineError, match=r"missing media of clip gone: gone\.mp4: no such file"):
        read(tmp_path, whole, None, Reading(strict=True))


def test_each_file_is_probed_once(tmp_path: Path) -> None:
    probe = Inventor()
    row = [clip(f"s{n}", lasting(n, 5), external("a.mp4" if n % 2 else "./a.mp4")) for n in range(50)]
    edit = read(tmp_path, timeline(track(*row)), probe)
    assert len(edit.shots) == 50
    assert len(probe.asked) == 1
