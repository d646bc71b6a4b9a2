"""Link: evidence that two shots show the same surfaces, as pairs of their colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """The same surfaces seen in shot ``a`` and in shot ``b``.

    ``colors_a``, ``colors_b`` float64 ``(n, 3)`` code values in [0, 1]; ``weights`` ``(n,)`` balanced over colour, mean
    1; ``held_out`` ``(n,)`` bool, True for pairs kept back for verification; ``inliers`` geometrically verified matches
    of the best frame pair; ``mad`` the robust residual of the pair fit (encoded units); ``confidence`` in [0, 1].
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
