"""A LUT on a picture or a clip: what the lattice says, in the size, rate and depth of the source."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from making.pictures import detail, slopes
from otiograde.color.cdl import Cdl
from otiograde.color.encodings import encoding
from otiograde.color.lut import Lut3D
from otiograde.errors import MediaError
from otiograde.media.frames import iter_frames, read_still, write_still
from otiograde.media.probe import probe
from otiograde.media.writing import write_video
from otiograde.movie.apply_lut import grade_media

CDL = Cdl((0.9, 0.8, 1.0), (0.02, 0.0, 0.0), (1.0,) * 3, 1.0)
LUT = Lut3D.bake(CDL, 17)


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_a_still(tmp_path: Path, strength: float) -> None:
    write_still(tmp_path / "in.png", detail(48, 64), bits=16)
    grade_media(LUT, tmp_path / "in.png", tmp_path / "out.png", strength=strength)
    picture = read_still(tmp_path / "in.png")
    wanted = picture + strength * (LUT.apply(picture, "tetrahedral") - picture)
    np.testing.assert_allclose(read_still(tmp_path / "out.png"), wanted, atol=2e-5)
    assert probe(tmp_path / "out.png").bits == probe(tmp_path / "in.png").bits


def test_a_clip(tmp_path: Path) -> None:
    frames = [slopes(64, 48, at).astype(np.float32) for at in range(4)]
    source, target = tmp_path / "in.mp4", tmp_path / "out.mp4"
    write_video(source, frames, rate=Fraction(24), encoding=encoding("bt709"), bits=8, crf=1)
    seen: list[tuple[str, int, int]] = []
    grade_media(LUT, source, target, progress=lambda *step: seen.append(step))
    before, after = probe(source), probe(target)
    assert (after.frames, after.rate, after.width, after.height) == (4, 24, 64, 48)
    assert (after.bits, after.encoding) == (before.bits, before.encoding)
    for graded, frame in zip(iter_frames(after), iter_frames(before), strict=True):
        assert np.abs(graded - CDL(frame)).mean() < 0.015
    assert seen[-1] == ("grading", 4, 4)


def test_nothing_is_left_of_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "in.mp4").write_bytes(b"")
    with pytest.raises(MediaError):
        grade_media(LUT, tmp_path / "in.mp4", tmp_path / "out.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]
