"""Flat patches through the whole rendering, against a float64 model: luma within 0.6 of a code, whatever the source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from making.clips import LOSSLESS, encode_chart, patch_chart, tagged
from making.movies import clip, record_of, render
from otiograde.color.affine import Affine
from otiograde.color.encodings import ENCODINGS, encoding_of, rgb_to_ycbcr, ycbcr_to_rgb
from otiograde.media.codes import iter_codes
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe

pytestmark = pytest.mark.slow

GRADE = Affine(((0.82, 0.10, 0.0), (0.02, 0.88, 0.05), (0.0, 0.0, 0.75)), (0.03, 0.0, 0.10), "rgb")

#: Name -> encoding, bits, chroma across and down, whether the file says so.
KINDS = {
    "hd": ("bt709", 8, 2, 2, True),
    "untagged": ("bt709", 8, 2, 2, False),
    "ntsc": ("bt601-525", 8, 2, 2, True),
    "pal": ("bt601-625", 8, 2, 2, True),
    "pq": ("pq", 10, 2, 2, True),
    "hlg": ("hlg", 10, 2, 2, True),
    "full": ("bt709-full", 8, 2, 2, True),
    "prores_class": ("bt709", 10, 2, 1, True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_patches(tmp_path: Path, ffmpegs: list[Path], ffmpeg: Path, kind: str) -> None:
    name, bits, across, down, says = KINDS[kind]
    encoding = ENCODINGS[name]
    chart, codes = patch_chart(bits, across, down, full=encoding.range == "full")
    words = [*LOSSLESS, *(tagged(encoding) if says else [])]
    path = encode_chart(ffmpeg, tmp_path / "chart.mkv", chart, words, frames=2)
    item = clip(path, 0, 2)
    item.metadata["otiograde"] = {} if says else {"encoding": "bt709"}
    record = record_of(tmp_path, [item])
    record = replace(
        record, grades=(replace(record.grades[0], balance=GRADE),), settings=replace(record.settings, lut_size=33)
    )
    lut = record.lut(record.edit.shots[0].id)
    rgb = np.clip(ycbcr_to_rgb(codes.astype(np.float64), encoding, bits), 0, 1)
    wanted = rgb_to_ycbcr(np.asarray(lut(rgb), np.float64), encoding, bits)[:, 0]
    for number, program in enumerate(ffmpegs):
        done = render(record, tmp_path / f"out{number}", program)
        assert done.movie is not None, done.failures
        for planes in iter_codes(done.movie):
            got = planes.planes[0][8::16, 8::16].reshape(-1).astype(np.float64)
            assert np.abs(got - wanted).max() <= 0.6
        made = [probe(done.movie)]
        for form in ("x264", "prores"):
            done = render(record, tmp_path / f"out{number}", program, f"film.{form}.mov", encoder=form)
            assert done.movie is not None, done.failures
            made.append(probe(done.movie))
        assert {media.origin for media in made} == {"container tags"}
        legal = encoding_of(encoding.primaries, encoding.transfer, encoding.matrix, "legal")  # QuickTime has no other
        assert [media.encoding for media in made] == [encoding, encoding, legal]
        prores = next(iter_frames(made[2]))[8::16, 8::16].reshape(-1, 3)
        assert np.abs(prores - lut(rgb)).mean() * 255 < 2
        assert [media.chroma_location for media in made][1] == record.edit.shots[0].media.chroma_location
