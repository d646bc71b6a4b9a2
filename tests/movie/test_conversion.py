"""Movies of several encodings: every shot is graded and converted in one LUT, and FFmpeg shows what NumPy computes.

Tests: movie/conversion.py, movie/lut_files.py, movie/luts.py
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.clips import LOSSLESS, encode_chart, patch_chart, tagged
from making.movies import bars, clip, dissolve, record_of, render
from making.records import BLUER, WARM
from otiograde.cli import main
from otiograde.color.difference import delta_e00
from otiograde.color.encodings import ENCODINGS, Encoding, encoding, encoding_of, rgb_to_ycbcr, ycbcr_to_rgb
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Chain, Identity
from otiograde.color.views import from_light, to_view
from otiograde.exporters.render import export
from otiograde.folder.writing import write_cube, write_folder
from otiograde.media.codes import iter_codes
from otiograde.media.probe import probe
from otiograde.movie.conversion import NODES, Conversion, MixedError
from otiograde.movie.plan import Delivery, plan
from otiograde.movie.rendering import shot_alone
from otiograde.record.course import Course, Key
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline, format_record
from otiograde.record.steps import parse_step

#: Frames of each shot.
COUNT = 2


def in_file(name: str) -> Encoding:
    """The encoding as a file of Y'CbCr has it."""
    named = encoding(name)
    return encoding_of(named.primaries, named.transfer, "bt709", "legal") if named.is_log else named


def chart_of(ffmpeg: Path, folder: Path, name: str) -> tuple[Path, Any]:
    """Write 48 flat patches, and return them as R'G'B' of the file: what FFmpeg hands over to a LUT."""
    bits, named = (8 if name == "bt709" else 10), in_file(name)
    chart, codes = patch_chart(bits, 1, 1)
    words = [*LOSSLESS, *tagged(ENCODINGS["bt709"] if named.is_log else named)]
    path = encode_chart(ffmpeg, folder / f"{name}.mkv", chart, words, frames=COUNT)
    return path, np.clip(ycbcr_to_rgb(codes.astype(np.float64), named, bits), 0, 1)


def edit_of(folder: Path, paths: dict[str, Path]) -> GradedTimeline:
    items = []
    for name, path in paths.items():
        items.append(clip(path, 0, COUNT))
        items[-1].metadata["otiograde"] = {"encoding": name}
    record = record_of(folder, items)
    record = replace(record, settings=replace(record.settings, lut_size=33))
    return replace(record, grades=tuple(replace(grade, balance=WARM) for grade in record.grades))


def patches_in(movie: Path) -> list[Any]:
    """Y'CbCr of the patches, for each frame."""
    return [np.stack([plane[8::16, 8::16].ravel() for plane in frame.planes], -1) for frame in iter_codes(movie)]


def twin(shot: str, rgb: Any, record: GradedTimeline, source: Encoding, target: Encoding) -> Any:
    """What a shot is in the movie: one LUT of 65 nodes, baked and applied by NumPy."""
    graded = record.grade(shot).transform
    return Lut3D.bake(Chain((graded, Conversion(source, target))), 65)(rgb)


@pytest.mark.parametrize("target", ["pq", "slog3-cine"])
def test_every_shot_is_what_numpy_computes(tmp_path: Path, ffmpeg: Path, ffmpegs: list[Path], target: str) -> None:
    """Patches from all over the range, within 0.6 of a code of 10 bits: FFmpeg adds its rounding and nothing else."""
    names = ["bt709", "hlg", "pq" if target != "pq" else "logc3"]
    made = {name: chart_of(ffmpeg, tmp_path, name) for name in names}
    record = edit_of(tmp_path, {name: path for name, (path, _) in made.items()})
    out = in_file(target)
    for number, program in enumerate(ffmpegs):
        done = render(record, tmp_path / f"out{number}", program, encoding=encoding(target))
        assert done.movie is not None, done.failures
        assert f"converted to {out.family.upper() if not out.is_log else target}" in " ".join(done.notes)
        media = probe(done.movie)
        assert media.bits == 10
        assert media.encoding == (in_file("bt709") if out.is_log else ENCODINGS[target])
        frames = patches_in(done.movie)
        for at, (name, shot) in enumerate(zip(names, record.edit.shots, strict=True)):
            wanted = rgb_to_ycbcr(twin(shot.id, made[name][1], record, in_file(name), out), out, 10)
            for frame in frames[at * COUNT : at * COUNT + COUNT]:
                assert np.abs(frame - wanted).max() <= 0.6


@pytest.mark.parametrize(
    ("source", "target", "worst"),
    [("pq", "bt709", 0.5), ("slog3-cine", "bt709", 0.5), ("logc3", "hlg", 0.5), ("hlg", "pq", 0.5), ("bt709", "pq", 2)],
)
def test_one_lut_is_near_the_exact_conversion(source: str, target: str, worst: float) -> None:
    """For likely light, of six stops and moderate chroma, ΔE00 as seen: mean below 0.1, and at the 99th percentile."""
    draw = np.random.default_rng(0)
    light = 0.2 * 2 ** draw.normal(-0.3, 2, (4000, 1)).clip(-7, 3.5) * 2 ** draw.normal(0, 0.35, (4000, 3))
    conversion = Conversion(in_file(source), in_file(target))
    codes = np.clip(from_light(light, conversion.source), 0, 1)
    exact = to_view(np.clip(conversion(codes), 0, 1), conversion.target)
    baked = to_view(Lut3D.bake(conversion, NODES)(codes), conversion.target)
    misses = delta_e00(srgb_to_lab(np.clip(exact, 0, 1)), srgb_to_lab(np.clip(baked, 0, 1)))
    assert misses.mean() < 0.1
    assert np.quantile(misses, 0.99) < worst


def test_a_changing_grade_and_later_steps_are_converted_at_the_end(tmp_path: Path, ffmpeg: Path) -> None:
    """Both work on the shot's own codes: a second LUT converts what they give."""
    path, rgb = chart_of(ffmpeg, tmp_path, "pq")
    record = edit_of(tmp_path, {"pq": path})
    (shot,) = record.edit.shots
    stepped = replace(shot, wishes=replace(shot.wishes, steps=(parse_step("after:curves=master=0/0.1 1/0.9"),)))
    record = replace(record, edit=replace(record.edit, shots=(stepped,)))
    out = ENCODINGS["bt709"]
    done = render(record, tmp_path / "out", ffmpeg, encoding=out)
    assert done.movie is not None, done.failures
    own = 0.1 + 0.8 * record.lut(shot.id)(rgb)
    wanted = rgb_to_ycbcr(np.clip(Lut3D.bake(Conversion(ENCODINGS["pq"], out), NODES)(own), 0, 1), out, 10)
    assert np.abs(patches_in(done.movie)[0] - wanted).max() <= 2
    (planned,) = plan(record, Delivery(encoding=out)).segments
    assert len(planned.luts) == 2
    course = Course((Key(0, WARM), Key(COUNT, BLUER)), reference=0, kind="drift", words="")
    changing = replace(record, grades=(replace(record.grades[0], course=course),))
    (planned,) = plan(changing, Delivery(encoding=out)).segments
    assert planned.luts[-1].endswith("encodings/pq.bt709.cube")
    done = render(changing, tmp_path / "out", ffmpeg, "changing.mkv", encoding=out)
    assert done.movie is not None, done.failures


def test_default_is_to_convert_what_is_certain(tmp_path: Path, ffmpeg: Path) -> None:
    paths = {name: chart_of(ffmpeg, tmp_path, name)[0] for name in ("pq", "bt709")}
    record = edit_of(tmp_path, paths)
    assert plan(record).format.written == ENCODINGS["pq"]  # of equals, the first
    assert any("SDR is converted to PQ" in note for note in plan(record).notes)
    as_coded = plan(record, Delivery(mixed="as-coded"))
    assert not as_coded.luts.conversions.shots
    assert any("cut together as they are coded" in note for note in as_coded.notes)
    with pytest.raises(MixedError, match=r"PQ \(pq\), SDR \(bt709\): choose --mixed convert"):
        plan(record, Delivery(mixed="refuse"))
    doubted = replace(record, findings=(Finding("bt709", "looks_log", 1.0, 0.5, "score", False, ""),))
    with pytest.raises(MixedError, match=r"in doubt: taken as SDR \(bt709\): name them"):
        plan(doubted)
    assert plan(doubted, Delivery(mixed="convert")).luts.conversions.shots.keys() == {"bt709"}
    alone = shot_alone(doubted, "bt709")
    assert not plan(alone).luts.conversions.shots


def test_log_of_8_bits_is_named(tmp_path: Path, ffmpeg: Path) -> None:
    path, _ = chart_of(ffmpeg, tmp_path, "bt709")
    record = edit_of(tmp_path, {"slog3-cine": path})
    (note, coarse) = plan(record, Delivery(encoding=ENCODINGS["bt709"])).notes
    assert note == "slog3-cine is converted to SDR"
    assert coarse == "log of 8 bits is converted, which may show bands: slog3-cine (bt709)"


def test_scripts_do_what_render_does(tmp_path: Path, ffmpegs: list[Path], ffmpeg: Path) -> None:
    """The same pictures from ``render.sh``, with the LUTs that lie beside it; a refusal is a script that refuses."""
    made = {name: chart_of(ffmpeg, tmp_path, name) for name in ("pq", "bt709")}
    record = edit_of(tmp_path, {name: path for name, (path, _) in made.items()})
    folder = tmp_path / "out"
    luts = {f"luts/{shot.id}.cube": b"" for shot in record.edit.shots}
    for name in luts:
        write_cube(tmp_path / "one.cube", record.lut(Path(name).stem))
        luts[name] = (tmp_path / "one.cube").read_bytes()
    files = {**luts, **export(record), "graded.json": format_record(record).encode()}
    assert "luts/converted/bt709.pq.cube" in files
    write_folder(folder, files)
    for program in ffmpegs:
        subprocess.run(["sh", "render.sh", program], cwd=folder, check=True, env={"DITHER": "none", "FORCE": "1"})
        by_script = patches_in(next((folder / "render/segments").glob("*.none.mkv")))
        done = render(record, folder, program, mixed="convert")
        assert done.made == 0  # the script's own segments, by name
        assert len(by_script) == COUNT
    doubted = replace(record, findings=(Finding("bt709", "looks_log", 1.0, 0.5, "score", False, ""),))
    script = export(doubted)["render.sh"]
    done_script = subprocess.run(["sh"], input=script, capture_output=True, check=False)
    assert done_script.returncode == 1
    assert b"in doubt: taken as SDR (bt709)" in done_script.stderr
    assert b"in doubt" in export(doubted)["render.bat"]


def test_a_lut_changed_by_hand_is_converted_too(tmp_path: Path, ffmpeg: Path) -> None:
    made = {name: chart_of(ffmpeg, tmp_path, name) for name in ("pq", "bt709")}
    record = edit_of(tmp_path, {name: path for name, (path, _) in made.items()})
    folder = tmp_path / "out"
    files = {f"luts/{shot.id}.cube": b"as written" for shot in record.edit.shots}
    write_folder(folder, {**files, **export(record), "graded.json": format_record(record).encode()})
    assert render(record, folder, ffmpeg, mixed="convert").movie is None  # what was written is no LUT
    by_hand = Lut3D.bake(BLUER, 33)
    for shot in record.edit.shots:
        write_cube(folder / f"luts/{shot.id}.cube", by_hand)
    done = render(record, folder, ffmpeg)
    assert done.movie is not None, done.failures
    pq = ENCODINGS["pq"]
    converted = Lut3D.bake(Chain((by_hand, Conversion(ENCODINGS["bt709"], pq))), NODES)(made["bt709"][1])
    assert np.abs(patches_in(done.movie)[COUNT] - rgb_to_ycbcr(converted, pq, 10)).max() <= 0.6


def test_bars_and_dissolves_are_in_the_movies_codes(tmp_path: Path, ffmpegs: list[Path], ffmpeg: Path) -> None:
    """White of bars, 75 %, is 75 % of SDR in PQ; a dissolve mixes what was converted."""
    paths = {name: chart_of(ffmpeg, tmp_path, name) for name in ("pq", "bt709")}
    items = [bars(2), clip(paths["pq"][0], 0, 1), dissolve(0, 1), clip(paths["bt709"][0], 1, 1)]
    for item in (items[1], items[3]):
        item.metadata["otiograde"] = {"encoding": item.name}
    record = record_of(tmp_path, items)
    pq, sdr = ENCODINGS["pq"], ENCODINGS["bt709"]
    for number, program in enumerate(ffmpegs):
        done = render(record, tmp_path / f"out{number}", program)
        assert done.movie is not None, done.failures
        frames = [np.dstack(frame.planes).astype(float) for frame in iter_codes(done.movie)]
        white = rgb_to_ycbcr(Conversion(sdr, pq)(np.full(3, 0.75)), pq, 10)
        assert np.abs(frames[0] - white).max(-1).min() <= 3


def test_wide_primaries_of_sdr_are_converted_where_a_person_asks(tmp_path: Path, ffmpeg: Path) -> None:
    path, rgb = chart_of(ffmpeg, tmp_path, "bt709")
    record = edit_of(tmp_path, {"bt709": path})
    assert plan(record, Delivery(encoding=ENCODINGS["bt601-625"])).luts.conversions.shots == {}
    wide = ENCODINGS["bt2020"]
    done = render(record, tmp_path / "out", ffmpeg, encoding=wide)
    assert done.movie is not None, done.failures
    wanted = rgb_to_ycbcr(twin("bt709", rgb, record, ENCODINGS["bt709"], wide), wide, 8)
    assert np.abs(patches_in(done.movie)[0] - wanted).max() <= 0.6


def test_full_range_log_becomes_legal_where_the_container_has_no_other(tmp_path: Path, ffmpeg: Path) -> None:
    """Codes of S-Log3 over 1023, in a file of full range, are spread in one of legal range: the light is the same."""
    full = encoding_of("sgamut3cine", "slog3", "bt709", "full")
    chart, codes = patch_chart(10, 1, 1, full=True)
    words = [*LOSSLESS, *tagged(ENCODINGS["bt709-full"])]
    path = encode_chart(ffmpeg, tmp_path / "full.mkv", chart, words, frames=COUNT)
    record = edit_of(tmp_path, {"slog3-cine": path})
    record = replace(record, grades=(replace(record.grades[0], balance=Identity()),))
    assert record.edit.shots[0].media.encoding == full
    assert plan(record, Delivery(encoder="ffv1")).luts.conversions.shots == {}
    done = render(record, tmp_path / "out", ffmpeg, "film.mov", encoder="prores4444")
    assert done.movie is not None, done.failures
    assert not done.notes
    rgb = np.clip(ycbcr_to_rgb(codes.astype(float), full, 10), 0, 1)
    legal = in_file("slog3-cine")
    wanted = rgb_to_ycbcr(np.clip(Conversion(full, legal)(rgb), 0, 1), legal, 12)
    assert np.abs(patches_in(done.movie)[0] - wanted).mean() < 12


def test_the_command_takes_encodings_by_name(tmp_path: Path, ffmpeg: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = chart_of(ffmpeg, tmp_path, "bt709")
    record = edit_of(tmp_path, {"bt709": path})
    folder = tmp_path / "out"
    write_folder(folder, {"graded.json": format_record(record).encode()})
    options = ["--output-encoding", "Rec.2100 HLG", "--encoder", "ffv1", "--ffmpeg", str(ffmpeg)]
    with pytest.raises(SystemExit) as ended:
        main(["render", str(folder), *options])
    assert ended.value.code == 0
    assert "SDR is converted to HLG" in capsys.readouterr().err
    assert probe(folder / "film.mkv").encoding == ENCODINGS["hlg"]
    with pytest.raises(SystemExit) as ended:
        main(["render", str(folder), "--output-encoding", "vhs"])
    assert ended.value.code == 1
    assert "unknown encoding 'vhs'" in capsys.readouterr().err
