"""Changes: what a reviewer can do. Each is a frozen dataclass that makes the next draft from a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from otiograde.color.trim import Trim
from otiograde.record.codec import MISFITS, decode
from otiograde.record.finding import DOUBTS
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import AnchorKind, SteadyKind
from otiograde.record.shot import Shot, Verdict, Wishes
from otiograde.review.draft import ChangeError, Draft, shots_label, with_hero_and_locks
from otiograde.review.recuts import Join, Split
from otiograde.review.scene_looks import SetLook

#: The longest name of a scene, in characters.
LONGEST_SCENE = 64


class Change(Protocol):
    """Makes the next draft from a draft."""

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        ...

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft after the change. Raises ``ChangeError`` if the change does not fit."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """Move shots to a scene. If no scene has this id, a new one is made.

    Afterwards every shot of the edit wishes for its scene, so that reading the edit again gives the same scenes.
    """

    shots: tuple[str, ...]
    scene: str

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"move {shots_label(self.shots)} to {self.scene}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with the shots in the scene.

        Raises ``ChangeError`` for a bad scene name, or if the scene would mix SDR and HDR.
        """
        draft.check_shots(self.shots)
        if not self.scene.strip() or len(self.scene) > LONGEST_SCENE or not self.scene.isprintable():
            raise ChangeError(f"a scene's name has 1 to {LONGEST_SCENE} printable characters")
        touched = draft.scenes_of(self.shots) | {self.scene}
        if len(touched) == 1:
            raise ChangeError(f"{shots_label(self.shots)} is in {self.scene} already")
        scene_of = {shot: scene.id for scene in draft.record.scenes for shot in scene.shots}
        scene_of |= dict.fromkeys(self.shots, self.scene)
        members = [
            shot for shot in draft.record.edit.shots if scene_of[shot.id] == self.scene and shot.id not in self.shots
        ]
        leader = members[0].wishes if members else Wishes()
        has_hero = any(shot.wishes.hero for shot in members)

        def wish(shot: Shot) -> Wishes:
            if shot.id not in self.shots:
                return replace(shot.wishes, scene=scene_of[shot.id], scene_origin="edit")
            hero = shot.wishes.hero and not has_hero
            changed = replace(shot.wishes, scene=self.scene, scene_origin="edit", hero=hero)
            return replace(changed.with_look(leader.wished_look), anchor=leader.anchor)

        pinned = draft.set_wishes(list(scene_of), wish, solve=False)
        record = _regrouped(pinned.record, scene_of, self)
        remaining = {scene.id for scene in record.scenes}
        unsolved, unchecked = ((before | touched) & remaining for before in (draft.unsolved, draft.unchecked))
        return replace(pinned, record=record, unsolved=frozenset(unsolved), unchecked=frozenset(unchecked))


def _regrouped(record: GradedTimeline, scene_of: Mapping[str, str], move: Move) -> GradedTimeline:
    """Return the record with its shots in the scenes of ``scene_of``. Scenes are ordered by their first shots."""
    members: dict[str, list[Shot]] = {}
    for shot in record.edit.shots:
        members.setdefault(scene_of[shot.id], []).append(shot)
    formats = {(shot.media.encoding.name, shot.media.pixel_format) for shot in members[move.scene]}
    doubted = {finding.shot for finding in record.findings if finding.check in DOUBTS}
    if len(formats) > 1 and (unsure := next((shot.id for shot in members[move.scene] if shot.id in doubted), None)):
        raise ChangeError(f"the encoding of {unsure} is in doubt: name it with --encoding before it shares a scene")
    before = {scene.id: scene.reasons for scene in record.scenes}
    wishes = {shot.id: shot.wishes for shot in record.edit.shots}
    scenes = []
    for name, shots in members.items():
        ids = tuple(shot.id for shot in shots)
        remaining = tuple(reason for reason in before.get(name, ()) if reason.shot in ids)
        arrived = tuple(Reason("wish", "put here by hand", shot) for shot in move.shots if name == move.scene)
        scenes.append(with_hero_and_locks(Scene(name, ids, reasons=(*remaining, *arrived)), wishes))
    grades = tuple(replace(grade, scene=scene_of[grade.shot]) for grade in record.grades)
    gone = before.keys() - members.keys() - wishes.keys()
    findings = tuple(finding for finding in record.findings if finding.shot not in gone)
    return replace(record, scenes=tuple(scenes), grades=grades, findings=findings)


@dataclass(frozen=True, slots=True)
class SetHero:
    """Name the shot whose grade leads a scene. With ``shot`` None, the scene has no hero."""

    scene: str
    shot: str | None

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"make {self.shot} the hero" if self.shot else f"no hero in {self.scene}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with this hero. Raises ``ChangeError`` if the shot is not in the scene."""
        scene = draft.scene(self.scene)
        if self.shot is not None and self.shot not in scene.shots:
            raise ChangeError(f"{self.shot!r} is not in scene {self.scene!r}")
        return draft.set_wishes(scene.shots, lambda shot: replace(shot.wishes, hero=shot.id == self.shot), solve=True)


@dataclass(frozen=True, slots=True)
class SetLock:
    """Lock shots, so that they keep their colors, or unlock them."""

    shots: tuple[str, ...]
    lock: bool

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"{'lock' if self.lock else 'unlock'} {shots_label(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with these locks."""
        return draft.set_wishes(self.shots, lambda shot: replace(shot.wishes, lock=self.lock), solve=True)


@dataclass(frozen=True, slots=True)
class SetStrength:
    """Set the strength of the grades of shots, 0 to 1. None is the strength that was solved."""

    shots: tuple[str, ...]
    strength: float | None

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        amount = "as solved" if self.strength is None else f"{self.strength:.0%}"
        return f"strength {amount} for {shots_label(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft at this strength. Raises ``ChangeError`` outside [0, 1]."""
        if self.strength is not None and not 0 <= self.strength <= 1:
            raise ChangeError("a strength is a number from 0 to 1")
        return draft.set_wishes(self.shots, lambda shot: replace(shot.wishes, strength=self.strength), solve=False)


@dataclass(frozen=True, slots=True)
class SetBoldness:
    """Set how much of a correction is applied that nothing proves, 0 to 1. None is the boldness of the run."""

    shots: tuple[str, ...]
    boldness: float | None

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        amount = "as usual" if self.boldness is None else f"{self.boldness:g}"
        return f"boldness {amount} for {shots_label(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft at this boldness. Raises ``ChangeError`` outside [0, 1]."""
        if self.boldness is not None and not 0 <= self.boldness <= 1:
            raise ChangeError("a boldness is a number from 0 to 1")
        return draft.set_wishes(self.shots, lambda shot: replace(shot.wishes, boldness=self.boldness), solve=True)


@dataclass(frozen=True, slots=True)
class SetTrim:
    """Set the trim of shots, which comes after balance and look."""

    shots: tuple[str, ...]
    trim: Trim

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"{self.trim.words or 'no trim'} for {shots_label(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with this trim."""
        return draft.set_wishes(self.shots, lambda shot: replace(shot.wishes, trim=self.trim), solve=False)


@dataclass(frozen=True, slots=True)
class SetVerdict:
    """Accept or reject the grades of shots. None withdraws the verdict."""

    shots: tuple[str, ...]
    verdict: Verdict | None

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        verb = {"accepted": "accept", "rejected": "reject"}.get(self.verdict or "", "no verdict on")
        return f"{verb} {shots_label(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with this verdict. Where a rejected shot is to be steadied again, its scene is unsolved."""
        usual = draft.record.settings.steadying.mode
        rejected = [
            shot for shot in draft.record.edit.shots if shot.id in self.shots and shot.wishes.verdict == "rejected"
        ]
        solve = self.verdict is None and any((shot.wishes.steady or usual) != "off" for shot in rejected)
        return draft.set_wishes(self.shots, lambda shot: replace(shot.wishes, verdict=self.verdict), solve=solve)


@dataclass(frozen=True, slots=True)
class SetAnchor:
    """Set what a scene is solved towards. None is the anchor of the run."""

    scene: str
    anchor: AnchorKind | None

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"anchor {self.anchor or 'as usual'} for {self.scene}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with this anchor."""
        shots = draft.scene(self.scene).shots
        return draft.set_wishes(shots, lambda shot: replace(shot.wishes, anchor=self.anchor), solve=True)


@dataclass(frozen=True, slots=True)
class Solved:
    """Replace the record by the one in which a scene was solved again."""

    scene: str
    record: GradedTimeline

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"solve {self.scene} again"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with this solution."""
        return Draft(self.record, draft.unsolved - {self.scene}, draft.unchecked - {self.scene})


@dataclass(frozen=True, slots=True)
class SetSteady:
    """Choose which changes inside shots are taken out: none ("off"), "steps" or "all". None is as the run chose."""

    shots: tuple[str, ...]
    steady: SteadyKind | None

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"steady {self.steady or 'as usual'} for {shots_label(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with this wish; off needs no solving."""
        solve = self.steady != "off"
        return draft.set_wishes(self.shots, lambda shot: replace(shot.wishes, steady=self.steady), solve=solve)


#: The changes that the page can request, by the value of ``kind`` in JSON.
KINDS: dict[str, type[Any]] = {
    "move": Move,
    "hero": SetHero,
    "lock": SetLock,
    "strength": SetStrength,
    "boldness": SetBoldness,
    "trim": SetTrim,
    "verdict": SetVerdict,
    "anchor": SetAnchor,
    "look": SetLook,
    "steady": SetSteady,
    "split": Split,
    "join": Join,
}


def parse_change(values: Mapping[str, Any]) -> Change:
    """Parse a change from JSON values: ``{"kind": "lock", "shots": [...], "lock": true}``. Raises ``ChangeError``."""
    try:
        kind = KINDS[values["kind"]]
        change: Change = decode(kind, {key: value for key, value in values.items() if key != "kind"})
    except (*MISFITS, RecursionError) as error:
        raise ChangeError(f"this change is not understood: {error}") from None
    return change
