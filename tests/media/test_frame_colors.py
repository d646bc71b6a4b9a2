"""The colors of frames, against a float64 model of known codes and against FFmpeg's zscale.

Tests: media/frames.py, media/pictures.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from making.clips import LOSSLESS, X264_LOSSLESS, Chart, encode_chart, ffmpeg_run, patch_chart, smooth_chart, tagged
from otiograde.color.encodings import ENCODINGS, LUMA_WEIGHTS, Encoding
from otiograde.media.arguments import color_arguments
from otiograde.media.frames import iter_frames, read_frames, read_still, sample_size, write_still
from otiograde.media.probe import probe

TAGGED = ("bt709", "bt709-full", "bt601-525", "bt601-625", "bt601-625-full", "bt2020", "pq", "hlg", "hlg-full")


def model(codes: NDArray[np.uint16], encoding: Encoding, bits: int) -> NDArray[np.float64]:
    """R'G'B' of Y, Cb, Cr straight from the definition of the two differences, in float64 (BT.601-7 2.5)."""
    kr, kb = LUMA_WEIGHTS[encoding.matrix]
    step = 2.0 ** (bits - 8)
    y, cb, cr = np.moveaxis(codes.astype(np.float64), -1, 0)
    if encoding.range == "full":
        y, cb, cr = y / (256 * step - 1), (cb - 128 * step) / (256 * step - 1), (cr - 128 * step) / (256 * step - 1)
    else:
        y, cb, cr = (y - 16 * step) / (219 * step), (cb - 128 * step) / (224 * step), (cr - 128 * step) / (224 * step)
    red, blue = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    return np.clip(np.stack([red, green, blue], -1), 0, 1)


def centers(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """The middle of each of the 6 x 8 patches."""
    height, width = picture.shape[0] // 6, picture.shape[1] // 8
    return picture[height // 2 :: height, width // 2 :: width].reshape(48, 3).astype(np.float64)


@pytest.mark.parametrize("name", TAGGED)
@pytest.mark.parametrize("bits", [8, 10])
def test_patches_of_every_encoding(tmp_path: Path, ffmpeg: Path, name: str, bits: int) -> None:
    encoding = ENCODINGS[name]
    chart, codes = patch_chart(bits, 2, 2, full=encoding.range == "full")
    codec = X264_LOSSLESS if bits == 8 else LOSSLESS
    media = probe(encode_chart(ffmpeg, tmp_path / "patches.mkv", chart, [*codec, *tagged(encoding)]))
    assert (media.encoding, media.origin, media.bits) == (encoding, "container tags", bits)
    wanted = model(codes, encoding, bits)
    for picture in (next(iter_frames(media)), read_frames(media, [0], 64)[0], read_frames(media, [0], 128)[0]):
        assert np.abs(centers(picture) - wanted).max() < 2e-6


@pytest.mark.parametrize(
    ("across", "down", "bits"),
    [
        *((across, down, bits) for across, down in [(2, 2), (2, 1), (1, 1)] for bits in (8, 9, 10, 12, 14, 16)),
        *((1, 2, bits) for bits in (8, 10, 12)),
        (4, 1, 8),
    ],
)
def test_patches_of_every_planar_format(tmp_path: Path, ffmpeg: Path, across: int, down: int, bits: int) -> None:
    chart, codes = patch_chart(bits, across, down)
    media = probe(encode_chart(ffmpeg, tmp_path / "patches.mkv", chart, [*LOSSLESS, *tagged(ENCODINGS["bt709"])]))
    assert media.pixel_format == chart.pixel_format
    wanted = model(codes, ENCODINGS["bt709"], bits)
    for picture in (next(iter_frames(media)), read_frames(media, [0], 64)[0]):
        assert np.abs(centers(picture) - wanted).max() < 2e-6


@pytest.mark.parametrize("codec", ["prores_ks", "mjpeg", "dnxhd", "libx264", "libx265", "libvpx-vp9", "libaom-av1"])
def test_patches_through_camera_codecs(tmp_path: Path, ffmpeg: Path, codec: str) -> None:
    quality = {
        "prores_ks": ("-profile:v", "3", "-qscale:v", "1"),
        "mjpeg": ("-q:v", "1", "-qmin", "1"),
        "dnxhd": ("-profile:v", "dnxhr_hqx"),
        "libx264": ("-qp", "0"),
        "libx265": ("-x265-params", "lossless=1:log-level=none"),
        "libvpx-vp9": ("-lossless", "1"),
        "libaom-av1": ("-crf", "0", "-cpu-used", "8"),
    }[codec]
    bits = 8 if codec in ("mjpeg", "libvpx-vp9", "libaom-av1") else 10
    encoding = ENCODINGS["bt601-625-full" if codec == "mjpeg" else "bt709"]
    wide = codec in ("prores_ks", "dnxhd")
    chart, codes = patch_chart(bits, 2, 1 if wide else 2, full=codec == "mjpeg", patch=48 if wide else 16)
    file = tmp_path / ("clip.mov" if wide else "clip.mkv")
    encode_chart(ffmpeg, file, chart, ["-c:v", codec, *quality, *tagged(encoding)])
    media = probe(file)
    assert (media.encoding.matrix, media.encoding.range) == (encoding.matrix, encoding.range)
    error = np.abs(centers(next(iter_frames(media))) - model(codes, encoding, bits))
    assert error.mean() * 255 < 0.6  # what the codec itself loses; another matrix or range costs 4 and more


def zscaled(program: Path, file: Path, graph: str, shape: tuple[int, int]) -> NDArray[np.float32]:
    raw = ffmpeg_run(
        program, "-i", file, "-vf", graph, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-"
    )
    green, blue, red = np.frombuffer(raw, "<f4").reshape(3, *shape)
    return np.stack([red, green, blue], -1)


@pytest.mark.parametrize("name", ["bt709", "bt601-625", "bt601-625-full", "pq", "hlg"])
def test_patches_agree_with_zscale(tmp_path: Path, ffmpegs: list[Path], name: str) -> None:
    encoding = ENCODINGS[name]
    bits = 10 if encoding.is_hdr else 8
    chart, _ = patch_chart(bits, 2, 2, full=encoding.range == "full")
    file = encode_chart(ffmpegs[0], tmp_path / "patches.mkv", chart, [*LOSSLESS, *tagged(encoding)])
    media = probe(file)
    ours = next(iter_frames(media))
    for program in ffmpegs:
        theirs = np.clip(zscaled(program, file, color_arguments(media).to_rgb, chart.size), 0, 1)
        assert np.abs(centers(ours) - centers(theirs)).max() < 1e-5


@pytest.mark.parametrize(
    ("chroma", "across", "down"),
    [("left", 2, 2), ("center", 2, 2), ("topleft", 2, 2), ("left", 2, 1), ("left", 1, 1)],
)
def test_smooth_pictures_agree_with_zscale(tmp_path: Path, ffmpeg: Path, chroma: str, across: int, down: int) -> None:
    """Chroma comes up from where its samples lie: half a sample off would be ten codes."""
    chart = smooth_chart(8, across, down)
    sample_type = {"left": 0, "center": 1, "topleft": 2}[chroma]
    lossless = [*X264_LOSSLESS, "-x264-params", f"chromaloc={sample_type}", *tagged(ENCODINGS["bt709"])]
    media = probe(encode_chart(ffmpeg, tmp_path / "smooth.mkv", chart, lossless))
    assert media.chroma_location == (chroma if down == 2 else "left")
    theirs = zscaled(ffmpeg, media.path, color_arguments(media).to_rgb, chart.size)
    assert np.abs(next(iter_frames(media)) - np.clip(theirs, 0, 1)).max() * 255 < 0.05


def test_untagged_hd_is_read_as_bt709(tmp_path: Path, ffmpeg: Path) -> None:
    chart, codes = patch_chart(8, 2, 2)
    media = probe(encode_chart(ffmpeg, tmp_path / "untagged.mp4", chart, X264_LOSSLESS))
    assert (media.encoding, media.origin) == (ENCODINGS["bt709"], "assumption")
    assert np.abs(centers(next(iter_frames(media))) - model(codes, ENCODINGS["bt709"], 8)).max() < 2e-6


def test_asked_encoding_overrules_the_tags(tmp_path: Path, ffmpeg: Path) -> None:
    chart, codes = patch_chart(8, 2, 2)
    file = encode_chart(ffmpeg, tmp_path / "patches.mp4", chart, [*X264_LOSSLESS, *tagged(ENCODINGS["bt709"])])
    media = probe(file, encoding=ENCODINGS["bt601-525"])
    assert (media.encoding, media.origin) == (ENCODINGS["bt601-525"], "command line")
    assert np.abs(centers(next(iter_frames(media))) - model(codes, ENCODINGS["bt601-525"], 8)).max() < 2e-6


def box_means(plane: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    rows, columns = plane.shape
    return plane.reshape(height, rows // height, width, columns // width).mean((1, 3))


def test_small_frames_are_area_means_of_the_planes(tmp_path: Path, ffmpeg: Path) -> None:
    generator = np.random.default_rng(3)
    noise = [generator.integers(40, 200, shape).astype(np.uint16) for shape in ((96, 160), (48, 80), (48, 80))]
    chart = Chart((noise[0], noise[1], noise[2]), 8, 2, 2)
    media = probe(encode_chart(ffmpeg, tmp_path / "noise.mkv", chart, [*LOSSLESS, *tagged(ENCODINGS["bt709"])]))
    small = read_frames(media, [0], 40)[0]
    means = np.stack([box_means(plane.astype(np.float64), 24, 40) for plane in noise], -1)
    assert small.shape == (24, 40, 3)
    assert np.abs(small - model(means, ENCODINGS["bt709"], 8)).max() < 2e-6  # type: ignore[arg-type]
    assert read_frames(media, [0], 1000).shape == (1, 96, 160, 3)
    assert read_frames(media, [], 40).shape == (0, 24, 40, 3)


def test_samples_have_square_pixels(tmp_path: Path, ffmpeg: Path) -> None:
    chart, _ = patch_chart(8, 2, 2)
    wide = probe(encode_chart(ffmpeg, tmp_path / "wide.mp4", chart, [*X264_LOSSLESS, "-vf", "setsar=16/15"]))
    tall = probe(encode_chart(ffmpeg, tmp_path / "tall.mp4", chart, [*X264_LOSSLESS, "-vf", "setsar=8/9"]))
    assert (wide.pixel_aspect.as_integer_ratio(), tall.pixel_aspect.as_integer_ratio()) == ((16, 15), (8, 9))
    assert (sample_size(wide, 64), sample_size(wide, 500)) == ((45, 64), (90, 128))
    assert (sample_size(tall, 64), sample_size(tall, 500)) == ((54, 64), (96, 114))
    assert read_frames(wide, [0], 64).shape == (1, 45, 64, 3)
    assert next(iter_frames(wide)).shape == (96, 128, 3)


def test_odd_sizes(tmp_path: Path, ffmpeg: Path) -> None:
    chart = smooth_chart(8, 2, 2, 35, 51)
    media = probe(encode_chart(ffmpeg, tmp_path / "odd.mkv", chart, [*LOSSLESS, *tagged(ENCODINGS["bt709"])]))
    whole = next(iter_frames(media))
    assert whole.shape == (35, 51, 3)
    assert read_frames(media, [0], 20).shape == (1, 14, 20, 3)
    assert np.abs(whole[:, :, 1] - (chart.planes[0] - 16) / 219).max() < 0.4


@pytest.mark.parametrize(
    ("pixel_format", "bits"),
    [("rgb24", 8), ("rgba", 8), ("gray", 8), ("ya8", 8), ("pal8", 8), ("monob", 8), ("rgb48be", 16), ("rgba64be", 16)],
)
def test_png_of_every_kind(tmp_path: Path, ffmpeg: Path, pixel_format: str, bits: int) -> None:
    rgb = np.random.default_rng(5).integers(0, 2, (6, 8, 3)).astype(np.uint8) * 255
    if pixel_format in ("gray", "ya8", "monob"):
        rgb[:] = rgb[..., :1]
    path = tmp_path / "in.png"
    if bits == 16:  # FFmpeg widens 255 to 65279
        alpha = np.full((6, 8, 1), 30000) if "a" in pixel_format else np.empty((6, 8, 0))
        cv2.imwrite(str(path), np.concatenate([rgb[..., ::-1] * 257.0, alpha], -1).astype(np.uint16))
    else:
        write_still(path, rgb / np.float32(255))
        palette = (
            "[0]split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none" if pixel_format == "pal8" else "[0]null"
        )
        png = tmp_path / f"{pixel_format}.png"
        ffmpeg_run(ffmpeg, "-i", path, "-filter_complex", palette, "-pix_fmt", pixel_format, "-update", "1", png)
        path = png
    media = probe(path)
    assert (media.kind, media.pixel_format, media.bits, media.encoding.name) == ("still", pixel_format, bits, "srgb")
    assert np.abs(read_still(path) - rgb / 255).max() < 1e-6


def test_stills_go_out_and_come_back(tmp_path: Path) -> None:
    rgb = np.random.default_rng(6).random((24, 32, 3), np.float32)
    for name, bits, limit in [
        ("a.png", 8, 0.5 / 255),
        ("b.png", 16, 0.5 / 65535),
        ("c.tif", 8, 0.5 / 255),
        ("d.tiff", 16, 0.5 / 65535),
    ]:
        write_still(tmp_path / name, rgb, bits)
        assert np.abs(read_still(tmp_path / name) - rgb).max() <= limit + 1e-6
    smooth = np.linspace(0.2, 0.8, 24 * 32 * 3, dtype=np.float32).reshape(24, 32, 3)
    write_still(tmp_path / "e.jpg", smooth, 16)
    assert np.abs(read_still(tmp_path / "e.jpg") - smooth).mean() < 1 / 255
    assert not list(tmp_path.glob("*.part"))


def test_display_matrix_turns_the_picture(tmp_path: Path, ffmpegs: list[Path]) -> None:
    chart = smooth_chart(8, 1, 1, 32, 48)
    flat = encode_chart(ffmpegs[-1], tmp_path / "flat.mp4", chart, [*X264_LOSSLESS, *tagged(ENCODINGS["bt709"])])
    turned = tmp_path / "turned.mp4"
    ffmpeg_run(ffmpegs[-1], "-display_rotation", "90", "-i", flat, "-c", "copy", turned)
    media = probe(turned)
    assert (media.width, media.height) == (32, 48)
    ours = next(iter_frames(media))
    assert read_frames(media, [0], 16).shape == (1, 24, 16, 3)
    for program in ffmpegs:
        theirs = zscaled(program, turned, color_arguments(media).to_rgb, (48, 32))
        assert np.abs(ours - np.clip(theirs, 0, 1)).max() < 1e-5
