"""What a file states of its light beside the codes.

Tests: media/light.py
"""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

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


def test_zeros_and_nonsense_count_as_nothing() -> None:
    assert _mastering(bytes(88)) == ()
    assert _mastering(b"short") == ()
    assert _mastering(struct.pack("=22i", *[0, 1] * 10, 1, 1)) == ()
    assert _content(bytes(8)) == ()
    assert _content(struct.pack("=2I", 400, 1000)) == ()
