"""FFmpeg's arguments for encodings; filter graphs made of them keep the colors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from making.clips import LOSSLESS, encode_chart, ffmpeg_run, patch_chart, tagged
from making.media import media as make_media
from otiograde.color.encodings import ENCODINGS
from otiograde.media.arguments import color_arguments
from otiograde.media.frames import write_still
from otiograde.media.probe import probe
from otiograde.record.shot import Media


def media(name: str, pixel_format: str = "yuv420p", bits: int = 8, chroma: str = "left", height: int = 1080) -> Media:
    return make_media(encoding=name, pixel_format=pixel_format, bits=bits, chroma_location=chroma, height=height)


HDR = media("pq", "yuv420p10le", 10, "topleft")


@pytest.mark.parametrize(
    ("clip", "zscale", "tags", "written"),
    [
        (media("bt709"), "709 limited left", "tv bt709 bt709 bt709", "yuv420p"),
        (media("bt601-525"), "170m limited left", "tv smpte170m smpte170m smpte170m", "yuv420p"),
        (media("bt601-625"), "470bg limited left", "tv bt470bg smpte170m bt470bg", "yuv420p"),
        (HDR, "2020_ncl limited topleft", "tv bt2020 smpte2084 bt2020nc", "yuv420p10le"),
        (media("hlg", "yuv420p10le", 10), "2020_ncl limited left", "tv bt2020 arib-std-b67 bt2020nc", "yuv420p10le"),
        (media("bt709-full", "yuvj420p"), "709 full left", "pc bt709 bt709 bt709", "yuv420p"),
        (media("bt601-full", "yuvj420p", 8, "center"), "470bg full center", "pc bt709 bt709 bt470bg", "yuv420p"),
        (media("bt709", "yuv422p10le", 10), "709 limited left", "tv bt709 bt709 bt709", "yuv422p10le"),
        (media("bt709", "yuva444p12le", 12), "709 limited left", "tv bt709 bt709 bt709", "yuv444p10le"),
        (media("srgb", "rgb24"), "709 limited left", "tv bt709 iec61966-2-1 bt709", "yuv420p"),
        (media("srgb", "rgb48be", 16, height=1081), "709 limited left", "tv bt709 iec61966-2-1 bt709", "yuv444p10le"),
    ],
)
def test_the_table(clip: Media, zscale: str, tags: str, written: str) -> None:
    arguments = color_arguments(clip)
    assert [arguments.matrix, arguments.zscale_range, arguments.chroma] == zscale.split()
    assert [arguments.range, arguments.primaries, arguments.trc, arguments.colorspace] == tags.split()
    assert arguments.pixel_format == written
    span, primaries, trc, colorspace = tags.split()
    stated = f"setparams=range={span}:color_primaries={primaries}:color_trc={trc}:colorspace={colorspace}"
    assert arguments.setparams == stated
    assert arguments.flags == (
        *("-color_primaries", primaries, "-color_trc", trc, "-colorspace", colorspace),
        *("-color_range", span, "-chroma_sample_location", arguments.chroma),
    )
    assert arguments.from_rgb("ordered").endswith(f":dither=ordered,format={written},{arguments.setparams}")


@pytest.mark.parametrize(
    ("name", "dither"),
    [
        ("bt709", "none"),
        ("bt709", "error_diffusion"),
        ("bt601-525", "none"),
        ("bt601-625-full", "none"),
        ("pq", "none"),
    ],
)
def test_there_and_back_keeps_every_code(tmp_path: Path, ffmpegs: list[Path], name: str, dither: str) -> None:
    encoding = ENCODINGS[name]
    bits = 10 if encoding.is_hdr else 8
    chart, _ = patch_chart(bits, 2, 2, full=encoding.range == "full")
    file = encode_chart(ffmpegs[0], tmp_path / "chart.mkv", chart, [*LOSSLESS, *tagged(encoding)])
    arguments = color_arguments(probe(file))
    for program in ffmpegs:
        out = tmp_path / "out.mkv"
        graph = f"{arguments.to_rgb},{arguments.from_rgb(dither)}"  # type: ignore[arg-type]
        ffmpeg_run(program, "-i", file, "-vf", graph, *LOSSLESS, *arguments.flags, out)
        assert probe(out).encoding == encoding
        raw = ffmpeg_run(program, "-i", out, "-f", "rawvideo", "-")
        written = np.frombuffer(raw, "u1" if bits == 8 else "<u2")
        luma = written[: chart.planes[0].size].reshape(chart.size)
        assert np.abs(luma.astype(int) - chart.planes[0]).max() <= (0 if dither == "none" else 1)


def test_rgb_goes_in_and_comes_out_as_video(tmp_path: Path, ffmpegs: list[Path]) -> None:
    rgb = np.kron(np.random.default_rng(4).random((6, 8, 3)), np.ones((16, 16, 1))).astype(np.float32)
    for bits in (8, 16):
        write_still(tmp_path / "in.png", rgb, bits)
        arguments = color_arguments(probe(tmp_path / "in.png"))
        assert arguments.to_rgb == f"format={'gbrp' if bits == 8 else 'gbrp16le'},zscale=dither=none,format=gbrpf32le"
        for program in ffmpegs:
            raw = ffmpeg_run(
                program,
                "-i",
                tmp_path / "in.png",
                "-vf",
                arguments.to_rgb,
                "-f",
                "rawvideo",
                "-pix_fmt",
                "gbrpf32le",
                "-",
            )
            green, blue, red = np.frombuffer(raw, "<f4").reshape(3, 96, 128)
            codes = np.rint(rgb * (2**bits - 1)) / (2**bits - 1)
            assert np.abs(np.stack([red, green, blue], -1) - codes).max() < 2e-6
