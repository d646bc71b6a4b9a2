"""What files state of their light: read, kept where it stays true, and named where it is left out.

Tests: movie/light.py
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from making.media import media
from making.shots import shot
from otiograde.media.probe import probe
from otiograde.movie.encoders import ENCODERS
from otiograde.movie.light import UNLIT, light_notes, mastering_of, with_mastering
from otiograde.record.shot import LightMetadata, Shot

#: P3 primaries, D65, 1000 and .005 cd/m2 (SMPTE ST 2086).
P3 = (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 50)
WRITTEN = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"


def _shots(*lights: LightMetadata) -> list[Shot]:
    return [shot(f"s{k}", replace(media(f"s{k}.mov"), light=light), at=24 * k) for k, light in enumerate(lights)]


@pytest.fixture
def hdr10(tmp_path: Path, ffmpegs: list[Path]) -> Path:
    params = f"log-level=error:hdr10=1:master-display={WRITTEN}:max-cll=1000,400"
    tags = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"]
    source = ["-f", "lavfi", "-i", "testsrc2=s=128x64:r=24:d=0.2", "-pix_fmt", "yuv420p10le"]
    target = ["-c:v", "libx265", "-x265-params", params, *tags, "-tag:v", "hvc1", str(tmp_path / "hdr10.mp4")]
    subprocess.run([str(ffmpegs[-1]), "-v", "error", *source, *target], check=True)
    return tmp_path / "hdr10.mp4"


@pytest.mark.parametrize("name", ["x265", "svtav1"])
def test_encoders_that_write_it_write_it(hdr10: Path, tmp_path: Path, ffmpegs: list[Path], name: str) -> None:
    encoder = with_mastering(ENCODERS[name], P3)
    for number, ffmpeg in enumerate(ffmpegs):
        file = tmp_path / f"{name}{number}.mp4"
        options = ["-vf", UNLIT.rstrip(","), "-c:v", encoder.codec, *encoder.options, "-pix_fmt", encoder.pixel_format]
        subprocess.run([str(ffmpeg), "-v", "error", "-i", str(hdr10), *options, str(file)], check=True)
        assert probe(file).light.mastering == P3


def test_what_is_left_out_is_named() -> None:
    full = LightMetadata(P3, (1000, 400), ("Dolby Vision", "HDR10+"))
    notes = " / ".join(light_notes(_shots(full, full), ENCODERS["prores"]))
    assert "prores_ks does not write it" in notes
    assert "MaxCLL and MaxFALL are left out" in notes
    assert "Dolby Vision and HDR10+" in notes
    kept = light_notes(_shots(full, full), ENCODERS["x265"])
    assert not any("mastering" in note for note in kept)
    mixed = _shots(full, LightMetadata())
    assert mastering_of(mixed) == ()
    assert "do not state one and the same" in " ".join(light_notes(mixed, ENCODERS["x265"]))
    assert light_notes(_shots(LightMetadata()), ENCODERS["x264"]) == []


def test_plain_media_changes_no_encoder() -> None:
    assert with_mastering(ENCODERS["x265"], ()) is ENCODERS["x265"]
    assert with_mastering(ENCODERS["x264"], P3) is ENCODERS["x264"]
