"""Descriptions of corrections."""

from __future__ import annotations

import pytest

from otiograde.color.cdl import Cdl
from otiograde.color.describing import describe
from otiograde.color.transform import Identity, Transform

NONE = (0.0, 0.0, 0.0)
ONE = (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        (Identity(), ["no change"]),
        (Cdl((1.2, 1.2, 1.2), NONE, ONE, 1.0), ["brighter", "more contrast"]),
        (Cdl(ONE, NONE, (1.3, 1.3, 1.3), 1.0), ["darker"]),
        (Cdl((1.1, 1.0, 0.9), NONE, ONE, 1.0), ["warmer"]),
        (Cdl((0.95, 1.0, 1.05), NONE, ONE, 1.0), ["cooler"]),
        (Cdl((1.0, 0.93, 1.0), NONE, ONE, 1.0), ["magenta"]),
        (Cdl((1.0, 1.07, 1.0), NONE, ONE, 1.0), ["greener"]),
        (Cdl(ONE, NONE, ONE, 0.7), ["29 % less saturated"]),
        (Cdl((0.8,) * 3, (0.1,) * 3, ONE, 1.0), ["20 % less contrast"]),
    ],
)
def test_says_what_it_does(transform: Transform, words: list[str]) -> None:
    text = describe(transform)
    for word in words:
        assert word in text, text


def test_gray_corrections_have_no_cast() -> None:
    text = describe(Cdl((1.1,) * 3, (0.02,) * 3, (0.9,) * 3, 1.0))
    assert not {"warmer", "cooler", "greener", "magenta"} & set(text.replace(",", "").split()), text
