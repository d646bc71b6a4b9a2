"""The page to read first: from an edit to the record of its grades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from otiograde.decide.decision import completed, decide
from otiograde.decide.grouping import group
from otiograde.decide.look import Look
from otiograde.errors import TimelineError
from otiograde.grading.cutting import edit_of_files
from otiograde.grading.look_files import open_looks, with_look_kind, with_notes
from otiograde.grading.remembering import remembering_grades, remembering_probe
from otiograde.grading.study import look_at
from otiograde.grading.watching import changes, states
from otiograde.means.means import Means
from otiograde.means.network import Network
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Grouping, Settings
from otiograde.record.twins import grades_of, with_twins
from otiograde.timeline import Reading, is_bundle, is_media, read_edit

#: Clips without an edit are taken as one scene if they are at most so many, and nothing speaks against it.
FEW = 12

#: An edit as a user names it: one already read, a timeline file, a folder of clips, or the clips themselves.
Source: TypeAlias = Edit | Path | str | Sequence[Path | str]


def grade_timeline(
    edit: Source, *, settings: Settings = Settings(), look: Look | None = None, means: Means = Means()
) -> GradedTimeline:
    """Read an edit, decide one grade per shot, and prove each of them.

    ``look`` is for every scene, in the place of the one that ``settings`` or the shots name. The record is the same
    whatever the executor and the cache in ``means``. Raises ``TimelineError`` for an edit that cannot be read or has
    no shot with media, ``MediaError`` or ``CubeError`` for a look that cannot be read, ``MatchError`` for a matcher
    that is not there.

    >>> import cv2, numpy as np
    >>> for name, blue in (("a.png", 120), ("b.png", 140)):
    ...     _ = cv2.imwrite(name, np.full((90, 160, 3), (blue, 120, 110), np.uint8))
    >>> record = grade_timeline([Path("a.png"), Path("b.png")])
    >>> [shot.id for shot in record.edit.shots], record.passed
    (['a', 'b'], True)
    """
    edit = read(edit, means=means)
    if not edit.shots:
        raise TimelineError(f"{edit.name}: no shot can be graded: {_why_empty(edit)}")
    settings = with_look_kind(completed(settings), edit.shots)
    looks = open_looks(edit.shots, settings, look, means.style)
    before = states(edit.shots)
    survey = look_at(edit, settings, means)
    scenes = group(survey, grouping_of(edit, settings), progress=means.progress)
    remember = remembering_grades(means.cache)
    decision = decide(survey, scenes, settings, looks, progress=means.progress, remember=remember)
    return GradedTimeline(
        with_notes(edit, looks),
        with_twins(scenes, survey.twins),
        grades_of(edit.shots, decision.grades, survey.twins),
        (*decision.findings, *changes(edit.shots, before)),
        settings,
        made_with(means.network) | looks.made_with,
        decision.evidence,
    )


def grouping_of(edit: Edit, settings: Settings) -> Grouping:
    """The grouping of the settings; for clips without an edit, one that takes a few as one scene."""
    return replace(settings.grouping, few=FEW) if edit.loose else settings.grouping


def read(source: Source, reading: Reading = Reading(), means: Means = Means()) -> Edit:
    """The edit that ``source`` names; a movie is taken apart into its shots as ``reading.cuts`` says.

    Raises ``TimelineError`` or ``MediaError``.
    """
    if isinstance(source, Edit):
        return source
    paths = [Path(source)] if isinstance(source, Path | str) else [Path(clip) for clip in source]
    if len(paths) > 1 or (not is_bundle(paths[0]) if paths[0].is_dir() else is_media(paths[0])):
        return edit_of_files(paths, reading, means)
    return read_edit(paths[0], reading, remembering_probe(means.cache))


def made_with(network: Network | None = None) -> dict[str, str]:
    """The programs that decide the result, and their versions; with a network, what its answers depend on, too."""
    names = ("otiograde", "numpy", "opencv-python-headless", "av", "opentimelineio")
    return {name: version(name) for name in names} | (network.made_with if network is not None else {})


def _why_empty(edit: Edit) -> str:
    if not edit.lost:
        return "it has no video clip"
    first = edit.lost[0]
    more = f" (and {len(edit.lost) - 1} more skipped)" if len(edit.lost) > 1 else ""
    return f"{first.what} {first.name!r}: {first.why}{more}"
