"""Find the cuts, dissolves, fades and wipes of a finished movie in its thumbnails.

A cut is a change of most textured places between two frames, which neither motion nor light explains. A dissolve is a
run of frames that are mixtures of the frames at its ends. Thresholds were chosen once, on movies built of known clips
(``benchmarks/cuts.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from otiograde.survey.blends import Blend, blends
from otiograde.survey.bursts import LEAST_CHANGE, bursts, is_dimmed, is_push, is_rapid
from otiograde.survey.mixtures import UNEXPLAINED, Kind, Run, blended, extent, mixture_runs
from otiograde.survey.opinion import Ask, Opinion
from otiograde.survey.thumbnails import Film, Thumbnails

#: Frames that are searched at once, and frames on both sides that are looked at, too: longer than any transition.
BLOCK, MARGIN = 2048, 96  # even: dissolves are tried from every other frame on

#: How much larger the change of a cut is than that of frames near.
OUTSTANDING = 1.6
#: Frames on each side of a cut whose changes count as near.
NEAR = 8
#: How much larger than every change within three frames it is, unless the camera is still on both sides.
ALONE = 1.6

#: Share of the textured places that the pictures of a cut, and the ends of a dissolve, have in common at most.
CUT_COVER, DISSOLVE_COVER = 0.55, 0.45
#: Share from which on a cut is doubted, unless its change stands out twice as much.
DOUBTFUL_COVER = 0.35
#: How much larger than those near a change is, at least and at most, that a second opinion decides.
DOUBTFUL = (1.3, 2.4)
#: Frames on each side of a cut for which no second opinion is asked.
BESIDE = 3
#: Share from which on two frames show the same picture: a flash returns to it, a camera that moves keeps it.
SAME_COVER = 0.6
#: Frames before and after a change in which a flash, or the dark of a strobe, may be over.
FLASHES = ((1, 2), (0, 2), (0, 3), (1, 4), (0, 5), (1, 1), (2, 1), (4, 1))
#: The same where other changes near are nearly as large, as where colored lights take turns.
TURNS, TURN = ((0, 6), (0, 7), (0, 8)), 0.6
#: Correlation from which on a part of the picture has moved as a whole, and share of the textured places from which on
#: a change leaves the picture as it was elsewhere: on screens, pages scroll and windows open.
SCROLLED, REPEATED = 0.8, 0.3
#: Share that successive frames have in common where the camera is not whipped around.
CALM_COVER = 0.8

#: Lengths of dissolves and wipes that are tried, in frames.
LENGTHS = (6, 8, 10, 13, 16, 20, 25, 31, 40, 50)
#: The same share at the size of the thumbnails, and the contrast of the middle beside that of the ends: above both, a
#: camera that moves explains a run.
FINE_REST, FINE_DIP = 0.10, 0.87
#: That contrast, at most, of a dissolve under a camera that moves.
MOVED_DIP = 0.75
#: Most frames of a flash or of one color at a cut, and how much brighter a flash is than the pictures around.
FLASH, FLASH_LIGHT = 4, 0.2
#: Share of textured places that the ends of a wipe have in common at most, and share of places that change at least.
WIPE_COVER, WIPED = 0.25, 0.75

#: Largest spread of the colors of a picture that counts as of one color, as within a fade.
ONE_COLOR = 0.03
#: Least difference of two pictures of one color each, so that they are a cut and not the end of a fade.
OTHER_COLOR = 0.1
#: Most frames of a fade on each side of the picture of one color, and least frames of its longer side.
FADE, LEAST_FADE = 40, 4
#: Frames of a shot between two dissolves or wipes, at least.
SEEN = 6
#: Share of its contrast that a picture has at most where a run of mixtures counts as part of a fade.
FADED = 0.8


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


def find_passages(thumbnails: Iterable[Thumbnails], ask: Ask | None = None) -> Iterator[Passage]:
    """Find the passages between the shots of a movie, in their order.

    ``thumbnails`` are the movie's frames, uint8 ``(54, 96, 3)``. Memory is that of ``BLOCK`` thumbnails, however long
    the movie is. ``ask`` is a network that is asked about cuts near the limit.
    """
    start = begin = 0
    last = -1
    buffer: list[Thumbnails] = []

    def passages(end: int) -> Iterator[Passage]:
        nonlocal last
        for passage in _Block(np.stack(buffer), ask).passages():
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


class _Block(Film):
    """Successive thumbnails of a movie that are searched at once."""

    def __init__(self, frames: Thumbnails, ask: Ask | None = None) -> None:
        super().__init__(frames)
        self.opinion = Opinion(self, ask) if ask else None

    def passages(self) -> list[Passage]:
        """Return the passages, in order; none overlaps another."""
        fades = list(self.fades())
        cuts = self.cuts()
        soft = [self._softened(blend) for blend in blends(self)]
        cuts = [cut for cut in cuts if not any(_touch(cut, other, 2) for other in soft)] + soft
        pushes, ends = self.bursts(cuts)
        cuts = sorted({*cuts, *ends})
        hard = [cut for cut in cuts if not any(_touch(cut, fade, 2) for fade in fades)]
        mixed = [*pushes, *self.mixtures([*cuts, *fades, *pushes])]
        hard = [cut for cut in hard if not any(_touch(cut, other, 3) for other in mixed)]
        return sorted([*hard, *fades, *mixed])

    # Cuts

    def cuts(self) -> list[Passage]:
        """Find the cuts."""
        firsts: list[int] = []
        for k in self._changes():
            first = k + 1
            if firsts and first - firsts[-1] < 3 and self._is_mixture(firsts[-1] - 1, first):
                if self.change[k] > self.change[firsts[-1] - 1]:
                    firsts[-1] = first
                continue
            if not (firsts and first - firsts[-1] <= FLASH and self._is_flash(firsts[-1], first)):
                firsts.append(first)
        return [Passage(first, first - 1, "cut") for first in firsts]

    def _changes(self) -> list[int]:
        """Return the frames after which a new shot begins; where that is doubtful, by the second opinion, if any."""
        changed = [int(k) for k in np.flatnonzero(self.change > LEAST_CHANGE)]
        cuts = {k for k in changed if self._is_cut(k)}
        if self.opinion is None:
            return sorted(cuts)
        # Beside a cut, the answers are about that cut.
        alone = [k for k in changed if k in cuts or not cuts.intersection(range(k - BESIDE, k + BESIDE + 1))]
        doubtful = [k for k in alone if self._is_doubtful(k)]
        agreed = {k for k in doubtful if self.opinion.agrees(k, is_cut=k in cuts)}
        return sorted((cuts - set(doubtful)) | agreed)

    def bursts(self, others: list[Passage]) -> tuple[list[Passage], list[Passage]]:
        """Find the pushes, and the cuts around runs of shots of one frame; such a run is one shot."""
        pushes, cuts = [], []
        for burst in bursts(self):
            if any(burst.before <= cut.first <= burst.after + 1 for cut in others):
                continue
            if is_push(self, burst):
                pushes.append(Passage(burst.before + 1, burst.after - 1, "wipe"))
            elif is_rapid(self, burst):
                cuts += [Passage(k, k - 1, "cut") for k in (burst.before + 1, burst.after)]
        return pushes, cuts

    def _softened(self, blend: Blend) -> Passage:
        """Return the passage over blended frames: over one of them, a cut on the side of its larger change."""
        before, after = blend
        if after - before > 2:
            return Passage(before + 1, after - 1, "dissolve")
        first = after if self.change[after - 1] > self.change[before] else before + 1
        return Passage(first, first - 1, "cut")

    def _is_flash(self, first: int, end: int) -> bool:
        """Tell whether the frames between two cuts are of one color, or so bright that they belong to the cut."""
        means = self.small[first - 1 : end + 1].mean((1, 2, 3))
        if means[1:-1].min() - max(means[0], means[-1]) > FLASH_LIGHT:
            return True
        return bool((self.spread[first:end] < ONE_COLOR).all())

    def _near(self, k: int) -> tuple[NDArray[np.float32], float]:
        """Return the changes near one, and how large they usually are."""
        near = np.r_[self.change[max(0, k - NEAR) : k], self.change[k + 1 : k + 1 + NEAR]]
        return near, float(np.median(near)) if near.size else 0.0

    def _is_doubtful(self, k: int) -> bool:
        """Tell whether a change is near the limit between cuts and others."""
        usual, cover = self._near(k)[1], self.cover(k, k + 1)
        ratio = self.change[k] / max(usual, LEAST_CHANGE / OUTSTANDING)
        if not (DOUBTFUL[0] <= ratio <= DOUBTFUL[1] or (ratio > DOUBTFUL[1] and cover > DOUBTFUL_COVER)):
            return False
        return cover <= SAME_COVER and max(self.cover(k - a, k + b) for a, b in FLASHES) <= SAME_COVER

    def _is_cut(self, k: int) -> bool:
        """Tell whether frame ``k + 1`` begins a new shot."""
        change = self.change[k]
        near, usual = self._near(k)
        if self.spread[k : k + 2].max() < ONE_COLOR and change < OTHER_COLOR:
            return False
        if change < OUTSTANDING * usual or (cover := self.cover(k, k + 1)) > CUT_COVER:
            return False
        if cover > DOUBTFUL_COVER and change < 2 * OUTSTANDING * usual:
            return False
        beside = max((self.change[n] for n in range(k - 3, k + 4) if n != k and 0 <= n < self.count - 1), default=0.0)
        if change < ALONE * beside and not self._is_calm(k):
            return False
        # What is seen before a flash is seen after it.
        times = FLASHES + TURNS if (near > TURN * change).sum() > 1 else FLASHES
        if max(self.cover(k - a, k + b) for a, b in times) > SAME_COVER:
            return False
        return self.shifted(k, k + 1) <= SCROLLED and self.still(k, k + 1) <= REPEATED

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
        spread, flat = self.spread, self.spread < ONE_COLOR
        k = 0
        while k < self.count:
            if not flat[k]:
                k += 1
                continue
            end = k
            while end + 1 < self.count and flat[end + 1]:
                end += 1
            first, last = _foot(spread, k, -1), _foot(spread, end, +1)
            if first > 2 and last < self.count - 3 and max(k - first, last - end) >= LEAST_FADE:
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
        runs: list[Run] = []
        for length in LENGTHS:
            starts = np.arange(0, max(self.count - length, 0), 2)
            starts = starts[blocked[starts + length + 1] == blocked[starts + 1]]
            runs += mixture_runs(self.small, starts, length)
            runs += mixture_runs(self.coarse, starts, length, moved=True)
        taken: list[Passage] = []
        chosen: list[Passage] = []
        for run in sorted(runs):
            cut = Passage(run.start + 1, run.start + run.length - 1, run.kind)
            if not any(_touch(cut, other, 3) for other in taken) and self._fits(run):
                taken.append(cut)
                chosen.append(self._within(run) if run.kind == "dissolve" else cut)
        return _merged(chosen)

    def _within(self, run: Run) -> Passage:
        """Return the part of a run that shows both shots."""
        first, last = extent(self.coarse if run.moved else self.small, run)
        return Passage(first, last, run.kind)

    def _fits(self, run: Run) -> bool:
        """Tell whether the pictures of a run bear out that it leads from one shot to another.

        A mixture of two pictures has less contrast than they have. A camera that moves keeps the contrast, and its
        pictures are mixtures in small sizes only.
        """
        start, end = run.start, run.start + run.length
        if is_dimmed(self.small[start], self.small[end]) or self._leads_to_one_color(start, end):
            return False
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
            _, rest = blended([(frame - first).reshape(1, -1) for frame in inner], (last - first).reshape(1, -1))
            if float(rest[0]) > FINE_REST:
                return False
        return self._apart(start, end) <= DISSOLVE_COVER

    def _leads_to_one_color(self, start: int, end: int) -> bool:
        """Tell whether a run is part of a fade: its picture loses its contrast on one side, and all of it beyond."""
        before, after = self.spread[max(start - FADE, 0) : start + 1][::-1], self.spread[end : end + FADE]
        rising, falling = self.spread[start] < FADED * self.spread[end], self.spread[end] < FADED * self.spread[start]
        return bool((rising and _falls(before)) or (falling and _falls(after)))

    def _apart(self, start: int, end: int) -> float:
        """Return how much the ends of a run have in common, in [0, 1]."""
        return max(self.cover(start, end), self.cover(start - 2, end + 2))


def _foot(spread: NDArray[np.float32], k: int, way: int) -> int:
    """Follow a rising spread from frame ``k`` in one direction, and return the last frame that still rises."""
    end = k
    while 0 <= end + way < len(spread) and abs(end - k) < FADE and spread[end + way] > spread[end] * 1.01:
        end += way
    return end


def _falls(spread: NDArray[np.float32]) -> bool:
    """Tell whether a spread falls from its first frame on until a picture is of one color."""
    flat = np.flatnonzero(spread < ONE_COLOR)
    if not flat.size or not flat[0]:
        return bool(flat.size)
    falling = spread[: flat[0] + 1]
    steady = (np.diff(falling) <= 0.05 * falling[:-1]).all()
    return bool(steady and falling[len(falling) // 4] <= 0.9 * falling[0])


def _merged(mixed: list[Passage]) -> list[Passage]:
    """Join dissolves and wipes between which no shot could be seen: parts of one, as of a shape that opens."""
    whole: list[Passage] = []
    for passage in sorted(mixed):
        if whole and passage.first - whole[-1].last - 1 < SEEN:
            whole[-1] = replace(whole[-1], last=passage.last)
        else:
            whole.append(passage)
    return whole


def _touch(a: Passage, b: Passage, near: int) -> bool:
    """Tell whether two passages overlap, or are fewer than ``near`` frames apart."""
    return a.first - near <= max(b.first, b.last) and b.first - near <= max(a.first, a.last)
