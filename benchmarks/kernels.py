"""The kernels against OpenColorIO, scikit-image, OpenCV, Pillow and NumPy: one table, one run, one thread.

Every job runs once a round, in turn, so that a busy machine slows all of them alike: read the ratios, not the speeds.
Peers that are not installed are left out. ``python benchmarks/kernels.py [ROUNDS]``
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import partial
from statistics import median
from time import thread_time
from typing import Any

import numpy as np

from otiograde import _kernels
from otiograde.color.difference import delta_e00
from otiograde.color.lut import INTERPOLATIONS, Lut3D
from otiograde.color.spaces import srgb_to_lab

HEIGHT, WIDTH = 1080, 1920
#: A job: (what is done, who does it) -> a call. The first of each "what" is ours.
Jobs = dict[tuple[str, str], Callable[[], Any]]


def picture() -> np.ndarray:
    """Make something like a photograph: neighbours alike, with a little grain. float32 in [0, 1]."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / HEIGHT
    waves = [np.sin(3 * x + 2 * y), np.cos(4 * y + x), np.sin(5 * x * y)]
    grain = np.random.default_rng(0).normal(0, 0.02, (HEIGHT, WIDTH, 3))
    return (0.5 + 0.4 * np.stack(waves, -1) + grain).clip(0, 1).astype(np.float32)


def optional(name: str) -> Any:
    """Import a peer, or say so and go on without it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"({name} is not installed)")
        return None


def lut_jobs(image: np.ndarray) -> Jobs:
    """Apply a LUT: each type, interpolation and size, against OpenColorIO and Pillow."""
    ocio, jobs = optional("PyOpenColorIO"), {}
    filters, pillow = optional("PIL.ImageFilter"), optional("PIL.Image")
    codes = {"float32": 1, "uint16": 65535, "uint8": 255}
    for size in (33, 65):
        lut = Lut3D.bake(lambda rgb: rgb**1.1, size)
        for kind, white in codes.items():
            source = (image * white).astype(kind)
            for interpolation in INTERPOLATIONS:
                what = f"lut {interpolation} {kind} {size}"
                jobs[what, "otiograde"] = partial(lut.apply, source, interpolation, out=np.empty_like(source))
                if ocio:
                    jobs[what, "OpenColorIO"] = opencolorio(ocio, lut, interpolation, source)
        if filters:
            table = filters.Color3DLUT(size, lut.lattice.ravel().tolist())
            still = pillow.fromarray((image * 255).astype(np.uint8))
            jobs[f"lut trilinear uint8 {size}", "Pillow"] = partial(still.filter, table)
    return jobs


def opencolorio(ocio: Any, lut: Lut3D, interpolation: str, source: np.ndarray) -> Callable[[], Any]:
    """Prepare OpenColorIO's processor for one type of image."""
    names = {"trilinear": ocio.INTERP_LINEAR, "tetrahedral": ocio.INTERP_TETRAHEDRAL}
    depths = {"float32": "F32", "uint16": "UINT16", "uint8": "UINT8"}
    depth = getattr(ocio, f"BIT_DEPTH_{depths[source.dtype.name]}")
    table = ocio.Lut3DTransform(lut.size)
    table.setInterpolation(names[interpolation])
    table.setData(lut.lattice.transpose(2, 1, 0, 3).ravel())
    processor = ocio.Config.CreateRaw().getProcessor(table)
    processor = processor.getOptimizedCPUProcessor(depth, depth, ocio.OPTIMIZATION_DEFAULT)
    stride = source.itemsize
    images = [
        ocio.PackedImageDesc(array, WIDTH, HEIGHT, 3, depth, stride, 3 * stride, 3 * stride * WIDTH)
        for array in (source.copy(), np.empty_like(source))
    ]
    return partial(processor.apply, *images)


def color_jobs(image: np.ndarray) -> Jobs:
    """Measure differences, convert to Lab, and accumulate."""
    skimage, cv2 = optional("skimage.color"), optional("cv2")
    lab, other = srgb_to_lab(image), srgb_to_lab(image[::-1])
    lab64, other64 = lab.astype(float), other.astype(float)
    out = np.empty_like(image)
    colors, sums = image.reshape(-1, 3), np.zeros((33, 33, 33, 4))
    jobs: Jobs = {
        ("delta_e00 float32", "otiograde"): lambda: delta_e00(lab, other),
        ("delta_e00 float64", "otiograde"): lambda: delta_e00(lab64, other64),
        ("srgb_to_lab float32", "otiograde"): lambda: srgb_to_lab(image, out=out),
        ("accumulate 33", "otiograde"): lambda: _kernels.lut_accumulate(colors, colors, sums),
        ("accumulate 33", "NumPy"): lambda: [np.bincount(node, weight, 33**3) for node, weight in corners(colors)],
    }
    if skimage:
        jobs["delta_e00 float32", "scikit-image"] = lambda: skimage.deltaE_ciede2000(lab, other)
        jobs["delta_e00 float64", "scikit-image"] = lambda: skimage.deltaE_ciede2000(lab64, other64)
        jobs["srgb_to_lab float32", "scikit-image"] = lambda: skimage.rgb2lab(image)
    if cv2:
        cv2.setNumThreads(1)
        jobs["srgb_to_lab float32", "OpenCV"] = lambda: cv2.cvtColor(image, cv2.COLOR_RGB2Lab, out)
    return jobs


def corners(colors: np.ndarray) -> Any:
    """Yield node and weight of the corners and channels that a splat with np.bincount needs: 32 passes."""
    place = colors * np.float32(32)
    cell = np.minimum(place.astype(np.int32), 31)
    share = place - cell
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, share, 1 - share).prod(-1)
        node = ((cell + np.array(corner, np.int32)) @ np.array([1, 33, 33 * 33], np.int32)).astype(np.intp)
        for channel in range(3):
            yield node, weight * colors[:, channel]
        yield node, weight


def main(rounds: int = 7) -> None:
    """Run and print."""
    image = picture()
    jobs = lut_jobs(image) | color_jobs(image)
    times: dict[tuple[str, str], list[float]] = {key: [] for key in jobs}
    for _ in range(rounds):
        for key, job in jobs.items():
            start = thread_time()
            job()
            times[key].append(thread_time() - start)
    print(f"CPU level {_kernels.cpu_level()}, {rounds} rounds, {WIDTH} x {HEIGHT}, medians of thread CPU time")
    for (what, who), spent in times.items():
        if who != "otiograde":
            ratios = [theirs / ours for theirs, ours in zip(spent, times[what, "otiograde"], strict=True)]
            speeds = [HEIGHT * WIDTH / median(times[what, name]) / 1e6 for name in ("otiograde", who)]
            print(f"{what:30} {speeds[0]:6.0f} Mpix/s   {who:12} {speeds[1]:6.1f}   ratio {median(ratios):5.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
