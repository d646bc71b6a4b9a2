"""Color differences between shots and scenes: in heat maps, and of one shot to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np

from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Colors
from otiograde.exporters.report.gallery import Gallery
from otiograde.media.jpeg import Codes
from otiograde.record.cuts import Difference, difference_of, reversed_evidence
from otiograde.record.evidence import Evidence
from otiograde.record.graded import GradedTimeline

#: The most rows of a heat map. If the edit has more shots, each scene has a heat map of its own.
LARGEST_HEAT_MAP = 40


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A square table of differences."""

    title: str
    #: Ids of shots or scenes: the rows and the columns.
    names: tuple[str, ...]
    cells: tuple[tuple[Difference | None, ...], ...]


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
        difference = difference_of(evidence)
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
            if frame is not None and codes is not None:
                small = np.ascontiguousarray(codes[::4, ::4])
                both = gallery.seen(shot, small), gallery.seen_graded(shot, frame, small)
                labs.append(list(map(_mean_lab, both)))
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


def title(scene: str) -> str:
    """Return the title of a scene: ``scene_004`` is Scene 4."""
    start, _, number = scene.rpartition("_")
    return f"Scene {int(number)}" if start == "scene" and number.isdecimal() else scene
