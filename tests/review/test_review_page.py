"""A review in a real browser: mouse, keyboard, hostile names, missing media, other windows and programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from hands import TALL, press, slide, wait_for_words
from reviewing import Client

from browsing import Browser, Page, Seen, opened
from making.small_record import SHOTS, small_folder, small_record, small_shot
from making.waiting import until
from otiograde.color.encodings import encoding
from otiograde.color.views import to_view
from otiograde.record.reason import Reason
from otiograde.record.settings import Settings

TAKEN = "performance.getEntriesByName('otiograde:preview').map((each) => each.duration)"
#: Milliseconds from frame to frame.
FRAMES = """async () => {
  const at = [];
  for (let k = 0; k < 9; k++) at.push(await new Promise(requestAnimationFrame));
  return at.slice(1).map((time, k) => time - at[k]);
}"""
HOSTILE = "<script>alert(1)</script>\"'&שלום🎬"


@pytest.fixture
def little_page(browser: Browser, open_review: Callable[..., Client], tmp_path: Path) -> Iterator[tuple[Page, Seen]]:
    """A review of shots with hostile names, whose media are gone."""
    record = small_record()
    shots = tuple(replace(shot, name=HOSTILE) if shot.id == "walk" else shot for shot in record.edit.shots)
    scenes = (replace(record.scenes[0], id=HOSTILE), record.scenes[1])
    grades = tuple(
        replace(g, scene=HOSTILE if g.scene == "kitchen" else g.scene, reasons=(Reason("note", HOSTILE),))
        for g in record.grades
    )
    record = replace(record, edit=replace(record.edit, name=HOSTILE, shots=shots), scenes=scenes, grades=grades)
    client = open_review(small_folder(tmp_path / "film.graded", record))
    with opened(browser, client.address, **TALL) as (page, seen):
        page.wait_for_selector("html.reviewing")
        yield page, seen
        assert seen.complaints == []
        assert all(url.startswith(client.address) for url in seen.requests)


def test_hostile_names_appear_as_text(little_page: tuple[Page, Seen]) -> None:
    page, _ = little_page
    assert page.text_content("h1") == HOSTILE
    assert page.locator(".scene").first.get_attribute("data-scene") == HOSTILE
    assert page.locator("[data-shot=walk] select").first.locator("option").first.text_content() == HOSTILE
    page.locator("[data-shot=walk] select").first.select_option(label=HOSTILE)
    page.wait_for_selector("[data-shot=walk] .tools >> nth=0")
    page.locator(".scene").first.locator("[data-shot=walk]").wait_for()
    assert page.locator(".bar button").first.get_attribute("title") == f"Undo: move walk to {HOSTILE}"
    page.click("[data-shot=walk] .open")
    assert page.text_content("#desk-name") == HOSTILE
    assert page.locator("script:not([type]):has-text('alert')").count() == 0


def test_the_keyboard_alone(little_page: tuple[Page, Seen]) -> None:
    page, _ = little_page
    page.focus("[data-shot=door] .open")
    page.keyboard.press("h")
    page.locator("[data-shot=door] .badge.hero").wait_for()
    page.keyboard.press("a")
    page.locator("[data-shot=door] [data-verb=accepted][aria-pressed=true]").wait_for()
    page.keyboard.press("Alt+ArrowUp")
    page.locator(".scene").first.locator("[data-shot=door]").wait_for()
    assert page.evaluate("document.activeElement.closest('.shot').dataset.shot") == "door"
    page.keyboard.press("Control+z")
    page.locator("[data-scene=street] [data-shot=door]").wait_for()
    page.keyboard.press("Control+z")
    page.locator("[data-shot=door] [data-verb=accepted][aria-pressed=false]").wait_for()
    page.keyboard.press("Control+Shift+Z")
    page.locator("[data-shot=door] [data-verb=accepted][aria-pressed=true]").wait_for()
    page.keyboard.press("Control+s")
    wait_for_words(page, "Saved to")


def test_missing_media_are_named_and_the_preview_works(little_page: tuple[Page, Seen]) -> None:
    page, _ = little_page
    press(page, "Lock")
    page.locator(".ask:has-text('media missing: wide, close')").wait_for()
    page.locator(".scene").first.get_by_role("button", name="Solve again").click()
    wait_for_words(page, "/nowhere/wide.mov")
    page.click("[data-shot=door] .open")
    slide(page, "saturation", 0.5)
    page.locator("#desk .bar .status:has-text('Not saved')").wait_for()


def test_another_window_and_another_program(browser: Browser, open_review: Callable[..., Client], folder: Path) -> None:
    client = open_review(folder)
    with opened(browser, client.address) as (page, seen):
        page.wait_for_selector("html.reviewing")
        client.change("hero", scene="street", shot="walk")
        page.locator("[data-shot=walk] .badge.hero").wait_for()
        small_folder(folder, replace(small_record(), settings=Settings(lut_size=7)))
        wait_for_words(page, "Another program wrote these files")
        assert page.get_by_role("button", name="Save", exact=True).first.is_disabled()
        press(page, "Read again")
        wait_for_words(page, "Not saved")
        page.locator("[data-shot=walk] .badge.hero").wait_for()
    assert client.desk.draft.record.lut_size == 7
    assert seen.complaints == []


def test_a_scene_is_made_and_goes(little_page: tuple[Page, Seen]) -> None:
    page, _ = little_page
    page.locator("[data-shot=door] select").first.select_option(label="A new scene")
    page.locator("[data-scene=scene_001] [data-shot=door]").wait_for()
    page.locator("html.reviewing").wait_for()
    page.keyboard.press("Control+z")
    page.locator("[data-scene=street] [data-shot=door]").wait_for()
    assert page.locator("[data-scene=scene_001]").count() == 0


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nothing_serious_for_axe(
    browser: Browser, open_review: Callable[..., Client], folder: Path, scheme: str
) -> None:
    client = open_review(folder)
    client.change("lock", shots=["wide"], lock=True)
    with opened(browser, client.address, color_scheme=scheme, viewport={"width": 390, "height": 844}) as (page, _):
        page.wait_for_selector("html.reviewing")
        for shown in ("page", "shot"):
            violations = Axe().run(page).response["violations"]
            grave = [
                (violation["id"], violation["nodes"][0]["html"][:120])
                for violation in violations
                if violation["impact"] in ("serious", "critical")
            ]
            assert grave == [], shown
            page.evaluate("otiograde.show('walk')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_slider_shows_what_it_does_at_once(
    browser: Browser, open_review: Callable[..., Client], folder: Path
) -> None:
    client = open_review(folder)
    with opened(browser, client.address) as (page, seen):
        page.wait_for_selector("html.reviewing")
        page.click("[data-shot=wide] .open")
        for step in range(8):
            page.eval_on_selector(
                "[data-slider=exposure]", "(s, v) => { s.value = v; s.dispatchEvent(new Event('input')); }", step / 10
            )
            while len(taken := page.evaluate(TAKEN)) <= step:
                page.wait_for_timeout(10)
        # Some 30 ms on an idle machine, which shows 60 frames a second.
        assert min(taken) < 30 * max(1000 / 60, min(page.evaluate(FRAMES)))
        shown = page.eval_on_selector(".own .after", "c => c.getContext('2d').getImageData(9, 9, 1, 1).data[0]")
        page.keyboard.press("ArrowUp")  # of the stage: another key than the review's
    assert client.revision == 0
    assert shown > 0
    assert seen.complaints == []


def test_a_trim_on_pq_is_shown_through_the_view(
    browser: Browser, open_review: Callable[..., Client], tmp_path: Path
) -> None:
    shots = [small_shot(name, number, encoding="pq") for number, name in enumerate(SHOTS)]
    client = open_review(small_folder(tmp_path / "film.graded", small_record(*shots)))
    read = "c => [...c.getContext('2d').getImageData(99, 60, 1, 1).data].slice(0, 3)"
    with opened(browser, client.address) as (page, seen):
        page.wait_for_selector("html.reviewing")
        page.click("[data-shot=wide] .open")
        slide(page, "exposure", 0.5)
        wait_for_words(page, "Not saved")
        until(lambda: page.evaluate(TAKEN))
        shown = codes = page.eval_on_selector(".own .after", read)
        page.keyboard.press("c")

        def is_seen() -> bool:
            """Whether codes are shown that look as what was shown before: pictures are drawn in their own time."""
            nonlocal codes
            codes = page.eval_on_selector(".own .after", read)
            viewed = np.clip(to_view(np.array(codes) / 255, encoding("pq")), 0, 1) * 255
            # The codes were rounded before.
            return bool(np.abs(viewed - shown).max() <= 4 and np.abs(viewed - codes).max() > 20)

        until(is_seen)
    assert seen.complaints == []
