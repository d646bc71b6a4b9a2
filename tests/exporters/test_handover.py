"""LUTs for programs that manage color: what they take and give is in their names, and OpenColorIO agrees with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.media import media
from making.records import WARMISH, MakeRecord
from otiograde.cli import main
from otiograde.color.cube import parse_cube
from otiograde.color.encodings import ENCODINGS, Encoding, encoding_of
from otiograde.color.logs import DATA_BLACK, DATA_SPAN
from otiograde.color.transfer import decode, encode
from otiograde.color.views import from_light, to_light
from otiograde.errors import EncodingError, ExportError
from otiograde.exporters import exporter
from otiograde.exporters.handover import LARGEST_ERROR, export, likely_light, notes
from otiograde.folder.writing import write_folder
from otiograde.record.graded import GradedTimeline, format_record
from otiograde.record.shot import Media

SLOG3 = encoding_of("sgamut3cine", "slog3", "bt709", "legal")
DATA = encoding_of("sgamut3cine", "slog3", "gbr", "full")
LOGC3 = encoding_of("awg3", "logc3", "bt709", "legal")


def _media(name: str, encoding: Encoding) -> Media:
    return replace(media(f"{name}.mov"), encoding=encoding, bits=10)


@pytest.fixture
def record(make_record: MakeRecord) -> GradedTimeline:
    coded = {"sony": SLOG3, "dpx": DATA, "arri": LOGC3, "hdr": ENCODINGS["hlg"], "tv": ENCODINGS["bt709"]}
    made = make_record({name: _media(name, encoding) for name, encoding in coded.items()})
    return replace(made, grades=tuple(replace(grade, balance=WARMISH) for grade in made.grades))


def test_names_say_what_goes_in_and_comes_out(record: GradedTimeline) -> None:
    names = {path.removeprefix("handover/").removesuffix(".cube") for path in export(record)}
    assert names == {
        "sony.native.slog3-cine-signal_to_slog3-cine-signal",
        "sony.native.slog3-cine-data_to_slog3-cine-data",
        "sony.timeline.acescct-signal_to_acescct-signal",
        "sony.display.slog3-cine-signal_to_bt709-signal",
        "sony.display.slog3-cine-data_to_bt709-signal",
        "dpx.native.slog3-cine-data_to_slog3-cine-data",
        "dpx.timeline.acescct-signal_to_acescct-signal",
        "dpx.display.slog3-cine-data_to_bt709-signal",
        "arri.native.logc3-signal_to_logc3-signal",
        "arri.timeline.acescct-signal_to_acescct-signal",
        "arri.display.logc3-signal_to_bt709-signal",
        "hdr.native.hlg-signal_to_hlg-signal",
        "hdr.display.hlg-signal_to_bt709-signal",
        "tv.native.bt709-signal_to_bt709-signal",
        "README.txt",
    }
    assert any("no timeline LUT for hdr, tv" in note for note in notes(record))


def test_each_lut_is_the_grade_in_its_space(record: GradedTimeline) -> None:
    """The same light, graded: of the native LUT of either range, of the timeline, and of the display."""
    files = {path.partition(".cube")[0].removeprefix("handover/"): content for path, content in export(record).items()}
    light = likely_light()
    signal = np.clip(from_light(light, SLOG3), 0, 1)
    graded = WARMISH(signal)
    spread = DATA_SPAN, DATA_BLACK
    cases: dict[str, tuple[Any, Any]] = {
        "native.slog3-cine-signal_to_slog3-cine-signal": (signal, graded),
        "native.slog3-cine-data_to_slog3-cine-data": (signal * spread[0] + spread[1], graded * spread[0] + spread[1]),
        "timeline.acescct-signal_to_acescct-signal": tuple(
            from_light(to_light(codes, SLOG3), ENCODINGS["acescct"]) for codes in (signal, graded)
        ),
        "display.slog3-cine-signal_to_bt709-signal": (
            signal,
            from_light(to_light(graded, SLOG3), ENCODINGS["bt709"]),
        ),
    }
    for name, (before, after) in cases.items():
        text = files[f"sony.{name}"].decode("ascii")
        kind, _, spaces = name.partition(".")
        domain, codomain = spaces.split("_to_")
        assert f"# domain: slog3-cine (sgamut3cine, slog3), {domain[11:]}" in text or kind == "timeline"
        assert codomain.rpartition("-")[2] in text.splitlines()[1]
        misses = np.abs(parse_cube(text)(before) - np.clip(after, 0, 1)).max(-1)
        assert np.quantile(misses, 0.99) < 0.004, name
    assert (
        files["sony.native.slog3-cine-signal_to_slog3-cine-signal"]
        != files["sony.native.slog3-cine-data_to_slog3-cine-data"]
    )


def test_nodes_are_as_many_as_the_error_asks_for(record: GradedTimeline) -> None:
    sizes, errors = {}, {}
    files = export(record)
    for path, content in files.items():
        lines = content.decode().splitlines()
        if path.endswith(".cube"):
            sizes[path] = parse_cube(content.decode()).size
            errors[path] = float(lines[2].split()[2])
    small = [path for path, size in sizes.items() if size == record.lut_size]
    assert any(".native.slog3" in path for path in small)
    assert any(".display." in path for path in sizes if sizes[path] == 65)
    assert all(errors[path] <= LARGEST_ERROR for path in small)
    readme = files["handover/README.txt"].decode()
    assert all(f"{path.rpartition('/')[2]}  " in readme for path in sizes)


def test_another_timeline_and_display_by_name(
    record: GradedTimeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(tmp_path / "out", {"graded.json": format_record(record).encode()})

    def exported(*options: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["export", str(tmp_path / "out"), *options])
        return int(str(ended.value.code))

    assert exported("handover", "--lut-space", "DaVinci Intermediate", "--display", "Rec.2100 PQ") == 0
    there = {path.name for path in (tmp_path / "out/handover").iterdir()}
    assert "sony.timeline.davinci-signal_to_davinci-signal.cube" in there
    assert "tv.display.bt709-signal_to_pq-signal.cube" in there
    assert exported("edl", "--lut-space", "davinci") == 1
    assert "--lut-space is for handover" in capsys.readouterr().err
    assert exported("handover", "--display", "vhs") == 1
    assert "unknown encoding 'vhs'" in capsys.readouterr().err
    with pytest.raises(ExportError, match="scene-referred"):
        export(record, lut_space="bt709")
    with pytest.raises(EncodingError):
        export(record, lut_space="vhs")


def test_opencolorio_reads_and_applies_them(record: GradedTimeline, tmp_path: Path) -> None:
    ocio = pytest.importorskip("PyOpenColorIO")
    colors = likely_light()[:500]
    values = np.clip(from_light(colors, SLOG3), 0, 1).astype(np.float32)
    for path, content in export(record).items():
        if path.startswith("handover/sony.native.slog3-cine-signal"):
            (tmp_path / "one.cube").write_bytes(content)
            lut = ocio.FileTransform(str(tmp_path / "one.cube"), interpolation=ocio.INTERP_TETRAHEDRAL)
            applied = values.copy()
            ocio.Config.CreateRaw().getProcessor(lut).getDefaultCPUProcessor().applyRGB(applied)
            assert np.abs(applied - parse_cube(content.decode())(values)).max() < 2e-4


def test_linear_light_has_a_shaper(make_record: MakeRecord, tmp_path: Path) -> None:
    """In handover and in the LUT folder: OpenColorIO grades light with each, and a format without shapers refuses."""
    ocio = pytest.importorskip("PyOpenColorIO")
    made = make_record({"comp": _media("comp", ENCODINGS["linear"])})
    record = replace(made, grades=tuple(replace(grade, balance=WARMISH) for grade in made.grades))
    light = (likely_light()[:500] * 0.9).astype(np.float32)  # 0.9 is diffuse white
    codes = WARMISH(encode(light.astype(float), "linear"))
    native, shown = decode(codes, "linear"), from_light(to_light(codes, ENCODINGS["linear"]), ENCODINGS["bt709"])
    files = {**export(record), **exporter("clf")(record), **exporter("csp")(record)}
    wanted = {
        "handover/comp.native.linear_to_linear.csp": native,
        "handover/comp.display.linear_to_bt709-signal.csp": np.clip(shown, 0, 1),
        "luts_clf/scene_1_comp.clf": native,
        "luts_csp/scene_1_comp.csp": native,
    }
    for path, light_out in wanted.items():
        file = tmp_path / Path(path).name
        file.write_bytes(files[path])
        applied = light.copy()
        lut = ocio.FileTransform(str(file), interpolation=ocio.INTERP_TETRAHEDRAL)
        ocio.Config.CreateRaw().getProcessor(lut).getDefaultCPUProcessor().applyRGB(applied)
        off = np.abs(applied - light_out) / np.maximum(np.abs(light_out), 0.05)
        assert np.quantile(off, 0.99) < 0.02, path
    assert "handover/comp.timeline.acescct-signal_to_acescct-signal.cube" in files
    with pytest.raises(ExportError, match="linear light, which 3dl does not take"):
        dict(exporter("3dl")(record))
