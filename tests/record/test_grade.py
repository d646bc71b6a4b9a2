"""A grade: balance by its amount, then the look, then the trim; baked once."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.cdl import Cdl
from otiograde.color.transform import Chain, Identity, Mix
from otiograde.record.grade import Grade

DARKER = Cdl((0.5, 0.5, 0.5), (0.0,) * 3, (1.0,) * 3, 1.0)
LIFTED = Cdl((1.0,) * 3, (0.1,) * 3, (1.0,) * 3, 1.0)
SOFTER = Cdl((1.0,) * 3, (0.0,) * 3, (0.9,) * 3, 1.0)


@pytest.mark.parametrize(
    ("share", "strength", "balance"),
    [(1.0, 1.0, DARKER), (0.5, 1.0, Mix(DARKER, 0.5)), (0.5, 0.5, Mix(DARKER, 0.25)), (1.0, 0.0, Identity())],
)
def test_share_and_strength_scale_the_balance_alone(share: float, strength: float, balance: object) -> None:
    grade = Grade("a", "s", DARKER, share=share, strength=strength)
    assert (grade.amount, grade.transform) == (share * strength, balance)
    looked = Grade("a", "s", DARKER, look=LIFTED, share=share, strength=strength, trim=SOFTER)
    rest = (LIFTED, SOFTER)
    assert looked.transform == Chain(rest if isinstance(balance, Identity) else (balance, *rest))  # type: ignore[arg-type]
    assert looked.bare == grade


def test_no_grade_is_identity() -> None:
    assert Grade("a", "s").transform == Identity()
    assert Grade("a", "s").lut(5).is_identity


def test_a_lut_is_baked_once_and_bears_the_name_of_its_shot() -> None:
    grade = Grade("a", "s", DARKER)
    lut = grade.lut(5)
    assert lut is Grade("a", "elsewhere", DARKER).lut(5)
    assert (lut.title, lut.size) == ("a", 5)
    np.testing.assert_allclose(lut.lattice, np.clip(DARKER(np.clip(lut.lattice * 2, 0, 1)), 0, 1), atol=1e-6)
    assert grade.lut(9) is not lut
