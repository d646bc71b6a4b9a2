"""Lab targets: the order of the six numbers, and one line for whatever no picture has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otiograde.errors import MatchError
from otiograde.record.codec import decode, encode
from otiograde.record.lab_target import KEYS, LabTarget, parse_lab, parse_lab_toml
from otiograde.record.settings import Settings

TARGET = LabTarget((55, 2, 8), (18, 12, 14))
TOML = "l_mean = 55\nl_std = 18.0\na_mean = 2\na_std = 12\nb_mean = 8 # warm\nb_std = 14\n"


def test_the_command_line_has_mean_and_deviation_of_each_channel() -> None:
    assert parse_lab("lab:55,18/2,12/8,14") == parse_lab("lab: 55.0, 18 / +2,12 / 8,14") == TARGET
    assert parse_lab("lab:.5,1/-2,0/-8,.5") == LabTarget((0.5, -2, -8), (1, 0, 0.5))


def test_toml_has_the_same_numbers_by_name() -> None:
    assert parse_lab_toml(TOML) == TARGET
    assert list(KEYS) == [line.split()[0] for line in TOML.splitlines()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lab:", "no Lab target"),
        ("lab:55,18", "no Lab target"),
        ("lab:55,18,2,12,8,14", "no Lab target"),
        ("lab:55,18/2,12/8,14/1,1", "no Lab target"),
        ("lab:55,18/2,12/8", "no Lab target"),
        ("lab:55,18/2,12/8,x", "'x'"),
        ("lab:nan,18/2,12/8,14", "'nan'"),
        ("lab:55,inf/2,12/8,14", "'inf'"),
        ("lab:55,1e2/2,12/8,14", "'1e2'"),
        ("lab:٥٥,18/2,12/8,14", "'٥٥'"),
        ("lab:101,18/2,12/8,14", "from 0 to 100"),
        ("lab:-1,18/2,12/8,14", "from 0 to 100"),
        ("lab:55,0/2,12/8,14", "from 1 to 49.7"),
        ("lab:55,50/2,12/8,14", "from 1 to 49.7"),
        ("lab:55,-3/2,12/8,14", "from 1 to 49.7"),
        ("lab:0,1/2,12/8,14", "all black or all white"),
        ("lab:100,1/2,12/8,14", "all black or all white"),
        ("lab:55,18/130,12/8,14", "from -128 to 127"),
        ("lab:55,18/2,-1/8,14", "a\\*"),
        ("lab:55,18/2,12/8,140", "b\\*"),
    ],
)
def test_what_no_picture_has(text: str, words: str) -> None:
    with pytest.raises(MatchError, match=words) as caught:
        parse_lab(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "l_mean, l_std, a_mean, a_std, b_mean, b_std missing"),
        (TOML.replace("b_std = 14", ""), "^b_std missing"),
        (TOML + "c_mean = 1\n", "unknown key 'c_mean'"),
        (TOML + "l_mean = 1\n", "no TOML"),
        ("[lab]\n" + TOML, "unknown key 'lab'"),
        (TOML.replace("55", "true"), "l_mean is no number"),
        (TOML.replace("55", "'55'"), "l_mean is no number"),
        (TOML.replace("55", "nan"), "l_mean is no number"),
        (TOML.replace("55", "9" * 400), "l_mean is no number"),
        (TOML.replace("55", "9" * 5000), "no TOML"),
        (TOML.replace("55", "[" * 3000), "no TOML"),
        (TOML.replace("55", "120"), "from 0 to 100"),
        ("\0", "no TOML"),
    ],
)
def test_what_toml_may_not_say(text: str, words: str) -> None:
    with pytest.raises(MatchError, match=words) as caught:
        parse_lab_toml(text)
    assert "\n" not in str(caught.value)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=200))
def test_the_lightness_of_every_picture_is_accepted(values: list[float]) -> None:
    lightness = 100 * np.array(values)
    mean, std = float(lightness.mean()), float(lightness.std())
    if std >= 1.001:
        assert LabTarget((mean, 0, 0), (std * (1 - 1e-9), 0, 0))


def test_a_record_holds_it_and_is_as_before_without() -> None:
    assert "look_lab" not in encode(Settings())
    settings = Settings(look_lab=TARGET)
    assert decode(Settings, encode(settings)) == settings
    with pytest.raises(MatchError, match="from 0 to 100"):
        decode(LabTarget, {"mean": [101, 0, 0], "std": [9, 0, 0]})
