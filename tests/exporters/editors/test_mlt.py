"""The MLT document, rendered by melt: the right frame everywhere, in the right colors.

Tests: exporters/editors/mlt_parts.py
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from making.clips import FFMPEGS, Clip, encode_numbered, read_numbers, write_sequence
from making.melt import play
from making.records import CROSSED, graded
from making.shots import edit
from making.shots import shot as made
from otiograde.color.affine import Affine
from otiograde.color.encodings import ENCODINGS
from otiograde.exporters import luts
from otiograde.exporters.editors import mlt
from otiograde.folder.layout import lut_path
from otiograde.folder.writing import write_folder
from otiograde.media.arguments import color_arguments
from otiograde.media.probe import probe
from otiograde.record.edit import Join, Sound
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FrameRange, Media, Shot

R = Fraction(24)
SIZE = (320, 192)
GRADES = (CROSSED, Affine(((0.9, 0.0, 0.0), (0.1, 0.8, 0.0), (0.0, 0.0, 0.9)), (0.0, 0.05, 0.02), "rgb"))
Frames = np.ndarray[Any, np.dtype[np.float64]]


def shot(
    name: str,
    media: Media,
    source: tuple[int, int],
    record: tuple[int, int],
    *,
    speed: Fraction | int = 1,
    **where: Any,
) -> Shot:
    home = (where.get("track", 0), where.get("place", 0))
    seen = FrameRange(*source, media.rate)
    return replace(made(name, media, at=record[0], count=record[1], where=home, speed=Fraction(speed)), source=seen)


def record_of(shots: list[Shot], grades: tuple[Any, ...] | None = None, **fields: Any) -> GradedTimeline:
    return graded(edit(*shots, **fields), grades or GRADES)


def decode(path: Path, filters: str, size: tuple[int, int]) -> Frames:
    command = [str(FFMPEGS["system"]), "-v", "error", "-i", str(path), "-vf", filters]
    done = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], 3).astype(float)


def melted(record: GradedTimeline, folder: Path, size: tuple[int, int], cwd: Path, *options: str) -> Frames:
    if FFMPEGS["system"] is None:
        pytest.skip("NO FFMPEG: what melt renders is not read")
    write_folder(folder, {**mlt.export(record), **luts.export(record)})
    film = folder / mlt.TARGET
    own = ["-consumer", f"avformat:{film}", *options] if options else []
    play(folder / "graded.mlt", *own, cwd=cwd, target=film)
    return decode(film, "scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int" if own else "null", size)


def exact(each: Shot, folder: Path, *, eight_bit: bool) -> Frames:
    """The shot's frames through FFmpeg with every matrix named: in 8 bits, as MLT computes, or in float."""
    lut = f"lut3d=file={folder / lut_path(each.id)}:interp=tetrahedral"
    spoken = color_arguments(each.media)
    matrix = {"709": "bt709"}.get(spoken.matrix, "bt601")
    way = f"scale=in_color_matrix={matrix}:in_range={spoken.range}:flags=accurate_rnd+full_chroma_int,format=gbrp"
    filters = f"{way},{lut}" if eight_bit else f"{spoken.to_rgb},{lut},zscale=dither=none,format=gbrp"
    return decode(each.media.path, filters, SIZE)[each.source.start : each.source.end]


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize("name", ["bt709", "bt601-625", "bt709-full"])
@pytest.mark.parametrize("tagged", [True, False])
def test_melt_gives_the_colors_of_ffmpeg(tmp_path: Path, name: str, tagged: bool) -> None:
    """Cut, gap and cut; run from elsewhere, because LUTs and film count from the document."""
    media = replace(
        Clip(encoding=name, size=SIZE, frames=20, tagged=tagged).write(tmp_path / "a.mkv"), encoding=ENCODINGS[name]
    )
    shots = [shot("a", media, (3, 6), (0, 6)), shot("b", media, (9, 6), (6, 6)), shot("c", media, (0, 4), (14, 4))]
    out = tmp_path / "out"
    got = melted(record_of(shots), out, SIZE, tmp_path)
    assert len(got) == 18
    assert np.abs(got[12:14]).max() == 0
    for each in shots:
        seen = got[each.record.start : each.record.end]
        error = np.abs(seen - exact(each, out, eight_bit=True))
        assert error.max() <= 3
        assert error.mean() <= 0.4
        error = np.abs(seen - exact(each, out, eight_bit=False))
        assert error.max() <= 4
        assert error.mean() <= 0.75  # 0.4 of it is decoding to 8 bits, the rest that lut3d cuts off there


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["bt709", "bt709-full"])
def test_where_editors_compute_in_yuv_the_colors_are_right_too(tmp_path: Path, name: str) -> None:
    media = replace(Clip(encoding=name, size=SIZE, frames=8).write(tmp_path / "a.mkv"), encoding=ENCODINGS[name])
    only = shot("a", media, (0, 8), (0, 8))
    words = ("mlt_image_format=yuv422", "vcodec=ffv1", "pix_fmt=yuv422p", "real_time=-1")
    got = melted(record_of([only]), tmp_path / "out", SIZE, tmp_path, *words)
    error = np.abs(got - exact(only, tmp_path / "out", eight_bit=True))
    assert error.max() <= 5
    assert error.mean() <= 0.7


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_a_dissolve_blends_graded_colors(tmp_path: Path) -> None:
    media = Clip(size=SIZE, frames=20).write(tmp_path / "a.mkv")
    shots = [shot("a", media, (3, 6), (0, 6), place=0), shot("b", media, (9, 6), (6, 6), place=2)]
    record = record_of(shots, joins=(Join("SMPTE_Dissolve", (0, 1), 6, 2, 2),))
    got = melted(record, tmp_path / "out", SIZE, tmp_path)
    assert len(got) == 12
    whole = [replace(each, source=FrameRange(0, 20, R)) for each in shots]
    old, new = (exact(each, tmp_path / "out", eight_bit=True) for each in whole)
    for frame in range(12):
        share = min(max((frame - 4) / 4, 0.0), 1.0)
        want = old[3 + frame] * (1 - share) if share < 1 else 0
        want = want + (new[9 + frame - 6] * share if share > 0 else 0)
        assert np.abs(got[frame] - want).max() <= 4
        assert np.abs(got[frame] - want).mean() <= 0.8


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_every_frame_in_its_place(tmp_path: Path) -> None:
    """Other speeds and rates, a frozen frame, a sequence, a still, a track above, sound."""
    program = Path(str(FFMPEGS["system"] or FFMPEGS["embedded"]))
    lossless = ("-c:v", "libx264", "-qp", "0", "-g", "12")
    a = probe(encode_numbered(program, tmp_path / "a.mp4", 60, *lossless))
    fast = probe(encode_numbered(program, tmp_path / "b.mp4", 60, *lossless, rate="48"))
    slow = probe(encode_numbered(program, tmp_path / "c.mp4", 60, *lossless, rate="12"))
    expected = {
        "half": (shot("half", a, (10, 5), (0, 10), speed=Fraction(1, 2)), [10, 10, 11, 11, 12, 12, 13, 13, 14, 14]),
        "double": (shot("double", a, (10, 10), (10, 5), speed=2), [10, 12, 14, 16, 18]),
        "back": (shot("back", a, (10, 5), (15, 5), speed=-1), [14, 13, 12, 11, 10]),
        "freeze": (shot("freeze", a, (33, 1), (20, 5), speed=0), [33] * 5),
        "fast": (shot("fast", fast, (10, 10), (25, 5)), [10, 12, 14, 16, 18]),
        "slow": (shot("slow", slow, (10, 5), (30, 10)), [10, 10, 11, 11, 12, 12, 13, 13, 14, 14]),
        "plain": (shot("plain", a, (20, 2), (40, 2)), [20, 21]),
        "up": (shot("up", a, (40, 3), (42, 3), track=1), [40, 41, 42]),
    }
    shots = [each for each, _ in expected.values()]
    heard = Sound("s", tmp_path / "a.mp4", Fraction(0), Fraction(1), Fraction(0), Fraction(1), (2, 0))
    plain = tuple(Affine(((1, 0, 0), (0, 1, 0), (0, 0, 1)), (0, 0, 0), "rgb") for _ in shots)
    got = melted(record_of(shots, plain, sounds=(heard,)), tmp_path / "out", (160, 64), tmp_path) / 255
    assert len(got) == 45
    for each, numbers in expected.values():
        assert read_numbers(got[each.record.start : each.record.end].astype(np.float32)) == numbers, each.id


@pytest.mark.ffmpeg
def test_a_sequence_and_a_still(tmp_path: Path) -> None:
    (tmp_path / "im").mkdir()
    media = write_sequence(tmp_path / "im", frames=8)
    still = probe(tmp_path / "im" / "im.1003.png")
    shots = [shot("run", media, (4, 3), (0, 3)), shot("still", still, (0, 1), (3, 2))]
    plain = tuple(Affine(((1, 0, 0), (0, 1, 0), (0, 0, 1)), (0, 0, 0), "rgb") for _ in shots)
    got = melted(record_of(shots, plain), tmp_path / "out", (96, 64), tmp_path)
    want = [
        decode(tmp_path / "im" / f"im.{number}.png", "null", (96, 64))[0] for number in (1005, 1006, 1007, 1003, 1003)
    ]
    assert np.abs(got - np.stack(want)).max() <= 1


@pytest.mark.ffmpeg
def test_the_document_names_what_editors_look_for(tmp_path: Path) -> None:
    media = Clip(frames=8).write(tmp_path / "a & b.mkv")
    second = replace(shot("b", media, (4, 4), (4, 4)), name="bad\x01name")
    record = record_of([shot("a", media, (0, 4), (0, 4)), second])
    record = replace(record, edit=replace(record.edit, name="<\x02film>"))
    root = ElementTree.fromstring(mlt.export(record)["graded.mlt"])
    found = [{each.get("name"): each.text for each in node} for node in root.iter("filter")]
    assert [each.get("av.file") for each in found] == ["luts/a.cube", None, "luts/b.cube", None]
    for name in ("mlt_service", "kdenlive_id", "shotcut:filter"):
        assert [each[name] for each in found] == ["avfilter.lut3d", "lift_gamma_gain"] * 2
    assert root.find("consumer[@mlt_image_format='rgba']") is not None
    assert root.find("profile").get("frame_rate_num") == "24"  # type: ignore[union-attr]
    assert root.get("title") == "<?film>"


def test_an_edit_without_shots() -> None:
    assert b'out="0"' in mlt.export(graded(edit()))["graded.mlt"]
