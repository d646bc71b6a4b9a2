"""What each build of the kernels gives for the same input, and how far builds, which round otherwise, may differ.

Run as a program, it writes the results of the installed kernels at the level that OTIOGRADE_CPU forces.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPS32, EPS64 = 2.0**-24, 2.0**-53

#: Result -> the largest difference between two builds: units in the last place of the largest number in play.
#: Integer kernels are the same everywhere; codes rounded from floats may fall to the neighbor.
TOLERANCES = {
    "trilinear float32": 4 * EPS32,
    "tetrahedral float32": 4 * EPS32,
    "trilinear uint16": 1,
    "tetrahedral uint16": 1,
    "trilinear uint8": 1,
    "tetrahedral uint8": 1,
    "trilinear float32 wide": 8 * EPS32,  # a coordinate is the difference of larger numbers
    "tetrahedral float32 wide": 8 * EPS32,
    "trilinear uint16 wide": 1,
    "tetrahedral uint16 wide": 1,
    "trilinear uint8 wide": 1,
    "tetrahedral uint8 wide": 1,
    "trilinear uint8 codes": 0,
    "tetrahedral uint8 codes": 0,
    "accumulate": 256 * EPS64,
    "delta_e00 float32": 8 * EPS32 * 128,
    "delta_e00 float64": 32 * EPS64 * 128,
    "srgb_to_lab float32": 4 * EPS32 * 500,
    "srgb_to_lab uint8": 4 * EPS32 * 500,
    "lab_to_srgb": 128 * EPS32,  # a dark code is 12.92 times a light, and that a difference of larger ones
    "histogram": 0,
    "nearest": 0,
    "nearest_posed": 0,
}


def results(kernels: Any) -> dict[str, NDArray[Any]]:
    """Call every kernel, on so many colors that whole and short blocks occur, dark, gray and none at all among them."""
    rng = np.random.default_rng(8)
    colors = rng.random((3000, 3), np.float32)
    colors[::7] *= np.float32(0.05)
    colors[::11] = colors[::11, :1]
    colors[:4] = [[0, 0, 0], [1, 1, 1], [np.nan, 2, -1], [np.inf, -np.inf, 1e-40]]
    lattice = rng.random((17, 17, 17, 4), np.float32)
    whole = (rng.integers(-32768, 32767, (17, 17, 17, 4))).astype(np.int16)
    tame = np.nan_to_num(colors, nan=0, posinf=1, neginf=0).clip(0, 1)
    arrays: dict[str, NDArray[Any]] = {}
    for number, name in enumerate(("trilinear", "tetrahedral")):
        for kind, white in (("float32", 1), ("uint16", 65535), ("uint8", 255)):
            source = colors if white == 1 else np.rint(tame * white).astype(kind)
            kernels.lut_apply(source, arrays.setdefault(f"{name} {kind}", np.empty_like(source)), lattice, number)
            wide = arrays.setdefault(f"{name} {kind} wide", np.empty_like(source))
            kernels.lut_apply(source, wide, lattice, number, (-0.5, 0.0, 0.25), (2.5, 1.0, 0.75))
        kernels.lut_apply(source, arrays.setdefault(f"{name} uint8 codes", np.empty_like(source)), whole, number)
    kernels.lut_accumulate(colors, tame, arrays.setdefault("accumulate", np.zeros((9, 9, 9, 4))))
    lab1, lab2 = (rng.uniform([0, -128, -128], [100, 128, 128], (3000, 3)) for _ in range(2))
    lab2[::2] = lab1[::2] + rng.normal(0, 1, (1500, 3))
    lab1[:9, 1:], lab2[3:12, 1:] = 0, 1e-3
    for kind in ("float32", "float64"):
        pair = lab1.astype(kind), lab2.astype(kind)
        kernels.delta_e00(*pair, arrays.setdefault(f"delta_e00 {kind}", np.empty(3000, kind)))
    for kind, source in (("float32", tame), ("uint8", np.rint(tame * 255).astype(np.uint8))):
        kernels.srgb_to_lab(source, arrays.setdefault(f"srgb_to_lab {kind}", np.empty((3000, 3), np.float32)))
    back = (arrays["srgb_to_lab float32"] + np.float32(0.01)).round(1)
    kernels.lab_to_srgb(back, arrays.setdefault("lab_to_srgb", np.empty_like(back)))
    kernels.histogram(source, arrays.setdefault("histogram", np.zeros((2, 32, 32, 32), np.uint32)), 5)
    a, b = (rng.integers(0, 256, (count, 128), dtype=np.uint8) for count in (203, 117))
    b[:60], b[-1], a[-1] = a[:60], 255, 255
    poses = [rng.integers(-(2**31), 2**31 - 1, 2 * len(roots)).astype(np.int32) for roots in (a, b)]
    tiles, within = np.zeros(128 * 128, np.int16), np.array([2**29, 2**28], np.int32)
    kernels.nearest(a, b, tiles, arrays.setdefault("nearest", np.zeros(3 * 203 + 2 * 128, np.int32)))
    found = arrays.setdefault("nearest_posed", np.zeros(3 * 203 + 3 * 117, np.int32))
    kernels.nearest_posed(a, poses[0], b, poses[1], within, found)
    return arrays


def disagreements(one: dict[str, NDArray[Any]], two: dict[str, NDArray[Any]]) -> dict[str, tuple[float, float]]:
    """Name the results that are farther apart than they may be: by how much, and the limit."""
    apart = {name: float(np.abs(one[name].astype(float) - two[name].astype(float)).max()) for name in TOLERANCES}
    return {name: (far, TOLERANCES[name]) for name, far in apart.items() if not far <= TOLERANCES[name]}


def lut_arguments(
    src: NDArray[Any],
    lattice: NDArray[Any],
    interpolation: int,
    low: Sequence[float] = (0, 0, 0),
    high: Sequence[float] = (1, 1, 1),
) -> tuple[int, NDArray[np.float32]]:
    """Return the number of the kernel that ``_kernels.lut_apply`` chooses, and the scale and offset of a ``Lut``."""
    white = {"uint8": 255, "uint16": 65535, "float32": 1}[src.dtype.name]
    unit = tuple(low) == (0, 0, 0) and tuple(high) == (1, 1, 1)
    pixel = {"uint8": 3 if lattice.dtype == np.int16 else 0, "uint16": 4 if unit else 1, "float32": 2}[src.dtype.name]
    step = (len(lattice) - 1) / (np.array(high, float) - low)
    return 5 * interpolation + pixel, np.concatenate([step / white, -step * low]).astype(np.float32)


class _Lut(ctypes.Structure):
    _fields_ = (
        ("nodes", ctypes.c_void_p),
        ("codes", ctypes.c_void_p),
        ("size", ctypes.c_int),
        ("scale", ctypes.c_float * 3),
        ("offset", ctypes.c_float * 3),
    )


_NAMES = (
    "lut_accumulate",
    "delta_e00_f32",
    "delta_e00_f64",
    "srgb_u8_to_lab",
    "srgb_to_lab",
    "lab_to_srgb",
    "histogram",
    "nearest",
    "nearest_posed",
)


class _Kernels(ctypes.Structure):
    _fields_ = (("lut_apply", ctypes.c_void_p * 10), *((name, ctypes.c_void_p) for name in _NAMES))


class _Level(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("kernels", ctypes.POINTER(_Kernels)))


class Compiled:
    """The kernels of one level in a library made of ``ext/`` (kernels.h), called as ``otiograde._kernels`` is."""

    def __init__(self, level: Any) -> None:
        self.name = level.name.decode()
        self._kernels = level.kernels.contents

    def _call(self, kernel: Any, *arguments: Any) -> None:
        plain = [ctypes.c_void_p(value.ctypes.data) if isinstance(value, np.ndarray) else value for value in arguments]
        ctypes.CFUNCTYPE(None, *(type(value) for value in plain))(kernel)(*plain)

    def lut_apply(self, src: Any, out: Any, lattice: Any, interpolation: int, *domain: Any) -> None:
        """Apply a LUT."""
        number, scaling = lut_arguments(src, lattice, interpolation, *domain)
        lut = _Lut(lattice.ctypes.data, lattice.ctypes.data, len(lattice), tuple(scaling[:3]), tuple(scaling[3:]))
        self._call(self._kernels.lut_apply[number], src, out, ctypes.c_size_t(len(src)), ctypes.pointer(lut))

    def lut_accumulate(self, colors: Any, values: Any, sums: Any) -> None:
        """Add onto the lattice."""
        count, size = ctypes.c_size_t(len(colors)), ctypes.c_int(len(sums))
        self._call(self._kernels.lut_accumulate, colors, values, count, sums, size)

    def delta_e00(self, lab1: Any, lab2: Any, out: Any) -> None:
        """Measure differences."""
        kernel = self._kernels.delta_e00_f32 if out.itemsize == 4 else self._kernels.delta_e00_f64
        self._call(kernel, lab1, lab2, ctypes.c_size_t(len(lab1)), out)

    def srgb_to_lab(self, rgb: Any, out: Any) -> None:
        """Convert to Lab."""
        kernel = self._kernels.srgb_to_lab if rgb.itemsize == 4 else self._kernels.srgb_u8_to_lab
        self._call(kernel, rgb, ctypes.c_size_t(len(rgb)), out)

    def lab_to_srgb(self, lab: Any, out: Any) -> None:
        """Convert back."""
        self._call(self._kernels.lab_to_srgb, lab, ctypes.c_size_t(len(lab)), out)

    def histogram(self, rgb: Any, counts: Any, bits: int) -> None:
        """Count."""
        self._call(self._kernels.histogram, rgb, ctypes.c_size_t(len(rgb)), counts, ctypes.c_int(bits))

    def nearest(self, a: Any, b: Any, tiles: Any, out: Any) -> None:
        """Find nearest neighbors."""
        self._call(self._kernels.nearest, a, ctypes.c_size_t(len(a)), b, ctypes.c_size_t(len(b)), tiles, out)

    def nearest_posed(self, a: Any, pose_a: Any, b: Any, pose_b: Any, within: Any, out: Any) -> None:
        """Find nearest neighbors of a pose."""
        sizes = ctypes.c_size_t(len(a)), ctypes.c_size_t(len(b))
        self._call(self._kernels.nearest_posed, a, pose_a, sizes[0], b, pose_b, sizes[1], within, out)


class Emulated:
    """The kernels of the baseline level in a program made of ``emulated.c``, called as ``otiograde._kernels`` is."""

    def __init__(self, *command: str | Path) -> None:
        self.command = command

    def _call(self, kernel: str, *arrays: NDArray[Any], number: int = 0, size: int = 0) -> None:
        words = [str(number), str(size), str(len(arrays[0])), *(str(array.nbytes) for array in arrays)]
        sent = b"".join(array.tobytes() for array in arrays)
        done = subprocess.run([*self.command, kernel, *words], input=sent, stdout=subprocess.PIPE, check=True)
        arrays[-1][...] = np.frombuffer(done.stdout, arrays[-1].dtype).reshape(arrays[-1].shape)

    def lut_apply(self, src: Any, out: Any, lattice: Any, interpolation: int, *domain: Any) -> None:
        """Apply a LUT."""
        number, scaling = lut_arguments(src, lattice, interpolation, *domain)
        self._call("lut_apply", src, lattice, scaling, out, number=number, size=len(lattice))

    def lut_accumulate(self, colors: Any, values: Any, sums: Any) -> None:
        """Add onto the lattice."""
        self._call("lut_accumulate", colors, values, sums, size=len(sums))

    def delta_e00(self, lab1: Any, lab2: Any, out: Any) -> None:
        """Measure differences."""
        self._call("delta_e00_f32" if out.itemsize == 4 else "delta_e00_f64", lab1, lab2, out)

    def srgb_to_lab(self, rgb: Any, out: Any) -> None:
        """Convert to Lab."""
        self._call("srgb_to_lab" if rgb.itemsize == 4 else "srgb_u8_to_lab", rgb, out)

    def lab_to_srgb(self, lab: Any, out: Any) -> None:
        """Convert back."""
        self._call("lab_to_srgb", lab, out)

    def histogram(self, rgb: Any, counts: Any, bits: int) -> None:
        """Count."""
        self._call("histogram", rgb, counts, size=bits)

    def nearest(self, a: Any, b: Any, tiles: Any, out: Any) -> None:
        """Find nearest neighbors."""
        self._call("nearest", a, b, tiles, out, size=len(b))

    def nearest_posed(self, a: Any, pose_a: Any, b: Any, pose_b: Any, within: Any, out: Any) -> None:
        """Find nearest neighbors of a pose."""
        self._call("nearest_posed", a, pose_a, b, pose_b, within, out, size=len(b))


def levels_of(library: Path) -> list[Compiled]:
    """Open every level that a library of the kernels offers on this machine."""
    opened = ctypes.CDLL(str(library))
    opened.cpu_level.restype = ctypes.POINTER(_Level)
    levels: list[Compiled] = []
    while level := opened.cpu_level(len(levels)):
        levels.append(Compiled(level.contents))
    return levels


if __name__ == "__main__":
    from otiograde import _kernels

    np.savez(sys.argv[1], **results(_kernels))  # type: ignore[arg-type]
