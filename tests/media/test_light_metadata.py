"""What a file states of its light beside the codes.

Tests: media/light.py
"""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from making.clips import tagged
from making.dolby import with_dolby_vision
from otiograde.color.encodings import ENCODINGS
from otiograde.errors import MediaError
from otiograde.media.light import _content, _mastering
from otiograde.media.probe import probe
from otiograde.record.shot import LightMetadata

#: P3 primaries, D65, 1000 and .005 cd/m2 (SMPTE ST 2086).
P3 = (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 50)
WRITTEN = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"


def test_it_is_read_from_the_file(tmp_path: Path, ffmpegs: list[Path]) -> None:
    params = f"log-level=error:hdr10=1:master-display={WRITTEN}:max-cll=1000,400"
    tags = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"]
    source = ["-f", "lavfi", "-i", "testsrc2=s=128x64:r=24:d=0.2", "-pix_fmt", "yuv420p10le"]
    for number, ffmpeg in enumerate(ffmpegs):
        file = tmp_path / f"{number}.mp4"
        target = ["-c:v", "libx265", "-x265-params", params, *tags, "-tag:v", "hvc1", str(file)]
        subprocess.run([str(ffmpeg), "-v", "error", *source, *target], check=True)
        assert probe(file).light == LightMetadata(P3, (1000, 400))


def _clip(ffmpeg: Path, path: Path, name: str, codec: str) -> Path:
    tags = tagged(ENCODINGS[name])
    source = ["-f", "lavfi", "-i", "testsrc2=s=128x64:r=24:d=0.1", *tags, "-pix_fmt", "yuv420p10le", "-c:v", codec]
    more = ["-tag:v", "hvc1", "-x265-params", "log-level=error"] if codec == "libx265" else []
    subprocess.run([str(ffmpeg), "-v", "error", *source, *more, str(path)], check=True)
    return path


@pytest.mark.parametrize(
    ("profile", "compatible", "name", "codec"),
    [
        (7, 6, "pq", "libx265"),
        (8, 1, "pq", "libx265"),
        (8, 2, "bt709", "libx265"),
        (8, 4, "hlg", "libx265"),
        (9, 2, "bt709", "libx264"),
        (10, 1, "pq", "libsvtav1"),
    ],
)
def test_dolby_vision_with_a_picture_for_all_is_read_and_named(
    tmp_path: Path, ffmpegs: list[Path], profile: int, compatible: int, name: str, codec: str
) -> None:
    plain = _clip(ffmpegs[-1], tmp_path / "plain.mp4", name, codec)
    media = probe(with_dolby_vision(plain, tmp_path / "dolby.mp4", profile, compatible))
    assert media.light.dynamic == ("Dolby Vision",)
    assert media.encoding == ENCODINGS[name]
    assert probe(plain).light.dynamic == ()


@pytest.mark.parametrize(("profile", "compatible", "codec"), [(5, 0, "libx265"), (10, 0, "libsvtav1")])
def test_dolby_vision_without_one_is_refused(
    tmp_path: Path, ffmpegs: list[Path], profile: int, compatible: int, codec: str
) -> None:
    """Read as Y'CbCr, its IPT would be green and purple; naming an encoding does not help."""
    plain = _clip(ffmpegs[-1], tmp_path / "plain.mp4", "bt709", codec)
    file = with_dolby_vision(plain, tmp_path / "dolby.mp4", profile, compatible)
    for named in (None, ENCODINGS["pq"]):
        with pytest.raises(MediaError, match=f"Dolby Vision profile {profile} has no picture .* convert it") as refused:
            probe(file, encoding=named)
        assert str(refused.value).startswith(str(file))


def test_zeros_and_nonsense_count_as_nothing() -> None:
    assert _mastering(bytes(88)) == ()
    assert _mastering(b"short") == ()
    assert _mastering(struct.pack("=22i", *[0, 1] * 10, 1, 1)) == ()
    assert _content(bytes(8)) == ()
    assert _content(struct.pack("=2I", 400, 1000)) == ()
