"""Color differences between shots and scenes: across cuts, in heat maps, and of one shot to others."""

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

#: The most rows of a heat map. If the edit has more shots, each scene has a heat map of its own.
LARGEST_HEAT_MAP = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """A color difference before and after grading; NaN if it was not measured."""

    before: float
    after: float
    #: ΔE00 or ΔE ITP.
    unit: str = "ΔE00"

    @property
    def measured(self) -> bool:
        """Whether the difference was measured."""
        return isfinite(self.before) and isfinite(self.after)

    def word(self, after: bool = True) -> str:
        """Return the perceptual band of the value after or before; empty for HDR, which has no bands."""
        value = self.after if after else self.before
        return band(value) if self.unit == "ΔE00" and isfinite(value) else ""

    def level(self, after: bool = True) -> int:
        """Return the number of the band, 0 for imperceptible; -1 if it was not measured."""
        value = self.after if after else self.before
        return sum(value >= end for _, end in BANDS) if isfinite(value) else -1


@dataclass(frozen=True, slots=True)
class Pair:
    """Two shots that show the same surfaces."""

    first: str
    second: str
    difference: Difference
    #: Whether the second shot follows the first in the edit.
    cut: bool
    #: The media frames to show.
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A square table of differences."""

    title: str
    #: Ids of shots or scenes: the rows and the columns.
    names: tuple[str, ...]
    cells: tuple[tuple[Difference | None, ...], ...]


def worst_pairs(record: GradedTimeline, owner: Mapping[str, str]) -> list[Pair]:
    """Return the measured pairs: first those at cuts, then others of one scene, by the difference after grading."""
    scene_of = {grade.shot: grade.scene for grade in record.grades}
    cuts = {(a.id, b.id): (a, b) for a, b in neighbors(record.edit.shots)}
    by_owners = {(owner[a], owner[b]): key for key in cuts for a, b in (key,)}
    pairs = []
    for evidence in record.evidence:
        if evidence.a not in scene_of or evidence.b not in scene_of or not isfinite(evidence.after):
            continue
        for directed in (evidence, reversed_evidence(evidence)):
            if (key := by_owners.get((directed.a, directed.b))) is not None:
                first, second = cuts[key]
                at = first.source.end - 1, second.source.start
                pairs.append(Pair(*key, _difference(directed), True, at))
                break
        else:
            if scene_of[evidence.a] == scene_of[evidence.b]:
                pairs.append(Pair(evidence.a, evidence.b, _difference(evidence), False, evidence.at))
    return sorted(pairs, key=lambda pair: (not pair.cut, -pair.difference.after))


def neighbors(shots: Iterable[Shot]) -> list[tuple[Shot, Shot]]:
    """Return pairs of consecutive shots of one track."""
    ordered = sorted(shots, key=lambda shot: (shot.track, shot.record.start))
    return [(a, b) for a, b in pairwise(ordered) if a.track == b.track and a.record.end >= b.record.start]


def reversed_evidence(evidence: Evidence) -> Evidence:
    """Return the same evidence with its two shots exchanged."""
    places = tuple((xb, yb, xa, ya) for xa, ya, xb, yb in evidence.places)
    at = evidence.at[1], evidence.at[0]
    return replace(evidence, a=evidence.b, b=evidence.a, at=at, places=places)


def evidence_of_shot(shot: str, record: GradedTimeline, owner: Mapping[str, str]) -> list[Evidence]:
    """Return the evidence of one shot, as its ``a``: with matches first, then by confidence."""
    first = owner[shot]
    directed = [
        evidence if evidence.a == first else reversed_evidence(evidence)
        for evidence in record.evidence
        if first in (evidence.a, evidence.b)
    ]
    return sorted(directed, key=lambda evidence: (evidence.matches == 0, -evidence.confidence))


def mean_difference(evidence: Sequence[Evidence]) -> Difference:
    """Return the mean of the measured differences, weighted by confidence; of those in ΔE00 if there are any."""
    measured = [item for item in evidence if isfinite(item.before) and isfinite(item.after)]
    unit = min((item.unit for item in measured), key=lambda unit: unit != "ΔE00", default="ΔE00")
    measured = [item for item in measured if item.unit == unit]
    if not measured:
        return Difference(nan, nan)
    weights = [max(item.confidence, 0.05) for item in measured]
    before, after = np.average([(item.before, item.after) for item in measured], axis=0, weights=weights).tolist()
    return Difference(before, after, unit)


def heat_maps(record: GradedTimeline, gallery: Gallery) -> list[HeatMap]:
    """Return heat maps: of shots with the same surfaces, and of scenes by their mean color."""
    differences: dict[tuple[str, str], Difference] = {}
    for evidence in record.evidence:
        difference = _difference(evidence)
        differences[evidence.a, evidence.b] = differences[evidence.b, evidence.a] = difference
    firsts = dict.fromkeys(gallery.owner[shot] for scene in record.scenes for shot in scene.shots)
    shots = [shot for shot in firsts if any(shot in pair for pair in differences)]
    groups = {"Shot by shot": shots}
    if len(shots) > LARGEST_HEAT_MAP:
        groups = {title(scene.id): [s for s in shots if s in scene.shots][:LARGEST_HEAT_MAP] for scene in record.scenes}
    maps = [
        HeatMap(name, tuple(ids), tuple(tuple(differences.get((a, b)) for b in ids) for a in ids))
        for name, ids in groups.items()
        if len(ids) > 1
    ]
    between = _scenes(record, gallery)
    return [*maps, between] if between else maps


def _scenes(record: GradedTimeline, gallery: Gallery) -> HeatMap | None:
    """Return the differences between the scenes' mean colors. They are not judged, as contents differ too."""
    colors: dict[str, Colors] = {}
    for scene in record.scenes[:LARGEST_HEAT_MAP]:
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
    cells = tuple(tuple(None if a == b else _between_means(colors[a], colors[b]) for b in colors) for a in colors)
    return HeatMap("Scene by scene", tuple(title(scene) for scene in colors), cells)


def _between_means(one: Colors, other: Colors) -> Difference:
    """Return the difference of two mean Lab colors, each before and after, ``(2, 3)``."""
    before, after = delta_e00(one, other).tolist()
    return Difference(before, after)


def _mean_lab(codes: Codes) -> Colors:
    return np.asarray(srgb_to_lab(codes / 255.0).reshape(-1, 3).mean(0))


def _difference(evidence: Evidence) -> Difference:
    return Difference(evidence.before, evidence.after, evidence.unit)


def title(scene: str) -> str:
    """Return the title of a scene: ``scene_004`` is Scene 4."""
    start, _, number = scene.rpartition("_")
    return f"Scene {int(number)}" if start == "scene" and number.isdecimal() else scene
