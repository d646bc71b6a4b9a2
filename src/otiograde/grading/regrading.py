"""Grade a part of an edit again: what is not part of it keeps its grade to the byte, and leads what is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from otiograde.color.transform import Identity
from otiograde.decide.look import Look
from otiograde.decide.match import Matcher
from otiograde.decide.match.joint import Joint
from otiograde.decide.verify import check_all, evidence_of, settle
from otiograde.decide.wishing import as_wished
from otiograde.errors import TimelineError
from otiograde.grading.pipeline import (
    apply_look,
    drifts_of,
    made_with,
    open_look,
    sample_all,
    say_drifts,
    wished_anchor,
    wished_look,
)
from otiograde.grading.twins import twins_of
from otiograde.means.cache import NO_CACHE, Cache
from otiograde.means.progress import Progress, silent
from otiograde.means.workers import SERIAL
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Anchor, Scene
from otiograde.record.shot import Shot, Wishes
from otiograde.survey.link import Link
from otiograde.survey.links import Linking, Network, link_all
from otiograde.survey.sample import Sample, Sampling


def chosen_shots(record: GradedTimeline, shots: Iterable[str], scenes: Iterable[str]) -> frozenset[str]:
    """Find the shots of these ids or names, and those of these scenes. Raises ``TimelineError``: unknown ones."""
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
    matcher: Matcher = Joint(),
    anchor: Anchor = Anchor(),
    look: Look | None = None,
    network: Network | None = None,
    executor: Executor = SERIAL,
    cache: Cache = NO_CACHE,
    progress: Progress = silent,
) -> GradedTimeline:
    """Grade the ``chosen`` shots of a record again, with what ``edit``, the same edit read anew, wishes of them.

    Scenes stay as they are; the other shots of a scene are its anchors. Scenes without a chosen shot are not looked at.
    Raises ``TimelineError`` when the edit is not the record's any more.
    """
    if [_without_wishes(shot) for shot in edit.shots] != [_without_wishes(shot) for shot in record.edit.shots]:
        raise TimelineError(f"{edit.name}: the edit or its media changed since it was graded: use `otiograde carry`")
    scenes = [scene for scene in record.scenes if any(shot in chosen for shot in scene.shots)]
    inside = {shot for scene in scenes for shot in scene.shots}
    shots = [shot for shot in edit.shots if shot.id in inside]
    kept = {shot.id: record.grade(shot.id) for shot in shots if shot.id not in chosen}
    scenes = [_wished(scene, [shot for shot in shots if shot.id in chosen]) for scene in scenes]
    twins = twins_among(shots, kept)
    firsts = [shot for shot in shots if twins[shot.id] == shot.id]
    samples = with_grades(sample_all(firsts, Sampling(), executor, cache, progress), kept)
    links = link_all(firsts, samples, Linking(), executor, progress, chosen, store=cache, network=network)
    solved, findings, evidence = solve_around(
        scenes, firsts, samples, links, kept, matcher=matcher, anchor=anchor, look=look, lut_size=record.lut_size
    )
    new = {shot.id: replace(solved[twins[shot.id]], shot=shot.id) for shot in shots if shot.id in chosen}
    touched = {scene.id: scene for scene in scenes}
    pairs = zip(record.edit.shots, edit.shots, strict=True)
    return GradedTimeline(
        replace(record.edit, shots=tuple(now if now.id in chosen else was for was, now in pairs)),
        tuple(touched.get(scene.id, scene) for scene in record.scenes),
        tuple(new.get(grade.shot, grade) for grade in record.grades),
        (*(old for old in record.findings if old.shot not in chosen and old.shot not in touched), *findings),
        record.lut_size,
        made_with(network),
        (*(old for old in record.evidence if old.a not in chosen and old.b not in chosen), *evidence),
    )


def _without_wishes(shot: Shot) -> Shot:
    return replace(shot, wishes=Wishes())


def _wished(scene: Scene, chosen: Sequence[Shot]) -> Scene:
    """The scene with what is wished of its chosen shots now."""
    own = {shot.id: shot.wishes for shot in chosen if shot.id in scene.shots}
    heroes = [shot for shot, wishes in own.items() if wishes.hero]
    hero = heroes[0] if heroes else None if scene.hero in own else scene.hero
    locked = [shot for shot in scene.shots if (own[shot].lock if shot in own else shot in scene.locked)]
    return replace(scene, hero=hero, locked=tuple(locked))


def twins_among(shots: Sequence[Shot], kept: Collection[str]) -> dict[str, str]:
    """Each shot's first twin, in the shots' order; one that keeps its grade is no twin of one that does not."""
    free = twins_of([shot for shot in shots if shot.id not in kept])
    held = twins_of([shot for shot in shots if shot.id in kept])
    return {shot.id: held[shot.id] if shot.id in kept else free[shot.id] for shot in shots}


def with_grades(samples: Mapping[str, Sample], kept: Mapping[str, Grade]) -> dict[str, Sample]:
    """The samples as they look when the kept grades are on them; looks, which come last, are left out."""
    graded = {}
    for shot, sample in samples.items():
        balance = kept[shot].bare.transform if shot in kept else Identity()
        if not isinstance(balance, Identity) and len(sample.at):
            frames = np.clip(balance(sample.frames), 0, 1).astype(np.float32)
            sample = Sample.of(shot, frames, sample.usable, sample.at, sample.notes)  # noqa: PLW2901
        graded[shot] = sample
    return graded


def solve_around(
    scenes: Sequence[Scene],
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    links: Sequence[Link],
    kept: Mapping[str, Grade],
    *,
    matcher: Matcher,
    anchor: Anchor,
    look: Look | None,
    lut_size: int,
) -> tuple[dict[str, Grade], list[Finding], list[Evidence]]:
    """Solve the shots that are not kept, the kept ones as anchors; ``samples`` are those of ``with_grades``.

    A solved shot takes the look of its scene's kept shots; where there is none, ``look``, or the one that is wished.
    Returns the grades of the solved shots, the findings of these and of their scenes, and the evidence of the links.
    """
    open_ = [scene for scene in scenes if any(shot in samples and shot not in kept for shot in scene.shots)]
    parts = [_part(scene, samples, kept) for scene in open_]
    free = [shot for shot in shots if shot.id not in kept]
    encodings = {shot.id: shot.media.encoding for shot in shots}
    drifts = drifts_of(free, samples, SERIAL)
    anchors = [wished_anchor(part, shots, anchor) for part in parts]
    pairs = zip(parts, anchors, strict=True)
    solved = [grade for part, own in pairs for grade in matcher.solve(part, samples, links, own)]
    solved = settle(parts, as_wished(solved, free), samples, links, lut_size, encodings=encodings)
    solved = _looked(parts, free, samples, kept, say_drifts(solved, drifts), look)
    found = check_all(parts, solved, samples, links, lut_size, encodings=encodings, drifts=drifts)
    told = [finding for finding in found if finding.shot not in kept]
    evidence = evidence_of(parts, solved, samples, links, lut_size, encodings=encodings)
    return {grade.shot: grade for grade in solved if grade.shot not in kept}, told, evidence


def _looked(
    parts: Sequence[Scene],
    free: Sequence[Shot],
    samples: Mapping[str, Sample],
    kept: Mapping[str, Grade],
    grades: Sequence[Grade],
    look: Look | None,
) -> list[Grade]:
    """The grades with their looks: that of the scene's kept shots, else ``look``, else the one that is wished."""
    done = list(grades)
    for part in parts:
        leader = next((shot for shot in part.shots if shot in kept), None)
        if leader is not None:
            own = set(part.shots) - set(part.locked)
            done = [replace(grade, look=kept[leader].look) if grade.shot in own else grade for grade in done]
            continue
        inside = [shot for shot in free if shot.id in part.shots]
        wished = {file: open_look(file) for shot in inside if look is None and (file := shot.wishes.look)}
        chosen, why = (look, ()) if look is not None else wished_look(part, inside, wished)
        done = apply_look(chosen, [part], samples, done, why)
    return done


def _part(scene: Scene, samples: Mapping[str, Sample], kept: Mapping[str, Grade]) -> Scene:
    """The scene as it is solved: the shots that have a sample, the kept ones locked."""
    shots = tuple(shot for shot in scene.shots if shot in samples)
    locked = tuple(shot for shot in shots if shot in kept or shot in scene.locked)
    hero = scene.hero if scene.hero in shots and scene.hero not in kept else None
    return replace(scene, shots=shots, locked=locked, hero=hero)
