"""The log curves against their makers' formulas as colour-science writes them."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.encodings import ENCODINGS, PRIMARIES, WHITES, encoding, encoding_of
from otiograde.color.logs import CURVES, ON_DATA
from otiograde.color.transfer import decode, encode
from otiograde.errors import EncodingError

LIGHT = np.concatenate([np.linspace(-0.02, 0.05, 701), np.geomspace(0.01, 40, 1000)])

#: Our names, and colour-science's of the encoding functions.
ORACLES = {
    "slog3": "log_encoding_SLog3",
    "slog2": "log_encoding_SLog2",
    "logc3": "log_encoding_ARRILogC3",
    "logc4": "log_encoding_ARRILogC4",
    "vlog": "log_encoding_VLog",
    "clog2": "log_encoding_CanonLog2",
    "clog3": "log_encoding_CanonLog3",
    "log3g10": "log_encoding_Log3G10",
    "bmdfilm5": "oetf_BlackmagicFilmGeneration5",
    "davinci": "oetf_DaVinciIntermediate",
    "applelog": "log_encoding_AppleLogProfile",
    "dlog": "log_encoding_DJIDLog",
    "flog": "log_encoding_FLog",
    "flog2": "log_encoding_FLog2",
    "nlog": "log_encoding_NLog",
    "acescct": "log_encoding_ACEScct",
    "linear": "log_encoding_ACEScct",  # the codes that stand for light
}

#: Our names of primaries, and colour-science's.
GAMUTS = {
    "sgamut3": "S-Gamut3",
    "sgamut3cine": "S-Gamut3.Cine",
    "venice": "Venice S-Gamut3",
    "venicecine": "Venice S-Gamut3.Cine",
    "awg3": "ARRI Wide Gamut 3",
    "awg4": "ARRI Wide Gamut 4",
    "vgamut": "V-Gamut",
    "cinemagamut": "Cinema Gamut",
    "redwide": "REDWideGamutRGB",
    "bmdwide5": "Blackmagic Wide Gamut",
    "davinciwide": "DaVinci Wide Gamut",
    "dgamut": "DJI D-Gamut",
    "ap1": "ACEScg",
}


#: The curves on the scale of their makers.
BY_MAKER = [name for name in CURVES if "-" not in name]


@pytest.mark.parametrize("name", BY_MAKER)
def test_the_formula_of_the_maker(colour: ModuleType, name: str) -> None:
    with np.errstate(invalid="ignore", divide="ignore"):  # theirs takes the logarithm everywhere, then chooses
        theirs = getattr(colour.models, ORACLES[name])(LIGHT)
    # The line and the logarithm of V-Log and Canon Log 3 miss each other a little at their joint.
    assert np.abs(encode(LIGHT, name) - theirs).max() < {"vlog": 4e-7, "clog3": 1e-8}.get(name, 1e-14)


@pytest.mark.parametrize("name", BY_MAKER)
@settings(deadline=None)
@given(code=st.floats(-0.2, 1.1))
def test_a_round_trip(name: str, code: float) -> None:
    if name != "applelog" or code > 0:  # Apple Log ends at code 0
        assert encode(decode(code, name), name) == pytest.approx(code, abs=4e-7)


@pytest.mark.parametrize("name", BY_MAKER)
def test_laws(name: str) -> None:
    wide = np.linspace(-0.5, 1.5, 20_001)
    light = decode(wide, name)
    # Apple Log ends at code 0. The pieces of N-Log miss each other by 8e-5 of light.
    rising = np.diff(light) > (-8e-5 if name == "nlog" else 0)
    assert rising.sum() + (name == "applelog") * (wide < 0).sum() >= len(wide) - 1
    assert 0.25 < encode(0.18, name) < 0.5
    huge = np.array([-3e38, -1e-40, 0, 1e-40, 3e38])
    assert np.isfinite(encode(huge, name)).all()
    assert np.isfinite(decode(huge, name)).all()
    assert np.isnan(decode(np.nan, name))
    codes = np.linspace(0, 1, 1024, dtype=np.float32)
    single = decode(codes, name)
    assert single.dtype == encode(single, name).dtype == np.float32
    assert np.abs(single / np.maximum(decode(codes.astype(float), name), 1e-3) - 1)[200:].max() < (
        1e-3 if name == "nlog" else 2e-5
    )
    assert decode(np.zeros((0, 3)), name).shape == (0, 3)


def test_the_tables_are_complete() -> None:
    assert set(ORACLES) == set(BY_MAKER)
    assert set(CURVES) >= ON_DATA
    assert {named.transfer for named in ENCODINGS.values() if named.is_log} == set(BY_MAKER)
    assert {named.primaries for named in ENCODINGS.values()} <= set(PRIMARIES)


@pytest.mark.parametrize("name", GAMUTS)
def test_the_primaries_of_the_maker(colour: ModuleType, name: str) -> None:
    theirs = colour.RGB_COLOURSPACES[GAMUTS[name]]
    assert np.abs(np.array(PRIMARIES[name]) - theirs.primaries).max() < 1e-9
    assert WHITES.get(name, (0.3127, 0.3290)) == pytest.approx(tuple(theirs.whitepoint), abs=1e-9)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("S-Log3/S-Gamut3.Cine", "slog3-cine"),
        ("S-Log3", "slog3"),
        ("Canon Log 2", "clog2"),
        ("V-Log", "vlog"),
        ("ARRI LogC3", "logc3"),
        ("Rec.709", "bt709"),
        ("DaVinci Intermediate", "davinci"),
    ],
)
def test_names_as_people_write_them(spelled: str, name: str) -> None:
    assert encoding(spelled) == ENCODINGS[name]


def test_a_log_encoding_keeps_its_name_in_a_file() -> None:
    in_file = encoding_of("sgamut3cine", "slog3", "bt709", "legal")
    assert (in_file.name, in_file.family) == ("slog3-cine", ENCODINGS["slog3-cine"].family)
    assert encoding_of("sgamut3cine", "slog3", "bt709", "full").name == "slog3-cine-full"


@pytest.mark.parametrize("name", ["", "slog9", "-", "log"])
def test_an_unknown_name(name: str) -> None:
    with pytest.raises(EncodingError, match=r"unknown encoding .*: use one of bt709"):
        encoding(name)


def test_families() -> None:
    families = {name: named.family for name, named in ENCODINGS.items()}
    assert {families[name] for name in families if not (ENCODINGS[name].is_hdr or ENCODINGS[name].is_log)} == {"sdr"}
    assert families["pq"] == families["pq-full"] != families["hlg"]
    assert len({families[name] for name in families if ENCODINGS[name].is_log}) == 21


@pytest.mark.parametrize("name", [name for name in BY_MAKER if name != "linear"])
def test_each_curve_on_the_scale_that_is_not_its_makers(name: str) -> None:
    other = f"{name}-signal" if name in ON_DATA else f"{name}-data"
    assert CURVES[other] is CURVES[name]
    assert (other in ON_DATA) is (name not in ON_DATA)
    assert f"{name}-signal" not in CURVES or f"{name}-data" not in CURVES
