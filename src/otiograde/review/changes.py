"""Changes: what a reviewer can ask for, each a frozen noun that takes a draft to the next one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from otiograde.color.trim import Trim
from otiograde.decide.wishing import with_wishes
from otiograde.errors import OtiogradeError
from otiograde.record.codec import decode
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import AnchorKind
from otiograde.record.shot import Shot, Verdict, Wishes

LONGEST_SCENE = 64

Wish: TypeAlias = Callable[[Shot], Wishes]


class ChangeError(OtiogradeError, ValueError):
    """A change that makes no sense for the draft it is meant for."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record under review.

    ``unsolved`` scenes ask for something else than what they were solved for; ``unchecked`` ones have grades that no
    check has seen yet.
    """

    record: GradedTimeline
    unsolved: frozenset[str] = frozenset()
    unchecked: frozenset[str] = frozenset()

    def scene(self, scene_id: str) -> Scene:
        """The scene with this id. Raises ``ChangeError``."""
        for scene in self.record.scenes:
            if scene.id == scene_id:
                return scene
        raise ChangeError(f"there is no scene {scene_id!r}")

    def scenes_of(self, shots: Collection[str]) -> frozenset[str]:
        """The ids of the scenes of these shots."""
        return frozenset(scene.id for scene in self.record.scenes if not set(shots).isdisjoint(scene.shots))

    def check(self, shots: Collection[str]) -> None:
        """Raise ``ChangeError`` unless these are shots of the edit, one at least."""
        if unknown := set(shots) - {shot.id for shot in self.record.edit.shots}:
            raise ChangeError(f"there is no shot {min(unknown)!r}")
        if not shots:
            raise ChangeError("no shot is named")

    def wishing(self, shots: Collection[str], wish: Wish, *, solve: bool) -> Draft:
        """The draft with other wishes for these shots; ``solve``: they mean another solution for their scenes.

        Raises ``ChangeError`` for a shot that is not there.
        """
        self.check(shots)
        changed = {shot.id: wish(shot) for shot in self.record.edit.shots if shot.id in shots}
        edit = self.record.edit
        edit = replace(
            edit,
            shots=tuple(replace(shot, wishes=changed.get(shot.id, shot.wishes)) for shot in edit.shots),
        )
        grades = tuple(
            with_wishes(grade, changed[grade.shot]) if grade.shot in changed else grade for grade in self.record.grades
        )
        wishes = {shot.id: shot.wishes for shot in edit.shots}
        scenes = tuple(_wished(scene, wishes) for scene in self.record.scenes)
        touched = self.scenes_of(shots)
        return replace(
            self,
            record=replace(self.record, edit=edit, scenes=scenes, grades=grades),
            unsolved=self.unsolved | touched if solve else self.unsolved,
            unchecked=self.unchecked | touched,
        )


def _wished(scene: Scene, wishes: Mapping[str, Wishes]) -> Scene:
    hero = next((shot for shot in scene.shots if wishes[shot].hero), None)
    return replace(scene, hero=hero, locked=tuple(shot for shot in scene.shots if wishes[shot].lock))


class Change(Protocol):
    """Takes a draft to the next one; ``words`` say what it does."""

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        ...

    def __call__(self, draft: Draft) -> Draft:
        """The draft after the change. Raises ``ChangeError`` where it makes no sense."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """Put shots into a scene, which is new when no scene has this id.

    From then on every shot of the edit is told its scene, so that reading the edit again gives these scenes.
    """

    shots: tuple[str, ...]
    scene: str

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        return f"move {_some(self.shots)} to {self.scene}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with the shots in the scene. Raises ``ChangeError``: a bad name, SDR and HDR together."""
        draft.check(self.shots)
        if not self.scene.strip() or len(self.scene) > LONGEST_SCENE or not self.scene.isprintable():
            raise ChangeError(f"a scene's name has 1 to {LONGEST_SCENE} printable signs")
        touched = draft.scenes_of(self.shots) | {self.scene}
        if len(touched) == 1:
            raise ChangeError(f"{_some(self.shots)} is in {self.scene} already")
        home = {shot: scene.id for scene in draft.record.scenes for shot in scene.shots}
        home |= dict.fromkeys(self.shots, self.scene)
        there = [shot for shot in draft.record.edit.shots if home[shot.id] == self.scene and shot.id not in self.shots]
        leader = there[0].wishes if there else Wishes()
        led = any(shot.wishes.hero for shot in there)

        def wish(shot: Shot) -> Wishes:
            if shot.id not in self.shots:
                return replace(shot.wishes, scene=home[shot.id])
            hero = shot.wishes.hero and not led
            return replace(shot.wishes, scene=self.scene, hero=hero, look=leader.look, anchor=leader.anchor)

        pinned = draft.wishing(list(home), wish, solve=False)
        record = _regrouped(pinned.record, home, self)
        left = {scene.id for scene in record.scenes}
        unsolved, unchecked = ((before | touched) & left for before in (draft.unsolved, draft.unchecked))
        return replace(pinned, record=record, unsolved=frozenset(unsolved), unchecked=frozenset(unchecked))


def _regrouped(record: GradedTimeline, home: Mapping[str, str], move: Move) -> GradedTimeline:
    """The record with its shots in the scenes of ``home``, in the order of their first shots."""
    members: dict[str, list[Shot]] = {}
    for shot in record.edit.shots:
        members.setdefault(home[shot.id], []).append(shot)
    if len({shot.media.encoding.is_hdr for shot in members[move.scene]}) > 1:
        raise ChangeError("SDR and HDR shots cannot share a scene")
    before = {scene.id: scene.reasons for scene in record.scenes}
    wishes = {shot.id: shot.wishes for shot in record.edit.shots}
    scenes = []
    for name, shots in members.items():
        ids = tuple(shot.id for shot in shots)
        told = tuple(reason for reason in before.get(name, ()) if reason.shot in ids)
        arrived = tuple(Reason("wish", "put here by hand", shot) for shot in move.shots if name == move.scene)
        scenes.append(_wished(Scene(name, ids, reasons=(*told, *arrived)), wishes))
    grades = tuple(replace(grade, scene=home[grade.shot]) for grade in record.grades)
    return replace(record, scenes=tuple(scenes), grades=grades)


@dataclass(frozen=True, slots=True)
class Hero:
    """Name the shot whose grade a scene keeps, or none."""

    scene: str
    shot: str | None

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        return f"make {self.shot} the hero" if self.shot else f"no hero in {self.scene}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with this hero."""
        scene = draft.scene(self.scene)
        if self.shot is not None and self.shot not in scene.shots:
            raise ChangeError(f"{self.shot!r} is not in scene {self.scene!r}")
        return draft.wishing(scene.shots, lambda shot: replace(shot.wishes, hero=shot.id == self.shot), solve=True)


@dataclass(frozen=True, slots=True)
class Lock:
    """Let shots keep their own colors, or not."""

    shots: tuple[str, ...]
    lock: bool

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        return f"{'lock' if self.lock else 'unlock'} {_some(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with these locks."""
        return draft.wishing(self.shots, lambda shot: replace(shot.wishes, lock=self.lock), solve=True)


@dataclass(frozen=True, slots=True)
class Strength:
    """Scale what the checks left of the balances of shots, or take all of it."""

    shots: tuple[str, ...]
    strength: float | None

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        amount = "as solved" if self.strength is None else f"{self.strength:.0%}"
        return f"strength {amount} for {_some(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft at this strength. Raises ``ChangeError`` outside [0, 1]."""
        if self.strength is not None and not 0 <= self.strength <= 1:
            raise ChangeError("a strength is from 0 to 1")
        return draft.wishing(self.shots, lambda shot: replace(shot.wishes, strength=self.strength), solve=False)


@dataclass(frozen=True, slots=True)
class Touch:
    """Put a trim on top of shots."""

    shots: tuple[str, ...]
    trim: Trim

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        return f"{self.trim.words or 'no trim'} for {_some(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with this trim."""
        return draft.wishing(self.shots, lambda shot: replace(shot.wishes, trim=self.trim), solve=False)


@dataclass(frozen=True, slots=True)
class Judge:
    """Accept the grades of shots, reject them, or take that back."""

    shots: tuple[str, ...]
    verdict: Verdict | None

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        verb = {"accepted": "accept", "rejected": "reject"}.get(self.verdict or "", "no verdict on")
        return f"{verb} {_some(self.shots)}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with this verdict."""
        return draft.wishing(self.shots, lambda shot: replace(shot.wishes, verdict=self.verdict), solve=False)


@dataclass(frozen=True, slots=True)
class AnchorTo:
    """Say what a scene is solved towards, or leave that to the run."""

    scene: str
    anchor: AnchorKind | None

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        return f"anchor {self.anchor or 'as usual'} for {self.scene}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with this anchor."""
        shots = draft.scene(self.scene).shots
        return draft.wishing(shots, lambda shot: replace(shot.wishes, anchor=self.anchor), solve=True)


@dataclass(frozen=True, slots=True)
class LookLike:
    """Give a scene the look of a still or a .cube, or none."""

    scene: str
    look: Path | None

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        return f"look {self.look.name if self.look else 'of its own'} for {self.scene}"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with this look."""
        shots = draft.scene(self.scene).shots
        return draft.wishing(shots, lambda shot: replace(shot.wishes, look=self.look), solve=True)


@dataclass(frozen=True, slots=True)
class Solved:
    """Take over the record in which a scene was solved again."""

    scene: str
    record: GradedTimeline

    @property
    def words(self) -> str:
        """What is done, for the undo button."""
        return f"solve {self.scene} again"

    def __call__(self, draft: Draft) -> Draft:
        """The draft with this solution."""
        return Draft(self.record, draft.unsolved - {self.scene}, draft.unchecked - {self.scene})


#: What a page can ask for, by name.
KINDS: dict[str, type[Any]] = {
    "move": Move,
    "hero": Hero,
    "lock": Lock,
    "strength": Strength,
    "trim": Touch,
    "verdict": Judge,
    "anchor": AnchorTo,
    "look": LookLike,
}


def parse_change(values: Mapping[str, Any]) -> Change:
    """The change that JSON values spell: ``{"kind": "lock", "shots": [...], "lock": true}``. Raises ``ChangeError``."""
    try:
        kind = KINDS[values["kind"]]
        change: Change = decode(kind, {key: value for key, value in values.items() if key != "kind"})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChangeError(f"this change is not understood: {error}") from None
    return change


def _some(shots: Iterable[str]) -> str:
    names = list(shots)
    return names[0] if len(names) == 1 else f"{len(names)} shots"
