"""The default matcher: all shots of a scene solved at once, from colors of the same surfaces seen in several shots.

One smooth cubic per shot, a Gaussian prior of what grades look like, robust least squares over every link and over how
far the colors of the shots reach. The scene as a whole is not moved: the corrections sum to exactly zero, or an anchor
keeps the identity. What already matches is left alone, and what has no evidence is not touched.

Sources: joint color consistency as one convex problem (Xia et al., ICCV 2017), color stabilization from correspondences
(Vazquez-Corral & Bertalmío, 2014), robust regression (Geman & McClure, 1987).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.guard import guarded
from otiograde.color.prior import weighted_median
from otiograde.color.solver import solve
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity, Transform
from otiograde.decide.match.edges import edges_of
from otiograde.decide.match.hero import pick_hero
from otiograde.decide.match.unlinked import bring_together
from otiograde.record.grade import Confidence, Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey import kinds
from otiograde.survey.link import Link
from otiograde.survey.reach import Reaches, reach
from otiograde.survey.sample import Sample


@dataclass(frozen=True, slots=True)
class Joint:
    """Joint scene solve.

    A link counts from ``least_confidence`` on. Linked shots whose corrections all stay below ``imperceptible`` (mean
    ΔE00), or whose surfaces would agree by less than ``least_gain`` better, are left alone; a correction above
    ``largest`` is not believed. A link whose residual after the solve is above ``pruned`` times its own plus .02
    contradicts the others and is dropped. ``rounds`` of reweighting; statistics over ``pool`` colors a shot drawn with
    ``seed``, and shots with less than ``fewest`` usable ones are not touched; above ``dense`` shots the solve is
    sparse. Without ``reach`` nothing but links is evidence, and shots that none joins are left alone.
    """

    least_confidence: float = 0.05
    imperceptible: float = 1.0
    least_gain: float = 0.5
    largest: float = 25.0
    pruned: float = 2.5
    rounds: int = 8
    pool: int = 3000
    fewest: int = 300
    dense: int = 60
    reach: bool = True
    seed: int = 0

    def solve(self, scene: Scene, samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor) -> list[Grade]:
        """One grade per shot of ``scene``, in its order. Locked shots and the anchor's shot get exact identity."""
        pools = {shot: samples[shot].colors(self.pool, self.seed).astype(np.float64) for shot in scene.shots}
        alive = [shot for shot in scene.shots if len(pools[shot]) >= self.fewest]
        within = [link for link in links if link.a in alive and link.b in alive and link.a != link.b]
        inside = [link for link in within if kinds.KINDS[link.kind].matched]
        strong = [link for link in inside if link.confidence >= self.least_confidence]
        fixed = self._fixed(scene, samples, strong, anchor, alive)
        grades: dict[str, Grade] = {}
        parts = components(alive, strong)
        for shots in parts:
            own = [link for link in strong if link.a in shots]
            part = _Component(self, scene, tuple(shots), own, samples, pools)
            grades |= {grade.shot: grade for grade in part.grades(frozenset(fixed))}
        for shot in alive:
            if len(scene.shots) > 1 and not any(shot in (link.a, link.b) for link in strong):
                grades[shot] = _alone(shot, scene, _no_evidence(shot, inside))
        if len(parts) > 1 and self.reach:
            faint = [link for link in within if link not in strong]
            grades |= bring_together(parts, grades, samples, faint, frozenset(fixed), self.imperceptible)
        for shot in scene.shots:
            if shot not in grades:
                grades[shot] = _alone(shot, scene, "; ".join(samples[shot].notes) or "too few usable pixels")
            if shot in fixed:
                held = Reason("anchor", fixed[shot])
                grades[shot] = replace(grades[shot], balance=Identity(), reasons=(held, *grades[shot].reasons))
        return [grades[shot] for shot in scene.shots]

    def _fixed(
        self, scene: Scene, samples: Mapping[str, Sample], links: list[Link], anchor: Anchor, alive: list[str]
    ) -> dict[str, str]:
        """The shots that keep their own grade, and why, in words."""
        fixed = dict.fromkeys(scene.locked, "locked: keeps its own grade")
        if scene.hero is not None:
            fixed.setdefault(scene.hero, "hero: the scene keeps its grade")
        elif anchor.kind == "hero" and alive:
            shot, said = pick_hero([samples[shot] for shot in alive], links)
            fixed.setdefault(shot, said)
        elif anchor.kind == "first" and alive:
            fixed.setdefault(alive[0], "first shot of the scene: the scene keeps its grade")
        elif anchor.kind == "brightest" and alive:
            lightness = [float(srgb_to_lab(samples[shot].colors(self.pool, self.seed))[:, 0].mean()) for shot in alive]
            fixed.setdefault(alive[int(np.argmax(lightness))], "brightest shot of the scene: the scene keeps its grade")
        return fixed


def _alone(shot: str, scene: Scene, reason: str, confidence: Confidence = "none") -> Grade:
    return Grade(shot, scene.id, confidence=confidence, reasons=(Reason("left", f"left alone: {reason}"),))


def _no_evidence(shot: str, links: Sequence[Link]) -> str:
    own = [link for link in links if shot in (link.a, link.b)]
    if not own:
        return "no surface in common with the rest of the scene was found"
    best = max(own, key=lambda link: link.inliers)
    other = best.b if best.a == shot else best.a
    return f"linked with {other} by {best.inliers} matches, whose colors are too uncertain to correct by"


def components(shots: Sequence[str], links: Sequence[Link]) -> list[list[str]]:
    """Shots connected by links, in the order of ``shots``."""
    group = {shot: {shot} for shot in shots}
    for link in links:
        joined = group[link.a] | group[link.b]
        for shot in joined:
            group[shot] = joined
    members = [[other for other in shots if other in group[shot]] for shot in shots]
    return [own for shot, own in zip(shots, members, strict=True) if own[0] == shot]


@dataclass(frozen=True, slots=True)
class _Component:
    """Shots of one scene connected by links."""

    joint: Joint
    scene: Scene
    shots: tuple[str, ...]
    links: list[Link]
    samples: Mapping[str, Sample]
    pools: Mapping[str, Float64]

    def grades(self, fixed: frozenset[str]) -> list[Grade]:
        if len(self.shots) == 1:
            return [_alone(self.shots[0], self.scene, "the only shot of its scene")]
        coefficients, kept, notes = self._solved(fixed)
        transforms = self._transforms(coefficients, fixed)
        moved = {shot: self._moved(shot, transforms[shot]) for shot in self.shots}
        before = [agreement(link, Identity(), Identity()) for link in kept]
        after = [agreement(link, transforms[link.a], transforms[link.b]) for link in kept]
        gain = max(was - now for was, now in zip(before, after, strict=True))
        most = max(moved.values())
        if most > self.joint.largest:
            return self._left(f"a correction of ΔE00 {most:.0f} would be needed, which is not believed")
        if most < self.joint.imperceptible or gain < self.joint.least_gain:
            return self._left(f"already matches, ΔE00 {max(before):.1f} on the surfaces in common")
        said: dict[str, list[Reason]] = {shot: [] for shot in self.shots}
        for link, was, now in zip(kept, before, after, strict=True):
            for shot, other in ((link.a, link.b), (link.b, link.a)):
                matches = f"{link.inliers} matches with {other}, ΔE00 {was:.1f} -> {now:.1f}"
                said[shot].append(Reason("evidence", matches))
        return [
            Grade(
                shot,
                self.scene.id,
                balance=transforms[shot],
                confidence=_confidence(shot, kept),
                reasons=(*said[shot], *notes),
            )
            for shot in self.shots
        ]

    def _left(self, reason: str) -> list[Grade]:
        return [_alone(shot, self.scene, reason, _confidence(shot, self.links)) for shot in self.shots]

    def _solved(self, fixed: frozenset[str]) -> tuple[Float64, list[Link], list[Reason]]:
        """The coefficients, the links that hold after the solve, and reasons for those that do not."""
        place = {shot: k for k, shot in enumerate(self.shots)}
        held = frozenset(place[shot] for shot in fixed if shot in place)
        reaches = Reaches([reach([(self.samples[shot], Identity())]) for shot in self.shots if self.joint.reach])

        def solved(links: list[Link]) -> tuple[Float64, list[Link]]:
            edges = edges_of(links, place)
            solution = solve(len(self.shots), edges, held, self.joint.rounds, self.joint.dense, reaches)
            limits = [self.joint.pruned * link.mad + 0.02 for link in links]
            pairs = zip(links, solution.residuals, limits, strict=True)
            return solution.coefficients, [link for link, residual, limit in pairs if residual <= limit]

        coefficients, good = solved(self.links)
        if len(good) == len(self.links) or len(components(self.shots, good)) > 1:
            return coefficients, self.links, []
        dropped = [f"{link.a} and {link.b}" for link in self.links if link not in good]
        notes = [f"the link of {pair} contradicts the others and was dropped" for pair in dropped]
        return solved(good)[0], good, [Reason("evidence", note) for note in notes]

    def _transforms(self, coefficients: Float64, fixed: frozenset[str]) -> dict[str, Transform]:
        return {
            shot: Identity() if shot in fixed else guarded(Cubic(tuple(map(tuple, own.tolist()))), self.pools[shot])
            for shot, own in zip(self.shots, coefficients, strict=True)
        }

    def _moved(self, shot: str, transform: Transform) -> float:
        colors = self.pools[shot]
        return float(delta_e00(srgb_to_lab(colors), srgb_to_lab(np.clip(transform(colors), 0, 1))).mean())


def _confidence(shot: str, links: Sequence[Link]) -> Confidence:
    """By the residual of the best link, which foretells the error best, and its number of matches."""
    own = [link for link in links if shot in (link.a, link.b)]
    if any(link.mad < 0.02 and link.inliers >= 80 for link in own):
        return "high"
    return "medium" if any(link.mad < 0.035 and link.inliers >= 30 for link in own) else "low"


def agreement(link: Link, first: Transform, second: Transform) -> float:
    """Median ΔE00 between the fitted pairs of a link after the two transforms; held-out pairs are not looked at."""
    used = ~link.held_out
    a, b = np.clip(first(link.colors_a[used]), 0, 1), np.clip(second(link.colors_b[used]), 0, 1)
    difference = np.asarray(delta_e00(srgb_to_lab(a), srgb_to_lab(b)), np.float64)
    return weighted_median(difference, link.weights[used])
