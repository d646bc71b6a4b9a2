"""The settings: whatever they are, the record gives them back as they were put into it; nonsense is refused.

Tests: record/settings.py, record/codec.py
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making.small_record import small_record
from otiograde.errors import RecordError
from otiograde.record.graded import format_record, parse_record
from otiograde.record.lab_target import LabTarget
from otiograde.record.settings import (
    LONGEST,
    SHORTEST,
    Anchor,
    AnchorKind,
    Grouping,
    Linking,
    LookKind,
    Matching,
    Sampling,
    Settings,
    Steadying,
    SteadyKind,
    SteadyTo,
)
from otiograde.survey import kinds

paths = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda name: not {":", "\0"} & set(name))
numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
KINDS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 10**9),
    float: numbers,
    bool: st.booleans(),
    str: names,
    tuple[str, ...]: st.lists(st.sampled_from(list(kinds.KINDS))).map(tuple),
    **{choice: st.sampled_from(get_args(choice)) for choice in (AnchorKind, SteadyKind, SteadyTo)},
    dict[str, Any]: st.dictionaries(names, values, max_size=3),
    float | None: st.none() | st.floats(SHORTEST, LONGEST),
    LabTarget | None: st.none()
    | st.builds(
        LabTarget,
        st.tuples(st.floats(10, 90), st.floats(-90, 90), st.floats(-90, 90)),
        st.tuples(st.floats(1, 30), st.floats(0, 80), st.floats(0, 80)),
    ),
    Path | None: st.none() | paths.map(Path),
    tuple[Path, ...]: st.lists(paths.map(Path), max_size=3).map(tuple),
    LookKind | None: st.none() | st.sampled_from(get_args(LookKind)),
}

#: The fields that have a range of their own.
RANGES = {
    "count": st.integers(1, 10**9),
    "width": st.integers(1, 10**9),
    "lut_size": st.integers(2, 256),
    "look_strength": st.floats(0, 1),
    "boldness": st.floats(0, 1),
    "look_palette": st.floats(0, 1),
}


def any_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Values for every field of a dataclass: one that this does not know is an error, not left out."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: RANGES.get(field.name, KINDS[hints[field.name]]) for field in fields(kind)})


for noun in (Sampling, Linking, Grouping, Matching, Anchor, Steadying, Settings):
    KINDS[noun] = any_of(noun)


@given(any_of(Settings).map(lambda settings: replace(settings, look=None) if settings.look_lab else settings))
def test_settings_survive_the_text_of_the_record(settings: Settings) -> None:
    before = replace(small_record(), settings=settings)
    text = format_record(before)
    after = parse_record(text)
    assert repr(after.settings) == repr(settings)  # NaN of a matcher's field is no equal of itself
    assert format_record(after) == text


NONSENSE: list[dict[str, Any]] = [
    {"settings": None},
    {"settings": []},
    {"settings": {"magic": 1}},
    {"settings": {"sampling": None}},
    {"settings": {"sampling": {"count": "three"}}},
    {"settings": {"sampling": {"count": 2.5}}},
    {"settings": {"sampling": {"wand": 3}}},
    {"settings": {"linking": {"reach": [1]}}},
    {"settings": {"linking": {"without": [3]}}},
    {"settings": {"linking": {"without": 3}}},
    {"settings": {"grouping": {"threshold": "high"}}},
    {"settings": {"grouping": {"threshold": {}}}},
    {"settings": {"matcher": "joint"}},
    {"settings": {"matcher": {"name": 3}}},
    {"settings": {"matcher": {"fields": [1]}}},
    {"settings": {"anchor": {"kind": "wizard"}}},
    {"settings": {"anchor": {"kind": ["first"]}}},
    {"settings": {"lut_size": "33"}},
    {"settings": {"look": 5}},
    {"settings": {"look_every": 0}},
    {"settings": {"look_every": "often"}},
    {"settings": {"look_lab": "lab:55,18/2,12/8,14"}},
    {"settings": {"look_lab": {"mean": [101, 0, 0], "std": [9, 9, 9]}}},
    {"settings": {"look": "/a.cube", "look_lab": {"mean": [50, 0, 0], "std": [9, 9, 9]}}},
    {"settings": {"assumed": "yes"}},
]


@pytest.mark.parametrize("damage", NONSENSE, ids=lambda damage: json.dumps(damage["settings"]))
def test_nonsense_is_refused_in_one_line(damage: dict[str, Any]) -> None:
    values = json.loads(format_record(small_record())) | damage
    with pytest.raises(RecordError, match=r"^this record is damaged: ") as caught:
        parse_record(json.dumps(values))
    assert "\n" not in str(caught.value)


def test_settings_that_are_not_written_are_the_defaults() -> None:
    values = json.loads(format_record(small_record())) | {"settings": {"sampling": {"count": 3}}}
    assert parse_record(json.dumps(values)).settings == Settings(Sampling(count=3))
