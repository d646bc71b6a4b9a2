from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.encodings import TRANSFERS
from otiograde.color.logs import CURVES
from otiograde.color.transfer import ALPHA, BETA, bt709_encode, decode, encode, hlg_ootf
from otiograde.errors import EncodingError

CODES = np.linspace(0, 1, 4097)
DISTINCT = ["bt709", "iec61966-2-1", "smpte2084", "arib-std-b67"]
#: The transfer functions of video. Those of cameras are tested in ``test_logs.py``.
VIDEO = [name for name in TRANSFERS if name not in CURVES]


def test_bt709(colour: ModuleType) -> None:
    """The unrounded constants join without step or kink; the rounded ones are 3e-4 (1/13 of an 8-bit code) off."""
    assert abs(ALPHA * BETA**0.45 - (ALPHA - 1) - 4.5 * BETA) < 1e-14
    assert abs(0.45 * ALPHA * BETA ** (0.45 - 1) - 4.5) < 1e-12
    assert (round(ALPHA, 3), round(BETA, 3)) == (1.099, 0.018)
    exact = colour.utilities.Structure(alpha=lambda _: ALPHA, beta=lambda _: BETA)
    assert np.abs(encode(CODES, "bt709") - colour.models.oetf_BT2020(CODES, constants=exact)).max() < 1e-14
    # Its inverse branches at the rounded joint.
    assert np.abs(decode(CODES, "bt709") - colour.models.oetf_inverse_BT2020(CODES, constants=exact)).max() < 1e-8
    assert np.abs(encode(CODES, "bt709") - colour.models.oetf_BT709(CODES)).max() < 3e-4
    assert np.abs(encode(CODES, "smpte170m") - colour.models.oetf_BT601(CODES)).max() < 3e-4
    assert np.abs(encode(CODES, "bt2020-12") - colour.models.oetf_BT2020(CODES, is_12_bits_system=True)).max() < 3e-5
    for name in ("smpte170m", "bt2020-10", "bt2020-12"):
        assert np.array_equal(encode(CODES, name), bt709_encode(CODES))


def test_srgb(colour: ModuleType) -> None:
    assert np.abs(encode(CODES, "iec61966-2-1") - colour.models.eotf_inverse_sRGB(CODES)).max() < 1e-14
    assert np.abs(decode(CODES, "iec61966-2-1") - colour.models.eotf_sRGB(CODES)).max() < 1e-14


def test_pq(colour: ModuleType) -> None:
    light = np.geomspace(1e-6, 1, 1000)
    assert np.abs(encode(light, "smpte2084") - colour.models.eotf_inverse_ST2084(light * 10000)).max() < 1e-13
    assert np.abs(decode(CODES, "smpte2084") * 10000 - colour.models.eotf_ST2084(CODES)).max() < 1e-8
    # BT.2408-7, table 1: HDR reference white 203 cd/m2 at 58 % of the signal.
    assert encode(0.0203, "smpte2084") == pytest.approx(0.58, abs=1e-3)
    assert encode(np.float64(0), "smpte2084") == 0


def test_hlg(colour: ModuleType) -> None:
    with np.errstate(invalid="ignore"):  # theirs takes the logarithm everywhere, then chooses
        theirs = colour.models.oetf_BT2100_HLG(CODES)
    assert np.abs(encode(CODES, "arib-std-b67") - theirs).max() < 1e-14
    assert np.abs(decode(CODES, "arib-std-b67") - colour.models.oetf_inverse_BT2100_HLG(CODES)).max() < 1e-14
    # BT.2408-7, table 1: 203 cd/m2 on a display of 1000 cd/m2 at 75 % of the signal.
    assert hlg_ootf(decode(np.full(3, 0.75), "arib-std-b67"))[0] == pytest.approx(203, abs=0.5)


@pytest.mark.parametrize("peak", [400, 1000, 2000])
def test_hlg_ootf(colour: ModuleType, peak: float) -> None:
    scene = np.random.default_rng(0).random((100, 3))
    theirs = colour.models.ootf_BT2100_HLG(scene, L_B=0, L_W=peak, method="ITU-R BT.2100-2")
    assert np.abs(hlg_ootf(scene, peak) / theirs - 1).max() < 1e-6
    assert hlg_ootf(np.zeros(3), peak).tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", VIDEO)
@settings(deadline=None)
@given(code=st.floats(-1.25, 1.25))
def test_round_trip(name: str, code: float) -> None:
    # What PQ gives to no light at all, 7.3e-7, is 0 here; the pieces of IEC 61966-2-1 miss each other by 3e-8.
    assert encode(decode(code, name), name) == pytest.approx(code, abs=8e-7 if name == "smpte2084" else 4e-8)
    assert decode(-code, name) == -decode(code, name)


@pytest.mark.parametrize("name", VIDEO)
def test_laws(name: str) -> None:
    assert decode([0, 1], name) == pytest.approx([0, 1], abs=1e-7)
    assert encode([0, 1], name) == pytest.approx([0, 1], abs=1e-7)
    wide = np.linspace(-2, 2, 100_001)
    steps = np.diff(decode(wide, name))
    # PQ is held above code 1.5; IEC 61966-2-1's pieces miss each other by 3e-8.
    assert (steps > 0).sum() + (wide[1:] > 1.5).sum() + (wide[:-1] < -1.5).sum() >= len(steps)
    assert steps.min() >= 0
    huge = np.array([-np.inf, -3e38, -1e-40, 0, 1e-40, 3e38, np.inf])
    assert not np.isnan(encode(huge, name)[1:-1]).any()
    assert not np.isnan(decode(huge[2:-2], name)).any()
    single = decode(CODES.astype(np.float32), name)
    assert single.dtype == np.float32
    assert encode(single, name).dtype == np.float32
    assert np.abs(single - decode(CODES.astype(np.float32).astype(float), name)).max() < 1e-6
    assert encode(np.arange(2), name).dtype == np.float64
    assert decode(np.zeros((0, 3)), name).shape == (0, 3)


def test_unknown() -> None:
    for function in (decode, encode):
        with pytest.raises(EncodingError, match="unknown transfer 'gamma22': use one of bt709"):
            function(0.5, "gamma22")


def test_table_is_complete() -> None:
    for name in VIDEO:
        assert decode(0.5, name) < 0.5
    assert {float(decode(0.5, name)) for name in VIDEO} == {float(decode(0.5, name)) for name in DISTINCT}
