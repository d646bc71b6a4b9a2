"""The cut: what shortens a dissolve, and what is said of it.

Tests: movie/lanes.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from otiograde.color.encodings import encoding
from otiograde.color.transform import Identity
from otiograde.movie.cut import Cut, Dissolve, handles
from otiograde.movie.lanes import lanes
from otiograde.record.edit import Edit, Join
from otiograde.record.grade import Grade
from otiograde.record.shot import FrameRange, Media, Shot

R = Fraction(25)


def shot(where: tuple[int, ...], record: tuple[int, int], **changes: Any) -> Shot:
    """A shot with ``head`` and ``tail`` media frames to spare, 50 if nothing is said."""
    rate, speed = changes.get("rate", R), Fraction(changes.get("speed", 1))
    head, tail = changes.get("head", 50), changes.get("tail", 50)
    count = max(1, round(record[1] * abs(speed) * rate / R))
    media = Media(Path("/film/a.mov"), "video", 1920, 1080, rate, head + count + tail, "yuv420p", 8,
                  encoding("bt709"), "assumption")  # fmt: skip
    name = "-".join(map(str, where))
    return Shot(name, name, media, FrameRange(head, count, rate), FrameRange(*record, R), where[0], where, speed)


def cut_of(shots: list[Shot], *joins: tuple[tuple[int, ...], int, int, int]) -> Cut:
    made = tuple(Join("SMPTE_Dissolve", *each) for each in joins)
    return Cut.of(Edit("film", {}, R, tuple(shots), (), joins=made))


def test_handles_are_counted_as_frames_are_shown() -> None:
    """One frame of 60 fps media at half speed lasts less than a frame of 25 fps, and is seen in one."""
    assert handles(shot((0, 0), (0, 10), rate=Fraction(60), speed="1/2", head=1, tail=1), R) == (0, 1)
    assert handles(shot((0, 0), (0, 10), rate=Fraction(60), speed="-1/2", head=2, tail=1), R) == (0, 2)
    assert handles(shot((0, 0), (0, 10), speed=2, head=5, tail=5), R) == (2, 3)
    assert min(handles(shot((0, 0), (0, 10), speed=0, head=0, tail=0), R)) > 10**6


def test_short_handles() -> None:
    cut = cut_of([shot((0, 0), (0, 10), tail=2), shot((0, 2), (10, 10), head=3)], ((0, 1), 10, 5, 5))
    assert cut.dissolves == (Dissolve((0, 1), 10, 3, 2),)
    assert cut.notes == ("dissolve at frame 10: 5 frames instead of 10, the media beside it has no longer handles",)


def test_dissolves_of_one_track_do_not_overlap() -> None:
    shots = [shot((0, 0), (0, 10)), shot((0, 2), (10, 6)), shot((0, 4), (16, 10))]
    cut = cut_of(shots, ((0, 1), 10, 4, 4), ((0, 3), 16, 5, 5))
    assert [(each.start, each.end) for each in cut.dissolves] == [(6, 14), (14, 21)]
    assert cut.notes == ("dissolve at frame 16: 7 frames instead of 10, there is no more room beside it",)


def test_a_fade_ends_with_the_gap_it_leads_to() -> None:
    shots = [shot((0, 0), (0, 10)), shot((0, 3), (14, 10))]
    cut = cut_of(shots, ((0, 1), 10, 2, 6))
    assert [(each.start, each.end) for each in cut.dissolves] == [(8, 14)]
    cut = cut_of([shots[0], shot((0, 4), (14, 10))], ((0, 1), 10, 2, 3), ((0, 3), 14, 9, 2))
    assert [(each.start, each.end) for each in cut.dissolves] == [(8, 13), (13, 16)]


def test_what_dissolves_stays_on_one_lane() -> None:
    """Two tracks nested in one: their shots are told apart by what they turn into."""
    shots = [
        shot((0, 0, 0, 0), (0, 4)), shot((0, 0, 0, 1), (5, 5)),
        shot((0, 0, 1, 0), (0, 4)), shot((0, 0, 1, 2), (4, 6)),
    ]  # fmt: skip
    cut = cut_of(shots, ((0, 0, 1, 1), 4, 2, 2))
    laid = lanes(cut, [Grade(each.id, "s", Identity()) for each in shots])
    assert [[placed.shot.id for placed in lane.shots] for lane in laid] == [
        ["0-0-0-0", "0-0-0-1"],
        ["0-0-1-0", "0-0-1-2"],
    ]
    assert laid[1].shots[0].dissolve_out == laid[1].shots[1].dissolve_in == cut.dissolves[0]


def test_a_nest_dissolves_in_the_movie_and_is_cut_in_projects() -> None:
    shots = [shot((0, 0), (0, 10)), shot((0, 2, 0, 0), (10, 10))]
    cut = cut_of(shots, ((0, 1), 10, 4, 4))
    assert cut.dissolves == (Dissolve((0, 1), 10, 0, 4),)
    (lane,) = lanes(cut, [Grade(each.id, "s", Identity()) for each in shots])
    assert not any(placed.dissolve_in.length or placed.dissolve_out.length for placed in lane.shots)
