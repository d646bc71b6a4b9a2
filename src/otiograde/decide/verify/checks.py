"""The checks: functions from a case to findings. None of them judges by a statistic that a matcher optimized."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import nan
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.difference import band, delta_e00, mean_change
from otiograde.color.lut import LutHealth
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Colors, Identity
from otiograde.decide.verify.case import Case, difference, health_of, links_of
from otiograde.record.finding import Finding
from otiograde.record.scene import Scene
from otiograde.survey.link import Link

#: Limits of a LUT: second difference at 33 nodes, smallest luma step along the grays, percent of newly clipped colors.
ROUGHEST, LEAST_STEP, MOST_CLIPPED = 0.06, 0.0, 0.5
#: Increase of the median ΔE00 above which a shot or scene is worse than before.
WORSE = 0.1
#: Largest mean correction (ΔE00) that is believed without proof.
LARGEST = 25.0
#: Skin-like colors: ranges of hue (degrees) and chroma in Lab, largest turn of their hue (degrees), fewest colors.
SKIN_HUE, SKIN_CHROMA, MOST_TURNED, FEWEST_SKIN = (40.0, 70.0), (15.0, 40.0), 12.0, 30

Check: TypeAlias = Callable[[Case], Iterable[Finding]]


def lut_health(case: Case) -> Iterable[Finding]:
    """Judge the LUT of each balance: smooth, grays in order, few newly clipped colors.

    Look and trim are reported and not judged.
    """
    for shot, grade in case.grades.items():
        colors = case.survey.colors(shot)
        health = health_of(case.balances[shot], colors)
        bare = isinstance(grade.look, Identity) and isinstance(grade.trim, Identity)
        looked = health if bare else grade.lut(case.lut_size).health(colors)
        for (check, value, limit, unit, passed), with_look in zip(_judged(health), _judged(looked), strict=True):
            note = "" if bare else f"with look and trim {with_look[1]:.3g}"
            yield Finding(shot, check, value, limit, unit, passed, note)


def _judged(health: LutHealth) -> list[tuple[str, float, float, str, bool]]:
    rough, step, clipped = health.second_difference, health.neutral_step, 100 * health.newly_clipped
    return [
        ("second_difference", rough, ROUGHEST, "code value", rough <= ROUGHEST),
        ("neutral_step", step, LEAST_STEP, "code value", step >= LEAST_STEP - 1e-6),
        ("newly_clipped", clipped, MOST_CLIPPED, "%", clipped <= MOST_CLIPPED),
    ]


def failures(health: LutHealth) -> list[str]:
    """Describe what is wrong with a LUT; empty for a healthy one."""
    texts = {
        "second_difference": "the LUT is rough (second difference {:.3f} of at most {:g})",
        "neutral_step": "the LUT turns grays over (smallest step {:.4f} of at least {:g})",
        "newly_clipped": "{:.1f} % of its colors clip (of at most {:g} %)",
    }
    return [texts[check].format(value, limit) for check, value, limit, _, passed in _judged(health) if not passed]


def correction(case: Case) -> Iterable[Finding]:
    """Judge the size of each correction that no link proves, by the mean change of the shot's colors."""
    for shot, balance in case.balances.items():
        colors = case.survey.colors(shot)
        if len(colors) and case.survey.hdr(shot) is None and not isinstance(balance, Identity):
            change = mean_change(balance, colors)
            if any(case.evident(link) for link in links_of(shot, case.links)):
                yield Finding(shot, "correction", change, None, "ΔE00", None)
            else:
                yield Finding(shot, "correction", change, LARGEST, "ΔE00", change <= LARGEST)


def agreement(case: Case) -> Iterable[Finding]:
    """Judge each scene and each shot by held-out pairs: they must not differ more than before."""
    for scene in case.scenes:
        if len(scene.shots) > 1:
            links = case.inside(scene)
            every = [link for link in case.links if link.a in scene.shots and link.b in scene.shots]
            yield from _scene_agreement(case, scene, links, every)
            for shot in scene.shots:
                faint = links_of(shot, every)
                yield _agreement(case, shot, links_of(shot, links), case.survey.unit(shot), faint)


def _scene_agreement(case: Case, scene: Scene, links: list[Link], every: list[Link]) -> Iterable[Finding]:
    unit = case.survey.unit(scene.shots[0])
    for when, balances in (("before", None), ("after", case.balances)) if links else ():
        pairs = difference(case, links, balances)
        note = band(pairs.median) if unit == "ΔE00" else ""
        yield Finding(scene.id, f"difference_{when}", pairs.median, None, unit, None, note)
        yield Finding(scene.id, f"difference_p95_{when}", pairs.p95, None, unit, None)
    if not links:
        yield from _statistics(case, scene)
    yield _agreement(case, scene.id, links, unit, every)


def _agreement(case: Case, subject: str, links: list[Link], unit: str, every: Sequence[Link] = ()) -> Finding:
    """Judge one shot or scene by its ``links`` that are evidence; ``every`` link says why there is none."""
    if not links:
        matches = sum({(link.a, link.b): link.inliers for link in every if link.inliers}.values())
        sure = f"no color of {matches} matches is sure enough" if matches else "no surface was seen in two shots"
        return Finding(subject, "agreement", nan, WORSE, unit, None, f"unverifiable: {sure}")
    before, after = difference(case, links, None), difference(case, links, case.balances)
    worse = after.median - before.median
    spread = f"p95 {before.p95:.1f} -> {after.p95:.1f}"
    note = f"{before.median:.1f} -> {after.median:.1f}, {spread}, {after.pairs} held-out pairs"
    return Finding(subject, "agreement", worse, WORSE, unit, worse <= WORSE, note)


def _statistics(case: Case, scene: Scene) -> Iterable[Finding]:
    """Report the mean distance of the shots' mean colors. It is not judged: content alone can cause it."""
    pools = {shot: case.survey.colors(shot) for shot in scene.shots if case.survey.hdr(shot) is None}
    means = {}
    for when, graded in (("before", False), ("after", True)):
        labs = [
            srgb_to_lab(np.clip(case.balances[shot](colors), 0, 1) if graded else colors).mean(0)
            for shot, colors in pools.items()
            if len(colors)
        ]
        distances = [float(delta_e00(one, other)) for k, one in enumerate(labs) for other in labs[:k]]
        means[when] = float(np.mean(distances)) if distances else nan
    note = f"mean colors {means['before']:.1f} -> {means['after']:.1f}: no proof, content differs too"
    yield Finding(scene.id, "statistics", means["after"], None, "ΔE00", None, note)


def skin_hue(case: Case) -> Iterable[Finding]:
    """Judge skin-like colors: linked shots must show one hue; without links a balance must not turn the hue far."""
    for scene in case.scenes:
        links = case.inside(scene)
        for shot in scene.shots:
            if case.survey.hdr(shot) is None and not isinstance(case.balances[shot], Identity):
                turned = _turned(case, shot, links_of(shot, links))
                if turned is not None:
                    angle, before, note = turned
                    passed = angle <= max(MOST_TURNED, before)
                    yield Finding(shot, "skin_hue", angle, max(MOST_TURNED, before), "degrees", passed, note)


def _turned(case: Case, shot: str, links: list[Link]) -> tuple[float, float, str] | None:
    """Return the median hue difference of skin-like colors, the same before grading, and the reference in words."""
    if links:
        sides = [_sides(link, shot) for link in links]
        colors, other = (np.concatenate(side) for side in zip(*((a, b) for a, b, _ in sides), strict=True))
        partners = [case.balances[partner](b) for _, b, partner in sides]
        graded, goal = srgb_to_lab(case.balances[shot](colors)), srgb_to_lab(np.concatenate(partners))
        skin = _skin_like(goal)
        if skin.sum() < FEWEST_SKIN:
            return None
        before = _hue_difference(srgb_to_lab(colors[skin]), srgb_to_lab(other[skin]))
        return _hue_difference(graded[skin], goal[skin]), before, "against the same surfaces in linked shots"
    colors = case.survey.colors(shot)
    lab = srgb_to_lab(colors)
    skin = _skin_like(lab)
    if skin.sum() < FEWEST_SKIN:
        return None
    return _hue_difference(lab[skin], srgb_to_lab(case.balances[shot](colors[skin]))), 0.0, "against the ungraded shot"


def _sides(link: Link, shot: str) -> tuple[Float64, Float64, str]:
    """Return a link's held-out colors in this shot, the same in the other shot, and the other's id."""
    a, b = link.colors_a[link.held_out], link.colors_b[link.held_out]
    return (a, b, link.b) if link.a == shot else (b, a, link.a)


def _skin_like(lab: Colors) -> NDArray[np.bool_]:
    hue, chroma = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])), np.hypot(lab[..., 1], lab[..., 2])
    inside = (hue >= SKIN_HUE[0]) & (hue <= SKIN_HUE[1]) & (chroma >= SKIN_CHROMA[0]) & (chroma <= SKIN_CHROMA[1])
    return np.asarray(inside)


def _hue_difference(one: Colors, other: Colors) -> float:
    """Return the median angle between the hues of two arrays of Lab colors ``(n, 3)``, in degrees."""
    angle = np.degrees(np.arctan2(one[..., 2], one[..., 1]) - np.arctan2(other[..., 2], other[..., 1]))
    return float(np.median(np.abs((angle + 180) % 360 - 180)))


def seams(case: Case) -> Iterable[Finding]:
    """Judge the step across each cut between linked shots. The largest remaining step comes first."""
    order = {shot: number for number, shot in enumerate(case.survey.samples)}
    steps = []
    for link in filter(case.evident, case.links):
        first, second = sorted((link.a, link.b), key=order.__getitem__)
        if order[second] - order[first] == 1:
            finding = _agreement(case, second, [link], case.survey.unit(second))
            step = difference(case, [link], case.balances).median
            steps.append((step, replace(finding, check="seam", note=f"cut from {first}: {finding.note}")))
    return [finding for _, finding in sorted(steps, key=lambda item: -item[0])]


def drift(case: Case) -> Iterable[Finding]:
    """Pass steady shots. Report shots that change while they run without judging: one LUT is not at fault for it."""
    for shot, change in case.survey.drifts.items():
        if change.kind == "unknown":
            yield Finding(shot, "drift", change.value, change.limit, "stop", None, f"unverifiable: {change.words}")
        elif change.kind == "steady":
            yield Finding(shot, "drift", change.value, change.limit, "stop", True)
        else:
            yield Finding(shot, "drift", change.value, None, "stop", None, f"{change.words} (limit {change.limit:g})")


#: All checks by name. A new check is a function above and a line here.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "lut_health": lut_health,
        "correction": correction,
        "agreement": agreement,
        "skin_hue": skin_hue,
        "seams": seams,
        "drift": drift,
    }
)


def check_all(case: Case) -> list[Finding]:
    """Run all ``CHECKS`` in order. The samples of the survey must be in record order."""
    return [finding for check in CHECKS.values() for finding in check(case)]
