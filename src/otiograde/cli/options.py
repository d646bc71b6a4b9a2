"""The options that several commands share, and the dataclasses that carry their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from otiograde.cli.values import LookSource, MappedPath, NumberRange, Rate, ShotSteady, ShotStep
from otiograde.record.settings import LONGEST, SHORTEST, STRONGEST_GRADE

if TYPE_CHECKING:
    from otiograde.means.paths import PathRule
    from otiograde.record.lab_target import LabTarget
    from otiograde.record.settings import AnchorKind, LookKind, Settings, SteadyKind, SteadyTo
    from otiograde.timeline import Reading
    from otiograde.timeline.reading import CutsKind

_Command = TypeVar("_Command", bound=Callable[..., Any])

#: The kinds of look that can be made of stills: those in ``grading.look_files.KINDS``.
LOOKS = ("grade", "palette", "style")


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
    #: Scenes to make, as ``NAME=SHOT,SHOT``.
    scene: tuple[str, ...] = ()
    #: Where scenes come from, or scenes of OUTPUT to grade again.
    scenes: tuple[str, ...] = ()

    @property
    def source_of_scenes(self) -> str | None:
        """The one of ``scenes`` that says where scenes come from: one of ``SCENE_SOURCES``, or a file.

        Raises ``click.UsageError`` if there are two.
        """
        from otiograde.timeline.reading import SCENE_SOURCES

        sources = [name for name in self.scenes if name in SCENE_SOURCES or _is_list(name)]
        if len(sources) > 1:
            raise click.UsageError(f"--scenes {sources[0]} and --scenes {sources[1]}: name one source of scenes")
        return sources[0] if sources else None

    @property
    def scenes_again(self) -> tuple[str, ...]:
        """The scenes of an earlier output that are graded again."""
        return tuple(name for name in self.scenes if name != self.source_of_scenes)

    def reading(self) -> Reading:
        """Return the options for the library. Raises ``EncodingError`` for an unknown encoding."""
        from otiograde.color.encodings import encoding
        from otiograde.timeline import Reading

        parts = [text.rpartition("@") for text in self.encoding]
        general = [encoding(name) for _, at, name in parts if not at]
        return Reading(
            media_root=self.media_root,
            strict=self.strict,
            rate=self.rate,
            encoding=general[-1] if general else None,
            encodings=tuple((pattern, encoding(name)) for pattern, at, name in parts if at),
            lock=self.lock,
            hero=self.hero,
            strength=self.strength,
            cuts=self.cuts,
            steady=self.steadied,
            scene=self.scene,
            scenes=self.source_of_scenes,
        )


def _is_list(name: str) -> bool:
    """Whether a name is that of a list of scenes: a file, or a CSV or JSON file that is not there."""
    return Path(name).suffix.lower() in {".csv", ".json"} or Path(name).is_file()


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
    #: The cluster that works instead of processes here, as in ``means.engines.cluster``.
    cluster: str | None = None
    #: Names of folders on its machines.
    map_path: tuple[PathRule, ...] = ()


@dataclass(frozen=True, slots=True)
class GradingOptions:
    """How ``otiograde grade`` grades, and which shots. None: as in the earlier record, else the default."""

    #: A name in ``decide.match.MATCHERS``.
    matcher: str | None
    #: What a scene is solved towards.
    anchor: AnchorKind | None
    #: A .cube, Lab statistics, or stills, folders of stills and clips of one look, which every scene gets.
    look: tuple[Path | LabTarget, ...]
    #: Strength of that look, 0 to 1, or to 1.5 for a grade.
    look_strength: float
    #: How stills are read.
    look_as: LookKind | None
    #: Share of their palette that is mixed into a grade.
    look_palette: float
    #: Seconds between the keys of a look that changes.
    look_every: float | None
    #: Nodes on a side of each LUT.
    lut_size: str | None
    #: How much of a correction is applied that nothing proves, 0 to 1.
    boldness: float | None
    #: Shots to grade again, by id or name; one text may name several, separated by commas. Without them, and without
    #: scenes to grade again, the whole edit is graded.
    shots: tuple[str, ...]
    #: Which changes inside shots are taken out, with the name of a shot or scene, or empty for all.
    steady: tuple[tuple[str, SteadyKind], ...] = ()
    #: Which frame of a shot stays as it is then.
    steady_to: SteadyTo | None = None

    def applied_to(self, settings: Settings) -> Settings:
        """Return the settings with those replaced that the command line states."""
        from otiograde.record.settings import Anchor, Matching

        files = tuple(look.absolute() for look in self.look if isinstance(look, Path))
        targets = [look for look in self.look if not isinstance(look, Path)]
        if targets and len(self.look) > 1:
            raise click.UsageError("--look lab:… is a look alone: give no other --look beside it")
        if not self.look and (self.look_every is not None or self.look_palette):
            name = "--look-palette" if self.look_every is None else "--look-every"
            raise click.UsageError(f"{name} says how --look is read: give --look, too")
        return replace(
            settings,
            matcher=Matching(self.matcher) if self.matcher else settings.matcher,
            anchor=Anchor(self.anchor) if self.anchor else settings.anchor,
            lut_size=int(self.lut_size) if self.lut_size else settings.lut_size,
            look=files[0] if files else None if self.look else settings.look,
            more_looks=files[1:] if self.look else settings.more_looks,
            look_lab=next(iter(targets), None) if self.look else settings.look_lab,
            look_strength=self.look_strength if self.look else settings.look_strength,
            steadying=replace(
                settings.steadying,
                mode=next((kind for name, kind in reversed(self.steady) if not name), settings.steadying.mode),
                to=self.steady_to or settings.steadying.to,
            ),
            boldness=settings.boldness if self.boldness is None else self.boldness,
            look_as=self.look_as or settings.look_as,
            look_palette=self.look_palette if self.look else settings.look_palette,
            look_every=self.look_every if self.look else settings.look_every,
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


def look_options(command: _Command) -> _Command:
    """Add ``--look`` and the options that say how it is read."""
    options = (
        click.option(
            "--look",
            type=LookSource(),
            multiple=True,
            metavar="PATH|lab:…",
            help="Look of every scene: a .cube; Lab statistics (lab:55,18/2,12/8,14 or .toml); or stills, a folder "
            "or a clip of one look (may be repeated).",
        ),
        click.option(
            "--look-as",
            type=click.Choice(LOOKS),
            help="What stills give: grade, what was done to them; palette, their colors; style, what a network sees of "
            "their style (slow).  [default: grade]",
        ),
        click.option(
            "--look-strength",
            type=NumberRange(0, STRONGEST_GRADE),
            default=1.0,
            show_default=True,
            help="Strength of --look.",
        ),
        click.option(
            "--look-palette",
            type=NumberRange(0, 1),
            default=0.0,
            show_default=True,
            help="Share of the palette that is mixed into a grade.",
        ),
        click.option(
            "--look-every",
            type=NumberRange(SHORTEST, LONGEST),
            metavar="SECONDS",
            help="Let the look change as the clip does that --look names, with a key every so many seconds.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def deep_options(command: _Command) -> _Command:
    """Add ``--deep`` and ``--weights``."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    command = click.option("--weights", type=folder, help="Folder with the weights; turns on --deep.")(command)
    text = "Also match with neural networks: other angles, distances and times (slower)."
    return click.option("--deep", is_flag=True, help=text)(command)


def cluster_options(command: _Command) -> _Command:
    """Add ``--cluster`` and ``--map-path``."""
    text = "Name of a folder on the workers of --cluster, perhaps of one platform: linux:X:\\a=/b (may be repeated)."
    command = click.option("--map-path", type=MappedPath(), multiple=True, metavar="FROM=TO", help=text)(command)
    text = "Work on a cluster of Dask: the address of its scheduler, local:N, or a queue such as slurm:N."
    return click.option("--cluster", metavar="ADDRESS", help=text)(command)


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


def _scene_options() -> tuple[Callable[[_Command], _Command], ...]:
    """Return the options that name scenes."""
    return (
        click.option(
            "--scenes",
            multiple=True,
            metavar="SOURCE",
            help="Where scenes come from: auto, one, tracks, folders, names, markers, or a CSV or JSON file.",
        ),
        click.option(
            "--scene",
            multiple=True,
            metavar="NAME=SHOT,SHOT",
            help="Put these shots into the scene of this name (may be repeated).",
        ),
    )


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
        click.option("--strength", type=NumberRange(0, 1), help="Strength of every correction."),
        click.option(
            "--cuts",
            type=click.Choice(["auto", "off", "always"]),
            default="auto",
            help="Take one movie apart into its shots; auto: if it lasts more than 5 seconds; always: each of several, "
            "too.  [default: auto]",
        ),
    )
    command = grouped(ReadingOptions, "reading")(command)
    for option in reversed((*options, *_scene_options())):
        command = option(command)
    return command
