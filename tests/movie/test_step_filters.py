"""Each step does to a picture what FFmpeg's own filter of that name does to it, in every FFmpeg.

Tests: movie/swscale.py, movie/variables.py
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from making.media import media
from making.movies import clip, dissolve, numbered_film, record_of, render, seen
from making.shots import shot as made
from otiograde.color.affine import Affine
from otiograde.errors import StepError
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.movie.step_filters import step_filters
from otiograde.movie.variables import Variables
from otiograde.record.graded import GradedTimeline, with_steps
from otiograde.record.shot import Shot, Wishes
from otiograde.record.steps import parse_step

WIDE, HIGH = 96, 64


def picture() -> NDArray[np.uint16]:
    """Ramps, saturated colors and noise, (3, h, w) in the order of gbrp."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDE), np.linspace(0, 1, HIGH))
    noise = np.random.default_rng(5).uniform(-0.1, 0.1, (3, HIGH, WIDE))
    return np.rint(np.clip(np.stack([y, 1 - x, x]) + noise, 0, 1) * 65535).astype(np.uint16)


def through(ffmpeg: Path, graph: str, form: str, frames: int = 1) -> NDArray[np.float64]:
    words = ["-f", "rawvideo", "-pix_fmt", "gbrp16le", "-s", f"{WIDE}x{HIGH}", "-r", "24", "-i", "-"]
    command = [ffmpeg, "-hide_banner", "-v", "error", *words, "-filter_complex", graph, "-map", "[v]"]
    command += ["-f", "rawvideo", "-pix_fmt", form, "-"]
    done = subprocess.run(command, input=picture().tobytes() * frames, capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode()
    kind = np.dtype("<u2") if "16" in form else np.dtype("u1")
    return np.frombuffer(done.stdout, kind).reshape(frames, 3, HIGH, WIDE).astype(np.float64)


def shot(*texts: str) -> Shot:
    of = media(width=WIDE, height=HIGH, frames=1)
    return made("a", of, (0, 1), wishes=Wishes(steps=tuple(parse_step(text) for text in texts)))


def ours(text: str, *, zscale: bool = True) -> str:
    variables, number = Variables(), count()
    filters = step_filters(shot(text), "after", variables, ("settb=1/24", "setpts=N"), lambda: f"[x{next(number)}]")
    return variables.fill(f"[0:v]format=gbrp16le,{{float}},{','.join(filters)},{{deep}}[v]", "none", zscale=zscale)


def own(text: str) -> str:
    """FFmpeg's own filter."""
    step = parse_step(text)
    return f"{step.FILTER}={':'.join(f'{name}={value}' for name, value in step.options.items())}"


@pytest.mark.parametrize(
    "text",
    [
        "curves:preset=lighter",
        "curves:r=0/0.05 0.5/0.52 1/1:m=0/0 .3/.4 1/1",
        "colorlevels:rimin=0.05:gimax=.95:romax=.92:bomin=0.05",
        "colortemperature:3200:pl=0.5",
        "colorbalance:rs=.1:bm=-.05:gh=.2",
    ],
)
def test_filters_of_16_bits_are_ffmpegs_own(ffmpegs: list[Path], text: str) -> None:
    for ffmpeg in ffmpegs:
        wanted = through(ffmpeg, f"[0:v]zscale=dither=none,format=gbrp16le,{own(text)}[v]", "gbrp16le")
        assert np.abs(wanted - picture()).max() > 1000
        assert np.array_equal(through(ffmpeg, ours(text), "gbrp16le"), wanted)
        assert np.abs(through(ffmpeg, ours(text, zscale=False), "gbrp16le") - wanted).max() < 0.7 * 257


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("eq:saturation=1.1", 1.3),
        ("eq:saturation=0", 1.3),
        ("eq:contrast=1.2", 1.5),
        ("eq:contrast=-1", 1.3),
        ("eq:brightness=-0.07", 4),
        ("eq:gamma=1.4", 1),
        ("eq:gamma_r=1.2:gamma_b=.8:gamma_g=1.1", 1),
        ("eq:gamma=1.4:gamma_weight=.5:contrast=1.2:brightness=0.05", 1),
    ],
)
def test_eq_is_the_law_of_ffmpegs_eq(ffmpegs: list[Path], text: str, off: float) -> None:
    """On the same Y'CbCr of 8 bits: within what FFmpeg's own eq cuts off."""
    tables = next(piece for piece in ours(text).split(",zscale") if "lutyuv" in piece).partition(",lutyuv")[2]
    into = "zscale=matrixin=gbr:rangein=full:matrix=709:range=limited:dither=none,format=yuv444p"
    for ffmpeg in ffmpegs:
        before = through(ffmpeg, f"[0:v]{into}[v]", "yuv444p")
        wanted = through(ffmpeg, f"[0:v]{into},{own(text)}[v]", "yuv444p")
        assert np.abs(wanted - before).max() > 5
        got = through(ffmpeg, f"[0:v]{into},format=yuv444p16le,lutyuv{tables}[v]", "yuv444p16le") / 256
        assert np.abs(got - wanted).max() <= off


def test_eq_leaves_gray_gray_and_what_it_does_not_touch(ffmpegs: list[Path]) -> None:
    for ffmpeg in ffmpegs:
        gray = through(ffmpeg, ours("eq:saturation=0"), "gbrp16le")
        assert np.ptp(gray, axis=1).max() <= 3
        for zscale in (True, False):
            same = through(ffmpeg, ours("eq", zscale=zscale), "gbrp16le")
            assert np.abs(same - picture()).max() <= 5 if zscale else 1.5 * 257


def test_vignette_is_ffmpegs_own(ffmpegs: list[Path]) -> None:
    for ffmpeg in ffmpegs:
        bytes_ = through(ffmpeg, "[0:v]format=rgb24,format=gbrp[v]", "gbrp", 3)
        wanted = through(ffmpeg, "[0:v]format=rgb24,vignette=angle=PI/4:dither=0[v]", "gbrp", 3)
        assert np.abs(wanted - bytes_).max() > 80
        graph = ours("vignette:PI/4").replace("[0:v]", "[0:v]format=rgb24,", 1)
        got = through(ffmpeg, graph, "gbrp16le", 3) / 257
        assert got.shape == wanted.shape
        assert np.abs(got - wanted).max() <= 1.05


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    return numbered_film(ffmpeg, tmp_path_factory.mktemp("media") / "film.mp4")


def asked(record: GradedTimeline, *texts: str) -> GradedTimeline:
    parts = (text.rpartition("@") for text in texts)
    return with_steps(record, [(who, parse_step(text)) for who, _, text in parts])


def test_before_and_after_the_lut(tmp_path: Path, ffmpegs: list[Path], film: Path) -> None:
    """Twice before half and a tenth is a tenth more, twice after it is two."""
    record = record_of(tmp_path, [clip(film, 3, 2)])
    half = Affine(((0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5)), (0.1, 0.1, 0.1), "rgb")
    record = replace(record, grades=(replace(record.grades[0], balance=half),))
    twice = "colorlevels:rimax=.5:gimax=.5:bimax=.5"
    plain = next(iter_frames(probe(film), 3, 1))
    for number, program in enumerate(ffmpegs):
        for text, more in ((f"before:{twice}", 0.1), (twice, 0.2)):
            done = render(asked(record, text), tmp_path / f"out{number}{more}", program)
            assert done.movie is not None, done.failures
            low = plain < 0.45
            frame = next(iter_frames(probe(done.movie)))
            assert low.any()
            assert np.abs(frame - plain - more)[low].max() < 0.02


@pytest.mark.slow
def test_steps_move_no_frame(tmp_path: Path, ffmpegs: list[Path], film: Path) -> None:
    """A vignette is drawn over the first frame, and laid over every one, whatever the frames' clock."""
    track = [clip(film, 0, 3), clip(film, 6, 6, speed=2.0), clip(film, 20, 7, speed=0.5), clip(film, 30, 4, speed=-1.0)]
    track += [clip(film, 33, 3, freeze=True), clip(film, 50, 8), dissolve(2, 2), clip(film, 90, 8)]
    record = record_of(tmp_path, track)
    wanted = render(record, tmp_path / "plain", ffmpegs[-1])
    assert wanted.movie is not None
    for number, program in enumerate(ffmpegs):
        done = render(asked(record, "vignette:0.3"), tmp_path / f"out{number}", program)
        assert done.movie is not None, done.failures
        numbers = [*zip(seen(done.movie), seen(wanted.movie), strict=True)]
        assert [pair for frame, pair in enumerate(numbers) if pair[0] != pair[1] and not 29 <= frame < 33] == []


def test_a_changed_step_renders_its_own_shots_again(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    record = record_of(tmp_path, [clip(film, 10, 4), clip(film, 50, 4), clip(film, 80, 4)])
    assert render(record, tmp_path / "out", ffmpeg).made == 3
    last = record.edit.shots[-1].id
    stepped = asked(record, f"{last}@eq:saturation=0.5")
    assert render(stepped, tmp_path / "out", ffmpeg).made == 1
    assert render(stepped, tmp_path / "out", ffmpeg).made == 0
    assert render(asked(record, f"{last}@eq:saturation=0.6"), tmp_path / "out", ffmpeg).made == 1
    assert render(asked(record, "scene_1@eq:saturation=0.6"), tmp_path / "out", ffmpeg).made == 2
    with pytest.raises(StepError, match="no shot or scene 'nobody'"):
        asked(record, "nobody@vignette")


@pytest.mark.slow
def test_the_script_has_the_same_steps(tmp_path: Path, ffmpegs: list[Path], film: Path) -> None:
    record = record_of(tmp_path, [clip(film, 10, 3), dissolve(1, 1), clip(film, 50, 3)])
    record = asked(record, "vignette", "eq:contrast=1.1:gamma_r=1.1", "before:curves:r=0/0.1 0.5/0.52 1/1")
    write_folder(tmp_path / "out", export_all(record, ["luts", "render", "otio", "edl"]))
    assert '"vignette"' in (tmp_path / "out/graded.otio").read_text("utf-8")
    assert "* STEP THAT ONLY THE RENDERING HAS: vignette" in (tmp_path / "out/edl/V1.edl").read_text("ascii")
    for program in ffmpegs:
        done = render(record, tmp_path / "own", program)
        assert done.movie is not None, done.failures
        environment = {**os.environ, "DITHER": "none", "ENCODER": "-c:v libx264 -qp 0", "FORCE": "1"}
        script = ["sh", tmp_path / "out/render.sh", program]
        subprocess.run(script, env=environment, capture_output=True, check=True)
        (scripted, own_frames) = (
            list(iter_frames(probe(segment)))
            for folder in ("out", "own")
            for segment in sorted((tmp_path / folder / "render/segments").glob("*.mkv"))[:1]
        )
        assert all(np.array_equal(a, b) for a, b in zip(scripted, own_frames, strict=True))
