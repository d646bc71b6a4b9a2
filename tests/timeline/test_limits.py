"""Small files that would take much: archives, texts, numbers, depth; sounds and names that are refused.

Tests: timeline/limits.py, timeline/bundle.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from making.clips import encode_numbered
from making.media import Inventor
from making.otio import clip, external, gap, lasting, timeline, track
from otiograde.errors import TimelineError
from otiograde.media.probe import probe
from otiograde.record.codec import encode
from otiograde.timeline import Reading, edit_of_clips, read_edit
from otiograde.timeline.bundle import GROWTH
from otiograde.timeline.limits import MOST_DEPTH, check_depth, most_bytes, xml_seconds
from otiograde.timeline.reading import Notes

FCPXML = (
    '<fcpxml version="1.8"><resources><format id="r1" frameDuration="{rate}"/></resources><project name="p">'
    '<sequence format="r1" tcStart="{start}"><spine><gap offset="{offset}" duration="5s"/></spine></sequence></project>'
    "</fcpxml>"
)


def archive(path: Path, edit: str, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("content.otio", edit)
        for name, data in files.items():
            packed.writestr(f"media/{name}.mp4", data)
    return path


def edit_with(metadata: Any = None) -> str:
    uses = [clip("a", lasting(0, 10), external("media/a.mp4")), clip("b", lasting(0, 10), external("media/b.mp4"))]
    return json.dumps({**timeline(track(*uses)), "metadata": {"x": metadata}})


def refused(path: Path, **reading: Any) -> str:
    with pytest.raises(TimelineError) as caught:
        read_edit(path, Reading(**reading), Inventor())
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.isprintable()
    return message


@pytest.mark.parametrize("text", ["[" + ",".join(["{}"] * 1_500_000) + "]", '"' + "a" * 40_000_000 + '"'])
def test_an_edit_that_unpacks_to_far_more_than_its_archive_is_refused(text: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.otioz", edit_with().replace("null", text, 1))
    assert path.stat().st_size < 100_000
    assert "far more" in refused(path)


def test_a_long_edit_in_a_small_archive_is_read(tmp_path: Path) -> None:
    """Five megabytes that pack a hundred times smaller, as pretty-printed edits do."""
    path = archive(tmp_path / "a.otioz", edit_with([{"name": "a clip like any other", "value": 24.0}] * 100_000))
    assert path.stat().st_size < 60_000
    assert len(read_edit(path, Reading(unpack=tmp_path / "m"), Inventor()).skips) == 2


def test_media_are_unpacked_only_as_far_as_the_archive_can_fill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otiograde.timeline.bundle.FREE_BYTES", 3000)
    monkeypatch.setattr("otiograde.timeline.bundle.GROWTH", 1)
    path = archive(tmp_path / "a.otioz", edit_with(), a=b"\0" * 2900, b=b"\0" * 2800)
    assert path.stat().st_size < 3000
    edit = read_edit(path, Reading(unpack=tmp_path / "m"), Inventor())
    assert [shot.name for shot in edit.shots] == ["a"]
    assert ["unpack it by hand" in skip.why for skip in edit.skips] == [True]
    assert sum(file.stat().st_size for file in (tmp_path / "m").rglob("*") if file.is_file()) == 2900


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.otioz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("content.otio", edit_with())
        with packed.open("media/a.mp4", "w", force_zip64=True) as entry:
            for _ in range(300):
                entry.write(bytes(2**20))
    assert path.stat().st_size * GROWTH < 300 * 2**20
    edit = read_edit(path, Reading(unpack=tmp_path / "m"), Inventor())
    assert not edit.shots
    assert not (tmp_path / "m").exists()


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otiograde.timeline.bundle.MOST_FILES", 2)
    assert "more than 2 files" in refused(archive(tmp_path / "a.otioz", edit_with(), a=b"a", b=b"b"))


def test_a_text_too_large_for_an_edit_is_not_read(tmp_path: Path) -> None:
    for suffix in ("otio", "edl", "xml", "fcpxml"):
        path = tmp_path / f"a.{suffix}"
        with path.open("wb") as file:
            file.truncate(2**40)  # takes no room on the disk
        assert "MiB of text" in refused(path)


@pytest.mark.parametrize("field", ["rate", "start", "offset"])
@pytest.mark.parametrize(
    "time", ["1e999999999s", "1e5000s", "1E+9999999s", "1" * 5000 + "s", "1/" + "3" * 9999, "-1e10"]
)
def test_a_number_that_counts_for_hours_is_refused(field: str, time: str, tmp_path: Path) -> None:
    path = tmp_path / "a.fcpxml"
    path.write_text(FCPXML.format(**{"rate": "1/25s", "start": "0s", "offset": "0s", field: time}))
    assert "is out of range" in refused(path)


def test_times_of_xml_are_read_as_before() -> None:
    times = {
        "1001/30000s": Fraction(1001, 30000),
        "5s": Fraction(5),
        " 0.5s ": Fraction(1, 2),
        "-7/25s": Fraction(-7, 25),
    }
    assert {time: xml_seconds(time) for time in times} == times
    assert [xml_seconds(time) for time in ("", "s", "abc", "1/0s", "1:00", "none" * 40, "x1e999999999")] == [None] * 7


@pytest.mark.parametrize("suffix", ["xml", "fcpxml"])
def test_elements_nested_without_end_are_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text("<a>" * 200_000 + "</a>" * 200_000)
    assert f"more than {MOST_DEPTH} deep" in refused(path)


def test_what_is_read_can_be_written(tmp_path: Path) -> None:
    """Metadata nested as deeply as is read can be encoded from deep inside a program; deeper is refused at once."""

    def nested(depth: int) -> Any:
        return [nested(depth - 1)] if depth else []

    def encoded(frames: int, value: Any) -> Any:
        return encoded(frames - 1, value) if frames else encode(value)

    path = tmp_path / "a.otio"
    path.write_text(edit_with(nested(MOST_DEPTH - 10)))
    encoded(100, read_edit(path, Reading(), Inventor()))
    path.write_text(edit_with(nested(MOST_DEPTH + 50)))
    assert f"nested more than {MOST_DEPTH} deep" in refused(path)
    check_depth(nested(MOST_DEPTH - 1))


def test_long_names_make_no_long_notes() -> None:
    notes = Notes()
    notes.add("passed over", "a\nb" * 10_000)
    (line,) = notes.lines()
    assert line.isprintable()
    assert len(line) < 200


@pytest.mark.parametrize("encoding", ["none", "utf-7", "UTF-32", "rot13", "big5"])
@pytest.mark.parametrize("suffix", ["xml", "fcpxml"])
def test_xml_in_an_encoding_that_nobody_reads_is_refused(encoding: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?><xmeml><sequence/></xmeml>')
    refused(path)


@pytest.mark.parametrize(
    "schema",
    ["UnknownSchema.1", "UnknownSchema.99", "UnknownSchema.-1", r"\u0055nknownSchem\u0061.1", r"Unknown\u0053chema.0"],
)
def test_a_schema_at_which_opentimelineio_ends_the_process_is_refused(schema: str, tmp_path: Path) -> None:
    for key in ("OTIO_SCHEMA", r"\u004fTIO\u005FSCHEMA"):
        text = edit_with().replace("null", f'{{"{key}" :\n "Clip.2", "{key}": "{schema}", "OTIO_SCHEMA": "Clip.2"}}', 1)
        (tmp_path / "a.otio").write_text(text)
        assert "UnknownSchema" in refused(tmp_path / "a.otio")
        assert "UnknownSchema" in refused(archive(tmp_path / "a.otioz", text))


def test_what_only_speaks_of_that_schema_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.otio").write_text(
        edit_with('{"OTIO_SCHEMA": "UnknownSchema.1"}'.replace("UnknownSchema", "Unheard"))
    )
    read_edit(tmp_path / "a.otio", Reading(), Inventor())
    (tmp_path / "a.otio").write_text(edit_with(["UnknownSchema.1", '"OTIO_SCHEMA": "UnknownSchema.1"']))
    read_edit(tmp_path / "a.otio", Reading(), Inventor())


def test_an_edit_that_no_record_can_hold_is_refused_before_any_work(tmp_path: Path) -> None:
    """Each time of it may be one, and their sum is none."""
    (tmp_path / "a.mp4").touch()
    uses = [clip("a", lasting(0, 10), external("a.mp4")), gap(1e12), clip("b", lasting(0, 10), external("a.mp4"))]
    (tmp_path / "a.otio").write_text(json.dumps(timeline(track(*uses))))
    assert "out of range" in refused(tmp_path / "a.otio")


def test_most_bytes_follow_the_archive() -> None:
    sizes = [most_bytes(size) for size in (0, 2**21, 2**30)]
    assert sizes == sorted(sizes)
    assert sizes[1] < 2**26


@pytest.mark.slow
@pytest.mark.parametrize("make", ["values", "text"])
def test_two_megabytes_take_less_than_a_gigabyte(make: str, tmp_path: Path) -> None:
    """The worst that is read: as many values, and as much text, as a small archive may have."""
    text = {"values": "[" + ",".join(["{}"] * 990_000) + "]", "text": '"\\ud83d\\ude00' + "a" * 33_000_000 + '"'}[make]
    path = archive(tmp_path / "a.otioz", edit_with().replace("null", text, 1))
    program = (
        "import sys; from pathlib import Path; from making.media import Inventor;"
        "from otiograde.timeline import Reading, read_edit;"
        "read_edit(Path(sys.argv[1]), Reading(), Inventor());"
        # Linux's own figure of this program: the one of getrusage begins with that of the process that started it.
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert int(done.stdout) < 10**6


def test_a_sound_that_is_a_playlist_is_silent(tmp_path: Path, ffmpeg: Path) -> None:
    encode_numbered(ffmpeg, tmp_path / "a.mp4", 24)
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:2.3,\na.mp4\n")
    sound = track(clip("s", lasting(0, 10), external("list.m3u8")), kind="Audio")
    path = tmp_path / "a.otio"
    path.write_text(json.dumps(timeline(track(clip("a", lasting(0, 10), external("a.mp4"))), sound)))
    edit = read_edit(path, Reading(), probe)
    assert (len(edit.shots), edit.sounds) == (1, ())
    assert any("sound that reads other files is silent" in note for note in edit.notes)


def test_names_that_are_no_text_are_refused_before_any_work(tmp_path: Path) -> None:
    media, edit = tmp_path / "caf\udce9.mp4", tmp_path / "caf\udce9.otio"
    try:
        media.write_bytes(b"\0" * 100)
        edit.write_text(edit_with())
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system holds only text")
    with pytest.raises(TimelineError, match="its name is not UTF-8"):
        read_edit(edit, Reading(), probe)
    read = edit_of_clips([media], Reading(), probe)
    assert ["is not UTF-8" in skip.why for skip in read.skips] == [True]
    json.dumps(encode(read), ensure_ascii=False).encode()
    edit.rename(tmp_path / "edit.otio")
    moved = read_edit(tmp_path / "edit.otio", Reading(media_root=tmp_path), probe)
    json.dumps(encode(moved), ensure_ascii=False).encode()
