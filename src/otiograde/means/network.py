"""What a neural network that matches pictures can do; the networks themselves live with the outside world."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from otiograde.color.arrays import Float32, Indices


class LearnedPoints(NamedTuple):
    """Keypoints of one frame: ``xy`` (n, 2) in its pixels, ``descriptors`` (n, d) as the network wants them."""

    xy: Float32
    descriptors: Float32
    width: int
    height: int


class Network(Protocol):
    """Networks that find points in frames, match them, and tell what frames show; picklable.

    The same for the same input.
    """

    @property
    def made_with(self) -> dict[str, str]:
        """Names everything that its answers depend on."""
        ...

    @property
    def shared(self) -> bool:
        """Whether several processes may run it at once."""
        ...

    def points(self, frame: Float32) -> LearnedPoints:
        """The keypoints of a frame, float32 (h, w, 3) in [0, 1]."""
        ...

    def matches(self, a: LearnedPoints, b: LearnedPoints) -> tuple[Indices, Indices]:
        """Points that show the same place: indices into a and into b."""
        ...

    def content(self, frame: Float32, xy: Float32) -> tuple[Float32, ...]:
        """What a frame shows at the pixels ``xy`` (n, 2), whatever the cast: (n, d) for each of several scales."""
        ...
