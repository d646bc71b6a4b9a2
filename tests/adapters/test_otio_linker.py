"""The media linker ``otiograde`` finds what ``otiograde --media-root`` finds."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import cv2
import numpy as np
import opentimelineio as otio
import pytest

from making import otio as made
from making.clips import LOSSLESS, encode_numbered
from making.programs import run
from otiograde.media.probe import probe
from otiograde.timeline import Reading, read_edit

Item = dict[str, Any]

HOUR = 86_400


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> dict[str, Path]:
    """Two clips of one length whose timecodes differ, and a longer one."""
    folder = tmp_path_factory.mktemp("clips")
    words = (*LOSSLESS, "-timecode")
    return {
        "one": encode_numbered(ffmpeg, folder / "one.mov", 24, *words, "01:00:00:00"),
        "two": encode_numbered(ffmpeg, folder / "two.mov", 24, *words, "02:00:00:00"),
        "long": encode_numbered(ffmpeg, folder / "long.mov", 48, *words, "01:00:00:00"),
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "moved" / "media"
    folder.mkdir(parents=True)
    return folder


def lay(clip: Path, path: Path) -> Path:
    """Put a clip there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(clip, path)
    return path


def written(folder: Path, *children: Item) -> Path:
    path = folder / "edit.otio"
    path.write_text(json.dumps(made.timeline(made.track(*children))), "utf-8")
    return path


def linked(edit: Path, **arguments: str) -> list[str]:
    """The addresses after the linker was at work."""
    timeline = otio.adapters.read_from_file(
        str(edit), media_linker_name="otiograde", media_linker_argument_map=arguments
    )
    return [getattr(clip.media_reference, "target_url", "") for clip in timeline.find_clips()]


def house(edit: Path, root: Path) -> list[str]:
    """The addresses of the media that otiograde itself finds."""
    return [shot.media.path.resolve().as_uri() for shot in read_edit(edit, Reading(media_root=root), probe).shots]


def lost(name: str, start: int = 0, count: int = 24, **fields: Any) -> Item:
    """A clip of a file that is not where the edit says."""
    media = made.external(f"file:///old/disk/{name}", fields.pop("available", None))
    return made.clip(Path(name).stem, made.lasting(start, count), media, **fields)


def test_a_moved_file_is_found_by_its_name(clips: dict[str, Path], root: Path, tmp_path: Path) -> None:
    path = lay(clips["one"], root / "day 1" / "A001.mov")
    edit = written(tmp_path, lost("A001.MOV", HOUR))
    assert linked(edit, media_root=str(root)) == house(edit, root) == [path.resolve().as_uri()]


def test_timecode_tells_files_of_one_name_apart(clips: dict[str, Path], root: Path, tmp_path: Path) -> None:
    first, second = (lay(clips[name], root / name / "A001.mov") for name in ("one", "two"))
    edit = written(tmp_path, lost("A001.mov", HOUR), lost("A001.mov", 2 * HOUR), lost("A001.mov", HOUR + 3, 5))
    assert linked(edit, media_root=str(root)) == house(edit, root)
    assert linked(edit, media_root=str(root)) == [path.resolve().as_uri() for path in (first, second, first)]


def test_duration_tells_files_of_one_name_apart(clips: dict[str, Path], root: Path, tmp_path: Path) -> None:
    lay(clips["one"], root / "a" / "A001.mov")
    path = lay(clips["long"], root / "b" / "A001.mov")
    edit = written(tmp_path, lost("A001.mov", HOUR, 12, available=made.lasting(HOUR, 48)))
    assert linked(edit, media_root=str(root)) == house(edit, root) == [path.resolve().as_uri()]


def test_size_tells_files_of_one_name_apart(ffmpeg: Path, clips: dict[str, Path], root: Path, tmp_path: Path) -> None:
    lay(clips["one"], root / "a" / "A001.mov")
    wide = root / "b" / "A001.mov"
    wide.parent.mkdir()
    words = ("-vf", "scale=320:128", *LOSSLESS, "-timecode", "01:00:00:00")
    encode_numbered(ffmpeg, wide, 24, *words)
    edit = written(tmp_path, lost("A001.mov", HOUR, metadata={"any": {"width": 320, "height": 128}}))
    assert linked(edit, media_root=str(root)) == house(edit, root) == [wide.resolve().as_uri()]


def test_a_clip_without_an_address_is_found_by_its_names(clips: dict[str, Path], root: Path, tmp_path: Path) -> None:
    by_name, by_reel = lay(clips["one"], root / "shot 1.mov"), lay(clips["two"], root / "R7.mov")
    missing = made.item("MissingReference.1", "", available_range=None)
    edit = written(
        tmp_path,
        made.clip("shot 1", made.lasting(HOUR, 24), missing),
        made.clip("no file", made.lasting(2 * HOUR, 24), missing, metadata={"cmx_3600": {"reel": "R7"}}),
    )
    expected = [by_name.resolve().as_uri(), by_reel.resolve().as_uri()]
    assert linked(edit, media_root=str(root)) == house(edit, root) == expected


def test_a_sequence_is_found_by_its_first_image(root: Path, tmp_path: Path) -> None:
    folder = root / "100% done"
    folder.mkdir()
    for number in range(7, 10):
        cv2.imwrite(str(folder / f"a.{number:04}.png"), np.full((16, 16, 3), 128, np.uint8))
    reference = made.item(
        "ImageSequenceReference.1", target_url_base="file:///old/a/", name_prefix="a.", name_suffix=".png",
        start_frame=7, frame_step=1, rate=24, frame_zero_padding=4, available_range=made.lasting(7, 3),
        missing_frame_policy="error",
    )  # fmt: skip
    edit = written(tmp_path, made.clip("a", made.lasting(7, 3), reference))
    timeline = otio.adapters.read_from_file(
        str(edit), media_linker_name="otiograde", media_linker_argument_map={"media_root": str(root)}
    )
    (clip,) = timeline.find_clips()
    first = Path(unquote(urlsplit(clip.media_reference.target_url_for_image_number(0)).path))
    assert first == folder.resolve() / "a.0007.png"
    assert read_edit(edit, Reading(media_root=root), probe).shots[0].media.frames == 3


def test_what_is_not_found_stays_and_is_said(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, clips: dict[str, Path]
) -> None:
    lay(clips["one"], root / "A001.mov")
    bars = made.item("GeneratorReference.1", "A001", generator_kind="SMPTEBars", available_range=None, parameters={})
    edit = written(tmp_path, lost("B002.mov"), made.clip("A001", made.lasting(0, 24), bars))
    with caplog.at_level(logging.WARNING):
        assert linked(edit, media_root=str(root)) == ["file:///old/disk/B002.mov", ""]
    assert caplog.messages == [
        "clip 'B002': file:///old/disk/B002.mov: no such file; --media-root finds moved media by name"
    ]


def test_links_that_lead_out_of_the_root_are_not_followed(clips: dict[str, Path], root: Path, tmp_path: Path) -> None:
    outside = lay(clips["one"], tmp_path / "outside" / "A001.mov")
    (root / "A001.mov").symlink_to(outside)
    (root / "more").symlink_to(outside.parent)
    edit = written(tmp_path, lost("A001.mov", HOUR))
    assert linked(edit, media_root=str(root)) == ["file:///old/disk/A001.mov"]


def test_a_root_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere is not a folder: name the folder in which the media are"):
        linked(written(tmp_path, lost("a.mov")), media_root=str(tmp_path / "nowhere"))


def test_relative_addresses_count_from_the_folder(clips: dict[str, Path], tmp_path: Path, root: Path) -> None:
    path = lay(clips["one"], tmp_path / "A001.mov")
    edit = written(tmp_path, made.clip("A001", made.lasting(HOUR, 24), made.external("A001.mov")))
    assert linked(edit, media_root=str(root), folder=str(tmp_path)) == [path.as_uri()]


def test_the_root_is_listed_once_a_reading(
    clips: dict[str, Path], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And again for the next reading, which finds what has come meanwhile."""
    walked = []
    walk = os.walk
    monkeypatch.setattr(os, "walk", lambda *paths, **more: walked.append(paths) or walk(*paths, **more))
    lay(clips["one"], root / "A001.mov")
    edit = written(tmp_path, *(lost(f"A00{number}.mov", HOUR) for number in (1, 2, 1, 2)))
    assert sum(url.startswith("file:///old") for url in linked(edit, media_root=str(root))) == 2
    assert len(walked) == 1
    lay(clips["one"], root / "A002.mov")
    assert not [url for url in linked(edit, media_root=str(root)) if url.startswith("file:///old")]
    assert len(walked) == 2


def test_otioconvert_links_by_name_and_by_default(clips: dict[str, Path], root: Path, tmp_path: Path) -> None:
    path = lay(clips["one"], root / "A001.mov").resolve().as_uri()
    written(tmp_path, lost("A001.mov", HOUR))
    convert = ("-i", "edit.otio", "-o", "x.otio")
    run("otioconvert", *convert, "-m", "otiograde", "-M", f"media_root={root}", cwd=tmp_path)
    assert path in (tmp_path / "x.otio").read_text("utf-8")
    (tmp_path / "x.otio").unlink()
    variables = {"OTIO_DEFAULT_MEDIA_LINKER": "otiograde", "OTIOGRADE_MEDIA_ROOT": str(root)}
    run("otioconvert", *convert, cwd=tmp_path, **variables)
    assert path in (tmp_path / "x.otio").read_text("utf-8")
    run("otioconvert", *convert, "-m", "none", cwd=tmp_path, **variables)
    assert path not in (tmp_path / "x.otio").read_text("utf-8")


def test_a_folder_that_moved_with_its_media_becomes_a_project(ffmpeg: Path, tmp_path: Path) -> None:
    """The hook and the linker together: LUTs and media are found, and melt's document names both."""
    from making.folders import graded_folder

    old = tmp_path / "old"
    old.mkdir()
    graded_folder(ffmpeg, old)
    new = Path(shutil.move(old, tmp_path / "new")).resolve()
    run(
        *("otioconvert", "-i", new / "out" / "graded.otio", "-o", "x.mlt", "-m", "otiograde"),
        *("-M", f"media_root={new}", "-H", f"otiograde_folder={new / 'out'}"),
        cwd=tmp_path,
    )
    document = (tmp_path / "x.mlt").read_text("utf-8")
    for name in "ab":
        assert f"{new}/out/luts/{name}.cube" in document
        assert f"{new}/{name}.mkv" in document
