"""The options that several commands share, and the nouns they become."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from otiograde.record.steps import Step
    from otiograde.timeline import Reading

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Rate(click.ParamType[Fraction]):
    """A frame rate: ``24``, ``23.976``, ``30000/1001``."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """The rate as an exact fraction; 23.976, 29.97 and 59.94 are the 1001 family."""
        try:
            rate = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is not a frame rate (24, 23.976, 30000/1001)", param, ctx)
        if not 0 < rate <= 1000:
            self.fail(f"{value!r} is not between 0 and 1000 frames a second", param, ctx)
        nearest = round(rate) * Fraction(1000, 1001)
        return nearest if rate.denominator > 1 and abs(rate - nearest) < Fraction(1, 200) else rate


class StepOf(click.ParamType["tuple[str, Step]"]):
    """A step, and whose it is: ``eq:saturation=1.1``, ``sh010@before:colortemperature:5000``."""

    name = "step"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Step]:
        """The name of the shot or scene (empty: all), and the step."""
        from otiograde.errors import StepError
        from otiograde.record.steps import parse_step

        who, _, text = str(value).rpartition("@")
        try:
            return who, parse_step(text)
        except StepError as error:
            self.fail(str(error), param, ctx)


def step_option(command: _Command) -> _Command:
    """``--step``."""
    about = "Run this filter of FFmpeg's after the LUT when rendering, as eq:saturation=1.1 (may be repeated)."
    return click.option("--step", "steps", type=StepOf(), multiple=True, metavar="[SHOT@]STEP", help=about)(command)


def deep_options(command: _Command) -> _Command:
    """``--deep`` and ``--weights``."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    command = click.option("--weights", type=folder, help="Folder of the weights of --deep.")(command)
    about = "Match other angles and distances with neural networks, too (slower)."
    return click.option("--deep", is_flag=True, help=about)(command)


def talking_options(command: _Command) -> _Command:
    """``--json`` and ``--quiet``."""
    command = click.option("--quiet", "-q", is_flag=True, help="Say nothing while working.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")(command)


def reading_options(command: _Command) -> _Command:
    """The options that say how an edit is read."""
    options = (
        click.option("--rate", type=Rate(), help="Frame rate of an EDL, which does not say it itself."),
        click.option(
            "--media-root",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Look for media by file name in this folder, too.",
        ),
        click.option("--strict", is_flag=True, help="Missing media is an error, not a skipped shot."),
        click.option("--encoding", metavar="NAME", help="Encoding of all media (bt709, bt601-625, srgb, pq, hlg …)."),
        click.option("--lock", multiple=True, metavar="SHOT", help="Keep this shot as it is (may be repeated)."),
        click.option("--hero", multiple=True, metavar="SHOT", help="This shot's grade leads its scene (one a scene)."),
        click.option("--strength", type=click.FloatRange(0, 1), help="Strength of every correction, 0 to 1."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def to_reading(given: dict[str, Any]) -> Reading:
    """The ``Reading`` that the reading options of a command ask for; takes them out of ``given``."""
    from otiograde.color.encodings import encoding
    from otiograde.timeline import Reading

    name = given.pop("encoding")
    return Reading(
        media_root=given.pop("media_root"),
        strict=given.pop("strict"),
        rate=given.pop("rate"),
        encoding=encoding(name) if name else None,
        lock=given.pop("lock"),
        hero=given.pop("hero"),
        strength=given.pop("strength"),
    )
