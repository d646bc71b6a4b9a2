"""Written video has the colors, tags and times that went in; after an error there is no file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from making.clips import X264_LOSSLESS, encode_chart, encode_numbered, ffmpeg_run, patch_chart, smooth_chart, tagged
from otiograde.color.encodings import ENCODINGS
from otiograde.errors import MediaError
from otiograde.media.frames import iter_frames
from otiograde.media.index import index_of
from otiograde.media.probe import probe
from otiograde.media.writing import write_video

GRAY = np.full((16, 16, 3), 0.5, np.float32)


@pytest.mark.parametrize("name", ["bt709", "bt709-full", "bt601-525", "bt601-625-full", "pq", "hlg", "bt2020"])
@pytest.mark.parametrize("bits", [8, 10])
def test_colors_and_tags_come_back(tmp_path: Path, name: str, bits: int) -> None:
    colors = np.random.default_rng(7).random((6, 8, 3)).astype(np.float32)
    frame = np.kron(colors, np.ones((16, 16, 1), np.float32))
    path = tmp_path / "out.mp4"
    assert write_video(path, [frame] * 3, Fraction(24), ENCODINGS[name], bits, crf=0) == 3
    media = probe(path)
    assert (media.encoding, media.origin, media.bits, media.frames) == (ENCODINGS[name], "container tags", bits, 3)
    assert (media.rate, media.chroma_location) == (24, "left")
    assert "420" in media.pixel_format
    back = next(iter_frames(media))[8::16, 8::16]
    step = 1 / (2**bits - 1) if media.encoding.range == "full" else 1 / (219 * 2.0 ** (bits - 8))
    lossy = 1 if bits == 10 else 0  # --crf 0 is lossless at 8 bits only
    assert np.abs(back - colors).max() < (1.5 + 2 * lossy) * step


@pytest.mark.parametrize("chroma", ["left", "center", "topleft"])
def test_reading_and_writing_agree_on_chroma(tmp_path: Path, ffmpeg: Path, chroma: str) -> None:
    """A smooth picture read, written and read again stays put: both ways agree on where chroma lies."""
    sample_type = {"left": 0, "center": 1, "topleft": 2}[chroma]
    arguments = [*X264_LOSSLESS, "-x264-params", f"chromaloc={sample_type}", *tagged(ENCODINGS["bt709"])]
    media = probe(encode_chart(ffmpeg, tmp_path / "in.mp4", smooth_chart(8, 2, 2), arguments))
    first = next(iter_frames(media))
    write_video(tmp_path / "out.mp4", [first], media.rate, media.encoding, crf=0, like=media)
    again = probe(tmp_path / "out.mp4")
    assert again.chroma_location == chroma
    inside = ((first > 0.05) & (first < 0.95)).all(-1)
    inside &= np.pad(inside, 4, mode="edge")[:-8, :-8] & np.pad(inside, 4, mode="edge")[8:, 8:]
    assert inside.mean() > 0.3
    error = np.abs(next(iter_frames(again)) - first)[inside] * 255
    wrong = replace(again, chroma_location="center" if chroma != "center" else "left")
    misplaced = np.abs(next(iter_frames(wrong)) - first)[inside] * 255
    assert error.mean() < 0.7 < misplaced.mean()


def test_rgb_is_written_as_the_video_of_its_primaries(tmp_path: Path) -> None:
    write_video(tmp_path / "out.mov", [GRAY], Fraction(25), ENCODINGS["srgb"])
    encoding = probe(tmp_path / "out.mov").encoding
    assert (encoding.primaries, encoding.transfer, encoding.matrix, encoding.range) == (
        "bt709",
        "iec61966-2-1",
        "bt709",
        "legal",
    )


def test_odd_sizes_are_written_whole(tmp_path: Path) -> None:
    frame = np.random.default_rng(8).random((15, 17, 3)).astype(np.float32)
    write_video(tmp_path / "out.mkv", [frame], Fraction(24), ENCODINGS["bt709"], crf=0)
    media = probe(tmp_path / "out.mkv")
    assert (media.width, media.height, media.pixel_format) == (17, 15, "yuv444p")
    assert np.abs(next(iter_frames(media)) - frame).max() < 2 / 219


@pytest.mark.parametrize("rate", ["24", "24000/1001", "30000/1001", "8"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_rate_and_count_are_exact(tmp_path: Path, rate: str, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_video(path, (GRAY for _ in range(30)), Fraction(rate), ENCODINGS["bt709"]) == 30
    media = probe(path)
    assert (media.frames, media.rate, media.variable_rate) == (30, Fraction(rate), False)


def test_like_keeps_times_audio_and_aspect(tmp_path: Path, ffmpeg: Path) -> None:
    drop = "select='not(eq(mod(n,5),3))',setsar=16/15"
    video = encode_numbered(ffmpeg, tmp_path / "v.mp4", 40, "-c:v", "libx264", "-vf", drop, "-fps_mode", "vfr")
    source = tmp_path / "in.mp4"
    ffmpeg_run(ffmpeg, "-i", video, "-f", "lavfi", "-i", "sine=d=1.5", "-map", "0", "-map", "1", "-c:v", "copy", source)
    media = probe(source)
    assert media.variable_rate
    out = tmp_path / "out.mp4"
    write_video(out, iter_frames(media), media.rate, media.encoding, like=media)
    again = probe(out)
    assert (again.frames, again.audio, again.pixel_aspect) == (media.frames, True, Fraction(16, 15))
    times = [[float(pts * index.tick) for pts in index.pts] for index in (index_of(source), index_of(out))]
    assert np.abs(np.diff(times[0]) - np.diff(times[1])).max() < 1e-3
    sound = [ffmpeg_run(ffmpeg, "-i", file, "-map", "0:a", "-c", "copy", "-f", "data", "-") for file in (source, out)]
    assert sound[0] == sound[1]


def test_audio_from_another_file(tmp_path: Path, ffmpeg: Path) -> None:
    ffmpeg_run(ffmpeg, "-f", "lavfi", "-i", "sine=d=1", tmp_path / "a.m4a")
    write_video(tmp_path / "out.mp4", [GRAY] * 12, Fraction(12), ENCODINGS["bt709"], audio_from=tmp_path / "a.m4a")
    assert probe(tmp_path / "out.mp4").audio


def frames_that_fail() -> Iterator[NDArray[np.float32]]:
    yield GRAY
    raise MediaError("clip.mp4: frame 1 cannot be decoded")


def interrupted() -> Iterator[NDArray[np.float32]]:
    yield from [GRAY] * 40
    raise KeyboardInterrupt


def test_the_same_frames_are_the_same_bytes(tmp_path: Path) -> None:
    """x264's threads must not decide anything: with its macroblock tree, they did in every third run."""
    rng = np.random.default_rng(0)
    texture = rng.random((96, 320, 3), np.float32)
    frames = [texture[:, 3 * k : 3 * k + 160] for k in range(30)]
    written = set()
    for _ in range(6):
        write_video(tmp_path / "a.mp4", frames, Fraction(24), ENCODINGS["bt709"])
        written.add((tmp_path / "a.mp4").read_bytes())
    assert len(written) == 1


def test_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with pytest.raises(MediaError, match="frame 1 cannot be decoded"):
        write_video(path, frames_that_fail(), Fraction(24), ENCODINGS["bt709"])
    with pytest.raises(KeyboardInterrupt):
        write_video(path, interrupted(), Fraction(24), ENCODINGS["bt709"])
    with pytest.raises(MediaError, match="there is no frame to write"):
        write_video(path, [], Fraction(24), ENCODINGS["bt709"])
    with pytest.raises(MediaError, match=r"frame 1 to write is \(8, 16, 3\)"):
        write_video(path, [GRAY, GRAY[:8]], Fraction(24), ENCODINGS["bt709"])
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    with pytest.raises(MediaError):
        write_video(path, frames_that_fail(), Fraction(24), ENCODINGS["bt709"])
    assert path.read_bytes() == b"old"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"written as \.mp4, \.m4v, \.mov, \.mkv"):
        write_video(tmp_path / "out.avi", [GRAY], Fraction(24), ENCODINGS["bt709"])
    with pytest.raises(MediaError, match="cannot be written"):
        write_video(tmp_path / "no" / "out.mp4", [GRAY], Fraction(24), ENCODINGS["bt709"])


def test_patches_survive_a_visible_quality(tmp_path: Path, ffmpeg: Path) -> None:
    chart, _ = patch_chart(8, 2, 2)
    media = probe(encode_chart(ffmpeg, tmp_path / "in.mp4", chart, [*X264_LOSSLESS, *tagged(ENCODINGS["bt709"])]))
    write_video(tmp_path / "out.mp4", iter_frames(media), media.rate, media.encoding, like=media)
    before, after = next(iter_frames(media)), next(iter_frames(probe(tmp_path / "out.mp4")))
    assert np.abs(before - after)[8::16, 8::16].mean() * 255 < 1
