"""nuke/*.nk: nodes in order, balanced, every name one that Nuke and the config know, and the CDL's numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import PyOpenColorIO as OCIO  # noqa: N814 - its own spelling
import pytest

from making.media import media
from making.records import record_of_media
from otiograde.color.encodings import ENCODINGS
from otiograde.exporters.colorio import nuke
from otiograde.exporters.colorio import ocio as config_exporter
from otiograde.exporters.colorio.cdl import fit_of
from otiograde.record.graded import GradedTimeline


def nodes(text: str) -> list[tuple[str, dict[str, str]]]:
    found = []
    for kind, body in re.findall(r"^(\w+) \{\n((?: .*\n)*)\}\n", text, re.MULTILINE):
        knobs = (line[1:].split(" ", 1) for line in body.splitlines())
        found.append((kind, {key: value.strip('"') for key, value in knobs}))
    return found


@pytest.fixture(scope="module")
def record() -> GradedTimeline:
    every = {name: media(f"{name} [1] $x.mov", encoding=each) for name, each in ENCODINGS.items()}
    return record_of_media(every)


def test_each_snippet(record: GradedTimeline) -> None:
    files = nuke.export(record)
    assert list(files) == [f"nuke/{shot.id}.nk" for shot in record.edit.shots]
    for shot, grade in zip(record.edit.shots, record.grades, strict=True):
        text = files[f"nuke/{shot.id}.nk"].decode("ascii")
        found = nodes(text)
        kinds = [kind for kind, _ in found]
        assert kinds == ["OCIOColorSpace", "OCIOFileTransform", "OCIOCDLTransform", "OCIOColorSpace"]
        before, lut, cdl, after = (knobs for _, knobs in found)
        assert before["in_colorspace"] == after["out_colorspace"] == "scene_linear"
        assert before["out_colorspace"] == after["in_colorspace"]
        assert lut["file"] == f"luts/{shot.id}.cube"
        assert cdl["disable"] == "true"
        fit = fit_of(grade).cdl
        assert [float(n) for n in cdl["slope"].strip("{}").split()] == pytest.approx(fit.slope, abs=1e-9)
        assert [float(n) for n in cdl["offset"].strip("{}").split()] == pytest.approx(fit.offset, abs=1e-9)
        assert [float(n) for n in cdl["power"].strip("{}").split()] == pytest.approx(fit.power, abs=1e-9)
        assert float(cdl["saturation"]) == fit.saturation
        assert (
            f"{shot.media.path.stem.split()[0]} (1) _x.mov" in text
        )  # Nuke evaluates Tcl in labels when it draws them
        assert not set("[]$\\<>") & set(text)
        assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", knobs["name"]) for _, knobs in found)


def test_the_config_knows_every_space(record: GradedTimeline) -> None:
    config = OCIO.Config.CreateFromStream(config_exporter.export(record)["ocio/config.ocio"].decode("utf-8"))
    for shot in record.edit.shots:
        assert config.getColorSpace(nuke.curve_space(shot.media.encoding)) is not None, shot.name
    assert config.getColorSpace("scene_linear") is not None


def test_ids_that_are_no_node_names(record: GradedTimeline) -> None:
    shot = replace(record.edit.shots[0], id="010.A-b")
    names = [knobs["name"] for _, knobs in nodes(nuke.snippet(shot, record.grades[0]))]
    assert names == [f"shot_010_A_b_{end}" for end in ("in", "lut", "cdl", "out")]
