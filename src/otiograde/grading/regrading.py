"""Regrade part of an edit. All other shots keep their grades unchanged and serve as anchors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from otiograde.color.transform import Identity
from otiograde.decide.decision import decide
from otiograde.decide.look import Look
from otiograde.decide.look.looks import Looks
from otiograde.errors import TimelineError
from otiograde.grading.look_files import looks_are_there, open_looks, shows_stills, with_look_kind, with_notes
from otiograde.grading.pipeline import made_with
from otiograde.grading.remembering import remembering_grades
from otiograde.grading.study import look_at
from otiograde.grading.watching import changes, states
from otiograde.means.means import Means
from otiograde.means.network import OpenStyle
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import Shot, Wishes


def chosen_shots(record: GradedTimeline, shots: Iterable[str], scenes: Iterable[str]) -> frozenset[str]:
    """Find the shots with these ids or names, and those of these scenes. Raises ``TimelineError`` for unknown ones."""
    chosen: set[str] = set()
    for name in shots:
        named = record.edit.named(name)
        if not named:
            raise TimelineError(f"no shot has the id or name {name!r}: see graded.json, or `otiograde inspect`")
        chosen.update(shot.id for shot in named)
    for name in scenes:
        try:
            chosen.update(record.scene(name).shots)
        except KeyError:
            there = ", ".join(scene.id for scene in record.scenes)
            raise TimelineError(f"no scene is called {name!r}: there are {there}") from None
    return frozenset(chosen)


def regrade(
    record: GradedTimeline,
    edit: Edit,
    chosen: Collection[str],
    *,
    settings: Settings | None = None,
    look: Look | None = None,
    means: Means = Means(),
) -> GradedTimeline:
    """Grade the ``chosen`` shots of a record again, with the wishes of ``edit``: the same edit, read anew.

    Scenes keep their shots, and their other shots anchor the chosen ones. Scenes without a chosen shot are not
    measured. ``settings``, the record's by default, hold for this part; the record keeps those of the whole. Raises
    ``TimelineError`` where the edit differs from the record's, ``MatchError`` for a matcher that is not installed.
    """
    if [_without_wishes(shot) for shot in edit.shots] != [_without_wishes(shot) for shot in record.edit.shots]:
        raise TimelineError(f"{edit.name}: the edit or its media changed since it was graded: use `otiograde carry`")
    settings = settings or record.settings
    # A record without a kind of look read its stills as palettes; one without stills has no kind yet.
    if not shows_stills(record.settings, record.edit.shots):
        settings = with_look_kind(settings, edit.shots)
    scenes = [scene for scene in record.scenes if any(shot in chosen for shot in scene.shots)]
    inside = {shot for scene in scenes for shot in scene.shots}
    shots = [shot for shot in edit.shots if shot.id in inside]
    kept = {shot.id: record.grade(shot.id) for shot in shots if shot.id not in chosen}
    scenes = [_wished(scene, [shot for shot in shots if shot.id in chosen]) for scene in scenes]
    looks = _looks(record, scenes, shots, kept, settings, look, means.style)
    before = states(shots)
    survey = look_at(replace(edit, shots=tuple(shots)), settings, means, kept)
    remember = remembering_grades(means.cache)
    decision = decide(survey, scenes, settings, looks, kept, progress=means.progress, remember=remember)
    solved = {grade.shot: grade for grade in decision.grades}
    new = {shot.id: replace(solved[survey.twins[shot.id]], shot=shot.id) for shot in shots if shot.id in chosen}
    touched = {scene.id: scene for scene in scenes}
    pairs = zip(record.edit.shots, edit.shots, strict=True)
    noted = with_notes(record.edit, looks)
    return replace(
        record,
        settings=replace(record.settings, look_as=record.settings.look_as or settings.look_as),
        edit=replace(noted, shots=tuple(now if now.id in chosen else was for was, now in pairs)),
        scenes=tuple(touched.get(scene.id, scene) for scene in record.scenes),
        grades=tuple(new.get(grade.shot, grade) for grade in record.grades),
        findings=(
            *(old for old in record.findings if old.shot not in chosen and old.shot not in touched),
            *decision.findings,
            *(finding for finding in changes(shots, before) if finding.shot in chosen),
        ),
        made_with=made_with(means.network) | looks.made_with,
        evidence=(*(old for old in record.evidence if old.a not in chosen and old.b not in chosen), *decision.evidence),
    )


def _looks(
    record: GradedTimeline,
    scenes: Sequence[Scene],
    shots: Sequence[Shot],
    kept: Mapping[str, Grade],
    settings: Settings,
    look: Look | None,
    style: OpenStyle | None,
) -> Looks:
    """Open the looks of scenes without a kept grade. Where a file of the run's look is gone, they keep their look.

    A locked shot has no look, so it passes none on.
    """
    led = {shot for scene in scenes if kept.keys() & set(scene.shots) - set(scene.locked) for shot in scene.shots}
    alone = [shot for shot in shots if shot.id not in led]
    bare = replace(settings, look=None, more_looks=())
    if look is not None or looks_are_there(settings):
        return open_looks(alone, settings if alone or settings.look_every else bare, look, style)
    looked = (grade for grade in record.grades if grade.shot not in led and not isinstance(grade.look, Identity))
    before = {grade.scene: grade.look for grade in looked}
    return replace(open_looks(alone, bare, style=style), before=before)


def _without_wishes(shot: Shot) -> Shot:
    return replace(shot, wishes=Wishes())


def _wished(scene: Scene, chosen: Sequence[Shot]) -> Scene:
    """Return the scene with the wishes of its chosen shots."""
    wishes = {shot.id: shot.wishes for shot in chosen if shot.id in scene.shots}
    heroes = [shot for shot, wish in wishes.items() if wish.hero]
    hero = heroes[0] if heroes else None if scene.hero in wishes else scene.hero
    locked = [shot for shot in scene.shots if (wishes[shot].lock if shot in wishes else shot in scene.locked)]
    return replace(scene, hero=hero, locked=tuple(locked))
