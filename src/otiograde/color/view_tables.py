"""View tables: the view of an encoding in tables and a matrix, for a program without its formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from otiograde.color.encodings import Encoding
from otiograde.color.logs import DATA_BLACK, DATA_SPAN, ON_DATA
from otiograde.color.spaces import primaries_matrix
from otiograde.color.transfer import PQ_PEAK, decode
from otiograde.color.views import WHITE_NITS, WHITE_SCENE, view_of_light

#: The display of HLG: its peak in cd/m2, and its system gamma (BT.2100-2, table 5).
HLG_PEAK, HLG_GAMMA = 1000.0, 1.2

#: Steps of a table, and the light above which the view does not change.
STEPS, MOST = 1024, 16.0


@dataclass(frozen=True, slots=True)
class ViewTables:
    """The view of an encoding, to be applied in this order. Between two entries of a table it is interpolated."""

    #: Light of ``STEPS`` + 1 code values, evenly spaced from 0 to 1.
    curve: tuple[float, ...]
    #: The light is multiplied by its BT.2020 luma to this power: the OOTF of HLG. 0 where there is none.
    power: float
    #: Rows of the matrix from that light to linear BT.709, 1 for diffuse white.
    matrix: tuple[tuple[float, ...], ...]
    #: Codes of the view for ``STEPS`` + 1 lights: the fourth root of light over ``MOST`` is spaced evenly from 0 to 1.
    shown: tuple[float, ...]
    #: Whether the light is that of a scene; else it is that of a display.
    scene: bool


def view_tables(encoding: Encoding) -> ViewTables | None:
    """Return ``to_view``, clipped to [0, 1], as tables. None for SDR, which is its own view."""
    if encoding.family == "sdr":
        return None
    codes = np.linspace(0, 1, STEPS + 1)
    if encoding.transfer in ON_DATA and encoding.range == "legal":
        codes = codes * DATA_SPAN + DATA_BLACK
    white, power = WHITE_SCENE, 0.0
    if encoding.transfer == "smpte2084":
        white = WHITE_NITS / PQ_PEAK
    elif encoding.transfer == "arib-std-b67":
        white, power = WHITE_NITS / HLG_PEAK, HLG_GAMMA - 1
    matrix = primaries_matrix(encoding.primaries, "bt709") / white
    curve = np.asarray(decode(codes, encoding.transfer), np.float64)
    shown = np.clip(view_of_light(MOST * np.linspace(0, 1, STEPS + 1) ** 4, encoding), 0, 1)
    rows = tuple(map(tuple, matrix.tolist()))
    return ViewTables(tuple(curve.tolist()), power, rows, tuple(shown.tolist()), encoding.is_log)
