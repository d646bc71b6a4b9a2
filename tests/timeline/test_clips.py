"""Edits made of media files that follow one another."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from making.media import Inventor, no_media
from making.otio import frames
from otiograde.color.encodings import encoding
from otiograde.errors import MediaError, TimelineError
from otiograde.record.shot import Media
from otiograde.timeline import Reading, edit_of_clips, read_edit


def touched(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).touch()
    return [folder / name for name in names]


def test_clips_in_the_given_order(tmp_path: Path) -> None:
    paths = touched(tmp_path, "b.mp4", "a.mp4")
    edit = edit_of_clips([*paths, paths[0]], Reading(), Inventor(timecode=86400))
    assert frames(edit) == [("b", 0, 100, 0, 100), ("a", 0, 100, 100, 100), ("b-2", 0, 100, 200, 100)]
    assert edit.rate == 24
    assert [shot.media.path for shot in edit.shots] == [*paths, paths[0]]
    assert (
        edit.otio["tracks"]["children"][0]["children"][0]["media_references"]["DEFAULT_MEDIA"]["target_url"]
        == paths[0].as_uri()
    )


def test_a_folder_in_natural_order(tmp_path: Path) -> None:
    touched(tmp_path, "shot10.mp4", "Shot2.mov", "shot1.mp4", "notes.txt", ".hidden.mp4", "still.png")
    (tmp_path / "deeper").mkdir()
    edit = edit_of_clips([tmp_path], Reading(), Inventor())
    assert [shot.name for shot in edit.shots] == ["shot1", "Shot2", "shot10", "still"]
    assert edit.notes == ("not a video or image file by its suffix, passed over: notes.txt",)
    assert edit.name == tmp_path.stem


def test_addresses_relative_to_a_base_can_be_read_again(tmp_path: Path) -> None:
    import json

    (tmp_path / "out").mkdir()
    (tmp_path / "in").mkdir()
    names = ["100%.mp4", "a b#1?.mp4", "é'\"\U0001f3a5.mp4", "c:d.mp4", "http:x.mp4", "100%25.mp4"]
    paths = touched(tmp_path / "in", *names)
    for base in (tmp_path / "out", tmp_path / "in"):
        edit = edit_of_clips(paths, Reading(), Inventor(), base=base)
        (base / "edit.otio").write_text(json.dumps(edit.otio), "utf-8")
        again = read_edit(base / "edit.otio", Reading(), Inventor())
        assert [shot.media.path.resolve() for shot in again.shots] == paths
        assert [shot.id for shot in again.shots] == [shot.id for shot in edit.shots]


def test_rates_and_stills(tmp_path: Path) -> None:
    paths = touched(tmp_path, "a.mp4", "b.mp4", "c.png", "d.mp4")

    def probe(path: Path, **options: Any) -> Media:
        media = Inventor(rate=Fraction(25) if path.stem == "d" else Fraction(30000, 1001))(path, **options)
        return replace(media, kind="still", frames=1, rate=Fraction(25)) if path.suffix == ".png" else media

    edit = edit_of_clips(paths, Reading(), probe)
    assert edit.rate == Fraction(30000, 1001)
    assert frames(edit)[2] == ("c", 0, 1, 200, 150)
    assert edit_of_clips(paths, Reading(rate=Fraction(24)), probe).rate == 24


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    paths = touched(tmp_path, "a.mp4", "broken.mp4")

    def probe(path: Path, **options: Any) -> Media:
        if path.stem == "broken":
            raise MediaError(f"{path}: zero bytes")
        return Inventor()(path, **options)

    edit = edit_of_clips(paths, Reading(), probe)
    assert [shot.id for shot in edit.shots] == ["a"]
    assert [(skip.what, skip.name) for skip in edit.skips] == [("unreadable media", "broken")]
    with pytest.raises(TimelineError, match="zero bytes"):
        edit_of_clips(paths, Reading(strict=True), probe)
    assert edit_of_clips(paths, Reading(), no_media).shots == ()
    with pytest.raises(TimelineError, match="no such file"):
        edit_of_clips([tmp_path / "gone.mp4"], Reading(), Inventor())
    (tmp_path / "empty").mkdir()
    with pytest.raises(TimelineError, match="no video or image files"):
        edit_of_clips([tmp_path / "empty"], Reading(), Inventor())


def test_encoding_and_wishes_from_outside(tmp_path: Path) -> None:
    paths = touched(tmp_path, "a.mp4", "b.mp4")
    edit = edit_of_clips(paths, Reading(encoding=encoding("srgb"), lock=("b",)), Inventor())
    assert [(shot.media.origin, shot.wishes.lock) for shot in edit.shots] == [
        ("command line", False),
        ("command line", True),
    ]


def test_an_encoding_by_name_knows_clips_without_media(tmp_path: Path) -> None:
    paths = touched(tmp_path, "good.mp4", "broken.mp4")

    def probe(path: Path, **options: Any) -> Media:
        if path.stem == "broken":
            raise MediaError(f"{path.name}: is damaged")
        return Inventor()(path, **options)

    edit = edit_of_clips(paths, Reading(encodings=(("broken", encoding("pq")),)), probe)
    assert [skip.name for skip in edit.skips] == ["broken"]
    message = r"--encoding other@pq: no clip or file has this name; the media of broken cannot be read \(broken.mp4: is"
    with pytest.raises(TimelineError, match=message):
        edit_of_clips(paths, Reading(encodings=(("other", encoding("pq")),)), probe)
