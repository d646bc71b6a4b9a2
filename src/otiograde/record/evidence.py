"""Evidence: what a link or a hint says of two shots, small enough to be kept in the record and drawn."""

from __future__ import annotations

from dataclasses import dataclass

#: Where a match lies: x and y in shot a, x and y in shot b, as shares of the picture's width and height.
Spot = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one link or hint says of two shots."""

    #: Ids of the two shots.
    a: str
    b: str
    #: A key of ``survey.kinds.KINDS``. A record may hold kinds that this table lacks.
    kind: str
    #: Geometrically verified matches of the best frame pair.
    matches: int
    #: Pairs of colors held out of the fit.
    pairs: int
    #: Weighted median difference of these pairs in ``unit``, ungraded and balanced. NaN where there are too few of
    #: them, or the encodings cannot be compared.
    before: float
    after: float
    unit: str
    #: In [0, 1].
    confidence: float
    #: Media frames of the best frame pair.
    at: tuple[int, int]
    #: Where some of its matches lie.
    places: tuple[Spot, ...] = ()
