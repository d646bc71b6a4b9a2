"""Real files that are difficult: HDR, full range, rotation, several tracks, odd clocks."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from otiograde.media.frames import iter_frames, read_frames
from otiograde.media.index import index_of
from otiograde.media.probe import probe

pytestmark = pytest.mark.footage

#: file: encoding, size as seen, frames, rate (None: it varies), audio.
SPECIAL = {
    "hlg_hevc10_1080p.mp4": ("hlg", (1920, 1080), 73, None, False),
    "hlg_hevc10_colorchecker.mp4": ("hlg", (1920, 1080), 9, Fraction(90000, 3001), True),
    "pq_av1_10bit_portrait_rooftop.mp4": ("pq", (720, 1280), 127, Fraction(30000, 1001), True),
    "pq_hevc10_rooftop_sdr_container_tags.mp4": ("pq", (1920, 1080), 28, None, True),
    "sdr_h264_360p_rooftop.mp4": ("bt709", (640, 360), 512, Fraction(23040000, 767849), True),
    "fullrange_hevc_vfr_rooftop.mp4": ("bt709-full", (768, 1024), 58, None, False),
    "fullrange_bt601_4k_portrait.mp4": ("bt601-625-full", (2160, 3840), 18, Fraction(60), True),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special(footage: Path, name: str) -> None:
    encoding, size, frames, rate, audio = SPECIAL[name]
    media = probe(footage / "dev" / "special" / name)
    assert (media.encoding.name, media.origin) == (encoding, "container tags")
    assert ((media.width, media.height), media.frames, media.audio) == (size, frames, audio)
    assert media.variable_rate == (rate is None)
    if rate is not None:
        assert media.rate == rate
    at = [0, media.frames // 2, media.frames - 1]
    small = read_frames(media, at, 120)
    assert small.shape == (3, round(120 * size[1] / size[0]), 120, 3)
    assert 0.1 < small.mean() < 0.9
    assert small.std() > 0.05


def test_clips_are_what_their_manifest_says(footage: Path) -> None:
    for clip in json.loads((footage / "dev" / "special" / "manifest.json").read_text())["clips"]:
        media = probe(footage / "dev" / "special" / clip["file"])
        assert media.frames == int(clip["nb_read_packets"]), clip["file"]
        assert media.pixel_format == clip["pix_fmt"]
        assert {media.width, media.height} == {clip["width"], clip["height"]}
        tags = (media.encoding.primaries, media.encoding.transfer, media.encoding.matrix)
        assert tags == (clip["color_primaries"], clip["color_transfer"], clip["color_space"])


def test_one_rooftop_in_every_encoding_has_its_grays_gray(footage: Path) -> None:
    """Concrete and overcast sky: read with a wrong matrix or range they would be tinted or faded."""
    for name in ("hlg_hevc10_1080p.mp4", "pq_hevc10_rooftop_sdr_container_tags.mp4", "sdr_h264_360p_rooftop.mp4"):
        media = probe(footage / "dev" / "special" / name)
        frame = read_frames(media, [media.frames // 2], 160)[0]
        spread = np.median(frame, axis=(0, 1))
        assert np.ptp(spread) < 0.12, (name, spread)


def test_frames_by_seeking_are_the_frames_in_order(footage: Path) -> None:
    for path in [
        *sorted((footage / "dev").glob("*.mp4"))[::4],
        footage / "dev/special/pq_av1_10bit_portrait_rooftop.mp4",
    ]:
        media = probe(path)
        assert index_of(path).count == media.frames
        at = sorted({0, media.frames // 3, media.frames - 1})
        alone = np.concatenate([read_frames(media, [number], 64) for number in at])
        assert np.array_equal(alone, read_frames(media, at, 64))


def test_small_and_whole_frames_agree(footage: Path) -> None:
    media = probe(footage / "dev" / "special" / "fullrange_hevc_vfr_rooftop.mp4")
    whole = next(iter_frames(media, 20, 1))
    small = read_frames(media, [20], 192)[0]
    means = whole.reshape(256, 4, 192, 4, 3).mean((1, 3))
    assert np.abs(means - small).mean() < 1 / 255
