"""``otiograde demo``: it draws into a folder of its own only, and prints the match against the truth.

Tests: cli/demo.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from making.graded_wall import write_windows
from otiograde.demo import Film


def test_a_folder_of_somebody_elses_is_refused(run: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "holiday.jpg").write_bytes(b"x")
    result = run("demo", "-o", tmp_path / "mine")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "holds something else than a demo" in result.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["holiday.jpg"]


@pytest.mark.slow
@pytest.mark.parametrize(("after", "code"), [(1.0, 0), (9.0, 3)])
def test_it_says_how_far_from_the_truth_it_was_and_is(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: float, code: int
) -> None:
    """With a still in the place of the film, which takes long to draw, and its truth made up."""

    def draw_film(folder: Path, **_: Any) -> Film:
        folder.mkdir()
        return Film(write_windows(folder)[0], {}, {}, {})

    monkeypatch.setattr("otiograde.demo.draw_film", draw_film)
    monkeypatch.setattr("otiograde.demo.truth_error", lambda _, luts=None: after if luts else 7.0)
    result = run("demo", "-o", tmp_path / "demo", "--json")
    assert result.code == code, result.err
    assert json.loads(result.out) == {"output": str(tmp_path / "demo"), "before": 7.0, "after": after}
    assert "ΔE00 between the shots of a set: 7.00" in result.err
    assert f"-> {after:.2f}" in result.err
    assert (tmp_path / "demo").is_dir()
