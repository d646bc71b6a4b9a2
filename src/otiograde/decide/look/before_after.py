"""Read a grade made by hand from one picture before and after it, as a LUT that also works for other colors.

There are two steps. The most probable cubic under the prior of grades extends the grade to unseen colors. A smooth
lattice of the residuals then makes the seen colors exact, and fades to zero away from them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.arrays import Float64
from otiograde.color.cubic import Cubic
from otiograde.color.elimination import solve_blocks
from otiograde.color.guard import guarded
from otiograde.color.lut import Lut3D
from otiograde.color.prior import robust_fit
from otiograde.color.transform import Colors, as_colors
from otiograde.errors import MatchError

#: Cells along a side of the cube that pixels are gathered in, so that rare colors count next to common ones.
CELLS = 48

#: Code values this close to 0 or 1 may be clipped: they are bounds, not exact values.
CLIPPED = 0.002

#: Fewest unclipped colors that a LUT can be built from.
FEWEST = 50

#: Independent pairs that the cells of one still are worth, against the prior of the cubic.
EVIDENCE = 2000.0

#: Nodes along a side of the lattice of residuals, the weight of its bending, and the weight of its pull to zero.
NODES, BENDING, PULL = 17, 2e-3, 1e-4


def lut_from_stills(before: ArrayLike, after: ArrayLike, size: int = 33) -> Lut3D:
    """Build the LUT of ``size`` nodes a side that maps ``before`` to ``after``, both ``(h, w, 3)`` in [0, 1].

    Both show the same pixels. Raises ``MatchError`` for pictures of different sizes or with too few colors.
    """
    x, y, weights = _gathered(before, after)
    exact = ((y > CLIPPED) & (y < 1 - CLIPPED)).all(1) & ((x > CLIPPED) & (x < 1 - CLIPPED)).all(1)
    if exact.sum() < FEWEST:
        raise MatchError(f"only {int(exact.sum())} different colors are unclipped in both stills: use a richer picture")
    fit = robust_fit(x[exact], y[exact], weights[exact] / weights[exact].mean(), evidence=EVIDENCE)
    smooth = guarded(Cubic(fit.coefficients.tolist()), x[exact])
    lattice_residual = _lattice(x, _residual(smooth(x), y), weights)
    nodes = Lut3D.identity(size).lattice.astype(np.float64)
    lattice = smooth(nodes) + _interpolated(lattice_residual, nodes.reshape(-1, 3)).reshape(nodes.shape)
    return Lut3D(np.clip(lattice, 0.0, 1.0).astype(np.float32))


def _gathered(before: ArrayLike, after: ArrayLike) -> tuple[Float64, Float64, Float64]:
    """Gather pixels into n cells of color: their mean colors before and after ``(n, 3)``, their weights ``(n,)``."""
    x, y = as_colors(before), as_colors(after)
    if x.shape != y.shape or x.ndim != 3:
        raise MatchError(f"the two stills differ in size: {_size(x)} before, {_size(y)} after")
    x, y = (pixels.reshape(-1, 3).astype(np.float64) for pixels in (x, y))
    finite = np.isfinite(x).all(1) & np.isfinite(y).all(1)
    x, y = np.clip(x[finite], 0.0, 1.0), np.clip(y[finite], 0.0, 1.0)
    index = np.minimum((x * CELLS).astype(np.int64), CELLS - 1) @ np.array([CELLS**2, CELLS, 1])
    _, cell, counts = np.unique(index, return_inverse=True, return_counts=True)
    sums = [np.bincount(cell, channel, len(counts)) for channel in (*x.T, *y.T)]
    means = np.stack(sums, 1) / np.maximum(counts, 1)[:, None]
    return means[:, :3], means[:, 3:], np.sqrt(counts)


def _size(picture: NDArray[np.floating[Any]]) -> str:
    return "×".join(map(str, picture.shape[1::-1])) if picture.ndim == 3 else f"shape {picture.shape}"


def _residual(predicted: Colors, after: Float64) -> Float64:
    """Return the residual of the smooth fit, 0 in channels that are clipped in both."""
    residual = after - np.asarray(predicted, np.float64)
    residual[(after >= 1 - CLIPPED) & (predicted >= after)] = 0.0
    residual[(after <= CLIPPED) & (predicted <= after)] = 0.0
    return residual


def _lattice(x: Float64, values: Float64, weights: Float64) -> Float64:
    """Fit ``NODES**3`` displacements to ``values`` at ``x``: smooth, and small away from ``x``.

    The nodes of one red are a block. Bending couples a block to the two before and the two after it.
    """
    share, layer = weights / weights.sum(), NODES**2
    corners, columns = _corners(x)
    blocks = _bending()
    right = np.zeros((NODES**3, 3))
    for near, column in zip(corners, columns, strict=True):
        for channel in range(3):
            right[:, channel] += np.bincount(column, share * near * values[:, channel], NODES**3)
        for other, across in zip(corners, columns, strict=True):
            _add_products(blocks, column, across, share * near * other)
    for red in range(NODES):
        blocks[red, red] += PULL * np.eye(layer)
    return solve_blocks(blocks, right.reshape(NODES, layer, 3)).reshape(-1, 3)


def _add_products(
    blocks: dict[tuple[int, int], Float64], rows: NDArray[np.intp], columns: NDArray[np.intp], weights: Float64
) -> None:
    """Add weights to elements of a matrix in blocks; both nodes of a pair lie in one block or in neighbors."""
    layer = NODES**2
    red, offset = rows // layer, columns // layer - rows // layer
    places = (red * layer + rows % layer) * layer + columns % layer
    sums = np.bincount(places, weights, NODES * layer**2).reshape(NODES, layer, layer)
    for k in range(NODES):
        if sums[k].any():
            blocks[k, k + int(offset[0])] += sums[k]


def _corners(x: Float64) -> tuple[Float64, NDArray[np.intp]]:
    """Return the trilinear weights ``(8, n)`` of the colors ``x``, and their nodes ``(8, n)`` in [r, g, b] order."""
    position = np.clip(x, 0, 1) * (NODES - 1)
    floor = np.minimum(position.astype(np.intp), NODES - 2)
    share = position - floor
    corners = np.array([(r, g, b) for r in (0, 1) for g in (0, 1) for b in (0, 1)])
    weights = np.where(corners[:, None], share, 1 - share).prod(-1)
    return weights, (floor + corners[:, None]) @ np.array([NODES**2, NODES, 1])


def _interpolated(lattice: Float64, x: Float64) -> Float64:
    """Interpolate ``NODES**3`` displacements ``(nodes, 3)`` at the colors ``x``."""
    weights, columns = _corners(x)
    return np.asarray(np.einsum("kn,knc->nc", weights, lattice[columns]))


def _bending() -> dict[tuple[int, int], Float64]:
    """Make the quadratic form of a lattice's second and mixed differences, in blocks of one red each.

    It is 0 for a trilinear function and large for a kink.
    """
    second = np.diff(np.eye(NODES), 2, axis=0) * ((NODES - 1) ** 2 / NODES**1.5)
    first = np.diff(np.eye(NODES), axis=0) * (NODES - 1.0)
    bend, slope, same = second.T @ second, first.T @ first, np.eye(NODES)
    mixed = 2.0 / NODES**3
    #: The form is a sum of these: one factor for red, and one for green and blue.
    parts = (
        (bend, np.kron(same, same)),
        (same, np.kron(bend, same) + np.kron(same, bend) + mixed * np.kron(slope, slope)),
        (mixed * slope, np.kron(slope, same) + np.kron(same, slope)),
    )
    near = [(i, j) for i in range(NODES) for j in range(NODES) if abs(i - j) <= 2]
    return {(i, j): 1e-3 * BENDING * sum(red[i, j] * others for red, others in parts) for i, j in near}
