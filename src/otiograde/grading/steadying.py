"""Measure how the colors of shots change while they run, and find the courses that take it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from otiograde.errors import MediaError
from otiograde.grading.remembering import COURSES, store_value, stored_value, versions
from otiograde.means.cache import Cache
from otiograde.means.means import Means
from otiograde.media.frames import iter_small_frames
from otiograde.record.course import Course
from otiograde.record.settings import Steadying, SteadyKind
from otiograde.record.shot import Shot
from otiograde.survey.course_graph import solve_course
from otiograde.survey.course_keys import keyed_course
from otiograde.survey.course_reel import measure_reel
from otiograde.survey.course_screen import course_width, is_still
from otiograde.survey.course_steps import judge
from otiograde.survey.drift import Drift
from otiograde.survey.inside import another_picture, doubtful_frames
from otiograde.survey.sample import seen_frames

#: Frames that are held for the screen: a longer shot is measured without it.
SCREENED = 360
#: Width in pixels of the frames in which another picture is looked for.
THUMBNAIL = 96


@dataclass(frozen=True, slots=True)
class Steadied:
    """What is done about the changes inside a shot."""

    #: What takes them out. None where nothing is taken out.
    course: Course | None = None
    #: What was seen and left as it is, and why. Empty where there is nothing to say.
    left: str = ""
    #: The media frame at which another picture begins, as after a cut.
    cut: int | None = None


def steady_all(
    shots: Sequence[Shot], drifts: Mapping[str, Drift], steadying: Steadying, means: Means
) -> dict[str, Steadied]:
    """Find the course of each shot that is to be steadied. ``drifts`` are those of the shots' samples.

    A shot whose sample is not called steady is measured in full, without the screen. The others are only searched for
    another picture, where their samples have little in common.
    """
    wanted = [(shot, kind) for shot in shots if (kind := wished_kind(shot, steadying)) != "off"]
    work = partial(_steadied, steadying=steadying, cache=means.cache)
    suspects = [shot.id in drifts and drifts[shot.id].kind != "steady" for shot, _ in wanted]
    by_shot: dict[str, Steadied] = {}
    results = means.executor.map(work, *zip(*wanted, strict=True), suspects) if wanted else iter(())
    for done, ((shot, _), steadied) in enumerate(zip(wanted, results, strict=True), 1):
        by_shot[shot.id] = steadied
        means.progress("steadying", done, len(wanted))
    return by_shot | search_all([shot for shot in shots if shot.id not in by_shot], drifts, means)


def search_all(shots: Sequence[Shot], drifts: Mapping[str, Drift], means: Means) -> dict[str, Steadied]:
    """Search the shots whose samples have little in common for another picture."""
    doubtful = {shot.id: doubtful_frames(shot, drifts[shot.id]) for shot in shots if shot.id in drifts}
    searched = [shot for shot in shots if doubtful.get(shot.id)]
    work = partial(_search, cache=means.cache)
    found = means.executor.map(work, searched, [doubtful[shot.id] for shot in searched])
    by_shot = {}
    for done, (shot, steadied) in enumerate(zip(searched, found, strict=True), 1):
        by_shot[shot.id] = steadied
        means.progress("searching", done, len(searched))
    return by_shot


def _search(shot: Shot, at: range, *, cache: Cache) -> Steadied:
    """Search some frames of a shot for another picture, or take the result from the cache."""
    key = cache.key(shot.media.path, f"inside {(shot.media, at, *versions('otiograde'))!r}")
    steadied = stored_value(cache, key, Steadied)
    if steadied is None:
        try:
            number = another_picture(iter_small_frames(shot.media, at, THUMBNAIL))
        except MediaError:
            return Steadied()  # the sample says what is wrong with the media
        steadied = Steadied(cut=None if number is None else at[number])
        store_value(cache, key, steadied)
    return steadied


def wished_kind(shot: Shot, steadying: Steadying) -> SteadyKind:
    """Return which changes are taken out of a shot: a locked shot, and a still, keep theirs."""
    if shot.wishes.lock or shot.wishes.verdict == "rejected" or shot.media.kind == "still":
        return "off"
    return shot.wishes.steady or steadying.mode


def _steadied(shot: Shot, kind: SteadyKind, suspect: bool, *, steadying: Steadying, cache: Cache) -> Steadied:
    """Measure one shot, or take the result from the cache."""
    made_from = repr((shot.media, shot.source, shot.shared, kind, suspect, steadying.to, *versions("otiograde")))
    key = cache.key(shot.media.path, f"course {COURSES} {made_from}")
    steadied = stored_value(cache, key, Steadied)
    if steadied is None:
        try:
            steadied = _measured(shot, kind, suspect, steadying)
        except MediaError:
            return Steadied()  # the sample says what is wrong with the media
        store_value(cache, key, steadied)
    return steadied


def _measured(shot: Shot, kind: SteadyKind, suspect: bool, steadying: Steadying) -> Steadied:
    """Measure one shot. Raises ``MediaError``."""
    at = seen_frames(shot)
    rate, encoding = float(shot.media.rate), shot.media.encoding
    shape = float(shot.media.width * shot.media.pixel_aspect / shot.media.height)
    frames = iter_small_frames(shot.media, at, course_width(shape))
    if not suspect and len(at) <= SCREENED:
        held = list(frames)
        if is_still(held):
            return Steadied()
        frames = iter(held)
    reel = measure_reel(frames)
    verdict = judge(reel, solve_course(reel.edges, len(at)), rate, encoding)
    if verdict.cut is not None:
        return Steadied(cut=at[verdict.cut])
    parts = [part for part in verdict.parts if kind == "all" or part.kind == "steps"]
    course, doubt = keyed_course(parts, reel.palette, at, encoding, (steadying.to, rate))
    left = [*(verdict.left if kind == "all" else ()), *([doubt] if doubt else [])]
    return Steadied(course, "; ".join(left))
