"""The report in a real browser: it opens from disk, asks nobody for anything, and does what a person does to it."""

from __future__ import annotations

import base64
import time
from typing import Any

import cv2
import numpy as np
import pytest
import reference_scopes as scopes
from axe_playwright_python.sync_playwright import Axe

from browsing import Browser, Page, opened
from making.hostile_record import HOSTILE, NAMES, quiet_record
from making.waiting import PATIENCE, until
from otiograde.color.lut import Lut3D
from otiograde.color.scopes import parade
from otiograde.exporters.report import compact

NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind === 'webgl2' ? null : real.call(this, kind, ...more);
};"""


def pixels(page: Page, selector: str) -> np.ndarray:
    """The R'G'B' that a canvas shows, uint8 ``(h, w, 3)``."""
    png = page.eval_on_selector(selector, "canvas => canvas.toDataURL('image/png')").partition(",")[2]
    image = cv2.imdecode(np.frombuffer(base64.b64decode(png), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(image)[..., ::-1]


def settled(page: Page) -> None:
    """Wait until what was asked for is drawn: pictures decode in their own time, then two frames."""
    page.evaluate(
        "async () => { for (let k = 0; k < 3; k++) {"
        " await new Promise(done => setTimeout(done, 60)); await new Promise(requestAnimationFrame); } }"
    )


def show(page: Page, shot: str) -> None:
    page.evaluate("shot => otiograde.show(shot)", shot)
    settled(page)
    until(lambda: page.eval_on_selector(".own .after", "canvas => canvas.width") != 300)  # before anything is drawn
    settled(page)


def away(page: Page, selector: str, wanted: np.ndarray, most: float) -> float:
    """How far what a canvas shows is from what it must show, at most, once that is near enough or time is up."""
    deadline = time.monotonic() + PATIENCE
    while (found := _apart(pixels(page, selector), wanted)) > most and time.monotonic() < deadline:
        settled(page)
    return found


def wipe(page: Page) -> float:
    return float(page.eval_on_selector("#stage", "s => parseFloat(getComputedStyle(s).getPropertyValue('--wipe'))"))


def test_opens_from_disk_in_silence(browser: Browser, hostile_page: str) -> None:
    with opened(browser, hostile_page) as (page, seen):
        page.keyboard.press("End")
        settled(page)
        show(page, "close")
        assert page.evaluate("otiograde.renderer") == "webgl2"
    assert seen.complaints == []
    assert seen.requests == []


def test_a_call_home_would_be_seen_and_stopped(browser: Browser, quiet_page: str) -> None:
    """The test above can fail: the policy forbids what it looks for, and says so."""
    with opened(browser, quiet_page) as (page, seen):
        page.evaluate("() => { new Image().src = 'http://127.0.0.1:9/x'; }")
        settled(page)
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = '1'; document.body.append(s); }"
        )
    assert sum("Content Security Policy" in said for said in seen.complaints) >= 2


def test_hostile_names_are_text(browser: Browser, hostile_page: str) -> None:
    with opened(browser, hostile_page) as (page, seen):
        assert page.text_content("h1") == HOSTILE
        assert page.text_content("[data-shot=hostile] h3") == HOSTILE
        assert page.locator(".scene").nth(1).get_attribute("data-scene") == HOSTILE
        assert page.locator("img[src=x]").count() == 0
        show(page, "hostile")
        assert page.text_content("#desk-name") == HOSTILE
        assert HOSTILE in str(page.text_content("#desk-why"))
        assert page.title() == f"{HOSTILE} · otiograde"
    assert seen.complaints == []


def test_scenes_and_shots_are_where_scripts_find_them(browser: Browser, hostile_page: str) -> None:
    with opened(browser, hostile_page) as (page, _):
        assert page.evaluate("otiograde.shots") == list(NAMES)
        found = page.evaluate("otiograde.scenes")
        assert [(scene["id"], scene["hero"]) for scene in found] == [
            ("scene_001", "hero"),
            (HOSTILE, None),
            ("scene_003", None),
        ]
        assert found[0]["shots"] == ["wide", "close", "hero"]
        slots = page.eval_on_selector_all("[data-tools]", "all => all.map(one => one.dataset.tools)")
        assert {slot: slots.count(slot) for slot in slots} == {"page": 1, "scene": 3, "card": 5, "shot": 1}


def test_what_failed_is_said(browser: Browser, hostile_page: str) -> None:
    with opened(browser, hostile_page) as (page, _):
        assert "1 of 2 checks failed" in str(page.text_content(".opening"))
        assert "newly clipped 2\N{NO-BREAK SPACE}%, limit 0.5" in str(page.text_content(".failures"))
        cuts = page.locator(".seam figcaption").all_text_contents()
        assert "the hero" in cuts[0]  # 2.75 is left there, 1.2 at the other cut
        assert len(cuts) == 2


def test_wipe_by_mouse_and_keys(browser: Browser, quiet_page: str) -> None:
    with opened(browser, quiet_page) as (page, _):
        show(page, "wide")
        assert wipe(page) == 50
        box = page.locator("#stage").bounding_box()
        assert box
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 110)
        assert wipe(page) == pytest.approx(20, abs=0.5)
        page.mouse.up()
        page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 110)
        assert wipe(page) == pytest.approx(20, abs=0.5)
        page.focus("#wipe")
        page.keyboard.press("Home")
        assert wipe(page) == 0
        for _ in range(5):
            page.keyboard.press("PageUp")
        assert wipe(page) == pytest.approx(50, abs=0.5)


def test_wipe_by_touch(browser: Browser, quiet_page: str) -> None:
    how: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with opened(browser, quiet_page, **how) as (page, _):
        show(page, "wide")
        box = page.locator("#stage").bounding_box()
        assert box
        page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 40)
        assert wipe(page) == pytest.approx(75, abs=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.eval_on_selector("#desk", "desk => desk.scrollWidth") <= 390


def test_keys_lead_through_the_shots(browser: Browser, quiet_page: str) -> None:
    with opened(browser, quiet_page) as (page, _):
        page.focus("[data-shot=wide] .open")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.dataset.show") == "close"
        page.keyboard.press("Enter")
        assert page.get_attribute("#desk", "data-shot") == "close"
        for key, shot in (("n", "hero"), ("p", "close"), ("p", "wide"), ("p", "wide")):
            page.keyboard.press(key)
            assert page.get_attribute("#desk", "data-shot") == shot
        for key, mode in (("b", "before"), ("b", "after"), ("s", "beside"), ("w", "wipe")):
            page.keyboard.press(key)
            assert page.get_attribute("#stage", "data-mode") == mode
        page.keyboard.press("4")
        assert page.get_attribute("#frames [aria-pressed=true]", "data-frame") == "28"
        page.keyboard.press("Escape")
        assert not page.evaluate("document.getElementById('desk').open")
        assert page.evaluate("document.activeElement.dataset.show") == "close"


def test_focus_is_seen(browser: Browser, quiet_page: str) -> None:
    with opened(browser, quiet_page) as (page, _):
        for _ in range(6):
            page.keyboard.press("Tab")
            outline = page.evaluate("getComputedStyle(document.activeElement).outline")
            assert "solid 3px" in outline, outline


@pytest.mark.parametrize("renderer", ["webgl2", "cpu"])
def test_a_lut_is_shown_as_the_kernel_applies_it(browser: Browser, quiet_page: str, renderer: str) -> None:
    draw = np.random.default_rng(11)
    rough = Lut3D(np.clip(Lut3D.identity(17).lattice + draw.normal(0, 0.06, (17, 17, 17, 3)), 0, 1))
    with opened(browser, quiet_page, before=NO_WEBGL if renderer == "cpu" else None) as (page, seen):
        assert page.evaluate("otiograde.renderer") == renderer
        show(page, "close")
        own = quiet_record().lut("close")
        before = pixels(page, ".own .before")
        assert away(page, ".own .after", own.apply(before), 2) <= 2
        for lut, strength in ((rough, 1.0), (rough, 0.35), (own.resample(17), 0.5), (Lut3D.identity(9), 1.0)):
            page.evaluate("([text, size]) => otiograde.setLut('close', text, size)", [compact(lut, lut.size), lut.size])
            page.evaluate("value => otiograde.setStrength('close', value)", strength)
            settled(page)
            wanted = before + strength * (lut.apply(before.astype(np.float32) / 255) * 255 - before)
            assert away(page, ".own .after", wanted, 2) <= 2, strength
        assert np.array_equal(pixels(page, ".own .before"), before)
    assert seen.complaints == []


def _apart(shown: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(shown.astype(float) - wanted).max())


def test_the_strength_slider(browser: Browser, quiet_page: str) -> None:
    with opened(browser, quiet_page) as (page, _):
        page.evaluate(
            "() => { window.told = []; document.addEventListener('otiograde:strength', e => told.push(e.detail)); }"
        )
        show(page, "close")
        page.fill("#strength", "40")
        settled(page)
        assert page.input_value("#strength") == "40"
        assert page.text_content("#strength-said") == "40 %"
        assert page.evaluate("told.at(-1)") == {"shot": "close", "value": 0.4}
        before = pixels(page, ".own .before").astype(float)
        wanted = before + 0.4 * (quiet_record().lut("close").apply(before.astype(np.uint8)) - before)
        assert away(page, ".own .after", wanted, 2) <= 2
        page.keyboard.press("Escape")
        assert page.locator(".shot[data-shot=close] canvas.after").count() == 1  # the filmstrip follows
        show(page, "hero")
        assert page.is_disabled("#strength")


def test_scopes_count_what_the_reference_counts(browser: Browser, quiet_page: str) -> None:
    counting = """name => { const c = document.querySelector('.own .before');
        return [...otiograde.counts[name](c.getContext('2d').getImageData(0, 0, c.width, c.height))]; }"""
    with opened(browser, quiet_page) as (page, _):
        show(page, "wide")
        codes = pixels(page, ".own .before")
        reference = {
            "waveform": scopes.waveform(codes, 180),
            "parade": parade(codes, 60),
            "vectorscope": scopes.vectorscope(codes),
            "histogram": scopes.histogram(codes),
        }
        for name, wanted in reference.items():
            found = np.array(page.evaluate(counting, name))
            # A level half way between two codes may fall to either side.
            assert np.abs(found - wanted.ravel()).sum() <= 2e-4 * codes[..., 0].size, name
            assert pixels(page, f"[data-scope={name}][data-side=before]").max() > 150


def test_evidence_is_drawn_where_it_lies(browser: Browser, quiet_page: str) -> None:
    with opened(browser, quiet_page) as (page, _):
        show(page, "close")
        assert page.locator("#evidence .link").count() == 2
        line = page.locator("#evidence .link").first.locator("line").first
        # Told from this shot: the second of its link to wide, at x 0.1 and y 0.5 here, y 0.2 there.
        assert [float(str(line.get_attribute(key))) for key in ("x1", "y1", "x2", "y2")] == [10, 50, 122, 20]
        assert "80 matches, ΔE00 9.4 → 1.2" in str(page.text_content("#evidence"))
        page.click("#evidence [data-show=wide]")
        assert page.get_attribute("#desk", "data-shot") == "wide"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_everybody_can_use_it(browser: Browser, quiet_page: str, scheme: str) -> None:
    with opened(browser, quiet_page, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True) as (page, _):
        for shot in (None, "close"):
            if shot:
                show(page, shot)
            found = Axe().run(page).response["violations"]
            assert [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found] == [], scheme


def test_print_shows_the_pictures_and_hides_the_tools(browser: Browser, quiet_page: str) -> None:
    with opened(browser, quiet_page) as (page, _):
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        settled(page)
        assert page.is_hidden("nav")
        assert page.eval_on_selector_all(".frame img", "all => all.every(one => one.complete && one.naturalWidth > 0)")
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
