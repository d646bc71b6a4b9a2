"""Group shots into scenes, blind to the casts that are to be removed.

Links decide: shots that show the same surfaces belong together. Without a link the evidence is weighed: how alike two
shots are in texture, how much of their colors is common when corrected as grades can, whether their media have one
format that others here lack, and how near they lie in the edit. Each is a log-likelihood ratio, in nats, of one scene
against two; a wrong merge costs more than a wrong split, so the odds that are asked for are high. The edit's own wishes
win. Average linkage (Sokal & Michener 1958) with one threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.texture import patterns
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Grouping
from otiograde.record.shot import Shot
from otiograde.survey import kinds
from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.sample import Sample
from otiograde.survey.survey import Survey

#: Evidence beyond this, in nats, is no more than certain; the distance of two shots is what they lack of it.
SURE = 30.0
#: The distance of shots that must not share a scene: no average with it comes below any threshold.
NEVER = 1e6
#: A scene is returned to: however far two shots lie apart, one in twenty such pairs is of one scene.
RETURN = 0.05


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for one scene, pair by pair (n, n), in nats; ``shares`` those of hints by kind, NaN where unknown."""

    texture: Float64
    hints: Mapping[str, Float64]
    format: Float64
    place: Float64
    matches: Float64
    shares: Mapping[str, Float64]

    @property
    def total(self) -> Float64:
        return np.asarray(sum(self.hints.values(), self.texture) + self.format + self.place + self.matches)


def group(survey: Survey, grouping: Grouping) -> list[Scene]:
    """Scenes in the order of their first shots, every shot in exactly one.

    Shots of one wished scene share it, shots of different wished scenes never do, nor do SDR and HDR shots.
    """
    shots = survey.shots
    links = [link for link in survey.links if kinds.KINDS[link.kind].matched]
    evidence = _evidence(shots, survey.samples, Clues(links, survey.hints), grouping)
    clusters = _clusters(_distances(shots, links, evidence.total, grouping), SURE - grouping.threshold)
    ids: set[str] = {shot.wishes.scene for shot in shots if shot.wishes.scene}
    taken: set[str] = set()
    scenes = []
    for members in clusters:
        chosen = [shots[k] for k in members]
        name = _name(chosen, ids, taken)
        taken.add(name)
        hero = next((shot.id for shot in chosen if shot.wishes.hero), None)
        locked = tuple(shot.id for shot in chosen if shot.wishes.lock)
        reasons = _reasons(shots, members, links, evidence)
        scenes.append(Scene(name, tuple(shot.id for shot in chosen), hero, locked, reasons))
    return scenes


def _evidence(shots: Sequence[Shot], samples: Mapping[str, Sample], clues: Clues, grouping: Grouping) -> _Evidence:
    place = {shot.id: k for k, shot in enumerate(shots)}
    matches = np.zeros((len(shots), len(shots)))
    for link in clues.links:
        if link.a in place and link.b in place:
            a, b = place[link.a], place[link.b]
            matches[a, b] = matches[b, a] = grouping.linked
    likenesses = _likenesses()
    shares = {kind: _shares(place, [hint for hint in clues.hints if hint.kind == kind]) for kind in likenesses}
    apart = _apart([samples[shot.id] for shot in shots])
    return _Evidence(
        np.minimum(grouping.texture * (grouping.usual - apart), grouping.most),
        {
            kind: np.minimum(own.nats(grouping) * np.nan_to_num(shares[kind] - own.even), grouping.most)
            for kind, own in likenesses.items()
        },
        _formats(shots, grouping.other),
        _places(len(shots), grouping.shots),
        matches,
        shares,
    )


def _likenesses() -> dict[str, kinds.Likeness]:
    """What hints tell, kind by kind."""
    return {name: kind.likeness for name, kind in kinds.KINDS.items() if kind.likeness is not None}


def _shares(place: Mapping[str, int], hints: Iterable[Hint]) -> Float64:
    """The shares of hints of one kind (n, n), NaN where there is none."""
    shares = np.full((len(place), len(place)), np.nan)
    for hint in hints:
        if hint.a in place and hint.b in place:
            a, b = place[hint.a], place[hint.b]
            shares[a, b] = shares[b, a] = hint.share
    return shares


def _apart(samples: Sequence[Sample]) -> Float64:
    """The distances of the shots' patterns (n, n); a shot without a picture is like none, itself too."""
    each = [patterns(map(own.frame, range(len(own.at))), own.usable) for own in samples]
    directions = np.array(each).reshape(len(samples), 768)
    return np.asarray(np.sqrt(np.maximum(2 - 2 * directions @ directions.T, 0)))


def _formats(shots: Sequence[Shot], other: float) -> Float64:
    """What formats tell (n, n): of one that all shots have nothing, of a rare one that two share much."""
    media = [shot.media for shot in shots]
    formats = [(own.kind, own.width, own.height, own.rate, own.pixel_format) for own in media]
    number = {own: k for k, own in enumerate(dict.fromkeys(formats))}
    of = np.array([number[own] for own in formats], np.intp)
    same = of[:, None] == of
    share = same.mean(axis=0) if len(shots) else np.zeros(0)
    return np.asarray(np.where(same, np.log((1 - other) / np.maximum(share, 1e-9) + other), np.log(other)))


def _places(count: int, shots: float) -> Float64:
    """The odds (n, n), as logarithms, that no scene ends between two shots, or that theirs is returned to."""
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    chance = np.maximum((1 - 1 / shots) ** np.maximum(apart, 1), RETURN)
    return np.asarray(np.log(chance / (1 - chance)))


def _distances(shots: Sequence[Shot], links: Sequence[Link], evidence: Float64, grouping: Grouping) -> Float64:
    """The distances (n, n): 0 inside what must be one scene, ``NEVER`` between what must not."""
    place = {shot.id: k for k, shot in enumerate(shots)}
    distance = np.clip(SURE - evidence, 0, 2 * SURE)
    here = [link for link in links if link.a in place and link.b in place]
    known = [(place[link.a], place[link.b], link.inliers) for link in here]
    together = _Together(shots)
    for a, b, inliers in sorted(known, key=lambda row: (-row[2], row[0], row[1])):
        if inliers >= grouping.certain:
            together.join(a, b)
    distance[together.barred()] = NEVER
    distance[together.same()] = 0
    return np.asarray(distance)


class _Together:
    """Shots that must be one scene, by wish and by certain links, as far as wishes and encodings allow."""

    def __init__(self, shots: Sequence[Shot]) -> None:
        self.hdr = [shot.media.encoding.is_hdr for shot in shots]
        self.wish = [shot.wishes.scene for shot in shots]
        self.of = list(range(len(shots)))
        for a, b in combinations(range(len(shots)), 2):
            if self.wish[a] and self.wish[a] == self.wish[b]:
                self.join(a, b)

    def join(self, a: int, b: int) -> None:
        first, second = sorted((self.of[a], self.of[b]))
        members = [k for k, own in enumerate(self.of) if own in (first, second)]
        wishes = {self.wish[k] for k in members if self.wish[k]}
        if len(wishes) < 2 and len({self.hdr[k] for k in members}) == 1:
            for k in members:
                self.of[k] = first

    def same(self) -> NDArray[np.bool_]:
        of = np.array(self.of)
        return np.asarray(of[:, None] == of)

    def barred(self) -> NDArray[np.bool_]:
        """Pairs that may not share a scene: SDR with HDR, and members of clusters with different wishes."""
        named = {own: wish for own, wish in zip(self.of, self.wish, strict=True) if wish}
        wish = np.array([named.get(own, "") for own in self.of])
        hdr = np.array(self.hdr)
        differ = (wish[:, None] != wish) & (wish[:, None] != "") & (wish != "")
        return np.asarray(differ | (hdr[:, None] != hdr))


def _clusters(distance: Float64, threshold: float) -> list[list[int]]:
    if len(distance) < 2:
        return [[k] for k in range(len(distance))]
    # SciPy takes long to import.
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415
    from scipy.spatial.distance import squareform  # noqa: PLC0415

    tree = linkage(squareform(distance, checks=False), "average")
    of = fcluster(tree, threshold, "distance")
    members: dict[int, list[int]] = {}
    for k, own in enumerate(of.tolist()):
        members.setdefault(own, []).append(k)
    return list(members.values())


def _name(shots: Sequence[Shot], wished: Iterable[str], taken: set[str]) -> str:
    """The wished name (``-hdr`` added for its HDR half), else the next free number."""
    named = next((shot.wishes.scene for shot in shots if shot.wishes.scene), None)
    if named is not None:
        return named if named not in taken else f"{named}-hdr" if shots[0].media.encoding.is_hdr else f"{named}-sdr"
    number = 1
    while f"scene_{number:03d}" in taken or f"scene_{number:03d}" in wished:
        number += 1
    return f"scene_{number:03d}"


def _reasons(
    every: Sequence[Shot], members: Sequence[int], links: Sequence[Link], evidence: _Evidence
) -> tuple[Reason, ...]:
    """Why each shot after the first is here."""
    ids = [every[k].id for k in members]
    reasons = []
    for n, k in enumerate(members[1:], start=1):
        shot = every[k]
        own = [link for link in links if {link.a, link.b} <= set(ids) and shot.id in (link.a, link.b)]
        earlier = [link for link in own if {link.a, link.b} & set(ids[:n])] or own
        if shot.wishes.scene:
            reasons.append(Reason("wish", f"the edit puts it in scene {shot.wishes.scene}", shot.id))
        elif earlier:
            best = max(earlier, key=lambda link: link.inliers)
            other = best.b if best.a == shot.id else best.a
            reasons.append(Reason("grouped", f"linked by {best.inliers} matches with {other}", shot.id))
        else:
            nearest = max(members[:n], key=lambda known: evidence.total[k, known])
            likeness = f"looks like {every[nearest].id}, casts aside: {_likeness(evidence, k, nearest)}"
            reasons.append(Reason("grouped", likeness, shot.id))
    return tuple(reasons)


def _likeness(evidence: _Evidence, a: int, b: int) -> str:
    """What speaks for one scene of two shots that nothing links, in words."""
    said = {
        "texture": evidence.texture[a, b],
        **{
            own.words.format(share=evidence.shares[kind][a, b]): evidence.hints[kind][a, b]
            for kind, own in _likenesses().items()
        },
        "a format that few media here have": evidence.format[a, b] - 1,  # 1: less than a third of them
        "their places in the edit": evidence.place[a, b],
    }
    return ", ".join(words for words, nats in said.items() if nats > 0) or "by way of others in the scene"
