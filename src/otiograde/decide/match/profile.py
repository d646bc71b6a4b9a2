"""What the classical strategies share: a shot's statistics, the scene's target, and one grade per shot towards it.

None of them sees which colors of two shots are the same surface: all of them take a difference of content for a
difference of grade. Their confidence is therefore never more than low.
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

#: Colors drawn from a shot, and the fewest that say anything about it.
POOL, FEWEST = 20_000, 300

#: A balance that moves 95 % of a shot's colors by less than this (CIEDE2000) is no balance: the shot already matches.
ALREADY = 0.2


class Transport(Protocol):
    """A map from one cloud of colors onto another, known by their statistics."""

    def __call__(self, source: Statistics, target: Statistics, *, lightness_only: bool) -> Affine | Curves:
        """Return the map; of lightness alone where one of the two has no color."""
        ...


@dataclass(frozen=True, slots=True)
class Strategy:
    """A classical strategy: ``what`` it makes equal, in words, in which ``space``, the map, and which share of it."""

    what: str
    space: Space
    transport: Transport
    share: float


@dataclass(frozen=True, slots=True)
class Target:
    """What a scene is taken to: its statistics, the shots that ``keep`` their color, and its ``name`` in reasons."""

    statistics: Statistics
    keep: frozenset[str]
    name: str


def solve_by_statistics(
    strategy: Strategy,
    scene: Scene,
    samples: Mapping[str, Sample],
    links: Sequence[Link],
    anchor: Anchor,
) -> list[Grade]:
    """Grade every shot of ``scene``, in its order, towards the scene's target.

    The hero, locked shots and an anchor shot get identity, and so does a shot that cannot be measured or already
    matches. Links help to pick a hero where one is asked for and none is named, and nothing else.
    """
    pools = {shot: samples[shot].colors(POOL) for shot in scene.shots}
    measured = {shot: statistics(pool, strategy.space) for shot, pool in pools.items() if len(pool) >= FEWEST}
    known = {shot: own for shot, own in measured.items() if not own.flat}
    target = _target(scene, known, samples, links, anchor)
    grades = []
    for shot in scene.shots:
        untouched = Grade(shot, scene.id, share=strategy.share)
        if why := _why_identity(shot, scene, known, target, samples[shot]):
            grades.append(replace(untouched, reasons=(why,)))
        elif target is not None:  # it is not: then no shot is known, and there was a reason
            grades.append(_balance(untouched, strategy, known[shot], target, pools[shot]))
    return grades


def _target(
    scene: Scene, known: Mapping[str, Statistics], samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor
) -> Target | None:
    """Find what ``scene`` is taken to; None when no shot of it could be measured.

    A hero that the editor named and locked shots are the anchor of their scene whatever the kind: they stay as they
    are, so the others come to them. ``balanced`` is ``average``: statistics know no total correction to minimize.
    """
    order = [shot for shot in scene.shots if shot in known]
    if not order:
        return None
    kept = [shot for shot in order if shot in scene.locked or shot == scene.hero]
    if kept:
        name = f"the hero {kept[0]}" if kept == [scene.hero] else f"the kept {' and '.join(kept)}"
        return Target(_mean(known, kept), frozenset(kept), name)
    if anchor.kind in ("balanced", "average"):
        return Target(_mean(known, order), frozenset(), f"the mean of {len(order)} shots")
    if anchor.kind == "first":
        best, name = order[0], f"the first shot {order[0]}"
    elif anchor.kind == "brightest":
        best = max(order, key=lambda shot: known[shot].lightness)  # the first of equals
        name = f"the brightest shot {best}"
    else:
        best, why = pick_hero([samples[shot] for shot in order], links)
        name = f"{best}, {why}"
    return Target(known[best], frozenset([best]), name)


def _mean(known: Mapping[str, Statistics], shots: list[str]) -> Statistics:
    # Summed in the order of the ids, so that the order of the scene does not reach the last digit.
    return mean_statistics([known[shot] for shot in sorted(shots)])


def _why_identity(
    shot: str, scene: Scene, known: Mapping[str, Statistics], target: Target | None, sample: Sample
) -> Reason | None:
    """Say why the shot is not touched; None when nothing stands against a balance."""
    usable = int(sample.usable.sum())
    few = "; ".join([f"{usable} usable colors of the {FEWEST} it takes", *sample.notes])
    reasons = (
        (shot in scene.locked, Reason("anchor", "locked: kept as it is")),
        (shot == scene.hero, Reason("anchor", "hero: the scene keeps its color")),
        (len(scene.shots) == 1, Reason("left", "the scene's only shot: nothing to match it to")),
        (target is not None and shot in target.keep, Reason("anchor", "the anchor of the scene: kept as it is")),
        (usable < FEWEST, Reason("left", few)),
        (shot not in known, Reason("left", "all of it is one color: nothing to match")),
        (len(known) == 1, Reason("left", "no other shot of the scene could be measured")),
    )
    return next((why for holds, why in reasons if holds), None)


def _balance(grade: Grade, strategy: Strategy, own: Statistics, target: Target, pool: Colors) -> Grade:
    """Give a measurable shot its balance, or identity when it already matches."""
    lightness_only = own.gray or target.statistics.gray
    transport = strategy.transport(own, target.statistics, lightness_only=lightness_only)
    colors = pool.astype(np.float64)
    if np.quantile(delta_e00(srgb_to_lab(colors), srgb_to_lab(transport(colors))), 0.95) < ALREADY:
        return replace(grade, reasons=(Reason("left", "already matches: left as it is"),))
    balance = restrained(transport, colors)
    if isinstance(balance, Identity):
        return replace(grade, reasons=(Reason("left", "no part of the correction makes a healthy LUT: left as it is"),))
    restraints = _restraints(balance)
    if lightness_only:
        restraints.append("lightness only: " + ("the shot is gray" if own.gray else f"{target.name} is gray"))
    aim = Reason("anchor", f"{strategy.what} matched to {target.name}")
    reasons = (aim, *(Reason("restrained", restraint) for restraint in restraints))
    return replace(grade, balance=balance, confidence="low", reasons=reasons)


def _restraints(balance: Transform) -> list[str]:
    """Say how much of the correction was held back, and why."""
    said = []
    if isinstance(balance, Mix):
        said.append(f"held to {balance.strength:.0%}: more of it would clip")
        balance = balance.transform
    if isinstance(balance, Chain):
        said.append("ends rolled off, so that they do not clip")
        balance = balance.transforms[0]
    if isinstance(balance, Guarded) and balance.amount < 1:
        said.append(f"{1 - balance.amount:.0%} of it as a plain affine correction: more of it would make the LUT rough")
    return said
