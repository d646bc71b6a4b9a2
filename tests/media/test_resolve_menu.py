"""The script of Resolve's menu, as the stand-in of Resolve runs it: otiograde runs in its own Python, on real clips.

Tests: media/resolve_menu.py
"""

from __future__ import annotations

import ast
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from making.clips import Clip
from making.fake_resolve import Item, Resolve, Timeline
from making.otio import clip, external, lasting, timeline, track
from otiograde.exporters.editors import resolve_live
from otiograde.folder.menu import script
from otiograde.media import resolve_menu

LIVE = Path(resolve_live.__file__)
TEMPLATE = Path(resolve_menu.__file__).read_text("ascii")
NAME = '"; touch owned; $(touch owned) `touch owned`\n\x1b[31m<b>%s{0}/../..'


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Resolve with a timeline of two clips open."""
    (tmp_path / "LUT").mkdir()
    program = Resolve(tmp_path / "LUT", None)
    opened = Timeline(program, NAME)
    names = ("one $(touch owned).mp4", 'two "; touch owned.mp4')
    opened.tracks = [[Item(opened, 5 * at, 5, str(tmp_path / name)) for at, name in enumerate(names)]]
    media = [external((tmp_path / name).as_uri(), lasting(0, 12)) for name in names]
    row = [clip(name, lasting(2, 5), of) for name, of in zip(names, media, strict=True)]
    opened.file = json.dumps({**timeline(track(*row)), "name": NAME}).encode()
    program.project.timelines.append(opened)
    program.project.current = opened
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(program.lut_folder))
    monkeypatch.setenv("OTIOGRADE_RESOLVE_OUTPUT", str(tmp_path / 'out "put" $(touch owned)'))
    monkeypatch.setenv("OTIOGRADE_CACHE", str(tmp_path / "cache"))
    for name in ("PYTHONHOME", "PYTHONPATH"):  # what Resolve sets for its own Python would break another one
        monkeypatch.setenv(name, str(tmp_path / "not there"))
    return program


def run(fake: Resolve | None, text: str | None = None) -> int:
    """The script as Resolve runs it: its text, and ``resolve`` among its globals."""
    space: dict[str, Any] = {"__name__": "resolve's menu", "resolve": fake}
    exec(compile(text or script(TEMPLATE, sys.executable, LIVE), "otiograde.py", "exec"), space)
    return int(space["main"]())


def versions(fake: Resolve) -> list[list[str]]:
    return [list(item.versions) for item in fake.project.timelines[0].tracks[0]]


def test_it_is_python_3_6_and_needs_nothing() -> None:
    tree = ast.parse(TEMPLATE, feature_version=(3, 6))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= {"hashlib", "importlib.util", "os", "re", "subprocess", "sys", "typing"}


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_from_the_open_timeline_to_graded_clips(
    fake: Resolve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = fake.project.timelines[0].tracks[0]
    for item in items:
        assert item.media is not None
        Clip().write(Path(item.media.path))
    assert run(fake) == 0
    said = capsys.readouterr()
    assert "\x1b" not in said.out
    assert not said.err
    assert "  reading    2 shots" in said.out
    assert "2 done" in said.out
    assert any(line.strip().startswith("sampling") or " of " in line for line in said.out.splitlines())
    for item in items:
        assert item.version == "otiograde"
        assert (fake.lut_folder / item.luts["otiograde"]).is_file()
    assert run(fake) == 0
    assert versions(fake) == [["Version 1", "otiograde", "otiograde 2"]] * 2
    (folder,) = (tmp_path / 'out "put" $(touch owned)').iterdir()
    assert {path.name for path in folder.iterdir()} == {"timeline.otio", "graded"}
    assert not list(tmp_path.rglob("owned"))
    assert not Path("owned").exists()


def test_a_run_that_fails_changes_nothing(fake: Resolve, capsys: pytest.CaptureFixture[str]) -> None:
    """The media of the clips are not there."""
    assert run(fake) == 2
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("otiograde: otiograde ended with code 1, so no clip was changed: ")
    assert versions(fake) == [["Version 1"]] * 2
    assert not list(fake.lut_folder.iterdir())


def test_what_keeps_it_from_beginning_is_one_line(
    fake: Resolve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def only_line() -> str:
        out, err = capsys.readouterr()
        assert (out.count("\n"), err) == (1, "")
        return str(out)

    fake.open = False
    assert run(fake) == 2
    assert only_line() == "otiograde: no project is open in Resolve: open one\n"
    fake.open = True
    fake.project.current = None
    assert run(fake) == 2
    assert "no timeline is open" in only_line()
    text = script(TEMPLATE, sys.executable, LIVE)
    assert run(fake, text.replace(ascii(sys.executable), ascii("/not/there"))) == 2
    assert "run `otiograde install-luts --app resolve` in a terminal" in only_line()
    newer = tmp_path / "resolve_live.py"
    newer.write_text("LIVE = 2\n")
    assert run(fake, script(TEMPLATE, sys.executable, newer)) == 2
    assert "otiograde was updated" in only_line()
    newer.write_text("LIVE = 1\n")
    assert run(fake, script(TEMPLATE, sys.executable, newer)) == 2
    assert "AttributeError" in only_line()


def test_a_console_that_has_few_letters_gets_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii", newline="\n"))
    resolve_menu.say("f\xfclm \u00b7 \x07")
    assert written.getvalue() == b"f?lm ? ?\n"
