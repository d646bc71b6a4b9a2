"""Evidence that two shots belong together: links, which are pairs of their colors, and hints, which are likenesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


def _nowhere() -> NDArray[np.float32]:
    return np.zeros((0, 4), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Colors of the same surfaces, or of things of one kind, in shot ``a`` and in shot ``b``.

    ``colors_a``, ``colors_b`` float64 ``(n, 3)`` code values in [0, 1], n at least 1; ``weights`` ``(n,)`` balanced
    over color, mean 1; ``held_out`` ``(n,)`` bool, True for pairs kept back for verification; ``inliers`` geometrically
    verified matches of the best frame pair; ``mad`` the robust residual of the pair fit (encoded units);
    ``confidence`` in [0, 1], 0 for what corrects nothing alone. ``kind`` is a key of ``kinds.KINDS``. ``at`` are the
    media frame numbers of the best frame pair, ``places`` float32 ``(m, 4)`` where its matches lie: x and y in a, x and
    y in b, as shares of the picture's width and height.
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
    kind: str = "surfaces"
    at: tuple[int, int] = (0, 0)
    places: NDArray[np.float32] = field(default_factory=_nowhere)


@dataclass(frozen=True, slots=True)
class Hint:
    """How alike the shots ``a`` and ``b`` are: ``share`` in [0, 1]. It helps to group them and corrects nothing.

    ``kind`` is a key of ``kinds.KINDS``.
    """

    a: str
    b: str
    kind: str
    share: float


class Clues(NamedTuple):
    """What a search brought to light: links and hints, each in candidate order."""

    links: Sequence[Link] = ()
    hints: Sequence[Hint] = ()

    @classmethod
    def of(cls, link: Link | None = None, hint: Hint | None = None) -> Clues:
        """Make the clues of one pair of shots: no more than a link and a hint."""
        return cls(() if link is None else (link,), () if hint is None else (hint,))
