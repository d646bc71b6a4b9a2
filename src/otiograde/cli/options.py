"""The options that several commands share, and the dataclasses that carry their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

import click

if TYPE_CHECKING:
    from otiograde.record.settings import AnchorKind, Settings, SteadyKind, SteadyTo
    from otiograde.record.steps import Step
    from otiograde.timeline import Reading
    from otiograde.timeline.reading import CutsKind

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How an edit is read. The fields are those of ``timeline.Reading``, with the encoding still a name."""

    #: Frames a second, for an edit that does not state its rate.
    rate: Fraction | None
    #: A folder in which missing media are looked for by file name.
    media_root: Path | None
    #: Whether missing media are an error.
    strict: bool
    #: Names of encodings: of all media, or of those that a pattern names (``PATTERN@NAME``).
    encoding: tuple[str, ...]
    #: Shots to lock, by id or name.
    lock: tuple[str, ...]
    #: Heroes, by id or name.
    hero: tuple[str, ...]
    #: Strength of every correction, 0 to 1. None: as the edit says.
    strength: float | None
    #: When one video file is taken apart into its shots.
    cuts: CutsKind = "auto"
    #: Shots or wished scenes by name, and which changes inside them are taken out: of ``GradingOptions.steady``.
    steadied: tuple[tuple[str, SteadyKind], ...] = ()

    def reading(self) -> Reading:
        """Return the options for the library. Raises ``EncodingError`` for an unknown encoding."""
        from otiograde.color.encodings import encoding
        from otiograde.timeline import Reading

        parts = [text.rpartition("@") for text in self.encoding]
        every = [encoding(name) for _, at, name in parts if not at]
        return Reading(
            media_root=self.media_root,
            strict=self.strict,
            rate=self.rate,
            encoding=every[-1] if every else None,
            encodings=tuple((pattern, encoding(name)) for pattern, at, name in parts if at),
            lock=self.lock,
            hero=self.hero,
            strength=self.strength,
            cuts=self.cuts,
            steady=self.steadied,
        )


@dataclass(frozen=True, slots=True)
class MeansOptions:
    """What a command works with. The defaults hold for a command that does not have the option."""

    #: Number of worker processes. None: one for each core.
    jobs: int | None = None
    #: Whether samples and links are cached on disk.
    cache: bool = False
    #: Whether neural networks match too.
    deep: bool = False
    #: Folder of their weights. Naming one turns ``deep`` on.
    weights: Path | None = None


@dataclass(frozen=True, slots=True)
class GradingOptions:
    """How ``otiograde grade`` grades, and which shots. None: as in the earlier record, else the default."""

    #: A name in ``decide.match.MATCHERS``.
    matcher: str | None
    #: What a scene is solved towards.
    anchor: AnchorKind | None
    #: A still or .cube file whose look every scene gets.
    look: Path | None
    #: Strength of that look, 0 to 1.
    look_strength: float
    #: Nodes on a side of each LUT.
    lut_size: str | None
    #: Shots to grade again, by id or name; one text may name several, separated by commas.
    shots: tuple[str, ...]
    #: Scenes to grade again, in the same form. Without shots and scenes, the whole edit is graded.
    scenes: tuple[str, ...]
    #: Which changes inside shots are taken out, with the name of a shot or scene, or empty for all.
    steady: tuple[tuple[str, SteadyKind], ...] = ()
    #: Which frame of a shot stays as it is then.
    steady_to: SteadyTo | None = None

    @property
    def is_part(self) -> bool:
        """Whether only some shots of an earlier output are graded again."""
        return bool(self.shots or self.scenes)

    def applied_to(self, settings: Settings) -> Settings:
        """Return the settings with those replaced that the command line states."""
        from otiograde.record.settings import Anchor, Matching

        return replace(
            settings,
            matcher=Matching(self.matcher) if self.matcher else settings.matcher,
            anchor=Anchor(self.anchor) if self.anchor else settings.anchor,
            lut_size=int(self.lut_size) if self.lut_size else settings.lut_size,
            look=self.look.absolute() if self.look else settings.look,
            look_strength=self.look_strength if self.look else settings.look_strength,
            steadying=replace(
                settings.steadying,
                mode=next((kind for name, kind in reversed(self.steady) if not name), settings.steadying.mode),
                to=self.steady_to or settings.steadying.to,
            ),
        )


def grouped(kind: type[Any], name: str) -> Callable[[_Command], _Command]:
    """Pass the options that are fields of the dataclass ``kind`` to a command as one parameter called ``name``.

    In the list of decorators, this one comes below the options.
    """

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def call(**parameters: Any) -> Any:
            values = {field.name: parameters.pop(field.name) for field in fields(kind) if field.name in parameters}
            return command(**parameters, **{name: kind(**values)})

        return cast("_Command", call)

    return decorate


class Rate(click.ParamType[Fraction]):
    """A frame rate: ``24``, ``23.976``, ``30000/1001``."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the rate as an exact fraction. 23.976, 29.97 and 59.94 become multiples of 1000/1001."""
        try:
            rate = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is not a frame rate (24, 23.976, 30000/1001)", param, ctx)
        if not 0 < rate <= 1000:
            self.fail(f"{value!r} is not between 0 and 1000 frames a second", param, ctx)
        nearest = round(rate) * Fraction(1000, 1001)
        return nearest if rate.denominator > 1 and abs(rate - nearest) < Fraction(1, 200) else rate


class ShotStep(click.ParamType["tuple[str, Step]"]):
    """A step with its shot or scene: ``eq:saturation=1.1``, ``sh010@before:colortemperature:5000``."""

    name = "step"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Step]:
        """Return the name of the shot or scene (empty for all shots), and the step."""
        from otiograde.errors import StepError
        from otiograde.record.steps import parse_step

        name, _, text = str(value).rpartition("@")
        try:
            return name, parse_step(text)
        except StepError as error:
            self.fail(str(error), param, ctx)


class ShotSteady(click.ParamType["tuple[str, SteadyKind]"]):
    """Which changes are taken out, with or without a shot or scene: ``steps``, ``sh010@all``."""

    name = "steady"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, SteadyKind]:
        """Return the name of the shot or scene (empty for all shots), and the kind."""
        from otiograde.record.settings import SteadyKind

        name, _, text = str(value).rpartition("@")
        kinds: dict[str, SteadyKind] = {kind: kind for kind in get_args(SteadyKind)}
        if text not in kinds:
            self.fail(f"{value!r}: give {', '.join(kinds)}, after SHOT@ or alone", param, ctx)
        return name, kinds[text]


def steady_options(command: _Command) -> _Command:
    """Add ``--steady`` and ``--steady-to``."""
    text = "Frame of a shot whose colors stay: first, middle, or median, the usual one.  [default: first]"
    command = click.option("--steady-to", type=click.Choice(["first", "middle", "median"]), help=text)(command)
    text = "Take changes inside shots out: off, steps, or all: drift and flicker too (may be repeated).  [default: off]"
    return click.option("--steady", type=ShotSteady(), multiple=True, metavar="[SHOT@]KIND", help=text)(command)


def step_option(command: _Command) -> _Command:
    """Add ``--step``."""
    text = "Run this FFmpeg filter after the LUT when rendering, such as eq:saturation=1.1 (may be repeated)."
    return click.option("--step", "steps", type=ShotStep(), multiple=True, metavar="[SHOT@]STEP", help=text)(command)


def deep_options(command: _Command) -> _Command:
    """Add ``--deep`` and ``--weights``."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    command = click.option("--weights", type=folder, help="Folder with the weights; turns on --deep.")(command)
    text = "Also match with neural networks: other angles, distances and times (slower)."
    return click.option("--deep", is_flag=True, help=text)(command)


def jobs_option(command: _Command) -> _Command:
    """Add ``--jobs``."""
    text = "Number of worker processes.  [default: one for each core]"
    return click.option("--jobs", "-j", type=click.IntRange(min=1), help=text)(command)


def cache_option(text: str) -> Callable[[_Command], _Command]:
    """Add ``--no-cache``. ``text`` is its help."""
    return click.option("--no-cache", "cache", is_flag=True, flag_value=False, default=True, help=text)


def output_options(command: _Command) -> _Command:
    """Add ``--json`` and ``--quiet``."""
    command = click.option("--quiet", "-q", is_flag=True, help="Print no lines about the work.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")(command)


def verbose_option(command: _Command) -> _Command:
    """Add ``--verbose``."""
    text = "Print a line for each shot, with every reason."
    return click.option("--verbose", "-v", is_flag=True, help=text)(command)


def reading_options(command: _Command) -> _Command:
    """Add the options for reading an edit. The command gets them as ``reading``, a ``ReadingOptions``."""
    options = (
        click.option("--rate", type=Rate(), help="Frame rate of an EDL or of a timeline made of clips."),
        click.option(
            "--media-root",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Look for missing media in this folder too, by file name.",
        ),
        click.option("--strict", is_flag=True, help="Treat missing media as an error instead of skipping the shot."),
        click.option(
            "--encoding",
            multiple=True,
            metavar="[CLIP@]NAME",
            help="Encoding of all media, or of clips and files by name (A001*@slog3-cine): bt709, pq, logc3 …",
        ),
        click.option("--lock", multiple=True, metavar="SHOT", help="Leave this shot as it is (may be repeated)."),
        click.option(
            "--hero",
            multiple=True,
            metavar="SHOT",
            help="Make this shot's grade lead its scene (one for each scene; may be repeated).",
        ),
        click.option("--strength", type=click.FloatRange(0, 1), help="Strength of every correction."),
        click.option(
            "--cuts",
            type=click.Choice(["auto", "off", "always"]),
            default="auto",
            help="Take one movie apart into its shots; auto: if it lasts more than 5 seconds.  [default: auto]",
        ),
    )
    command = grouped(ReadingOptions, "reading")(command)
    for option in reversed(options):
        command = option(command)
    return command
