"""Two clips compared: zero for the same, the color difference of what was changed, and what only one of them has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from making.pictures import detail
from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.errors import MediaError
from otiograde.media.frames import read_still, write_still
from otiograde.movie.compare import compare_media


def still(path: Path, gain: float = 1.0) -> Path:
    write_still(path, detail(48, 64) * np.float32(gain), bits=16)
    return path


def test_a_still_and_itself(tmp_path: Path) -> None:
    one = still(tmp_path / "one.png")
    same = compare_media(one, one)
    assert (same.of_means, same.mean, same.worst, same.pixels) == (0, 0, 0, 0)
    assert (same.frames, same.frames_a, same.frames_b, same.worst_at) == (1, 1, 1, 0)


def test_the_difference_is_ciede2000(tmp_path: Path) -> None:
    one, two = still(tmp_path / "one.png"), still(tmp_path / "two.png", 0.8)
    seen: list[tuple[str, int, int]] = []
    apart = compare_media(one, two, lambda *step: seen.append(step))
    labs = [srgb_to_lab(read_still(path)) for path in (one, two)]
    assert apart.pixels == pytest.approx(float(delta_e00(*labs).mean()), rel=1e-4)
    means = [lab.reshape(-1, 3).mean(0, dtype=np.float64) for lab in labs]
    assert apart.mean == apart.worst == pytest.approx(float(delta_e00(*means)), rel=1e-4)
    assert seen == [("comparing", 1, 1)]


def test_pictures_of_two_sizes_have_no_pixels_in_common(tmp_path: Path) -> None:
    for name, height in (("one", 48), ("two", 32)):
        write_still(tmp_path / f"{name}.png", np.full((height, 64, 3), (0.4, 0.5, 0.3), np.float32), bits=16)
    apart = compare_media(tmp_path / "one.png", tmp_path / "two.png")
    assert apart.pixels is None
    assert apart.mean == pytest.approx(0, abs=1e-4)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"gone\.png"):
        compare_media(still(tmp_path / "one.png"), tmp_path / "gone.png")
