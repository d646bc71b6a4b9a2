"""Array types that every room shares, named by element type. Docstrings of functions state the shapes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Frames and measurements of them.
Float32: TypeAlias = NDArray[np.float32]

#: Unknowns of solvers, and statistics.
Float64: TypeAlias = NDArray[np.float64]

#: float32 or float64: the result has the precision of the input.
Floating: TypeAlias = NDArray[np.floating[Any]]

#: 8-bit code values, and OpenCV's masks.
Bytes: TypeAlias = NDArray[np.uint8]

#: Indices of items.
Indices: TypeAlias = NDArray[np.intp]
