"""What the commands that run the pipeline share: opening an edit, choosing the folder, solving with workers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otiograde.cli.talk import Talk

if TYPE_CHECKING:
    from otiograde.means.cache import Cache
    from otiograde.means.means import Means
    from otiograde.record.edit import Edit
    from otiograde.record.graded import GradedTimeline
    from otiograde.record.settings import Settings
    from otiograde.survey.links import Network
    from otiograde.timeline import Reading


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


def open_edit(sources: Sequence[Path], reading: Reading, unpack: Path) -> Edit:
    """The edit, read; the media inside an .otioz goes to the folder ``unpack``, which is made only then."""
    from otiograde.grading.pipeline import read

    reading = replace(reading, unpack=unpack)
    return read(sources[0] if len(sources) == 1 else tuple(sources), reading)


def disk_cache(wanted: bool) -> Cache:
    """The cache on disk in the user's cache folder (``OTIOGRADE_CACHE`` names another), or none."""
    from otiograde.means.cache import NO_CACHE, DiskCache

    if not wanted:
        return NO_CACHE
    named = os.environ.get("OTIOGRADE_CACHE")
    return DiskCache(Path(named) if named else Path(click.get_app_dir("otiograde")) / "cache")


def deep_network(given: dict[str, Any], talk: Talk) -> Network | None:
    """The network of learned matching if it was asked for and is to be had; a word why not, and on without it, if not.

    A named folder of weights must have them: raises ``ToolNotFoundError``.
    """
    from otiograde.deep.network import open_network
    from otiograde.errors import ToolNotFoundError

    folder = given.get("weights")
    if not given.get("deep") and folder is None:
        return None
    try:
        network = open_network(folder, talk.progress)
    except ToolNotFoundError as error:
        if folder is not None:
            raise
        talk.say("no --deep", str(error))
        return None
    talk.say("deep", f"learned matching on {network.device}")
    return network


def solve(edit: Edit, given: dict[str, Any], talk: Talk) -> GradedTimeline:
    """Grade the edit with the settings asked for, on as many workers as asked for."""
    from otiograde.grading.pipeline import grade_timeline
    from otiograde.record.settings import Settings

    with working(given, talk) as means:
        return grade_timeline(edit, settings=asked(Settings(), given), means=means)


@contextmanager
def working(given: dict[str, Any], talk: Talk) -> Iterator[Means]:
    """The workers, the cache and the network asked for."""
    from otiograde.means.means import Means
    from otiograde.means.workers import default_count, processes

    network = deep_network(given, talk)
    with processes(given["jobs"] or default_count()) as executor:
        yield Means(executor, disk_cache(not given["no_cache"]), network, talk.progress)


def asked(settings: Settings, given: dict[str, Any]) -> Settings:
    """The settings with what was asked for on the command line in their place."""
    from otiograde.record.settings import Anchor, Matching

    new: dict[str, Any] = {}
    if given["matcher"]:
        new["matcher"] = Matching(given["matcher"])
    if given["anchor"]:
        new["anchor"] = Anchor(given["anchor"])
    if given["lut_size"]:
        new["lut_size"] = int(given["lut_size"])
    if given["look"]:
        new |= {"look": given["look"].absolute(), "look_strength": given["look_strength"]}
    return replace(settings, **new)


def draw(edit: Edit, settings: Settings, given: dict[str, Any], talk: Talk) -> dict[str, bytes]:
    """The pictures of the edit for its report, out of the cache where the frames are."""
    from otiograde.grading.picturing import draw_pictures

    with working({**given, "deep": False, "weights": None}, talk) as means:
        return draw_pictures(edit, settings.sampling, means)


def solve_part(edit: Edit, folder: Path, given: dict[str, Any], talk: Talk) -> GradedTimeline:
    """Grade the shots and scenes asked for again; all else stays as the record in the output folder has it."""
    from otiograde.folder.reading import read_record
    from otiograde.grading.regrading import chosen_shots, regrade

    record = read_record(folder)
    tell_settings(record, talk)
    shots, scenes = ([name for text in given[key] for name in text.split(",")] for key in ("shots", "scenes"))
    chosen = chosen_shots(record, shots, scenes)
    talk.say("again", f"{len(chosen)} of {len(record.grades)} shots; the others keep their grades")
    with working(given, talk) as means:
        return regrade(record, edit, chosen, settings=asked(record.settings, {**given, "lut_size": None}), means=means)


def tell_settings(record: GradedTimeline, talk: Talk) -> None:
    """Say where the settings of a record are not those that its grades were made with."""
    if record.settings.assumed:
        talk.say("note", "this record is of an earlier format, without settings: the default settings are used")
