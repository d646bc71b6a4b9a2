"""A review of the demo movie in a real browser, from dragging a shot to the LUT on disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hands import TALL, press, slide, wait_for_words
from reviewing import Client

from browsing import Browser, opened
from otiograde.color.lut import Lut3D
from otiograde.color.trim import Trim
from otiograde.demo import draw_movie, light
from otiograde.exporters import export_all
from otiograde.folder.reading import changed_files, read_cube, read_record
from otiograde.folder.writing import write_folder
from otiograde.grading.picturing import draw_pictures
from otiograde.grading.pipeline import grade_timeline
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Settings
from otiograde.record.shot import Wishes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> DiskCache:
    return DiskCache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, cache: DiskCache) -> GradedTimeline:
    """A small demo movie, grainy and short, and its grades."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as executor:
        patch.setattr(light, "RAYS", 2)
        drawn = draw_movie(tmp_path_factory.mktemp("demo"), size=(480, 270), frames=3, executor=executor)
        return grade_timeline(drawn.edit, settings=Settings(lut_size=17), means=Means(executor, cache))


@pytest.fixture
def out(tmp_path: Path, graded: GradedTimeline, cache: DiskCache) -> Path:
    folder = tmp_path / "demo.graded"
    write_folder(folder, export_all(graded, ("luts", "otio"), draw_pictures(graded.edit, means=Means(cache=cache))))
    return folder


def test_from_a_drag_to_the_lut_on_disk(
    browser: Browser, open_review: Callable[..., Client], out: Path, cache: DiskCache, graded: GradedTimeline
) -> None:
    kitchen, studio = (scene.id for scene in graded.scenes)
    moved = graded.scenes[1].shots[-1]
    assert "kitchen_wide" in graded.scenes[0].shots
    client = open_review(out, cache)
    with opened(browser, client.address, **TALL) as (page, seen):
        page.wait_for_selector("html.reviewing")
        page.locator(f"[data-shot={moved}] .open").drag_to(page.locator(f"[data-scene={kitchen}] .filmstrip"))
        page.wait_for_selector(f"[data-scene={kitchen}] [data-shot={moved}]")
        wait_for_words(page, "2 scenes changed since they were solved")

        page.click("[data-shot=kitchen_wide] .open")
        before = client.get("lut/kitchen_wide")["lattice"]
        slide(page, "strength", 0.5)
        slide(page, "temperature", 20)
        wait_for_words(page, "Not saved")
        page.keyboard.press("Escape")
        assert client.get("lut/kitchen_wide")["lattice"] != before

        page.locator(f"[data-scene={kitchen}]").get_by_role("button", name="Solve again").click()
        page.wait_for_selector(f"[data-scene={kitchen}] .difference:has-text('Solved again')")
        wait_for_words(page, "Solved again")
        assert page.locator(f"[data-scene={kitchen}] .shot").count() == 4
        press(page, "Save")
        wait_for_words(page, "Saved to")
    assert seen.complaints == []

    record = read_record(out)
    assert changed_files(out, record) == {}
    assert {scene.id: scene.shots[-1] for scene in record.scenes} == {kitchen: moved, studio: "studio_medium"}
    grade = record.grade("kitchen_wide")
    assert (grade.strength, grade.trim) == (0.5, Trim(temperature=20).cdl)
    made, old = read_cube(out / "luts/kitchen_wide.cube"), graded.lut("kitchen_wide")
    np.testing.assert_allclose(made.lattice, Lut3D.bake(grade.transform, 17).lattice, atol=1e-6)
    assert np.abs(made.lattice - old.lattice).max() > 0.02
    wished = next(shot.wishes for shot in record.edit.shots if shot.id == "kitchen_wide")
    assert wished == Wishes(scene=kitchen, strength=0.5, trim=Trim(temperature=20))

    # The graded edit alone asks for the same again.
    again = grade_timeline(out / "graded.otio", settings=Settings(lut_size=17), means=Means(cache=cache))
    assert [(scene.id, scene.shots) for scene in again.scenes] == [(scene.id, scene.shots) for scene in record.scenes]
    assert again.edit.shot("kitchen_wide").wishes == wished
    assert again.grade("kitchen_wide").trim == grade.trim
