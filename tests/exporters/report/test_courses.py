"""The curves of a shot whose grade changes: their values, keys and steps, and that they are on the page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from making.records import graded
from making.shots import edit, nth_shot
from otiograde.color.cdl import Cdl
from otiograde.color.describing import describe
from otiograde.color.encodings import encoding
from otiograde.color.lut import Lut3D
from otiograde.color.steady import Steady
from otiograde.color.transform import Identity
from otiograde.color.views import from_light, to_light
from otiograde.exporters.report import page
from otiograde.exporters.report.courses import HEIGHT, SPACE, WIDTH, CourseDrawing, draw_course
from otiograde.record.course import Course, Key
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

SHOT = nth_shot("walk", 0, frames=49)


def drawn(course: Course | None, shot: Shot = SHOT) -> CourseDrawing:
    drawing = draw_course(shot, replace(record_of(course).grades[0], shot=shot.id))
    assert drawing is not None
    return drawing


def record_of(course: Course | None) -> GradedTimeline:
    record = graded(edit(SHOT), lut_size=5)
    return replace(record, grades=tuple(replace(grade, course=course) for grade in record.grades))


def heights(drawing: CourseDrawing, number: int) -> np.ndarray:
    """The line of a curve: from 0 at the top of its row to 1 at its foot."""
    points = np.array([point.split(",") for point in drawing.curves[number].points.split()], float)
    return (points[:, 1] - number * (HEIGHT + SPACE) - SPACE / 2) / HEIGHT


def test_a_shot_that_darkens_by_a_stop_of_the_display() -> None:
    """The correction brightens, so the shot went down; warmth and saturation stay. In the scene, it is less."""
    drawing = drawn(Course((Key(0, Identity()), Key(48, Cdl((2 ** (1 / 2.4),) * 3))), words="darker"))
    assert [curve.range for curve in drawing.curves] == [
        "-0.76 to +0.00 stops",
        "+0.0 to +0.0 % red less blue",
        "+0 to +0 %",
    ]
    line = heights(drawing, 0)
    assert len(line) == 49
    assert line[0] == pytest.approx(0, abs=0.01)
    assert line[-1] == pytest.approx(1, abs=0.01)
    assert (np.diff(line) >= 0).all()
    assert drawing.keys == ("0.0", f"{WIDTH}")
    assert drawing.steps == ()
    assert drawing.words == "darker"


@pytest.mark.parametrize("gain", [0.05, 0.2, 0.4])
def test_stops_are_those_of_the_words(gain: float) -> None:
    """Both stand side by side."""
    key = Steady(gain=(gain, 0, 0))
    stops = -float(drawn(Course((Key(0, Identity()), Key(48, key)))).curves[0].range.split()[0])
    assert f"{stops:.1f} stop brighter" in describe(key, SHOT.media.encoding)


@pytest.mark.parametrize("name", ["pq", "hlg", "slog3-cine", "logc3"])
def test_stops_of_hdr_and_log_are_those_of_light(name: str) -> None:
    """A key that makes half the light: the shot went up by a stop, and not in warmth."""
    named = encoding(name)
    shot = replace(SHOT, media=replace(SHOT.media, encoding=named))
    half = Cdl((0.5,) * 3)  # of light; the grade works on codes
    nodes = Lut3D.identity(33).lattice.astype(np.float64)
    codes = Lut3D(np.clip(from_light(half(to_light(nodes, named)), named), 0, 1))
    stops, warmth, _ = drawn(Course((Key(0, Identity()), Key(48, codes))), shot).curves
    assert float(stops.range.split()[2]) == pytest.approx(1, abs=0.03)
    assert warmth.range == "+0.0 to +0.0 % red less blue"


def test_a_step_is_upright_and_keys_outside_the_shot_are_not_drawn() -> None:
    keys = (Key(0, Identity()), Key(20, Identity()), Key(21, Steady(saturation=-0.1)), Key(90, Steady(saturation=-0.1)))
    drawing = drawn(Course(keys, kind="steps"))
    assert len(drawing.keys) == 3
    assert drawing.steps == (f"{21 / 48 * WIDTH:.1f}",)
    line = heights(drawing, 2)
    assert np.ptp(line[:21]) == np.ptp(line[21:]) == 0
    assert line[21] < line[20]


def test_flicker_has_a_weight_for_each_frame() -> None:
    course = Course((Key(0, Identity()), Key(48, Steady(gain=(0.2, 0, 0)))), (0.0, 1.0) * 24, kind="flicker")
    assert "A weight for each frame" in page(record_of(course))
    assert "2 keys" in page(record_of(replace(course, weights=(), kind="drift")))


def test_flicker_has_a_point_for_each_frame() -> None:
    weights = tuple(float(k % 2) for k in range(49))
    course = Course((Key(0, Identity()), Key(48, Steady(gain=(0.2, 0, 0)))), weights, kind="flicker")
    assert (np.abs(np.diff(heights(drawn(course), 0))) > 0.9).all()


def test_a_warm_drift_and_a_freeze() -> None:
    course = Course((Key(0, Identity()), Key(48, Steady(gain=(0, -0.1, 0.1)))))
    assert float(drawn(course).curves[1].range.split()[2]) > 5
    frozen = replace(SHOT, source=replace(SHOT.source, start=30, count=1))
    assert drawn(course, frozen).curves[1].points


def test_the_page_draws_what_changes_and_nothing_else() -> None:
    course = Course((Key(0, Identity()), Key(48, Steady(gain=(0.2, 0, 0)))), words="<b>&")
    html = page(record_of(course))
    assert html.count('<figure class="course">') == 1
    assert html.count("<polyline") == 3
    assert "What changes inside the shot: &lt;b&gt;&amp;" in html
    assert "<polyline" not in page(record_of(None))
    assert draw_course(SHOT, record_of(None).grades[0]) is None
