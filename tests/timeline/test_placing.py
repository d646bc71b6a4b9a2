"""When a shot is visible and which media frames it shows: nesting, trims, speed, rates, timecodes.

Tests: timeline/shots.py, timeline/tree.py, timeline/view.py
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.media import Inventor
from making.otio import (
    NTSC30,
    Item,
    clip,
    external,
    frames,
    gap,
    item,
    lasting,
    read,
    speed,
    stack,
    timeline,
    track,
    transition,
)
from otiograde.errors import TimelineError
from otiograde.timeline import Reading, read_edit


def test_clips_gaps_and_transitions_of_a_track(tmp_path: Path) -> None:
    row = track(
        clip("a", lasting(10, 20)), gap(5), clip("b", lasting(0, 30)), transition(3, 4), clip("b", lasting(50, 10))
    )
    edit = read(tmp_path, timeline(row))
    assert frames(edit) == [("a", 10, 20, 0, 20), ("b", 0, 30, 25, 30), ("b-2", 50, 10, 55, 10)]
    assert [(s.what, s.start, s.count, s.track) for s in edit.skips] == [("gap", 20, 5, 0)]
    assert [(join.cut, join.before, join.after) for join in edit.joins] == [(55, 3, 4)]
    assert edit.lost == ()
    assert [shot.where for shot in edit.shots] == [(0, 0), (0, 2), (0, 4)]
    assert edit.rate == 24


def test_transitions_that_cannot_be_seen_are_skips(tmp_path: Path) -> None:
    inner = track(clip("a", lasting(0, 30)), transition(3, 4), clip("b", lasting(50, 30)))
    outside = stack(inner, source_range=lasting(0, 20))
    backwards = stack(inner, effects=[speed(-1)])
    edit = read(tmp_path, timeline(track(outside, backwards)))
    assert not edit.joins
    assert [skip.why for skip in edit.lost if skip.what == "transition"] == [
        "SMPTE_Dissolve is trimmed away by what holds it",
        "SMPTE_Dissolve is a cut, as what holds it does not run forwards",
    ]


def test_tracks_count_from_the_bottom_without_audio(tmp_path: Path) -> None:
    edit = read(
        tmp_path,
        timeline(
            track(clip("sound", lasting(0, 10)), kind="Audio"),
            track(clip("low", lasting(0, 10))),
            track(clip("data", lasting(0, 10)), kind="Data"),
            track(gap(4), clip("high", lasting(0, 10))),
        ),
    )
    assert [(s.id, s.track, s.where, s.record.start) for s in edit.shots] == [
        ("low", 0, (1, 0), 0),
        ("high", 1, (3, 1), 4),
    ]
    assert [(skip.what, skip.why) for skip in edit.skips if skip.what != "gap"] == [
        ("track", "its kind is 'Data', not Video")
    ]


def test_a_nested_stack_is_placed_and_trimmed(tmp_path: Path) -> None:
    inner = stack(
        track(clip("a", lasting(0, 10)), clip("b", lasting(40, 10)), clip("c", lasting(60, 10))),
        track(gap(8), clip("d", lasting(0, 40))),
        source_range=lasting(5, 12),
    )
    edit = read(tmp_path, timeline(track(clip("first", lasting(0, 7)), inner)))
    assert frames(edit) == [
        ("first", 0, 7, 0, 7),
        ("a", 5, 5, 7, 5),
        ("b", 40, 7, 12, 7),
        ("d", 0, 9, 10, 9),
    ]
    assert edit.shots[3].where == (0, 1, 1, 1)
    assert [(s.what, s.name) for s in edit.skips] == [("hidden", "c"), ("gap", "gap")]


def test_speed_multiplies_through_nesting(tmp_path: Path) -> None:
    inner = stack(
        track(clip("a", lasting(10, 20), effects=[speed(2)])), source_range=lasting(0, 8), effects=[speed(0.5)]
    )
    (shot,) = read(tmp_path, timeline(track(inner))).shots
    assert (shot.speed, shot.record.count) == (1, 8)
    assert (shot.source.start, shot.source.count) == (10, 8)


@pytest.mark.parametrize(
    ("scalar", "start", "count"),
    [(1.0, 10, 20), (2.0, 10, 40), (0.5, 10, 10), (0.0, 10, 1), (-1.0, 10, 20), (-2.0, 10, 40), (0.04, 10, 1)],
)
def test_speed_shows_what_is_really_seen(tmp_path: Path, scalar: float, start: int, count: int) -> None:
    edit = read(tmp_path, timeline(track(clip("a", lasting(10, 20), effects=[speed(scalar)]))))
    (shot,) = edit.shots
    assert (shot.source.start, shot.source.count, shot.record.count) == (start, count, 20)
    assert shot.speed == Fraction(scalar).limit_denominator(1000)
    assert bool(edit.notes) == (scalar != 1)


def test_reverse_inside_a_trimmed_stack_shows_the_end_first(tmp_path: Path) -> None:
    inner = stack(track(clip("a", lasting(10, 20), effects=[speed(-1)])), source_range=lasting(0, 5))
    (shot,) = read(tmp_path, timeline(track(inner))).shots
    assert (shot.source.start, shot.source.count) == (25, 5)


def test_reversed_stack_plays_its_last_clip_first(tmp_path: Path) -> None:
    inner = stack(track(clip("a", lasting(0, 10)), clip("b", lasting(50, 10))), effects=[speed(-1)])
    edit = read(tmp_path, timeline(track(inner)))
    assert frames(edit) == [("a", 0, 10, 10, 10), ("b", 50, 10, 0, 10)]
    assert {shot.speed for shot in edit.shots} == {Fraction(-1)}


def test_a_frozen_stack_holds_one_frame(tmp_path: Path) -> None:
    freeze = item("FreezeFrame.1", effect_name="FreezeFrame", time_scalar=0.0)
    inner = stack(
        track(clip("a", lasting(0, 10)), clip("b", lasting(50, 10))), source_range=lasting(12, 30), effects=[freeze]
    )
    edit = read(tmp_path, timeline(track(inner)))
    assert frames(edit) == [("b", 52, 1, 0, 30)]
    assert edit.shots[0].speed == 0


def test_effects_that_are_off_or_unknown(tmp_path: Path) -> None:
    off = {**speed(3), "enabled": False}
    odd = item("TimeEffect.1", effect_name="AvidCurve")
    edit = read(tmp_path, timeline(track(clip("a", lasting(10, 20), effects=[off, odd]))))
    assert (edit.shots[0].speed, edit.shots[0].source.count) == (1, 20)
    assert edit.notes == ("speed effect not understood, read as normal speed: a",)


def test_rates_are_mapped_through_time(tmp_path: Path) -> None:
    media = external("a.mp4", lasting(0, 100, 24))
    edit = read(tmp_path, timeline(track(clip("a", lasting(25, 50, 25), media), gap(25, 25))))
    assert edit.rate == 25
    assert frames(edit) == [("a", 24, 48, 0, 50)]


@pytest.mark.parametrize("available", [86400, 0])
def test_media_that_begin_at_a_time_code(tmp_path: Path, available: int) -> None:
    media = external("a.mp4", lasting(available, 100))
    edit = read(tmp_path, timeline(track(clip("a", lasting(available + 10, 20), media), clip("b", None, media))))
    assert frames(edit) == [("a", 10, 20, 0, 20), ("b", 0, 100, 20, 100)]


@pytest.mark.parametrize(
    ("source_range", "timecode", "media_rate", "first"),
    [
        (lasting(86410, 20), 86400, Fraction(24), 10),
        (lasting(108030, 20, 30), 108000, Fraction(30000, 1001), 30),
        (lasting(107892 + 30, 20, NTSC30), 107892, Fraction(30000, 1001), 30),
        (lasting(90025, 20, 25), 86400, Fraction(24), 24),
        (lasting(10, 20), 86400, Fraction(24), 10),
    ],
)
def test_media_time_code_without_a_range_in_the_edit(
    tmp_path: Path, source_range: Item, timecode: int, media_rate: Fraction, first: int
) -> None:
    probe = Inventor(timecode=timecode, rate=media_rate)
    (shot,) = read(tmp_path, timeline(track(clip("a", source_range, external("a.mp4")))), probe).shots
    assert shot.source.start == first


def test_an_edit_that_forgets_the_time_code_in_its_range(tmp_path: Path) -> None:
    media = external("a.mp4", lasting(0, 100))
    (shot,) = read(tmp_path, timeline(track(clip("a", lasting(86410, 20), media))), Inventor(timecode=86400)).shots
    assert (shot.source.start, shot.source.count) == (10, 20)


def test_a_clip_without_any_range_is_the_whole_media(tmp_path: Path) -> None:
    edit = read(tmp_path, timeline(track(clip("a", None, external("a.mp4")), clip("b", lasting(0, 5)))))
    assert frames(edit) == [("a", 0, 100, 0, 100), ("b", 0, 5, 100, 5)]


def test_ranges_partly_and_wholly_outside_the_media(tmp_path: Path) -> None:
    edit = read(
        tmp_path,
        timeline(track(clip("a", lasting(90, 20)), clip("b", lasting(-5, 20)), clip("c", lasting(100, 5)))),
    )
    assert frames(edit) == [("a", 90, 10, 0, 20), ("b", 0, 15, 20, 20)]
    (skip,) = edit.skips
    assert (skip.what, skip.name, skip.start, skip.count) == ("bad range", "c", 40, 5)
    assert skip.why == "it shows frames 100 to 104 of media that has frames 0 to 99"
    assert edit.notes == ("range reaches outside the media, what exists is used: a, b",)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (lasting(0, 20, 0), "a rate of 0"),
        (lasting(0, math.nan), "a time of nan"),
        (lasting(math.nan, 10), "a time of nan"),
        (lasting(0, math.inf), "a time of inf"),
        (lasting(0, -3), "a negative duration"),
        (lasting(0, 0), "a duration of zero"),
        (lasting(0, 1e30), "a time of 1e+30 frames"),
    ],
)
def test_bad_ranges_are_skips(tmp_path: Path, bad: Item, why: str) -> None:
    edit = read(tmp_path, timeline(track(clip("bad", bad), clip("good", lasting(0, 10)))))
    assert frames(edit) == [("good", 0, 10, 0, 10)]
    assert [(skip.what, skip.name, skip.why) for skip in edit.skips] == [("bad range", "bad", f"its range has {why}")]


def test_bad_available_range_is_no_matter_when_the_clip_has_its_own(tmp_path: Path) -> None:
    media = external("a.mp4", lasting(0, math.nan))
    assert frames(read(tmp_path, timeline(track(clip("a", lasting(3, 4), media))))) == [("a", 3, 4, 0, 4)]


def test_disabled_things_are_named_once(tmp_path: Path) -> None:
    off = track(clip("x", lasting(0, 5)), clip("y", lasting(0, 5)), enabled=False)
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 5), enabled=False), clip("b", lasting(0, 5))), off))
    assert [shot.id for shot in edit.shots] == ["b"]
    assert [(s.what, s.name, s.start, s.count) for s in edit.skips] == [
        ("disabled", "a", 0, 5),
        ("disabled", "track", 0, 10),
    ]


def test_the_top_stack_may_be_trimmed_and_hold_clips(tmp_path: Path) -> None:
    whole = timeline(track(clip("a", lasting(0, 10)), clip("b", lasting(0, 10))), clip("over", lasting(50, 20)))
    whole["tracks"]["source_range"] = lasting(4, 10)
    edit = read(tmp_path, whole)
    assert frames(edit) == [("a", 4, 6, 0, 6), ("b", 0, 4, 6, 4), ("over", 54, 10, 0, 10)]
    assert edit.shots[2].where == (1,)


def test_start_time_names_the_rate_but_does_not_move_the_record(tmp_path: Path) -> None:
    whole = timeline(
        track(clip("a", lasting(0, 24, 24))), global_start_time={**lasting(0, 1, 25)["start_time"], "value": 90000}
    )
    edit = read(tmp_path, whole)
    assert edit.rate == 25
    assert frames(edit) == [("a", 0, 24, 0, 25)]


def test_nesting_has_a_floor(tmp_path: Path) -> None:
    def nested(depth: int) -> Item:
        inner: Item = clip("a", lasting(0, 10))
        for _ in range(depth):
            inner = stack(inner)
        return timeline(track(inner))

    assert len(read(tmp_path, nested(50)).shots) == 1
    for depth in (80, 300):
        with pytest.raises(TimelineError, match="nested"):
            read(tmp_path, nested(depth))
    for deep in ("[" * 200_000 + "]" * 200_000, '{"OTIO_SCHEMA":"Stack.1","children":[' * 100_000 + "]}" * 100_000):
        (tmp_path / "edit.otio").write_text(deep)
        with pytest.raises(TimelineError, match="nested too deeply"):
            read_edit(tmp_path / "edit.otio", Reading(), Inventor())


lengths = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 40), st.sampled_from([24, 25, 30, 29.97, 48])), min_size=1, max_size=8
)


@given(lengths, st.sampled_from([24, 25, 29.97]))
@settings(deadline=None, max_examples=60)
def test_a_track_is_covered_without_holes(
    tmp_path_factory: pytest.TempPathFactory, row: list[tuple[int, int, float]], rate: float
) -> None:
    media = external("a.mp4")
    clips = [clip("a", lasting(start, length, media_rate), media) for start, length, media_rate in row]
    whole = timeline(track(*clips), global_start_time={**lasting(0, 1, rate)["start_time"]})
    edit = read(tmp_path_factory.mktemp("law"), whole, Inventor(frames=10_000))
    ranges = sorted([(s.record.start, s.record.count) for s in edit.shots] + [(s.start, s.count) for s in edit.skips])
    assert ranges[0][0] == 0
    assert all(start + count == after for (start, count), (after, _) in pairwise(ranges))
    for shot in edit.shots:
        assert shot.source.count >= 1
        assert abs(Fraction(shot.source.count) / 24 - Fraction(shot.record.count) / edit.rate) < Fraction(1, 10)
    assert len({shot.id.casefold() for shot in edit.shots}) == len(edit.shots)
    assert json.loads(json.dumps(edit.otio)) == edit.otio
