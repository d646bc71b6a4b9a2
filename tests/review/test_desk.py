"""The desk: what is solved, checked and saved in a review is done with the settings of the record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from making.graded_wall import UNUSUAL, files_in, graded_wall, spied, write_output
from otiograde.errors import MatchError
from otiograde.folder.reading import changed_files, read_record
from otiograde.means.cache import NO_CACHE
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Matching
from otiograde.review.changes import SetStrength
from otiograde.review.desk import Desk


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    return graded_wall(tmp_path_factory.mktemp("wall"))


def solve(desk: Desk) -> None:
    """Solve the first scene again, and take that over."""
    _, work = desk.solving(desk.revision, desk.draft.record.scenes[0].id)
    finish = work()
    desk.job = None
    finish()


@pytest.mark.slow
def test_solving_again_is_done_with_the_settings_of_the_record(
    record: GradedTimeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(write_output(tmp_path / "out", record), NO_CACHE)
    calls = spied(monkeypatch, "otiograde.grading.regrading", "look_at", "decide")
    solve(desk)
    assert calls == [("look_at", UNUSUAL), ("decide", UNUSUAL)]
    assert desk.draft.record.grades == record.grades
    assert desk.draft.record.settings == UNUSUAL


@pytest.mark.slow
def test_saving_checks_with_the_settings_of_the_record_and_keeps_them(
    record: GradedTimeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_output(tmp_path / "out", record)
    desk = Desk(folder, NO_CACHE)
    desk.change(0, SetStrength(("b",), 0.5))
    calls = spied(monkeypatch, "otiograde.grading.checking", "look_at")
    _, work = desk.saving(1, solve_first=False)
    work()()
    assert calls == [("look_at", UNUSUAL)]
    saved = read_record(folder)
    assert saved.settings == UNUSUAL
    assert (saved.grade("b").strength, saved.grade("b").balance) == (0.5, record.grade("b").balance)
    assert not changed_files(folder, saved)


@pytest.mark.slow
def test_a_matcher_that_is_not_there_solves_nothing_and_writes_nothing(record: GradedTimeline, tmp_path: Path) -> None:
    strange = replace(record, settings=replace(UNUSUAL, matcher=Matching("wizard")))
    folder = write_output(tmp_path / "out", strange)
    before = files_in(folder)
    desk = Desk(folder, NO_CACHE)
    with pytest.raises(MatchError, match="unknown matcher 'wizard'"):
        solve(desk)
    assert files_in(folder) == before
