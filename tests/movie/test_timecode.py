"""Time code: every label of a day once and in order, drop-frame against the table of the standard."""

from __future__ import annotations

from fractions import Fraction

import pytest

from otiograde.movie.timecode import can_drop, timecode

NTSC, DOUBLE, FILM = Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("frame", "rate", "drop", "label"),
    [
        (0, Fraction(24), False, "00:00:00:00"),
        (86399, Fraction(24), False, "00:59:59:23"),
        (86400, FILM, False, "01:00:00:00"),
        (90000, Fraction(25), False, "01:00:00:00"),
        (1799, NTSC, True, "00:00:59;29"),
        (1800, NTSC, True, "00:01:00;02"),
        (17982, NTSC, True, "00:10:00;00"),
        (107892, NTSC, True, "01:00:00;00"),
        (3600, DOUBLE, True, "00:01:00;04"),
        (1800, NTSC, False, "00:01:00:00"),
        (1800, Fraction(30), True, "00:01:00:00"),
        (24 * 86400, Fraction(24), False, "00:00:00:00"),
        (24 * 107892, NTSC, True, "00:00:00;00"),
    ],
)
def test_labels(frame: int, rate: Fraction, drop: bool, label: str) -> None:
    assert timecode(frame, rate, drop=drop) == label


def test_drop_frame_is_for_two_rates() -> None:
    assert [can_drop(rate) for rate in (NTSC, DOUBLE, FILM, Fraction(30), Fraction(60))] == [True, True, *[False] * 3]


@pytest.mark.parametrize("rate", [NTSC, DOUBLE])
def test_dropped_labels_leave_out_and_repeat_nothing(rate: Fraction) -> None:
    """Against the standard's rule: the first labels of each minute are not used, but for every tenth minute."""
    base = round(rate)
    allowed = (
        f"00:{minute:02}:{second:02};{frame:02}"
        for minute in range(12)
        for second in range(60)
        for frame in range(base)
        if second or frame >= base // 15 or minute % 10 == 0
    )
    for number, label in enumerate(allowed):
        assert timecode(number, rate, drop=True) == label
