"""Hints by slates, folders and tracks: what tells shots apart, and what says nothing.

Tests: survey/links/names.py, survey/links/folders.py, survey/links/tracks.py, survey/links/places.py
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from making.shots import nth_shot
from otiograde.means.means import Means
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey import kinds
from otiograde.survey.link import Hint
from otiograde.survey.links import finder
from otiograde.survey.links.search import Search


def hints(kind: str, shots: Sequence[Shot], pairs: Sequence[tuple[str, str]] | None = None) -> dict[str, float]:
    """The hints of a kind between shots, by the ids of the two; every pair is a candidate."""
    pairs = list(combinations([shot.id for shot in shots], 2)) if pairs is None else pairs
    clues = finder(kind)(Search(shots, {}, pairs, Linking(), Means()), [])
    assert not clues.links
    assert all(isinstance(hint, Hint) and hint.kind == kind for hint in clues.hints)
    return {hint.a + hint.b: hint.share for hint in clues.hints}


def slated(slates: str) -> list[Shot]:
    return [replace(nth_shot(chr(97 + k), k), slate=slate.strip(".")) for k, slate in enumerate(slates)]


def placed(places: str, track: bool) -> list[Shot]:
    shots = [nth_shot(chr(97 + k), k) for k in range(len(places))]
    if track:
        return [replace(shot, track=int(place)) for shot, place in zip(shots, places, strict=True)]
    media = [
        replace(shot.media, path=Path(f"/{place}/{shot.id}.mov")) for shot, place in zip(shots, places, strict=True)
    ]
    return [replace(shot, media=of) for shot, of in zip(shots, media, strict=True)]


def test_one_slate_joins_and_two_part() -> None:
    assert hints("names", slated("11.2")) == {"ab": 1.0, "ad": 0.0, "bd": 0.0}


def test_shots_of_one_slate_are_joined_however_far_apart() -> None:
    assert hints("names", slated("1.2.12"), [("a", "c")]) == {"ae": 1.0, "cf": 1.0, "ac": 0.0}


@pytest.mark.parametrize("slates", ["....", "1111", "11..", "1234", "1...", ""])
def test_slates_that_say_nothing(slates: str) -> None:
    assert hints("names", slated(slates)) == {}


def test_a_few_shots_of_one_slate_in_a_longer_film_are_evidence() -> None:
    assert hints("names", slated("11...")) == {"ab": 1.0}


@pytest.mark.parametrize("kind", ["folders", "tracks"])
def test_places_of_several_shots_are_evidence(kind: str) -> None:
    assert hints(kind, placed("11223", kind == "tracks")) == {
        "ab": 1.0,
        "ac": 0.0,
        "ad": 0.0,
        "bc": 0.0,
        "bd": 0.0,
        "cd": 1.0,
    }
    assert hints(kind, placed("1111", kind == "tracks")) == {}
    assert hints(kind, placed("1234", kind == "tracks")) == {}


@pytest.mark.parametrize("kind", ["names", "folders", "tracks"])
def test_the_record_does_not_list_them_pair_by_pair(kind: str) -> None:
    assert not kinds.KINDS[kind].listed
