"""JPEG: what is encoded comes back nearly as it was, and red stays red."""

from __future__ import annotations

import numpy as np

from making.pictures import slopes
from otiograde.media.jpeg import decode_jpeg, encode_jpeg


def test_a_picture_comes_back() -> None:
    codes = np.rint(slopes(64, 48, 0) * 255).astype(np.uint8)
    packed = encode_jpeg(codes)
    assert packed[:3] == b"\xff\xd8\xff"
    back = decode_jpeg(packed)
    assert (back.shape, back.dtype) == (codes.shape, np.uint8)
    assert np.abs(back.astype(int) - codes).mean() < 3


def test_the_channels_keep_their_order() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    assert decode_jpeg(encode_jpeg(red)).reshape(-1, 3).mean(0).argmax() == 0


def test_the_same_picture_is_the_same_bytes() -> None:
    codes = np.random.default_rng(1).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    assert encode_jpeg(codes) == encode_jpeg(codes.copy())
