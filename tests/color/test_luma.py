"""One luma: the weights of the standard, in both precisions."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import otiograde
from otiograde.color.encodings import LUMA_WEIGHTS
from otiograde.color.luma import LUMA, LUMA32


def test_weights_are_those_of_bt709() -> None:
    red, blue = LUMA_WEIGHTS["bt709"]
    assert LUMA[[0, 2]].tolist() == [red, blue]
    assert LUMA.sum() == pytest.approx(1, abs=1e-15)
    assert LUMA32.dtype == np.float32
    assert np.array_equal(LUMA32, np.array([0.2126, 0.7152, 0.0722], np.float32))
    with pytest.raises(ValueError, match="read-only"):
        LUMA[0] = 1


def test_no_module_spells_them_again() -> None:
    for path in Path(otiograde.__file__).parent.rglob("*.py"):
        assert path.stem == "luma" or not re.search(r"0?\.7152\b", path.read_text("utf-8")), path
