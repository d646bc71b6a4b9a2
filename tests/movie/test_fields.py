"""Fields in the movie: kept where all shots have the same, field by field, else deinterlaced with the right parity."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.clips import LOSSLESS, ffmpeg_run
from making.interlaced import START, STEP, box_film, edges
from making.movies import bars, clip, dissolve, record_of, render
from otiograde.color.affine import Affine
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.media.codes import iter_codes
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import iter_frames, read_frames, sample_size
from otiograde.media.probe import probe
from otiograde.movie.apply_lut import apply_lut
from otiograde.movie.encoders import ENCODERS, FIELD_ENCODERS
from otiograde.movie.plan import Delivery, plan
from otiograde.movie.proving import prove
from otiograde.movie.rendering import Rendering, render_edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FieldOrder, Fields

pytestmark = pytest.mark.slow

GRADE = Affine(((0.82, 0.10, 0.0), (0.02, 0.88, 0.05), (0.0, 0.0, 0.75)), (0.03, 0.0, 0.10), "rgb")
BOTH: tuple[FieldOrder, ...] = ("top", "bottom")


def graded(record: GradedTimeline) -> GradedTimeline:
    grades = tuple(replace(grade, balance=GRADE) for grade in record.grades)
    return replace(record, grades=grades, settings=replace(record.settings, lut_size=17))


def film(path: Path | None) -> Any:
    assert path is not None
    return np.stack(list(iter_frames(probe(path))))


def moments(count: int, first: int = 0, step: int = 2) -> list[list[float]]:
    """The edges of the box where both fields show every second moment."""
    return [[START + STEP * (first + step * at)] * 2 for at in range(count)]


@pytest.mark.parametrize("order", BOTH)
def test_fields_are_graded_by_themselves(tmp_path: Path, ffmpegs: list[Path], ffmpeg: Path, order: FieldOrder) -> None:
    """The movie's fields are what a film of separate fields, rendered as a progressive one, gives."""
    path = box_film(ffmpeg, tmp_path / "box.mkv", order)
    apart = tmp_path / "apart.mkv"
    tags = ("-color_primaries", "bt470bg", "-color_trc", "smpte170m", "-colorspace", "bt470bg")
    ffmpeg_run(ffmpeg, "-i", path, "-vf", "separatefields,setfield=prog", *tags, *LOSSLESS, apart)
    together = graded(record_of(tmp_path, [clip(path, 0, 8, 25)], rate=25))
    separate = graded(record_of(tmp_path, [clip(apart, 0, 16, 50)], rate=50))
    for number, program in enumerate(ffmpegs):
        done = render(together, tmp_path / f"t{number}", program)
        assert done.movie is not None, done.failures
        assert probe(done.movie).fields == Fields(order, order)
        assert done.notes == (f"interlaced, {order} field first: the movie keeps the fields: box.mkv",)
        fields = render(separate, tmp_path / f"s{number}", program).movie
        assert fields is not None
        first = 0 if order == "top" else 1
        for at, (woven, *pair) in enumerate(
            zip(iter_codes(done.movie), *(list(iter_codes(fields))[half::2] for half in (0, 1)), strict=True)
        ):
            for line, field in zip((first, 1 - first), pair, strict=True):
                for plane, wanted in zip(woven.planes, field.planes, strict=True):
                    assert np.abs(plane[line::2].astype(int) - wanted).max() <= 1, at


@pytest.mark.parametrize("flagged", ["progressive", "top", "bottom"])
@pytest.mark.parametrize("order", BOTH)
def test_the_pictures_order_is_kept_whatever_the_flags_say(
    tmp_path: Path, ffmpeg: Path, order: FieldOrder, flagged: FieldOrder
) -> None:
    path = box_film(ffmpeg, tmp_path / "box.mkv", order, flagged)
    done = render(record_of(tmp_path, [clip(path, 0, 8, 25)], rate=25), tmp_path / "o", ffmpeg)
    assert edges(film(done.movie)) == edges(film(path))
    assert probe(tmp_path / "o/film.mkv").fields == Fields(order, order)


@pytest.mark.parametrize("name", ENCODERS)
def test_each_encoder_keeps_fields_and_flags_or_says_that_it_does_not(
    tmp_path: Path, each_ffmpeg: str, name: str
) -> None:
    size = (320, 256)  # dnxhr takes no smaller one
    path = box_film(Path(each_ffmpeg), tmp_path / "box.mkv", "bottom", size=size)
    record = record_of(tmp_path, [clip(path, 0, 8, 25)], rate=25)
    movie = f"film.{ENCODERS[name].suffix}"
    done = render(record, tmp_path / "o", Path(each_ffmpeg), movie, encoder=name)
    assert done.movie is not None, done.failures
    assert probe(done.movie).fields == (Fields("bottom", "bottom") if name in FIELD_ENCODERS else Fields())
    assert any(note.startswith(f"{name} is not used to code fields") for note in done.notes) != (name in FIELD_ENCODERS)
    assert ("deinterlaced in the movie" in done.notes[0]) != (name in FIELD_ENCODERS)


def test_a_mixed_edit_is_deinterlaced_at_the_moment_of_the_first_field(tmp_path: Path, ffmpegs: list[Path]) -> None:
    paths = [
        box_film(ffmpegs[-1], tmp_path / f"{order}_{flagged}.mkv", order, flagged)
        for order, flagged in (("top", "top"), ("bottom", "bottom"), ("progressive", "top"), ("top", "progressive"))
    ]
    record = record_of(tmp_path, [clip(path, 2, 4, 25) for path in paths], rate=25)
    for number, program in enumerate(ffmpegs):
        done = render(record, tmp_path / f"o{number}", program)
        assert np.abs(np.array(edges(film(done.movie))) - np.array(moments(4, 4) * 4)).max() <= 1
        assert probe(done.movie or Path()).fields == Fields()
    fate = "deinterlaced in the movie (bwdif)"
    assert done.notes == (
        f"interlaced, top field first: {fate}: top_top.mkv",
        f"interlaced, bottom field first: {fate}: bottom_bottom.mkv",
        "progressive (flagged interlaced, top field first, but not combed): progressive_top.mkv",
        f"interlaced, top field first (flagged progressive, but combed): {fate}: top_progressive.mkv",
    )


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ({"freeze": True}, moments(4, 6, 0)),
        ({"speed": -1}, moments(4, 12, -2)),
        ({"speed": 2}, moments(4, 6, 4)),
        ({"speed": 0.5}, [[START + STEP * (6 + 2 * (at // 2))] * 2 for at in range(4)]),
    ],
)
def test_other_speeds_are_deinterlaced(tmp_path: Path, ffmpeg: Path, how: Any, wanted: list[list[float]]) -> None:
    path = box_film(ffmpeg, tmp_path / "box.mkv", "bottom", count=12, size=(320, 144))
    record = record_of(tmp_path, [clip(path, 3, 4, 25, **how)], rate=25)
    done = render(record, tmp_path / "o", ffmpeg)
    assert np.abs(np.array(edges(film(done.movie))) - np.array(wanted)).max() <= 1
    assert "deinterlaced" in done.notes[0]


def test_lines_that_stay_keep_fields_and_scaled_ones_do_not(tmp_path: Path, ffmpeg: Path) -> None:
    wide = box_film(ffmpeg, tmp_path / "wide.mkv", "top", filters=",setsar=64/45")
    large = box_film(ffmpeg, tmp_path / "large.mkv", "top", size=(384, 288))
    odd = box_film(ffmpeg, tmp_path / "odd.mkv", "top", size=(192, 146))
    done = render(record_of(tmp_path, [clip(wide, 0, 8, 25)], rate=25), tmp_path / "w", ffmpeg)
    shown = edges(film(done.movie))
    assert film(done.movie).shape[1:3] == (144, 274)
    assert np.abs(np.array(shown) - np.array(edges(film(wide))) * 64 / 45).max() <= 1
    for clips in ([wide, large], [odd]):
        record = record_of(tmp_path, [clip(path, 0, 4, 25) for path in clips], rate=25)
        assert plan(record).format.fields == "progressive"
    record = record_of(tmp_path, [clip(large, 0, 8, 25)], rate=25)
    assert plan(record).format.fields == "top"
    assert plan(record, Delivery(deinterlace=True)).format.fields == "progressive"
    assert plan(record_of(tmp_path, [clip(large, 0, 8, 25)], rate=50)).format.fields == "progressive"


def test_dissolves_and_patterns_keep_the_lines_of_fields(tmp_path: Path, ffmpeg: Path) -> None:
    path = box_film(ffmpeg, tmp_path / "box.mkv", "top", count=12, size=(320, 144))
    clips = [clip(path, 0, 4, 25), dissolve(0, 2), clip(path, 4, 4, 25), bars(3)]
    done = render(record_of(tmp_path, clips, rate=25), tmp_path / "o", ffmpeg)
    shown = edges(film(done.movie)[:4])
    assert shown == edges(film(path)[:4])
    assert edges(film(done.movie)[6:8]) == edges(film(path)[6:8])


def test_the_scripts_give_the_same_frames(tmp_path: Path, each_ffmpeg: str) -> None:
    path = box_film(Path(each_ffmpeg), tmp_path / "box.mkv", "bottom", "top")
    for name, rate in (("kept", 25), ("apart", 50)):
        record = graded(record_of(tmp_path, [clip(path, 0, 8, 25)], rate=rate))
        folder = tmp_path / name
        write_folder(folder, export_all(record, ["luts", "render"]))
        script = ["sh", folder / "render.sh", each_ffmpeg]
        words = {"DITHER": "none", "ENCODER": "-c:v libx264 -preset ultrafast -qp 0", "PATH": "/usr/bin:/bin"}
        said = subprocess.run(script, env=words, capture_output=True, text=True, check=True).stderr
        fields = "the movie keeps the fields" if name == "kept" else "deinterlaced in the movie (bwdif)"
        assert f"(flagged interlaced, top field first, but not so): {fields}: box.mkv" in said
        done = render(record, tmp_path / f"{name}.out", Path(each_ffmpeg))
        assert np.array_equal(film(done.movie), film(folder / "film.mp4"))
        assert probe(folder / "film.mp4").fields == (Fields("bottom", "bottom") if name == "kept" else Fields())


def test_without_zscale_fields_are_converted_by_themselves_too(tmp_path: Path, each_ffmpeg: str) -> None:
    path = box_film(Path(each_ffmpeg), tmp_path / "box.mkv", "top")
    record = graded(record_of(tmp_path, [clip(path, 0, 8, 25)], rate=25))
    films = []
    for zscale in (True, False):
        folder = tmp_path / str(zscale)
        folder.mkdir()
        program = replace(find_ffmpeg(each_ffmpeg), has_zscale=zscale)
        done = render_edit(record, folder / "f.mkv", Rendering(folder, program, 1, "none"), Delivery(encoder="ffv1"))
        films.append(list(iter_codes(done.movie or Path())))
    for ours, theirs in zip(*films, strict=True):
        for plane, wanted in zip(ours.planes, theirs.planes, strict=True):
            assert np.abs(plane.astype(int) - wanted).max() <= 8
            assert np.abs(plane.astype(int) - wanted).mean() <= 0.5


def test_ffmpeg_changes_no_field(tmp_path: Path, ffmpegs: list[Path]) -> None:
    path = box_film(ffmpegs[-1], tmp_path / "box.mkv", "bottom")
    record = record_of(tmp_path, [clip(path, 0, 8, 25)], rate=25)
    for program in ffmpegs:
        (finding,) = prove(record, find_ffmpeg(str(program)), tmp_path)
        assert finding.passed, finding


def test_samples_show_one_field_and_chroma_of_no_other(tmp_path: Path, ffmpeg: Path) -> None:
    path = box_film(ffmpeg, tmp_path / "box.mkv", "bottom")
    media = probe(path)
    assert sample_size(media, 1000) == (72, 96)
    (frame,) = read_frames(media, [3], 1000)
    line = frame[36]
    left = (START + STEP * 6) / 2
    assert np.abs(line[round(left) + 3 : round(left) + 12] - line[round(left) + 6]).max() < 0.01
    assert line[round(left) - 4, 0] < 0.45 < line[round(left) + 2, 0]


@pytest.mark.parametrize("order", BOTH)
def test_a_lut_is_applied_field_by_field(tmp_path: Path, ffmpeg: Path, order: FieldOrder) -> None:
    path = box_film(ffmpeg, tmp_path / "box.mkv", order)
    record = graded(record_of(tmp_path, [clip(path, 0, 8, 25)], rate=25))
    lut = record.lut(record.edit.shots[0].id)
    apply_lut(lut, path, tmp_path / "out.mp4")
    assert probe(tmp_path / "out.mp4").fields == Fields(order, order)
    assert edges(film(tmp_path / "out.mp4")) == edges(film(path))
    movie = film(render(record, tmp_path / "o", ffmpeg).movie)
    assert np.abs(film(tmp_path / "out.mp4") - movie).mean() < 0.01
