"""Probing: rates, timecodes, tags, and the one-line error for each kind of bad file.

Tests: media/container.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from making.clips import X264_LOSSLESS, encode_chart, encode_numbered, ffmpeg_run, patch_chart, tagged
from otiograde.color.encodings import ENCODINGS
from otiograde.errors import MediaError
from otiograde.media.frames import read_frames, write_still
from otiograde.media.probe import probe, timecode_frames

H264 = ("-c:v", "libx264", "-preset", "ultrafast")


@pytest.mark.parametrize("rate", ["24", "24000/1001", "25", "30000/1001", "60000/1001", "50", "12", "8"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_rates_are_exact(tmp_path: Path, ffmpeg: Path, rate: str, suffix: str) -> None:
    media = probe(encode_numbered(ffmpeg, tmp_path / f"clip.{suffix}", 25, *H264, rate=rate))
    assert (media.rate, media.frames, media.variable_rate) == (Fraction(rate), 25, False)


def test_everything_of_one_file(tmp_path: Path, ffmpeg: Path) -> None:
    video = encode_numbered(ffmpeg, tmp_path / "v.mov", 25, "-c:v", "prores_ks", "-timecode", "10:00:00:12", rate="25")
    path = tmp_path / "clip.mov"
    ffmpeg_run(ffmpeg, "-f", "lavfi", "-i", "sine=d=1", "-i", video, "-c:v", "copy", "-map", "0", "-map", "1:v", path)
    media = probe(path)
    assert media.path == path
    assert (media.kind, media.width, media.height, media.frames) == ("video", 160, 64, 25)
    assert (media.pixel_format, media.bits) == ("yuv422p10le", 10)
    assert (media.timecode, media.audio, media.first, media.pixel_aspect) == (900012, True, 0, 1)
    assert (media.encoding, media.origin) == (ENCODINGS["bt709"], "assumption")


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("01:00:00:00", Fraction(24), 86400),
        ("01:00:00:00", Fraction(24000, 1001), 86400),
        ("00:00:10:05", Fraction(25), 255),
        ("01:00:00;00", Fraction(30000, 1001), 107892),
        ("00:01:00;02", Fraction(30000, 1001), 1800),
        ("00:10:00;00", Fraction(30000, 1001), 17982),
        ("01:00:00;00", Fraction(60000, 1001), 215784),
        ("01:00:00:00", Fraction(30000, 1001), 108000),
        ("", Fraction(24), 0),
        ("nonsense", Fraction(24), 0),
    ],
)
def test_timecodes(text: str, rate: Fraction, frames: int) -> None:
    assert timecode_frames(text, rate) == frames


@pytest.mark.parametrize(("text", "drops"), [("01:00:00;00", True), ("01:00:00:00", False)])
def test_drop_frame_is_told(text: str, drops: bool, tmp_path: Path, ffmpeg: Path) -> None:
    media = probe(encode_numbered(ffmpeg, tmp_path / "v.mov", 5, *H264, "-timecode", text, rate="30000/1001"))
    assert media.drop_frame == drops
    assert media.timecode == (107892 if drops else 108000)


def test_tags_of_the_bitstream_beat_those_of_the_container(tmp_path: Path, ffmpeg: Path) -> None:
    chart, _ = patch_chart(8, 2, 2)
    plain = encode_chart(ffmpeg, tmp_path / "plain.mp4", chart, [*X264_LOSSLESS, *tagged(ENCODINGS["bt709"])])
    mixed = tmp_path / "mixed.mp4"
    bitstream = "h264_metadata=colour_primaries=6:transfer_characteristics=6:matrix_coefficients=6"
    ffmpeg_run(ffmpeg, "-i", plain, "-c", "copy", "-bsf:v", bitstream, mixed)
    assert probe(mixed).encoding == ENCODINGS["bt601-525"]


def test_cover_pictures_are_not_the_video(tmp_path: Path, ffmpeg: Path) -> None:
    video = encode_numbered(ffmpeg, tmp_path / "v.mp4", 5, *H264)
    write_still(tmp_path / "cover.png", np.zeros((20, 20, 3), np.float32))
    path = tmp_path / "clip.mp4"
    maps = ("-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic")
    ffmpeg_run(ffmpeg, "-i", video, "-i", tmp_path / "cover.png", *maps, path)
    assert (probe(path).width, probe(path).frames) == (160, 5)
    song = tmp_path / "song.mp4"
    sound = ("-f", "lavfi", "-i", "sine=d=1", "-i", tmp_path / "cover.png", "-map", "0", "-map", "1", "-c:v", "copy")
    ffmpeg_run(ffmpeg, *sound, "-disposition:v:0", "attached_pic", song)
    with pytest.raises(MediaError, match="no video, only audio"):
        probe(song)


def test_a_video_whose_name_says_image_and_an_image_that_says_video(tmp_path: Path, ffmpeg: Path) -> None:
    video = encode_numbered(ffmpeg, tmp_path / "clip.mp4", 5, *H264)
    assert probe(video.rename(tmp_path / "clip.png")).kind == "video"
    write_still(tmp_path / "still.png", np.zeros((20, 20, 3), np.float32))
    media = probe((tmp_path / "still.png").rename(tmp_path / "still.mp4"))
    assert (media.kind, media.frames) == ("still", 1)


def truncated(video: Path, path: Path) -> None:
    path.write_bytes(video.read_bytes()[:-2000])


def damaged_head(video: Path, path: Path) -> None:
    data = bytearray(video.read_bytes())
    data[:200] = bytes(range(200))
    path.write_bytes(data)


BAD: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "missing": (lambda *_: None, "no such file"),
    "empty": (lambda _, path: path.touch(), "empty .zero bytes"),
    "a folder": (lambda _, path: path.mkdir(), "is a folder"),
    "a device": (lambda _, path: os.mkfifo(path), "not a regular file"),
    "text": (lambda _, path: path.write_text("Ceci n’est pas un film.\n" * 400), "text file"),
    "zeros": (lambda _, path: path.write_bytes(bytes(4000)), "only zero bytes"),
    "noise": (lambda _, path: path.write_bytes(np.random.default_rng(1).bytes(4000)), "damaged or no media"),
    "without its index": (truncated, "moov box, is missing"),
    "damaged": (damaged_head, "damaged or no media|no frame of it can be decoded|no video"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, ffmpeg: Path, kind: str) -> None:
    video = encode_numbered(ffmpeg, tmp_path / "good.mp4", 25, *H264)
    path = tmp_path / "bad.mp4"
    spoil, message = BAD[kind]
    spoil(video, path)
    with pytest.raises(MediaError, match=message) as raised:
        probe(path)
    text = str(raised.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert ": " in text.removeprefix(f"{path}: "), "it says what to do"


def test_audio_only_is_refused(tmp_path: Path, ffmpeg: Path) -> None:
    ffmpeg_run(ffmpeg, "-f", "lavfi", "-i", "sine=d=1", tmp_path / "a.m4a")
    with pytest.raises(MediaError, match="has no video, only audio"):
        probe(tmp_path / "a.m4a")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_unreadable_is_refused(tmp_path: Path, ffmpeg: Path) -> None:
    path = encode_numbered(ffmpeg, tmp_path / "clip.mp4", 5, *H264)
    path.chmod(0)
    with pytest.raises(MediaError, match=r"cannot be read .*permission"):
        probe(path)


def test_unknown_matrix_is_refused_unless_told(tmp_path: Path, ffmpeg: Path) -> None:
    chart, _ = patch_chart(8, 1, 1)
    path = tmp_path / "ycgco.mp4"
    encode_chart(ffmpeg, path, chart, [*X264_LOSSLESS, "-bsf:v", "h264_metadata=matrix_coefficients=8"])
    with pytest.raises(MediaError, match=r"ycgco\.mp4: its matrix tag says YCgCo"):
        probe(path)
    assert probe(path, encoding=ENCODINGS["bt709"]).origin == "command line"


def test_linear_light_is_read_from_exr_alone(tmp_path: Path, ffmpeg: Path) -> None:
    write_still(tmp_path / "in.png", np.full((8, 8, 3), 0.5, np.float32))
    ffmpeg_run(ffmpeg, "-i", tmp_path / "in.png", tmp_path / "light.exr")
    assert probe(tmp_path / "light.exr").encoding == ENCODINGS["linear"]
    assert probe(tmp_path / "light.exr", encoding=ENCODINGS["acescg"]).encoding == ENCODINGS["acescg"]
    tags = ["-vf", "setparams=color_trc=linear,format=yuv444p", "-color_trc", "linear"]
    ffmpeg_run(ffmpeg, "-i", tmp_path / "in.png", *tags, *X264_LOSSLESS, tmp_path / "light.mp4")
    with pytest.raises(MediaError, match=r"light\.mp4: its transfer tag says linear light, which is not read"):
        probe(tmp_path / "light.mp4")


def test_a_file_that_breaks_off_has_the_frames_it_has(tmp_path: Path, ffmpeg: Path) -> None:
    path = encode_numbered(ffmpeg, tmp_path / "clip.mp4", 60, *H264, "-bf", "2", "-movflags", "+faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    media = probe(path)
    assert 10 < media.frames < 60
    assert read_frames(media, [media.frames // 2], 160).shape[0] == 1
    with pytest.raises(MediaError, match="has no frame 59"):
        read_frames(media, [59], 160)


def test_a_frame_that_cannot_be_decoded_is_named(tmp_path: Path, ffmpeg: Path) -> None:
    path = encode_numbered(ffmpeg, tmp_path / "clip.mov", 30, "-c:v", "prores_ks")
    data = bytearray(path.read_bytes())
    heads = [at for at in range(len(data) - 4) if data[at : at + 4] == b"icpf"]
    assert len(heads) == 30
    data[heads[20] : heads[21] - 4] = bytes(heads[21] - 4 - heads[20])
    path.write_bytes(data)
    media = probe(path)
    assert read_frames(media, [19, 21], 160).shape[0] == 2
    with pytest.raises(MediaError, match="frame 20 cannot be decoded, the file is damaged there"):
        read_frames(media, [19, 20, 21], 160)


def test_a_bad_sequence_pattern_is_refused(tmp_path: Path) -> None:
    for pattern in ("shot.png", "shot.%04d.%d.png", "shot.%s", "100% shot.%04d.png"):
        with pytest.raises(MediaError):
            probe(tmp_path / pattern, first=1)
