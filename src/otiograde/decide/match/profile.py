"""The common part of the classical strategies: statistics of the shots, the scene's target, and grades towards it.

None of these strategies knows which colors of two shots are the same surface. All of them mistake a difference of
content for a difference of grade, so their confidence is never more than low.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from otiograde.color.affine import Affine
from otiograde.color.curves import Curves
from otiograde.color.difference import delta_e00
from otiograde.color.guard import Guarded
from otiograde.color.restraint import restrained
from otiograde.color.spaces import Space, srgb_to_lab
from otiograde.color.statistics import Statistics, mean_statistics, statistics
from otiograde.color.transform import Chain, Colors, Identity, Mix, Transform
from otiograde.decide.match.hero import pick_hero
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample

#: Colors drawn from a shot, and the fewest that its statistics can rest on.
POOL, FEWEST = 20_000, 300

#: A shot already matches if its balance would change 95 % of its colors by less than this (CIEDE2000).
ALREADY = 0.2


class Transport(Protocol):
    """Makes the map from one distribution of colors to another, from their statistics."""

    def __call__(self, source: Statistics, target: Statistics, *, lightness_only: bool) -> Affine | Curves:
        """Return the map. With ``lightness_only`` it leaves hue and chroma alone."""
        ...


@dataclass(frozen=True, slots=True)
class Strategy:
    """A classical strategy."""

    #: The statistics that it makes equal, in words.
    what: str
    #: The color space that it works in.
    space: Space
    #: Makes its map.
    transport: Transport
    #: The share of the map that is applied, in [0, 1].
    share: float


@dataclass(frozen=True, slots=True)
class Target:
    """The target statistics of a scene."""

    statistics: Statistics
    #: The shots whose colors stay as they are.
    keep: frozenset[str]
    #: The name of the target in reasons.
    name: str


def solve_by_statistics(
    strategy: Strategy,
    scene: Scene,
    samples: Mapping[str, Sample],
    links: Sequence[Link],
    anchor: Anchor,
) -> list[Grade]:
    """Grade every shot of ``scene``, in its order, towards the scene's target.

    The hero, locked shots and an anchor shot get identity. So does a shot that cannot be measured or already matches.
    Links are used only to pick a hero, if the anchor is a hero and none is named.
    """
    pools = {shot: samples[shot].colors(POOL) for shot in scene.shots}
    computed = {shot: statistics(pool, strategy.space) for shot, pool in pools.items() if len(pool) >= FEWEST}
    measured = {shot: source for shot, source in computed.items() if not source.flat}
    target = _target(scene, measured, samples, links, anchor)
    grades = []
    for shot in scene.shots:
        untouched = Grade(shot, scene.id, share=strategy.share)
        if why := _why_identity(shot, scene, measured, target, samples[shot]):
            grades.append(replace(untouched, reasons=(why,)))
        elif target is not None:  # always so here: without a target no shot was measured, which is a reason
            grades.append(_balance(untouched, strategy, measured[shot], target, pools[shot]))
    return grades


def _target(
    scene: Scene,
    measured: Mapping[str, Statistics],
    samples: Mapping[str, Sample],
    links: Sequence[Link],
    anchor: Anchor,
) -> Target | None:
    """Return the target of ``scene``, or None if no shot of it could be measured.

    A hero named by the editor and locked shots are the target whatever the anchor: they stay as they are, so the others
    must move to them. ``balanced`` means ``average`` here: statistics define no total correction to minimize.
    """
    order = [shot for shot in scene.shots if shot in measured]
    if not order:
        return None
    fixed = [shot for shot in order if shot in scene.locked or shot == scene.hero]
    if fixed:
        name = f"the hero {fixed[0]}" if fixed == [scene.hero] else f"the kept {' and '.join(fixed)}"
        return Target(_mean(measured, fixed), frozenset(fixed), name)
    if anchor.kind in ("balanced", "average"):
        return Target(_mean(measured, order), frozenset(), f"the mean of {len(order)} shots")
    if anchor.kind == "first":
        best, name = order[0], f"the first shot {order[0]}"
    elif anchor.kind == "brightest":
        best = max(order, key=lambda shot: measured[shot].lightness)  # the first of equals
        name = f"the brightest shot {best}"
    else:
        best, why = pick_hero([samples[shot] for shot in order], links)
        name = f"{best}, {why}"
    return Target(measured[best], frozenset([best]), name)


def _mean(measured: Mapping[str, Statistics], shots: list[str]) -> Statistics:
    # Summed in the order of the ids, so that the order of the scene does not change the last digit.
    return mean_statistics([measured[shot] for shot in sorted(shots)])


def _why_identity(
    shot: str, scene: Scene, measured: Mapping[str, Statistics], target: Target | None, sample: Sample
) -> Reason | None:
    """Return the reason why a shot gets identity, or None if it gets a balance."""
    usable = int(sample.usable.sum())
    few = "; ".join([f"{usable} usable colors of the {FEWEST} it takes", *sample.notes])
    reasons = (
        (shot in scene.locked, Reason("anchor", "locked: kept as it is")),
        (shot == scene.hero, Reason("anchor", "hero: the scene keeps its color")),
        (len(scene.shots) == 1, Reason("left", "the scene's only shot: nothing to match it to")),
        (target is not None and shot in target.keep, Reason("anchor", "the anchor of the scene: kept as it is")),
        (usable < FEWEST, Reason("left", few)),
        (shot not in measured, Reason("left", "all of it is one color: nothing to match")),
        (len(measured) == 1, Reason("left", "no other shot of the scene could be measured")),
    )
    return next((why for holds, why in reasons if holds), None)


def _balance(grade: Grade, strategy: Strategy, source: Statistics, target: Target, pool: Colors) -> Grade:
    """Give a measured shot its balance, or identity if it already matches."""
    lightness_only = source.gray or target.statistics.gray
    transport = strategy.transport(source, target.statistics, lightness_only=lightness_only)
    colors = pool.astype(np.float64)
    if np.quantile(delta_e00(srgb_to_lab(colors), srgb_to_lab(transport(colors))), 0.95) < ALREADY:
        return replace(grade, reasons=(Reason("left", "already matches: left as it is"),))
    balance = restrained(transport, colors)
    if isinstance(balance, Identity):
        return replace(grade, reasons=(Reason("left", "no part of the correction makes a healthy LUT: left as it is"),))
    restraints = _restraints(balance)
    if lightness_only:
        restraints.append("lightness only: " + ("the shot is gray" if source.gray else f"{target.name} is gray"))
    aim = Reason("anchor", f"{strategy.what} matched to {target.name}")
    reasons = (aim, *(Reason("restrained", restraint) for restraint in restraints))
    return replace(grade, balance=balance, confidence="low", reasons=reasons)


def _restraints(balance: Transform) -> list[str]:
    """Say how much of the correction was held back, and why."""
    texts = []
    if isinstance(balance, Mix):
        texts.append(f"held to {balance.strength:.0%}: more of it would clip")
        balance = balance.transform
    if isinstance(balance, Chain):
        texts.append("ends rolled off, so that they do not clip")
        balance = balance.transforms[0]
    if isinstance(balance, Guarded) and balance.amount < 1:
        texts.append(
            f"{1 - balance.amount:.0%} of it as a plain affine correction: more of it would make the LUT rough"
        )
    return texts
