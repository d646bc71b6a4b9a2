"""``otiograde doctor``: what otiograde works with on this machine, and how to get what is missing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import click

from otiograde.cli.cache import described
from otiograde.cli.console import FINDING_FAILED, show_json
from otiograde.cli.options import output_options

#: What is needed and missing, or damaged, is ``fault``; what is only missing for more is ``none``.
State = Literal["ok", "none", "fault"]


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of one thing that otiograde works with."""

    #: What it is.
    name: str
    state: State
    #: What is there; or what is missing, and how to get it.
    text: str


@click.command()
@click.option("--ffmpeg", metavar="PROGRAM", help="FFmpeg to examine.  [default: that of `otiograde render`]")
@output_options
def doctor(ffmpeg: str | None, as_json: bool, quiet: bool) -> int:
    """Examine what otiograde works with on this machine, and say how to get what is missing.

    The exit code is 3 if something that every run needs is missing or damaged, or the FFmpeg that you name.
    """
    conditions = list(examine(ffmpeg))
    if as_json:
        show_json([asdict(condition) for condition in conditions])
    elif not quiet:
        for condition in conditions:
            click.echo(f"  {condition.state:<6} {condition.name:<14} {condition.text}")
    return FINDING_FAILED if any(condition.state == "fault" for condition in conditions) else 0


def examine(ffmpeg: str | None = None) -> Iterator[Condition]:
    """Examine the program, FFmpeg, the optional packages, the weights, the cache, and the editing programs."""
    yield _program()
    yield from _ffmpeg(ffmpeg)
    yield _package("opencolorio", "OpenColorIO", "checks of what is written for it need it", "otiograde[ocio]")
    yield _package("distributed", "Dask", "`--cluster` needs it", "otiograde[cluster]")
    yield from _networks()
    yield _cache()
    yield _tool("melt", "MLT projects are rendered by it", "install the package melt, or Shotcut or Kdenlive")
    yield from _editors()


def _program() -> Condition:
    from otiograde import __version__
    from otiograde.color.rows import kernel_levels

    python = ".".join(map(str, sys.version_info[:3]))
    level, present = kernel_levels()
    text = f"{__version__} on Python {python}; kernels for {level} (this CPU: {', '.join(present)})"
    return Condition("otiograde", "ok", text)


def _ffmpeg(named: str | None) -> Iterator[Condition]:
    from otiograde.errors import OtiogradeError
    from otiograde.media.ffmpeg import VARIABLE, encoders_of, find_ffmpeg
    from otiograde.movie.encoders import ENCODERS

    try:
        program = find_ffmpeg(named)
        present = encoders_of(program)
    except OtiogradeError as error:
        # Only rendering needs one. One that is named and does not work is wrong all the same.
        asked = named is not None or bool(os.environ.get(VARIABLE))
        state: State = "fault" if asked else "none"
        yield Condition("FFmpeg", state, f"`otiograde render` needs it: {error}")
        return
    number = ".".join(map(str, program.version)) if program.version < (999, 0) else "of the repository"
    yield Condition("FFmpeg", "ok", f"{number} ({program.path.name})")
    if not program.has_zscale:
        yield Condition(
            "zscale", "none", "this FFmpeg converts between encodings less exactly: use one that is built with zimg"
        )
    missing = [name for name, encoder in ENCODERS.items() if encoder.codec not in present]
    if missing:
        yield Condition("encoders", "none", f"this FFmpeg lacks those of {', '.join(missing)}: use a fuller build")
    else:
        yield Condition("encoders", "ok", ", ".join(ENCODERS))


def _package(distribution: str, name: str, purpose: str, extra: str) -> Condition:
    try:
        return Condition(name, "ok", version(distribution))
    except PackageNotFoundError:
        return Condition(name, "none", f"not installed, and {purpose}: pip install '{extra}'")


def _networks() -> Iterator[Condition]:
    from otiograde.deep import weights
    from otiograde.errors import ToolNotFoundError

    torch = _package("torch", "torch", "`--deep` and style looks need it", "otiograde[deep]")
    if torch.state == "ok":
        from otiograde.deep.network import best_device

        torch = Condition("torch", "ok", f"{torch.text}, runs on {best_device()}")
    yield torch
    yield _package("kornia", "kornia", "`--deep` needs it", "otiograde[deep]")
    for file in (weights.ALIKED, weights.LIGHTGLUE, weights.EFFICIENTNET, weights.TRANSNET):
        try:
            path = weights.find_file(file)
        except ToolNotFoundError as error:
            yield Condition("weights", "none", str(error))
        else:
            yield Condition("weights", "ok", path.name)


def _cache() -> Condition:
    from otiograde.cli.run import CACHE, user_cache

    cache = user_cache()
    used = cache.usage()
    state = f"{cache.folder}: {described(used)}, of at most {cache.limit / 2**30:g} GiB"
    folder = next(path for path in (cache.folder, *cache.folder.absolute().parents) if path.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return Condition(
            "cache", "none", f"{state}; it cannot be written: name another folder in {CACHE}, or use --no-cache"
        )
    return Condition("cache", "ok", state)


def _tool(name: str, purpose: str, remedy: str) -> Condition:
    program = shutil.which(name)
    if program is None:
        return Condition(name, "none", f"not on the PATH, and {purpose}: {remedy}")
    return Condition(name, "ok", program)


def _editors() -> Iterator[Condition]:
    from otiograde.errors import ExportError
    from otiograde.folder.apps import APPS
    from otiograde.folder.installing import Machine, lut_folder

    machine = Machine(sys.platform, Path.home(), os.environ)
    for app in APPS:
        try:
            folder = lut_folder(app, machine)
        except ExportError as error:
            yield Condition(app, "none", str(error))
        else:
            there = folder.is_dir()
            yield Condition(
                app, "ok" if there else "none", f"LUT folder {folder}{'' if there else ' is not there yet'}"
            )
