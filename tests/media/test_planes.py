"""Every layout of pixels in memory gives the same planes."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from making.clips import smooth_chart
from otiograde.errors import MediaError
from otiograde.media.planes import bits_of, memory, model_of, planes_of

RGB = np.random.default_rng(2).integers(0, 65536, (5, 7, 3)).astype(np.uint16)


def frame_of(pixel_format: str, rows: NDArray[np.generic]) -> VideoFrame:
    """A 7 x 5 frame of a packed format with these rows in memory."""
    frame = VideoFrame(7, 5, pixel_format)
    memory(frame.planes[0], rows.dtype.str)[:, : rows.shape[1]] = rows
    return frame


@pytest.mark.parametrize("layout", ["rgb", "bgr", "rgba", "bgra", "argb", "abgr", "rgb0", "bgr0", "0rgb", "0bgr"])
@pytest.mark.parametrize("bits", [8, 16])
def test_packed_rgb(layout: str, bits: int) -> None:
    if bits == 16 and layout not in ("rgb", "bgr", "rgba", "bgra"):
        return  # no such format
    suffixes = {8: {3: "24", 4: ""}, 16: {3: "48", 4: "64"}}[bits][len(layout)]
    for endian, kind in [("", "u1")] if bits == 8 else [("le", "<u2"), ("be", ">u2")]:
        codes = (RGB >> (16 - bits)).astype(kind)
        channels = {"r": codes[..., 0], "g": codes[..., 1], "b": codes[..., 2]}
        packed = np.stack([channels.get(letter, np.zeros((5, 7), kind)) for letter in layout], -1).astype(kind)
        split = planes_of(frame_of(layout + suffixes + endian, packed.reshape(5, -1)))
        assert (split.model, split.bits) == ("rgb", bits)
        assert np.array_equal(np.stack(split.planes, -1), codes)


@pytest.mark.parametrize(
    "pixel_format", ["gbrp", "gbrap", "gbrp10le", "gbrp12be", "gbrp16le", "gbrap16le", "gbrp10msble"]
)
def test_planar_rgb(pixel_format: str) -> None:
    form = av.VideoFormat(pixel_format)
    bits = bits_of(form)
    codes = RGB >> (16 - bits)
    frame = VideoFrame(7, 5, pixel_format)
    kind = "u1" if bits == 8 else ">u2" if form.is_big_endian else "<u2"
    for plane, channel in zip(frame.planes, (1, 2, 0), strict=False):
        top = codes[..., channel] << (16 - bits if "msb" in pixel_format else 0)
        memory(plane, kind)[:, :7] = top
    assert np.array_equal(np.stack(planes_of(frame).planes, -1), codes)


@pytest.mark.parametrize(
    ("planar", "layouts"),
    [
        ("yuv420p", ["nv12", "nv21"]),
        ("yuv422p", ["yuyv422", "uyvy422", "yvyu422", "nv16"]),
        ("yuv444p", ["nv24", "nv42"]),
        ("yuv420p10le", ["p010le", "p010be"]),
        ("yuv422p10le", ["p210le", "y210le"]),
    ],
)
def test_interleaved_video_equals_planar(planar: str, layouts: list[str]) -> None:
    across, down = {"0": (2, 2), "2": (2, 1), "4": (1, 1)}[planar[5]]
    bits = 10 if "10" in planar else 8
    chart = smooth_chart(bits, across, down, 16, 32)
    frame = VideoFrame(32, 16, planar)
    for plane, codes in zip(frame.planes, chart.planes, strict=True):
        memory(plane, "u1" if bits == 8 else "<u2")[:, : codes.shape[1]] = codes
    for form in (planar, *layouts):
        split = planes_of(frame.reformat(format=form))
        assert (split.model, split.bits, split.across, split.down) == ("ycbcr", bits, across, down)
        for ours, codes in zip(split.planes, chart.planes, strict=True):
            assert np.array_equal(ours, codes), form


@pytest.mark.parametrize("pixel_format", ["ayuv", "vuya", "vuyx", "uyva", "vyu444", "ayuv64le"])
def test_packed_444(pixel_format: str) -> None:
    bits = 16 if "64" in pixel_format else 8
    letters = pixel_format.rstrip("4") if bits == 8 else "ayuv"
    codes = (RGB >> (16 - bits)).astype("u1" if bits == 8 else "<u2")
    channels = dict(zip("yuv", np.moveaxis(codes, -1, 0), strict=True))
    packed = np.stack([channels.get(letter, np.zeros_like(codes[..., 0])) for letter in letters], -1)
    split = planes_of(frame_of(pixel_format, packed.reshape(5, -1)))
    assert (split.model, split.bits) == ("ycbcr", bits)
    assert np.array_equal(np.stack(split.planes, -1), codes)


def test_gray() -> None:
    for form, kind in (("gray", "u1"), ("gray10le", "<u2"), ("gray16be", ">u2")):
        bits = bits_of(av.VideoFormat(form))
        codes = (RGB[..., 0] >> (16 - bits)).astype(kind)
        split = planes_of(frame_of(form, codes))
        assert (split.model, split.bits, len(split.planes)) == ("gray", bits, 1)
        assert np.array_equal(split.planes[0], codes)
    pairs = np.stack([RGB[..., 0] >> 8, RGB[..., 1] >> 8], -1).astype("u1").reshape(5, -1)
    assert np.array_equal(planes_of(frame_of("ya8", pairs)).planes[0], RGB[..., 0] >> 8)


def test_bit_fields_unpack_without_color_arithmetic() -> None:
    white = planes_of(frame_of("rgb565le", np.full((5, 7), 0xFFFF, "<u2")))
    assert (white.model, white.bits) == ("rgb", 8)
    assert all((plane == 255).all() for plane in white.planes)
    assert model_of(av.VideoFormat("pal8")) == "rgb"


@pytest.mark.parametrize("pixel_format", ["rgbf32le", "rgbaf16le", "bayer_rggb8", "xyz12le", "uyyvyy411", "gbrap32le"])
def test_what_nobody_delivers_is_refused(pixel_format: str) -> None:
    with pytest.raises(MediaError, match=f"^pixel format {pixel_format} .*convert it"):
        planes_of(VideoFrame(8, 8, pixel_format))


@pytest.mark.parametrize("pixel_format", ["gbrpf32le", "gbrpf16le", "gbrapf32le", "grayf32le"])
def test_light_of_floating_point_is_read(pixel_format: str) -> None:
    frame = VideoFrame(8, 8, pixel_format)
    kind = "<f2" if "16" in pixel_format else "<f4"
    for number, plane in enumerate(frame.planes):
        memory(plane, kind)[:] = (-0.5, 2.0, 4.0, 0.5)[number]
    split = planes_of(frame)
    assert [float(plane[0, 0]) for plane in split.planes] == ([-0.5] if "gray" in pixel_format else [4.0, -0.5, 2.0])
    assert all(plane.shape == (8, 8) for plane in split.planes)


def test_every_format_is_taken_apart_or_refused() -> None:
    from av.video.format import names

    for name in sorted(names):
        try:
            frame = VideoFrame(16, 8, name)
            if not frame.planes or not frame.format.components:
                continue
        except (ValueError, OSError):  # a hardware format has no memory here
            continue
        try:
            split = planes_of(frame)
        except MediaError:
            continue
        assert len(split.planes) == (1 if split.model == "gray" else 3), name
        for number, plane in enumerate(split.planes):
            across, down = (split.across, split.down) if number else (1, 1)
            assert plane.shape == (-(-8 // down), -(-16 // across)), name
