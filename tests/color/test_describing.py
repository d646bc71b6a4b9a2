"""Descriptions of corrections."""

from __future__ import annotations

import re

import numpy as np
import pytest

from otiograde.color.cdl import Cdl
from otiograde.color.describing import describe
from otiograde.color.encodings import ENCODINGS, encoding
from otiograde.color.transfer import decode, encode
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.color.views import from_light, to_light

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


def stops_in(words: str) -> float:
    """The stops that words name, negative for darker."""
    found = re.search(r"([\d.]+) stop (brighter|darker)", words)
    return 0.0 if found is None else float(found[1]) * (1 if found[2] == "brighter" else -1)


@pytest.mark.parametrize("name", sorted(ENCODINGS))
@pytest.mark.parametrize("stops", [-1.5, -0.48, -0.1, 0.2, 0.48, 1.0, 1.5])
def test_exposure_is_that_of_the_scene_in_every_encoding(name: str, stops: float) -> None:
    """Words have one decimal, so 0.48 is at most 0.05 off."""
    named = ENCODINGS[name]

    def exposed(codes: Colors) -> Colors:
        if named.family == "sdr":
            return np.asarray(encode(decode(codes, named.transfer) * 2**stops, named.transfer))
        return from_light(to_light(codes, named) * 2**stops, named)

    assert stops_in(describe(exposed, named)) == pytest.approx(stops, abs=0.0501)


def test_a_curve_of_cameras_is_not_taken_for_light() -> None:
    """Half a stop in the scene is more on the display, and that is what codes without an encoding are read as."""
    bt709 = encoding("bt709")
    exposed = lambda codes: encode(decode(codes, "bt709") * 2**0.5, "bt709")  # noqa: E731
    assert (stops_in(describe(exposed, bt709)), stops_in(describe(exposed))) == (0.5, 0.6)
