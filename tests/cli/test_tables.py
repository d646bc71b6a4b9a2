"""One table, one place: what the command line offers is what the library has, and --help loads nothing heavy for it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

from otiograde.cli import COMMANDS, group
from otiograde.color.interpolation import INTERPOLATIONS
from otiograde.decide import match
from otiograde.folder import apps
from otiograde.media import arguments
from otiograde.movie import encoders
from otiograde.record.settings import AnchorKind
from otiograde.survey import links
from otiograde.survey.kinds import KINDS
from otiograde.survey.links import finder


def choices(words: str, option: str) -> tuple[str, ...]:
    """What an option of a command (``lut apply``) may be."""
    command: click.Command = group
    for word in words.split():
        assert isinstance(command, click.Group)
        subcommand = command.get_command(click.Context(command), word)
        assert subcommand is not None
        command = subcommand
    kind = next(parameter.type for parameter in command.params if parameter.name == option)
    assert isinstance(kind, click.Choice)
    return tuple(kind.choices)


@pytest.mark.parametrize(
    ("command", "option", "table"),
    [
        ("grade", "matcher", match.MATCHERS),
        ("grade", "anchor", get_args(AnchorKind)),
        ("render", "encoder", encoders.ENCODERS),
        ("render", "hardware", encoders.HARDWARE),
        ("render", "dither", arguments.DITHERS),
        ("install-luts", "app", apps.APPS),
        ("lut apply", "interpolation", INTERPOLATIONS),
    ],
)
def test_choices_are_the_table(command: str, option: str, table: Iterable[str]) -> None:
    assert choices(command, option) == tuple(table)


TABLES = [
    ("grade", "matcher", match, "MATCHERS"),
    ("render", "encoder", encoders, "ENCODERS"),
    ("install-luts", "app", apps, "APPS"),
]


@pytest.fixture(params=TABLES, ids=[name for *_, name in TABLES])
def longer_table(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """A table with one line more, and the command that was loaded after it was written."""
    command, option, home, name = request.param
    module = importlib.import_module(f"otiograde.cli.{command.replace('-', '_')}")
    with pytest.MonkeyPatch.context() as patch:
        table = getattr(home, name)
        patch.setattr(home, name, {**table, "new": next(iter(table.values()))})
        importlib.reload(module)
        yield command, option, name
    importlib.reload(module)


def test_one_line_in_a_table_is_all_that_a_new_entry_takes(longer_table: tuple[str, str, str]) -> None:
    command, option, name = longer_table
    assert choices(command, option)[-1] == "new"
    if name == "ENCODERS":
        assert encoders.find_encoder("new").codec == "libx264"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_help_of_every_command_is_light(command: str) -> None:
    code = (
        "import sys\ntry:\n  from otiograde.cli import main\n"
        f"  main([{command!r}, '--help'])\nexcept SystemExit: pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.split()
    assert "otiograde" in loaded
    assert not {"numpy", "scipy", "cv2", "av", "opentimelineio", "rich", "torch"} & set(loaded)


def test_every_kind_of_link_has_a_finder_and_a_name_in_the_report() -> None:
    for name, kind in KINDS.items():
        assert callable(finder(name))
        assert kind.words
    folder = Path(links.__path__[0])
    finders = {path.stem for path in folder.glob("*.py") if "\ndef find(" in path.read_text("utf-8")}
    assert finders == set(KINDS)


def test_the_table_of_kinds_is_light() -> None:
    code = "import sys, otiograde.survey.kinds; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "otiograde" in loaded
    assert not {"numpy", "scipy", "cv2"} & set(loaded)
