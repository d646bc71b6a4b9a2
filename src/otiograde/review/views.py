"""Views: the state of a review as its page shows it. The fields are the JSON keys that the page reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from otiograde.color.describing import describe
from otiograde.color.encodings import Encoding
from otiograde.color.lut import Lut3D
from otiograde.color.trim import LIMITS, Trim
from otiograde.exporters.report import compact
from otiograde.record.grade import Grade
from otiograde.record.recutting import found_cuts, movies_of, splits_of
from otiograde.record.settings import AnchorKind, LookKind, SteadyKind
from otiograde.record.shot import Shot, Verdict
from otiograde.review.draft import Draft
from otiograde.review.history import History
from otiograde.review.solving import missing_media

#: Nodes on a side of the LUTs that the page applies.
PREVIEW_SIZE = 17


@dataclass(frozen=True, slots=True)
class Lattice:
    """A LUT as the page applies it."""

    #: The nodes in base64, packed by ``exporters.report.compact``.
    lattice: str
    #: Nodes on a side.
    size: int
    #: Digest of ``lattice``. Equal LUTs have equal digests.
    digest: str

    @classmethod
    def of(cls, transform: Any) -> Lattice:
        """Bake a transform."""
        return _lattice(transform)


@lru_cache(maxsize=2048)
def _lattice(transform: Any) -> Lattice:
    packed = compact(Lut3D.bake(transform, PREVIEW_SIZE), PREVIEW_SIZE)
    return Lattice(packed, PREVIEW_SIZE, blake2b(packed.encode("ascii"), digest_size=8).hexdigest())


@dataclass(frozen=True, slots=True)
class LookTrial:
    """What a look would make of the shots of a scene."""

    #: The LUTs by shot.
    luts: dict[str, Lattice]
    #: What was skipped or replaced, for people.
    note: str


@dataclass(frozen=True, slots=True)
class ShotView:
    """One shot."""

    id: str
    name: str
    #: Id of its scene.
    scene: str
    hero: bool
    lock: bool
    #: Share of the balance that the solver and the checks left, 0 to 1.
    share: float
    #: Strength in force, 0 to 1.
    strength: float
    #: Strength that the reviewer wishes, or None. ``strength`` is then 1.
    wished: float | None
    trim: Trim
    #: Boldness that is wished, or None.
    boldness: float | None
    verdict: Verdict | None
    confidence: str
    #: What the grade does, in words.
    description: str
    reasons: tuple[str, ...]
    #: Digest of its ``Lattice``.
    lut: str
    #: The path of its media if they are missing, else empty.
    missing: str
    #: Whether changes inside it are taken out, and which ones are wished to be.
    steadied: bool
    steady: SteadyKind | None
    #: The lowest and the highest media frame at which it can be split; None if it is of no finished movie.
    splits: tuple[int, int] | None
    #: The shot that continues it in one movie, if there is one.
    next: str | None

    @classmethod
    def of(cls, shot: Shot, grade: Grade, missing: str, cut: tuple[tuple[int, int] | None, str | None]) -> ShotView:
        """Show a shot and its grade. ``missing`` is the path of its media if they are gone, ``cut`` the last fields."""
        transform: Any = grade.transform
        wishes = shot.wishes
        return cls(
            grade.shot,
            shot.name,
            grade.scene,
            hero=wishes.hero,
            lock=wishes.lock,
            share=grade.share,
            strength=1.0 if wishes.strength is None else wishes.strength,
            wished=wishes.strength,
            trim=wishes.trim,
            boldness=wishes.boldness,
            verdict=wishes.verdict,
            confidence=grade.confidence,
            description=_description(transform, shot.media.encoding),
            reasons=tuple(reason.sentence for reason in grade.reasons),
            lut=Lattice.of(transform).digest,
            missing=missing,
            steadied=grade.bare.course is not None,
            steady=wishes.steady,
            splits=cut[0],
            next=cut[1],
        )


@lru_cache(maxsize=2048)
def _description(transform: Any, encoding: Encoding) -> str:
    return describe(transform, encoding)


@dataclass(frozen=True, slots=True)
class SceneView:
    """One scene."""

    id: str
    shots: tuple[str, ...]
    hero: str | None
    anchor: AnchorKind | None
    #: File name of its look, how it is read if it is a still, its strength, and its share of the palette.
    look: str | None
    look_as: LookKind | None
    look_strength: float
    look_palette: float
    #: Whether it has been solved since its wishes changed.
    solved: bool
    #: Whether its grades have been checked since they changed.
    checked: bool

    @classmethod
    def of(cls, draft: Draft, scene_id: str) -> SceneView:
        """Show a scene of the draft."""
        scene = draft.scene(scene_id)
        wishes = [shot.wishes for shot in draft.record.edit.shots if shot.id in scene.shots]
        look = draft.record.look_of(scene)
        return cls(
            scene.id,
            scene.shots,
            scene.hero,
            next((wish.anchor for wish in wishes if wish.anchor), None),
            look.file.name if look else None,
            look.kind if look else None,
            look.strength if look else 1.0,
            look.palette if look else 0.0,
            scene.id not in draft.unsolved,
            scene.id not in draft.unchecked,
        )


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The whole state of a review."""

    #: Counts the changes of the state.
    revision: int
    #: Name of the edit.
    name: str
    scenes: tuple[SceneView, ...]
    shots: tuple[ShotView, ...]
    #: What undo would undo and redo would redo. None if there is nothing.
    undo: str | None
    redo: str | None
    #: Whether there are unsaved changes.
    dirty: bool
    #: File names in the looks folder.
    looks: tuple[str, ...]
    #: Trim field -> its lowest and highest value.
    limits: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, revision: int, history: History, looks: Iterable[str]) -> ReviewView:
        """Show the current draft of a history."""
        draft = history.draft
        edit = draft.record.edit
        missing = missing_media(edit.shots)
        splits = {
            shot.id: shot_splits for shots in movies_of(edit) for shot in shots if (shot_splits := splits_of(shot))
        }
        following = {cut.first: cut.second for cut in found_cuts(edit)}
        return cls(
            revision,
            edit.name,
            tuple(SceneView.of(draft, scene.id) for scene in draft.record.scenes),
            tuple(
                ShotView.of(shot, grade, missing.get(grade.shot, ""), (splits.get(shot.id), following.get(shot.id)))
                for shot, grade in zip(edit.shots, draft.record.grades, strict=True)
            ),
            history.done[-1].change.label if history.done else None,
            history.undone[-1].change.label if history.undone else None,
            history.dirty,
            tuple(looks),
            LIMITS,
        )
