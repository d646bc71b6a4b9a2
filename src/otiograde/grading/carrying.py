"""Carry grades to an edit that was cut again. Shots that are still there keep their grades; new ones are solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan

from otiograde.decide.decision import Decision, decide
from otiograde.decide.grouping import group
from otiograde.decide.verify.checks import WORSE
from otiograde.decide.wishing import alike, wished_before, with_wishes
from otiograde.errors import TimelineError
from otiograde.grading.look_files import looks_are_there, open_looks, with_notes
from otiograde.grading.pipeline import made_with
from otiograde.grading.remembering import remembering_grades
from otiograde.grading.study import look_at
from otiograde.grading.watching import changes, states
from otiograde.means.means import Means
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Confidence, Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import Media, Shot
from otiograde.record.twins import with_twins

#: Share of a shot's frames that an earlier shot must show, to be the same shot cut again.
MOST = 0.5

_RANKS: Mapping[Confidence, int] = {"high": 3, "medium": 2, "low": 1, "none": 0}
#: The note on a carried grade that the wishes of the new edit changed.
UNCHECKED = "its grade changed with the new edit's wishes: `otiograde verify` checks it"


@dataclass(frozen=True, slots=True)
class Recut:
    """The earlier shot that a shot of the new edit was cut from."""

    #: Id of the earlier shot.
    old: str
    #: How sure it is.
    confidence: Confidence
    #: Why it is taken for that shot, for people.
    why: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The record of a new edit, and what became of each shot."""

    record: GradedTimeline
    #: Shots that keep a grade, by their new ids.
    recuts: Mapping[str, Recut]
    #: Ids of the shots that were solved.
    new: tuple[str, ...]
    #: Earlier ids of the shots that the new edit no longer shows.
    dropped: tuple[str, ...]


def match_shots(old: Sequence[Shot], new: Sequence[Shot]) -> dict[str, Recut]:
    """Match shots of a new edit to earlier ones: by media, source range, timecode and name, in that order.

    The encodings must agree, since a LUT holds for one encoding. Of equals the nearest in the edit wins. Several new
    shots may match one earlier shot. A shot that the new edit locks is not matched.
    """
    recuts: dict[str, Recut] = {}
    for shot in new:
        rated = [(_rated(earlier, shot), earlier) for earlier in old if earlier.media.encoding == shot.media.encoding]
        able = [(rank, overlap, earlier, why) for (rank, overlap, why), earlier in rated if rank != "none"]
        if able and not shot.wishes.lock:
            rank, _, best, why = max(
                able, key=lambda row: (_RANKS[row[0]], row[1], -abs(row[2].record.start - shot.record.start))
            )
            recuts[shot.id] = Recut(best.id, rank, why)
    return recuts


def _rated(old: Shot, new: Shot) -> tuple[Confidence, float, str]:
    """Rate how surely a shot is an earlier one: confidence, share of its frames in common, and why."""
    overlap = _overlap(_range(old, 0), _range(new, 0))
    share = f"{overlap:.0%} of its frames"
    if (same := _same(old.media, new.media)) and (overlap or new.media.kind == "still"):
        if new.media.kind == "still" or overlap >= MOST:
            return "high", overlap or 1.0, f"{same}, {'a still' if new.media.kind == 'still' else share}"
        return "medium", overlap, f"{same}, only {share}"
    if same:
        return "none", 0.0, ""
    alike = old.name == new.name or old.media.path.stem.casefold() == new.media.path.stem.casefold()
    if old.media.timecode and new.media.timecode and old.media.rate == new.media.rate:
        coded = _overlap(_range(old, old.media.timecode), _range(new, new.media.timecode))
        if coded >= MOST and alike:
            return "medium", coded, f"other media of the same name, {coded:.0%} of its time code"
        return "none", 0.0, ""
    if old.media.path.stem.casefold() == new.media.path.stem.casefold() and overlap >= MOST:
        return "medium", overlap, f"media of the same name elsewhere, {share}"
    if old.name == new.name and old.source == new.source and old.name:
        return "low", overlap, "the same clip name and source range, other media"
    return "none", 0.0, ""


def _same(old: Media, new: Media) -> str:
    """Say why two media are one file; empty where they are not."""
    if old.digest and new.digest:
        same = old.digest == new.digest
        return ("same media" if old.path == new.path else "same media, moved") if same else ""
    if old.path == new.path:
        return "same media"
    facts = [(of.path.name, of.frames, of.rate, of.timecode, of.width) for of in (old, new)]
    return "media of the same name and length, moved" if facts[0] == facts[1] and old.frames > 1 else ""


def _range(shot: Shot, origin: int) -> tuple[float, float]:
    """The seconds of its media that a shot shows."""
    rate = shot.media.rate
    return float((origin + shot.source.start) / rate), float((origin + shot.source.end) / rate)


def _overlap(old: tuple[float, float], new: tuple[float, float]) -> float:
    """The share of the new range that lies in the old one."""
    shared = min(old[1], new[1]) - max(old[0], new[0])
    return max(shared, 0.0) / max(new[1] - new[0], 1e-9)


def carry(old: GradedTimeline, edit: Edit, *, means: Means = Means()) -> Carried:
    """Carry the grades of ``old`` to ``edit``. New shots join the scenes they belong to, and are matched to them.

    The settings are those of ``old``. Without new shots no media is opened. Raises ``TimelineError`` for an edit
    without shots, ``MatchError`` where new shots need a matcher that is not installed.
    """
    if not edit.shots:
        raise TimelineError(f"{edit.name}: no shot can be graded: see `otiograde inspect`")
    recuts = match_shots(old.edit.shots, edit.shots)
    edit = _with_earlier_wishes(edit, old, recuts)
    kept = {shot.id: _kept(shot, old, recuts[shot.id]) for shot in edit.shots if shot.id in recuts}
    new = tuple(shot.id for shot in edit.shots if shot.id not in kept)
    grades, scenes, decision = kept, tuple(_scenes(edit.shots, kept)), Decision((), (), ())
    made = made_with(means.network)
    if new:
        placed = replace(edit, shots=tuple(_in_its_scene(shot, kept) for shot in edit.shots))
        fresh = [shot for shot in placed.shots if shot.id in new]
        looks = open_looks(fresh, _with_look_there(old.settings), style=means.style)
        edit, made = with_notes(edit, looks), made | looks.made_with
        before = states(fresh)
        survey = look_at(placed, old.settings, means, kept)
        grouped = group(survey, old.settings.grouping, progress=means.progress)
        remember = remembering_grades(means.cache)
        decision = decide(survey, grouped, old.settings, looks, kept, progress=means.progress, remember=remember)
        decision = replace(decision, findings=(*decision.findings, *changes(fresh, before)))
        solved = {grade.shot: grade for grade in decision.grades}
        scenes = with_twins(grouped, survey.twins)
        grades = kept | {shot: replace(solved[survey.twins[shot]], shot=shot) for shot in new}
    scenes = tuple(_described(scene, edit, recuts) for scene in scenes)
    named = {shot: scene.id for scene in scenes for shot in scene.shots}
    record = GradedTimeline(
        edit,
        scenes,
        tuple(replace(grades[shot.id], scene=named[shot.id]) for shot in edit.shots),
        (*_findings(old, scenes, recuts, kept), *decision.findings),
        old.settings,
        made,
        (*_evidence(old, recuts, kept), *decision.evidence),
    )
    carried = {recut.old for recut in recuts.values()}
    return Carried(record, recuts, new, tuple(shot.id for shot in old.edit.shots if shot.id not in carried))


def _with_look_there(settings: Settings) -> Settings:
    """Drop the look from the settings where its file is gone. A new scene then gets what its shots wish for."""
    return settings if looks_are_there(settings) else replace(settings, look=None, more_looks=())


def _changed(old: GradedTimeline, recuts: Mapping[str, Recut], kept: Mapping[str, Grade]) -> frozenset[str]:
    """Find the carried shots whose grades changed because the new edit wishes it."""
    before = {grade.shot: (grade.transform, grade.keyed) for grade in old.grades}
    now = {shot: (kept[shot].transform, kept[shot].keyed) for shot in recuts}
    return frozenset(shot for shot, recut in recuts.items() if now[shot] != before[recut.old])


def _evidence(old: GradedTimeline, recuts: Mapping[str, Recut], kept: Mapping[str, Grade]) -> list[Evidence]:
    """Return the evidence between shots that are still there, by their new ids.

    How far the pairs lie apart after a grade that changed is not known: NaN.
    """
    changed = _changed(old, recuts, kept)
    now = {recut.old: shot for shot, recut in recuts.items()}
    carried = [replace(link, a=now[link.a], b=now[link.b]) for link in old.evidence if link.a in now and link.b in now]
    return [replace(link, after=nan) if changed & {link.a, link.b} else link for link in carried]


def _with_earlier_wishes(edit: Edit, old: GradedTimeline, recuts: Mapping[str, Recut]) -> Edit:
    """Return the edit with the wishes of the earlier one where it does not wish otherwise."""
    before = {shot.id: shot.wishes for shot in old.edit.shots}
    shots = (
        replace(shot, wishes=wished_before(shot.wishes, before[recuts[shot.id].old])) if shot.id in recuts else shot
        for shot in edit.shots
    )
    return replace(edit, shots=tuple(shots))


def _kept(shot: Shot, old: GradedTimeline, recut: Recut) -> Grade:
    """Return the earlier grade as the grade of this shot, with this shot's wishes applied."""
    grade = old.grade(recut.old)
    origin = Reason("carried", f"carried from {recut.old} (confidence {recut.confidence}): {recut.why}")
    earlier = old.edit.shot(recut.old)
    if grade.course is not None and not _same(earlier.media, shot.media):
        grade = _at_one_frame(grade)
    reasons = tuple(reason for reason in grade.reasons if reason.kind != "carried")
    grade = replace(grade, shot=shot.id, reasons=(origin, *reasons))
    return grade if alike(shot.wishes, earlier.wishes) else with_wishes(grade, shot.wishes, shot.media.encoding)


def _at_one_frame(grade: Grade) -> Grade:
    """Return a grade without its keys, which are frames of other media, and with reasons that say so."""
    reasons = grade.unsteadied.reasons
    if grade.bare.course is not None:
        reasons += (Reason("drift", "changes inside the shot stay: they were measured in other media"),)
    if grade.key_looks:
        reasons += (Reason("look", "the look stays as it is in the middle: its keys are frames of other media"),)
    return replace(grade, course=None, key_looks=(), reasons=reasons)


def _in_its_scene(shot: Shot, kept: Mapping[str, Grade]) -> Shot:
    """Return a carried shot with the scene that it comes from as its wish, unless it wishes another."""
    if shot.id not in kept or shot.wishes.scene:
        return shot
    return replace(shot, wishes=replace(shot.wishes, scene=kept[shot.id].scene))


def _scenes(shots: Sequence[Shot], kept: Mapping[str, Grade]) -> Iterator[Scene]:
    """Yield the scenes of the carried grades, in the order of their first shots."""
    members: dict[str, list[str]] = {}
    for shot in shots:
        if shot.id in kept:
            members.setdefault(shot.wishes.scene or kept[shot.id].scene, []).append(shot.id)
    for name, ids in members.items():
        yield Scene(name, tuple(ids))


def _described(scene: Scene, edit: Edit, recuts: Mapping[str, Recut]) -> Scene:
    """Return the scene with the wishes of the new edit, and why its shots are in it."""
    wishes = {shot.id: shot.wishes for shot in edit.shots}
    hero = next((shot for shot in scene.shots if wishes[shot].hero), None)
    locked = tuple(shot for shot in scene.shots if wishes[shot].lock)
    carried = [Reason("carried", "carried with its scene", shot) for shot in scene.shots if shot in recuts]
    others = [reason for reason in scene.reasons if reason.shot not in recuts]
    return replace(scene, hero=hero, locked=locked, reasons=(*carried, *others))


def _findings(
    old: GradedTimeline, scenes: Sequence[Scene], recuts: Mapping[str, Recut], kept: Mapping[str, Grade]
) -> Iterator[Finding]:
    """Yield the findings on the carried grades, and on the scenes that still have the same shots.

    Findings on a grade that changed, and on its scene, no longer hold: a finding says that it is unchecked.
    """
    changed = _changed(old, recuts, kept)
    by_shot: dict[str, list[Finding]] = {}
    for finding in old.findings:
        by_shot.setdefault(finding.shot, []).append(finding)
    for shot, recut in recuts.items():
        if shot in changed:
            yield Finding(shot, "agreement", nan, WORSE, "ΔE00", None, UNCHECKED)
        else:
            yield from (replace(finding, shot=shot) for finding in by_shot.get(recut.old, ()))
    before = {scene.id: set(scene.shots) for scene in old.scenes}
    for scene in scenes:
        same = {recuts[shot].old if shot in recuts else "" for shot in scene.shots} == before.get(scene.id)
        if same and changed.isdisjoint(scene.shots):
            yield from by_shot.get(scene.id, ())
