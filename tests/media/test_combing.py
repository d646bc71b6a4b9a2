"""Fields: recognized by flags, and by combing where flags lie; progressive pictures raise no alarm.

Tests: media/combing.py, media/flags.py
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, cycle, islice
from pathlib import Path

import cv2
import pytest

from making.clips import X264_LOSSLESS, Clip, ffmpeg_run, write_sequence, write_still
from making.interlaced import PARITY, box_film, encode_frames, moment, telecined, woven
from otiograde.media.combing import has_soft_pulldown
from otiograde.media.container import decode_frames, open_video
from otiograde.media.flags import flag_of, with_flag
from otiograde.media.index import Index, index_of
from otiograde.media.probe import probe
from otiograde.record.shot import FieldOrder, Fields

ORDERS: tuple[FieldOrder, ...] = ("progressive", "top", "bottom")
CODECS = {
    "x264": (".mp4", X264_LOSSLESS),
    "mpeg2": (".mpg", ("-c:v", "mpeg2video", "-q:v", "2")),
    "prores": (".mov", ("-c:v", "prores_ks")),
}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("flagged", ORDERS)
@pytest.mark.parametrize("order", ORDERS)
def test_pictures_decide_and_flags_are_kept(
    tmp_path: Path, ffmpeg: Path, order: FieldOrder, flagged: FieldOrder, codec: str
) -> None:
    suffix, words = CODECS[codec]
    media = probe(box_film(ffmpeg, tmp_path / f"box{suffix}", order, flagged, words=words))
    assert media.fields == Fields(order, flagged)


@pytest.mark.parametrize("flagged", ORDERS)
def test_where_nothing_moves_flags_decide(tmp_path: Path, ffmpeg: Path, flagged: FieldOrder) -> None:
    path = encode_frames(ffmpeg, tmp_path / "still.mp4", [moment(0)] * 8, flagged, words=X264_LOSSLESS)
    assert probe(path).fields == Fields(flagged, flagged)


def test_a_long_still_start_hides_no_combing(tmp_path: Path, ffmpeg: Path) -> None:
    still = [moment(0)] * 30
    moving = box_film(ffmpeg, tmp_path / "moving.mkv", "top", "progressive")
    start = encode_frames(ffmpeg, tmp_path / "start.mkv", still, "progressive")
    (tmp_path / "list.txt").write_text(f"file {start.name}\nfile {moving.name}\n")
    path = tmp_path / "both.mp4"
    ffmpeg_run(ffmpeg, "-f", "concat", "-i", tmp_path / "list.txt", *X264_LOSSLESS, path)
    assert probe(path).fields == Fields("top", "progressive")


@pytest.mark.parametrize("words", [X264_LOSSLESS, ("-c:v", "libx264", "-crf", "23")])
def test_pulldown_in_the_pictures_is_named(tmp_path: Path, ffmpeg: Path, words: tuple[str, ...]) -> None:
    frames = [telecined(at % 15) for at in range(26)]
    path = encode_frames(ffmpeg, tmp_path / "film.mp4", frames, "top", rate="30000/1001", words=words)
    assert probe(path).fields == Fields("top", "top", "hard")


def test_pulldown_by_flags_is_named(tmp_path: Path, ffmpeg: Path) -> None:
    path = tmp_path / "soft.mp4"
    times = "setpts=floor(N*5/2)*1001/60000/TB"
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x96:r=24", "-frames:v", "24")
    words = ("-fps_mode", "passthrough", "-enc_time_base", "1/60000", "-video_track_timescale", "60000")
    ffmpeg_run(ffmpeg, *source, "-vf", f"settb=1/60000,{times}", *words, *X264_LOSSLESS, path)
    assert has_soft_pulldown(index_of(path))
    assert probe(path).fields == Fields(pulldown="soft")


@pytest.mark.parametrize(
    ("lengths", "is_soft"),
    [((2, 3), True), ((2,), False), ((3,), False), ((2, 2, 3), False), ((4, 5), False), ((2, 3, 2, 3, 2, 2), False)],
)
def test_soft_pulldown_is_two_and_three_fields_in_turn(lengths: tuple[int, ...], is_soft: bool) -> None:
    stamps = accumulate(islice(cycle(lengths), 40), initial=7)
    assert has_soft_pulldown(Index(41, Fraction(1001, 60000), tuple(stamps))) == is_soft
    assert not has_soft_pulldown(Index(41, Fraction(1)))


def test_stills_sequences_and_large_pictures_have_no_fields(tmp_path: Path, ffmpeg: Path) -> None:
    assert write_still(tmp_path / "a.png").fields == Fields()
    assert write_sequence(tmp_path).fields == Fields()
    assert Clip(rate="50").write(tmp_path / "fast.mp4").fields == Fields()
    large = box_film(ffmpeg, tmp_path / "large.mkv", "top", "progressive", size=(192, 1200), count=4)
    assert probe(large).fields == Fields()


@pytest.mark.parametrize("order", ORDERS)
def test_a_flag_that_is_set_is_read(tmp_path: Path, ffmpeg: Path, order: FieldOrder) -> None:
    with open_video(box_film(ffmpeg, tmp_path / "box.mkv", "progressive", count=1)) as (container, stream):
        frame = next(decode_frames(container, stream))
    assert flag_of(with_flag(frame, order)) == order
    assert PARITY[order] in ("tff", "bff", "prog")


@pytest.mark.footage
@pytest.mark.slow
@pytest.mark.parametrize("folder", ["dev", "dev/natural", "dev/special", "dev_graded/media", "dev_hard"])
def test_progressive_footage_raises_no_alarm(footage: Path, folder: str) -> None:
    clips = sorted((footage / folder).glob("*.mp4"))
    assert clips
    assert {path.name: probe(path).fields for path in clips} == {path.name: Fields() for path in clips}


@pytest.mark.footage
@pytest.mark.slow
@pytest.mark.parametrize("name", ["coffee", "cups_wide", "dog_mid", "juggle_close", "room_woman"])
@pytest.mark.parametrize(("mode", "order"), [("4", "top"), ("5", "bottom")])
def test_real_pictures_woven_together_are_recognized(
    tmp_path: Path, ffmpeg: Path, footage: Path, name: str, mode: str, order: FieldOrder
) -> None:
    path = tmp_path / "woven.mp4"
    words = ("-vf", f"tinterlace=mode={mode},setfield=prog", "-r", "12", "-c:v", "libx264", "-crf", "20")
    ffmpeg_run(ffmpeg, "-i", footage / "dev" / f"{name}.mp4", "-preset", "veryfast", *words, path)
    assert probe(path).fields == Fields(order, "progressive")


@pytest.mark.parametrize("order", ["top", "bottom", "progressive"])
def test_image_sequences_are_looked_at_like_movies(tmp_path: Path, order: FieldOrder) -> None:
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"im.{number:04}.png"), woven(number, order)[..., ::-1])
    assert probe(tmp_path / "im.%04d.png", first=0, rate=Fraction(25)).fields == Fields(order)
    assert probe(tmp_path / "im.%04d.png", first=0, rate=Fraction(50)).fields == Fields()
    assert probe(tmp_path / "im.%04d.png", first=10, rate=Fraction(25)).fields == Fields()
