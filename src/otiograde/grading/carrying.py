"""Carry grades to an edit that was cut again: what is still there keeps its grade, only what is new is solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan

from otiograde.decide.decision import Decision, decide
from otiograde.decide.grouping import group
from otiograde.decide.verify.checks import WORSE
from otiograde.decide.wishing import alike, wished_before, with_wishes
from otiograde.errors import TimelineError
from otiograde.grading.look_files import open_looks
from otiograde.grading.pipeline import made_with
from otiograde.grading.study import look_at
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

#: A shot that shares this part of its frames with an earlier one is that shot, cut again.
MOST = 0.5

_RANKS: Mapping[Confidence, int] = {"high": 3, "medium": 2, "low": 1, "none": 0}
#: The note on a carried grade that the wishes of the new edit changed.
UNCHECKED = "its grade changed with the new edit's wishes: `otiograde verify` checks it"


@dataclass(frozen=True, slots=True)
class Match:
    """``old`` is the earlier shot that a shot of the new edit is, ``why`` in words."""

    old: str
    confidence: Confidence
    why: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The record of the new edit; ``matches`` by new shot, ``new`` shots that were solved, ``dropped`` old ones."""

    record: GradedTimeline
    matches: Mapping[str, Match]
    new: tuple[str, ...]
    dropped: tuple[str, ...]


def match_shots(old: Sequence[Shot], new: Sequence[Shot]) -> dict[str, Match]:
    """Find for each new shot the earlier shot that it is: by media, source range, time code and name, in that order.

    A shot of another encoding is another shot: a LUT holds for one encoding. Of equals the nearest in the edit wins; an
    earlier shot may be found again in several. A shot that the new edit locks is not matched.
    """
    found: dict[str, Match] = {}
    for shot in new:
        rated = [(_rated(each, shot), each) for each in old if each.media.encoding == shot.media.encoding]
        able = [(rank, overlap, each, why) for (rank, overlap, why), each in rated if rank != "none"]
        if able and not shot.wishes.lock:
            rank, _, best, why = max(
                able, key=lambda row: (_RANKS[row[0]], row[1], -abs(row[2].record.start - shot.record.start))
            )
            found[shot.id] = Match(best.id, rank, why)
    return found


def _rated(old: Shot, new: Shot) -> tuple[Confidence, float, str]:
    """Say how surely a shot is an earlier one, what part of its frames it shares, and why."""
    here = _range(new, 0)
    overlap = _overlap(_range(old, 0), here)
    share = f"{overlap:.0%} of its frames"
    if (words := _same(old.media, new.media)) and (overlap or new.media.kind == "still"):
        if new.media.kind == "still" or overlap >= MOST:
            return "high", overlap or 1.0, f"{words}, {'a still' if new.media.kind == 'still' else share}"
        return "medium", overlap, f"{words}, only {share}"
    if words:
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
    """Say why two media are one file; nothing when they are not."""
    if old.digest and new.digest:
        same = old.digest == new.digest
        return ("same media" if old.path == new.path else "same media, moved") if same else ""
    if old.path == new.path:
        return "same media"
    facts = [(each.path.name, each.frames, each.rate, each.timecode, each.width) for each in (old, new)]
    return "media of the same name and length, moved" if facts[0] == facts[1] and old.frames > 1 else ""


def _range(shot: Shot, origin: int) -> tuple[float, float]:
    """The seconds of media that a shot shows."""
    rate = shot.media.rate
    return float((origin + shot.source.start) / rate), float((origin + shot.source.end) / rate)


def _overlap(old: tuple[float, float], new: tuple[float, float]) -> float:
    """What part of the new range lies in the old one."""
    shared = min(old[1], new[1]) - max(old[0], new[0])
    return max(shared, 0.0) / max(new[1] - new[0], 1e-9)


def carry(old: GradedTimeline, edit: Edit, *, means: Means = Means()) -> Carried:
    """Carry the grades of ``old`` to ``edit``; new shots join the scenes they belong to, and are matched to them.

    The settings are those of ``old``. Where nothing is new no media is opened. Raises ``TimelineError`` for an edit
    without shots, ``MatchError`` for a matcher that is not there.
    """
    if not edit.shots:
        raise TimelineError(f"{edit.name}: no shot can be graded: see `otiograde inspect`")
    matches = match_shots(old.edit.shots, edit.shots)
    edit = _wishing_on(edit, old, matches)
    kept = {shot.id: _kept(shot, old, matches[shot.id]) for shot in edit.shots if shot.id in matches}
    new = tuple(shot.id for shot in edit.shots if shot.id not in kept)
    grades, scenes, decision = kept, tuple(_scenes(edit.shots, kept)), Decision((), (), ())
    if new:
        led = replace(edit, shots=tuple(_led(shot, kept) for shot in edit.shots))
        looks = open_looks([shot for shot in led.shots if shot.id in new], _with_look_there(old.settings))
        survey = look_at(led, old.settings, means, kept)
        grouped = group(survey, old.settings.grouping)
        decision = decide(survey, grouped, old.settings, looks, kept)
        solved = {grade.shot: grade for grade in decision.grades}
        scenes = with_twins(grouped, survey.twins)
        grades = kept | {shot: replace(solved[survey.twins[shot]], shot=shot) for shot in new}
    scenes = tuple(_described(scene, edit, matches) for scene in scenes)
    named = {shot: scene.id for scene in scenes for shot in scene.shots}
    record = GradedTimeline(
        edit,
        scenes,
        tuple(replace(grades[shot.id], scene=named[shot.id]) for shot in edit.shots),
        (*_findings(old, scenes, matches, kept), *decision.findings),
        old.settings,
        made_with(means.network),
        (*_evidence(old, matches, kept), *decision.evidence),
    )
    there = {match.old for match in matches.values()}
    return Carried(record, matches, new, tuple(shot.id for shot in old.edit.shots if shot.id not in there))


def _with_look_there(settings: Settings) -> Settings:
    """The settings, without their look where its file is gone: a new scene then gets what its shots wish for."""
    return settings if settings.look is None or settings.look.is_file() else replace(settings, look=None)


def _changed(old: GradedTimeline, matches: Mapping[str, Match], kept: Mapping[str, Grade]) -> frozenset[str]:
    """The carried shots whose grades do something else than before, because the new edit wishes it."""
    before = {grade.shot: grade.transform for grade in old.grades}
    return frozenset(shot for shot, match in matches.items() if kept[shot].transform != before[match.old])


def _evidence(old: GradedTimeline, matches: Mapping[str, Match], kept: Mapping[str, Grade]) -> list[Evidence]:
    """The evidence between shots that are still there, under the names they have now.

    How far the pairs of a changed grade lie apart now is not known: NaN.
    """
    changed = _changed(old, matches, kept)
    now = {match.old: shot for shot, match in matches.items()}
    carried = [replace(link, a=now[link.a], b=now[link.b]) for link in old.evidence if link.a in now and link.b in now]
    return [replace(link, after=nan) if changed & {link.a, link.b} else link for link in carried]


def _wishing_on(edit: Edit, old: GradedTimeline, matches: Mapping[str, Match]) -> Edit:
    """The edit with what was wished of the grades earlier, where it does not wish otherwise."""
    before = {shot.id: shot.wishes for shot in old.edit.shots}
    shots = (
        replace(shot, wishes=wished_before(shot.wishes, before[matches[shot.id].old])) if shot.id in matches else shot
        for shot in edit.shots
    )
    return replace(edit, shots=tuple(shots))


def _kept(shot: Shot, old: GradedTimeline, match: Match) -> Grade:
    """The earlier grade, now of this shot and as this shot wishes it."""
    grade = old.grade(match.old)
    reasons = tuple(reason for reason in grade.reasons if reason.kind != "carried")
    said = Reason("carried", f"carried from {match.old} (confidence {match.confidence}): {match.why}")
    grade = replace(grade, shot=shot.id, reasons=(said, *reasons))
    before = next(each.wishes for each in old.edit.shots if each.id == match.old)
    return grade if alike(shot.wishes, before) else with_wishes(grade, shot.wishes)


def _led(shot: Shot, kept: Mapping[str, Grade]) -> Shot:
    """The shot, kept in the scene that it comes from unless the new edit wishes another."""
    if shot.id not in kept or shot.wishes.scene:
        return shot
    return replace(shot, wishes=replace(shot.wishes, scene=kept[shot.id].scene))


def _scenes(shots: Sequence[Shot], kept: Mapping[str, Grade]) -> Iterator[Scene]:
    """The scenes that the carried grades name, in the order of their first shots."""
    members: dict[str, list[str]] = {}
    for shot in shots:
        if shot.id in kept:
            members.setdefault(shot.wishes.scene or kept[shot.id].scene, []).append(shot.id)
    for name, ids in members.items():
        yield Scene(name, tuple(ids))


def _described(scene: Scene, edit: Edit, matches: Mapping[str, Match]) -> Scene:
    """The scene with the wishes of the new edit, and why its shots are in it."""
    wishes = {shot.id: shot.wishes for shot in edit.shots}
    hero = next((shot for shot in scene.shots if wishes[shot].hero), None)
    locked = tuple(shot for shot in scene.shots if wishes[shot].lock)
    carried = [Reason("carried", "carried with its scene", shot) for shot in scene.shots if shot in matches]
    told = [reason for reason in scene.reasons if reason.shot not in matches]
    return replace(scene, hero=hero, locked=locked, reasons=(*carried, *told))


def _findings(
    old: GradedTimeline, scenes: Sequence[Scene], matches: Mapping[str, Match], kept: Mapping[str, Grade]
) -> Iterator[Finding]:
    """What was found of the carried grades, and of the scenes that are what they were.

    Of a grade that changed, and of its scene, nothing is known until it is checked again.
    """
    changed = _changed(old, matches, kept)
    by_shot: dict[str, list[Finding]] = {}
    for finding in old.findings:
        by_shot.setdefault(finding.shot, []).append(finding)
    for shot, match in matches.items():
        if shot in changed:
            yield Finding(shot, "agreement", nan, WORSE, "ΔE00", None, UNCHECKED)
        else:
            yield from (replace(finding, shot=shot) for finding in by_shot.get(match.old, ()))
    before = {scene.id: set(scene.shots) for scene in old.scenes}
    for scene in scenes:
        same = {matches[shot].old if shot in matches else "" for shot in scene.shots} == before.get(scene.id)
        if same and changed.isdisjoint(scene.shots):
            yield from by_shot.get(scene.id, ())
