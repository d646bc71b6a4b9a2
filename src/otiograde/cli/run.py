"""Every call of the library that grades, checks or draws, and what those commands open before it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otiograde.cli.options import GradingOptions, MeansOptions, ReadingOptions
from otiograde.cli.talk import Talk

if TYPE_CHECKING:
    from otiograde.means.cache import Cache
    from otiograde.means.means import Means
    from otiograde.means.network import Network
    from otiograde.record.edit import Edit
    from otiograde.record.graded import GradedTimeline


def default_folder(sources: Sequence[Path]) -> Path:
    """``<stem>.graded`` beside the edit, beside the folder of clips, or beside the first of the clips."""
    first = sources[0]
    name = first.resolve().name if first.is_dir() and first.suffix != ".otiod" else first.stem
    return first.resolve().parent / f"{name.removesuffix('.graded') or 'edit'}.graded"


def output_folder(sources: Sequence[Path], named: Path | None, *, force: bool) -> Path:
    """The folder to write, known to be writable before any work is done."""
    from otiograde.folder.writing import check_writable

    folder = named.absolute() if named is not None else default_folder(sources)
    if any(folder == source.absolute() for source in sources):
        raise click.UsageError(f"{folder} is the edit itself: name another folder with --output")
    check_writable(folder, force=force)
    return folder


def claim_demo_folder(folder: Path, *, force: bool) -> None:
    """The demo draws into a folder that is new, empty, or its own. Raises ``ExportError`` for any other."""
    from otiograde.errors import ExportError

    ours = folder / "demo.otio"
    if force or not folder.exists() or ours.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    raise ExportError(f"{folder} holds something else than a demo: name another folder with --output, or --force")


def open_edit(sources: Sequence[Path], options: ReadingOptions, unpack: Path) -> Edit:
    """The edit, read; the media inside an .otioz goes to the folder ``unpack``, which is made only then."""
    from otiograde.grading.pipeline import read

    reading = replace(options.reading(), unpack=unpack)
    return read(sources[0] if len(sources) == 1 else tuple(sources), reading)


@contextmanager
def open_means(options: MeansOptions, talk: Talk) -> Iterator[Means]:
    """Open the network, workers and cache asked for; the workers are gone when the block ends."""
    from otiograde.means.means import Means
    from otiograde.means.workers import default_count, processes

    network = deep_network(options, talk)
    with processes(options.jobs or default_count()) as executor:
        yield Means(executor, disk_cache(options.cache), network, talk.progress)


def disk_cache(wanted: bool) -> Cache:
    """The cache on disk in the user's cache folder (``OTIOGRADE_CACHE`` names another), or none."""
    from otiograde.means.cache import NO_CACHE, DiskCache

    if not wanted:
        return NO_CACHE
    named = os.environ.get("OTIOGRADE_CACHE")
    return DiskCache(Path(named) if named else Path(click.get_app_dir("otiograde")) / "cache")


def deep_network(options: MeansOptions, talk: Talk) -> Network | None:
    """Open the network if --deep was given; print why and return None if it is unavailable.

    A named folder of weights must have them: raises ``ToolNotFoundError``.
    """
    from otiograde.deep.network import open_network
    from otiograde.errors import ToolNotFoundError

    if not options.deep and options.weights is None:
        return None
    try:
        network = open_network(options.weights, talk.progress)
    except ToolNotFoundError as error:
        if options.weights is not None:
            raise
        talk.say("no --deep", str(error))
        return None
    talk.say("deep", f"learned matching on {network.device}")
    return network


def solve(edit: Edit, folder: Path, options: GradingOptions, means: Means, talk: Talk) -> GradedTimeline:
    """Grade the edit, or the shots and scenes asked for; all else stays as the record in ``folder`` has it."""
    from otiograde.cli.telling import tell_settings
    from otiograde.folder.reading import read_record
    from otiograde.grading.pipeline import grade_timeline
    from otiograde.grading.regrading import chosen_shots, regrade
    from otiograde.record.settings import Settings

    if not options.is_part:
        return grade_timeline(edit, settings=options.on(Settings()), means=means)
    record = read_record(folder)
    tell_settings(record, means, talk)
    shots, scenes = ([name for text in names for name in text.split(",")] for names in (options.shots, options.scenes))
    chosen = chosen_shots(record, shots, scenes)
    talk.say("again", f"{len(chosen)} of {len(record.grades)} shots; the others keep their grades")
    settings = replace(options.on(record.settings), lut_size=record.lut_size)
    return regrade(record, edit, chosen, settings=settings, means=means)
