"""cdl/: what OpenColorIO and cdl_convert read back, the reports, and CDL + LUT applied by OpenColorIO.

Tests: exporters/colorio/cdl_xml.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 - its own spelling
import pytest

from making.media import media
from making.records import GRADES, MIXED, record_of_media
from otiograde.color.cdl import Cdl
from otiograde.color.cdl_fit import PAIR_LIMIT
from otiograde.color.lut import Lut3D
from otiograde.exporters.colorio import cdl
from otiograde.exporters.colorio.cdl_xml import cdl_xml, correction
from otiograde.record.graded import GradedTimeline, format_record, parse_record


@pytest.fixture(scope="module")
def record() -> GradedTimeline:
    return record_of_media({f"s{n}.mov": media(f"s{n}.mov") for n in range(4)}, lut_size=17)


@pytest.fixture(scope="module")
def files(record: GradedTimeline) -> dict[str, bytes]:
    return dict(cdl.export(record))


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path) -> Path:
    OCIO.ClearAllCaches()
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def numbers(transform: Any) -> list[float]:
    return [*transform.getSlope(), *transform.getOffset(), *transform.getPower(), transform.getSat()]


def wanted(record: GradedTimeline, shot: str) -> list[float]:
    fit = cdl.fit_of(record.grade(shot))
    return [*fit.cdl.slope, *fit.cdl.offset, *fit.cdl.power, fit.cdl.saturation]


def test_what_is_written(files: dict[str, bytes]) -> None:
    assert [name for name in files if "/pairs/" not in name] == [
        *("cdl/shot-0.cc", "cdl/shot-1.cc", "cdl/shot-2.cc"),
        *("cdl/grades.ccc", "cdl/grades.cdl", "cdl/fit.json", "cdl/fit.txt"),
    ]
    assert sum(name.startswith("cdl/pairs/") for name in files) == 9
    assert len(cdl.export(record_of_media({}))) == 3
    with pytest.raises(KeyError):
        cdl.export(record_of_media({}))["cdl/none.cc"]


@pytest.mark.parametrize("shot", ["shot-0", "shot-1", "shot-2"])
@pytest.mark.parametrize("file", ["{}.cc", "grades.ccc", "grades.cdl"])
def test_opencolorio_reads_the_same_numbers(record: GradedTimeline, folder: Path, shot: str, file: str) -> None:
    read = OCIO.CDLTransform.CreateFromFile(str(folder / "cdl" / file.format(shot)), shot)
    assert read.getID() == shot
    assert numbers(read) == pytest.approx(wanted(record, shot), abs=1e-9)


@pytest.mark.parametrize("file", ["shot-0.cc", "shot-1.cc", "grades.ccc", "grades.cdl"])
def test_cdl_convert_reads_the_same_numbers(record: GradedTimeline, folder: Path, file: str) -> None:
    convert = pytest.importorskip("cdl_convert", reason="NO cdl_convert: its half of the CDL tests is not made")
    convert.reset_all()
    readers: dict[str, Callable[[str], Any]] = {"cc": convert.parse_cc, "ccc": convert.parse_ccc}
    read = readers.get(file.rpartition(".")[2], convert.parse_cdl)(str(folder / "cdl" / file))
    corrections = [read] if file.endswith(".cc") else list(read.all_children)
    found = {}
    for each in corrections:
        cc = each if hasattr(each, "slope") else each.cc
        found[cc.id] = [float(n) for n in (*cc.slope, *cc.offset, *cc.power, cc.sat)]
    shots = [file[:-3]] if file.endswith(".cc") else ["shot-0", "shot-1", "shot-2"]
    assert set(found) == {shot.replace("-", "") for shot in shots}  # it takes dashes out of ids
    for shot in shots:
        assert found[shot.replace("-", "")] == pytest.approx(wanted(record, shot), abs=1e-9)


def test_the_reports(record: GradedTimeline, files: dict[str, bytes]) -> None:
    report = json.loads(files["cdl/fit.json"])
    assert report["limit"] == 2.0
    assert [each["written"] for each in report["shots"].values()] == [True, True, True, False]
    for shot, each in report["shots"].items():
        assert each["mean"] == pytest.approx(cdl.fit_of(record.grade(shot)).mean, abs=1e-4)
        assert set(each["cdl"]["asc_sop"]) == {"slope", "offset", "power"}
    lines = files["cdl/fit.txt"].decode("utf-8").splitlines()
    assert len(lines) == 4
    assert [("REFUSED" in line) for line in lines] == [False, False, False, True]
    pairs = files["cdl/pairs/pairs.txt"].decode("ascii").splitlines()
    assert [line.split()[0] for line in pairs] == [f"shot-{n}" for n in range(4)]
    assert all("carries" in line and "%" in line for line in pairs)


def test_pairs_are_told_alone_too(record: GradedTimeline, files: dict[str, bytes]) -> None:
    assert cdl.export(record)["cdl/pairs/pairs.txt"] == files["cdl/pairs/pairs.txt"]


@pytest.mark.parametrize("number", range(4))
def test_opencolorio_makes_the_grade_of_a_pair(folder: Path, number: int) -> None:
    """Over the shot's likely colors, within 2e-3, or no farther than the delivered LUT of the same size is."""
    shot, transform = f"shot-{number}", GRADES[number]
    first = OCIO.CDLTransform.CreateFromFile(str(folder / f"cdl/pairs/{shot}.cc"), shot)
    first.setStyle(OCIO.CDL_ASC)
    second = OCIO.FileTransform(str(folder / f"cdl/pairs/{shot}.cube"), interpolation=OCIO.INTERP_TETRAHEDRAL)
    group = OCIO.GroupTransform([first, second])
    processor = OCIO.Config.CreateRaw().getProcessor(group).getDefaultCPUProcessor()
    colors = np.random.default_rng(2).uniform(0.05, 0.85, (3000, 3))
    colors = colors[np.ptp(colors, axis=1) < 0.5].astype(np.float32)
    after = np.ascontiguousarray(colors.copy())
    processor.applyRGB(after)
    goal = np.clip(transform(colors.astype(np.float64)), 0, 1)
    own = float(np.abs(Lut3D.bake(transform, 17)(colors) - goal).max())
    assert np.abs(after - goal).max() <= 1.2 * max(PAIR_LIMIT, own)


def test_the_same_from_the_record_alone(record: GradedTimeline, files: dict[str, bytes]) -> None:
    again = cdl.export(parse_record(format_record(record)))
    assert {name: again[name] for name in again} == files


def test_a_transform_that_cannot_be_hashed(record: GradedTimeline) -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, rgb: Any) -> Any:
            return MIXED(rgb)

    grade = replace(record.grades[0], balance=Odd())
    assert cdl.fit_of(grade) == cdl.fit_of(record.grades[0])


def of_opencolorio(corrections: list[tuple[str, Cdl]], kind: str) -> bytes:
    """The same document as OpenColorIO writes it."""
    transforms = []
    for name, numbers in corrections:
        transform = OCIO.CDLTransform(slope=numbers.slope, offset=numbers.offset, power=numbers.power)
        transform.setSat(numbers.saturation)
        transform.setID(name)
        transform.setFirstSOPDescription(f"fitted to {name}")
        transforms.append(transform)
    group = OCIO.GroupTransform(transforms)
    if kind == "ColorCorrection":
        group.getFormatMetadata().setID(corrections[0][0])
    return str(group.write(kind, OCIO.Config.CreateRaw())).encode("utf-8")


@pytest.mark.parametrize(
    ("form", "kind"),
    [("cc", "ColorCorrection"), ("ccc", "ColorCorrectionCollection"), ("cdl", "ColorDecisionList")],
)
def test_the_xml_is_what_opencolorio_writes(form: str, kind: str) -> None:
    numbers = [
        ("a-1", Cdl((1.25, 0.5, 2), (0.125, 0, -0.25), (1.5, 1, 0.75), 1.02118)),
        ("b", Cdl((0, 1, 1), (0, 0, 0), (1, 1, 1), 0)),
    ][: 1 if form == "cc" else 2]
    ours = cdl_xml([correction(cdl, name, f"fitted to {name}") for name, cdl in numbers], form)
    assert ours == of_opencolorio(numbers, kind)


def test_numbers_have_no_exponent() -> None:
    text = cdl_xml([correction(Cdl((1e-6, 1e6, 1e-9), (-1e-6, 0, 0)), "a", "")], "cc").decode("ascii")
    assert "<Slope>0.000001 1000000 0</Slope>" in text
    assert "<Offset>-0.000001 0 0</Offset>" in text


def test_no_opencolorio_is_needed(
    record: GradedTimeline, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PyOpenColorIO", None)
    assert dict(cdl.export(record)) == files
