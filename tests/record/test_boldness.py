"""Boldness: 0 takes nothing that is not proven, the usual changes no number, 1 takes all."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from otiograde.record.boldness import USUAL, applied_share, restraint

shares = st.floats(0, 1)


@given(shares)
def test_the_ends_and_the_usual(belief: float) -> None:
    assert applied_share(belief, 0.0) == 0
    assert applied_share(belief, USUAL) == belief
    assert applied_share(belief, 1.0) == 1


@given(shares, shares, shares)
def test_bolder_is_more_and_belief_is_more(belief: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= applied_share(belief, low) <= applied_share(belief, high) + 1e-12 <= 1 + 1e-9
    assert applied_share(low, belief) <= applied_share(high, belief) + 1e-12


def test_arrays_are_as_their_numbers() -> None:
    belief = np.array([0.0, 0.3, 1.0])
    assert applied_share(belief, 0.7).tolist() == [applied_share(value, 0.7) for value in belief.tolist()]
    assert applied_share(belief, USUAL).tobytes() == belief.tobytes()


def test_limits_on_proven_corrections_fall_above_the_usual() -> None:
    assert [restraint(boldness) for boldness in (0.0, USUAL, 0.75, 1.0)] == [1, 1, 0.5, 0]
