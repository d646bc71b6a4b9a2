"""Find the cuts, dissolves, fades and wipes of a finished movie in its thumbnails.

A cut is a change of most textured places between two frames, which neither motion nor light explains. A dissolve is a
run of frames that are mixtures of the frames at its ends. Thresholds were chosen once, on movies built of known clips
(``benchmarks/cuts.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.luma import LUMA32

#: Size of a thumbnail ``(h, w)``, and of the small pictures whose colors are compared.
SIZE, SMALL = (54, 96), (18, 32)

#: Frames that are searched at once, and frames on both sides that are looked at, too: longer than any transition.
BLOCK, MARGIN = 2048, 96  # even: dissolves are tried from every other frame on

#: Least mean difference of colors between the frames of a cut, and how much larger it is than that of frames near.
LEAST_CHANGE, OUTSTANDING = 0.012, 1.6
#: Frames on each side of a cut whose changes count as near.
NEAR = 8
#: How much larger than every change within three frames it is, unless the camera is still on both sides.
ALONE = 1.6

#: Share of the textured places that the pictures of a cut, and the ends of a dissolve, have in common at most.
CUT_COVER, DISSOLVE_COVER = 0.55, 0.45
#: Share from which on a cut is doubted, unless its change stands out twice as much.
DOUBTFUL_COVER = 0.35
#: Share from which on two frames show the same picture: a flash returns to it, a camera that moves keeps it.
SAME_COVER = 0.6
#: Frames before and after a change in which a flash, or the dark of a strobe, may be over.
FLASHES = ((1, 2), (0, 2), (0, 3), (1, 4), (0, 5), (1, 1), (2, 1), (4, 1))
#: Share that successive frames have in common where the camera is not whipped around.
CALM_COVER = 0.8

#: Lengths of dissolves and wipes that are tried, in frames.
LENGTHS = (6, 8, 10, 13, 16, 20, 25, 31, 40, 50)
#: Least mean square difference of the ends of a dissolve, and its share that a mixture may leave unexplained.
LEAST_ENERGY, UNEXPLAINED = 0.0016, 0.10

#: The same share at the size of the thumbnails, and the contrast of the middle beside that of the ends: above both, a
#: camera that moves explains a run.
FINE_REST, FINE_DIP = 0.10, 0.87
#: That contrast, at most, of a dissolve under a camera that moves.
MOVED_DIP = 0.75
#: Share of textured places that the ends of a wipe have in common at most, and share of places that change at least.
WIPE_COVER, WIPED = 0.25, 0.75

#: Largest spread of the colors of a picture that counts as of one color, as within a fade.
ONE_COLOR = 0.03
#: Most frames of a fade on each side of the picture of one color.
FADE = 40

Thumbnails: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]
Kind: TypeAlias = Literal["cut", "dissolve", "fade", "wipe"]


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """The passage from one shot to the next, in frames of the movie.

    >>> Passage(24, 23, "cut").middle
    24
    """

    #: First and last frame that shows both shots, or neither. Of a cut, ``first`` begins the new shot and ``last`` is
    #: the frame before it.
    first: int
    last: int
    kind: Kind

    @property
    def middle(self) -> int:
        """The frame that begins the new shot, if the passage is taken for a cut."""
        return (self.first + self.last + 1) // 2 if self.kind != "cut" else self.first

    @property
    def frames(self) -> int:
        """How many frames show both shots, or neither: 0 of a cut."""
        return self.last - self.first + 1


def find_passages(thumbnails: Iterable[Thumbnails]) -> Iterator[Passage]:
    """Find the passages between the shots of a movie, in their order.

    ``thumbnails`` are the movie's frames, uint8 ``(54, 96, 3)``. Memory is that of ``BLOCK`` thumbnails, however long
    the movie is.
    """
    start = begin = 0
    last = -1
    buffer: list[Thumbnails] = []

    def passages(end: int) -> Iterator[Passage]:
        nonlocal last
        for passage in _Block(np.stack(buffer)).passages():
            moved = replace(passage, first=passage.first + start, last=passage.last + start)
            if begin <= moved.first < end and moved.first > last:
                last = max(moved.first, moved.last)
                yield moved

    for thumbnail in thumbnails:
        buffer.append(thumbnail)
        if len(buffer) == BLOCK + 2 * MARGIN:
            yield from passages(start + BLOCK + MARGIN)
            begin = start + BLOCK + MARGIN
            start += BLOCK
            del buffer[:BLOCK]
    if buffer:
        yield from passages(start + len(buffer))


@dataclass(eq=False)
class _Block:
    """Successive thumbnails of a movie, uint8 ``(n, 54, 96, 3)``, and what was measured in them."""

    frames: Thumbnails
    _grays: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    _covers: dict[tuple[int, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.count = len(self.frames)
        area = [cv2.resize(frame, SMALL[::-1], interpolation=cv2.INTER_AREA) for frame in self.frames]
        self.small: Floats = np.asarray(area, np.float32) / np.float32(255)
        self.coarse: Floats = np.asarray(
            [cv2.resize(picture, (8, 5), interpolation=cv2.INTER_AREA) for picture in self.small], np.float32
        )
        self.flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self.equalize = cv2.createCLAHE(3.0, (2, 2))
        #: Mean difference of colors between each frame and the next, ``(n - 1,)``.
        self.change = np.abs(np.diff(self.small, axis=0)).mean((1, 2, 3))

    def passages(self) -> list[Passage]:
        """Return the passages, in order; none overlaps another."""
        fades = list(self.fades())
        cuts = self.cuts()
        hard = [cut for cut in cuts if not any(_touch(cut, fade, 2) for fade in fades)]
        mixed = self.mixtures([*cuts, *fades])
        hard = [cut for cut in hard if not any(_touch(cut, other, 3) for other in mixed)]
        return sorted([*hard, *fades, *mixed])

    # Cuts

    def cuts(self) -> list[Passage]:
        """Find the cuts."""
        firsts: list[int] = []
        for k in np.flatnonzero(self.change > LEAST_CHANGE):
            if not self._is_cut(int(k)):
                continue
            first = int(k) + 1
            if firsts and first - firsts[-1] < 3 and self._is_mixture(firsts[-1] - 1, first):
                if self.change[k] > self.change[firsts[-1] - 1]:
                    firsts[-1] = first
                continue
            firsts.append(first)
        return [Passage(first, first - 1, "cut") for first in firsts]

    def _is_cut(self, k: int) -> bool:
        """Tell whether frame ``k + 1`` begins a new shot."""
        change = self.change[k]
        near = np.r_[self.change[max(0, k - NEAR) : k], self.change[k + 1 : k + 1 + NEAR]]
        usual = float(np.median(near)) if near.size else 0.0
        if change < OUTSTANDING * usual or (cover := self.cover(k, k + 1)) > CUT_COVER:
            return False
        if cover > DOUBTFUL_COVER and change < 2 * OUTSTANDING * usual:
            return False
        beside = max((self.change[n] for n in range(k - 3, k + 4) if n != k and 0 <= n < self.count - 1), default=0.0)
        if change < ALONE * beside and not self._is_calm(k):
            return False
        # What is seen before a flash is seen after it.
        return max(self.cover(k - a, k + b) for a, b in FLASHES) <= SAME_COVER

    def _is_calm(self, k: int) -> bool:
        """Tell whether frames before and after the change follow from their neighbors. In a whip pan none does."""
        before = max(self.cover(k - 1, k), self.cover(k - 2, k - 1))
        after = max(self.cover(k + 1, k + 2), self.cover(k + 2, k + 3))
        return min(before, after) > CALM_COVER

    def _is_mixture(self, before: int, after: int) -> bool:
        """Tell whether the frames between two are mixtures of them, as a change of rate makes them at a cut."""
        step = self.small[after] - self.small[before]
        energy = float(np.vdot(step, step)) or 1.0
        for between in self.small[before + 1 : after]:
            rest = between - self.small[before]
            rest = rest - float(np.vdot(rest, step)) / energy * step
            if float(np.vdot(rest, rest)) > UNEXPLAINED * energy:
                return False
        return True

    # Fades

    def fades(self) -> Iterator[Passage]:
        """Find the fades through one color: the picture loses its contrast, and another one gains it."""
        spread = self.small.reshape(self.count, -1, 3).std(1).mean(1)
        flat = spread < ONE_COLOR
        k = 0
        while k < self.count:
            if not flat[k]:
                k += 1
                continue
            end = k
            while end + 1 < self.count and flat[end + 1]:
                end += 1
            first, last = _foot(spread, k, -1), _foot(spread, end, +1)
            if first > 2 and last < self.count - 3 and max(k - first, last - end) > 2:
                yield Passage(first + 1, last - 1, "fade")
            k = end + 1

    # Dissolves and wipes

    def mixtures(self, others: list[Passage]) -> list[Passage]:
        """Find the dissolves and wipes between the other passages."""
        blocked = np.zeros(self.count + 1, np.int64)  # how many frames up to each one belong to other passages
        for cut in others:
            low, high = (cut.first, cut.first + 1) if cut.kind == "cut" else (cut.first - 2, cut.last + 3)
            blocked[max(low, 0) + 1 : high + 1] += 1
        blocked = np.cumsum(np.minimum(blocked, 1))
        runs: list[_Run] = []
        for length in LENGTHS:
            starts = np.arange(0, max(self.count - length, 0), 2)
            starts = starts[blocked[starts + length + 1] == blocked[starts + 1]]
            runs += _runs(self.small, starts, length)
            runs += _runs(self.coarse, starts, length, moved=True)
        chosen: list[Passage] = []
        for run in sorted(runs):
            cut = Passage(run.start + 1, run.start + run.length - 1, run.kind)
            if not any(_touch(cut, other, 3) for other in chosen) and self._fits(run):
                chosen.append(cut)
        return chosen

    def _fits(self, run: _Run) -> bool:
        """Tell whether the pictures of a run bear out that it leads from one shot to another.

        A mixture of two pictures has less contrast than they have. A camera that moves keeps the contrast, and its
        pictures are mixtures in small sizes only.
        """
        start, end = run.start, run.start + run.length
        if run.kind == "wipe":
            changed = float((np.abs(self.small[end] - self.small[start]).max(-1) > 0.05).mean())
            return changed >= WIPED and self._apart(start, end) <= WIPE_COVER
        first, *inner, last = (
            self.frames[start + round(run.length * part)].astype(np.float32) / 255 for part in (0, 0.25, 0.5, 0.75, 1)
        )
        contrast = [float(frame.var((0, 1)).sum()) for frame in (first, inner[1], last)]
        dip = contrast[1] / max((contrast[0] + contrast[2]) / 2, 1e-6)
        if run.moved:
            return dip < MOVED_DIP and self._apart(start, end) <= WIPE_COVER
        if dip > FINE_DIP:
            _, rest = _blended([(frame - first).reshape(1, -1) for frame in inner], (last - first).reshape(1, -1))
            if float(rest[0]) > FINE_REST:
                return False
        return self._apart(start, end) <= DISSOLVE_COVER

    def _apart(self, start: int, end: int) -> float:
        """Return how much the ends of a run have in common, in [0, 1]."""
        return max(self.cover(start, end), self.cover(start - 2, end + 2))

    # Pictures

    def gray(self, k: int) -> NDArray[np.uint8]:
        """Return a frame in gray, stretched and equalized, so that light and contrast do not matter."""
        if k not in self._grays:
            luma = (self.frames[k].astype(np.float32) / 255) @ LUMA32
            low, high = np.quantile(luma, [0.02, 0.98])
            stretched = np.clip((luma - low) / (high - low + 0.02), 0, 1) * 255
            self._grays[k] = np.asarray(self.equalize.apply(stretched.astype(np.uint8)))
        return self._grays[k]

    def cover(self, i: int, j: int) -> float:
        """Return the share of the textured places of frame ``i`` that are seen in frame ``j``, in [0, 1]."""
        pair = max(0, i), min(self.count - 1, j)
        if pair not in self._covers:
            self._covers[pair] = _cover(self.gray(pair[0]), self.gray(pair[1]), self.flow)
        return self._covers[pair]


class _Run(NamedTuple):
    """A run of ``length + 1`` frames that may be a dissolve or a wipe, and the cost of taking it for one."""

    cost: float
    start: int
    length: int
    kind: Kind
    #: Whether it is a mixture in coarse pictures only, because the camera moves.
    moved: bool


def _runs(pictures: Floats, starts: NDArray[np.intp], length: int, *, moved: bool = False) -> Iterator[_Run]:
    """Yield the runs whose inner frames are mixtures of both ends, or are pieced together from them."""
    flat = pictures.reshape(len(pictures), -1)
    step = flat[starts + length] - flat[starts]
    keep = (step * step).sum(1) > LEAST_ENERGY * flat.shape[1]
    starts, step = starts[keep], step[keep]
    inner = [flat[starts + round(length * part)] - flat[starts] for part in (0.25, 0.5, 0.75)]
    explained: list[tuple[Kind, float, tuple[list[Floats], Floats]]] = [
        ("dissolve", UNEXPLAINED, _blended(inner, step))
    ]
    if not moved:
        explained.append(("wipe", UNEXPLAINED / 2, _wiped(inner, step)))
    for kind, most, (shares, rest) in explained:
        a, b, c = shares
        good = (a > 0.08) & (a < 0.42) & (b > 0.33) & (b < 0.67) & (c > 0.58) & (c < 0.92) & (rest < most)
        for cost, start in zip(rest[good], starts[good], strict=True):
            yield _Run(float(cost) - 0.004 * length + (1 if moved else 0), int(start), length, kind, moved)


ROW, COLUMN = np.mgrid[0 : SIZE[0], 0 : SIZE[1]].astype(np.float32)


def _cover(a: NDArray[np.uint8], b: NDArray[np.uint8], flow: cv2.DISOpticalFlow) -> float:
    """Return the share of the textured places of picture ``a`` that flow leads to their like in ``b``."""
    moved = np.asarray(flow.calc(a, b, np.zeros((*SIZE, 2), np.float32)))
    there = cv2.remap(b, COLUMN + moved[..., 0], ROW + moved[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    textured, alike = _alike(a.astype(np.float32), np.asarray(there, np.float32))
    if textured.sum() <= 0.05 * textured.size:
        return float(np.abs(a.astype(np.float32) - b).mean() < 12)
    return float((alike & textured).sum() / textured.sum())


def _blended(inner: list[Floats], step: Floats) -> tuple[list[Floats], Floats]:
    """Explain frames as mixtures: of each the share of the end, and of all the energy that is left, ``(n,)`` each.

    ``inner`` and ``step`` are the differences of frames and of the end to the start, ``(n, pixels)``.
    """
    energy = (step * step).sum(1)
    shares = [(frame * step).sum(1) / energy for frame in inner]
    rests = [frame - share[:, None] * step for frame, share in zip(inner, shares, strict=True)]
    return shares, sum(((rest * rest).sum(1) for rest in rests), np.zeros_like(energy)) / energy / len(inner)


def _wiped(inner: list[Floats], step: Floats) -> tuple[list[Floats], Floats]:
    """Explain frames as pieced together from both ends: the arguments and results of ``_blended``.

    A place that shows the end goes on to show it; where it does not, its energy counts as left.
    """
    energy = (step * step).sum(1)
    shares, rest, shown = [], np.zeros_like(energy), np.zeros(step.shape, np.bool_)
    for frame in inner:
        to_start, to_end = frame * frame, (frame - step) ** 2
        end = to_end < to_start
        shares.append((end * (step * step)).sum(1) / energy)
        rest += (np.minimum(to_start, to_end) + (shown & ~end) * (step * step)).sum(1) / energy / len(inner)
        shown |= end
    return shares, rest


def _alike(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where one of two pictures has texture, and where their texture correlates."""

    def mean(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(picture, (9, 9)))

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = np.maximum(mean(a * a) - mean_a**2, 0), np.maximum(mean(b * b) - mean_b**2, 0)
    together = mean(a * b) - mean_a * mean_b
    return (var_a >= 60) | (var_b >= 60), together > 0.6 * np.sqrt(var_a * var_b)


def _foot(spread: NDArray[np.float32], k: int, way: int) -> int:
    """Follow a rising spread from frame ``k`` in one direction, and return the last frame that still rises."""
    end = k
    while 0 <= end + way < len(spread) and abs(end - k) < FADE and spread[end + way] > spread[end] * 1.01:
        end += way
    return end


def _touch(a: Passage, b: Passage, near: int) -> bool:
    """Tell whether two passages overlap, or are fewer than ``near`` frames apart."""
    return a.first - near <= max(b.first, b.last) and b.first - near <= max(a.first, a.last)
