"""What changes inside a shot, as three small curves over its frames: exposure, warmth and saturation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.describing import gray_card, stops_between
from otiograde.color.encodings import Encoding
from otiograde.color.luma import LUMA
from otiograde.color.views import from_light, to_light, to_view
from otiograde.record.course import Course
from otiograde.record.grade import Grade
from otiograde.record.shot import Shot

#: Colors by which a change is told: a middle gray, a skin and a blue, as code values.
COLORS = np.array([[0.5, 0.5, 0.5], [0.62, 0.46, 0.38], [0.36, 0.46, 0.62]])

#: Light is code to this power (BT.1886).
GAMMA = 2.4

#: Width of the drawing, height of a curve and of the space between two, in its units.
WIDTH, HEIGHT, SPACE = 300.0, 22.0, 8.0

#: Frames that are drawn, at most, and least ranges of the curves: stops, percent of the code range, percent.
MOST_FRAMES, RANGES = 240, (0.1, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Curve:
    """One of the curves."""

    name: str
    #: The lowest and the highest value, for people.
    range: str
    #: Corners of the line before, for SVG; and the height of the line after, which is flat.
    points: str
    level: str


@dataclass(frozen=True, slots=True)
class CourseDrawing:
    """The curves of a shot whose grade changes."""

    #: What changes, for people.
    words: str
    #: The media frame whose colors stay as they are.
    reference: int
    curves: tuple[Curve, ...]
    #: Where the keys are, and where the steps are, from left to right in the drawing.
    keys: tuple[str, ...]
    steps: tuple[str, ...]
    #: Whether each frame has a weight of its own.
    flickers: bool
    width: float
    height: float


def draw_course(shot: Shot, grade: Grade) -> CourseDrawing | None:
    """Draw what the course of a shot takes out. None if it takes nothing out."""
    course = grade.bare.course
    if course is None:
        return None
    first, last = shot.source.start, max(shot.source.end - 1, shot.source.start + 1)
    inside = [key.frame for key in course.keys if first <= key.frame <= last]
    steps = [b for a, b in pairwise(inside) if b == a + 1 and not course.weights]
    frames = np.unique([*np.linspace(first, last, min(last - first + 1, MOST_FRAMES)).round().astype(int), *inside])
    across = (frames - first) / (last - first) * WIDTH
    values = _changes(course, frames, shot.media.encoding)
    curves = [_curve(number, across, values[:, number]) for number in range(len(RANGES))]
    places = {frame: f"{(frame - first) / (last - first) * WIDTH:.1f}" for frame in inside}
    return CourseDrawing(
        course.words or course.kind,
        course.reference,
        tuple(curves),
        tuple(places[frame] for frame in inside[:MOST_FRAMES]),
        tuple(places[frame] for frame in steps[:MOST_FRAMES]),
        bool(course.weights),
        WIDTH,
        len(curves) * (HEIGHT + SPACE),
    )


def _changes(course: Course, frames: Float64, encoding: Encoding) -> Float64:
    """Return the change before grading, ``(frames, 3)``: stops, percent of the code range (red less blue), percent.

    Stops are those of the words beside the drawing: of a gray card, in light of the scene. PQ, HLG and log count as the
    light that their codes stand for, and as the codes of the view.
    """
    sdr = encoding.family == "sdr"
    codes = COLORS if sdr else np.asarray(from_light(COLORS**GAMMA, encoding), np.float64)
    card = gray_card(encoding) if sdr else codes[0]
    codes = np.vstack([codes, card])
    keyed = [np.asarray(key.transform(codes), np.float64) for key in course.keys]
    colors = []
    for frame in frames:
        left, share = course.at(int(frame))
        right = keyed[min(left + 1, len(keyed) - 1)]
        colors.append((1 - share) * keyed[left] + share * right)
    mixed = np.array(colors)
    after = np.clip(mixed if sdr else to_view(mixed, encoding), 1e-3, None)
    if sdr:
        stops = stops_between(card, mixed[:, -1], encoding)
    else:
        stops = np.log2(np.maximum(to_light(mixed[:, 0], encoding), 1e-7) @ LUMA / (COLORS[0] ** GAMMA @ LUMA))
    plain_codes = codes if sdr else to_view(codes, encoding)
    warmth = (after[:, 0, 0] - after[:, 0, 2]) * 100
    chroma, plain = (np.linalg.norm(c / (c @ LUMA)[..., None] - 1, axis=-1)[..., 1:3] for c in (after, plain_codes))
    saturation = 100 * (1 - (chroma / plain).mean(-1))
    return np.stack([-stops, -warmth, saturation], axis=1)


def _curve(number: int, across: Float64, values: Float64) -> Curve:
    """Draw one curve in its row."""
    name, unit, digits = (("Exposure", "stops", 2), ("Warmth", "% red less blue", 1), ("Saturation", "%", 0))[number]
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    middle, half = (low + high) / 2, max(high - low, RANGES[number]) / 2
    top = number * (HEIGHT + SPACE) + SPACE / 2

    def at(value: float) -> str:
        return f"{top + HEIGHT / 2 * (1 - (value - middle) / half):.1f}"

    points = " ".join(f"{x:.1f},{at(float(y))}" for x, y in zip(across, values, strict=True))
    ends = " to ".join(f"{round(end, digits) + 0.0:+.{digits}f}" for end in (low, high))
    return Curve(name, f"{ends} {unit}", points, at(0.0))
