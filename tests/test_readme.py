"""The README says what is so: its commands, its example, its lists."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from otiograde.cli import COMMANDS
from otiograde.color.encodings import encoding
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


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
