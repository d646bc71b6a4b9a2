"""What the evidence says of pairs of shots: the cuts where they meet, the heat maps, how far a shot is from others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite, nan

import numpy as np

from otiograde.color.difference import BANDS, band, delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Colors
from otiograde.exporters.report.gallery import Gallery
from otiograde.media.jpeg import Codes
from otiograde.record.evidence import Evidence
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: A heat map of shots has at most so many rows; a longer film has one for each scene.
LARGEST = 40


@dataclass(frozen=True, slots=True)
class Step:
    """A difference before and after; NaN where it was not measured. ``unit`` is ΔE00 or ΔE ITP."""

    before: float
    after: float
    unit: str = "ΔE00"

    @property
    def measured(self) -> bool:
        """Whether there are figures at all."""
        return isfinite(self.before) and isfinite(self.after)

    def word(self, after: bool = True) -> str:
        """The perceptual band of one of the figures; nothing for HDR, which has no bands."""
        value = self.after if after else self.before
        return band(value) if self.unit == "ΔE00" and isfinite(value) else ""

    def level(self, after: bool = True) -> int:
        """The number of the band, 0 for imperceptible; -1 where nothing was measured."""
        value = self.after if after else self.before
        return sum(value >= end for _, end in BANDS) if isfinite(value) else -1


@dataclass(frozen=True, slots=True)
class Pair:
    """Two shots that show the same surfaces. ``cut``: the second follows the first in the edit."""

    first: str
    second: str
    step: Step
    cut: bool
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Heat:
    """A square table of differences; ``names`` are ids of shots or scenes."""

    title: str
    names: tuple[str, ...]
    cells: tuple[tuple[Step | None, ...], ...]


def worst_pairs(record: GradedTimeline, owner: Mapping[str, str]) -> list[Pair]:
    """The measured pairs of shots of one scene: those that meet at a cut first, the largest left over first."""
    scene_of = {grade.shot: grade.scene for grade in record.grades}
    cuts = {(a.id, b.id): (a, b) for a, b in neighbors(record.edit.shots)}
    by_owners = {(owner[a], owner[b]): key for key in cuts for a, b in (key,)}
    pairs = []
    for each in record.evidence:
        if each.a not in scene_of or each.b not in scene_of or not isfinite(each.after):
            continue
        for said in (each, turned(each)):
            if (key := by_owners.get((said.a, said.b))) is not None:
                first, second = cuts[key]
                at = first.source.end - 1, second.source.start
                pairs.append(Pair(*key, _step(said), True, at))
                break
        else:
            if scene_of[each.a] == scene_of[each.b]:
                pairs.append(Pair(each.a, each.b, _step(each), False, each.at))
    return sorted(pairs, key=lambda pair: (not pair.cut, -pair.step.after))


def neighbors(shots: Iterable[Shot]) -> list[tuple[Shot, Shot]]:
    """Shots of one track, one right after the other."""
    ordered = sorted(shots, key=lambda shot: (shot.track, shot.record.start))
    return [(a, b) for a, b in pairwise(ordered) if a.track == b.track and a.record.end >= b.record.start]


def turned(said: Evidence) -> Evidence:
    """The same evidence told from the other shot."""
    places = tuple((xb, yb, xa, ya) for xa, ya, xb, yb in said.places)
    return replace(said, a=said.b, b=said.a, at=(said.at[1], said.at[0]), places=places)


def of_shot(shot: str, record: GradedTimeline, owner: Mapping[str, str]) -> list[Evidence]:
    """The evidence of one shot, told from it: what rests on matches first, the surest first."""
    own = owner[shot]
    mine = [each if each.a == own else turned(each) for each in record.evidence if own in (each.a, each.b)]
    return sorted(mine, key=lambda said: (said.matches == 0, -said.confidence))


def mean_step(evidence: Sequence[Evidence]) -> Step:
    """The mean of several measured differences, each as sure as its evidence; of ΔE00 where there is any."""
    known = [said for said in evidence if isfinite(said.before) and isfinite(said.after)]
    unit = min((said.unit for said in known), key=lambda unit: unit != "ΔE00", default="ΔE00")
    known = [said for said in known if said.unit == unit]
    if not known:
        return Step(nan, nan)
    weights = [max(said.confidence, 0.05) for said in known]
    before, after = np.average([(said.before, said.after) for said in known], axis=0, weights=weights).tolist()
    return Step(before, after, unit)


def heat_maps(record: GradedTimeline, gallery: Gallery) -> list[Heat]:
    """Shot by shot where the same surfaces were seen; scene by scene by overall color."""
    steps: dict[tuple[str, str], Step] = {}
    for said in record.evidence:
        steps[said.a, said.b] = steps[said.b, said.a] = _step(said)
    firsts = dict.fromkeys(gallery.owner[shot] for scene in record.scenes for shot in scene.shots)
    shots = [shot for shot in firsts if any(shot in pair for pair in steps)]
    groups = {"Shot by shot": shots}
    if len(shots) > LARGEST:
        groups = {title(scene.id): [s for s in shots if s in scene.shots][:LARGEST] for scene in record.scenes}
    heats = [
        Heat(name, tuple(ids), tuple(tuple(steps.get((a, b)) for b in ids) for a in ids))
        for name, ids in groups.items()
        if len(ids) > 1
    ]
    between = _scenes(record, gallery)
    return [*heats, between] if between else heats


def _scenes(record: GradedTimeline, gallery: Gallery) -> Heat | None:
    """How far the overall colors of the scenes lie apart: told, never judged, as content differs too."""
    colors: dict[str, Colors] = {}
    for scene in record.scenes[:LARGEST]:
        labs = []
        for shot in scene.shots[:8]:
            frame = gallery.middle(shot)
            codes = None if frame is None else gallery.codes(shot, frame)
            if codes is not None:
                small = np.ascontiguousarray(codes[::4, ::4])
                labs.append([_mean_lab(small), _mean_lab(gallery.graded(shot, small))])
        if labs:
            colors[scene.id] = np.mean(labs, axis=0)
    if len(colors) < 2:
        return None
    cells = tuple(tuple(None if a == b else _apart(colors[a], colors[b]) for b in colors) for a in colors)
    return Heat("Scene by scene", tuple(title(scene) for scene in colors), cells)


def _apart(one: Colors, other: Colors) -> Step:
    """The differences of two scenes' colors before and after ``(2, 3)``."""
    before, after = delta_e00(one, other).tolist()
    return Step(before, after)


def _mean_lab(codes: Codes) -> Colors:
    return np.asarray(srgb_to_lab(codes / 255.0).reshape(-1, 3).mean(0))


def _step(said: Evidence) -> Step:
    return Step(said.before, said.after, said.unit)


def title(scene: str) -> str:
    """A scene's id as a title: ``scene_004`` is Scene 4."""
    start, _, number = scene.rpartition("_")
    return f"Scene {int(number)}" if start == "scene" and number.isdecimal() else scene
