"""The course of a shot: edges between frames, and their common solution.

Tests: survey/course_edges.py, survey/course_graph.py, survey/course_reel.py, survey/course_smooth.py,
survey/course_screen.py
"""

from __future__ import annotations

import numpy as np
import pytest

from making.courses import along, exposed, generated, pan
from otiograde.color.steady import NUMBERS, SPREAD, Steady
from otiograde.survey import course_graph
from otiograde.survey.course_edges import STRIDES, Edge, edges_of, fitted
from otiograde.survey.course_graph import FLAT, STAYS, solve_course
from otiograde.survey.course_reel import measure_reel
from otiograde.survey.course_screen import course_width, is_still
from otiograde.survey.course_smooth import smoothed

COLORS = np.random.default_rng(2).uniform(0.1, 0.9, (400, 3))
CELLS = np.arange(400) % 9


def test_an_edge_finds_the_change_of_most_pixels() -> None:
    change = np.array([0.5, 0.3, -0.4, -0.5, 0.2, 0.1, 0.3, 0.0, 0.2, 0.6])
    after = Steady.of(change * SPREAD)(COLORS)
    after[:120] += 0.2  # something moved
    edge = fitted((0, 4), COLORS, after, CELLS, 0.9)
    shown = np.abs(Steady.of(edge.change * SPREAD)(COLORS) - Steady.of(change * SPREAD)(COLORS))
    assert shown.mean() < 0.004
    np.testing.assert_allclose(edge.cells.sum(0), edge.information, rtol=1.0)


def test_edges_reach_over_their_strides_and_know_their_frames() -> None:
    frames = pan(40)
    edges = list(edges_of(frames))
    assert {edge.end - edge.start for edge in edges} == {stride for stride, _ in STRIDES}
    assert all(edge.coverage > 0.6 for edge in edges if edge.end - edge.start <= 4)
    assert max(edge.end for edge in edges) == len(frames) - 1


@pytest.mark.parametrize("count", range(1, 9))
def test_few_frames_have_few_edges(count: int) -> None:
    reel = measure_reel(pan(count))
    assert len(reel.light) == count
    assert solve_course(reel.edges, count).shape == (count, NUMBERS)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, np.nan])
def test_frames_of_one_color_and_of_no_number_have_no_course(value: float) -> None:
    reel = measure_reel(np.full((12, 90, 160, 3), value, np.float32))
    assert np.abs(solve_course(reel.edges, 12)).max() < 1e-3


def edges_between(pairs: list[tuple[int, int]], truth: np.ndarray) -> list[Edge]:
    rng = np.random.default_rng(5)
    made = []
    for start, end in pairs:
        root = rng.normal(size=(NUMBERS, 2 * NUMBERS))
        information = root @ root.T
        change = truth[end] - truth[start] + rng.normal(0, 0.01, NUMBERS)
        nothing = np.zeros((9, NUMBERS, NUMBERS)), np.zeros((9, NUMBERS))
        made.append(Edge(start, end, change, information, information @ change, *nothing, 0.8))
    return made


PAIRS = [(k, k + stride) for stride in (1, 4, 12) for k in range(30 - stride)]


def test_the_graph_is_the_dense_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course_graph, "ROUNDS", 1)
    edges = edges_between(PAIRS, np.cumsum(np.random.default_rng(0).normal(size=(30, NUMBERS)), axis=0))
    matrix, right = np.zeros((300, 300)), np.zeros(300)
    for edge in edges:
        covariance = np.linalg.inv(edge.information) + course_graph.SHARED**2 * np.eye(NUMBERS)
        information = np.linalg.inv(covariance)
        side = np.zeros((NUMBERS, 300))
        side[:, edge.end * NUMBERS : (edge.end + 1) * NUMBERS] = np.eye(NUMBERS)
        side[:, edge.start * NUMBERS : (edge.start + 1) * NUMBERS] = -np.eye(NUMBERS)
        matrix += side.T @ information @ side
        right += side.T @ information @ edge.change
    slopes = np.diff(np.eye(30), axis=0)
    matrix += np.kron(slopes.T @ slopes * FLAT + np.eye(30) * STAYS, np.eye(NUMBERS))
    dense = np.linalg.solve(matrix, right).reshape(30, NUMBERS)
    np.testing.assert_allclose(solve_course(edges, 30), dense - dense[0], atol=1e-5)


def test_a_drift_that_coding_hides_from_frame_to_frame_is_seen_from_afar() -> None:
    """Successive frames show a third of it, those four apart two thirds; all are sure of what they show."""
    truth = np.outer(np.arange(30) / 30, np.ones(NUMBERS))
    shown = {1: 0.35, 4: 0.65, 12: 1.0}
    edges = [
        edge._replace(change=edge.change * share, pull=edge.pull * share)
        for edge in edges_between(PAIRS, truth)
        for share in (shown[edge.end - edge.start],)
    ]
    assert (solve_course(edges, 30)[-1] > 0.85).all()


def test_an_edge_that_contradicts_all_others_loses() -> None:
    truth = np.outer(np.arange(30) / 10, np.ones(NUMBERS))
    edges = edges_between(PAIRS, truth)
    wrong = edges[40]._replace(change=edges[40].change + 5)
    edges[40] = wrong._replace(pull=wrong.information @ wrong.change)
    np.testing.assert_allclose(solve_course(edges, 30), truth, atol=0.15)


def test_smoothing_is_the_dense_solution_and_stops_at_breaks() -> None:
    values = np.random.default_rng(0).normal(size=(40, 3))
    for breaks in ((), (13,), (5, 30)):
        second = np.zeros((38, 40))
        for row in range(38):
            if not any(row < at <= row + 2 for at in breaks):
                second[row, row : row + 3] = 1, -2, 1
        dense = np.linalg.solve(np.eye(40) + 50 * second.T @ second, values)
        np.testing.assert_allclose(smoothed(values, 50, breaks), dense, atol=1e-9)
    step = np.r_[np.zeros(10), np.ones(10)][:, None]
    np.testing.assert_allclose(smoothed(step, 1e6, (10,)), step, atol=1e-6)


def test_the_screen_lets_every_change_through() -> None:
    frames = np.repeat(pan(1), 30, axis=0)
    time = along(30)
    assert is_still(frames)
    assert is_still(frames[:1])
    for changed in (
        exposed(frames, 0.12 * time),
        exposed(frames, 0.12 * (time > 0.5)),
        exposed(frames, 0.05 * np.sin(np.arange(30) * 2.0)),
        generated(frames, time / 2),
    ):
        assert not is_still(changed)


def test_frames_are_compared_at_one_size_whatever_their_shape() -> None:
    assert course_width(16 / 9) == 160
    assert course_width(9 / 16) == 90
    assert course_width(1.0) == 120
