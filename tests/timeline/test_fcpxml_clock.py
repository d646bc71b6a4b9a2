"""Time maps and conformed rates of Final Cut: constant speed, backwards, held, ramps, and one rate on another.

Tests: timeline/fcpxml_tracks.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from making.fcpxml import clip, document, read, time_map, uses
from otiograde.record.edit import Edit
from otiograde.timeline.fcpxml_clock import Pane, format_rate


def speeds(edit: Edit) -> list[Fraction]:
    return [shot.speed for shot in sorted(edit.shots, key=lambda shot: shot.record.start)]


def warped(folder: Path, *points: tuple[object, object], start: object = 0, duration: object = 1, **more: str) -> Edit:
    spine = clip("hour", "w", time_map(*points, **more), offset=0, start=start, duration=duration)
    return read(folder, document(spine + clip("n24", "after", offset=duration, duration=1)))


@pytest.mark.parametrize(
    ("points", "start", "source", "speed"),
    [
        (((0, 3600), (2, 3604)), Fraction(1, 2), (24, 48), 2),
        (((0, 3600), (8, 3604)), 1, (12, 12), Fraction(1, 2)),
        (((0, 3604), (4, 3600)), 1, (48, 24), -1),
        (((0, 3604), (2, 3600)), 0, (48, 48), -2),
        (((0, 3602), (1, 3602)), 0, (48, 1), 0),
        (((0, Fraction(86449, 24) + Fraction(1, 90)), (1, Fraction(86449, 24) + Fraction(1, 90))), 0, (49, 1), 0),
        (((10, 3601), (11, 3602)), 10, (24, 24), 1),
        (((0, 3600), (1, 3601), (4, 3604)), 0, (0, 24), 1),
        (((0, 3600), (1, 3602), (3, 3604)), Fraction(3, 2), (60, 24), 1),
    ],
)
def test_speed(
    tmp_path: Path, points: tuple[tuple[int, int], ...], start: Fraction, source: tuple[int, int], speed: Fraction
) -> None:
    edit = warped(tmp_path, *points, start=start)
    assert uses(edit) == [("w", *source, 0, 24), ("after", 0, 24, 24, 24)]
    assert speeds(edit) == [speed, 1]
    assert not any("its mean" in note or "pieces" in note for note in edit.notes)


def test_a_ramp_is_read_at_its_mean_and_said(tmp_path: Path) -> None:
    edit = warped(tmp_path, (0, 3600), (1, 3601), (2, 3604), duration=2, interp="smooth2")
    assert uses(edit)[0] == ("w", 0, 96, 0, 48)
    assert speeds(edit) == [2, 1]
    assert any("mean speed: w" in note for note in edit.notes)


def test_a_hold_inside_a_clip_is_held(tmp_path: Path) -> None:
    edit = warped(tmp_path, (0, 3600), (1, 3601), (2, 3601), (3, 3602), (4, 3601), duration=4)
    assert uses(edit)[:4] == [("w", 0, 24, 0, 24), ("w", 24, 1, 24, 24), ("w", 24, 24, 48, 24), ("w", 24, 24, 72, 24)]
    assert speeds(edit)[:4] == [1, 0, 1, -1]
    assert any("pieces: w" in note for note in edit.notes)


def test_what_is_connected_to_a_retimed_clip_stands_in_its_retimed_time(tmp_path: Path) -> None:
    above = clip("n24", "above", lane="1", offset=Fraction(3, 2), duration=1)
    edit = read(
        tmp_path,
        document(clip("m24", "w", time_map((0, 0), (2, 4)) + above, offset=0, start=1, duration=1)),
    )
    assert uses(edit) == [("w", 48, 48, 0, 24), ("above", 0, 24, 12, 24)]


def conformed(ref: str, rate: str = "", **more: str) -> str:
    words = " ".join(f'{key}="{value}"' for key, value in ({"srcFrameRate": rate} | more).items() if value)
    return clip(ref, ref, f"<conform-rate {words}/>", offset=0, start=1, duration=1)


@pytest.mark.parametrize(
    ("ref", "rate", "timeline", "speed"),
    [
        ("m24", "24", "r25", Fraction(25, 24)),
        ("m25", "25", "r24", Fraction(24, 25)),
        ("m25", "", "r24", Fraction(24, 25)),
        ("m25", "25", "r23", Fraction(24000, 25025)),
        ("m23", "23.98", "r24", Fraction(1001, 1000)),
        ("m23", "23.98", "r25", Fraction(25025, 24000)),
        ("m23", "23.98", "r30", Fraction(1001, 1000)),
        ("m23", "23.98", "r59", Fraction(1001, 1000)),
        ("m24", "24", "r50", Fraction(25, 24)),
        ("m24", "50", "r24", Fraction(24, 25)),
        ("m24", "29.97", "r30", Fraction(1001, 1000)),
        ("m30", "30", "r59", Fraction(1000, 1001)),
        ("m30", "30", "r24", 1),
        ("m24", "24", "r24", 1),
    ],
)
def test_conformed_rates(tmp_path: Path, ref: str, rate: str, timeline: str, speed: Fraction) -> None:
    edit = read(tmp_path, document(conformed(ref, rate), sequence=f'format="{timeline}"'))
    (shot,) = edit.shots
    assert shot.speed == speed
    assert shot.source.start == round(shot.media.rate)
    edit = read(tmp_path, document(conformed(ref, rate, scaleEnabled="0"), sequence=f'format="{timeline}"'))
    assert edit.shots[0].speed == 1


def test_conformed_clips_play_frame_for_frame(tmp_path: Path) -> None:
    above = clip("n24", "above", lane="1", offset=Fraction(30, 25), duration=1)
    spine = conformed("m25", "25").replace("</asset-clip>", f"{above}</asset-clip>")
    edit = read(tmp_path, document(spine))
    assert uses(edit) == [("m25", 25, 24, 0, 24), ("above", 0, 24, 5, 24)]


def test_rates_that_only_a_format_names() -> None:
    names = {
        "FFVideoFormat1080p2398": Fraction(24000, 1001), "FFVideoFormat1080p25": 25, "FFVideoFormat720p5994":
        Fraction(60000, 1001), "FFVideoFormat1080i50": 25, "FFVideoFormat1080i5994": Fraction(30000, 1001),
        "FFVideoFormatDV720x480i5994_16x9": Fraction(30000, 1001), "FFVideoFormatRateUndefined": None, "": None,
    }  # fmt: skip
    for name, rate in names.items():
        assert format_rate(ElementTree.Element("format", name=name)) == rate, name


def test_documents_of_other_rates(tmp_path: Path) -> None:
    for rate, begin in (("r29", "3603.6"), ("r59", "3603.6"), ("r25", "3600"), ("r50", "3600")):
        length = Fraction(edit_rate(rate))
        spine = clip("m24", "a", offset=Fraction(begin), duration=7 / length) + clip(
            "n24", "b", offset=Fraction(begin) + 7 / length, start=1, duration=9 / length)  # fmt: skip
        edit = read(tmp_path, document(spine, sequence=f'format="{rate}" tcStart="{begin}s" tcFormat="DF"'))
        assert edit.rate == length
        assert [(s.record.start, s.record.count) for s in edit.shots] == [(0, 7), (7, 9)]
        assert edit.shots[1].source.start == 24
        assert edit.otio["global_start_time"]["value"] == round(Fraction(begin) * length)


def edit_rate(name: str) -> Fraction:
    from making.fcpxml import RATES

    return 1 / Fraction(RATES[name][:-1])


def test_a_pane_that_plays_backwards_shows_the_later_part_first() -> None:
    pane = Pane(Fraction(10), Fraction(4), Fraction(8), Fraction(-2))
    assert pane.part(Fraction(2), Fraction(4)) == Pane(Fraction(12), Fraction(1), Fraction(4), Fraction(-2))
    assert pane.part(Fraction(8), Fraction(9)) is None
    held = Pane(Fraction(0), Fraction(1), Fraction(3), Fraction(0))
    assert (held.part(Fraction(3), Fraction(4)), held.part(Fraction(2), Fraction(3))) == (held, None)
