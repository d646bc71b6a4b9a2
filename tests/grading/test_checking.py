"""Checks made again: on the media, with the settings that the grades were made with."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import pytest

from making.graded_wall import UNUSUAL, graded_wall, spied
from making.small_record import small_record
from otiograde.grading.checking import check_again
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Matching


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    return graded_wall(tmp_path_factory.mktemp("wall"))


@pytest.mark.slow
def test_what_was_found_is_found_again(record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = spied(monkeypatch, "otiograde.grading.checking", "look_at")
    assert tuple(check_again(record)) == record.findings
    assert calls == [("look_at", UNUSUAL)]


@pytest.mark.slow
def test_checks_need_no_matcher(record: GradedTimeline) -> None:
    strange = replace(record, settings=replace(record.settings, matcher=Matching("wizard", {"wand": 1})))
    assert tuple(check_again(strange)) == record.findings


def test_without_media_nothing_passes() -> None:
    findings = check_again(small_record())
    unseen = [finding for finding in findings if finding.check == "agreement"]
    assert unseen
    assert all(isnan(finding.value) and finding.passed is None for finding in unseen)
