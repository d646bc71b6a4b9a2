"""Small pictures to look at, as JPEG: 8 bits, code values as they are, colors at full resolution."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.uint8]

#: At this quality a picture of 480 pixels is some 25 KB, and no block is seen.
QUALITY = 84


def encode_jpeg(codes: Codes) -> bytes:
    """R'G'B' uint8 ``(h, w, 3)`` as a JPEG; chroma is not halved, or saturated edges would bleed."""
    how = [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return bytes(cv2.imencode(".jpg", codes[..., ::-1], how)[1].tobytes())


def decode_jpeg(data: bytes) -> Codes | None:
    """The R'G'B' uint8 ``(h, w, 3)`` of a JPEG; None for what is none."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.ascontiguousarray(image[..., ::-1], np.uint8)
