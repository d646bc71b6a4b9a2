"""Grade: what is done to one shot, how much of it, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np

from otiograde.color.lut import Lut3D
from otiograde.color.transform import Chain, Identity, Mix, Transform
from otiograde.record.course import Course, Key
from otiograde.record.later import LATER
from otiograde.record.reason import Reason

#: LUTs that are remembered, because settling, checks and exports ask for the same ones: 50 MB of 33 nodes a side. To
#: bake one again takes 5 ms.
BAKED = 48

Confidence: TypeAlias = Literal["high", "medium", "low", "none"]


@dataclass(frozen=True, slots=True)
class Grade:
    """What is done to one shot: ``trim ∘ look ∘ balance``, after its course if it has one."""

    #: Ids of the shot and of its scene.
    shot: str
    scene: str
    #: Makes the shot agree with its scene.
    balance: Transform = Identity()
    #: Comes after the balance, the same for every shot of the scene.
    look: Transform = Identity()
    #: What the solver and "do no harm" left of the balance, in [0, 1].
    share: float = 1.0
    #: What the editor wishes of that share, in [0, 1]; 0 for a rejected grade.
    strength: float = 1.0
    #: How well the balance is supported by evidence.
    confidence: Confidence = "none"
    #: What was decided and why.
    reasons: tuple[Reason, ...] = ()
    #: What the editor added by hand. It comes last.
    trim: Transform = Identity()
    #: What changes inside the shot, and comes first. None where one correction holds for every frame.
    course: Course | None = field(default=None, metadata=LATER)
    #: The look at each key of the course, where the look changes. ``look`` is then the one at its reference frame.
    key_looks: tuple[Transform, ...] = field(default=(), metadata=LATER)

    @property
    def amount(self) -> float:
        """How much of the balance is applied, in [0, 1]: the wished strength of the share that was left."""
        return self.share * self.strength

    @property
    def transform(self) -> Transform:
        """Balance by its amount, then look, then trim, as one transform of the shot's code values.

        Where the shot has a course, this is the grade at the course's reference frame.
        """
        return self._after(Identity(), self.look)

    @property
    def keyed(self) -> tuple[tuple[int, Transform], ...]:
        """The media frame of each key, and the whole grade there. Empty where one grade holds for every frame."""
        if self.course is None:
            return ()
        looks = self.key_looks or (self.look,) * len(self.course.keys)
        pairs = zip(self.course.keys, looks, strict=True)
        return tuple((key.frame, self._after(key.transform, look)) for key, look in pairs)

    @property
    def whole_course(self) -> Course | None:
        """The course with the whole grade at each key: two keys may share what is taken out and differ in their look.

        None where one grade holds for every frame.
        """
        if self.course is None:
            return None
        return replace(self.course, keys=tuple(Key(frame, transform) for frame, transform in self.keyed))

    @property
    def is_identity(self) -> bool:
        """Whether every frame keeps its colors."""
        whole = (self.transform, *(transform for _, transform in self.keyed))
        return all(isinstance(transform, Identity) for transform in whole)

    @property
    def bare(self) -> Grade:
        """The grade without look and trim: what the match alone does."""
        steadied = self.course is not None and self.course.kind != "look"
        course = self.course if steadied else None
        return replace(self, look=Identity(), trim=Identity(), course=course, key_looks=())

    @property
    def steadied(self) -> Grade:
        """The grade's course alone, without balance, look and trim."""
        return replace(self.bare, balance=Identity())

    @property
    def unsteadied(self) -> Grade:
        """The grade with the changes inside its shot left in. A look that changes still does, at the same keys."""
        course = self.course
        if course is None or course.kind == "look":
            return self
        taken = Reason("drift", course.taken_out)
        grade = replace(self, course=None, reasons=tuple(reason for reason in self.reasons if reason != taken))
        if not self.key_looks:
            return grade
        keys = tuple(Key(key.frame, Identity()) for key in course.keys)
        return replace(grade, course=Course(keys, reference=course.reference, kind="look", words="the look changes"))

    def lut(self, size: int) -> Lut3D:
        """The grade baked into a lattice of ``size`` nodes a side, clipped to [0, 1] last."""
        transform: Any = self.transform  # transforms are frozen, hence hashable
        return _baked(transform, size, self.shot)

    def key_lut(self, index: int, size: int) -> Lut3D:
        """The whole grade at key ``index``, baked like ``lut``. Raises ``IndexError``."""
        frame, transform = self.keyed[index]
        whole: Any = transform
        return _baked(whole, size, f"{self.shot} at frame {frame}")

    def lut_at(self, frame: int, size: int) -> Lut3D:
        """The grade at a media frame, baked like ``lut``: the LUTs of two keys are mixed as their pictures are."""
        if self.course is None:
            return self.lut(size)
        left, share = self.course.at(frame)
        lut = self.key_lut(left, size)
        if share == 0:
            return lut
        other = self.key_lut(left + 1, size)
        mixed = lut.lattice + np.float32(share) * (other.lattice - lut.lattice)
        return Lut3D(mixed, lut.domain, f"{self.shot} at frame {frame}")

    def _after(self, first: Transform, look: Transform) -> Transform:
        """Apply ``first``, then the whole grade with this look."""
        balance: Transform = Mix(self.balance, self.amount)
        if isinstance(self.balance, Identity) or self.amount == 0:
            balance = Identity()
        elif self.amount == 1:
            balance = self.balance
        steps = tuple(step for step in (first, balance, look, self.trim) if not isinstance(step, Identity))
        return Chain(steps) if len(steps) > 1 else (*steps, Identity())[0]


@lru_cache(maxsize=BAKED)
def _baked(transform: Any, size: int, title: str) -> Lut3D:
    return Lut3D.bake(transform, size, title=title)
