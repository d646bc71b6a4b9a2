"""The movie in every form: tags, names and time code as ffprobe reads them, and encoders that are not there.

Tests: movie/encoders.py, movie/tapes.py
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making.movies import FAST, clip, gap, numbered_film, record_of, render, seen
from otiograde.errors import ExportError
from otiograde.media.ffmpeg import encoders_of, find_ffmpeg
from otiograde.media.probe import probe
from otiograde.movie.encoders import ENCODERS, HARDWARE, find_encoder
from otiograde.movie.rendering import check_encoder, shot_alone

FFPROBE = shutil.which("ffprobe")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    return numbered_film(ffmpeg, tmp_path_factory.mktemp("media") / "film.mp4")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    """Hardware and AV1 take no picture as small as the others are."""
    words = ("-vf", "scale=320:128:flags=neighbor", *FAST)
    return numbered_film(ffmpeg, tmp_path_factory.mktemp("media") / "large.mp4", 12, words=words)


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_every_encoder_tags_its_movie(tmp_path: Path, ffmpegs: list[Path], large: Path, name: str) -> None:
    record = record_of(tmp_path, [clip(large, 3, 6)])
    for number, program in enumerate(ffmpegs):
        if ENCODERS[name].codec not in encoders_of(find_ffmpeg(str(program))):
            continue
        done = render(record, tmp_path / "out", program, f"{number}.{ENCODERS[name].suffix}", encoder=name)
        assert done.movie is not None, done.failures
        made = probe(done.movie)
        assert (made.frames, made.encoding.name, made.origin) == (6, "bt709", "container tags")
        assert made.bits == {"x264": 8, "ffv1": 8, "prores4444": 12}.get(name, 10)  # ProRes 4444 decodes to 12
        assert made.timecode == 86400 or made.path.suffix == ".mkv"
        assert seen(done.movie) == [3, 4, 5, 6, 7, 8]


def said_by_ffprobe(movie: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    assert FFPROBE is not None
    words = [FFPROBE, "-v", "error", "-of", "json", "-show_format", "-show_streams", str(movie)]
    said = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    return ({key.lower(): value for key, value in said["format"]["tags"].items()}, said["streams"])


@pytest.mark.skipif(FFPROBE is None, reason="FFPROBE IS MISSING: nobody else reads the tags")
@pytest.mark.parametrize(("name", "encoding"), [("prores", "bt709"), ("x264", "bt601-625"), ("ffv1", "bt709")])
def test_names_time_code_and_tags_are_in_the_movie(
    tmp_path: Path, ffmpegs: list[Path], film: Path, name: str, encoding: str
) -> None:
    words = "setparams=colorspace=bt470bg:color_primaries=bt470bg:color_trc=smpte170m:range=tv"
    pal = ("-vf", words, "-color_primaries", "bt470bg", "-color_trc", "smpte170m", "-colorspace", "bt470bg")
    path = film if encoding == "bt709" else tmp_path / "pal.mkv"
    if path != film:
        command = [ffmpegs[-1], "-v", "error", "-i", film, *pal, "-color_range", "tv", "-c:v", "ffv1", path]
        subprocess.run(list(map(str, command)), check=True)
    first, second = clip(path, 2, 4), clip(path, 50, 4)
    first.metadata["cmx_3600"] = {"reel": "A001C002"}
    second.name, second.metadata["cmx_3600"] = "second one", {"reel": "A001C002"}
    record = record_of(tmp_path, [first, gap(2), second])
    for program in ffmpegs:
        done = render(record, tmp_path / "out", program, f"film.{ENCODERS[name].suffix}", encoder=name)
        assert done.movie is not None, done.failures
        tags, streams = said_by_ffprobe(done.movie)
        (picture,) = (stream for stream in streams if stream["codec_type"] == "video")
        spoken = "bt709" if encoding == "bt709" else "bt470bg"
        assert (picture["color_space"], picture["color_primaries"], picture["color_range"]) == (spoken, spoken, "tv")
        assert tags["title"] == "film"
        assert tags["comment"] == f"reel A001C002, shots {', '.join(shot.id for shot in record.edit.shots)}"
        own = {key.lower(): value for stream in streams for key, value in stream.get("tags", {}).items()}
        assert (tags | own)["timecode"] == "01:00:00:00"
        assert own.get("reel_name", "in the comment") == ("A001C002" if name != "x264" else "in the comment")
        assert any(stream.get("codec_tag_string") == "tmcd" for stream in streams) == (name != "ffv1")


@pytest.mark.skipif(FFPROBE is None, reason="FFPROBE IS MISSING: nobody else reads the tags")
def test_a_shot_alone_has_handles_and_its_own_time_code(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    """At the media's rate, whatever the speed; time code and reel are the media's."""
    timed = tmp_path / "timed.mov"
    words = ["-i", film, "-c", "copy", "-timecode", "02:00:00:00", timed]
    subprocess.run(list(map(str, [ffmpeg, "-v", "error", *words])), check=True)
    hour = 2 * 86400
    record = record_of(tmp_path, [gap(3), clip(film, 4, 6, speed=2.0), clip(timed, hour + 30, 5)])
    for shot, frames, begins, reel in (
        ("film", range(22), "00:00:00:00", "film"),
        ("timed", range(24, 41), "02:00:01:00", "timed"),
    ):
        done = render(shot_alone(record, shot, 6), tmp_path / "out", ffmpeg, f"{shot}.mov", encoder="prores")
        assert done.movie is not None, done.failures
        assert seen(done.movie) == [*frames]
        tags, streams = said_by_ffprobe(done.movie)
        assert tags["title"] == shot
        (own,) = (stream["tags"] for stream in streams if stream.get("codec_tag_string") == "tmcd")
        assert (own["timecode"], own["reel_name"]) == (begins, reel)


def test_drop_frame_time_code_stays_drop_frame(tmp_path: Path, ffmpeg: Path) -> None:
    made = numbered_film(ffmpeg, tmp_path / "made.mp4", 60, "30000/1001")
    path = tmp_path / "drop.mov"
    words = ["-i", made, "-c", "copy", "-timecode", "01:00:59;20", path]
    subprocess.run(list(map(str, [ffmpeg, "-v", "error", *words])), check=True)
    media, rate = probe(path), 30000 / 1001
    record = record_of(tmp_path, [clip(path, media.timecode + 20, 5, rate)], rate=rate)
    render(shot_alone(record, "drop", 0), tmp_path / "out", ffmpeg, "shot.mov", encoder="prores")
    assert probe(tmp_path / "out/shot.mov").timecode == media.timecode + 20
    assert probe(tmp_path / "out/shot.mov").drop_frame


def test_an_encoder_that_is_not_there_lists_those_that_are(tmp_path: Path, ffmpeg: Path) -> None:
    poor = tmp_path / "poor"
    poor.write_text(
        f'#!/bin/sh\ncase "$*" in *-encoders*) echo " V....D libx264  H.264" ;; *) exec "{ffmpeg}" "$@" ;; esac\n'
    )
    poor.chmod(0o755)
    with pytest.raises(ExportError, match=r"no libsvtav1 for --encoder svtav1: it has x264$"):
        check_encoder(find_ffmpeg(str(poor)), "svtav1")
    with pytest.raises(ExportError, match=r"no h264_nvenc for --encoder x264 --hardware nvenc: it has x264$"):
        check_encoder(find_ffmpeg(str(poor)), "x264", "nvenc")
    with pytest.raises(ExportError, match="use one of x264"):
        check_encoder(find_ffmpeg(str(ffmpeg)), "vhs")
    with pytest.raises(ExportError, match="no qsv stands in for prores: nvenc, vaapi, qsv, videotoolbox encode x264"):
        check_encoder(find_ffmpeg(str(ffmpeg)), "prores", "qsv")


@pytest.mark.parametrize("hardware", HARDWARE)
def test_hardware_that_does_not_start_is_one_line(ffmpegs: list[Path], hardware: str) -> None:
    """On a machine that has it there is nothing to see; elsewhere FFmpeg's own words are in the line."""
    for program in ffmpegs:
        try:
            check_encoder(find_ffmpeg(str(program)), "x264", hardware)
        except ExportError as error:
            said = str(error)
            assert "\n" not in said
            assert f"h264_{hardware} does not start here (" in said or f"has no h264_{hardware}" in said
            assert "has x264" in said


#: Stands in for an FFmpeg with hardware: checks the words to the letter, and encodes without it.
STRICT = """\
import os, sys
real, device, options, last = {real!r}, {device!r}, {options!r}, {last!r}
words = sys.argv[1:]
if "-encoders" in words:
    print(" V....D {codec}  hardware\\n V....D libx264  H.264")
    sys.exit()
if "{codec}" in words:
    at = words.index("-c:v")
    assert words[at:at + len(options)] == options, words
    words[at:at + len(options)] = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]
    first = words.index("-f")
    assert words[first - len(device):first] == device, words
    del words[first - len(device):first]
    chosen = words.index("-vf") + 1
    assert words[chosen].endswith(last), words
    words[chosen] = words[chosen].removesuffix(last)
os.execv(real, [real, *words])
"""


@pytest.mark.parametrize("hardware", HARDWARE)
@pytest.mark.parametrize("name", ["x264", "x265", "svtav1"])
def test_hardware_gets_its_words(tmp_path: Path, ffmpeg: Path, large: Path, hardware: str, name: str) -> None:
    """No such hardware is here: a strict stand-in checks device, upload and options, and that the film is right."""
    form = find_encoder(name, hardware)
    options = ["-c:v", form.codec, *form.options]
    script = STRICT.format(real=str(ffmpeg), device=[*form.device], options=options, last=form.upload, codec=form.codec)
    fake = tmp_path / "ffmpeg"
    fake.write_text(f"#!{sys.executable}\n{script}")
    fake.chmod(0o755)
    record = record_of(tmp_path, [clip(large, 3, 6)])
    done = render(record, tmp_path / "out", fake, "film.mp4", encoder=name, hardware=hardware)
    assert done.movie is not None, done.failures
    made = probe(done.movie)
    assert (made.encoding.name, made.bits) == ("bt709", 8 if name == "x264" else 10)
    assert seen(done.movie) == [3, 4, 5, 6, 7, 8]


def test_a_film_of_many_shots_names_the_first_hundred(tmp_path: Path, film: Path) -> None:
    from otiograde.movie.plan import plan

    record = record_of(tmp_path, [clip(film, number, 1) for number in range(103)])
    assert plan(record).slate.comment.endswith("film-100 and 3 more")
    record = replace(record, edit=replace(record.edit, name="The film"))
    assert plan(record).slate.title == "The film"
