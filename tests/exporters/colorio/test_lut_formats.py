"""The LUT folder: OpenColorIO and FFmpeg apply every format as the lattice says.

Tests: exporters/colorio/colorio.py
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 - its own spelling
import pytest

from making.media import media
from making.records import record_of_media
from otiograde.errors import ExportError
from otiograde.exporters import export_all, exporter
from otiograde.exporters.colorio import lut_formats
from otiograde.folder.layout import picture_path
from otiograde.folder.writing import write_folder
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Settings

#: OpenColorIO writes 3dl in 12 bits: half a code.
CLOSE = {"3dl": 0.51 / 4095}
TEXT = ["clf", "ctf", "csp", "3dl", "spi3d"]


@pytest.fixture(scope="module")
def record() -> GradedTimeline:
    return record_of_media({f"s{n}.mov": media(f"s{n}.mov") for n in range(4)}, lut_size=17)


def written(record: GradedTimeline, form: str, folder: Path) -> list[Path]:
    OCIO.ClearAllCaches()
    files = lut_formats.export(record, form)
    write_folder(folder / "out", files)
    return [folder / "out" / name for name in files if not name.endswith(".txt")]


@pytest.mark.parametrize("form", TEXT)
def test_opencolorio_applies_them(record: GradedTimeline, form: str, tmp_path: Path) -> None:
    colors = np.random.default_rng(5).random((4000, 3)).astype(np.float32)
    paths = written(record, form, tmp_path)
    assert [path.name for path in paths] == [f"scene_1_shot-{n}.{form}" for n in range(4)]
    for path, grade in zip(paths, record.grades, strict=True):
        transform = OCIO.FileTransform(str(path), interpolation=OCIO.INTERP_TETRAHEDRAL)
        after = colors.copy()
        processor = OCIO.Config.CreateRaw().getProcessor(transform)
        processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS).applyRGB(after)
        assert np.abs(after - grade.lut(17)(colors)).max() <= CLOSE.get(form, 2e-4), path.name


@pytest.mark.slow
def test_ffmpeg_applies_the_hald_images(record: GradedTimeline, tmp_path: Path, ffmpegs: list[Path]) -> None:
    paths = written(record, "hald", tmp_path)
    codes = np.random.default_rng(6).integers(0, 65536, (64, 64, 3), np.uint16)
    cv2.imwrite(str(tmp_path / "in.png"), codes)
    for ffmpeg in ffmpegs:
        for path, grade in zip(paths, record.grades, strict=True):
            command = [ffmpeg, "-v", "error", "-y", "-i", tmp_path / "in.png", "-i", path, "-filter_complex"]
            graph = "[0]format=rgb48le[a];[1]format=rgb48le[b];[a][b]haldclut=interp=tetrahedral,format=rgb48be"
            subprocess.run([*command, graph, "-frames:v", "1", tmp_path / "out.png"], check=True)
            after = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)[..., ::-1] / 65535
            wanted = grade.lut(64)((codes[..., ::-1] / 65535).astype(np.float32))
            assert np.abs(after - wanted).max() <= 2e-4, (ffmpeg, path.name)


def test_a_hald_image_is_read_by_others(record: GradedTimeline) -> None:
    """cv2 decodes the PNG; pixel n holds node n of the lattice, red fastest."""
    content = lut_formats.export(record, "hald")["luts_hald/scene_1_shot-0.png"]
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert image.shape == (512, 512, 3)
    assert image.dtype == np.uint16
    nodes = image.reshape(64, 64, 64, 3) / 65535
    np.testing.assert_allclose(nodes, record.grades[0].lut(64).lattice, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("form", [*TEXT, "hald"])
def test_laws_of_lut_folders(record: GradedTimeline, form: str) -> None:
    first, again = lut_formats.export(record, form), lut_formats.export(record, form)
    assert len(first) == len(list(first)) == 5
    assert dict(first) == dict(again)
    readme = first[f"luts_{form}/README.txt"].decode("utf-8")
    assert all(name.rpartition("/")[2] in readme for name in first if not name.endswith("README.txt"))
    assert "bt709  s0.mov" in readme
    assert "nothing  s2.mov" in readme


def test_where_there_are_pictures_there_is_a_contact_sheet(record: GradedTimeline) -> None:
    gray = cv2.imencode(".jpg", np.full((36, 64, 3), 128, np.uint8))[1].tobytes()
    pictures = {picture_path(shot.id, 30): gray for shot in record.edit.shots}
    files = exporter("clf", pictures)(record)
    sheet = cv2.imdecode(np.frombuffer(files["luts_clf/contact_sheet.png"], np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    assert min(sheet.shape[:2]) > 100
    assert len(files) == len(list(files)) == 6


def test_names_that_collide_when_made_ascii(record: GradedTimeline) -> None:
    scenes = ("Küche", "Kuche", "厨房", "浴室")
    grades = tuple(replace(grade, scene=scene) for grade, scene in zip(record.grades, scenes, strict=True))
    shots = ("a", "A-2", "x", "X.2")
    grades = tuple(replace(grade, shot=shot) for grade, shot in zip(grades, shots, strict=True))
    names = [name for name in lut_formats.export(replace(record, grades=grades), "clf") if name.endswith(".clf")]
    assert len({name.casefold() for name in names}) == 4
    assert all(name.isascii() and len(name) < 100 for name in names)


@pytest.mark.parametrize("size", [2, 32])
def test_every_size_is_written(record: GradedTimeline, size: int) -> None:
    for form in TEXT:
        assert lut_formats.export(replace(record, settings=Settings(lut_size=size)), form)[
            f"luts_{form}/scene_1_shot-0.{form}"
        ]


def test_what_opencolorio_does_not_read_is_made_coarser(
    record: GradedTimeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otiograde.exporters.colorio.lut_formats.LARGEST", 12)
    text = lut_formats.export(record, "spi3d")["luts_spi3d/scene_1_shot-0.spi3d"]
    assert b"\n12 12 12\n" in text[:40]


def test_without_opencolorio_only_hald_is_written(record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PyOpenColorIO", None)
    assert lut_formats.export(record, "hald")["luts_hald/scene_1_shot-0.png"]
    with pytest.raises(ExportError, match="pip install"):
        lut_formats.export(record, "clf")["luts_clf/scene_1_shot-0.clf"]
    assert export_all(record, [])
