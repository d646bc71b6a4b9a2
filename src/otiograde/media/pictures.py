"""Convert the planes of a frame to R'G'B' and back in float32, with our matrices and chroma filters."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.encodings import Encoding, rgb_to_ycbcr, ycbcr_to_rgb
from otiograde.color.transfer import encode
from otiograde.media.planes import Plane, Planes, field_planes

Picture = NDArray[np.float32]

#: Position of a chroma sample among the luma samples that share it, across and down: 0 is the first of them, 1/2 the
#: middle (ITU-T H.273, Chroma420SampleLocType 0, 1 and 2).
SITES = {"left": (0.0, 0.5), "center": (0.5, 0.5), "topleft": (0.0, 0.0)}

#: The first line of each field, and how much further down its chroma lies than a frame's (``planes.field_planes``).
_FIELD_SHIFTS = ((0, -0.25), (1, 0.25))


#: The largest number of a half float (IEEE 754).
_BRIGHTEST = 65504.0

#: Rows of a strip in which a picture is converted; a multiple of each format's rows for one row of chroma.
_STRIP = 256


def scaled_rgb(planes: Planes, encoding: Encoding, chroma: str, size: tuple[int, int]) -> Picture:
    """Convert planes to R'G'B' ``(h, w, 3)`` in [0, 1] of ``size`` (h, w), which is at most the frame's size.

    Each pixel is the mean of its area. The planes are averaged before the matrix is applied; both are linear. Up to
    half size the position of chroma samples matters by at most a quarter of a pixel and is ignored. Above half size
    chroma is first interpolated to full size.
    """
    if any(plane.shape[0] < size[0] or plane.shape[1] < size[1] for plane in planes.planes):
        planes = _upsampled(planes, chroma, slice(0, planes.planes[0].shape[0]))
    small = [_area_mean(plane, size) for plane in planes.planes]
    return np.clip(_rgb(np.dstack(small), planes, encoding), 0, 1)


def scaled_alpha(alpha: Plane, bits: int, size: tuple[int, int]) -> Picture:
    """Return the share (h, w, 1) of the background that pixels of ``size`` (h, w) hide, from an alpha channel."""
    top = 1 if alpha.dtype.kind == "f" else 2**bits - 1
    return (_area_mean(alpha, size) / np.float32(top))[..., np.newaxis]


def full_rgb(planes: Planes, encoding: Encoding, chroma: str) -> Picture:
    """Convert planes to R'G'B' ``(H, W, 3)`` in [0, 1] of full size. Chroma is interpolated from its positions.

    It is done strip by strip: all at once would take three times the memory of the result.
    """
    height, width = planes.planes[0].shape
    rgb = np.empty((height, width, 3), np.float32)
    for top in range(0, height, _STRIP):
        rows = slice(top, min(top + _STRIP, height))
        strip = _upsampled(planes, chroma, rows)
        codes = np.dstack([_finite(plane) for plane in strip.planes])
        np.clip(_rgb(codes, strip, encoding), 0, 1, out=rgb[rows])
    return rgb


def woven_rgb(planes: Planes, encoding: Encoding, chroma: str) -> Picture:
    """Convert an interlaced frame as ``full_rgb`` does, each field by itself: chroma of two moments is never mixed."""
    top, bottom = (full_rgb(field, encoding, chroma) for field in field_planes(planes))
    woven = np.empty((len(top) + len(bottom), *top.shape[1:]), np.float32)
    woven[0::2], woven[1::2] = top, bottom
    return woven


def _rgb(codes: Picture, planes: Planes, encoding: Encoding) -> Picture:
    """Convert code values (h, w, planes) of one size to R'G'B' (h, w, 3), unclipped."""
    if planes.model == "ycbcr":
        return _coded(np.asarray(ycbcr_to_rgb(codes, encoding, planes.bits), np.float32), encoding)
    top = np.float32(1 if planes.planes[0].dtype.kind == "f" else 2**planes.bits - 1)
    if planes.model == "gray":
        step = 2.0 ** (planes.bits - 8)
        gray = (codes - 16 * step) / (219 * step) if encoding.range == "legal" else codes / top
        return _coded(np.repeat(gray.astype(np.float32).reshape(*codes.shape[:2], 1), 3, axis=2), encoding)
    return _coded(codes / top, encoding)


def _coded(rgb: Picture, encoding: Encoding) -> Picture:
    """Return code values of what a file holds: light becomes the codes that stand for it."""
    if encoding.transfer != "linear":
        return rgb
    return np.asarray(encode(rgb, encoding.transfer), np.float32)


def _area_mean(plane: Plane, size: tuple[int, int]) -> Picture:
    """Scale a plane to ``size`` (h, w), each sample the mean of the area it covers."""
    codes = _finite(plane)  # cv2 would round the mean of integers to an integer
    return np.asarray(cv2.resize(codes, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.float32)


def _finite(plane: Plane) -> Picture:
    """Return a plane as float32. Numbers beyond those of half floats are bounded, and NaN is 0."""
    codes = plane.astype(np.float32)
    if plane.dtype.kind == "f":
        np.nan_to_num(codes, copy=False, posinf=_BRIGHTEST, neginf=-_BRIGHTEST)
        np.clip(codes, -_BRIGHTEST, _BRIGHTEST, out=codes)
    return codes


def _upsampled(planes: Planes, chroma: str, rows: slice) -> Planes:
    """Return these rows of all planes, chroma brought to luma's size if it is subsampled."""
    if planes.model != "ycbcr" or (planes.across, planes.down) == (1, 1):
        return replace(planes, planes=tuple(plane[rows] for plane in planes.planes))
    luma, *others = planes.planes
    chromas = (_interpolated(plane, planes, chroma, rows) for plane in others)
    return Planes("ycbcr", planes.bits, (luma[rows], *chromas))


def _interpolated(plane: Plane, planes: Planes, chroma: str, rows: slice) -> Picture:
    """Interpolate rows of a chroma plane linearly to luma's size; it is constant beyond its outermost samples."""
    right, below = SITES[chroma]
    below += planes.shift if below else 0.0
    across, down = planes.across, planes.down
    # One row more on either side: what lies beyond the strip decides at its edges, too.
    first = max(rows.start // down - 1, 0)
    codes = plane[first : rows.stop // down + 2].astype(np.float32)
    # Pixel x lies at (x - site (factor - 1)) / factor between the samples. cv2 handles these multiples of 1/8 exactly.
    shift = rows.start // down - first - below * (down - 1) / down
    at = np.array([[1 / across, 0, -right * (across - 1) / across], [0, 1 / down, shift]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = planes.planes[0].shape[1], rows.stop - rows.start
    return np.asarray(cv2.warpAffine(codes, at, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def woven_planes(rgb: Picture, encoding: Encoding, bits: int, chroma: str) -> tuple[Plane, ...]:
    """Convert an interlaced picture to 4:2:0 as ``ycbcr_planes`` does, each field by itself; h must be a multiple of 4.

    Its chroma lines lie as ``field_planes`` says.
    """
    top, bottom = (ycbcr_planes(rgb[first::2], encoding, bits, chroma, True, shift) for first, shift in _FIELD_SHIFTS)
    return tuple(np.stack([a, b], axis=1).reshape(2 * len(a), -1) for a, b in zip(top, bottom, strict=True))


def ycbcr_planes(
    rgb: Picture, encoding: Encoding, bits: int, chroma: str, subsampled: bool, shift: float = 0.0
) -> tuple[Plane, ...]:
    """Convert R'G'B' ``(h, w, 3)`` to the planes Y, Cb and Cr of ``bits`` bits, uint8 or (above 8 bits) uint16.

    With ``subsampled`` the result is 4:2:0, and h and w must be even: chroma is low-pass filtered and sampled at the
    position that ``chroma`` names, ``shift`` lines further down. Otherwise it is 4:4:4. Values outside [0, 1] are
    clipped; NaN becomes 0.
    """
    codes = rgb_to_ycbcr(np.clip(np.nan_to_num(np.asarray(rgb, np.float32)), 0, 1), encoding, bits)
    planes = [np.asarray(codes[..., plane]) for plane in range(3)]
    if subsampled:
        right, below = SITES[chroma]
        below += shift if below else 0.0
        planes[1:] = [_halved(_halved(plane, 1, right), 0, below) for plane in planes[1:]]
    kind = np.uint8 if bits == 8 else np.uint16
    return tuple(np.clip(np.rint(plane), 0, 2**bits - 1).astype(kind) for plane in planes)


def _halved(plane: Plane, axis: int, site: float) -> Plane:
    """Halve one axis: two pixels mixed for samples between pixels, 1-2-1 for samples on every other pixel."""
    rows = np.moveaxis(plane, axis, 0)
    even, odd = rows[0::2], rows[1::2]
    if site:
        small = (1 - site) * even + site * odd
    else:
        before = np.concatenate([even[:1], odd[:-1]])
        small = even / 2 + (before + odd) / 4
    return np.moveaxis(small, 0, axis)
