"""A finished movie under review: a cut that is none, a cut that was missed, and what is written then.

Tests: review/pictures.py, review/recuts.py
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hands import press, wait_for_words
from reviewing import Client

from browsing import Browser, opened
from making.records import WARM, graded
from making.wall_movie import wall_movie
from otiograde.exporters import export_all
from otiograde.folder.layout import cut_picture_path, picture_path
from otiograde.folder.reading import Pictures, read_record
from otiograde.folder.writing import write_folder
from otiograde.grading.picturing import draw_pictures
from otiograde.media.probe import probe
from otiograde.review.changes import Draft, Join, Split
from otiograde.review.pictures import pictures_after
from otiograde.timeline import Boundary, Reading, edit_of_movie, read_edit


@pytest.fixture(scope="module")
def movie(ffmpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wall_movie(ffmpeg, tmp_path_factory.mktemp("movie") / "walls.mp4")


@pytest.fixture
def folder(movie: Path, tmp_path: Path) -> Path:
    """The movie cut at frame 30, where it has no cut, and at 110; the cut at 60 was missed."""
    edit = edit_of_movie(probe(movie), [Boundary(30), Boundary(110)], Reading())
    record = graded(edit, WARM, scenes={"wall": ("walls_01", "walls_02"), "end": ("walls_03",)}, lut_size=5)
    write_folder(tmp_path / "out", export_all(record, pictures=draw_pictures(edit)))
    return tmp_path / "out"


def cut(client: Client) -> list[tuple[str, int, int]]:
    return [(s.id, s.source.start, s.source.end) for s in client.desk.draft.record.edit.shots]


def test_a_cut_is_taken_back_and_another_one_made(
    browser: Browser, open_review: Callable[..., Client], folder: Path
) -> None:
    client = open_review(folder)
    with opened(browser, client.address) as (page, seen):
        page.wait_for_selector("html.reviewing")
        assert page.locator(".found-cut img.edge").count() == 4
        page.get_by_role("button", name="No cut: join walls_01 and walls_02").click()
        page.locator(".found-cut[data-first=walls_01][data-second=walls_03]").wait_for()
        page.wait_for_selector("html.reviewing")
        assert cut(client) == [("walls_01", 0, 110), ("walls_03", 110, 180)]
        page.click("[data-shot=walls_01] .open")
        page.locator(".splitting img[src]").first.wait_for()
        page.locator("[data-slider=split]").fill("60")
        press(page, "Split here")
        page.locator("[data-shot=walls_01_60]").first.wait_for(state="attached")
        page.wait_for_selector("html.reviewing")
        assert cut(client) == [("walls_01", 0, 60), ("walls_01_60", 60, 110), ("walls_03", 110, 180)]
        wait_for_words(page, "changed since")
        assert [picture.get_attribute("alt") for picture in page.locator("[data-shot=walls_01_60] img").all()]
        page.keyboard.press("Escape")
        page.keyboard.press("Control+z")
        page.locator("[data-shot=walls_01_60]").first.wait_for(state="detached")
        page.wait_for_selector("html.reviewing")
        page.keyboard.press("Control+z")
        page.locator("[data-shot=walls_02]").first.wait_for()
        assert client.desk.draft is client.desk.history.base
    assert seen.complaints == []


@pytest.mark.slow
def test_the_corrected_cut_is_solved_and_saved(open_review: Callable[..., Client], folder: Path) -> None:
    client = open_review(folder)
    client.change("join", first="walls_01", second="walls_02")
    state = client.change("split", shot="walls_01", frame=60)
    assert [(shot["id"], shot["splits"], shot["next"]) for shot in state["shots"]] == [
        ("walls_01", [1, 59], "walls_01_60"),
        ("walls_01_60", [61, 109], "walls_03"),
        ("walls_03", [111, 179], None),
    ]
    client.change("move", shots=["walls_03"], scene="wall")
    client.change("strength", shots=["walls_01_60"], strength=0.5)
    client.post("save", revision=client.revision)
    outcome = client.wait()
    assert not outcome["failed"], outcome
    record = read_record(folder)
    assert [(s.id, s.source.start) for s in record.edit.shots] == [
        ("walls_01", 0),
        ("walls_01_60", 60),
        ("walls_03", 110),
    ]
    [link] = [link for link in record.evidence if link.matches and {link.a, link.b} == {"walls_01", "walls_03"}]
    assert link.after < 1
    again = read_edit(folder / "graded.otio", Reading(), probe)
    assert [shot.id for shot in again.shots] == [shot.id for shot in record.edit.shots]
    assert again.shot("walls_01_60").wishes.strength == 0.5
    assert again.shot("walls_01").wishes.strength is None
    stored = Pictures(folder)
    assert {cut_picture_path("walls_01", 59), cut_picture_path("walls_01_60", 60)} <= set(stored)
    assert not any(name.startswith("pictures/walls_02/") for name in stored)
    assert (folder / "luts/walls_01_60.cube").is_file()
    assert not (folder / "luts/walls_02.cube").exists()


def test_a_frame_is_shown_as_it_is(open_review: Callable[..., Client], folder: Path) -> None:
    client = open_review(folder)
    first, last = (client.get(f"frame/walls_02/{number}") for number in (59, 60))
    pictures = [
        cv2.imdecode(np.frombuffer(base64.b64decode(answer["jpeg"]), np.uint8), cv2.IMREAD_COLOR)
        for answer in (first, last)
    ]
    assert np.abs(np.asarray(pictures[0], float) - pictures[1]).mean() > 20
    assert client.get("frame/walls_02/180")["error"].startswith("walls_02: there is no frame 180")
    assert client.get("frame/nobody/1")["status"] == 400


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "join", "first": "walls_01", "second": "walls_03"}, "does not follow walls_01"),
        ({"kind": "join", "first": "walls_01", "second": "nobody"}, "there is no shot 'nobody'"),
        ({"kind": "split", "shot": "walls_02", "frame": 30}, "at frames from 31 to 109, not at 30"),
        ({"kind": "split", "shot": "walls_02", "frame": "x"}, "not understood"),
    ],
)
def test_what_is_refused(open_review: Callable[..., Client], folder: Path, values: Any, words: str) -> None:
    client = open_review(folder)
    answer = client.change(**values)
    assert answer["status"] == 400
    assert words in answer["error"]


def test_pictures_go_to_the_shots_that_show_them(folder: Path) -> None:
    record, stored = read_record(folder), Pictures(folder)
    draft = Split("walls_01", 60)(Join("walls_01", "walls_02")(Draft(record)))
    now = pictures_after(stored, record.edit, draft.record.edit)
    assert len(now) == len(stored)
    for name, content in stored.items():
        shot, frame = Path(name).parent.name, Path(name).stem
        if shot == "cuts":
            continue
        owner = shot if shot == "walls_03" else "walls_01" if int(frame) < 60 else "walls_01_60"
        assert now[picture_path(owner, int(frame))] == content
    assert pictures_after(stored, record.edit, record.edit) is stored
