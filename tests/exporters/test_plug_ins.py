"""Exporters of other packages, as Python finds them: entry points in a ``.dist-info`` folder on the path.

Tests: exporters/moved.py
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from otiograde.errors import ExportError
from otiograde.exporters import exporter, exporter_names
from otiograde.exporters.moved import NEW_HOMES


def install(folder: Path, module: str, text: str) -> None:
    """Put a module and the entry point ``MODULE = MODULE:export`` into a folder."""
    (folder / f"{module}.py").write_text(text, "utf-8")
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[otiograde.exporters]\n{module} = {module}:export\n", "utf-8")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (
            "from otiograde.graded import GradedTimeline",
            "it imports otiograde.graded, which is now in otiograde.record.graded",
        ),
        (
            "from otiograde.outputs import lut_path",
            "it imports otiograde.outputs, which is now in otiograde.folder.layout, folder.reading and folder.writing",
        ),
        ("import otiograde.shot", "it imports otiograde.shot, which is now in otiograde.record.shot"),
        ("from otiograde import edit", "it imports otiograde.edit, which is now in otiograde.record.edit"),
        ("from otiograde.grade import Grade", "it imports otiograde.grade, which is now in otiograde.record.grade"),
        (
            "from otiograde.match.solver import fit_cubic",
            (
                "it imports otiograde.match, which is now in "
                "otiograde.decide.match, survey.reach, survey.resemblance and color.solver"
            ),
        ),
        (
            "from otiograde.exporters.render.plan import plan",
            "it imports otiograde.exporters.render.plan, which is now in otiograde.movie.plan",
        ),
        (
            "from otiograde.exporters.cdl import fit_of",
            "it imports otiograde.exporters.cdl, which is now in otiograde.exporters.colorio.cdl",
        ),
        ("import numbers_of_nobody", "No module named 'numbers_of_nobody'"),
        ("import otiograde.nothing", "No module named 'otiograde.nothing'"),
        ("raise RuntimeError('broken')", "broken"),
    ],
)
def test_a_plug_in_that_does_not_load(line: str, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is one line; for a module that has moved it names the new home."""
    install(tmp_path, "old_plug_in", f"{line}\n\n\ndef export(record):\n    return {{}}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "old_plug_in", raising=False)
    assert "old_plug_in" in exporter_names()
    with pytest.raises(ExportError) as caught:
        exporter("old_plug_in")
    assert str(caught.value) == f"the exporter 'old_plug_in' does not load: {answer}"


def test_a_plug_in_writes_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "new_plug_in", "def export(record):\n    return {'shots.txt': record}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert exporter("new_plug_in")(b"a record") == {"shots.txt": b"a record"}  # type: ignore[arg-type]


@pytest.mark.parametrize("homes", sorted(NEW_HOMES.values()))
def test_every_new_home_is_there(homes: str) -> None:
    for home in homes.replace(" and ", ", ").split(", "):
        assert find_spec(f"otiograde.{home}"), home


@pytest.mark.parametrize("old", sorted(NEW_HOMES))
def test_no_old_home_is_left(old: str) -> None:
    try:
        spec = find_spec(f"otiograde.{old}")
    except ModuleNotFoundError:
        spec = None
    assert spec is None or old == "exporters.colorio"  # a module became the package of that name
