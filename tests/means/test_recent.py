"""Arrays that were used last stay, within a limit."""

from __future__ import annotations

import numpy as np

from otiograde.means.recent import Recent

BIG = np.arange(1000.0)


def test_held_arrays_stay_within_their_limit() -> None:
    held: Recent[str] = Recent(3 * BIG.nbytes)
    for name in "abcd":
        held.put(name, BIG)
    assert [name for name in "abcd" if held.get(name) is not None] == ["b", "c", "d"]


def test_what_was_used_stays_and_one_array_may_be_larger_than_the_limit() -> None:
    held: Recent[str] = Recent(2 * BIG.nbytes)
    held.put("a", BIG)
    held.put("b", BIG)
    held.get("a")
    held.put("c", BIG)
    assert [name for name in "abc" if held.get(name) is not None] == ["a", "c"]
    held.put("d", np.tile(BIG, 5))
    assert [name for name in "abcd" if held.get(name) is not None] == ["d"]
