"""What the documentation generates from the code is what the code says, and the JSON Schema fits real records."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import jsonschema
import numpy as np
import pytest

import otiograde
from making.full_record import full_record
from otiograde.cli import COMMANDS, group
from otiograde.color.encodings import encoding
from otiograde.media.frames import write_still
from otiograde.media.writing import write_video
from otiograde.record.graded import format_record

ROOT = Path(__file__).resolve().parent.parent
GUIDES = sorted([*(ROOT / "docs" / "tutorials").glob("*.md"), *(ROOT / "docs" / "howto").glob("*.md")])
QUESTIONS = json.loads((ROOT / "tests" / "questions.json").read_text("utf-8"))
SCHEMA = json.loads((ROOT / "docs" / "record.schema.json").read_text("utf-8"))
RECORD = json.loads(format_record(full_record()))
CHECK = jsonschema.Draft202012Validator(SCHEMA)


def test_generated_pages_are_what_the_code_says() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "docs", "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_public_name_has_its_place_on_the_page() -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert re.findall(r"^::: [\w.]+\.(\w+)$", page, re.MULTILINE) == otiograde.__all__[1:]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_record_with_all_its_fields_fits() -> None:
    CHECK.validate(RECORD)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("otiograde",), 4),
        (("edit", "rate"), "24 fps"),
        (("edit", "shots"), {}),
        (("grades", 0, "confidence"), "certain"),
        (("grades", 0, "share"), "1"),
        (("findings", 0, "passed"), "yes"),
        (("settings", "lut_size"), 33.5),
        (("more",), 1),
    ],
)
def test_a_damaged_record_does_not(path: tuple[Any, ...], value: Any) -> None:
    record = deepcopy(RECORD)
    part = record
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert list(CHECK.iter_errors(record))


def commands(text: str) -> list[list[str]]:
    """The commands in the blocks of a page."""
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.startswith("otiograde ")]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_commands_of_guides_parse(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option is one of its command, and every value fits; files need not be there, but stills."""
    monkeypatch.chdir(tmp_path)
    for words in commands(path.read_text("utf-8")):
        for still in (word for word in words if word.endswith((".png", ".jpg"))):
            write_still(Path(still), np.random.default_rng(1).random((64, 96, 3)), 8)
        name = words[1] if words[1] in COMMANDS else "grade"
        command = group.get_command(click.Context(group), name)
        assert command is not None
        rest = words[2:] if words[1] in COMMANDS else words[1:]
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                parameter.type.exists = False
        command.make_context(name, rest, resilient_parsing=False)


def test_every_program_has_its_page() -> None:
    """And the table of programs links to it."""
    table = (ROOT / "docs" / "editors.md").read_text("utf-8").split("\n\n")[2]
    linked = set(re.findall(r"\(howto/([\w-]+)\.md", table))
    assert {
        "resolve",
        "premiere",
        "final-cut",
        "avid",
        "kdenlive",
        "shotcut",
        "nuke",
        "opencolorio",
        "ffmpeg",
    } <= linked


def test_strangers_ask_thirty_questions() -> None:
    """Ten of each kind; `scripts/docs --ask` asks them, in the search box of the built site."""
    assert [len(asked) for asked in QUESTIONS.values()] == [10, 10, 10]
    assert all(
        (ROOT / "docs" / page).is_file() for kind in QUESTIONS.values() for one in kind for page in one["answered by"]
    )


def test_the_pipeline_of_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [np.random.default_rng(1).random((64, 96, 3)).astype(np.float32)] * 4
    write_video(tmp_path / "clip.mp4", frames, rate=Fraction(24), encoding=encoding("bt709"), bits=8, crf=20)
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "tutorials" / "pipeline.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 3
    names: dict[str, Any] = {}
    for example in examples:
        exec(compile(example.replace('"timeline.otio"', '"clip.mp4"'), "pipeline.md", "exec"), names)
    assert names["exit_code"] == 0
    assert (tmp_path / "timeline.graded" / "graded.json").is_file()


def test_pages_of_the_site_are_there() -> None:
    """And none is forgotten, but decisions, which their own page lists."""
    named = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8")))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert named <= pages
    assert {page for page in pages - named if not page.startswith("decisions/")} == set()
