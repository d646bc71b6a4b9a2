"""Evidence: what a link or a hint says of two shots, small enough to be kept in the record and drawn."""

from __future__ import annotations

from dataclasses import dataclass

#: Where a match lies: x and y in shot a, x and y in shot b, as shares of the picture's width and height.
Place = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of one kind that joins the shots ``a`` and ``b``.

    ``kind`` is a key of ``survey.kinds.KINDS``; a record may hold kinds that this table lacks. ``matches``:
    geometrically verified ones of the best frame pair; ``pairs``: colors held out of the fit. ``before`` and ``after``
    are the weighted medians of the differences of those pairs, ungraded and balanced, counted in ``unit`` (NaN where
    there are too few pairs, or the encodings cannot be compared). ``confidence`` in [0, 1]. ``at`` are the media frames
    of the best frame pair, ``places`` where some of its matches lie.
    """

    a: str
    b: str
    kind: str
    matches: int
    pairs: int
    before: float
    after: float
    unit: str
    confidence: float
    at: tuple[int, int]
    places: tuple[Place, ...] = ()
