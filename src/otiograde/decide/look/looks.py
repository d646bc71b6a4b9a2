"""Looks: choose the look of each scene of a run, and apply it to the scene's grades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from otiograde.color.transform import Colors, Identity, Transform
from otiograde.decide.look.changing import ChangingLook, with_changing_look
from otiograde.decide.look.look import Look, same_look
from otiograde.decide.look.recovered import DISAGREEMENT, Recovered
from otiograde.decide.look.style import StyleLook, scene_frames
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot, WishedLook
from otiograde.survey.survey import POOL, Survey


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of a run, the strongest first."""

    #: The look for every scene.
    chosen: Look | None = None
    #: The looks that shots wish for.
    wished: Mapping[WishedLook, Look] = field(default_factory=dict)
    #: The looks that scenes had before, by scene id.
    before: Mapping[str, Transform] = field(default_factory=dict)
    #: What was skipped or converted when their files were read, for people.
    notes: tuple[str, ...] = ()

    @property
    def made_with(self) -> dict[str, str]:
        """Version or digest of the networks that the looks depend on, by name."""
        made = (look.made_with for look in (self.chosen, *self.wished.values()) if isinstance(look, StyleLook))
        return {name: version for versions in made for name, version in versions.items()}

    def of(self, scene: Scene, shots: Iterable[Shot]) -> tuple[Look | None, tuple[Reason, ...]]:
        """Return the look of a scene, and where it comes from. Of the looks that ``shots`` wish for, the first counts.

        A look that is the same for every scene is a reason only if it was read from stills by a network.
        """
        if self.chosen is not None:
            return self.chosen, _origin(self.chosen)
        for shot in shots:
            if shot.id in scene.shots and (wish := shot.wishes.wished_look) is not None:
                reason = Reason("look", f"look {wish.words}, as {shot.id} asks")
                return self.wished[wish], (reason, *_origin(self.wished[wish]))
        if scene.id in self.before:
            return same_look(self.before[scene.id]), ()
        return None, ()


def _origin(look: Look) -> tuple[Reason, ...]:
    return (Reason("look", look.words),) if isinstance(look, Recovered | StyleLook | ChangingLook) else ()


def disagreements(
    survey: Survey, scenes: Sequence[Scene], grades: Sequence[Grade], looks: Looks, leaders: Mapping[str, Grade]
) -> Iterator[Finding]:
    """Yield a finding, which is no failure, for each scene on which the stills of its look disagree.

    ``grades`` are those before the look; scenes with ``leaders`` have an earlier look.
    """
    by_shot = {grade.shot: grade for grade in grades}
    shots = [shot for shot in survey.shots if shot.id not in leaders]
    for scene in scenes:
        look, _ = looks.of(scene, shots)
        free = [by_shot[shot] for shot in scene.shots if shot not in scene.locked]
        if not isinstance(look, Recovered) or leaders.keys() & set(scene.shots) or not free:
            continue
        colors = np.concatenate([grade.transform(survey.samples[grade.shot].colors(POOL)) for grade in free])
        if len(colors) and (apart := look.disagreement(colors)) > DISAGREEMENT:
            note = "the stills of the look disagree, and their mean is used: give stills of one grade"
            yield Finding(scene.id, "look", apart, None, "ΔE00", None, note)


def _looked(survey: Survey, scene: Scene, free: Sequence[Grade], look: Look, pool: Colors) -> list[Grade]:
    """Add a look to the free grades of a scene; ``pool`` are all their balanced colors."""
    if isinstance(look, ChangingLook):
        shots = {shot.id: shot for shot in survey.shots if shot.id in scene.shots}
        starts = {name: Fraction(shot.record.start) / shot.record.rate for name, shot in shots.items()}
        begin = {name: start - min(starts.values()) for name, start in starts.items()}
        return [with_changing_look(grade, shots[grade.shot], look, begin[grade.shot], pool) for grade in free]
    frames = scene_frames(survey.samples, free) if isinstance(look, StyleLook) else []
    transform = look.of_frames(frames, pool) if isinstance(look, StyleLook) else look(pool)
    return [replace(grade, look=transform) for grade in free]


def with_looks(
    survey: Survey, scenes: Sequence[Scene], grades: Sequence[Grade], looks: Looks, leaders: Mapping[str, Grade]
) -> list[Grade]:
    """Add the look of each scene to its grades, on top of the balance. Locked shots get none.

    A scene with ``leaders``, grades that are kept, has their look: the first that is not identity.
    """
    by_shot = {grade.shot: grade for grade in grades}
    shots = [shot for shot in survey.shots if shot.id not in leaders]
    for scene in scenes:
        free = [by_shot[shot] for shot in scene.shots if shot not in scene.locked]
        look, reasons = looks.of(scene, shots)
        led = [leaders[shot].look for shot in scene.shots if shot in leaders]
        if led and not isinstance(look, ChangingLook):
            same = next((look for look in led if not isinstance(look, Identity)), led[0])
            by_shot.update({grade.shot: replace(grade, look=same) for grade in free})
            continue
        colors = [grade.transform(survey.samples[grade.shot].colors(POOL)) for grade in free] if look else []
        if look is None or sum(map(len, colors)) == 0:
            continue
        looked = _looked(survey, scene, free, look, np.concatenate(colors))
        by_shot.update({grade.shot: replace(grade, reasons=(*grade.reasons, *reasons)) for grade in looked})
    return [by_shot[grade.shot] for grade in grades]
