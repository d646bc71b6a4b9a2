"""The demo movie: shapes and light that hold, casts that can be undone, an edit that others read.

Tests: demo/camera.py, demo/casts.py, demo/cutting.py, demo/movie.py, demo/kitchen.py, demo/light.py, demo/paint.py,
demo/shapes.py, demo/studio.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.lut import Lut3D
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.demo import Cast, DemoMovie, camera, draw_movie, drift_error, light, movie, truth_error
from otiograde.demo.casts import CASTS, DRIFTS
from otiograde.demo.paint import Brush
from otiograde.demo.shapes import FAR, Box, Placement, Round, Shape, Sheet, Vector, cone
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe

SIZE, FRAMES = (160, 90), 15

SHAPES = {
    "sheet": Sheet(),
    "disc": Sheet(disc=True),
    "box": Box(),
    "ball": Round(),
    "cap": Round(low=0.2),
    "pipe": Round(1, 0, 0),
    "cone": cone(0.9, 0.3),
    "bowl": Round(high=0.0, inside=True),
}

unit = st.floats(0.02, 0.98)


@pytest.fixture(scope="module", autouse=True)
def dim_light() -> Iterator[None]:
    """Fewer rays of light: grainy, and quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(light, "RAYS", 2)
        yield


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> DemoMovie:
    return draw_movie(tmp_path_factory.mktemp("demo"), size=SIZE, frames=FRAMES)


@pytest.fixture(scope="module")
def studio() -> light.Stage:
    return movie._dress("studio", 7, SIZE[0] / movie.FULL_WIDTH)


def take(clip: str) -> movie._Take:
    return movie._take(Path("unused"), clip, FRAMES, SIZE, 7)


def vector(*parts: float) -> Vector:
    x, y, z = (np.array([part], np.float32) for part in parts)
    return x, y, z


@pytest.mark.parametrize("name", SHAPES)
@settings(deadline=None)
@given(u=unit, v=unit, data=st.data())
def test_charts_roll_up_and_lie_flat_again(name: str, u: float, v: float, data: st.DataObject) -> None:
    shape: Shape = SHAPES[name]
    chart = data.draw(st.integers(0, shape.charts - 1))
    point = shape.points(chart, *(np.array([part], np.float32) for part in (u, v)))
    again = shape.unroll(point)
    np.testing.assert_allclose(np.ravel(again), [chart, u, v], atol=2e-4)


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "disc"])
@settings(deadline=None)
@given(u=unit, v=unit, distance=st.floats(0.1, 0.4), data=st.data())
def test_a_ray_straight_at_a_point_meets_it(
    name: str, u: float, v: float, distance: float, data: st.DataObject
) -> None:
    shape: Shape = SHAPES[name]
    chart = data.draw(st.integers(0, shape.charts - 1))
    point = np.stack(shape.points(chart, *(np.array([part], np.float32) for part in (u, v))))
    normal = np.stack(shape.normal((point[0], point[1], point[2])))
    normal = normal / np.linalg.norm(normal)
    start = (point + distance * normal).astype(np.float32)
    t = shape.hit((start[0], start[1], start[2]), (-normal[0], -normal[1], -normal[2]))
    np.testing.assert_allclose(t, distance, atol=2e-3)
    away = shape.hit((start[0], start[1], start[2]), (normal[0], normal[1], normal[2]))
    assert name == "bowl" or away >= FAR


@pytest.mark.parametrize("shape", [Sheet(), Sheet(disc=True, hole=0.5), Box(), Round(), cone(0.5, 1.0)])
def test_a_ray_that_passes_by_meets_nothing(shape: Shape) -> None:
    assert shape.hit(vector(3, 0.3, 3), vector(0, 0, -1)) >= FAR
    assert shape.hit(vector(0, 5, 0), vector(0, 1, 0)) >= FAR


def test_placement_goes_in_and_out() -> None:
    placement = Placement((1, 2, 3), (0.5, 2, 1), turn=30, tilt=-40, roll=75)
    x, y, z = placement.out(placement.into(vector(0.3, -1, 2), point=True))
    np.testing.assert_allclose([x[0], y[0], z[0]], [0.3, -1, 2], atol=1e-5)
    assert np.linalg.norm(placement.normal_out(vector(1, 1, 0))) == pytest.approx(1, abs=1e-5)
    tilted = Placement((0, 0, 0), tilt=90).normal_out(vector(0, 1, 0))
    np.testing.assert_allclose(np.ravel(tilted), [0, 0, 1], atol=1e-6)


def test_what_stands_in_the_light_throws_a_shadow() -> None:
    white = np.ones((8, 8, 3), np.float32)
    floor = light.Thing(Sheet(), Placement((0, 0, 0), (4, 1, 4)), white, texels=(16, 16))
    lamp = light.Light((0, 9, 0), (1, 0, 0), (0, 0, 1), (1, 1, 1), (0.1, 0.1, 0.1), (0.1, 0.1, 0.1))
    board = light.Thing(Sheet(), Placement((0, 1, 0), (1.5, 1, 1.5)), white)
    (empty,), (shaded, _) = (
        light.Stage(things, lamp).lit(np.random.default_rng(0)).things for things in ((floor,), (floor, board))
    )
    assert shaded.paint[3:5, 3:5].max() < 0.35 * empty.paint[3:5, 3:5].min()
    assert shaded.paint[0, 0].min() > 0.85 * empty.paint[0, 0].max()


@pytest.mark.slow
def test_windows_hide_nothing(studio: light.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    pose = take("studio_wide").move[0]
    seen = camera.take_picture(studio, pose, SIZE)
    monkeypatch.setattr(camera._Rays, "window", lambda rays, _: (slice(0, len(rays.up)), slice(0, len(rays.across))))
    plain = replace(studio, things=tuple(replace(thing, gloss=0.0) for thing in studio.things))
    whole = camera.take_picture(plain, pose, SIZE)
    monkeypatch.undo()
    np.testing.assert_array_equal(camera.take_picture(plain, pose, SIZE), whole)
    assert np.abs(seen - whole).mean() > 0  # the gloss


def test_paints_are_of_their_size_and_in_range() -> None:
    brush = Brush(np.random.default_rng(3), 0.5)
    assert brush.size(100, 30) == (50, 15)
    paints = [
        brush.wood((40, 60), 0x5B3216, 0xB5793F, 3),
        brush.gingham((40, 60), 0xA8242B, (4, 6)),
        brush.tiles((40, 60), (0xFFFFFF, 0x808080), (2, 3)),
        brush.terrazzo((40, 60), 0xC0C0C0, (0x101010,)),
        brush.knit((40, 60), 0x2F5D62, (4, 6)),
        brush.peel((40, 60), 0x9E1B1E, 0xD9A13B, dimples=0.1, streaks=0.5),
    ]
    for paint in paints:
        assert paint.shape == (40, 60, 3)
        assert paint.dtype == np.float32
        assert -0.1 < paint.min() < paint.max() < 1.5
        assert paint.std((0, 1)).max() > 0.02


@pytest.mark.parametrize("cast", [*CASTS.values(), *DRIFTS.values()], ids=[*CASTS, *(f"{clip}_end" for clip in DRIFTS)])
@settings(deadline=None)
@given(rgb=st.tuples(unit, unit, unit))
def test_casts_are_undone_exactly(cast: Cast, rgb: tuple[float, float, float]) -> None:
    colors = np.array([rgb])
    np.testing.assert_allclose(cast.undo(cast(colors)), colors, atol=1e-9)


def test_a_cast_becomes_another_evenly() -> None:
    one, other = CASTS["kitchen_wide"], CASTS["studio_close"]
    assert one.towards(other, 0) == one.towards(one, 0.3) == one
    start, middle, end = (np.hstack(astuple(cast)) for cast in (one, one.towards(other, 0.5), other))
    np.testing.assert_allclose(middle, (start + end) / 2, atol=1e-12)


def test_no_cast_is_no_change() -> None:
    colors = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(Cast()(colors), colors, atol=1e-12)
    assert isinstance(Cast(), Transform)


def test_casts_keep_grays_rising() -> None:
    for cast in (*CASTS.values(), *DRIFTS.values()):
        assert np.diff(cast(np.linspace(0, 1, 65)[:, None].repeat(3, 1)), axis=0).min() > 0


@pytest.mark.slow
def test_the_movie_is_written(little: DemoMovie) -> None:
    assert set(little.casts) == set(little.colors) == {clip for clips in little.sets.values() for clip in clips}
    for clip in little.casts:
        media = probe(little.edit.parent / "media" / f"{clip}.mp4")
        assert (media.width, media.height, media.rate, media.frames) == (*SIZE, 24, FRAMES)
        assert media.origin == "container tags"
        assert media.encoding.matrix == "bt709"


@pytest.mark.slow
def test_clips_show_what_was_drawn(little: DemoMovie, studio: light.Stage) -> None:
    media = probe(little.edit.parent / "media" / "studio_medium.mp4")
    drawn = list(movie._frames(studio, take("studio_medium"), []))
    shown = read_frames(media, [0, FRAMES - 1], SIZE[0])
    assert np.abs(shown - [drawn[0], drawn[-1]]).mean() < 0.015
    assert np.abs(drawn[0] - drawn[-1]).mean() > 0.02  # the camera moves


@pytest.mark.slow
def test_casts_clip_next_to_nothing(little: DemoMovie) -> None:
    for clip, cast in (*little.casts.items(), *little.drifts.items()):
        shown = cast(little.colors[clip])
        assert np.mean((shown <= 0) | (shown >= 1)) < 0.01
        assert little.colors[clip].std(0).min() > 0.1


@pytest.mark.slow
def test_the_edit_reads_in_opentimelineio(little: DemoMovie) -> None:
    timeline = otio.adapters.read_from_file(str(little.edit))
    (track,) = timeline.video_tracks()
    clips = list(timeline.find_clips())
    assert [clip.name for clip in clips] == list(movie.ORDER)
    for clip in clips:
        assert (little.edit.parent / clip.media_reference.target_url).is_file()
        assert clip.available_range().duration.value == FRAMES
        assert clip.available_range().contains(clip.source_range)
    (dissolve,) = (item for item in track if isinstance(item, otio.schema.Transition))
    before, _, after = (track[track.index(dissolve) + step] for step in (-1, 0, 1))
    assert before.source_range.end_time_exclusive() + dissolve.out_offset <= otio.opentime.RationalTime(FRAMES, 24)
    assert after.source_range.start_time >= dissolve.in_offset
    assert dissolve.in_offset.value > 0


@pytest.mark.slow
def test_sets_are_intercut(little: DemoMovie) -> None:
    sets = [clip.partition("_")[0] for clip in movie.ORDER]
    assert sum(a != b for a, b in pairwise(sets)) >= 3
    assert {len(clips) for clips in little.sets.values()} == {3}


@pytest.mark.slow
def test_truth_error(little: DemoMovie) -> None:
    untouched = truth_error(little)
    assert untouched > 4
    assert truth_error(little, lambda *_: Identity()) == untouched
    assert truth_error(little, lambda clip, frame: little.cast(clip, frame).undo) < 1e-3
    undone = {clip: baked(cast.undo) for clip, cast in little.casts.items()}
    steady = replace(little, drifts={})
    assert truth_error(steady, lambda clip, _: undone[clip]) < 1
    assert truth_error(little, lambda clip, _: undone[clip]) > truth_error(steady, lambda clip, _: undone[clip])


@pytest.mark.slow
def test_one_clip_drifts(little: DemoMovie) -> None:
    (clip,) = little.drifts
    assert little.measured[0] == 1
    assert little.measured[-1] == FRAMES - 2
    assert drift_error(little, clip) > 2.5
    assert drift_error(little, clip, lambda clip, frame: little.cast(clip, frame).undo) < 1e-3
    assert drift_error(little, "studio_wide") == 0
    frames = read_frames(probe(little.edit.parent / "media" / f"{clip}.mp4"), [0, FRAMES - 1], SIZE[0])
    first, last = (little.cast(clip, frame).undo(shown) for frame, shown in zip((0, FRAMES - 1), frames, strict=True))
    assert abs(first.mean() - last.mean()) < 0.02 < abs(frames[0].mean() - frames[1].mean())


def baked(undo: Transform) -> Transform:
    def clipped(rgb: Colors) -> Colors:
        return np.clip(undo(rgb), 0, 1)

    return Lut3D.bake(clipped, 33)


@pytest.mark.slow
def test_one_movie_per_seed(studio: light.Stage) -> None:
    again, other = (movie._dress("studio", seed, SIZE[0] / movie.FULL_WIDTH) for seed in (7, 8))
    frames = [next(movie._frames(stage, take("studio_close"), [])) for stage in (studio, again, other)]
    np.testing.assert_array_equal(frames[0], frames[1])
    assert np.abs(frames[0] - frames[2]).mean() > 0.01
