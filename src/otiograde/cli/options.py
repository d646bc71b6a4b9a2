"""The options that several commands share, and the nouns they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

if TYPE_CHECKING:
    from otiograde.record.settings import AnchorKind
    from otiograde.record.steps import Step
    from otiograde.timeline import Reading

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How an edit is read; the fields are those of ``timeline.Reading``, as they stand on the command line."""

    rate: Fraction | None
    media_root: Path | None
    strict: bool
    encoding: str | None
    lock: tuple[str, ...]
    hero: tuple[str, ...]
    strength: float | None

    def reading(self) -> Reading:
        """Raises ``EncodingError`` for an encoding that has no such name."""
        from otiograde.color.encodings import encoding
        from otiograde.timeline import Reading

        return Reading(
            media_root=self.media_root,
            strict=self.strict,
            rate=self.rate,
            encoding=encoding(self.encoding) if self.encoding else None,
            lock=self.lock,
            hero=self.hero,
            strength=self.strength,
        )


@dataclass(frozen=True, slots=True)
class MeansOptions:
    """What a command works with. The defaults are those of a command without the option."""

    #: Worker processes; None is one a core.
    jobs: int | None = None
    #: Whether samples and links are kept on disk.
    cache: bool = False
    #: Whether neural networks match, too.
    deep: bool = False
    #: The folder of their weights; naming one turns ``deep`` on.
    weights: Path | None = None


@dataclass(frozen=True, slots=True)
class GradingOptions:
    """How ``otiograde grade`` decides, and of which shots."""

    #: None of these: as the output was graded, or the default.
    matcher: str | None
    anchor: AnchorKind | None
    look: Path | None
    look_strength: float
    lut_size: str | None
    #: Names of the shots and scenes to grade again, several in one text with commas. None of either: the whole edit.
    shots: tuple[str, ...]
    scenes: tuple[str, ...]

    @property
    def is_part(self) -> bool:
        """Whether only some shots of an earlier output are graded again."""
        return bool(self.shots or self.scenes)


def gathered(kind: type[Any], name: str) -> Callable[[_Command], _Command]:
    """Hand a command those of its options that are fields of the dataclass ``kind`` as one value called ``name``.

    Stands below the options in the list of decorators.
    """

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def call(**given: Any) -> Any:
            values = {field.name: given.pop(field.name) for field in fields(kind) if field.name in given}
            return command(**given, **{name: kind(**values)})

        return cast("_Command", call)

    return decorate


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


def jobs_option(command: _Command) -> _Command:
    """``--jobs``."""
    about = "Worker processes.  [default: one a core]"
    return click.option("--jobs", "-j", type=click.IntRange(min=1), help=about)(command)


def cache_option(about: str) -> Callable[[_Command], _Command]:
    """``--no-cache``, and what that means for the command."""
    return click.option("--no-cache", "cache", is_flag=True, flag_value=False, default=True, help=about)


def talking_options(command: _Command) -> _Command:
    """``--json`` and ``--quiet``."""
    command = click.option("--quiet", "-q", is_flag=True, help="Say nothing while working.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")(command)


def reading_options(command: _Command) -> _Command:
    """The options that say how an edit is read: the command gets them as ``reading``, ``ReadingOptions``."""
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
    command = gathered(ReadingOptions, "reading")(command)
    for option in reversed(options):
        command = option(command)
    return command
