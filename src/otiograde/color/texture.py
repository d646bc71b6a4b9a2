"""Texture: what a picture is like beside its colors, and what a grade changes little.

How rough it is, place by place, relative to how bright; and where it is bright, by rank.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)

#: The side of the window that roughness is measured in, as a share of the picture's width.
WINDOW = 1 / 53

#: A picture's arrangement: luma ranks on so many columns and rows, roughness histograms in three windows (pixels of a
#: picture of ``SMALL`` columns), of so many bins up to this deviation of ranks.
SMALL, COLUMNS, ROWS, WINDOWS, BINS, ROUGHEST = 160, 16, 9, (3, 5, 15), 8, 0.3


def roughness(frame: Floats) -> Floats:
    """The local deviation of luma relative to the local mean, of a picture ``(h, w, 3)``: ``(h, w)``."""
    luma = frame @ LUMA
    low, high = np.quantile(luma, [0.01, 0.99])
    luma = np.clip((luma - low) / (high - low + 1e-4), 0, 1).astype(np.float32)
    side = max(3, round(WINDOW * luma.shape[1]))
    wide = cv2.GaussianBlur(cv2.blur(luma, (side, side)), (0, 0), side)
    return np.asarray(_deviation(luma, side) / (np.asarray(wide) + 0.05), np.float32)


def arrangement(frame: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Roughness ``(24,)`` and layout ``(144,)`` of a picture ``(h, w, 3)``, both of length 1 and blind to any curve.

    Luma is replaced by its rank first: only what lies above what is left.
    """
    height = max(ROWS, round(SMALL * frame.shape[0] / frame.shape[1]))
    luma: Floats = np.asarray(cv2.resize(frame, (SMALL, height), interpolation=cv2.INTER_AREA)) @ LUMA
    order = np.argsort(luma, axis=None, kind="stable")
    rank: Floats = np.empty(luma.shape, np.float32)
    rank.flat[order] = np.linspace(0, 1, luma.size, dtype=np.float32)
    counts = [np.histogram(_deviation(rank, side), BINS, (0, ROUGHEST))[0] for side in WINDOWS]
    rough = np.sqrt(np.concatenate(counts).astype(np.float64))
    layout = np.asarray(cv2.resize(rank, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.float64).ravel() - 0.5
    return rough / np.linalg.norm(rough), layout / (np.linalg.norm(layout) + 1e-9)


def _deviation(luma: Floats, side: int) -> Floats:
    mean = np.asarray(cv2.blur(luma, (side, side)))
    return np.asarray(np.sqrt(np.maximum(np.asarray(cv2.blur(luma * luma, (side, side))) - mean**2, 0)), np.float32)
