"""Link: evidence that two shots show the same surfaces, as pairs of their colors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from otiograde.record.evidence import LinkKind


def _nowhere() -> NDArray[np.float32]:
    return np.zeros((0, 4), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """The same surfaces seen in shot ``a`` and in shot ``b``.

    ``colors_a``, ``colors_b`` float64 ``(n, 3)`` code values in [0, 1]; ``weights`` ``(n,)`` balanced over color, mean
    1; ``held_out`` ``(n,)`` bool, True for pairs kept back for verification; ``inliers`` geometrically verified matches
    of the best frame pair; ``mad`` the robust residual of the pair fit (encoded units); ``confidence`` in [0, 1].
    ``kind`` says what it rests on. ``at`` are the media frame numbers of the best frame pair, ``places`` float32
    ``(m, 4)`` where its matches lie: x and y in a, x and y in b, as shares of the picture's width and height.
    """

    a: str
    b: str
    colors_a: NDArray[np.float64]
    colors_b: NDArray[np.float64]
    weights: NDArray[np.float64]
    held_out: NDArray[np.bool_]
    inliers: int
    mad: float
    confidence: float
    kind: LinkKind = "surfaces"
    at: tuple[int, int] = (0, 0)
    places: NDArray[np.float32] = field(default_factory=_nowhere)
