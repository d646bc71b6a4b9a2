"""The weights of R', G' and B' in luma: ITU-R BT.709-6, item 3.2."""

from __future__ import annotations

import numpy as np

from otiograde.color.arrays import Float32, Float64

#: Double precision, read-only.
LUMA: Float64 = np.array([0.2126, 0.7152, 0.0722])
LUMA.setflags(write=False)

#: Single precision, read-only: the luma of float32 frames stays float32.
LUMA32: Float32 = LUMA.astype(np.float32)
LUMA32.setflags(write=False)
