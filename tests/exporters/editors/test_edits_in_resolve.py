"""Whole edits in the stand-in of Resolve: each shot gets its LUT, at the frame and track where the timeline has it."""

from __future__ import annotations

import importlib.util
import json
import sys
import types
from pathlib import Path

import pytest

from making.fake_resolve import Resolve
from making.lists import Shelf
from making.records import graded
from making.whole_edits import EDITS, MEDIA
from otiograde.exporters import notes_of, otio
from otiograde.exporters.editors import resolve
from otiograde.exporters.luts import export as luts
from otiograde.timeline import Reading, read_edit


@pytest.mark.parametrize("name", EDITS)
def test_every_shot_of_the_timeline_is_graded(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in MEDIA:
        (tmp_path / file).touch()
    (tmp_path / "edit.otio").write_text(json.dumps(EDITS[name]), "utf-8")
    edit = read_edit(tmp_path / "edit.otio", Reading(), Shelf(MEDIA))
    record = graded(edit, lut_size=2)
    out = tmp_path / "out"
    for path, content in {**resolve.export(record), **otio.export(record), **luts(record)}.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)
    again = read_edit(out / "graded.otio", Reading(), Shelf(MEDIA))
    made: list[list[tuple[int, int, str | None]]] = [[] for _ in again.otio["tracks"]["children"]]
    for shot in again.shots:
        if len(shot.where) == 2:
            made[shot.track].append((shot.record.start, shot.record.count, str(shot.media.path)))
    (tmp_path / "LUT").mkdir()
    program = Resolve(tmp_path / "LUT", made)
    module = types.ModuleType("DaVinciResolveScript")
    module.scriptapp = lambda _: program  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "DaVinciResolveScript", module)
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(program.lut_folder))
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("resolve_apply_of_edits", out / "resolve/resolve_apply.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main([])
    report = json.loads((out / "resolve/resolve_report.json").read_text("utf-8"))
    states = {row["shot"]: row["state"] for row in report["shots"]}
    nested = {shot.id for shot in edit.shots if len(shot.where) != 2}
    assert states == {shot.id: "not matched" if shot.id in nested else "done" for shot in edit.shots}
    assert bool(nested) == any("in nested timelines" in line for line in notes_of("resolve", record))
