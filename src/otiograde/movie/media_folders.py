"""The folders of a plan's media: few of them, so that a machine that sees them elsewhere can be told where."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import PurePath

from otiograde.movie.plan import RenderPlan
from otiograde.movie.timing import Input

#: The most folders. Of more, those that share the most of their path become one.
MOST = 8


def media_folders(plan: RenderPlan, most: int = MOST) -> tuple[str, ...]:
    """Return at most so many absolute folders, in order, that hold all media of the plan; none is in another one.

    Media directly below a root, which cannot be given another name, have none.
    """
    files = {source.file for source in inputs_of(plan)}
    folders = _outermost({PurePath(file).parent for file in files if PurePath(file).is_absolute()})
    while len(folders) > most:
        shared = max((_common(a, b) for a, b in pairwise(folders)), key=lambda folder: len(folder.parts))
        if len(shared.parts) < 2:  # only a root is left to share
            break
        folders = _outermost({shared, *folders})
    return tuple(str(folder) for folder in folders[:most] if len(folder.parts) > 1)


def inputs_of(plan: RenderPlan) -> list[Input]:
    """Return the inputs of all segments and of the sound."""
    inputs = [source for segment in plan.segments for source in segment.inputs]
    return [*inputs, *(plan.sound.inputs if plan.sound else ())]


def _outermost(folders: Iterable[PurePath]) -> list[PurePath]:
    folders = set(folders)
    return sorted(folder for folder in folders if folders.isdisjoint(folder.parents))


def _common(a: PurePath, b: PurePath) -> PurePath:
    above = {a, *a.parents}
    return next(folder for folder in (b, *b.parents) if folder in above)
