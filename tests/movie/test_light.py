"""What files state of their light: read, kept where it stays true, measured, and named where it is left out.

Tests: movie/light.py, movie/content_light.py
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from making.clips import LOSSLESS, Chart, encode_chart, tagged
from making.media import media
from making.movies import clip, record_of, render
from making.shots import shot
from otiograde.color.encodings import ENCODINGS, rgb_to_ycbcr
from otiograde.color.transfer import pq_encode
from otiograde.errors import ExportError
from otiograde.media.probe import probe
from otiograde.movie.content_light import content_light
from otiograde.movie.encoders import ENCODERS
from otiograde.movie.light import UNLIT, light_notes, mastering_of, with_light
from otiograde.record.shot import LightMetadata, Shot

#: P3 primaries, D65, 1000 and .005 cd/m2 (SMPTE ST 2086).
P3 = (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 50)
WRITTEN = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
#: The same with BT.2020's primaries, 4000 and .01 cd/m2.
WIDE = (8500, 39850, 6550, 2300, 35400, 14600, 15635, 16450, 40_000_000, 100)

PQ = ENCODINGS["pq"]


def _shots(*lights: LightMetadata, encoding: str = "pq") -> list[Shot]:
    coded = ENCODINGS[encoding]
    files = (replace(media(f"s{k}.mov"), light=light, encoding=coded) for k, light in enumerate(lights))
    return [shot(f"s{k}", file, at=24 * k) for k, file in enumerate(files)]


@pytest.fixture
def hdr10(tmp_path: Path, ffmpegs: list[Path]) -> Path:
    params = f"log-level=error:hdr10=1:master-display={WRITTEN}:max-cll=1000,400"
    source = ["-f", "lavfi", "-i", "testsrc2=s=256x128:r=24:d=0.1", *tagged(PQ), "-pix_fmt", "yuv420p10le"]
    target = ["-c:v", "libx265", "-x265-params", params, "-tag:v", "hvc1", str(tmp_path / "hdr10.mp4")]
    subprocess.run([str(ffmpegs[-1]), "-v", "error", *source, *target], check=True)
    return tmp_path / "hdr10.mp4"


@pytest.mark.parametrize("name", ["x264", "x265", "svtav1"])
def test_encoders_that_write_it_write_it(hdr10: Path, tmp_path: Path, ffmpegs: list[Path], name: str) -> None:
    encoder = with_light(ENCODERS[name], LightMetadata(P3, (700, 90)))
    for number, ffmpeg in enumerate(ffmpegs):
        file = tmp_path / f"{name}{number}.mp4"
        options = ["-vf", UNLIT.rstrip(","), "-c:v", encoder.codec, *encoder.options, "-pix_fmt", "yuv420p10le"]
        subprocess.run([str(ffmpeg), "-v", "error", "-i", str(hdr10), *options, str(file)], check=True)
        assert probe(file).light == LightMetadata(P3, (700, 90))


@pytest.mark.parametrize("name", ENCODERS)
def test_every_movie_keeps_it_or_names_it(hdr10: Path, tmp_path: Path, ffmpegs: list[Path], name: str) -> None:
    """Of all encoders, in the container of each, with both programs."""
    record = record_of(tmp_path, [clip(hdr10, 0, 2)])
    for number, program in enumerate(ffmpegs):
        file = f"{number}.{ENCODERS[name].suffix}"
        done = render(record, tmp_path / "out", program, file, encoder=name)
        assert done.movie is not None, done.failures
        made, said = probe(done.movie).light, " / ".join(done.notes)
        assert (made.mastering == P3) != ("mastering display (SMPTE ST 2086) is left out" in said)
        assert not made.content
        assert "MaxCLL and MaxFALL are left out" in said
        # As SDR, neither is true any more, whatever FFmpeg passes along.
        done = render(record, tmp_path / "out", program, file, encoder=name, encoding=ENCODINGS["bt709"])
        assert done.movie is not None, done.failures
        assert probe(done.movie).light == LightMetadata()
        assert "left out: the movie is neither PQ nor HLG" in " / ".join(done.notes)


def test_what_is_left_out_is_named() -> None:
    full = LightMetadata(P3, (1000, 400), ("Dolby Vision", "HDR10+"))
    notes = " / ".join(light_notes(_shots(full, full), ENCODERS["prores"], PQ))
    assert "prores_ks does not write it" in notes
    assert "MaxCLL and MaxFALL are left out" in notes
    assert "Dolby Vision and HDR10+" in notes
    kept = light_notes(_shots(full, full), ENCODERS["x265"], PQ)
    assert not any("mastering" in note for note in kept)
    mixed = _shots(full, LightMetadata())
    assert mastering_of(mixed, PQ) == ()
    assert "not every shot states one" in " ".join(light_notes(mixed, ENCODERS["x265"], PQ))
    assert light_notes(_shots(LightMetadata()), ENCODERS["x264"], PQ) == []


def test_the_widest_display_is_written() -> None:
    shots = _shots(LightMetadata(P3), LightMetadata(WIDE), LightMetadata(P3))
    converted = replace(shots[1], media=replace(shots[1].media, encoding=ENCODINGS["hlg"]))
    other = [shots[0], converted]
    assert "of other encodings were not made on it" in " ".join(light_notes(other, ENCODERS["x265"], PQ))
    assert mastering_of(shots, PQ) == (*WIDE[:9], 50)
    assert any("the widest is written" in note for note in light_notes(shots, ENCODERS["x265"], PQ))


@pytest.mark.parametrize(
    "broken",
    [(0,) * 10, (*P3[:8], 0, 0), (*P3[:8], 50, 10_000_000), (*P3[:6], 0, 0, *P3[8:]), (*P3[:2] * 3, *P3[6:])],
)
def test_numbers_that_make_no_sense_are_not_written(broken: tuple[int, ...]) -> None:
    shots = _shots(LightMetadata(broken))
    assert mastering_of(shots, PQ) == ()
    assert "its numbers make no sense" in " ".join(light_notes(shots, ENCODERS["x265"], PQ))
    assert mastering_of(_shots(LightMetadata(broken), LightMetadata(P3)), PQ) == ()


def test_plain_media_changes_no_encoder() -> None:
    assert with_light(ENCODERS["x265"], LightMetadata()) is ENCODERS["x265"]
    assert with_light(ENCODERS["prores"], LightMetadata(P3)) is ENCODERS["prores"]


def test_the_light_of_the_content_is_measured(tmp_path: Path, ffmpegs: list[Path]) -> None:
    """One eighth of a gray picture shines with 800 cd/m2 and the rest with 80, so the mean is 170."""
    rgb = np.full((64, 128, 3), pq_encode(0.008))
    rgb[:, 56:72] = pq_encode(0.08)
    codes = np.rint(rgb_to_ycbcr(rgb, PQ, 10)).astype(np.uint16)
    chart = Chart((codes[..., 0], codes[..., 1], codes[..., 2]), 10, 1, 1)
    path = encode_chart(ffmpegs[-1], tmp_path / "lamp.mkv", chart, [*LOSSLESS, *tagged(PQ)], frames=2)
    assert content_light([path]) == (pytest.approx(800, rel=0.01), pytest.approx(170, rel=0.01))
    record = record_of(tmp_path, [clip(path, 0, 2)])
    for number, program in enumerate(ffmpegs):
        done = render(record, tmp_path / "out", program, f"{number}.mp4", encoder="x265", content_light=True)
        assert done.movie is not None, done.failures
        most, mean = probe(done.movie).light.content
        assert most == pytest.approx(800, rel=0.02)
        assert mean == pytest.approx(170, rel=0.02)
        assert f"MaxCLL {most} and MaxFALL {mean} cd/m2 are measured" in " ".join(done.notes)
    with pytest.raises(ExportError, match="for movies in PQ"):
        render(record, tmp_path / "out", ffmpegs[0], "film.mov", encoder="prores", content_light=True)
