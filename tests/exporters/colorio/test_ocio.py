"""ocio/config.ocio: valid, and its Looks give the LUT's colors in the shot's encoding and from linear light."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 - its own spelling
import pytest

from making.media import media
from making.records import record_of_media
from otiograde.color.encodings import ENCODINGS, encoding
from otiograde.color.spaces import primaries_matrix
from otiograde.color.transfer import decode
from otiograde.exporters import export_all
from otiograde.exporters.colorio import ocio as exporter
from otiograde.folder.reading import read_cube
from otiograde.folder.writing import write_folder
from otiograde.record.graded import GradedTimeline

COLORS = np.random.default_rng(8).uniform(0.02, 0.98, (3000, 3)).astype(np.float32)


def record_of(*encodings: str) -> GradedTimeline:
    medias = {f"s{n}": media(f"s{n}.mov", encoding=encoding(e)) for n, e in enumerate(encodings)}
    return record_of_media(medias, lut_size=17)


def loaded(record: GradedTimeline, folder: Path) -> Any:
    """Write config and LUTs side by side, as a run does, and read the config from its file."""
    OCIO.ClearAllCaches()
    files = {**exporter.export(record), **export_all(record, ["luts"])}
    write_folder(folder / "out", files)
    config = OCIO.Config.CreateFromFile(str(folder / "out/ocio/config.ocio"))
    config.validate()
    return config


def applied(config: Any, *conversion: Any) -> np.ndarray[Any, Any]:
    after = COLORS.copy()
    config.getProcessor(*conversion).getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS).applyRGB(after)
    return after


def test_a_look_is_the_lut(tmp_path: Path) -> None:
    record = record_of("bt709", "srgb", "bt601-625", "pq")
    config = loaded(record, tmp_path)
    assert list(config.getLookNames()) == [shot.id for shot in record.edit.shots]
    for shot in record.edit.shots:
        space = exporter.space_name(shot.media.encoding)
        look = OCIO.LookTransform(space, space, shot.id)
        assert np.abs(applied(config, look) - record.lut(shot.id)(COLORS)).max() <= 2e-4
        assert config.getLook(shot.id).getProcessSpace() == space


@pytest.mark.parametrize("name", sorted(name for name in ENCODINGS if not name.endswith("-full") and name != "nlog"))
def test_the_color_spaces_are_the_encodings(name: str, tmp_path: Path) -> None:
    record = record_of(name)
    config = loaded(record, tmp_path)
    spoken = encoding(name)
    light = decode(COLORS.astype(np.float64), spoken.transfer)
    linear = light @ primaries_matrix(spoken.primaries, "bt709").T
    after = applied(config, exporter.space_name(spoken), "scene_linear").astype(np.float64)
    scale = after.mean() / linear.mean()  # PQ and HLG: what 1 is
    np.testing.assert_allclose(after, linear * scale, rtol=2e-3, atol=2e-4 * float(np.abs(after).max()))
    if not spoken.is_hdr:
        assert scale == pytest.approx(1, abs=1e-3)


def test_a_look_from_linear_light_and_back(tmp_path: Path) -> None:
    record = record_of("bt709")
    config = loaded(record, tmp_path)
    there = OCIO.GroupTransform(
        [
            OCIO.ColorSpaceTransform("bt709", "scene_linear"),
            OCIO.LookTransform("scene_linear", "scene_linear", "shot-0"),
            OCIO.ColorSpaceTransform("scene_linear", "rec709"),
        ]
    )
    assert np.abs(applied(config, there) - record.lut("shot-0")(COLORS)).max() <= 5e-4


def test_odd_names_and_no_shots(tmp_path: Path) -> None:
    record = record_of("bt709")
    record = replace(record, edit=replace(record.edit, name="a: {b}\n# 'c' \udcff"))
    loaded(record, tmp_path)
    OCIO.Config.CreateFromStream(exporter.export(record_of_media({}))["ocio/config.ocio"].decode()).validate()
    assert exporter.export(record) == exporter.export(record)


def test_the_tools_of_another_opencolorio_agree(tmp_path: Path) -> None:
    """Debian's, of version 2.1: ``ociocheck`` passes, and ``ociobakelut`` bakes a Look that is the shot's LUT."""
    if shutil.which("ociocheck") is None or shutil.which("ociobakelut") is None:
        pytest.skip("NO OCIOCHECK: no other OpenColorIO reads the config (Debian's opencolorio-tools)")
    record = record_of("bt709", "srgb", "bt601-625", "pq")
    loaded(record, tmp_path)
    config = str(tmp_path / "out/ocio/config.ocio")
    said = subprocess.run(["ociocheck", "--iconfig", config], capture_output=True, text=True, check=True).stdout
    assert said.count("src file found") == len(record.edit.shots)
    assert "passed" in said
    for shot in record.edit.shots:
        space, target = exporter.space_name(shot.media.encoding), tmp_path / f"{shot.id}.cube"
        words = ["--inputspace", space, "--outputspace", space, "--looks", shot.id, "--cubesize", "17"]
        command = ["ociobakelut", "--iconfig", config, *words, "--format", "resolve_cube", str(target)]
        subprocess.run(command, capture_output=True, check=True)
        assert np.abs(read_cube(target).lattice - record.lut(shot.id).lattice).max() <= 2e-4
