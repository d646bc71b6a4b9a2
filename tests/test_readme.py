"""The README says what is so: its commands, its example, its lists."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.graded_wall import write_windows
from otiograde.cli import COMMANDS, main
from otiograde.color.encodings import encoding
from otiograde.demo import Cast, DemoMovie
from otiograde.media.writing import write_video

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")

TWO_COMMANDS = """
python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/otiograde demo
python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest
"""


def test_the_two_commands_stand_there() -> None:
    assert TWO_COMMANDS in README


def test_every_command_is_named() -> None:
    for command in COMMANDS:
        assert command == "grade" or f"otiograde {command}" in README, command
    for named in re.findall(r"`otiograde ([a-z-]+)", README):
        assert named in COMMANDS or named in ("timeline", "a"), named


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    frames = [np.random.default_rng(1).random((64, 96, 3)).astype(np.float32)] * 4
    write_video(tmp_path / "clip.mp4", frames, rate=Fraction(24), encoding=encoding("bt709"), bits=8, crf=20)
    monkeypatch.chdir(tmp_path)
    exec(compile(example.replace('"timeline.otio"', '"clip.mp4"'), "README.md", "exec"), {})
    assert (tmp_path / "first.cube").stat().st_size > 0


def test_it_is_short() -> None:
    assert README.count("\n") <= 80


@pytest.mark.slow
def test_the_session_has_the_lines_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words at the beginnings of the lines, and their order. The movie of this run differs, its words do not."""

    def draw_movie(folder: Path, **_: Any) -> DemoMovie:
        folder.mkdir()
        return DemoMovie(write_windows(folder)[0], {}, {}, {}, {"a": Cast()})

    monkeypatch.setattr("otiograde.demo.draw_movie", draw_movie)
    monkeypatch.setattr("otiograde.demo.truth_error", lambda _, grades=None: 1.0 if grades else 7.0)
    monkeypatch.setattr("otiograde.demo.drift_error", lambda _, __, grades=None: 1.0 if grades else 4.0)
    with pytest.raises(SystemExit):
        main(["demo", "-o", str(tmp_path / "demo")])
    run = [line[2:12].strip() for line in capsys.readouterr().err.splitlines()]
    (session,) = re.findall(r"\$ otiograde demo\n(.*?)```", README, re.DOTALL)
    told = [line[2:12].strip() for line in session.splitlines()]
    varies = ("", "worst cut", "worst cuts", "note", "assumed")
    first, second = ([re.sub(r"\d", "1", word) for word in words if word not in varies] for words in (told, run))
    assert list(dict.fromkeys(first)) == list(dict.fromkeys(second))


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
