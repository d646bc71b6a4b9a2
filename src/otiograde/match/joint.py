"""The default matcher: all shots of a scene solved at once, from colors of the same surfaces seen in several shots.

One smooth cubic per shot, a Gaussian prior of what grades look like, robust least squares over every link. The scene as a
whole is not moved: the corrections sum to exactly zero, or an anchor keeps the identity. What already matches is left alone,
and what has no evidence is not touched.

Sources: joint color consistency as one convex problem (Xia et al., ICCV 2017), color stabilisation from correspondences
(Vazquez-Corral & Bertalmío, 2014), Geman & McClure (1987).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.guard import guarded
from otiograde.color.prior import weighted_median
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity, Transform
from otiograde.grade import Confidence, Grade
from otiograde.link import Link
from otiograde.match.hero import pick_hero
from otiograde.match.solver import Array, Edge, solve
from otiograde.sample import Sample
from otiograde.scene import Anchor, Scene


@dataclass(frozen=True, slots=True)
class Joint:
    """Joint scene solve.

    A link counts from ``least_confidence`` on. Shots whose corrections all stay below ``imperceptible`` (mean ΔE00) are left
    alone; a correction above ``largest`` is not believed. A link whose residual after the solve is above ``pruned`` times
    its own plus .02 contradicts the others and is dropped. ``rounds`` of reweighting; statistics over ``pool`` colors a
    shot, drawn with ``seed``; up to ``dense`` shots the solve is dense, above it is sparse.
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
    seed: int = 0

    def solve(
        self, scene: Scene, samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor
    ) -> list[Grade]:
        """One grade per shot of ``scene``, in its order. Locked shots and the anchor's shot get exact identity."""
        pools = {shot: samples[shot].colors(self.pool, self.seed).astype(np.float64) for shot in scene.shots}
        alive = [shot for shot in scene.shots if len(pools[shot]) >= self.fewest]
        own = [
            link
            for link in links
            if link.a in alive and link.b in alive and link.a != link.b and link.confidence >= self.least_confidence
        ]
        fixed, why = self._fixed(scene, samples, own, anchor, alive)
        grades: dict[str, Grade] = {}
        for shots in _components(alive, own):
            inside = [link for link in own if link.a in shots]
            for grade in _Component(self, scene, tuple(shots), inside, pools).grades(fixed):
                grades[grade.shot] = grade
        return [_said(grades.get(shot) or self._untouched(scene, samples[shot]), why.get(shot)) for shot in scene.shots]

    def _fixed(
        self, scene: Scene, samples: Mapping[str, Sample], links: list[Link], anchor: Anchor, alive: list[str]
    ) -> tuple[frozenset[str], dict[str, str]]:
        """The shots that keep their own grade, and why, in words."""
        why = {shot: "locked: keeps its own grade" for shot in scene.locked}
        chosen = None
        if scene.hero is not None:
            chosen, said = scene.hero, "hero: the scene keeps its grade"
        elif anchor.kind == "hero" and alive:
            chosen, said = pick_hero([samples[shot] for shot in alive], links)
        elif anchor.kind == "first" and alive:
            chosen, said = alive[0], "first shot of the scene: the anchor"
        elif anchor.kind == "brightest" and alive:
            chosen = max(alive, key=lambda shot: float(srgb_to_lab(samples[shot].colors(self.pool))[:, 0].mean()))
            said = "brightest shot of the scene: the anchor"
        if chosen is not None:
            why.setdefault(chosen, said)
        return frozenset(why), why

    def _untouched(self, scene: Scene, sample: Sample) -> Grade:
        note = "; ".join(sample.notes) or "too few usable pixels"
        return Grade(sample.shot, scene.id, reasons=(f"left alone: {note}",))


def _said(grade: Grade, why: str | None) -> Grade:
    return grade if why is None else replace(grade, balance=Identity(), reasons=(why, *grade.reasons))


def _components(shots: Sequence[str], links: Sequence[Link]) -> list[list[str]]:
    """Shots connected by links, in scene order."""
    group = {shot: {shot} for shot in shots}
    for link in links:
        joined = group[link.a] | group[link.b]
        for shot in joined:
            group[shot] = joined
    seen: set[str] = set()
    components = []
    for shot in shots:
        if shot not in seen:
            components.append([other for other in shots if other in group[shot]])
            seen |= group[shot]
    return components


@dataclass(frozen=True, slots=True)
class _Component:
    """Shots of one scene connected by links."""

    joint: Joint
    scene: Scene
    shots: tuple[str, ...]
    links: list[Link]
    pools: Mapping[str, Array]

    def grades(self, fixed: frozenset[str]) -> list[Grade]:
        if len(self.shots) == 1:
            alone = len(self.scene.shots) == 1
            reason = "the only shot of its scene" if alone else "no surface in common with the rest of the scene was found"
            return [Grade(self.shots[0], self.scene.id, reasons=(f"left alone: {reason}",))]
        coefficients, kept, notes = self._solved(fixed)
        transforms = self._transforms(coefficients, fixed)
        moved = {shot: self._moved(shot, transforms[shot]) for shot in self.shots}
        if max(moved.values()) > self.joint.largest:
            return self._alone(f"a correction of ΔE00 {max(moved.values()):.0f} would be needed, which is not believed", "none")
        before = {link: agreement(link, Identity(), Identity()) for link in kept}
        after = {link: agreement(link, transforms[link.a], transforms[link.b]) for link in kept}
        gain = max(before[link] - after[link] for link in kept)
        if max(moved.values()) < self.joint.imperceptible or gain < self.joint.least_gain:
            return self._alone(f"already matches: ΔE00 {max(before.values()):.1f} on the surfaces in common", None)
        return [self._grade(shot, transforms, kept, moved[shot], notes) for shot in self.shots]

    def _solved(self, fixed: frozenset[str]) -> tuple[Array, list[Link], list[str]]:
        """The coefficients, the links that hold after the solve, and words on those that do not."""
        place = {shot: k for k, shot in enumerate(self.shots)}
        held = frozenset(place[shot] for shot in fixed if shot in place)
        kept, notes = self.links, []
        for _ in range(2):
            edges = [_edge(link, place) for link in kept]
            solution = solve(len(self.shots), edges, held, self.joint.rounds, self.joint.dense)
            bad = [
                link
                for link, residual in zip(kept, solution.residuals, strict=True)
                if residual > self.joint.pruned * link.mad + 0.02
            ]
            connected = [link for link in kept if link not in bad]
            if not bad or len(_components(self.shots, connected)) > 1:
                break
            kept = connected
            notes += [f"the link between {link.a} and {link.b} contradicts the others and was dropped" for link in bad]
        return solution.coefficients, kept, notes

    def _transforms(self, coefficients: Array, fixed: frozenset[str]) -> dict[str, Transform]:
        return {
            shot: Identity() if shot in fixed else guarded(Cubic(tuple(map(tuple, own.tolist()))), self.pools[shot])
            for shot, own in zip(self.shots, coefficients, strict=True)
        }

    def _moved(self, shot: str, transform: Transform) -> float:
        colors = self.pools[shot]
        return float(delta_e00(srgb_to_lab(colors), srgb_to_lab(np.clip(transform(colors), 0, 1))).mean())

    def _alone(self, reason: str, confidence: Confidence | None) -> list[Grade]:
        return [
            Grade(shot, self.scene.id, confidence=confidence or self._confidence(shot, self.links), reasons=(f"left alone: {reason}",))
            for shot in self.shots
        ]

    def _confidence(self, shot: str, links: list[Link]) -> Confidence:
        own = [link for link in links if shot in (link.a, link.b)]
        if any(link.mad < 0.02 and link.inliers >= 80 for link in own):
            return "high"
        return "medium" if any(link.mad < 0.035 and link.inliers >= 30 for link in own) else "low"

    def _grade(
        self, shot: str, transforms: Mapping[str, Transform], links: list[Link], moved: float, notes: list[str]
    ) -> Grade:
        reasons = []
        for link in links:
            if shot in (link.a, link.b):
                before, after = agreement(link, Identity(), Identity()), agreement(link, transforms[link.a], transforms[link.b])
                other = link.b if shot == link.a else link.a
                reasons.append(f"{link.inliers} matches with {other}: ΔE00 {before:.1f} -> {after:.1f}")
        return Grade(
            shot,
            self.scene.id,
            balance=transforms[shot],
            confidence=self._confidence(shot, links),
            reasons=(f"moved by ΔE00 {moved:.1f}", *reasons, *notes),
        )


def agreement(link: Link, first: Transform, second: Transform) -> float:
    """Median ΔE00 between the fitted pairs of a link after the two transforms."""
    used = ~link.held_out
    a, b = np.clip(first(link.colors_a[used]), 0, 1), np.clip(second(link.colors_b[used]), 0, 1)
    return weighted_median(delta_e00(srgb_to_lab(a), srgb_to_lab(b)), link.weights[used])


def _edge(link: Link, place: Mapping[str, int]) -> Edge:
    used = ~link.held_out
    weights = link.weights[used] / link.weights[used].mean()
    return Edge(
        place[link.a],
        place[link.b],
        link.colors_a[used],
        link.colors_b[used],
        weights,
        evidence=min(400.0, 5.0 * link.inliers),
        sigma=max(0.012, link.mad),
    )
