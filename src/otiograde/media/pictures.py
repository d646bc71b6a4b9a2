"""From the planes of a frame to R'G'B' and back: our own matrices, our own chroma filters, in float32."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.encodings import Encoding, rgb_to_ycbcr, ycbcr_to_rgb
from otiograde.media.planes import Plane, Planes

Picture = NDArray[np.float32]

#: Where a chroma sample lies among the luma samples that share it, across and down: 0 the first one, 1/2 the middle
#: (ITU-T H.273, Chroma420SampleLocType 0, 1 and 2).
SITES = {"left": (0.0, 0.5), "center": (0.5, 0.5), "topleft": (0.0, 0.0)}


def shrunken(planes: Planes, encoding: Encoding, chroma: str, size: tuple[int, int]) -> Picture:
    """Make R'G'B' ``(h, w, 3)`` in [0, 1] of ``size`` (h, w), not above the frame's: each pixel the mean of its area.

    The planes are averaged first and the matrix follows, as both are linear. Below half size the place of chroma
    samples is worth at most a quarter of a pixel and is left out; above, chroma is first brought to full size.
    """
    if any(plane.shape[0] < size[0] or plane.shape[1] < size[1] for plane in planes.planes):
        planes = _upsampled(planes, chroma)
    small = [_area_mean(plane, size) for plane in planes.planes]
    return np.clip(_rgb(np.dstack(small), planes, encoding), 0, 1)


def whole(planes: Planes, encoding: Encoding, chroma: str) -> Picture:
    """Make R'G'B' ``(H, W, 3)`` in [0, 1] of full size, chroma interpolated linearly from where its samples lie."""
    full = _upsampled(planes, chroma)
    return np.clip(_rgb(np.dstack([plane.astype(np.float32) for plane in full.planes]), full, encoding), 0, 1)


def _rgb(codes: Picture, planes: Planes, encoding: Encoding) -> Picture:
    if planes.model == "ycbcr":
        return np.asarray(ycbcr_to_rgb(codes, encoding, planes.bits), np.float32)
    top = np.float32(2**planes.bits - 1)
    if planes.model == "gray":
        step = 2.0 ** (planes.bits - 8)
        gray = (codes - 16 * step) / (219 * step) if encoding.range == "legal" else codes / top
        return np.repeat(gray.astype(np.float32).reshape(*codes.shape[:2], 1), 3, axis=2)
    return codes / top


def _area_mean(plane: Plane, size: tuple[int, int]) -> Picture:
    codes = plane.astype(np.float32)  # cv2 would round the mean of integers to an integer
    return np.asarray(cv2.resize(codes, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.float32)


def _upsampled(planes: Planes, chroma: str) -> Planes:
    if planes.model != "ycbcr" or (planes.across, planes.down) == (1, 1):
        return planes
    luma, *others = planes.planes
    return Planes("ycbcr", planes.bits, (luma, *(_spread(plane, planes, chroma) for plane in others)))


def _spread(plane: Plane, planes: Planes, chroma: str) -> Picture:
    """Interpolate a chroma plane linearly to luma's size; beyond the outermost samples it stays constant."""
    height, width = planes.planes[0].shape
    right, below = SITES[chroma]
    across, down = planes.across, planes.down
    # Pixel x lies at (x - site (factor - 1)) / factor between the samples: multiples of 1/8, which cv2 has exactly.
    at = np.array([[1 / across, 0, -right * (across - 1) / across], [0, 1 / down, -below * (down - 1) / down]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    codes = plane.astype(np.float32)
    return np.asarray(
        cv2.warpAffine(codes, at, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def coded(rgb: Picture, encoding: Encoding, bits: int, chroma: str, halved: bool) -> tuple[Plane, ...]:
    """Code R'G'B' ``(h, w, 3)`` as the planes Y, Cb and Cr, rounded to uint8 (uint16 for more than 8 bits).

    With ``halved``, 4:2:0 of even size: chroma is low-passed so that each sample is centered where ``chroma`` says.
    """
    codes = rgb_to_ycbcr(np.clip(np.nan_to_num(np.asarray(rgb, np.float32)), 0, 1), encoding, bits)
    planes = [np.asarray(codes[..., plane]) for plane in range(3)]
    if halved:
        right, below = SITES[chroma]
        planes[1:] = [_halved(_halved(plane, 1, right), 0, below) for plane in planes[1:]]
    kind = np.uint8 if bits == 8 else np.uint16
    return tuple(np.clip(np.rint(plane), 0, 2**bits - 1).astype(kind) for plane in planes)


def _halved(plane: Plane, axis: int, site: float) -> Plane:
    """Halve one axis: mean of two where samples lie between pixels, 1-2-1 where they lie on every other pixel."""
    rows = np.moveaxis(plane, axis, 0)
    even, odd = rows[0::2], rows[1::2]
    if site:
        small = (even + odd) / 2
    else:
        before = np.concatenate([even[:1], odd[:-1]])
        small = even / 2 + (before + odd) / 4
    return np.moveaxis(small, 0, axis)
