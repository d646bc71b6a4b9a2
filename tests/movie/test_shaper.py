"""Linear light of EXR: read, graded through a shaper, and rendered; what is below zero and huge, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.clips import ffmpeg_run
from making.movies import clip, record_of, render
from making.records import WARM
from otiograde.color.encodings import ENCODINGS, rgb_to_ycbcr
from otiograde.color.transfer import encode
from otiograde.color.transform import Chain, Identity
from otiograde.color.views import to_view
from otiograde.errors import ExportError, MediaError
from otiograde.media.codes import iter_codes
from otiograde.media.frames import read_frames, read_still
from otiograde.media.probe import probe
from otiograde.movie.apply_lut import apply_lut
from otiograde.movie.compare import compare_media
from otiograde.movie.conversion import NODES, Conversion
from otiograde.movie.plan import Delivery, plan
from otiograde.movie.shaper import BRIGHTEST, format_csp, only_shaper, shaped, to_nodes
from otiograde.record.graded import GradedTimeline
from otiograde.record.steps import parse_step

LINEAR = ENCODINGS["linear"]


def patches() -> Any:
    """48 flat patches of light: gray cards, saturated colors, highlights, light below zero, and numbers of no use."""
    draw = np.random.default_rng(2)
    light = 0.18 * 2 ** draw.uniform(-6, 6, (48, 1)) * 2 ** draw.normal(0, 0.4, (48, 3))
    light[0], light[1], light[2], light[3] = 0, 0.18, 1, (-0.004, 0.2, -0.5)
    light[4], light[5], light[6] = 1e4, (np.nan, 0.1, 0.2), (np.inf, 0.3, -np.inf)
    return light


def write_exr(ffmpeg: Path, path: Path, light: Any, *, half: bool = False, count: int = 1) -> Path:
    """Write patches of 16 pixels as EXR; a sequence, if there is a pattern."""
    picture = np.kron(light.reshape(6, 8, 3), np.ones((16, 16, 1))).astype("<f4")
    raw = b"".join(np.ascontiguousarray(picture[..., plane]).tobytes() for plane in (1, 2, 0)) * count
    words = ["-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s", "128x96", "-r", "24", "-i", "-"]
    start = ["-start_number", "1001"] if "%" in path.name else []
    ffmpeg_run(ffmpeg, *words, "-c:v", "exr", "-format", "half" if half else "float", *start, path, data=raw)
    return path


def useful(light: Any) -> Any:
    return np.clip(np.nan_to_num(light, posinf=65504, neginf=-65504), -65504, 65504)


def shots_of(path: Path, count: int) -> Any:
    import opentimelineio as otio

    made = clip(path, 0, count)
    if "%" in path.name:
        made.media_reference = otio.schema.ImageSequenceReference(
            path.parent.absolute().as_uri() + "/", "light.", ".exr", 1001, 1, 24, 4,
            available_range=clip(path, 1001, count).source_range,
        )  # fmt: skip
        made.source_range = made.media_reference.available_range
    return made


@pytest.fixture(params=["half", "float"])
def exr(request: pytest.FixtureRequest, tmp_path: Path, ffmpeg: Path) -> Path:
    return write_exr(ffmpeg, tmp_path / "light.exr", patches(), half=request.param == "half")


def test_light_is_read_as_codes_of_a_log(exr: Path) -> None:
    """Gray, negative and huge light have codes; what is no number is black."""
    media = probe(exr)
    assert (media.encoding, media.origin) == (LINEAR, "container tags")
    codes = read_still(exr)[8::16, 8::16].reshape(-1, 3)
    assert np.isfinite(codes).all()
    wanted = np.clip(encode(useful(patches()), "linear"), 0, 1)
    assert np.abs(codes - wanted).max() < 2e-3  # of half floats, 11 bits
    assert np.allclose(codes[1], 0.4136, atol=1e-3)
    small = read_frames(media, [0], 64)
    assert np.isfinite(small).all()
    assert small.max() <= 1


def graded(folder: Path, path: Path, count: int = 1) -> GradedTimeline:
    record = record_of(folder, [shots_of(path, count)])
    record = replace(record, settings=replace(record.settings, lut_size=33))
    return replace(record, grades=tuple(replace(grade, balance=WARM) for grade in record.grades))


@pytest.mark.parametrize("target", ["bt709", "pq", "acescct"])
def test_a_movie_of_light_is_what_numpy_computes(tmp_path: Path, ffmpegs: list[Path], exr: Path, target: str) -> None:
    record, out = graded(tmp_path, exr), ENCODINGS[target]
    wished = None if target == "bt709" else out
    planned = plan(record, Delivery(encoder="ffv1", encoding=wished))
    (path,) = planned.segments[0].luts
    assert path.endswith(".csp")
    out = planned.format.written
    lattice = shaped(Chain((WARM, Conversion(LINEAR, out))), NODES)
    nodes = to_nodes(useful(patches())).astype(np.float32)
    wanted = rgb_to_ycbcr(lattice.apply(nodes, "trilinear").astype(float), out, 10)
    for number, program in enumerate(ffmpegs):
        done = render(record, tmp_path / f"out{number}", program, encoding=wished)
        assert done.movie is not None, done.failures
        (frame,) = iter_codes(done.movie)
        assert frame.bits == 10
        luma = frame.planes[0][8::16, 8::16].ravel()
        assert np.abs(luma - wanted[:, 0]).max() < 1.5


def test_a_sequence_beside_other_media(tmp_path: Path, ffmpegs: list[Path], ffmpeg: Path) -> None:
    """Light has no codes to be cut together with others: it is converted even where the others are not."""
    path = write_exr(ffmpeg, tmp_path / "light.%04d.exr", patches(), half=True, count=4)
    record = graded(tmp_path, path, 4)
    media = record.edit.shots[0].media
    assert (media.kind, media.frames, media.encoding) == ("sequence", 4, LINEAR)
    assert plan(record, Delivery(mixed="as-coded")).luts.conversions.shots
    with pytest.raises(ExportError, match="no movie holds linear light"):
        plan(record, Delivery(encoding=LINEAR))
    for program in ffmpegs:
        done = render(record, tmp_path / "out", program)
        assert done.movie is not None, done.failures
        assert len(list(iter_codes(done.movie))) == 4
        assert "linear is converted to SDR" in " ".join(done.notes)


def test_steps_before_the_lut_get_codes(tmp_path: Path, ffmpegs: list[Path], exr: Path) -> None:
    """Filters of FFmpeg work on 16 bits: a shaper comes first, then the step, then grade and conversion in one LUT."""
    record = graded(tmp_path, exr)
    (shot,) = record.edit.shots
    stepped = replace(shot, wishes=replace(shot.wishes, steps=(parse_step("before:curves=master=0/0.1 1/0.9"),)))
    record = replace(record, edit=replace(record.edit, shots=(stepped,)))
    (planned,) = plan(record).segments
    assert [Path(path).suffix for path in planned.luts] == [".cube", ".csp"]
    out = ENCODINGS["bt709"]
    codes = 0.1 + 0.8 * np.clip(encode(np.minimum(useful(patches()), BRIGHTEST), "linear"), 0, 1)
    wanted = rgb_to_ycbcr(np.clip(Conversion(LINEAR, out)(WARM(codes)), 0, 1), out, 10)[:, 0]
    for program in ffmpegs:
        done = render(record, tmp_path / "out", program)
        assert done.movie is not None, done.failures
        (frame,) = iter_codes(done.movie)
        assert np.quantile(np.abs(frame.planes[0][8::16, 8::16].ravel() - wanted), 0.9) < 4


def test_transparent_light_lies_over_black(tmp_path: Path, ffmpegs: list[Path], ffmpeg: Path) -> None:
    """A lamp of light 4, half transparent: its color comes through the LUT, and the mask takes half of it."""
    light = np.full((96, 128), 4, "<f4")
    alpha = np.full((96, 128), 0.5, "<f4")
    words = ["-f", "rawvideo", "-pix_fmt", "gbrapf32le", "-s", "128x96", "-r", "24", "-i", "-"]
    path = tmp_path / "lamp.exr"
    ffmpeg_run(ffmpeg, *words, "-c:v", "exr", path, data=light.tobytes() * 3 + alpha.tobytes())
    stored = float(np.median(read_still(path)))  # FFmpeg multiplies as it writes
    record = record_of(tmp_path, [shots_of(path, 1)])
    pq = ENCODINGS["pq"]
    shown = float(Conversion(LINEAR, pq)(np.full(3, stored))[1]) / 2
    for number, program in enumerate(ffmpegs):
        done = render(record, tmp_path / f"out{number}", program, encoding=pq)
        assert done.movie is not None, done.failures
        assert np.median(next(iter_codes(done.movie)).planes[0]) == pytest.approx(64 + 876 * shown, abs=3)


def test_opencolorio_reads_the_shaper(tmp_path: Path) -> None:
    ocio = pytest.importorskip("PyOpenColorIO")
    light = np.minimum(useful(patches()), BRIGHTEST).astype(np.float32)
    for name, text, wanted in (
        ("shaper", only_shaper(), np.clip(encode(light, "linear"), 0, 1)),
        ("lut", format_csp(shaped(WARM, 33), "one"), shaped(WARM, 33)(to_nodes(light.astype(float)))),
    ):
        path = tmp_path / f"{name}.csp"
        path.write_text(text)
        transform = ocio.FileTransform(str(path), interpolation=ocio.INTERP_TETRAHEDRAL)
        applied = light.copy()
        ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor().applyRGB(applied)
        assert np.abs(applied - wanted).max() < 2e-3


def test_what_takes_no_light_says_so(tmp_path: Path, exr: Path) -> None:
    from otiograde.color.lut import Lut3D

    with pytest.raises(MediaError, match="holds linear light"):
        apply_lut(Lut3D.identity(2), exr, tmp_path / "out.png")
    assert compare_media(exr, exr).pixels == 0
    assert np.isfinite(to_view(read_still(exr), LINEAR)).all()
    assert isinstance(Identity()(np.zeros(3)), np.ndarray)
