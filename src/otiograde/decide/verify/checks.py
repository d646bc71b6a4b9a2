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
from otiograde.color.difference import band, codes_to_lab, delta_e00, delta_e_itp, mean_change
from otiograde.color.lut import LutHealth
from otiograde.color.prior import weighted_median
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.decide.verify.case import Case, continues, difference, health_of, held_out_pairs, links_of
from otiograde.record.finding import CUT_INSIDE, SPLIT, Finding
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
        if len(colors) and not isinstance(balance, Identity):
            change = mean_change(balance, colors, case.survey.encoding(shot))
            if any(case.evident(link) for link in case.joining.get(shot, ())):
                yield Finding(shot, "correction", change, None, "ΔE00", None)
            else:
                yield Finding(shot, "correction", change, LARGEST, "ΔE00", change <= LARGEST)


def agreement(case: Case) -> Iterable[Finding]:
    """Judge each scene and each shot by held-out pairs: they must not differ more than before."""
    for scene in case.scenes:
        if len(scene.shots) > 1:
            links = case.inside(scene)
            candidates = case.within(scene)
            yield from _scene_agreement(case, scene, links, candidates)
            for shot in scene.shots:
                yield _agreement(case, shot, links_of(shot, links), links_of(shot, candidates))


def _scene_agreement(case: Case, scene: Scene, links: list[Link], candidates: list[Link]) -> Iterable[Finding]:
    for when, balances in (("before", None), ("after", case.balances)) if links else ():
        pairs = difference(case, links, balances)
        yield Finding(scene.id, f"difference_{when}", pairs.median, None, "ΔE00", None, band(pairs.median))
        yield Finding(scene.id, f"difference_p95_{when}", pairs.p95, None, "ΔE00", None)
    if not links:
        yield from _statistics(case, scene)
    yield _agreement(case, scene.id, links, candidates)


def _agreement(case: Case, subject: str, links: list[Link], candidates: Sequence[Link] = ()) -> Finding:
    """Judge one shot or scene by its ``links`` that are evidence; ``candidates`` say why there is none."""
    if not links:
        matches = sum({(link.a, link.b): link.inliers for link in candidates if link.inliers}.values())
        sure = f"no color of {matches} matches is sure enough" if matches else "no surface was seen in two shots"
        return Finding(subject, "agreement", nan, WORSE, "ΔE00", None, f"unverifiable: {sure}")
    before, after = difference(case, links, None), difference(case, links, case.balances)
    worse = after.median - before.median
    spread = f"p95 {before.p95:.1f} -> {after.p95:.1f}"
    note = f"{before.median:.1f} -> {after.median:.1f}, {spread}, {after.pairs} held-out pairs"
    return Finding(subject, "agreement", worse, WORSE, "ΔE00", worse <= WORSE, note)


def _statistics(case: Case, scene: Scene) -> Iterable[Finding]:
    """Report the mean distance of the shots' mean colors. It is not judged: content alone can cause it."""
    pools = {shot: case.survey.colors(shot) for shot in scene.shots}
    means = {}
    for when, graded in (("before", False), ("after", True)):
        labs = [
            _lab(case, shot, np.clip(case.balances[shot](colors), 0, 1) if graded else colors).mean(0)
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
            if not isinstance(case.balances[shot], Identity):
                turned = _turned(case, shot, links_of(shot, links))
                if turned is not None:
                    angle, before, note = turned
                    passed = angle <= max(MOST_TURNED, before)
                    yield Finding(shot, "skin_hue", angle, max(MOST_TURNED, before), "degrees", passed, note)


def _turned(case: Case, shot: str, links: list[Link]) -> tuple[float, float, str] | None:
    """Return the median hue difference of skin-like colors, the same before grading, and the reference in words."""
    if links:
        sides = [_sides(link, shot) for link in links]
        colors = np.concatenate([a for a, _, _ in sides])
        goal = np.concatenate([_lab(case, partner, case.balances[partner](b)) for _, b, partner in sides])
        other = np.concatenate([_lab(case, partner, b) for _, b, partner in sides])
        graded = _lab(case, shot, case.balances[shot](colors))
        skin = _skin_like(goal)
        if skin.sum() < FEWEST_SKIN:
            return None
        before = _hue_difference(_lab(case, shot, colors[skin]), other[skin])
        return _hue_difference(graded[skin], goal[skin]), before, "against the same surfaces in linked shots"
    colors = case.survey.colors(shot)
    lab = _lab(case, shot, colors)
    skin = _skin_like(lab)
    if skin.sum() < FEWEST_SKIN:
        return None
    graded = _lab(case, shot, case.balances[shot](colors[skin]))
    return _hue_difference(lab[skin], graded), 0.0, "against the ungraded shot"


def _lab(case: Case, shot: str, codes: Colors) -> Colors:
    """Return L*, a*, b* of a shot's code values as the view shows them."""
    return codes_to_lab(codes, case.survey.encoding(shot))


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
        if continues(link):
            continue
        first, second = sorted((link.a, link.b), key=order.__getitem__)
        if order[second] - order[first] == 1:
            finding = _agreement(case, second, [link])
            step = difference(case, [link], case.balances).median
            steps.append((step, replace(finding, check="seam", note=f"cut from {first}: {finding.note}")))
    return [finding for _, finding in sorted(steps, key=lambda item: -item[0])]


def join(case: Case) -> Iterable[Finding]:
    """Judge each cut of a scene at which a clip continues: the frames there must not differ more than before."""
    for scene in case.scenes:
        for link in filter(continues, case.inside(scene)):
            finding = _agreement(case, link.b, [link])
            yield replace(finding, check="join", note=f"the frames at the cut from {link.a}: {finding.note}")


def drift(case: Case) -> Iterable[Finding]:
    """Pass steady shots. Report shots that change while they run without judging: one LUT is not at fault for it."""
    for shot, change in case.survey.drifts.items():
        if change.kind == "unknown":
            yield Finding(shot, "drift", change.value, change.limit, "stop", None, f"unverifiable: {change.words}")
        elif change.kind == "steady":
            yield Finding(shot, "drift", change.value, change.limit, "stop", True)
        else:
            yield Finding(shot, "drift", change.value, None, "stop", None, f"{change.words} (limit {change.limit:g})")
    for shot, frame in case.survey.inside.items():
        yield Finding(shot, CUT_INSIDE, float(frame), None, "frame", None, f"another picture begins there: {SPLIT}")


def light(case: Case) -> Iterable[Finding]:
    """Report the difference of PQ and HLG as light, beyond what an SDR view shows: ΔE ITP of held-out pairs."""
    for scene in case.scenes:
        links = [link for link in case.inside(scene) if _is_hdr(case, link)]
        for when, balances in (("before", None), ("after", case.balances)) if links else ():
            values = np.concatenate([_itp(case, link, balances) for link in links])
            weights = np.concatenate([link.weights[link.held_out] * link.confidence for link in links])
            yield Finding(scene.id, f"light_{when}", weighted_median(values, weights), None, "ΔE ITP", None)


def _is_hdr(case: Case, link: Link) -> bool:
    encodings = [case.survey.encoding(shot) for shot in (link.a, link.b)]
    return encodings[0] == encodings[1] and encodings[0] is not None and encodings[0].is_hdr


def _itp(case: Case, link: Link, balances: Mapping[str, Transform] | None) -> Float64:
    encoding = case.survey.encoding(link.a)
    assert encoding is not None  # noqa: S101  (``_is_hdr``)
    return np.asarray(delta_e_itp(*held_out_pairs(link, balances), encoding), np.float64)


def encodings(case: Case) -> Iterable[Finding]:
    """Report shots whose encoding is in doubt or contradicted. Those in doubt are matched with their format alone."""
    for believed in case.survey.shots:
        if believed.media.contradiction and believed.id in case.grades and believed.id not in case.survey.doubts:
            yield Finding(believed.id, "encoding_contradiction", 0.0, None, "", None, believed.media.contradiction)
    for shot, doubt in case.survey.doubts.items():
        if shot in case.grades:
            yield Finding(shot, doubt.check, doubt.value, doubt.limit, "score", None, f"unverifiable: {doubt.words}")


#: All checks by name. A new check is a function above and a line here.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "lut_health": lut_health,
        "correction": correction,
        "agreement": agreement,
        "skin_hue": skin_hue,
        "seams": seams,
        "join": join,
        "drift": drift,
        "light": light,
        "encodings": encodings,
    }
)


def check_all(case: Case) -> list[Finding]:
    """Run all ``CHECKS`` in order. The samples of the survey must be in record order."""
    return [finding for check in CHECKS.values() for finding in check(case)]
