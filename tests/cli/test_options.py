"""Options become typed values: a command that shares a group of options takes it as one dataclass.

Tests: cli/options.py, cli/values.py
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from otiograde.cli import COMMANDS, group
from otiograde.cli.options import (
    GradingOptions,
    MeansOptions,
    ReadingOptions,
    cache_option,
    deep_options,
    grouped,
    jobs_option,
    reading_options,
    steady_options,
)
from otiograde.record.settings import Settings, Steadying


@click.command()
@jobs_option
@cache_option("Nothing is kept.")
@deep_options
@reading_options
@click.option("--other", default=1)
@grouped(MeansOptions, "means")
def all_options(other: int, means: MeansOptions, reading: ReadingOptions) -> None:
    click.echo(repr((other, means, reading)))


@click.command()
@jobs_option
@grouped(MeansOptions, "means")
def jobs_alone(means: MeansOptions) -> None:
    click.echo(repr(means))


def output(command: click.Command, *arguments: str) -> str:
    return CliRunner().invoke(command, arguments, catch_exceptions=False).output.strip()


def test_options_left_out_have_their_defaults() -> None:
    reading = ReadingOptions(None, None, strict=False, encoding=(), lock=(), hero=(), strength=None)
    assert output(all_options) == repr((1, MeansOptions(cache=True), reading))


def test_options_are_gathered(tmp_path: Path) -> None:
    words = ["-j", "3", "--no-cache", "--deep", "--weights", str(tmp_path), "--other", "2", "--rate", "25", "--strict"]
    words += ["--media-root", str(tmp_path), "--encoding", "pq", "--lock", "a", "--lock", "b", "--strength", "0.5"]
    reading = ReadingOptions(
        Fraction(25), tmp_path, strict=True, encoding=("pq",), lock=("a", "b"), hero=(), strength=0.5
    )
    assert output(all_options, *words) == repr((2, MeansOptions(3, cache=False, deep=True, weights=tmp_path), reading))
    assert reading.reading().encoding is not None


def test_a_command_without_an_option_gets_the_default_of_the_field() -> None:
    assert output(jobs_alone, "--jobs", "2") == repr(MeansOptions(jobs=2))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_takes_typed_parameters(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    for subcommand in command.commands.values() if isinstance(command, click.Group) else [command]:
        signature = inspect.signature(subcommand.callback)
        for parameter in signature.parameters.values():
            assert parameter.kind is not inspect.Parameter.VAR_KEYWORD, subcommand.name
            assert parameter.annotation not in (inspect.Parameter.empty, "Any"), f"{subcommand.name}: {parameter.name}"


@click.command()
@steady_options
def steady_alone(steady: tuple[tuple[str, str], ...], steady_to: str | None) -> None:
    grading = GradingOptions(None, None, (), 1.0, None, 0.0, None, None, None, (), steady, steady_to)  # type: ignore[arg-type]
    click.echo(repr((steady, grading.applied_to(Settings()).steadying)))


@pytest.mark.parametrize(
    ("words", "steady", "steadying"),
    [
        ((), (), Steadying()),
        (("--steady", "all"), (("", "all"),), Steadying("all")),
        (("--steady", "a@b@steps", "--steady-to", "middle"), (("a@b", "steps"),), Steadying("off", "middle")),
        (("--steady", "off", "--steady", "steps"), (("", "off"), ("", "steps")), Steadying("steps")),
    ],
)
def test_steady_holds_for_all_shots_or_for_one(words: tuple[str, ...], steady: object, steadying: Steadying) -> None:
    assert output(steady_alone, *words) == repr((steady, steadying))


def test_a_kind_of_steadying_that_is_none_is_a_usage_error() -> None:
    result = CliRunner().invoke(steady_alone, ["--steady", "sh010@always"])
    assert result.exit_code == 2
    assert "'sh010@always': give off, steps, all, after SHOT@ or alone" in result.output
    result = CliRunner().invoke(steady_alone, ["--steady", "sh010@"])
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    assert "'sh010@': nothing follows the @: give one of sh010@off, sh010@steps, sh010@all" in said


@pytest.mark.parametrize("option", ["--boldness", "--look-strength", "--look-palette", "--look-every", "--strength"])
def test_no_number_is_a_usage_error(option: str, tmp_path: Path) -> None:
    (clip := tmp_path / "a.mp4").write_bytes(b"")
    result = CliRunner().invoke(group, ["grade", str(clip), option, "nan"])
    assert result.exit_code == 2
    assert "'nan' is not a number" in result.output


@pytest.mark.parametrize(
    ("name", "changed"), [("--look-every", {"look_every": 2.0}), ("--look-palette", {"look_palette": 0.3})]
)
def test_how_a_look_is_read_needs_a_look(name: str, changed: dict[str, Any]) -> None:
    grading = GradingOptions(None, None, (), 1.0, None, 0.0, None, None, None, ())
    with pytest.raises(click.UsageError, match=f"{name} says how --look is read"):
        replace(grading, **changed).applied_to(Settings())
