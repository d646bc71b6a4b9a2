"""Choosing the look of a scene in a real browser: by path and by file, side by side, with sliders, keys and undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from hands import press, slide, wait_for_words
from reviewing import Client

from browsing import Browser, Page, opened
from making.graded_wall import graded_wall, write_look, write_window
from making.pictures import Look
from making.waiting import until
from otiograde.exporters import export_all
from otiograde.folder.reading import read_record
from otiograde.folder.writing import write_folder
from otiograde.grading.picturing import draw_pictures
from otiograde.means.cache import DiskCache
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import WishedLook

pytestmark = [pytest.mark.slow, pytest.mark.browser]

#: What the columns show: the sum of the first canvas of each.
SHOWN = """() => Object.fromEntries([...document.querySelectorAll('#looks .way')].map((way) => {
  const canvas = way.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return [way.dataset.kind ?? 'now', data.reduce((sum, value) => sum + value, 0)];
}))"""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    return graded_wall(tmp_path_factory.mktemp("wall"))


@pytest.fixture
def looking(
    browser: Browser, open_review: Callable[..., Client], record: GradedTimeline, tmp_path: Path
) -> Iterator[tuple[Page, Client]]:
    """A review with the looks of its scene open, and a folder of stills."""
    write_folder(tmp_path / "out", export_all(record, ("luts", "otio"), draw_pictures(record.edit)))
    (tmp_path / "stills").mkdir()
    for name, look in {"night": Look(-0.6, 0.3, 1.3), "noon": Look(0.3, -0.3, 0.8)}.items():
        write_window(tmp_path / "stills" / f"{name}.png", look, seed=8)
    client = open_review(tmp_path / "out", DiskCache(tmp_path / "cache"))
    with opened(browser, client.address) as (page, seen):
        page.wait_for_selector("html.reviewing")
        page.get_by_role("button", name="Look of").click()
        page.wait_for_selector("#looks[open]")
        yield page, client
        # The console notes each answer of refusal, which some tests ask for.
        assert [said for said in seen.complaints if "status of 422" not in said] == []
        assert all(url.startswith(client.address) for url in seen.requests)


def open_path(page: Page, path: Path) -> None:
    page.fill("#looks .path input", str(path))
    page.keyboard.press("Enter")


def wait_for_count(page: Page, kind: str, count: int) -> None:
    """Wait until a way to read the still was tried so many times. The page's policy forbids ``wait_for_function``."""
    name = f"otiograde:tried:{kind}"
    until(lambda: page.evaluate("name => performance.getEntriesByName(name).length", name) >= count)


def wait_until_tried(page: Page) -> None:
    for kind in ("grade", "palette", "style"):
        page.wait_for_selector(f"#looks [data-kind={kind}] .note[data-tried]", state="attached")


def test_a_still_of_a_folder_is_seen_three_ways_and_applied(looking: tuple[Page, Client], tmp_path: Path) -> None:
    page, client = looking
    assert page.get_by_role("button", name="Apply").is_disabled()
    open_path(page, tmp_path / "stills")
    page.get_by_label("In that folder").select_option("night.png")
    wait_until_tried(page)
    assert page.locator("#looks .trying > img").get_attribute("alt") == "The still of the look"
    assert page.locator("#looks .way").count() == 4
    assert page.locator("#looks [data-kind=grade] canvas").count() == 3
    assert "the grade is recovered instead" in str(page.text_content("#looks [data-kind=style] .note"))
    shown = page.evaluate(SHOWN)
    assert len({shown["now"], shown["grade"], shown["palette"]}) == 3
    assert client.revision == 1  # a still was taken, and nothing was changed

    for step, (name, value) in enumerate({"look-strength": 0.5, "look-palette": 0.4}.items(), 2):
        slide(page, name, value)
        wait_for_count(page, "grade", step)
    after = page.evaluate(SHOWN)
    assert after["grade"] not in (shown["grade"], shown["now"])
    assert page.locator("#looks .amounts output").all_text_contents() == ["50 %", "40 %"]

    page.get_by_role("button", name="Apply").click()
    wait_for_words(page, "Look applied.")
    page.locator(".difference:has-text('Moved')").wait_for()
    assert page.locator("figure.reference img").count() == 1
    assert "strength 50" in str(page.text_content("figure.reference"))
    (scene,) = client.desk.draft.record.scenes
    wish = client.desk.draft.record.look_of(scene)
    assert wish == WishedLook(client.desk.folder.path / "looks" / str(wish and wish.file.name), "grade", 0.5, 0.4)
    page.keyboard.press("Control+z")
    page.get_by_role("button", name=f"Look of {scene.id}: none").wait_for()
    assert client.desk.draft.record.grades == client.desk.history.base.record.grades
    page.keyboard.press("Control+Shift+Z")
    page.get_by_role("button", name=f"Look of {scene.id}: night").wait_for()
    press(page, "Save")
    wait_for_words(page, "Saved to")
    assert read_record(client.desk.folder.path).look_of(scene) == wish


def test_a_file_is_uploaded_and_a_lut_has_no_ways(looking: tuple[Page, Client], tmp_path: Path) -> None:
    page, client = looking
    page.set_input_files("#looks input[type=file]", write_look(tmp_path / "warm.cube"))
    page.wait_for_selector("#looks [data-kind=''] .note[data-tried]", state="attached")
    assert page.locator("#looks input[type=radio]").count() == 0
    assert page.get_by_label("Palette").is_hidden()
    assert page.get_attribute("[data-slider=look-strength]", "max") == "1"
    assert page.locator("#looks .trying > img").is_hidden()
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Look of scene_001: warm").wait_for()
    page.locator("html.reviewing:not(.at-work)").wait_for()
    page.get_by_role("button", name="Look of").click()
    page.get_by_role("button", name="No look").click()
    page.get_by_role("button", name="Look of scene_001: none").wait_for()
    assert client.desk.draft.record.grades == client.desk.history.base.record.grades


def test_what_is_no_look_is_said_in_one_line(looking: tuple[Page, Client], tmp_path: Path) -> None:
    page, client = looking
    (tmp_path / "text.png").write_text("no picture")
    for path, words in {
        tmp_path / "text.png": "this is no look: text.png: is a text file",
        tmp_path / "missing.png": "missing.png cannot be read: No such file or directory",
        Path("../stills/night.png"): "leads out of",
    }.items():
        open_path(page, path)
        page.locator(f"#looks .status.wrong:has-text('{words}')").wait_for()
    page.set_input_files("#looks input[type=file]", tmp_path / "text.png")
    page.locator("#looks .status.wrong:has-text('is a text file')").wait_for()
    assert client.desk.folder.looks() == {}


def test_the_keyboard_alone(looking: tuple[Page, Client], tmp_path: Path) -> None:
    page, client = looking
    page.focus("#looks .path input")
    page.keyboard.type(str(tmp_path / "stills" / "noon.png"))
    page.keyboard.press("Enter")
    wait_until_tried(page)
    page.focus("#looks input[type=radio]:checked")
    page.keyboard.press("ArrowRight")
    assert page.input_value("#looks input[type=radio]:checked") == "palette"
    assert page.get_by_label("Palette", exact=True).nth(1).is_hidden()
    page.keyboard.press("ArrowLeft")
    page.focus("[data-slider=look-strength]")
    page.keyboard.press("End")
    assert page.text_content("#looks .amounts output >> nth=0") == "150 %"
    page.keyboard.press("Tab")
    page.keyboard.press("PageUp")
    page.get_by_role("button", name="Apply").focus()
    page.keyboard.press("Enter")
    wait_for_words(page, "Look applied.")
    wish = client.desk.draft.record.look_of(client.desk.draft.record.scenes[0])
    assert wish is not None
    assert (wish.kind, wish.strength, wish.palette) == ("grade", 1.5, 0.1)
    page.get_by_role("button", name="Look of").click()
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('looks').open")
    assert "Look of" in str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nothing_serious_for_axe(looking: tuple[Page, Client], tmp_path: Path, scheme: str) -> None:
    page, _ = looking
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_path(page, tmp_path / "stills")
    page.get_by_label("In that folder").select_option("night.png")
    wait_until_tried(page)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        violations = Axe().run(page).response["violations"]
        grave = [
            (violation["id"], violation["nodes"][0]["html"][:120])
            for violation in violations
            if violation["impact"] in ("serious", "critical")
        ]
        assert grave == [], width
        assert page.eval_on_selector("#looks", "dialog => dialog.scrollWidth") <= width


def test_sliders_follow_the_hand(looking: tuple[Page, Client], tmp_path: Path) -> None:
    page, _ = looking
    open_path(page, tmp_path / "stills" / "night.png")
    wait_until_tried(page)
    marks = "performance.getEntriesByName('otiograde:tried:grade')"
    taken = []
    for step in range(6):
        count = page.evaluate(f"{marks}.length")
        start = page.evaluate(
            "value => { const s = document.querySelector('[data-slider=look-strength]'), at = performance.now();"
            " s.value = value; s.dispatchEvent(new Event('input')); return at; }",
            0.2 + 0.1 * step,
        )
        wait_for_count(page, "grade", count + 1)
        taken.append(page.evaluate(f"{marks}.at(-1).startTime") - start)
    print(f"a look at another amount is shown after {min(taken):.0f} ms")
    assert min(taken) < 500  # some 20 on an idle machine
