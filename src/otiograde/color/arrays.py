"""Names for the arrays of every room, by what they hold. A shape stands in the docstring of the function."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Frames and what is measured on them.
Float32: TypeAlias = NDArray[np.float32]

#: What is solved, and statistics.
Float64: TypeAlias = NDArray[np.float64]

#: Either of the two: the result has the precision of the input.
Floating: TypeAlias = NDArray[np.floating[Any]]

#: Code values of 8 bits, masks of OpenCV's.
Bytes: TypeAlias = NDArray[np.uint8]

#: Which of some items, by number.
Indices: TypeAlias = NDArray[np.intp]
