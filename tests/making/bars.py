"""75 % color bars, decoded from the code values that a standard prints."""

from __future__ import annotations

import numpy as np

from otiograde.color.encodings import ENCODINGS, ycbcr_to_rgb

#: 75 % bars in 10 bits as SMPTE RP 219-1, table 1, prints them: Y', Cb, Cr.
RP_219 = {
    "Yl": (674, 176, 543),
    "Cy": (581, 589, 176),
    "G": (534, 253, 207),
    "Mg": (251, 771, 817),
    "R": (204, 435, 848),
    "B": (111, 848, 481),
}
GRAY = (721, 512, 512)


def bars(*, band: int = 12) -> np.ndarray:
    """The picture of a 75 % bar signal, decoded from its code values: gray, then the six colors, ``band`` wide."""
    signal = np.array([GRAY, *RP_219.values()], np.float64)
    rgb = np.clip(ycbcr_to_rgb(signal, ENCODINGS["bt709"], 10), 0, 1)
    return np.repeat(np.repeat(np.rint(rgb * 255).astype(np.uint8)[None], band, axis=1), 20, axis=0)
