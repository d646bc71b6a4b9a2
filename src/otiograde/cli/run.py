"""Steps that several commands share: choose the output folder, open edit and means, and grade."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import Console, typed
from otiograde.cli.options import GradingOptions, MeansOptions, ReadingOptions

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from otiograde.means.cache import Cache, DiskCache
    from otiograde.means.means import Means
    from otiograde.means.network import Network
    from otiograde.record.edit import Edit
    from otiograde.record.graded import GradedTimeline

#: Environment variables of the cache: its folder, and its size in GiB.
CACHE, CACHE_LIMIT = "OTIOGRADE_CACHE", "OTIOGRADE_CACHE_LIMIT"


def default_folder(sources: Sequence[Path]) -> Path:
    """Return ``<stem>.graded`` beside the edit, beside the folder of clips, or beside the first clip."""
    first = sources[0]
    name = first.resolve().name if first.is_dir() and first.suffix != ".otiod" else first.stem
    return first.resolve().parent / f"{name.removesuffix('.graded') or 'edit'}.graded"


def check_sources(sources: Sequence[Path]) -> None:
    """Raise ``TimelineError`` for an output folder of otiograde, or its record, in the place of an edit."""
    from otiograde.errors import TimelineError
    from otiograde.folder.layout import RECORD

    for source in sources:
        folder = source.parent if source.name == RECORD else source
        if (folder / RECORD).is_file():
            again = f"`otiograde EDIT -o {typed(folder)} --shots SHOT`"
            ways = f"open it with `otiograde review {typed(folder)}`, or grade shots of its edit again with {again}"
            raise TimelineError(f"{source} is an output of otiograde, not an edit: {ways}")


def output_folder(sources: Sequence[Path], named: Path | None, *, force: bool) -> Path:
    """Return the folder to write, after checking that it can be written. Raises ``ExportError``."""
    from otiograde.folder.writing import check_writable

    check_sources(sources)
    folder = named.absolute() if named is not None else default_folder(sources)
    if any(folder == source.absolute() for source in sources):
        raise click.UsageError(f"{folder} is the edit itself: name another folder with --output")
    for note in check_writable(folder, force=force):
        click.echo(f"  {'note':<10} {note}", err=True)
    return folder


def check_demo_folder(folder: Path, *, force: bool) -> None:
    """Raise ``ExportError`` unless the folder is new, empty, or from an earlier demo."""
    from otiograde.errors import ExportError

    demo_edit = folder / "demo.otio"
    if force or not folder.exists() or demo_edit.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    raise ExportError(f"{folder} holds something else than a demo: name another folder with --output, or --force")


def open_edit(
    sources: Sequence[Path],
    options: ReadingOptions,
    unpack: Path,
    means: Means | None = None,
    *,
    again: bool = False,
) -> Edit:
    """Read the edit; with ``means``, a movie is searched for cuts with their network, and progress is shown.

    The media of an .otioz file are unpacked to the folder ``unpack``, which is made only then. ``again`` says whether
    ``--scenes`` may name scenes of an earlier output.
    """
    from otiograde.grading.pipeline import read
    from otiograde.means.means import Means

    check_sources(sources)
    if options.scenes_again and not again:
        from otiograde.timeline.reading import SCENE_SOURCES

        sources_of = f"one of {', '.join(SCENE_SOURCES)}, or a CSV or JSON file"
        raise click.UsageError(f"--scenes {options.scenes_again[0]}: give {sources_of}")
    reading = replace(options.reading(), unpack=unpack)
    return read(sources[0] if len(sources) == 1 else tuple(sources), reading, means or Means())


@contextmanager
def open_means(options: MeansOptions, console: Console) -> Iterator[Means]:
    """Open the network, the workers and the cache that the options ask for. The workers end with the block."""
    from otiograde.deep.style import open_style
    from otiograde.means.cache import DiskCache
    from otiograde.means.means import Means

    network, cache = open_deep_network(options, console), open_cache(options.cache)
    with _open_workers(options, cache, console) as executor:
        yield Means(executor, cache, network, console.progress, open_style)
    if isinstance(cache, DiskCache) and cache.refused:
        console.print("cache", f"{cache.folder} takes nothing new ({cache.refused[0]}): the next run measures again")


def _open_workers(options: MeansOptions, cache: Cache, console: Console) -> AbstractContextManager[Executor]:
    """Return the processes, or the cluster, that the options ask for."""
    from otiograde.means.cache import DiskCache
    from otiograde.means.workers import default_count, processes

    if options.cluster is None:
        if options.map_path:
            raise click.UsageError("--map-path is for the workers of a cluster: add --cluster")
        return processes(options.jobs or default_count())
    if options.jobs is not None:
        raise click.UsageError("--jobs is for processes of this machine: with --cluster, say local:N or slurm:N")
    from otiograde.means.engines import cluster

    folder = cache.folder if isinstance(cache, DiskCache) and cache.make_folder() else None
    return cluster(options.cluster, folder, options.map_path, lambda text: console.print("cluster", text))


def open_cache(on_disk: bool) -> Cache:
    """Return the user's cache, or a cache of nothing."""
    from otiograde.means.cache import NO_CACHE

    return user_cache() if on_disk else NO_CACHE


def user_cache() -> DiskCache:
    """Return the cache in the user's cache folder, or in the folder ``OTIOGRADE_CACHE``.

    ``OTIOGRADE_CACHE_LIMIT`` is its limit in GiB. Raises ``click.UsageError`` where that is no positive number.
    """
    from otiograde.means.cache import LIMIT, DiskCache

    named = os.environ.get(CACHE)
    folder = Path(named) if named else Path(click.get_app_dir("otiograde")) / "cache"
    text = os.environ.get(CACHE_LIMIT) or str(LIMIT / 2**30)
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not 0 < limit < math.inf:
        raise click.UsageError(f"{CACHE_LIMIT}={text}: give the size in GiB, such as 8")
    return DiskCache(folder, round(limit * 2**30))


def open_deep_network(options: MeansOptions, console: Console) -> Network | None:
    """Open the network if ``--deep`` was passed. If it is unavailable, print why and return None.

    Raises ``ToolNotFoundError`` if ``--weights`` names a folder without the weights.
    """
    from otiograde.deep.network import open_network
    from otiograde.errors import ToolNotFoundError

    if not options.deep and options.weights is None:
        return None
    try:
        network = open_network(options.weights, console.progress)
    except ToolNotFoundError as error:
        if options.weights is not None:
            raise
        console.print("no --deep", str(error))
        return None
    console.print("deep", f"learned matching on {network.device}")
    return network


def solve(
    edit: Edit, folder: Path, options: GradingOptions, again: Sequence[str], means: Means, *, console: Console
) -> GradedTimeline:
    """Grade the edit, or only the shots in ``options`` and the scenes ``again``.

    The other shots keep their grades in ``folder``.
    """
    from otiograde.cli.summary import print_settings_notes
    from otiograde.folder.layout import RECORD
    from otiograde.folder.reading import read_record
    from otiograde.grading.pipeline import grade_timeline
    from otiograde.grading.regrading import chosen_shots, regrade
    from otiograde.record.settings import Settings
    from otiograde.timeline.reading import SCENE_SOURCES

    if not options.shots and not again:
        return grade_timeline(edit, settings=options.applied_to(Settings()), means=means)
    if again and not (folder / RECORD).is_file():
        what = f"one of {', '.join(SCENE_SOURCES)}, a CSV or JSON file, or a scene of an earlier output in {folder}"
        raise click.UsageError(f"--scenes {again[0]}: give {what}")
    record = read_record(folder)
    if options.lut_size and int(options.lut_size) != record.lut_size:
        raise click.UsageError(
            f"--lut-size {options.lut_size}: the LUTs of {folder} have {record.lut_size} nodes a side"
        )
    print_settings_notes(record, means, console)
    shots, scenes = ([name for text in names for name in text.split(",")] for names in (options.shots, again))
    chosen = chosen_shots(record, shots, scenes)
    console.print("again", f"{len(chosen)} of {len(record.grades)} shots; the others keep their grades")
    return regrade(record, edit, chosen, settings=options.applied_to(record.settings), means=means)
