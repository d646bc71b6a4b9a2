"""What a course is made of: planted changes are named, and changes of the scene are left alone.

Tests: survey/course_steps.py, survey/course_span.py, survey/course_witness.py, survey/course_keys.py
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from making.courses import Frames, along, exposed, generated, pan, rounded
from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.steady import NUMBERS, SPREAD, Steady
from otiograde.record.course import Course
from otiograde.survey.course_edges import STRIDES, Edge
from otiograde.survey.course_graph import solve_course
from otiograde.survey.course_keys import TOLERANCE, keyed_course
from otiograde.survey.course_reel import Reel, measure_reel
from otiograde.survey.course_span import dissolve_in, flashes_in, lit_span
from otiograde.survey.course_steps import Limits, Part, Verdict, judge

CLEAN = pan(44)
TIME = along(44)
FLICKER = np.random.default_rng(4).normal(0, 0.07, 44)
LAMP = np.clip((np.arange(160) - 106) / 8, 0, 1)[None, None, :, None]


def judged(frames: Frames) -> tuple[Reel, Verdict]:
    reel = measure_reel(frames)
    return reel, judge(reel, solve_course(reel.edges, len(frames)), 24.0)


def course_of(frames: Frames, first: int = 0) -> Course | None:
    reel, verdict = judged(frames)
    return keyed_course(verdict.parts, reel.palette, range(first, first + len(frames)), None, ("first", 24.0))[0]


def test_an_edge_that_is_hardly_tracked_vetoes_nothing() -> None:
    """The last pixels that are still in sight over a long stride may all have gone astray."""
    frames = exposed(CLEAN, -0.3 * TIME)
    reel = measure_reel(frames)
    course = solve_course(reel.edges, len(frames))
    long = max(reel.edges, key=lambda edge: edge.end - edge.start)
    astray = long._replace(pull=-long.pull, pulls=-long.pulls, change=-long.change)
    for coverage, kept in ((0.03, True), (0.9, False)):
        edges = tuple(astray._replace(coverage=coverage) if edge is long else edge for edge in reel.edges)
        alone = tuple(edge for edge in edges if edge.end - edge.start < 32 or edge.end == long.end)
        assert bool(judge(reel._replace(edges=alone), course, 24.0).parts) == kept


def test_a_slight_drift_counts_where_frames_far_apart_show_it() -> None:
    frames = exposed(CLEAN, -0.09 * TIME)
    reel, verdict = judged(frames)
    (part,) = verdict.parts
    assert part.kind == "drift"
    assert 1.0 < part.size < 1.3
    course = solve_course(reel.edges, len(frames))
    blind = tuple(edge._replace(coverage=0.2) if edge.end - edge.start == 32 else edge for edge in reel.edges)
    near = tuple(edge for edge in reel.edges if edge.end - edge.start < 32)
    for edges in (blind, near):
        assert judge(reel._replace(edges=edges), course, 24.0).parts == ()
    assert judged(exposed(CLEAN[:30], -0.09 * along(30)))[1].parts == ()


def test_a_slight_drift_is_one_of_the_whole_picture() -> None:
    right = np.clip((np.arange(160) - 40) / 8, 0, 1)[None, None, :, None]
    reel, verdict = judged(rounded(CLEAN * 2.0 ** (-0.047 * TIME[:, None, None, None] * right)))
    assert verdict == Verdict(span=(0, 44))
    bolder = judge(reel, solve_course(reel.edges, 44), 24.0, None, Limits(drift=1.0))
    assert bolder.parts == ()
    assert "not all of the picture changes alike" in bolder.left[0]


def taken_out(frames: Frames, course: Course, first: int = 0) -> NDArray[np.float64]:
    result = []
    for number, frame in enumerate(frames):
        index, share = course.at(first + number)
        pair = [np.clip(key.transform(frame), 0, 1) for key in course.keys[index : index + 2]]
        result.append(pair[0] if not share else pair[0] + share * (pair[1] - pair[0]))
    return np.array(result)


def apart(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    return float(delta_e00(srgb_to_lab(one[:, ::6, ::6]), srgb_to_lab(other[:, ::6, ::6])).mean())


@pytest.mark.parametrize(
    ("frames", "kind", "left"),
    [
        (exposed(CLEAN, -0.3 * TIME), "drift", 0.5),
        (generated(CLEAN, TIME), "drift", 0.5),
        (generated(CLEAN, (TIME > 0.5).astype(float)), "steps", 0.5),
        (exposed(CLEAN, 0.3 * (TIME > 0.5)), "steps", 0.5),
        (exposed(CLEAN, FLICKER), "flicker", 0.5),
    ],
    ids=["ramp", "generated", "join", "step", "flicker"],
)
def test_a_change_of_the_grade_is_taken_out(frames: Frames, kind: str, left: float) -> None:
    course = course_of(frames, 100)
    assert course is not None
    assert course.kind == kind
    assert apart(taken_out(frames, course, 100), CLEAN) < left < apart(frames, CLEAN)
    reference = course.reference - 100
    same = taken_out(frames, course, 100)[reference]
    assert np.abs(same - frames[reference]).max() < (0.01 if kind == "flicker" else 1e-6)


def test_a_step_is_two_keys_at_frames_next_to_each_other() -> None:
    course = course_of(exposed(CLEAN, 0.3 * (np.arange(44) >= 20)), 100)
    assert course is not None
    assert [key.frame for key in course.keys] == [119, 120]
    assert course.keys[0].transform == Steady()
    assert course.words.startswith("jumps by ΔE00")
    assert "at frame 120" in course.words


def masked(stops: NDArray[np.float64]) -> Frames:
    """A change of light in the right third of the picture."""
    return rounded(CLEAN * 2.0 ** (0.45 * stops[:, None, None, None] * LAMP))


UPSIDE_DOWN = CLEAN[:, ::-1, ::-1]
SHARE = np.clip((TIME - 0.35) / 0.3, 0, 1)[:, None, None, None]


@pytest.mark.parametrize(
    "frames",
    [
        CLEAN,
        masked(0.6 * (TIME > 0.5)),
        masked(-0.6 * np.clip((TIME - 0.3) / 0.4, 0, 1)),
        rounded(CLEAN * np.clip((1 - TIME) / 0.25, 0, 1)[:, None, None, None]),
        rounded(CLEAN * np.clip(TIME / 0.25, 0, 1)[:, None, None, None]),
        rounded(1 - (1 - CLEAN) * np.clip((1 - TIME) / 0.25, 0, 1)[:, None, None, None]),
        rounded(CLEAN * (1 - SHARE) + UPSIDE_DOWN * SHARE),
        exposed(CLEAN, np.isin(np.arange(44), (15, 30, 31)).astype(float)),
        exposed(CLEAN, -0.5 * (np.arange(44) % 4 == 0)),
        rounded(CLEAN * np.where(np.isin(np.arange(44), (20, 21, 22)), 0.02, 1)[:, None, None, None]),
        np.repeat(CLEAN[:22], 2, axis=0),
        np.concatenate([CLEAN[:15], np.repeat(CLEAN[15:16], 15, axis=0), CLEAN[16:30]]),
        np.random.default_rng(0).random((44, 90, 160, 3)).astype(np.float32),
        np.full((44, 90, 160, 3), 0.4, np.float32),
        np.full((44, 90, 160, 3), np.nan, np.float32),
        CLEAN[:8],
    ],
    ids=[
        *("clean", "lamp", "cloud", "fade out", "fade in", "fade to white", "dissolve", "flashes", "strobe", "black"),
        *("doubled", "frozen", "confetti", "one color", "no numbers", "eight frames"),
    ],
)
def test_what_is_no_change_of_the_grade_stays(frames: Frames) -> None:
    assert judged(frames)[1].parts == ()
    assert course_of(frames) is None


def test_a_cut_inside_the_shot_is_named() -> None:
    other = pan(44, seed=7)
    _, verdict = judged(np.concatenate([CLEAN[:20], other[:24]]))
    assert verdict.cut == 20
    assert verdict.parts == ()


def edges_followed(lost: range, far: float) -> list[Edge]:
    """Return edges of 64 frames: over 12 of them nothing is followed from the starts in ``lost``."""
    nothing = np.zeros(NUMBERS), np.zeros((NUMBERS, NUMBERS)), np.zeros(NUMBERS)
    cells = np.zeros((9, NUMBERS, NUMBERS)), np.zeros((9, NUMBERS))
    made = []
    for stride, every in STRIDES:
        for start in range(0, 64 - stride, every):
            coverage = far if stride == 32 else 0.05 if stride == 12 and start in lost else 0.9
            made.append(Edge(start, start + stride, *nothing, *cells, coverage))
    return made


def test_another_picture_that_takes_over_bit_by_bit_is_a_dissolve() -> None:
    assert dissolve_in(edges_followed(range(24, 29), 0.02), (0, 64)) == 30
    assert dissolve_in(edges_followed(range(24, 29), 0.5), (0, 64)) is None, "somebody walks past"
    assert dissolve_in(edges_followed(range(64), 0.02), (0, 64)) is None, "all of it moves fast"
    assert dissolve_in(edges_followed(range(0), 0.02), (0, 64)) is None


def test_a_dissolve_inside_the_shot_stays_and_is_named() -> None:
    share = np.clip((np.arange(48) / 47 - 0.4) / 0.3, 0, 1)[:, None, None, None]
    frames = pan(48)
    mixed = rounded(frames * (1 - share) + exposed(frames, np.full((48, 1, 1, 1), 0.3))[:, ::-1, ::-1] * share)
    verdict = judged(mixed)[1]
    assert not verdict.parts
    assert "another picture" in verdict.left[0]


def test_a_fade_keeps_its_length_beside_a_step() -> None:
    faded = CLEAN * np.clip((1 - TIME) / 0.25, 0, 1)[:, None, None, None]
    frames = exposed(rounded(faded), 0.3 * (np.arange(44) >= 15))
    _, verdict = judged(frames)
    assert [part.kind for part in verdict.parts] == ["steps"]
    first, end = verdict.span
    assert first == 0
    assert 31 <= end <= 35
    held = verdict.parts[0].changes[end - 1 :]
    assert np.array_equal(held, np.tile(held[0], (len(held), 1)))


def test_spans_of_fades() -> None:
    flat = np.ones(40)
    assert lit_span(flat) == (0, 40)
    assert lit_span(flat * np.minimum(1, (40 - np.arange(40)) / 10))[0] == 0
    assert lit_span(np.minimum(1, np.arange(40) / 10))[1] == 40
    assert lit_span(np.zeros(0)) == (0, 0)


def test_flashes_stand_out_from_flicker() -> None:
    light = 0.4 + np.random.default_rng(1).normal(0, 0.01, 60)
    assert not flashes_in(light, np.ones(60)).any()
    light[[20, 41]] += 0.3
    assert np.flatnonzero(flashes_in(light, np.ones(60))).tolist() == [20, 41]


def drift(values: NDArray[np.float64]) -> Part:
    return Part("drift", values[:, None] * np.eye(NUMBERS)[0], 3.0)


@pytest.mark.parametrize("to", ["first", "middle", "median"])
def test_the_frame_that_is_asked_for_stays(to: str) -> None:
    palette = np.random.default_rng(0).uniform(0.1, 0.9, (100, 3))
    values = np.linspace(0, 1.5, 31) ** 2
    course, _ = keyed_course([drift(values)], palette, range(10, 41), None, (to, 24.0))  # type: ignore[arg-type]
    assert course is not None
    expected = {"first": 10, "middle": 25, "median": 10 + int(np.argmin(np.abs(values - np.median(values))))}
    assert course.reference == expected[to]
    index, share = course.at(course.reference)
    mixed = [np.clip(key.transform(palette), 0, 1) for key in course.keys[index : index + 2]]
    at_reference = mixed[0] if not share else mixed[0] + share * (mixed[1] - mixed[0])
    assert delta_e00(srgb_to_lab(at_reference), srgb_to_lab(palette)).mean() <= TOLERANCE


def test_keys_are_few_and_leave_no_frame_far_off() -> None:
    palette = np.random.default_rng(0).uniform(0.1, 0.9, (100, 3))
    values = np.sin(np.linspace(0, 9, 300)) * 1.5
    course, _ = keyed_course([drift(values)], palette, range(300), None, ("first", 24.0))
    assert course is not None
    assert len(course.keys) < 40
    for number, value in enumerate(values):
        index, share = course.at(number)
        pair = [np.clip(key.transform(palette), 0, 1) for key in course.keys[index : index + 2]]
        mixed = pair[0] if not share else pair[0] + share * (pair[1] - pair[0])
        wanted = np.clip(Steady(gain=((values[0] - value) * SPREAD[0], 0.0, 0.0))(palette), 0, 1)
        assert delta_e00(srgb_to_lab(mixed), srgb_to_lab(wanted)).mean() < TOLERANCE + 0.05


def test_a_drift_that_comes_back_is_described_at_its_farthest() -> None:
    palette = np.random.default_rng(0).uniform(0.1, 0.9, (100, 3))
    away = np.interp(np.arange(60), [0, 20, 59], [0, -2.5, -0.5])
    for values, way in ((away, "from frame 100 to 120, and back)"), (away[:21], "from frame 100 to 120)")):
        at = range(100, 100 + len(values))
        course, _ = keyed_course([drift(values)], palette, at, None, ("first", 24.0))
        assert course is not None
        assert "stop darker" in course.words
        assert course.words.endswith(way)


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (8, 8), (20, 5)])
def test_few_frames_are_said_as_they_are(count: int, shown: int) -> None:
    contrast = np.r_[np.full(shown, 0.2), np.linspace(0.19, 0, count - shown)]
    reel = Reel((), np.full(count, 0.5), contrast, np.zeros((0, 3)))
    [why] = judge(reel, np.zeros((count, NUMBERS)), 24.0).left
    assert why.startswith("too few frames to find a change in: ")
    assert why.endswith(f"it has {count}" if count == shown else " show it whole")


def test_a_course_that_cannot_be_made_says_why() -> None:
    palette = np.random.default_rng(0).uniform(0.1, 0.9, (100, 3))
    course, why = keyed_course([drift(np.linspace(0, 20, 31))], palette, range(31), None, ("first", 24.0))
    assert course is None
    assert why.endswith("but that is more than a course can take out")
    rough = np.random.default_rng(1).normal(0, 0.5, (40, NUMBERS))
    course, why = keyed_course([Part("flicker", rough, 2.0)], palette, range(40), None, ("first", 24.0))
    assert course is None
    assert why == "flickers by ΔE00 2.0, but not along one line of colors"
    assert keyed_course([], palette, range(40), None, ("first", 24.0)) == (None, "")
