"""Ids of shots: safe as file names, unique without case, the same for the same edit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otiograde.record.ids import LONGEST_ID, Ids


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("sh010", "sh010"),
        ("a b/c", "a_b_c"),
        ("Ångström", "Angstrom"),
        ("../../etc", "etc"),
        ("con", "shot_con"),
        ("LPT1.mov", "shot_LPT1.mov"),
        ("", "shot"),
        ("___", "shot"),
        ("x" * 100, "x" * LONGEST_ID),
    ],
)
def test_an_id_is_like_its_name(name: str, id_: str) -> None:
    assert Ids().new(name) == id_


def test_the_second_of_a_name_is_numbered_whatever_its_case() -> None:
    ids = Ids()
    assert [ids.new(name) for name in ("a", "A", "a-2", "a")] == ["a", "A-2", "a-2-2", "a-3"]


@given(st.lists(st.text(max_size=80), max_size=12))
def test_laws(names: list[str]) -> None:
    made = [ids.new(name) for ids in [Ids()] for name in names]
    assert len({id_.casefold() for id_ in made}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}", id_) for id_ in made)
    again = Ids()
    assert [again.new(name) for name in names] == made
