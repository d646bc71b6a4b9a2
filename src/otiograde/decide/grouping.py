"""Group shots into scenes, independent of the casts that grading is to remove.

Links decide: shots that show the same surfaces belong together. Without a link, other evidence is added up: similar
texture, colors in common after a correction, a rare media format that both share, and their distance in the edit. Each
is a log-likelihood ratio, in nats, of one scene against two. A wrong merge costs more than a wrong split, so the
threshold is high. The wishes of the edit win. Clustering is by average linkage (Sokal & Michener 1958) with one
threshold. The parts of scenes that this finds are then merged by learned odds (``decide.merging``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.alike import Traits, Weights, same_place, shipped_weights
from otiograde.color.arrays import Float64
from otiograde.decide.certain import CertainClusters
from otiograde.decide.linkage import clusters_below, last_height
from otiograde.decide.merging import Evidence, merged
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Grouping
from otiograde.record.shot import SceneOrigin, Shot
from otiograde.record.summary import listed
from otiograde.survey import kinds
from otiograde.survey.families import families_of, mixable
from otiograde.survey.link import Clues, Hint, Link, links_within
from otiograde.survey.survey import Survey
from otiograde.survey.traits import gathered, measure_traits

#: Evidence in nats that counts as certain. The distance of two shots is this minus their evidence.
SURE = 30.0
#: Distance of shots that must not share a scene: an average that includes it is above any threshold.
NEVER = 1e6
#: Probability that two distant shots share a scene: an edit returns to scenes.
RETURN = 0.05


#: Why a shot is in the scene that was wished for, by who put it there.
_WISHED: Mapping[SceneOrigin, str] = {
    "edit": "the edit puts it in scene {}",
    "option": "--scene puts it in scene {}",
    "file": "the list of --scenes puts it in scene {}",
    "one": "--scenes one takes the whole edit as one scene",
    "tracks": "--scenes tracks: it lies on track {}",
    "folders": "--scenes folders: its media lie in folder {}",
    "names": "--scenes names: its slate says scene {}",
    "markers": "--scenes markers: it follows the marker {}",
}


@dataclass(frozen=True)
class _Odds:
    """The log-odds that two shots share a scene, in nats: one matrix ``(n, n)`` for each kind of evidence."""

    #: Similarity of texture.
    texture: Float64
    #: Hints, by kind.
    hints: Mapping[str, Float64]
    #: A media format that both shots have.
    format: Float64
    #: Distance in the edit.
    distance: Float64
    #: Links that rest on matches.
    matches: Float64
    #: The shares of the hints in [0, 1], by kind; NaN for pairs without one. They are not log-odds.
    shares: Mapping[str, Float64]
    #: The learned odds that two shots show one place. They are for parts of scenes, and not in the total.
    alike: Float64

    def looks(self, places: tuple[NDArray[np.intp], ...]) -> Float64:
        """Return what the pictures of some pairs say: neither slates nor places in the edit."""
        looks = (self.hints[kind][places] for kind, likeness in _likenesses().items() if likeness.reason == "grouped")
        return np.asarray(sum(looks, self.texture[places]) + self.format[places] + self.matches[places])

    @property
    def stated(self) -> Float64:
        """What slates, folders and tracks say."""
        stated = (self.hints[kind] for kind, likeness in _likenesses().items() if not likeness.term)
        return np.asarray(sum(stated, np.zeros_like(self.texture)))

    @property
    def common(self) -> Float64:
        """The mass of colors that pairs have in common; NaN for pairs that were not compared."""
        return _by_term(self.shares).get("colors", np.full_like(self.texture, np.nan))

    @cached_property
    def total(self) -> Float64:
        return np.asarray(sum(self.hints.values(), self.texture) + self.format + self.distance + self.matches)


def group(
    survey: Survey,
    grouping: Grouping,
    traits: Traits | None = None,
    weights: Weights | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Scene]:
    """Return the scenes in the order of their first shots. Every shot is in exactly one.

    ``traits`` are those of the survey, measured by its samples where it has none; ``weights`` are those shipped.
    ``progress`` is that of the means.

    Shots with the same wished scene share it. Shots with different wished scenes never share one. Shots of two
    families share one by certain links or a wish alone. Media whose encoding is in doubt shares one with its own
    format alone. At most ``grouping.few`` shots are one scene, unless something speaks against it.
    """
    shots = survey.shots
    weights = weights or shipped_weights()
    weighed = _weigh(survey, grouping, traits, weights)
    links, odds, distances, families = weighed.links, weighed.odds, weighed.distances, weighed.families
    parts = clusters_below(distances, SURE - grouping.threshold)
    clusters = sorted(merged(weighed.evidence, parts, weights.merge, grouping.merging), key=min)
    assumed: tuple[Reason, ...] = ()
    if len(clusters) > 1 and len(shots) <= grouping.few and last_height(distances) <= SURE - grouping.alike:
        clusters = [list(range(len(shots)))]
        assumed = (Reason("assumed", "taken as one scene, as nothing speaks against it; `--scenes auto` splits them"),)
    wished: set[str] = {shot.wishes.scene for shot in shots if shot.wishes.scene}
    used: set[str] = set()
    scenes = []
    within = links_within({str(k): [shots[m].id for m in cluster] for k, cluster in enumerate(clusters)}, links)
    for number, cluster in enumerate(clusters):
        members = [shots[k] for k in cluster]
        name = _name(members, wished, used, families)
        used.add(name)
        hero = next((shot.id for shot in members if shot.wishes.hero), None)
        locked = tuple(shot.id for shot in members if shot.wishes.lock)
        inside = within[str(number)]
        reasons = (*assumed, *_against(shots, cluster, inside, odds, grouping), *_reasons(shots, cluster, inside, odds))
        scenes.append(Scene(name, tuple(shot.id for shot in members), hero, locked, reasons))
        if progress is not None:
            progress("scenes", len(scenes), len(clusters))
    return scenes


class _Weighed(NamedTuple):
    """The evidence of an edit, and what follows from it for certain."""

    links: Sequence[Link]
    odds: _Odds
    #: ``(n, n)``: 0 for shots that must share a scene, ``NEVER`` for shots that must not.
    distances: Float64
    families: Mapping[str, str]

    @property
    def evidence(self) -> Evidence:
        """What speaks for merging parts of scenes."""
        odds, barred = self.odds, self.distances >= NEVER
        return Evidence(odds.alike, odds.stated, odds.matches > 0, odds.common, barred)


def parts_of(survey: Survey, grouping: Grouping, traits: Traits, weights: Weights) -> tuple[list[list[int]], Evidence]:
    """Return the parts of scenes, as numbers of shots, before they are merged by learned odds; and the evidence."""
    weighed = _weigh(survey, grouping, traits, weights)
    return clusters_below(weighed.distances, SURE - grouping.threshold), weighed.evidence


def _weigh(survey: Survey, grouping: Grouping, traits: Traits | None, weights: Weights) -> _Weighed:
    shots = survey.shots
    links = [link for link in survey.links if kinds.KINDS[link.kind].matched]
    traits = traits or survey.traits or gathered([measure_traits(survey.samples[shot.id]) for shot in shots])
    odds = _odds(shots, traits, Clues(links, survey.hints), grouping, weights)
    families = families_of(shots, survey.doubts)
    certain = CertainClusters(shots, mixable(shots, survey.doubts), families)
    return _Weighed(links, odds, _distances(certain, links, odds.total, grouping), families)


def _odds(shots: Sequence[Shot], traits: Traits, clues: Clues, grouping: Grouping, weights: Weights) -> _Odds:
    index = {shot.id: k for k, shot in enumerate(shots)}
    matches = np.zeros((len(shots), len(shots)))
    for link in clues.links:
        if link.a in index and link.b in index:
            a, b = index[link.a], index[link.b]
            matches[a, b] = matches[b, a] = grouping.linked
    likenesses = _likenesses()
    shares = {kind: _shares(index, [hint for hint in clues.hints if hint.kind == kind]) for kind in likenesses}
    distance = np.sqrt(np.maximum(2 - 2 * traits.patterns @ traits.patterns.T, 0))
    return _Odds(
        np.minimum(grouping.texture * (grouping.usual - distance), grouping.most),
        {kind: _hinted(shares[kind], likeness, grouping) for kind, likeness in likenesses.items()},
        _format_odds(shots, grouping.other),
        _distance_odds(len(shots), grouping.shots),
        matches,
        shares,
        same_place(traits, _by_term(shares), weights),
    )


def _hinted(shares: Float64, likeness: kinds.Likeness, grouping: Grouping) -> Float64:
    """Return the log-odds ``(n, n)`` of the hints of one kind."""
    if not any(shares.strides):  # there are none
        return _everywhere(0.0, len(shares))
    most = grouping.most if likeness.capped else np.inf
    return np.minimum(likeness.nats(grouping) * np.nan_to_num(shares - likeness.even), most)


def _likenesses() -> dict[str, kinds.Likeness]:
    """Return how grouping reads hints, by kind."""
    return {name: kind.likeness for name, kind in kinds.KINDS.items() if kind.likeness is not None}


def _by_term(shares: Mapping[str, Float64]) -> dict[str, Float64]:
    """Return the shares by their terms in the learned odds."""
    return {likeness.term: shares[kind] for kind, likeness in _likenesses().items() if likeness.term}


def _shares(index: Mapping[str, int], hints: Iterable[Hint]) -> Float64:
    """Return the shares of the hints of one kind ``(n, n)``; NaN for pairs without a hint."""
    inside = [hint for hint in hints if hint.a in index and hint.b in index]
    if not inside:
        return _everywhere(np.nan, len(index))
    shares = np.full((len(index), len(index)), np.nan)
    for hint in inside:
        a, b = index[hint.a], index[hint.b]
        shares[a, b] = shares[b, a] = hint.share
    return shares


def _everywhere(value: float, count: int) -> Float64:
    """Return one value for all pairs ``(n, n)``, read-only. It takes no memory."""
    return np.broadcast_to(np.float64(value), (count, count))


def _format_odds(shots: Sequence[Shot], other: float) -> Float64:
    """Return the log-odds of the media formats ``(n, n)``: none for a format of all shots, high for a rare one."""
    media = [shot.media for shot in shots]
    formats = [(m.kind, m.width, m.height, m.rate, m.pixel_format) for m in media]
    number = {fmt: k for k, fmt in enumerate(dict.fromkeys(formats))}
    numbers = np.array([number[fmt] for fmt in formats], np.intp)
    same = numbers[:, None] == numbers
    share = same.mean(axis=0) if len(shots) else np.zeros(0)
    return np.asarray(np.where(same, np.log((1 - other) / np.maximum(share, 1e-9) + other), np.log(other)))


def _distance_odds(count: int, shots: float) -> Float64:
    """Return the log-odds ``(n, n)`` that no scene ends between two shots, or that the edit returns to their scene."""
    side = max(count, 1)
    steps = np.abs(np.arange(1 - side, side))
    chance = np.maximum((1 - 1 / shots) ** np.maximum(steps, 1), RETURN)
    # Row k of the windows begins at the distance from shot 0 to shot k: one vector serves all pairs.
    return np.lib.stride_tricks.sliding_window_view(np.log(chance / (1 - chance)), side)[::-1][:count, :count]


def _distances(clusters: CertainClusters, links: Sequence[Link], odds: Float64, grouping: Grouping) -> Float64:
    """Return the distances ``(n, n)``: 0 for shots that must share a scene, ``NEVER`` for shots that must not."""
    index = clusters.index
    distance = np.clip(SURE - odds, 0, 2 * SURE)
    inside = [link for link in links if link.a in index and link.b in index]
    joins = [(index[link.a], index[link.b], link.inliers) for link in inside]
    for a, b, inliers in sorted(joins, key=lambda join: (-join[2], join[0], join[1])):
        if inliers >= grouping.certain:
            clusters.join(a, b)
    distance[clusters.barred()] = NEVER
    distance[clusters.same()] = 0
    return np.asarray(distance)


def _name(shots: Sequence[Shot], wished: Iterable[str], used: set[str], families: Mapping[str, str]) -> str:
    """Return the wished name (with the family, as ``-pq``, if it is already used), or the next free number."""
    named = next((shot.wishes.scene for shot in shots if shot.wishes.scene), None)
    number = 1
    if named is not None and named not in used:
        return named
    if named is not None:
        family = re.sub(r"[^a-z0-9]+", "-", families[shots[0].id].split(" ")[0].split("/")[0])
        while (name := f"{named}-{family}" + (f"-{number}" if number > 1 else "")) in used or name in wished:
            number += 1
        return name
    while f"scene_{number:03d}" in used or f"scene_{number:03d}" in wished:
        number += 1
    return f"scene_{number:03d}"


def _against(
    shots: Sequence[Shot], members: Sequence[int], links: Sequence[Link], odds: _Odds, grouping: Grouping
) -> Iterator[Reason]:
    """Say where the evidence speaks against a scene: its two most unlike parts, and slates that contradict."""
    inside, places = [shots[k] for k in members], np.ix_(members, members)
    if len(inside) > 1 and any(shot.wishes.scene for shot in inside):
        bare = [replace(shot, wishes=replace(shot.wishes, scene=None)) for shot in inside]
        alike = dict.fromkeys((shot.id for shot in inside), "")
        certain = CertainClusters(bare, alike, alike)
        distance = _distances(certain, links, odds.looks(places), grouping)
        if (height := last_height(distance)) > SURE - grouping.against:
            parts = clusters_below(distance, height * (1 - 1e-9))
            first, second = (listed([inside[k].id for k in part]) for part in sorted(parts, key=min)[:2])
            unlike = f"{first} beside {second}: unlike, as shots of two scenes are ({SURE - height:.0f} nats)"
            yield Reason("against", unlike)
    if (odds.shares["names"][places] == 0).any():
        slates = dict.fromkeys(shot.slate for shot in inside if shot.slate)
        yield Reason("against", f"its slates name scenes {listed(list(slates))}")


def _reasons(shots: Sequence[Shot], members: Sequence[int], links: Sequence[Link], odds: _Odds) -> tuple[Reason, ...]:
    """Say for each shot but the first why it is in the scene. The links are those inside it."""
    ids = [shots[k].id for k in members]
    reasons = []
    for n, k in enumerate(members[1:], start=1):
        shot = shots[k]
        before = set(ids[:n])
        inside = [link for link in links if shot.id in (link.a, link.b)]
        earlier = [link for link in inside if not before.isdisjoint((link.a, link.b))] or inside
        if shot.wishes.scene:
            reasons.append(Reason("wish", _WISHED[shot.wishes.scene_origin].format(shot.wishes.scene), shot.id))
        elif earlier:
            best = max(earlier, key=lambda link: link.inliers)
            other = best.b if best.a == shot.id else best.a
            matches = kinds.counted(best.kind, best.inliers)
            reasons.append(Reason("grouped", f"linked by {matches} with {other}", shot.id))
        else:
            reasons.append(_likeness(odds, k, max(members[:n], key=lambda member: odds.total[k, member]), shots))
    return tuple(reasons)


def _likeness(odds: _Odds, a: int, b: int, shots: Sequence[Shot]) -> Reason:
    """Name the evidence for one scene of shot ``a`` and an earlier one that no link joins."""
    for kind, likeness in _likenesses().items():
        if likeness.reason != "grouped" and odds.hints[kind][a, b] > 0:
            words = likeness.words.format(share=odds.shares[kind][a, b])
            return Reason(likeness.reason, f"joined with {shots[b].id} by {words}", shots[a].id)
    nats_for = {
        "texture": odds.texture[a, b],
        **{
            likeness.words.format(share=odds.shares[kind][a, b]): odds.hints[kind][a, b]
            for kind, likeness in _likenesses().items()
        },
        "patterns and palette together": odds.alike[a, b] if odds.total[a, b] < 0 else 0.0,
        "a format that few media here have": odds.format[a, b] - 1,  # 1: less than a third of them
        "their places in the edit": odds.distance[a, b],
    }
    words = ", ".join(words for words, nats in nats_for.items() if nats > 0) or "by way of others in the scene"
    return Reason("grouped", f"looks like {shots[b].id}, casts aside: {words}", shots[a].id)
