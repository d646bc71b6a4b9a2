"""The interface of neural networks that match pictures and find cuts. The networks are in ``otiograde.deep``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Float64, Indices


class LearnedPoints(NamedTuple):
    """Keypoints of one frame."""

    #: Positions in pixels, (n, 2).
    xy: Float32
    #: Descriptors in the network's own form, (n, d).
    descriptors: Float32
    #: Size of the frame in pixels.
    width: int
    height: int


class StyleNetwork(Protocol):
    """A network that gives frames the style of stills, in colors alone. It is deterministic."""

    @property
    def made_with(self) -> dict[str, str]:
        """Name -> version or digest of everything that the result depends on."""
        ...

    def fitted(self, frames: Sequence[Float32], stills: Sequence[Float32], start: Float64) -> Float64:
        """Return the ``Cubic.coefficients`` ``(20, 3)``, near ``start``, that give the frames the style of the stills.

        Frames and stills are ``(h, w, 3)``, or several of them ``(n, h, w, 3)``, code values in [0, 1].
        """
        ...


#: Opens the network of style looks. It may raise ``ToolNotFoundError``.
OpenStyle: TypeAlias = Callable[[], StyleNetwork]


class Network(Protocol):
    """Networks that find keypoints in frames, match them, and describe what a frame shows.

    They are picklable and deterministic: the same input gives the same output.
    """

    @property
    def made_with(self) -> dict[str, str]:
        """Name -> version or digest of everything that the output depends on."""
        ...

    @property
    def shared(self) -> bool:
        """Whether several processes may run the networks at once."""
        ...

    def points(self, frame: Float32) -> LearnedPoints:
        """Return the keypoints of a frame, which is float32 (h, w, 3) in [0, 1]."""
        ...

    def matches(self, a: LearnedPoints, b: LearnedPoints) -> tuple[Indices, Indices]:
        """Match the keypoints of two frames: indices into ``a`` and into ``b``, pair by pair."""
        ...

    def content(self, frame: Float32, xy: Float32) -> tuple[Float32, ...]:
        """Describe what a frame shows at the pixels ``xy`` (n, 2), whatever its color cast.

        Returns one array (n, d) for each of several scales.
        """
        ...

    def transitions(self, frames: NDArray[np.uint8]) -> Float32:
        """Return how likely a movie passes to another shot after each of 100 successive frames, (100,) in [0, 1].

        ``frames`` are uint8 (100, 27, 48, 3). Raises ``ToolNotFoundError`` if the weights for this are missing.
        """
        ...
