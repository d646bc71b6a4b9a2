"""A kind of evidence is one file and one row: an invented one is searched for, groups, corrects, and is reported."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from making.cases import survey
from making.pictures import Stage
from making.records import graded
from making.shots import edit, nth_shot
from otiograde.color.affine import Affine
from otiograde.color.transform import Identity
from otiograde.decide.decision import decide
from otiograde.decide.grouping import group
from otiograde.decide.match.edges import faint_edges
from otiograde.errors import MatchError
from otiograde.exporters.report import export
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.record.evidence import Evidence
from otiograde.record.graded import format_record, parse_record
from otiograde.record.settings import Grouping, Linking, Settings
from otiograde.survey import kinds
from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.links import link_all
from otiograde.survey.links.search import Pair, Search

WORDS = "the same slate"
STAGE = Stage({"a": Identity(), "b": Affine(((1.1, 0, 0), (0, 1, 0), (0, 0, 0.85)), (0, 0, 0.02)), "c": Identity()})
SHOTS = [nth_shot(name, number) for number, name in enumerate(STAGE.casts)]
#: Nothing but the invented kind.
ALONE = Linking(without=tuple(kinds.KINDS))


class Slates(ModuleType):
    """The one file: a and b are linked, and whatever c is paired with hints at it."""

    def __init__(self) -> None:
        super().__init__("otiograde.survey.links.slates")
        self.asked: list[Pair] = []
        self.share = 1.0

    def find(self, search: Search, links: Sequence[Link]) -> Clues:
        assert links == []
        return search.remembered("slates", search.pairs, lambda pairs: map(self._clues, pairs))

    def _clues(self, pair: Pair) -> Clues:
        self.asked.append(pair)
        if pair == ("a", "b"):
            return Clues.of(replace(STAGE.link(*pair), kind="slates", at=(3, 4)))
        return Clues.of(hint=Hint(*pair, "slates", self.share))


@pytest.fixture
def slates(monkeypatch: pytest.MonkeyPatch) -> Slates:
    """The one row, at the end of the table."""
    likeness = kinds.Likeness(0.5, lambda _: 100.0, "{share:.0%} of a slate")
    row = kinds.Kind(WORDS, matched=True, likeness=likeness)
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, "slates": row})
    module = Slates()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.mark.parametrize(("share", "scenes"), [(1.0, [("a", "b", "c")]), (0.0, [("a", "b"), ("c",)])])
def test_it_is_searched_for_and_groups(slates: Slates, share: float, scenes: list[tuple[str, ...]]) -> None:
    slates.share = share
    links, hints = link_all(SHOTS, STAGE.samples, ALONE)
    assert [(link.a, link.b) for link in links] == [("a", "b")]
    assert [(hint.a, hint.b, hint.share) for hint in hints] == [("a", "c", share), ("b", "c", share)]
    made = group(survey(STAGE.samples, links, hints=hints, shots=SHOTS), Grouping(most=100.0))
    assert [scene.shots for scene in made] == scenes
    sentences = [reason.sentence for reason in made[0].reasons]
    assert sentences[0] == "b: linked by 100 matches with a"
    assert len(sentences) == 1 or "100% of a slate" in sentences[1]


@pytest.mark.usefixtures("slates")
def test_it_corrects_and_is_kept_in_the_record_and_named_in_the_report() -> None:
    links, hints = link_all(SHOTS, STAGE.samples, ALONE)
    seen = survey(STAGE.samples, links, hints=hints, shots=SHOTS)
    decision = decide(seen, group(seen, Grouping(most=100.0)), Settings())
    assert not isinstance(decision.grades[1].balance, Identity)
    by_link = next(piece for piece in decision.evidence if piece.matches)
    assert (by_link.a, by_link.b, by_link.kind, by_link.matches, by_link.at) == ("a", "b", "slates", 100, (3, 4))
    assert by_link.after < by_link.before
    by_hint = [piece for piece in decision.evidence if not piece.matches]
    assert [(piece.a, piece.b, piece.kind, piece.confidence) for piece in by_hint] == [
        ("a", "c", "slates", 1.0),
        ("b", "c", "slates", 1.0),
    ]
    record = graded(edit(*SHOTS), evidence=decision.evidence)
    again = parse_record(format_record(record))
    assert [piece.kind for piece in again.evidence] == ["slates"] * 3
    assert WORDS in export(again)["report.html"].decode("utf-8")


def test_its_links_and_hints_are_remembered(slates: Slates, tmp_path: Path) -> None:
    plain = link_all(SHOTS, STAGE.samples, ALONE)
    for asked in ([("a", "b"), ("a", "c"), ("b", "c")], []):
        slates.asked.clear()
        stored = link_all(SHOTS, STAGE.samples, ALONE, Means(cache=DiskCache(tmp_path)))
        assert slates.asked == asked
        assert stored.hints == plain.hints
        assert [link.at for link in stored.links] == [(3, 4)]
        np.testing.assert_array_equal(stored.links[0].colors_b, plain.links[0].colors_b)


def test_links_of_a_kind_that_rests_on_no_match_and_has_no_worth_when_faint_count_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, "slates": kinds.Kind(WORDS)})
    link = replace(STAGE.link("a", "b"), kind="slates")
    assert faint_edges([link], {"a": 0, "b": 1}, {}) == []


def test_a_kind_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(MatchError, match="unknown kind of link 'slates': use one of surfaces, joins, learned, source"):
        link_all(SHOTS, STAGE.samples, Linking(without=("slates",)))


def test_a_record_may_hold_a_kind_that_is_not_there() -> None:
    piece = Evidence("a", "b", "slates", 0, 0, 0.0, 0.0, "ΔE00", 0.5, (0, 0))
    record = graded(edit(*SHOTS), evidence=[piece])
    assert parse_record(format_record(record)).evidence == (piece,)
    assert kinds.words("slates") == "slates"
