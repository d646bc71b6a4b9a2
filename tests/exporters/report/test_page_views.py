"""Pictures of PQ, HLG and log as a view shows them, in the report's file and in a real browser.

Tests: exporters/report/gallery.py, exporters/report/sheet.py, exporters/report/contents.py
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from test_page import NO_WEBGL, away, pixels, settled, show

from browsing import Browser, Page, Seen, opened
from making.hostile_record import drawn, jpeg, pictures, quiet_record
from making.media import media
from making.records import WARM, graded
from otiograde.color.encodings import encoding, encoding_of
from otiograde.color.views import to_view
from otiograde.exporters.report import export, page
from otiograde.exporters.report.contents import contents
from otiograde.exporters.report.gallery import Gallery
from otiograde.folder.layout import cut_picture_path, picture_path
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline
from otiograde.record.recutting import found_cuts
from otiograde.timeline import Boundary, Reading, edit_of_movie

#: The encodings of the shots; the fourth stays SDR.
ENCODINGS = {
    "wide": encoding("pq"),
    "close": encoding("hlg"),
    "hero": encoding_of("sgamut3cine", "slog3", "bt709", "legal"),
}


def viewed_record() -> GradedTimeline:
    record = quiet_record()
    shots = tuple(
        replace(shot, media=replace(shot.media, encoding=ENCODINGS.get(shot.id, shot.media.encoding)))
        for shot in record.edit.shots
    )
    return replace(record, edit=replace(record.edit, shots=shots))


def seen_codes(shot: str, codes: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(to_view(codes / 255, ENCODINGS[shot]), 0, 1) * 255)


def jpegs(html: str) -> dict[str, np.ndarray]:
    """The pictures of the page by their keys, R'G'B'."""
    found = re.findall(r'data-picture="([^"]*)"[^>]* src="data:image/jpeg;base64,([^"]*)"', html)
    return {
        key: cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        for key, data in found
    }


def test_cards_show_the_view_and_the_page_keeps_the_codes() -> None:
    record = viewed_record()
    html = page(record, pictures(record))
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    shown, plain = jpegs(html), jpegs(page(quiet_record(), pictures(record)))
    assert len(data["views"]) == 3
    assert [shot["view"] for shot in data["shots"]] == [0, 1, 2, None]
    for shot in ENCODINGS:
        key = f"{shot}/20"
        codes = Gallery(record, pictures(record)).codes(shot, 20)
        assert key in data["pictures"]
        assert np.abs(shown[key] - seen_codes(shot, np.asarray(codes))).mean() < 2
        assert np.abs(shown[key].astype(float) - plain[key]).mean() > 4
    assert np.array_equal(shown["alone/20"], plain["alone/20"])
    assert "alone/20" not in data["pictures"]
    assert "The pictures of pq, hlg, " in html


def test_nothing_of_sdr_changes() -> None:
    record = quiet_record()
    html = page(record, pictures(record))
    assert "data-codes>" not in html
    assert "are shown through a view" not in html
    gallery = Gallery(record, pictures(record))
    codes = gallery.codes("wide", 20)
    assert codes is not None
    assert gallery.seen("wide", codes) is codes
    assert contents(gallery).data["views"] == []


@pytest.mark.slow
def test_the_contact_sheet_and_the_heat_maps_show_the_view() -> None:
    record = viewed_record()
    sheets = [
        cv2.imdecode(np.frombuffer(export(each, pictures(each))["contact_sheet.png"], np.uint8), 1)
        for each in (record, quiet_record())
    ]
    assert np.abs(sheets[0].astype(float) - sheets[1]).max() > 60
    maps = [contents(Gallery(each, pictures(each))).heat_maps[-1].cells for each in (record, quiet_record())]
    assert maps[0] != maps[1]


def test_two_units_never_share_a_line() -> None:
    record = viewed_record()
    light = tuple(
        Finding("scene_001", f"light_{when}", value, None, "ΔE ITP", None)
        for when, value in (("before", 23.4), ("after", 2.9))
    )
    html = page(replace(record, findings=(*record.findings, *light)), pictures(record))
    text = [re.sub(r"<[^>]*>", "", line) for line in html.splitlines() if "base64" not in line]
    assert any("ΔE ITP" in line and "23.4" in line for line in text)
    assert not [line for line in text if "ΔE ITP" in line and "ΔE00" in line]


# In a browser.


@pytest.fixture(scope="module")
def viewed_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    record = viewed_record()
    file = tmp_path_factory.mktemp("viewed") / "report.html"
    file.write_bytes(export(record, pictures(record))["report.html"])
    return file.as_uri()


@pytest.fixture(params=["webgl2", "cpu"])
def viewing(browser: Browser, viewed_page: str, request: pytest.FixtureRequest) -> Iterator[tuple[Page, Seen]]:
    with opened(browser, viewed_page, before=NO_WEBGL if request.param == "cpu" else None) as (shown, seen):
        assert shown.evaluate("otiograde.renderer") == request.param
        yield shown, seen
        assert seen.complaints == []


def through_lut(record: GradedTimeline, shot: str, codes: np.ndarray) -> np.ndarray:
    return np.clip(record.lut(shot).apply(codes.astype(np.float32) / 255), 0, 1) * 255


def test_the_browser_shows_the_view_of_the_library(viewing: tuple[Page, Seen]) -> None:
    """Of every pixel before and after: a level apart, two where a node of the page's LUT was rounded."""
    record, (shown, _) = viewed_record(), viewing
    gallery = Gallery(record, pictures(record))
    for shot in ENCODINGS:
        show(shown, shot)
        codes = np.asarray(gallery.codes(shot, 20))
        assert np.abs(pixels(shown, ".own .before") - seen_codes(shot, codes)).max() <= 1.01, shot
        after = through_lut(record, shot, codes) if shot != "hero" else codes
        away = np.abs(pixels(shown, ".own .after") - seen_codes(shot, after))
        assert away.mean() <= 0.6, shot
        assert np.quantile(away, 0.999) <= 4, shot


def test_the_switch_shows_codes_everywhere_and_back(viewing: tuple[Page, Seen]) -> None:
    record, (shown, _) = viewed_record(), viewing
    codes = np.asarray(Gallery(record, pictures(record)).codes("wide", 20))
    show(shown, "wide")
    small = pixels(shown, "#frames canvas >> nth=2")
    shown.keyboard.press("c")
    settled(shown)
    assert away(shown, ".own .before", codes, 0) == 0
    assert np.abs(pixels(shown, "#frames canvas >> nth=2").astype(float) - small).mean() > 4
    shown.keyboard.press("Escape")
    settled(shown)
    assert away(shown, "[data-shot=wide] .frame canvas.before", codes, 0) == 0
    assert shown.locator("[data-shot=alone] .frame img").count() == 2  # SDR has nothing to switch
    assert shown.is_checked(".top [data-codes]")
    shown.uncheck(".top [data-codes]")
    settled(shown)
    assert away(shown, "[data-shot=wide] .frame canvas.before", seen_codes("wide", codes), 1.01) <= 1.01


def test_scopes_say_what_their_lines_are(viewing: tuple[Page, Seen]) -> None:
    shown, _ = viewing
    lines = "#desk .waveform .codes li"
    for shot, unit, codes in (
        ("wide", "Waveform, cd/m²", ["10k", "983", "92", "5.2", "0.0"]),
        ("close", "Waveform, cd/m²", ["1000", "203", "51", "9.6", "0.0"]),
        ("hero", "Waveform, stops from a gray card", None),
    ):
        show(shown, shot)
        assert shown.locator(lines).all_text_contents() == ["1023", "768", "512", "256", "0"]
        assert shown.text_content("#desk .waveform figcaption") == "Waveform"
        shown.keyboard.press("c")
        settled(shown)
        said = shown.locator(lines).all_text_contents()
        assert shown.text_content("#desk .waveform figcaption") == unit
        if codes:
            near = [float(a.replace("k", "000")) for a in said], [float(a.replace("k", "000")) for a in codes]
            assert near[0] == pytest.approx(near[1], rel=0.1, abs=0.1)
        else:
            assert said[0].startswith("+")
            assert said[3].startswith("−")
        shown.keyboard.press("c")
        settled(shown)
    show(shown, "alone")
    assert shown.locator("#desk .codes-switch").is_hidden()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_everybody_can_use_it(browser: Browser, viewed_page: str, scheme: str) -> None:
    with opened(browser, viewed_page, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True) as (shown, _):
        for shot in (None, "wide"):
            if shot:
                show(shown, shot)
            found = Axe().run(shown).response["violations"]
            assert [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found] == [], scheme


def test_it_fits_a_phone(browser: Browser, viewed_page: str) -> None:
    with opened(browser, viewed_page, viewport={"width": 390, "height": 844}) as (shown, _):
        show(shown, "wide")
        assert shown.eval_on_selector("#desk", "desk => desk.scrollWidth") <= 390


def movie_of_pq(file: Path) -> tuple[GradedTimeline, dict[str, bytes]]:
    """A finished movie in PQ with one cut, and its pictures."""
    file.touch()
    whole = media(file, encoding="pq", width=640, height=360, frames=48)
    edit = edit_of_movie(whole, [Boundary(24)], Reading())
    record = graded(edit, WARM, scenes={"all": tuple(shot.id for shot in edit.shots)}, lut_size=5)
    (found,) = found_cuts(edit)
    ends = zip((found.first, found.second), found.frames, strict=True)
    edges = {cut_picture_path(shot, frame): jpeg(drawn(k, frame)) for k, (shot, frame) in enumerate(ends)}
    return record, edges | {picture_path(shot.id, 12): jpeg(drawn(3, 12)) for shot in edit.shots}


def test_the_frames_at_found_cuts_have_the_view_and_the_codes(browser: Browser, tmp_path: Path) -> None:
    record, stored = movie_of_pq(tmp_path / "film.mov")
    (tmp_path / "report.html").write_bytes(export(record, stored)["report.html"])
    shown = jpegs((tmp_path / "report.html").read_text("utf-8"))
    (found,) = found_cuts(record.edit)
    key = f"cut/{found.first}/{found.frames[0]}"
    codes = np.asarray(Gallery(record, stored).at_cut(found.first, found.frames[0])[0])  # type: ignore[index]
    assert np.abs(shown[key] - seen_codes("wide", codes)).mean() < 2
    with opened(browser, (tmp_path / "report.html").as_uri()) as (page, seen):
        page.locator(".found-cut img").first.scroll_into_view_if_needed()
        page.check(".top [data-codes]")
        settled(page)
        assert away(page, ".found-cut canvas >> nth=0", codes, 0) == 0
        page.uncheck(".top [data-codes]")
        settled(page)
        assert away(page, ".found-cut canvas >> nth=0", seen_codes("wide", codes), 1.01) <= 1.01
        assert page.locator(".found-cut img").count() == 0
    assert seen.complaints == []
