"""The movie's frame k shows exactly the source frame that the edit says, for every kind of event, in every FFmpeg.

Tests: movie/format.py, movie/graph.py, movie/layers.py, movie/plan.py, movie/sound.py, movie/timing.py
"""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import opentimelineio as otio
import pytest

from making.clips import LOSSLESS, encode_chart, ffmpeg_run, patch_chart, tagged
from making.movies import (
    CAMERA,
    HD,
    bars,
    clip,
    dissolve,
    gap,
    numbered_film,
    record_of,
    render,
    samples,
    seen,
    span,
    time,
    tone,
)
from otiograde.color.encodings import ENCODINGS
from otiograde.media.frames import iter_frames
from otiograde.media.index import index_of
from otiograde.media.probe import probe
from otiograde.movie.plan import plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def film(folder: Path, ffmpeg: Path) -> Path:
    return numbered_film(ffmpeg, folder / "film.mp4")


@pytest.fixture(scope="module")
def other(folder: Path, ffmpeg: Path) -> Path:
    return numbered_film(ffmpeg, folder / "other.mov", words=CAMERA)


@pytest.fixture(params=[0, 1], ids=["first", "second"])
def each(request: pytest.FixtureRequest, ffmpegs: list[Path]) -> Path:
    if request.param >= len(ffmpegs):
        pytest.skip("THERE IS ONLY ONE FFMPEG on this machine")
    return ffmpegs[request.param]


def shown(tmp_path: Path, each: Path, *tracks: list[Any], **more: Any) -> list[int | None]:
    record = record_of(tmp_path, *tracks, **more)
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    found = seen(done.movie)
    assert len(found) == done.frames == record.edit.length
    return found


def test_cuts_and_gaps(tmp_path: Path, each: Path, film: Path, other: Path) -> None:
    track = [gap(3), clip(film, 10, 5), gap(4), clip(other, 50, 6), clip(film, 0, 1), gap(2)]
    wanted = [None] * 3 + [*range(10, 15)] + [None] * 4 + [*range(50, 56), 0] + [None] * 2
    assert shown(tmp_path, each, track) == wanted


@pytest.mark.parametrize(("speed", "count"), [(-1.0, 150), (-2.0, 130), (-0.5, 260)])
def test_a_reversed_shot_that_outlasts_its_media_holds_the_first_frame(
    tmp_path: Path, each: Path, film: Path, speed: float, count: int
) -> None:
    pace, frames = abs(speed), probe(film).frames
    found = shown(tmp_path, each, [clip(film, 30 - count * pace, count, speed=speed), clip(film, 7, 2)])
    assert frames > 30
    assert found == [max(29 - math.floor(k * pace), 0) for k in range(count)] + [7, 8]


def test_a_hold_of_a_hundred_hours_is_planned_at_once(tmp_path: Path, film: Path) -> None:
    """A small edit must not make a script of gigabytes."""
    count = 10_000_000
    record = record_of(tmp_path, [clip(film, 30 - count, count, speed=-1.0)])
    assert len(plan(record).segments) == 2


@pytest.mark.parametrize(
    ("speed", "start", "count"),
    [(2.0, 6, 12), (0.5, 20, 11), (-1.0, 30, 8), (-2.0, 40, 6), (1.25, 3, 13), (-0.5, 9, 5)],
)
def test_speeds(tmp_path: Path, each: Path, film: Path, speed: float, start: int, count: int) -> None:
    found = shown(tmp_path, each, [clip(film, 0, 2), clip(film, start, count, speed=speed), clip(film, 7, 2)])
    steps = [math.floor(k * abs(speed)) for k in range(count)]
    last = start + round(count * abs(speed) + 1e-9) - 1
    wanted = [start + step if speed > 0 else last - step for step in steps]
    assert found == [0, 1, *wanted, 7, 8]


def test_freezes_stills_and_sequences(tmp_path: Path, each: Path, film: Path) -> None:
    for number, frame in enumerate(iter_frames(probe(film), 60, 8)):
        cv2.imwrite(str(tmp_path / f"im.{1001 + number:04d}.png"), np.rint(frame[..., ::-1] * 255).astype(np.uint8))
    still = clip(tmp_path / "im.1005.png", 0, 4)
    reference = otio.schema.ImageSequenceReference(
        tmp_path.as_uri() + "/",
        "im.",
        ".png",
        start_frame=1001,
        rate=24,
        frame_zero_padding=4,
        available_range=span(1001, 8),
    )
    sequence = otio.schema.Clip("sequence", reference, span(1003, 5))
    found = shown(tmp_path, each, [clip(film, 33, 6, freeze=True), still, sequence])
    assert found == [33] * 6 + [64] * 4 + [62, 63, 64, 65, 66]


@pytest.mark.slow
def test_mixed_rates_do_not_drift(tmp_path: Path, each: Path, ffmpeg: Path, film: Path) -> None:
    """Thirty cuts of 7 frames at 30 in an edit at 24: each boundary is rounded from the edit's own time."""
    fast = numbered_film(ffmpeg, tmp_path / "fast.mp4", 220, "30")
    track = [clip(film, 0, 1), *(clip(fast, 7 * n, 7, 30) for n in range(30))]
    found = shown(tmp_path, each, track)
    assert len(found) == round(1 + 30 * 7 * 24 / 30)
    wanted = [math.floor((k - 1) * 30 / 24) for k in range(1, len(found))]
    assert all(abs(a - b) <= 1 for a, b in zip(found[1:], wanted, strict=True) if a is not None)
    assert None not in found


@pytest.mark.parametrize(("before", "after"), [(6, 6), (0, 8), (8, 0)])
def test_dissolves(tmp_path: Path, each: Path, film: Path, other: Path, before: int, after: int) -> None:
    """Frame k of a dissolve is (1 - k/d) A + k/d B, in codes: facts of FFmpeg's xfade."""
    record = record_of(tmp_path, [clip(film, 10, 20), dissolve(before, after), clip(other, 60, 20)])
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    frames = list(iter_frames(probe(done.movie)))
    assert len(frames) == 40
    whole, start = before + after, 20 - before
    a, b = list(iter_frames(probe(film), 10, 20 + after)), list(iter_frames(probe(other), 60 - before, 20 + before))
    for k in range(whole):
        mixed = a[start + k] * (1 - k / whole) + b[k] * (k / whole)
        assert np.abs(frames[start + k] - mixed).mean() * 255 < 1, k
    numbers = seen(done.movie)
    assert numbers[:start] == [*range(10, 10 + start)]
    assert numbers[20 + after :] == [*range(60 + after, 80)]


def test_a_dissolve_of_more_than_a_minute(tmp_path: Path, each: Path, ffmpeg: Path) -> None:
    slow = numbered_film(ffmpeg, tmp_path / "slow.mp4", 100, "1")
    long = otio.schema.Transition("", "SMPTE_Dissolve", time(0, 1), time(66, 1))
    track = [clip(slow, 7, 4, 1, freeze=True), long, clip(slow, 8, 70, 1, freeze=True)]
    record = record_of(tmp_path, track, rate=1)
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    assert not done.notes
    bar = np.array([frame[:, 8].mean() for frame in iter_frames(probe(done.movie))])  # it is lit in 7, not in 8
    wanted = [*[1.0] * 4, *(1 - np.arange(66) / 66), *[0.0] * 4]
    assert np.abs((bar - bar[-1]) / (bar[0] - bar[-1]) - wanted).max() < 0.01


def test_dissolve_longer_than_its_handles_is_shortened_and_said(
    tmp_path: Path, ffmpeg: Path, film: Path, other: Path
) -> None:
    record = record_of(tmp_path, [clip(film, 100, 18), dissolve(6, 6), clip(other, 2, 20)])
    done = render(record, tmp_path / "out", ffmpeg)
    assert done.frames == 38
    assert "dissolve at frame 18: 4 frames instead of 12" in done.notes[0]
    record = record_of(tmp_path, [clip(film, 100, 20), dissolve(6, 6, "Wipe"), clip(other, 0, 20)])
    done = render(record, tmp_path / "out", ffmpeg)
    assert "Wipe at frame 20 is rendered as a dissolve" in done.notes[0]
    assert "a cut" in done.notes[1]
    assert seen(tmp_path / "out" / "film.mkv") == [*range(100, 120), *range(20)]


def test_fade_from_and_to_black(tmp_path: Path, each: Path, film: Path) -> None:
    found = render(
        record_of(tmp_path, [gap(4), dissolve(0, 4), clip(film, 8, 12), dissolve(4, 0), gap(3)]), tmp_path / "out", each
    )
    assert found.movie is not None
    levels = [float(frame.max()) for frame in iter_frames(probe(found.movie))]
    assert len(levels) == 19
    levels = [level / levels[8] for level in levels]
    assert np.allclose(levels[4:8], [0, 0.25, 0.5, 0.75], atol=0.02)
    assert np.allclose(levels[12:16], [1, 0.75, 0.5, 0.25], atol=0.02)


def test_upper_tracks_nests_and_disabled_clips(tmp_path: Path, each: Path, film: Path, other: Path) -> None:
    inner = otio.schema.Stack("nested", source_range=span(2, 6))
    for children in ([clip(film, 40, 10)], [gap(4), clip(other, 70, 3)]):
        track = otio.schema.Track(kind="Video")
        track.extend(children)
        inner.append(track)
    lower = [clip(film, 0, 10), inner, clip(film, 90, 4, enabled=False)]
    upper = [gap(4), clip(other, 20, 3)]
    found = shown(tmp_path, each, lower, upper)
    assert found == [0, 1, 2, 3, 20, 21, 22, 7, 8, 9, 42, 43, 70, 71, 72, 47] + [None] * 4


@pytest.mark.parametrize("name", ["bt709", "bt601-525", "hlg"])
def test_bars_and_black_are_drawn(tmp_path: Path, each: Path, ffmpeg: Path, name: str) -> None:
    """75 % yellow, cyan, green, magenta, red, blue of the film's own matrix; others are left out and named."""
    encoding, (chart, _) = ENCODINGS[name], patch_chart(10 if name == "hlg" else 8, 2, 2)
    path = encode_chart(ffmpeg, tmp_path / "chart.mkv", chart, [*LOSSLESS, *tagged(encoding)], frames=9)
    upper = [gap(1), bars(3), bars(2, "Clouds"), bars(2, "Black Video")]
    record = record_of(tmp_path, [clip(path, 0, 2), dissolve(1, 0), bars(4), clip(path, 0, 4)], upper)
    assert [skip.why for skip in record.edit.skips if skip.what == "generator"][2] == "made by a generator (Clouds)"
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    (note,) = done.notes
    assert "generator Clouds at frame 4 of V2, 2 long" in note
    frames = list(iter_frames(probe(done.movie)))
    assert probe(done.movie).encoding == encoding
    (plain,) = iter_frames(probe(path), 0, 1)
    row = frames[1][40] * (4 / 3)
    wanted = [(1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1)]
    for color in wanted:
        assert np.abs(row - color).max(axis=1).min() < 0.02, color
    assert np.array_equal(frames[1], frames[4])
    assert np.abs(frames[9] - plain).mean() < 0.02
    assert max(frame.max() for frame in frames[6:8]) == 0
    assert len(frames) == 10


def test_alpha_lets_the_lower_track_through(tmp_path: Path, each: Path, film: Path) -> None:
    picture = np.zeros((64, 160, 4), np.uint8)
    picture[..., :3], picture[:, 80:, 3], picture[:, 40:80, 3] = (0, 0, 255), 255, 128
    cv2.imwrite(str(tmp_path / "title.png"), picture)
    record = record_of(tmp_path, [clip(film, 5, 6)], [gap(2), clip(tmp_path / "title.png", 0, 3)])
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    frames = list(iter_frames(probe(done.movie)))
    (below,) = iter_frames(probe(film), 7, 1)
    assert np.abs(frames[2][:, 4:36] - below[:, 4:36]).max() * 255 < 2
    assert np.abs(frames[2][:, 90:] - (1, 0, 0)).max() * 255 < 3
    half = below[:, 44:76] * (127 / 255) + np.array((1, 0, 0)) * (128 / 255)
    assert np.abs(frames[2][:, 50:58] - half[:, 6:14]).max() * 255 < 4
    assert len(frames) == 6


@pytest.mark.parametrize("pixel_format", ["rgba", "rgba64be", "yuva444p10le", "yuva420p", "gbrap12le"])
def test_premultiplied_alpha_is_divided_out(
    tmp_path: Path, each: Path, ffmpeg: Path, film: Path, pixel_format: str
) -> None:
    """A soft edge over a film is as light as with straight alpha."""
    x = np.tile(np.clip((np.arange(160) - 40) / 80, 0, 1), (64, 1))[..., None]
    color = np.array((40, 200, 230))
    shown = []
    for name, share in (("straight", np.ones_like(x)), ("multiplied", x)):
        cv2.imwrite(
            str(tmp_path / f"{name}.png"), np.rint(np.concatenate([color * share, 255 * x], -1)).astype(np.uint8)
        )
        path = tmp_path / f"{name}.mkv"
        codec = ("-pix_fmt", pixel_format, "-c:v", "png" if pixel_format.startswith("rgba") else "ffv1")
        ffmpeg_run(ffmpeg, "-i", tmp_path / f"{name}.png", "-vf", "scale=out_color_matrix=bt709", *codec, *HD, path)
        done = render(record_of(tmp_path, [clip(film, 5, 2)], [clip(path, 0, 1)]), tmp_path / name, each)
        assert done.movie is not None, done.failures
        assert bool([note for note in done.notes if "multiplied by their alpha" in note]) == (name == "multiplied")
        shown.append(next(iter(iter_frames(probe(done.movie), 0, 1))))
    difference = np.abs(shown[0] - shown[1])[:, 60:]
    assert difference.max() < 0.04
    assert difference.mean() < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("form", ["mkv", "ts", "timecode", "vfr", "ntsc"])
def test_sources(tmp_path: Path, each: Path, ffmpeg: Path, form: str) -> None:
    """Open GOPs and B-frames in every container; start time codes; rates that vary; 23.976."""
    rate = "24000/1001" if form == "ntsc" else "24"
    name = {"timecode": "a.mov", "vfr": "a.mkv", "ntsc": "a.mp4"}.get(form, f"a.{form}")
    words = (*CAMERA, "-timecode", "10:00:00:00") if form == "timecode" else CAMERA
    path = numbered_film(ffmpeg, tmp_path / name, 200, rate, words)
    if form == "vfr":  # every fourth frame is missing: the one before stays on
        thinned = tmp_path / "thin.mkv"
        select = ["-vf", "select='mod(n,4)-3'", "-fps_mode", "vfr", *CAMERA, thinned]
        subprocess.run(list(map(str, [ffmpeg, "-v", "error", "-i", path, *select])), check=True)
        path = thinned
    number = float(24000 / 1001) if form == "ntsc" else 24.0
    start = 36000 * 24 if form == "timecode" else 0
    places = (0, 3, 60, 111, 112, 147, 148)
    found = shown(tmp_path, each, [clip(path, start + place, 4, number) for place in places], rate=number)
    exact = [place + k for place in places for k in range(4)]
    assert found == [number - (form == "vfr" and number % 4 == 3) for number in exact]


@pytest.mark.slow
@pytest.mark.parametrize("container", ["mkv", "mp4"])
def test_a_rate_that_varies_is_exact_to_the_frame(tmp_path: Path, each: Path, ffmpeg: Path, container: str) -> None:
    """Frames of 1/24 to 10 seconds, at every speed: what is seen at its time is what the file's time stamps say."""
    path = numbered_film(ffmpeg, tmp_path / "even.mp4", 200, words=CAMERA)
    odd = tmp_path / f"odd.{container}"
    late = "setpts='(N+6*floor(N/5)+mod(N*N,4)/5+240*gt(N,150))/24/TB'"
    words = [ffmpeg, "-v", "error", "-i", path, "-vf", late, "-fps_mode", "vfr", "-enc_time_base", "1/12000"]
    subprocess.run(list(map(str, [*words, *CAMERA, odd])), check=True)
    media, stamps = probe(odd), index_of(odd)
    assert media.variable_rate
    times = np.array([(pts - stamps.pts[0]) * float(stamps.tick) for pts in stamps.pts])
    cuts = [(0, 30, 1.0), (333, 20, 1.0), (250, 15, 2.0), (340, 20, 0.5), (300, 24, -1.0), (401, 10, -2.0)]
    cuts += [(655, 9, 1.25)]
    track: list[Any] = [clip(odd, start, count, speed=speed) for start, count, speed in cuts]
    found = shown(tmp_path, each, [*track, clip(odd, 555, 4, freeze=True)])
    wanted = []
    for start, count, speed in cuts:
        for k in range(count):
            at = start + k * speed if speed > 0 else start + count * -speed - k * -speed
            wanted.append(int(np.searchsorted(times, at / 24 + (0.001 if speed > 0 else -0.001), "right")) - 1)
    assert found == [*wanted, *[int(np.searchsorted(times, 555 / 24 + 0.001, "right")) - 1] * 4]


def test_sound_is_exact_to_the_sample(tmp_path: Path, each: Path, film: Path) -> None:
    wave = tone(each, tmp_path / "tone.wav")
    sounds = [[gap(3), clip(wave, 24, 12), gap(2), clip(wave, 7, 5)], [gap(20), clip(wave, 0, 2)]]
    record = record_of(tmp_path, [clip(film, 0, 30)], sounds=sounds)
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    heard, source = samples(each, done.movie), samples(each, wave)
    wanted = np.zeros((30 * 2000, 2), np.int32)
    wanted[6000:30000] += source[48000:72000]
    wanted[34000:44000] += source[14000:24000]
    wanted[40000:44000] += source[:4000]
    assert len(heard) == len(wanted)
    assert np.abs(heard - np.clip(wanted, -32768, 32767)).max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.wav", "b.wav", "a.m4a", "a.mp4", "late.mp4", "late.mov", "late.mkv", "late.ts"])
def test_sound_from_the_middle_of_a_file_is_exact(
    tmp_path: Path, each: Path, ffmpeg: Path, film: Path, name: str
) -> None:
    """Decoding begins near the cut. Sample 0 lies where the first picture is, whichever of the two begins first."""
    path, wave = tmp_path / name, tone(ffmpeg, tmp_path / "tone.wav", 12)
    rate = ("-ar", "44100") if name == "b.wav" else ()
    coded = ("-c:a", "aac", "-b:a", "256k", "-aac_pns", "0") if path.suffix not in (".wav", ".mov") else ()
    late = 0.25 if "late" in name else 0.0
    numbered_film(ffmpeg, tmp_path / "film.mp4", 240)
    pictures = ("-itsoffset", str(late), "-i", tmp_path / "film.mp4", "-map", "1:v", "-c:v", "copy")
    words = ["-i", wave, *(pictures if path.suffix not in (".wav", ".m4a") else ()), "-map", "0:a", *rate, *coded]
    subprocess.run(list(map(str, [ffmpeg, "-v", "error", *words, path])), check=True)
    record = record_of(
        *(tmp_path, [clip(film, 0, 30), *([clip(path, 0, 1)] if path.suffix not in (".wav", ".m4a") else [])]),
        sounds=[[clip(path, 150, 20), clip(path, 3, 10)]],
    )
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    heard = samples(each, done.movie)[:60000]
    source = samples(each, wave if path.suffix in (".mkv", ".ts") else path)[round(late * 48000) :].astype(int)
    wanted = np.concatenate([source[300000:340000], source[6000:26000]])
    if path.suffix in (".mkv", ".ts"):  # stamps of whole milliseconds, say; each sample is one more than that before
        assert np.median(np.abs(heard - wanted)) <= 48
    else:
        assert np.abs(heard - wanted).max() <= (16 if rate else 1)  # resampled in 16 bits and in float


def test_cross_fades_of_sound_keep_their_length(tmp_path: Path, each: Path, film: Path) -> None:
    wave = tone(each, tmp_path / "tone.wav")
    sounds = [[clip(wave, 24, 12), otio.schema.Transition("", "SMPTE_Dissolve", time(3), time(3)), clip(wave, 60, 12)]]
    record = record_of(tmp_path, [clip(film, 0, 24)], sounds=sounds)
    done = render(record, tmp_path / "out", each)
    assert done.movie is not None, done.failures
    heard, source = samples(each, done.movie).astype(int), samples(each, wave).astype(int)
    assert len(heard) == 48000
    assert np.abs(heard[:18000] - source[48000:66000]).max() <= 1
    assert np.abs(heard[30000:] - source[126000:144000]).max() <= 1
    middle = (source[72000 + np.arange(-100, 100)] + source[120000 + np.arange(-100, 100)]) * np.sqrt(0.5)
    assert np.abs(heard[23900:24100] - middle).max() < 600
