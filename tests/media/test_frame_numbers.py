"""Frame n is frame n in every container, with reordered, hidden, missing and irregular frames.

Tests: media/frames.py, media/index.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.clips import encode_numbered, ffmpeg_run, numbered, read_numbers
from otiograde.errors import MediaError
from otiograde.media import frames as frames_module
from otiograde.media.frames import iter_frames, read_frames, write_still
from otiograde.media.index import index_of
from otiograde.media.probe import probe
from otiograde.record.shot import Fields

COUNT = 80
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20")
OPEN_GOP = (*H264, "-x264-params", "open-gop=1:keyint=20:bframes=3:b-pyramid=normal:scenecut=0")

HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "open-gop=1:keyint=20:log-level=none")
ALT_REF = ("-auto-alt-ref", "1", "-lag-in-frames", "16", "-g", "20", "-cpu-used", "8", "-b:v", "300k")
MPEG2 = ("-c:v", "mpeg2video", "-bf", "2", "-g", "15", "-b:v", "4M")

CLIPS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "closed": ("clip.mp4", (*H264, "-g", "12"), "24"),
    "open": ("clip.mp4", OPEN_GOP, "24"),
    "open-23.976": ("clip.mkv", OPEN_GOP, "24000/1001"),
    "open-ts": ("clip.ts", OPEN_GOP, "25"),
    "one-gop": ("clip.mov", (*H264, "-g", "500"), "30000/1001"),
    "intra-refresh": ("clip.mp4", (*H264, "-x264-params", "intra-refresh=1:keyint=20"), "24"),
    "fragments": ("clip.mp4", (*OPEN_GOP, "-movflags", "frag_keyframe+empty_moov"), "24"),
    "hevc": ("clip.mp4", HEVC, "24"),
    "vp8": ("clip.webm", ("-c:v", "libvpx", *ALT_REF), "24"),
    "vp9": ("clip.webm", ("-c:v", "libvpx-vp9", *ALT_REF), "24"),
    "prores": ("clip.mov", ("-c:v", "prores_ks", "-timecode", "01:00:00:00"), "24"),
    "mpeg2-ts": ("clip.ts", MPEG2, "25"),
    "mpeg2-ps": ("clip.mpg", MPEG2, "25"),
    "mxf": ("clip.mxf", MPEG2, "25"),
    "avi-b": ("clip.avi", (*H264, "-g", "20", "-bf", "2"), "24"),
    "avi-mpeg4": ("clip.avi", ("-c:v", "mpeg4", "-bf", "2", "-q:v", "3"), "24"),
    "avi-mjpeg": ("clip.avi", ("-c:v", "mjpeg", "-q:v", "3"), "24"),
    "stream": ("clip.h264", OPEN_GOP, "24"),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Callable[[str], Path]:
    clips: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in clips:
            file, arguments, rate = CLIPS[name]
            clips[name] = encode_numbered(ffmpeg, tmp_path_factory.mktemp(name) / file, COUNT, *arguments, rate=rate)
        return clips[name]

    return make


@pytest.mark.parametrize("name", CLIPS)
def test_frames_by_number(clip: Callable[[str], Path], name: str) -> None:
    media = probe(clip(name))
    assert media.frames == COUNT
    assert not media.variable_rate
    if name != "stream":
        assert media.rate == Fraction(CLIPS[name][2])
    for wanted in ([0], [COUNT - 1], [79, 3, 41, 3, 40, 0], [9, 10, 11, 19, 20, 21, 22], [5, 70]):
        assert read_numbers(read_frames(media, wanted, 160)) == wanted
    assert read_numbers(iter_frames(media)) == list(range(COUNT))
    assert read_numbers(iter_frames(media, 37, 8)) == list(range(37, 45))


@pytest.mark.parametrize("name", ["closed", "open", "open-23.976", "open-ts", "hevc", "mpeg2-ts", "vp9", "mxf"])
def test_seeking_starts_at_the_key_frame(
    clip: Callable[[str], Path], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeks come down where the index says, so that no frame needs a decoding from the start of the file."""
    media = probe(clip(name))

    def refuse(*_: object) -> None:
        raise AssertionError("decoded from the start")

    monkeypatch.setattr(frames_module, "_frame_from_start", refuse)
    for number in range(0, COUNT, 7):
        assert read_numbers(read_frames(media, [number], 160)) == [number]


@pytest.mark.parametrize("name", ["closed", "open", "open-ts", "intra-refresh"])
def test_frames_that_none_refers_to_are_not_decoded(
    clip: Callable[[str], Path], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are the same to the bit. In interlaced film, where a packet may hold one field, all are decoded."""
    media, decoded = probe(clip(name)), 0
    whole = read_frames(media, range(COUNT), 160)
    decode = frames_module.decode_frames

    def counted(*arguments: Any) -> Iterator[Any]:
        nonlocal decoded
        for frame in decode(*arguments):
            decoded += 1
            yield frame

    monkeypatch.setattr(frames_module, "decode_frames", counted)
    wanted = [8, 9, 31, 50, 75]
    assert np.array_equal(read_frames(media, wanted, 160), whole[wanted])
    few, decoded = decoded, 0
    read_frames(replace(media, fields=Fields(flagged="top")), wanted, 160)
    assert few < 0.8 * decoded


def test_variable_rate(tmp_path: Path, ffmpeg: Path) -> None:
    drop = "select='not(eq(mod(n,5),3))+lt(n,10)',settb=1/1000"
    for file in ("clip.mp4", "clip.mkv"):
        path = encode_numbered(ffmpeg, tmp_path / file, 60, *OPEN_GOP, "-vf", drop, "-fps_mode", "vfr")
        numbers = [n for n in range(60) if n % 5 != 3 or n < 10]
        media = probe(path)
        assert media.variable_rate
        assert media.frames == len(numbers)
        assert abs(media.rate - Fraction(len(numbers) - 1, 59) * 24) < Fraction(1, 20)
        assert read_numbers(iter_frames(media)) == numbers
        assert read_numbers(read_frames(media, [45, 7, 30], 160)) == [numbers[45], numbers[7], numbers[30]]


def test_edit_list_hides_frames(clip: Callable[[str], Path], tmp_path: Path, ffmpeg: Path) -> None:
    cut = tmp_path / "cut.mp4"
    ffmpeg_run(ffmpeg, "-ss", "1.25", "-i", clip("closed"), "-c", "copy", cut)
    media = probe(cut)
    assert media.frames == COUNT - 30
    assert read_numbers(read_frames(media, [0, 1, 25, 49], 160)) == [30, 31, 55, 79]


def test_stream_cut_in_the_middle_of_a_group(clip: Callable[[str], Path], tmp_path: Path) -> None:
    data = clip("open-ts").read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(data[188 * (len(data) // 188 // 3) :])
    media = probe(cut)
    numbers = read_numbers(iter_frames(media))
    assert numbers == list(range(numbers[0], COUNT))
    assert media.frames == len(numbers) < COUNT
    assert read_numbers(read_frames(media, [0, 5, media.frames - 1], 160)) == [numbers[0], numbers[5], COUNT - 1]


def test_prores_is_indexed_without_reading_it(clip: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from otiograde.media import index

    monkeypatch.setattr(index, "_stamps_from_packets", None)
    index._index.cache_clear()
    assert index_of(clip("prores")).count == COUNT
    index._index.cache_clear()


def test_index_is_made_anew_when_the_file_changes(tmp_path: Path, ffmpeg: Path) -> None:
    path = encode_numbered(ffmpeg, tmp_path / "clip.mp4", 10, *H264)
    assert probe(path).frames == 10
    encode_numbered(ffmpeg, path, 20, *H264)
    assert probe(path).frames == 20


def test_image_sequences(tmp_path: Path) -> None:
    for number in range(8):
        codes = np.frombuffer(numbered(number + 1), np.uint8).reshape(-1, 64, 160)[number]
        write_still(
            tmp_path / f"50% shot.{1001 + number:04d}.png", np.repeat(codes[..., None] / np.float32(255), 3, -1)
        )
    (tmp_path / "50% shot.1010.png").write_bytes(b"")  # beyond a hole
    media = probe(tmp_path / "50%% shot.%04d.png", first=1001, rate=Fraction(25))
    assert (media.kind, media.frames, media.first, media.rate) == ("sequence", 8, 1001, 25)
    assert read_numbers(read_frames(media, [7, 0, 3], 160)) == [7, 0, 3]
    assert read_numbers(iter_frames(media, 2)) == [2, 3, 4, 5, 6, 7]
    with pytest.raises(MediaError, match="has no frame 8"):
        read_frames(media, [8], 160)
    (tmp_path / "50% shot.1004.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(MediaError, match=r"shot\.1004\.png"):
        read_frames(media, [3], 160)


def test_a_still_shows_at_every_number(tmp_path: Path) -> None:
    path = tmp_path / "100%d {a}*?.png"
    write_still(path, np.full((4, 6, 3), 0.2, np.float32))
    media = probe(path)
    assert (media.kind, media.frames, media.width, media.height) == ("still", 1, 6, 4)
    assert read_frames(media, [0, 50, 7], 480).shape == (3, 4, 6, 3)
    with pytest.raises(MediaError, match="has no frame -1"):
        read_frames(media, [-1], 480)


def test_frames_outside_the_media(clip: Callable[[str], Path]) -> None:
    media = probe(clip("closed"))
    for wanted in ([COUNT], [-1], [0, 1, 1000]):
        with pytest.raises(MediaError, match=f"has no frame .*{COUNT} frames are 0 to {COUNT - 1}"):
            read_frames(media, wanted, 160)
