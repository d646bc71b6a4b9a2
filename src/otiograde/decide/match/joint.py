"""The default matcher: solve all shots of a scene at once, from the colors of surfaces that several shots show.

Each shot gets one smooth cubic, with a Gaussian prior of typical grades. Robust least squares fits the links and the
reach of the shots' colors. The scene as a whole does not move: the corrections sum to exactly zero, or an anchor keeps
the identity. Shots that already match, and shots without evidence, are left alone.

Sources: joint color consistency as one convex problem (Xia et al., ICCV 2017), color stabilization from correspondences
(Vazquez-Corral & Bertalmío, 2014), robust regression (Geman & McClure, 1987).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import Cubic
from otiograde.color.difference import code_difference, mean_change
from otiograde.color.encodings import Encoding
from otiograde.color.guard import guarded
from otiograde.color.prior import weighted_median
from otiograde.color.solver import Compared, solve
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity, Transform
from otiograde.decide.match.edges import clipped_edges, edges_of
from otiograde.decide.match.hero import pick_hero
from otiograde.decide.match.readings import with_readings
from otiograde.decide.match.unlinked import Manner, bring_together
from otiograde.record.boldness import USUAL, restraint
from otiograde.record.grade import Confidence, Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey import kinds
from otiograde.survey.link import Link, connected
from otiograde.survey.reach import Reaches, reach
from otiograde.survey.sample import Sample

#: Smallest mean ΔE00 of a correction that a preview speaks of.
SEEN = 0.5


@dataclass(frozen=True, slots=True)
class Joint:
    """Joint scene solve."""

    #: Least confidence of a link that corrects.
    least_confidence: float = 0.05
    #: Linked shots are left alone if all their corrections are below this mean ΔE00: nobody would see them.
    imperceptible: float = 1.0
    #: Linked shots are left alone if no link's median ΔE00 would improve by this much.
    least_gain: float = 0.5
    #: Largest mean ΔE00 of a correction that is believed.
    largest: float = 25.0
    #: A link contradicts the others, and is dropped, if its residual after the solve is above this times its own + .02.
    pruned: float = 2.5
    #: Rounds of reweighting.
    rounds: int = 8
    #: Colors drawn from each shot for statistics.
    pool: int = 3000
    #: Fewest usable colors of a shot that is corrected.
    fewest: int = 300
    #: Number of shots above which the solve is sparse.
    dense: int = 60
    #: Whether the reach of colors is evidence. Without it shots that no link joins are left alone.
    reach: bool = True
    #: Whether what the network of looks reads is evidence beside reach.
    readings: bool = True
    #: How much of a correction is applied that nothing proves, in [0, 1].
    boldness: float = USUAL
    #: Seed of the drawn colors.
    seed: int = 0

    def solve(self, scene: Scene, samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor) -> list[Grade]:
        """Return one grade per shot of ``scene``, in its order. Locked and anchor shots get exact identity."""
        pools = {shot: samples[shot].colors(self.pool, self.seed).astype(np.float64) for shot in scene.shots}
        alive = [shot for shot in scene.shots if len(pools[shot]) >= self.fewest]
        within = [link for link in links if link.a in alive and link.b in alive and link.a != link.b]
        inside = [link for link in within if kinds.KINDS[link.kind].matched]
        strong = [link for link in inside if link.confidence >= self.least_confidence]
        fixed = self._fixed(scene, samples, strong, anchor, alive)
        grades: dict[str, Grade] = {}
        parts = connected(alive, strong)
        for shots in parts:
            part_links = [link for link in strong if link.a in shots]
            part = _Component(self, scene, tuple(shots), part_links, samples, pools)
            grades |= {grade.shot: grade for grade in part.grades(frozenset(fixed))}
        for shot in alive:
            if len(scene.shots) > 1 and not any(shot in (link.a, link.b) for link in strong):
                grades[shot] = _left_alone(shot, scene, _no_evidence(shot, inside))
        if len(parts) > 1 and self.reach:
            faint = [link for link in within if link not in strong]
            manner = Manner(self.imperceptible, self.boldness, self.readings)
            grades |= bring_together(parts, grades, samples, faint, frozenset(fixed), manner)
        for shot in scene.shots:
            if shot not in grades:
                grades[shot] = _left_alone(shot, scene, "; ".join(samples[shot].notes) or "too few usable pixels")
            if shot in fixed:
                anchored = Reason("anchor", fixed[shot])
                grades[shot] = replace(grades[shot], balance=Identity(), reasons=(anchored, *grades[shot].reasons))
        return [grades[shot] for shot in scene.shots]

    def _fixed(
        self, scene: Scene, samples: Mapping[str, Sample], links: list[Link], anchor: Anchor, alive: list[str]
    ) -> dict[str, str]:
        """Return the shots that keep their grade, and why, in words."""
        fixed = dict.fromkeys(scene.locked, "locked: keeps its own grade")
        if scene.hero is not None:
            fixed.setdefault(scene.hero, "hero: the scene keeps its grade")
        elif anchor.kind == "hero" and alive:
            shot, why = pick_hero([samples[shot] for shot in alive], links)
            fixed.setdefault(shot, why)
        elif anchor.kind == "first" and alive:
            fixed.setdefault(alive[0], "first shot of the scene: the scene keeps its grade")
        elif anchor.kind == "brightest" and alive:
            lightness = [float(srgb_to_lab(samples[shot].colors(self.pool, self.seed))[:, 0].mean()) for shot in alive]
            fixed.setdefault(alive[int(np.argmax(lightness))], "brightest shot of the scene: the scene keeps its grade")
        return fixed


def _left_alone(shot: str, scene: Scene, reason: str, confidence: Confidence = "none") -> Grade:
    return Grade(shot, scene.id, confidence=confidence, reasons=(Reason("left", f"left alone: {reason}"),))


def _no_evidence(shot: str, links: Sequence[Link]) -> str:
    joining = [link for link in links if shot in (link.a, link.b)]
    if not joining:
        return "no surface in common with the rest of the scene was found"
    best = max(joining, key=lambda link: link.inliers)
    other = best.b if best.a == shot else best.a
    matches = kinds.counted(best.kind, best.inliers)
    return f"linked with {other} by {matches}, whose colors are too uncertain to correct by"


@dataclass(frozen=True, slots=True)
class _Component:
    """Shots of one scene that links connect."""

    joint: Joint
    scene: Scene
    shots: tuple[str, ...]
    links: list[Link]
    samples: Mapping[str, Sample]
    pools: Mapping[str, Float64]

    def grades(self, fixed: frozenset[str]) -> list[Grade]:
        if len(self.shots) == 1:
            return [_left_alone(self.shots[0], self.scene, "the only shot of its scene")]
        leading = [shot for shot in self.shots if shot not in self._followers()]
        if len(leading) == 1 and fixed.isdisjoint(self.shots):
            fixed |= {*leading}  # nothing but one chain: its first clip stays as it is, to the byte
        coefficients, consistent, notes = self._solved(fixed)
        transforms = self._transforms(coefficients, fixed)
        seen = {shot: self.samples[shot].encoding for shot in self.shots}
        changes = [mean_change(transforms[shot], self.pools[shot], seen[shot]) for shot in self.shots]
        before = [fitted_difference(link, Identity(), Identity(), seen) for link in consistent]
        after = [fitted_difference(link, transforms[link.a], transforms[link.b], seen) for link in consistent]
        gain = max(was - now for was, now in zip(before, after, strict=True))
        most = max(changes)
        if most > self.joint.largest:
            return self._left(f"a correction of ΔE00 {most:.0f} would be needed, which is not believed")
        held = restraint(self.joint.boldness)
        if most < held * self.joint.imperceptible or gain < held * self.joint.least_gain:
            left = self._left(f"already matches, ΔE00 {max(before):.1f} on the surfaces in common")
            return [_with_preview(grade, change, gain) for grade, change in zip(left, changes, strict=True)]
        evidence: dict[str, list[Reason]] = {shot: [] for shot in self.shots}
        for link, was, now in zip(consistent, before, after, strict=True):
            for shot, other in ((link.a, link.b), (link.b, link.a)):
                matches = f"{kinds.counted(link.kind, link.inliers)} with {other}, ΔE00 {was:.1f} -> {now:.1f}"
                evidence[shot].append(Reason("evidence", matches))
        chained = self._chained(fixed)
        return [
            Grade(
                shot,
                self.scene.id,
                balance=transforms[shot],
                confidence=_confidence(shot, consistent),
                reasons=(*chained.get(shot, ()), *evidence[shot], *notes),
            )
            for shot in self.shots
        ]

    def _chains(self) -> list[list[str]]:
        """Return the clips that continue each other, chain by chain, in record order."""
        joins = [link for link in self.links if kinds.KINDS[link.kind].continues]
        return [chain for chain in connected(self.shots, joins) if len(chain) > 1]

    def _followers(self) -> dict[str, str]:
        """Return the shots that land on the first clip of their chain, with the clip before each."""
        return {shot: before for chain in self._chains() for before, shot in pairwise(chain)}

    def _chained(self, fixed: frozenset[str]) -> dict[str, list[Reason]]:
        """Name the anchor of each shot's chain: a shot that keeps its grade, else the first clip."""
        reasons: dict[str, list[Reason]] = {}
        for chain in self._chains():
            anchor = next((shot for shot in chain if shot in fixed), chain[0])
            reason = Reason("anchor", f"chain of {len(chain)} clips, anchored in {anchor}")
            reasons |= {shot: [reason] for shot in chain}
        return reasons

    def _left(self, reason: str) -> list[Grade]:
        return [_left_alone(shot, self.scene, reason, _confidence(shot, self.links)) for shot in self.shots]

    def _solved(self, fixed: frozenset[str]) -> tuple[Float64, list[Link], list[Reason]]:
        """Return the coefficients, the links consistent with the solve, and reasons for dropping the others."""
        index = {shot: k for k, shot in enumerate(self.shots)}
        anchors = frozenset(index[shot] for shot in fixed if shot in index)
        followers = {index[shot]: index[before] for shot, before in self._followers().items()}
        compared = self._compared()

        def solved(links: list[Link]) -> tuple[Float64, list[Link]]:
            edges = [*edges_of(links, index), *clipped_edges(links, index)]
            rounds, dense = self.joint.rounds, self.joint.dense
            solution = solve(len(self.shots), edges, anchors, rounds, dense, compared, followers=followers)
            limits = [self.joint.pruned * link.mad + 0.02 for link in links]
            pairs = zip(links, solution.residuals[: len(links)], limits, strict=True)
            return solution.coefficients, [link for link, residual, limit in pairs if residual <= limit]

        coefficients, good = solved(self.links)
        if len(good) == len(self.links) or len(connected(self.shots, good)) > 1:
            return coefficients, self.links, []
        dropped = [f"{link.a} and {link.b}" for link in self.links if link not in good]
        notes = [f"the link of {pair} contradicts the others and was dropped" for pair in dropped]
        return solved(good)[0], good, [Reason("evidence", note) for note in notes]

    def _compared(self) -> Compared:
        """Return what is compared beside the links: reach, and readings."""
        pictures = [[(self.samples[shot], Identity())] for shot in self.shots if self.joint.reach]
        reaches = Reaches([reach(shots) for shots in pictures])
        return with_readings(reaches, pictures) if self.joint.readings else reaches

    def _transforms(self, coefficients: Float64, fixed: frozenset[str]) -> dict[str, Transform]:
        return {
            shot: Identity() if shot in fixed else guarded(Cubic(tuple(map(tuple, cubic.tolist()))), self.pools[shot])
            for shot, cubic in zip(self.shots, coefficients, strict=True)
        }


def _with_preview(grade: Grade, change: float, gain: float) -> Grade:
    """Add what a bolder setting would do to a shot that is left alone, if anybody would see it."""
    if change < SEEN or gain <= 0:
        return grade
    bolder = Reason("bolder", f"boldness 1 would move it by ΔE00 {change:.1f}, for surfaces {gain:.1f} closer at best")
    return replace(grade, reasons=(*grade.reasons, bolder))


def _confidence(shot: str, links: Sequence[Link]) -> Confidence:
    """Return the confidence by the residual of the best link, the best predictor of the error, and by its matches."""
    joining = [link for link in links if shot in (link.a, link.b)]
    if any(link.mad < 0.016 and link.inliers >= 80 for link in joining):
        return "high"
    return "medium" if any(link.mad < 0.035 and link.inliers >= 30 for link in joining) else "low"


def fitted_difference(
    link: Link, first: Transform, second: Transform, encodings: Mapping[str, Encoding | None] = MappingProxyType({})
) -> float:
    """Return the median ΔE00 of a link's fitted pairs after the two transforms, as the view shows them.

    Held-out pairs are not used. A shot without an entry in ``encodings`` is SDR.
    """
    fitted = ~link.held_out
    a, b = np.clip(first(link.colors_a[fitted]), 0, 1), np.clip(second(link.colors_b[fitted]), 0, 1)
    difference = code_difference(a, b, encodings.get(link.a), encodings.get(link.b))
    return weighted_median(difference, link.weights[fitted])
