"""Evidence that two shots belong together: links are pairs of their colors, hints are degrees of likeness."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.survey.stored import Put, put_away, stored, stored_arrays


def _no_places() -> NDArray[np.float32]:
    return np.zeros((0, 4), np.float32)


def _no_colors() -> NDArray[np.float64]:
    return np.zeros((0, 3))


@stored("colors_a", "colors_b", "weights", "held_out", "places", "clipped_a", "clipped_b")
@dataclass(frozen=True, eq=False)
class Link:
    """Colors of the same surfaces, or of things of one kind, in two shots: n pairs, at least one."""

    #: Id of the first shot.
    a: str
    #: Id of the second shot.
    b: str
    #: float64 ``(n, 3)``: code values in [0, 1] in shot a.
    colors_a: NDArray[np.float64]
    #: float64 ``(n, 3)``: code values in [0, 1] in shot b.
    colors_b: NDArray[np.float64]
    #: float64 ``(n,)``: weights of the pairs, balanced over color, mean 1.
    weights: NDArray[np.float64]
    #: bool ``(n,)``: True for pairs left out of every fit, for verification.
    held_out: NDArray[np.bool_]
    #: Geometrically verified matches in the best frame pair.
    inliers: int
    #: Robust residual of the fit of the pairs, in code values.
    mad: float
    #: In [0, 1]; 0 for a link that corrects nothing alone.
    confidence: float
    #: A key of ``kinds.KINDS``.
    kind: str = "surfaces"
    #: Media frame numbers of the best frame pair.
    at: tuple[int, int] = (0, 0)
    #: float32 ``(m, 4)``: its matches as x and y in a, x and y in b, as shares of the picture's width and height.
    places: NDArray[np.float32] = field(default_factory=_no_places)
    #: float64 ``(k, 3)`` each: colors of even places that are clipped in one of the shots, in shot a and in shot b.
    #: They do not tell the grade, but what is to be seen where the other shot is clipped.
    clipped_a: NDArray[np.float64] = field(default_factory=_no_colors)
    clipped_b: NDArray[np.float64] = field(default_factory=_no_colors)

    @cached_property
    def proofs(self) -> int:
        """The number of pairs that are left out of every fit."""
        return int(self.held_out.sum())

    @cached_property
    def digest(self) -> str:
        """A digest of all fields. A link has the same one after it was stored."""
        whole = hashlib.sha256(repr((self.a, self.b, self.kind, tuple(map(int, self.at)))).encode())
        whole.update(repr(tuple(map(float, (self.inliers, self.mad, self.confidence)))).encode())
        for name, array in stored_arrays(self, fetched=True):
            whole.update(f"{name} {array.dtype} {array.shape}".encode())
            whole.update(np.ascontiguousarray(array).data)
        return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class Hint:
    """How alike two shots are. It helps to group them and corrects nothing."""

    #: Id of the first shot.
    a: str
    #: Id of the second shot.
    b: str
    #: A key of ``kinds.KINDS``.
    kind: str
    #: Likeness in [0, 1].
    share: float


def connected(shots: Sequence[str], links: Sequence[Link]) -> list[list[str]]:
    """Group ``shots`` into sets that links between them connect, in the order of ``shots``. A lone shot is a set."""
    group = {shot: {shot} for shot in shots}
    for link in links:
        joined = group[link.a] | group[link.b]
        for shot in joined:
            group[shot] = joined
    members = [[other for other in shots if other in group[shot]] for shot in shots]
    return [component for shot, component in zip(shots, members, strict=True) if component[0] == shot]


def links_within(groups: Mapping[str, Sequence[str]], links: Sequence[Link]) -> dict[str, list[Link]]:
    """Return the links inside groups of shots, by the name of the group, in their order. No shot is in two groups."""
    group_of = {shot: name for name, shots in groups.items() for shot in shots}
    within: dict[str, list[Link]] = {name: [] for name in groups}
    for link in links:
        name = group_of.get(link.a)
        if name is not None and group_of.get(link.b) == name:
            within[name].append(link)
    return within


class Clues(NamedTuple):
    """The result of a search: links and hints, each in candidate order."""

    links: Sequence[Link] = ()
    hints: Sequence[Hint] = ()

    def put_away(self, put: Put) -> Clues:
        """Return the clues with the arrays of their links put away."""
        return Clues([put_away(link, put) for link in self.links], self.hints)

    @classmethod
    def of(cls, link: Link | None = None, hint: Hint | None = None) -> Clues:
        """Make the clues of one pair of shots: at most one link and one hint."""
        return cls(() if link is None else (link,), () if hint is None else (hint,))


def joined(one: Clues, other: Clues) -> Clues:
    """Return the clues of two searches as one."""
    return Clues((*one.links, *other.links), (*one.hints, *other.hints))
