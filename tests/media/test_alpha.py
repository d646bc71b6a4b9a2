"""Alpha in samples and pictures: what is transparent is black, as in the movie; opaque pictures stay as they are.

Tests: media/planes.py, media/pictures.py, media/alpha.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from making.clips import ffmpeg_run
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe

COLOR = (40, 200, 90)


def square(path: Path, alpha: int = 255, around: int = 0) -> Path:
    """A picture of one color; alpha is ``alpha`` in its middle and ``around`` elsewhere."""
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[..., :3], picture[..., 3] = COLOR, around
    picture[16:48, 16:48, 3] = alpha
    cv2.imwrite(str(path), picture)
    return path


@pytest.mark.parametrize("pixel_format", ["rgba", "yuva444p10le", "gbrap12le", "ya8", "rgba64be"])
@pytest.mark.parametrize("alpha", [255, 128])
def test_transparency_shows_black(tmp_path: Path, ffmpeg: Path, pixel_format: str, alpha: int) -> None:
    source, path = square(tmp_path / "a.png", alpha), tmp_path / "a.mkv"
    codec = "png" if pixel_format in ("rgba", "ya8", "rgba64be") else "ffv1"
    words = ("-vf", "scale=out_color_matrix=bt709", "-pix_fmt", pixel_format, "-c:v", codec)
    ffmpeg_run(ffmpeg, "-i", source, *words, path)
    media = probe(path)
    assert media.pixel_format == pixel_format
    full = read_frames(probe(square(tmp_path / "b.png")), [0], 64)[0][32, 32]
    frame = read_frames(media, [0], 64)[0]
    assert frame[4, 4].max() < 0.005
    if pixel_format == "ya8":
        full = np.repeat(full @ np.array([0.299, 0.587, 0.114], np.float32), 3)
    wanted = full * alpha / 255
    assert np.abs(frame[32, 32] - wanted).max() < (0.02 if pixel_format in ("ya8", "yuva444p10le") else 0.005)


def test_an_opaque_picture_is_the_same_with_and_without_alpha(tmp_path: Path) -> None:
    opaque = square(tmp_path / "opaque.png", around=255)
    cv2.imwrite(str(tmp_path / "plain.png"), cv2.imread(str(opaque)))
    with_alpha, without = (read_frames(probe(path), [0], 40) for path in (opaque, tmp_path / "plain.png"))
    assert np.array_equal(with_alpha, without)


def soft_disk(path: Path, *, multiplied: bool, color: tuple[int, int, int] = (40, 200, 230)) -> Path:
    """A bright disk whose edge is soft over 24 pixels, on nothing."""
    y, x = np.mgrid[0:96, 0:96]
    alpha = np.clip((40 - np.hypot(x - 48, y - 48)) / 24, 0, 1)
    share = alpha[..., None] if multiplied else np.ones((96, 96, 1))
    picture = np.concatenate([np.array(color) * share, 255 * alpha[..., None]], axis=-1)
    cv2.imwrite(str(path), np.rint(picture).astype(np.uint8))
    return path


@pytest.mark.parametrize("pixel_format", ["rgba", "yuva444p10le", "yuva420p", "gbrap12le", "rgba64be"])
@pytest.mark.parametrize("multiplied", [True, False])
def test_premultiplied_alpha_is_recognized(tmp_path: Path, ffmpeg: Path, pixel_format: str, multiplied: bool) -> None:
    source, path = soft_disk(tmp_path / "a.png", multiplied=multiplied), tmp_path / "a.mkv"
    assert probe(source).premultiplied is multiplied
    words = ("-vf", "scale=out_color_matrix=bt709", "-pix_fmt", pixel_format)
    ffmpeg_run(ffmpeg, "-i", source, *words, "-c:v", "png" if pixel_format.startswith("rgba") else "ffv1", path)
    media = probe(path)
    assert media.premultiplied is multiplied
    frame = read_frames(media, [0], 96)[0]
    straight = read_frames(probe(soft_disk(tmp_path / "b.png", multiplied=False)), [0], 96)[0]
    assert np.abs(frame - straight).max() < 0.03, "over black, both are the same"


def test_a_sequence_is_looked_at_in_several_places(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "t.0001.png"), np.zeros((96, 96, 4), np.uint8))
    for number in (2, 3):
        soft_disk(tmp_path / f"t.{number:04}.png", multiplied=True)
    assert probe(tmp_path / "t.%04d.png", first=1).premultiplied


@pytest.mark.parametrize("alpha", [0, 128, 255])
def test_nothing_that_shows_it_is_straight(tmp_path: Path, alpha: int) -> None:
    assert not probe(square(tmp_path / "a.png", alpha)).premultiplied
    assert not probe(soft_disk(tmp_path / "dark.png", multiplied=True, color=(20, 20, 20))).premultiplied
