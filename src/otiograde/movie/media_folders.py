"""The folders of a plan's media: few of them, so that a machine that sees them elsewhere can be told where."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from otiograde.movie.plan import RenderPlan

#: The most folders. Of more, those that share the most of their path become one.
MOST = 8


def media_folders(plan: RenderPlan, most: int = MOST) -> tuple[str, ...]:
    """Return at most so many absolute folders, in order, that hold all media of the plan; none is in another one.

    Media directly below a root, which cannot be given another name, have none.
    """
    jobs = [*plan.segments, *([plan.sound] if plan.sound else [])]
    files = {source.file for job in jobs for source in job.inputs}
    folders = _outermost({PurePath(file).parent for file in files if PurePath(file).is_absolute()})
    while len(folders) > most:
        pairs = zip(folders, folders[1:], strict=False)
        shared = max((_common(a, b) for a, b in pairs), key=lambda folder: len(folder.parts))
        if len(shared.parts) < 2:  # only a root is left to share
            break
        folders = _outermost({shared, *folders})
    return tuple(str(folder) for folder in folders[:most] if len(folder.parts) > 1)


def _outermost(folders: Iterable[PurePath]) -> list[PurePath]:
    folders = set(folders)
    return sorted(folder for folder in folders if folders.isdisjoint(folder.parents))


def _common(a: PurePath, b: PurePath) -> PurePath:
    above = {a, *a.parents}
    return next(folder for folder in (b, *b.parents) if folder in above)
