"""The gray picture of a frame: blind to exposure and contrast, so that points are found again under another grade."""

from __future__ import annotations

import numpy as np

from making.pictures import Look, wall
from otiograde.color.gray import gray

PICTURE = wall(3, 120, 160).astype(np.float32)


def test_it_is_luma_of_eight_bits_and_uses_them() -> None:
    made = gray(PICTURE)
    assert (made.shape, made.dtype) == ((120, 160), np.uint8)
    assert made.max() - made.min() > 200


def test_scale_and_offset_change_next_to_nothing() -> None:
    other = gray((0.6 * PICTURE + 0.1).astype(np.float32))
    assert np.abs(gray(PICTURE).astype(int) - other).mean() < 1


def test_exposure_changes_little() -> None:
    darker = gray(Look(exposure=-0.5)(PICTURE).astype(np.float32))
    plain = (PICTURE.mean(-1) * 255).astype(int), (Look(exposure=-0.5)(PICTURE).mean(-1) * 255).astype(int)
    assert np.abs(gray(PICTURE).astype(int) - darker).mean() < 0.3 * np.abs(plain[0] - plain[1]).mean()


def test_a_frame_of_one_color_is_no_error() -> None:
    assert gray(np.full((32, 32, 3), 0.4, np.float32)).shape == (32, 32)
