"""A shot whose changing grade a reviewer does not want: the curves go, its LUT is one for all frames, and undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reviewing import Client

from browsing import Browser, opened
from making.records import WARMISH
from making.small_record import small_folder, small_record
from otiograde.color.cdl import Cdl
from otiograde.color.transform import Identity
from otiograde.record.course import Course, Key


def test_a_shot_is_not_steadied(browser: Browser, open_review: Callable[..., Client], tmp_path: Path) -> None:
    course = Course((Key(0, Identity()), Key(20, Cdl((0.7,) * 3))), words="brighter by a stop")
    record = small_record()
    grades = tuple(
        replace(grade, balance=WARMISH, course=course if grade.shot == "walk" else None) for grade in record.grades
    )
    client = open_review(small_folder(tmp_path / "film.graded", replace(record, grades=grades)))
    with opened(browser, client.address) as (page, seen):
        page.wait_for_selector("html.reviewing")
        card = page.locator("[data-shot=walk]")
        assert card.locator(".course polyline").count() == 3
        assert "brighter by a stop" in card.locator(".done").inner_text()
        assert page.locator("[data-verb=steady]").count() == 1
        card.get_by_role("button", name="Steady off").click()
        card.locator(".course").wait_for(state="hidden")
        assert "brighter" not in card.locator(".done").inner_text()
        assert client.desk.draft.record.grade("walk").course is None
        page.keyboard.press("Control+z")
        card.locator(".course").wait_for(state="visible")
        page.wait_for_selector("html.reviewing")
        assert "brighter by a stop" in card.locator(".done").inner_text()
        assert client.desk.draft.record.grade("walk").course == course
    assert seen.complaints == []
