"""What a course is made of: steps, drift and flicker. Changes of the scene are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.difference import code_difference
from otiograde.color.encodings import Encoding
from otiograde.color.steady import SPREAD, effects
from otiograde.record.course import CourseKind
from otiograde.survey.course_edges import STRIDES, Edge
from otiograde.survey.course_reel import Reel
from otiograde.survey.course_smooth import smoothed
from otiograde.survey.course_span import cut_in, dissolve_in, flashes_in, lit_span
from otiograde.survey.course_witness import COVERED, agreement

#: Frames on each side of a step whose levels are compared, and the fewest of them.
LEVEL, FEWEST_LEVEL = 5, 3
#: Shares of the stiffness of a smooth course that are tried, the stiffest first.
BENDS = (1.0, 0.2, 0.04, 0.008, 0.0016)
#: The longest stride of the edges that must speak for a step.
STEP_STRIDE = 12
#: Kinds of changes, for people.
WORDS: Mapping[CourseKind, str] = {"steps": "jumps", "drift": "drifts", "flicker": "flickers"}
#: The stride of the edges whose coverage tells whether a change can be trusted.
TRUSTED: Mapping[CourseKind, int] = {"steps": 1, "drift": 12, "flicker": 4}
#: Frames whose changes are measured at a time.
TOGETHER = 64
#: Colors below which a shot does not show a change.
FEWEST_COLORS = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """From which size on a change of the grade counts, and what must speak for it.

    Sizes are mean ΔE00 over the colors of the shot. The numbers come from ``benchmarks/steady.py``.
    """

    #: Least size of a step, how many times the usual change it is, and the share of it that lasts.
    step: float = 1.2
    outstanding: float = 6.0
    lasting: float = 0.7
    #: Least root mean square of flicker. Where 5 % of the frames exceed the second, it is a strobe.
    flicker: float = 0.35
    strobe: float = 4.0
    #: Least drift that 5 % of the frames exceed, and the least one where frames at the longest stride show it alone.
    drift: float = 1.3
    slight: float = 1.0
    #: Least share of the usable pixels that is tracked: in the median edge, and in nearly all edges.
    covered: float = 0.35
    poorly: float = COVERED
    #: Largest spread of the shares that the cells show, fewest cells that testify, and shares that each stride shows.
    spread: float = 0.45
    cells: int = 5
    strides: tuple[float, float] = (0.65, 1.5)
    #: Seconds within which a drift does not bend.
    straight: float = 0.35
    #: Least roughness of flicker.
    rough: float = 1.0
    #: Fewest frames that are judged.
    frames: int = 9
    #: Share of frames that flash, at most.
    flashing: float = 0.08


@dataclass(frozen=True, slots=True)
class Part:
    """A change of the grade inside a shot."""

    kind: CourseKind
    #: The change of each frame ``(n, 10)``, in multiples of ``SPREAD``.
    changes: Float64
    #: The largest step, the drift, or the root mean square of the flicker.
    size: float
    #: First frames after steps.
    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a course is made of."""

    #: At most one of a kind.
    parts: tuple[Part, ...] = ()
    #: What was seen and is left as it is, and why.
    left: tuple[str, ...] = ()
    #: The first frame that counts, and the frame after the last one.
    span: tuple[int, int] = (0, 0)
    #: The first frame after a cut inside the shot.
    cut: int | None = None


class _Span(NamedTuple):
    """The frames of a shot that count."""

    #: Their course ``(n, 10)``, straight over flashes.
    course: Float64
    #: Edges between them, numbered like them; without those of flashes.
    edges: list[Edge]
    palette: Float64
    #: What the numbers do to the palette's values ``(3 m, 10)``.
    shapes: Float64
    encoding: Encoding | None

    def sizes(self, changes: Float64) -> Float64:
        """Return the mean difference that each of the changes ``(n, 10)`` makes to the palette."""
        parts = [self._sizes(changes[first : first + TOGETHER]) for first in range(0, len(changes), TOGETHER)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _sizes(self, changes: Float64) -> Float64:
        moved = np.clip(self.palette + (changes @ self.shapes.T).reshape(len(changes), -1, 3), 0, 1)
        still = np.tile(self.palette, (len(changes), 1))
        apart = code_difference(moved.reshape(-1, 3), still, self.encoding, self.encoding)
        return np.asarray(apart.reshape(len(changes), -1).mean(1))

    def roughness(self, changes: Float64) -> float:
        """Return von Neumann's ratio of changes: 2 for white noise, near 0 for a smooth course."""
        shown = changes @ self.shapes.T
        return float(np.square(np.diff(shown, axis=0)).sum() / max(np.square(shown).sum(), 1e-12))


def judge(
    reel: Reel, course: Float64, rate: float, encoding: Encoding | None = None, limits: Limits = Limits()
) -> Verdict:
    """Take the ``course`` (n, 10) of a shot apart; ``rate`` is in frames a second.

    A shot with a sudden change that is not one of the grade is left alone as a whole.
    """
    span = lit_span(reel.contrast)
    first, end = span
    if end - first < limits.frames:
        many = f"it has {len(course)}" if len(course) < limits.frames else f"{end - first} show it whole"
        return Verdict((), (f"too few frames to find a change in: {many}",), span)
    if len(reel.palette) < FEWEST_COLORS:
        return Verdict((), ("nearly all of it is clipped",), span)
    if (cut := cut_in(reel.edges, span)) is not None:
        return Verdict((), (), span, cut)
    if (middle := dissolve_in(reel.edges, span)) is not None:
        return Verdict((), (f"turns into another picture around frame {middle}, as in a dissolve",), span)
    flashes = flashes_in(reel.light[first:end], reel.contrast[first:end])
    if flashes.mean() > limits.flashing:
        return Verdict((), (f"{int(flashes.sum())} of {end - first} frames flash",), span)
    seen = _seen(reel, course, span, flashes, encoding)
    if not seen.edges:
        return Verdict((), ("nothing could be followed from frame to frame",), span)
    parts, left = _parts(seen, rate, limits)
    whole = [
        replace(part, changes=_held(part.changes, first, len(course)), at=tuple(at + first for at in part.at))
        for part in parts
    ]
    return Verdict(tuple(whole), tuple(left), span)


def _held(changes: Float64, first: int, count: int) -> Float64:
    """Hold the changes of a span's ends over the frames before and after it."""
    return np.asarray(np.pad(changes, ((first, count - first - len(changes)), (0, 0)), mode="edge"))


def _seen(
    reel: Reel, course: Float64, span: tuple[int, int], flashes: NDArray[np.bool_], encoding: Encoding | None
) -> _Span:
    first, end = span
    numbers = course[first:end].copy()
    steady = np.flatnonzero(~flashes)
    for number in range(numbers.shape[1]):
        numbers[:, number] = np.interp(np.arange(end - first), steady, numbers[steady, number])
    edges = [
        edge._replace(start=edge.start - first, end=edge.end - first)
        for edge in reel.edges
        if first <= edge.start and edge.end < end and not flashes[[edge.start - first, edge.end - first]].any()
    ]
    shapes = (effects(reel.palette) * SPREAD).reshape(-1, numbers.shape[1])
    return _Span(numbers, edges, reel.palette, shapes, encoding)


def _parts(seen: _Span, rate: float, limits: Limits) -> tuple[list[Part], list[str]]:
    """Return the changes of the grade, and what was left."""
    at = _sudden(seen, limits)
    smooth, rest = _smooth(seen, at, rate, limits)
    steps, doubt = _steps(seen, smooth, at, limits)
    if doubt:
        return [], [doubt]
    parts, left = [steps] if steps else [], []
    level = smooth - steps.changes if steps else smooth
    for part, edges in (_drift(seen, level, at, limits), _flicker(seen, rest, limits)):
        if part is not None:
            if doubt := _doubt(edges, part.kind, part.changes, limits):
                left.append(f"{WORDS[part.kind]} by ΔE00 {part.size:.1f}, but {doubt}")
            else:
                parts.append(part)
    return parts, left


def _steps(seen: _Span, smooth: Float64, at: Sequence[int], limits: Limits) -> tuple[Part | None, str]:
    """Return the steps at these frames, and what speaks against one of them."""
    total, sizes = np.zeros_like(smooth), []
    for frame in at:
        jump = np.zeros_like(smooth)
        jump[frame:] = smooth[frame] - smooth[frame - 1]
        total += jump
        sizes.append(float(seen.sizes(jump[frame : frame + 1])[0]))
        near = (edge for edge in seen.edges if edge.end - edge.start <= STEP_STRIDE)
        over = [edge for edge in near if [step for step in at if edge.start < step <= edge.end] == [frame]]
        if doubt := _doubt(over, "steps", jump, limits) if sizes[-1] >= limits.step else "it does not last":
            return None, f"changes suddenly at frame {frame}, but {doubt}"
    return (Part("steps", total, max(sizes), tuple(at)) if at else None), ""


def _sudden(seen: _Span, limits: Limits) -> list[int]:
    """Return the first frames after sudden changes that last, in order."""
    steps = np.diff(seen.course, axis=0)
    usual = np.array([np.median(steps[max(0, k - 4) : k + 5], axis=0) for k in range(len(steps))])
    sizes = seen.sizes(steps - usual)
    starts: list[int] = []
    for step in np.argsort(-sizes, kind="stable"):
        if sizes[step] < limits.step or sizes[step] < limits.outstanding * np.median(sizes):
            break
        frame = int(step) + 1
        before, after = seen.course[max(0, frame - LEVEL) : frame], seen.course[frame : frame + LEVEL]
        if min(len(before), len(after)) < FEWEST_LEVEL or any(abs(frame - other) < LEVEL for other in starts):
            continue
        level = np.median(after, axis=0) - np.median(before, axis=0)
        if seen.sizes(level[None])[0] > limits.lasting * sizes[step]:
            starts.append(frame)
    return sorted(starts)


def _smooth(seen: _Span, breaks: Sequence[int], rate: float, limits: Limits) -> tuple[Float64, Float64]:
    """Split a course into what is smooth but for ``breaks``, and a rest that is small or rough."""
    stiffest = max(rate * limits.straight, 2.0) ** 4 / 8
    for bend in BENDS:
        smooth = smoothed(seen.course, stiffest * bend, breaks)
        rest = seen.course - smooth
        if seen.roughness(rest) >= limits.rough or _usual(seen.sizes(rest)) < limits.flicker / 2:
            break
    return smooth, rest


def _usual(sizes: Float64) -> float:
    return float(np.sqrt(np.square(sizes).mean()))


def _drift(seen: _Span, smooth: Float64, steps: Sequence[int], limits: Limits) -> tuple[Part | None, list[Edge]]:
    """Return the drift without steps, and the edges that must speak for it."""
    changes = smooth - smooth[0]
    size = float(np.quantile(seen.sizes(changes), 0.95))
    edges = [edge for edge in seen.edges if not any(edge.start < step <= edge.end for step in steps)]
    # A codec hides some of a drift, and from frames near to each other most of it.
    longest, _ = STRIDES[-1]
    far = [edge for edge in edges if edge.end - edge.start == longest]
    shown = size > limits.drift or (size > limits.slight and not _doubt(far, "drift", changes, limits, longest))
    return (Part("drift", changes, size) if shown else None), edges


def _flicker(seen: _Span, rest: Float64, limits: Limits) -> tuple[Part | None, list[Edge]]:
    """Return the flicker, and the edges that must speak for it. A few frames that stand out are none."""
    sizes = seen.sizes(rest)
    usual = _usual(sizes)
    spread = 1.4826 * float(np.median(sizes)) > usual / 2
    present = (
        limits.flicker < usual
        and np.quantile(sizes, 0.95) < limits.strobe
        and spread
        and seen.roughness(rest) >= limits.rough
    )
    return (Part("flicker", rest, usual) if present else None), [
        edge for edge in seen.edges if edge.end - edge.start == 1
    ]


def _doubt(edges: Sequence[Edge], kind: CourseKind, changes: Float64, limits: Limits, stride: int = 0) -> str:
    """Say what speaks against a change of the grade along these edges; empty if all of the picture shows it.

    Those of ``stride``, by default the one ``TRUSTED`` for this kind, tell how much of the picture could be followed.
    """
    trusted = stride or TRUSTED[kind]
    stride = trusted if any(edge.end - edge.start == trusted for edge in edges) else 1
    coverage = np.array([edge.coverage for edge in edges if edge.end - edge.start == stride] or [0.0])
    worst, median = np.quantile(coverage, [0.1, 0.5])
    if median < limits.covered or worst < limits.poorly:
        return f"only {worst if worst < limits.poorly else median:.0%} of the picture could be followed"
    seen = agreement(edges, changes, far=12 if kind == "drift" else 1)
    if seen.spread > limits.spread:
        return "not all of the picture changes alike"
    if seen.cells < limits.cells:
        return "too little of the picture shows it"
    if seen.least < limits.strides[0] or seen.most > limits.strides[1]:
        return "frames near to each other and far apart do not agree on it"
    return ""
