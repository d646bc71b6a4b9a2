"""The lists that are exported are read again: the same frames of the same files, at the same time and speed.

Tests: exporters/lists/edl.py, exporters/lists/edl_source.py
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from making.lists import Shelf, read_list
from making.media import FOLDER, NTSC, media
from making.otio import tree_of
from making.records import begun_at, graded
from making.shots import edit, shot
from otiograde.exporters.lists import edl
from otiograde.record.clock import nearest, nominal
from otiograde.record.edit import Edit

RATES = (Fraction(24000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(48), Fraction(50), 2 * NTSC)

SPEEDS = tuple(map(Fraction, ("1", "1", "2", "1/2", "-1", "-2", "3/2", "1/3", "-5/4", "4", "7/10", "17/20", "0")))

#: Frames before each shot, its length, its first media frame, its speed.
rows = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.integers(1, 400),
        st.integers(0, 20_000),
        st.sampled_from(
            [Fraction(text) for text in ("1", "1", "2", "1/2", "-1", "-2", "3/2", "1/3", "-5/4", "4", "0")]
        ),
    ),
    min_size=1,
    max_size=8,
)


def cut_of(row: list[Any], rate: Fraction, *, drop: bool) -> tuple[Edit, dict[str, Any]]:
    """An edit of one track of shots, and the fields of its media."""
    hour = 3600 * nominal(rate)
    fields = {"rate": rate, "frames": 50_000, "drop_frame": drop}
    medias = {f"A{number}.mov": {**fields, "timecode": hour + 7 * number} for number in range(len(row))}
    shots, at = [], 0
    for number, ((gap, length, first, speed), (name, of)) in enumerate(zip(row, medias.items(), strict=True)):
        at += gap
        count = 1 if speed == 0 else max(1, nearest(length * abs(speed)))
        one = shot(f"s{number}", media(name, **of), (first, count), at=at, count=length, rate=rate, where=(0, number))
        shots.append(replace(one, speed=speed))
        at += length
    return edit(*shots, name="cut", otio=tree_of(shots, FOLDER), rate=rate, length=at), medias


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, st.sampled_from(RATES), st.booleans())
def test_the_same_frames(tmp_path: Path, row: list[Any], rate: Fraction, drop: bool) -> None:
    drop = drop and rate in (NTSC, 2 * NTSC)
    cut, medias = cut_of(row, rate, drop=drop)
    text = edl.export(begun_at(graded(cut), 3600 * nominal(rate)))["edl/V1.edl"].decode("ascii")
    again = read_list(tmp_path, text, medias, Shelf(medias), rate)
    assert [(s.media.path.name, s.source.start, s.source.count, s.record.count, s.name) for s in again.shots] == [
        (s.media.path.name, s.source.start, s.source.count, s.record.count, s.name) for s in cut.shots
    ]
    first = cut.shots[0].record.start
    assert [s.record.start for s in again.shots] == [s.record.start - first for s in cut.shots]
    for one, other in zip(again.shots, cut.shots, strict=True):
        assert [shown_frame(one, number) for number in range(one.record.count)] == [
            shown_frame(other, number) for number in range(one.record.count)
        ]
    assert not [note for note in again.notes if "under the media root" not in note and "speed" not in note]


def shown_frame(one: Any, number: int) -> int:
    """The media frame that a shot shows in one of its record frames, at the rate of the edit."""
    step = int(number * abs(one.speed))
    frame = one.source.end - 1 - step if one.speed < 0 else one.source.start + step
    return int(min(max(frame, one.source.start), one.source.end - 1))


@pytest.mark.parametrize("drop", [False, True])
def test_the_rate_of_a_list_of_ours_is_found(tmp_path: Path, drop: bool) -> None:
    rate = NTSC if drop else Fraction(25)
    cut, medias = cut_of([(0, 17, 2010, Fraction(1)), (5, 23, 5017, Fraction(1))], rate, drop=drop)
    text = edl.export(begun_at(graded(cut), 3600 * nominal(rate)))["edl/V1.edl"].decode("ascii")
    assert read_list(tmp_path, text, medias, Shelf(medias)).rate == rate
