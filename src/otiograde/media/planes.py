"""Split a decoded frame into its planes, with exact code values, for every layout of pixel formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import av
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from otiograde.errors import MediaError

Plane: TypeAlias = NDArray[Any]
Model: TypeAlias = Literal["ycbcr", "rgb", "gray"]

#: Formats with two planes, by prefix: index of Cb in the pairs of the second plane.
_TWO_PLANES: Mapping[str, int] = MappingProxyType({
    "nv12": 0, "nv21": 1, "nv16": 0, "nv24": 0, "nv42": 1, "nv20": 0, "p01": 0, "p21": 0, "p41": 0,
})  # fmt: skip

#: Packed 4:2:2 formats, by prefix: index of the two Y, of Cb and of Cr in a group of four samples.
_PACKED_422: Mapping[str, tuple[int, int, int, int]] = MappingProxyType({
    "yuyv422": (0, 2, 1, 3), "uyvy422": (1, 3, 0, 2), "yvyu422": (0, 2, 3, 1), "y21": (0, 2, 1, 3),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planes:
    """The planes of a picture, in code values."""

    #: What the planes are: Y, Cb, Cr, or R, G, B, or Y alone (``gray``).
    model: Model
    #: Bits of a sample.
    bits: int
    #: The planes, each (h, w) uint8 or uint16; of floating point, float16 or float32.
    planes: tuple[Plane, ...]
    #: Factor by which Cb and Cr are narrower than Y.
    across: int = 1
    #: Factor by which Cb and Cr are lower than Y.
    down: int = 1
    #: Lines of Y by which chroma lies further down than in a frame. In a field of 4:2:0 it is a quarter off.
    shift: float = 0.0


def is_floating(pixel_format: str) -> bool:
    """Whether samples of a pixel format are numbers of floating point."""
    return re.search(r"f(16|32)(le|be)?$", pixel_format) is not None


def model_of(form: VideoFormat) -> Model:
    """Return the color model of a pixel format."""
    if form.is_rgb or form.has_palette:
        return "rgb"
    return "gray" if len(_colors(form)) == 1 else "ycbcr"


def bits_of(form: VideoFormat) -> int:
    """Return the bits of a sample of a pixel format, at least 8."""
    return 8 if form.has_palette else max(8, int(form.components[0].bits))


def planes_of(frame: VideoFrame) -> Planes:
    """Return the planes of a frame with unchanged code values.

    Raises ``MediaError`` for formats that no camera or editor delivers, such as Bayer data.
    """
    form = frame.format
    family = re.sub(r"(le|be)$", "", form.name)
    planar = len({component.plane for component in form.components}) == len(form.components)
    if bits_of(form) > 16 and not is_floating(form.name):
        raise MediaError(f"pixel format {form.name} has more bits than are read: convert it to 16 bits with FFmpeg")
    if is_floating(form.name) and not (planar and model_of(form) != "ycbcr"):
        raise MediaError(f"pixel format {form.name} is not read: convert it to EXR, or to 16 bits, with FFmpeg")
    if (layout := next((prefix for prefix in _PACKED_422 if family.startswith(prefix)), None)) is not None:
        return _packed_422(frame, _PACKED_422[layout])
    if (layout := next((prefix for prefix in _TWO_PLANES if family.startswith(prefix)), None)) is not None:
        return _two_planes(frame, _TWO_PLANES[layout])
    if planar and not _is_bitwise(form):
        planes = tuple(_plane(frame, component.plane) for component in _colors(form))
        return Planes(model_of(form), bits_of(form), planes, *_subsampling(form))
    if (packing := _packed_layout(form)) is not None:
        packed = _samples(frame.planes[0], form)[:, : frame.width * packing.step]
        planes = tuple(packed[:, offset :: packing.step] for offset in packing.at)
        return Planes(model_of(form), bits_of(form), planes)
    if model_of(form) != "ycbcr" and not form.is_bayer and not family.startswith("xyz"):
        # Palettes, bit fields and one-bit pictures: FFmpeg unpacks these without color arithmetic.
        with suppress(av.error.FFmpegError):
            return planes_of(frame.reformat(format="rgb24" if bits_of(form) == 8 else "gbrp16le"))
    raise MediaError(f"pixel format {form.name} cannot be read: convert it, for instance to yuv422p10le, with FFmpeg")


@dataclass(frozen=True, slots=True)
class _PackedLayout:
    """Layout of a packed format: samples of a pixel, and the index of each plane among them."""

    step: int
    at: tuple[int, ...]


def _packed_layout(form: VideoFormat) -> _PackedLayout | None:
    """Derive the layout of a packed format from its name (``bgra64le``, ``0rgb``, ``ya8``); None for others."""
    letters = re.sub(r"\d*(le|be)?$", "", form.name) if not form.name.endswith("0") else form.name
    bits = int(form.components[0].bits)
    if bits not in (8, 16) or form.has_palette or form.padded_bits_per_pixel != len(letters) * bits:
        return None
    wanted = {"rgb": "rgb", "gray": "y", "ycbcr": "yuv"}[model_of(form)]
    if any(letters.count(letter) != 1 for letter in wanted):
        return None
    return _PackedLayout(len(letters), tuple(letters.index(letter) for letter in wanted))


def _colors(form: VideoFormat) -> list[Any]:
    """Return the components of a format without alpha."""
    components = list(form.components)
    return components[:3] if len(components) >= 3 else components[:1]


def _is_bitwise(form: VideoFormat) -> bool:
    """Tell whether samples are bit fields, palette entries or Bayer data instead of whole bytes or words."""
    return form.is_bit_stream or form.has_palette or int(form.components[0].bits) < 8 or form.is_bayer


def alpha_of(frame: VideoFrame) -> Plane | None:
    """Return the alpha channel of a frame with unchanged code values; None if its format has none."""
    form = frame.format
    if form.has_palette:
        return alpha_of(frame.reformat(format="rgba"))
    component = next((component for component in form.components if component.is_alpha), None)
    if component is None:
        return None
    if len({other.plane for other in form.components}) == len(form.components):
        return _plane(frame, component.plane)
    step, letters = len(form.components), re.sub(r"\d*(le|be)?$", "", form.name)
    return _samples(frame.planes[0], form)[:, letters.index("a") : frame.width * step : step]


def field_planes(planes: Planes) -> tuple[Planes, Planes]:
    """Split a frame into its top field (lines 0, 2, 4 …) and its bottom field. Chroma lines alternate as luma's do.

    Source: ITU-T H.264, figure 6-2: in 4:2:0, a chroma line lies a quarter of the way from one line of the top field to
    the next, and three quarters in the bottom field.
    """
    top, bottom = (tuple(plane[first::2] for plane in planes.planes) for first in (0, 1))
    quarter = 0.25 if planes.down == 2 else 0.0
    return replace(planes, planes=top, shift=-quarter), replace(planes, planes=bottom, shift=quarter)


def _subsampling(form: VideoFormat) -> tuple[int, int]:
    """Return how many pixels share a chroma sample, across and down."""
    return 16 // form.chroma_width(16), 16 // form.chroma_height(16)


def memory(plane: VideoPlane, kind: str) -> Plane:
    """Return a writable view of a plane's memory, (rows, samples of a row with padding), of NumPy type ``kind``."""
    samples: Plane = np.frombuffer(memoryview(plane), kind)
    return samples.reshape(-1, plane.line_size // samples.itemsize)[: plane.height]


def _samples(plane: VideoPlane, form: VideoFormat) -> Plane:
    """Return a view of a plane's samples in the byte order of the format."""
    order = ">" if form.is_big_endian else "<"
    if is_floating(form.name):
        return memory(plane, f"{order}f{bits_of(form) // 8}")
    return memory(plane, "u1" if bits_of(form) <= 8 else f"{order}u2")


def _plane(frame: VideoFrame, number: int) -> Plane:
    """Return one plane of a planar format."""
    plane = frame.planes[number]
    rows = _samples(plane, frame.format)[:, : plane.width]
    if "msb" in frame.format.name:
        rows = rows >> (16 - bits_of(frame.format))
    return rows


def _two_planes(frame: VideoFrame, blue: int) -> Planes:
    """Split a format of two planes; ``blue`` is the index of Cb in a pair."""
    form = frame.format
    across, down = _subsampling(form)
    luma = _samples(frame.planes[0], form)[:, : frame.width]
    pairs = _samples(frame.planes[1], form)[:, : 2 * -(-frame.width // across)]
    planes = (luma, pairs[:, blue::2], pairs[:, 1 - blue :: 2])
    if form.name.startswith("p"):  # P010 and similar formats keep their bits at the top of 16
        planes = tuple(plane >> (16 - bits_of(form)) for plane in planes)  # type: ignore[assignment]
    return Planes("ycbcr", bits_of(form), planes, across, down)


def _packed_422(frame: VideoFrame, at: tuple[int, int, int, int]) -> Planes:
    """Split a packed 4:2:2 format; ``at`` is its entry in ``_PACKED_422``."""
    form = frame.format
    pairs = -(-frame.width // 2)
    groups = _samples(frame.planes[0], form)[:, : 4 * pairs].reshape(frame.height, pairs, 4)
    if form.name.startswith("y21"):  # Y210 and similar formats keep their bits at the top of 16
        groups = groups >> (16 - bits_of(form))
    luma = groups[:, :, at[:2]].reshape(frame.height, 2 * pairs)[:, : frame.width]
    return Planes("ycbcr", bits_of(form), (luma, groups[:, :, at[2]], groups[:, :, at[3]]), 2, 1)
