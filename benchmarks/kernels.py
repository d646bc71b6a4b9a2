"""The kernels against OpenColorIO, FFmpeg, Pillow, OpenCV, scikit-image, colour-science and NumPy, on one thread.

The kernels run at every CPU level of this machine, side by side. In each round, every job runs once, so that a busy
machine slows all of them alike. Read the ratios, which are medians over the rounds, not the speeds. Times are CPU times
of the thread. For FFmpeg it is the CPU time of the process, less that of the same graph without the filter. Errors are
against float64, in code values (of 255, 65535 or 1) or in the units of Lab. Peers that are not installed are left out.
The exit status is 1 if a ratio is below its "must" at any level, or with --quick below 0.6 of it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, thread_time
from types import ModuleType
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "kernels"))
import reference

from otiograde import _kernels
from otiograde.color import difference, spaces
from otiograde.color import histogram as histogram_module
from otiograde.color import lut as lut_module
from otiograde.color.cube import format_cube
from otiograde.color.difference import delta_e00
from otiograde.color.histogram import histogram
from otiograde.color.lut import INTERPOLATIONS, Lut3D
from otiograde.color.spaces import lab_to_srgb, srgb_to_lab

#: (job, peer): for each CPU level, the ratio that must hold on the photo-like image, and the one that is wanted.
GOALS: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    (job, peer): {"v4": v4, "v3": v3, "baseline": baseline}
    for job, peer, v4, v3, baseline in (
        ("tetrahedral float32 33", "OpenColorIO", (2.0, 2.5), (2.0, 2.5), (1.1, 1.3)),
        ("tetrahedral uint16 33", "OpenColorIO", (3.2, 4.0), (3.2, 4.0), (1.1, 1.4)),
        ("tetrahedral uint8 33", "OpenColorIO", (4.2, 5.3), (4.2, 5.3), (1.8, 2.3)),
        ("tetrahedral uint8 33", "FFmpeg", (8, 14), (8, 14), (4, 7)),
        ("trilinear uint8 33", "Pillow", (8, 12), (8, 12), (2.8, 4)),
        ("trilinear float32 33", "OpenColorIO", (3, 4.5), (3, 4.5), (1.4, 1.8)),
        ("trilinear uint16 33", "OpenColorIO", (3.5, 5), (3.5, 5), (1.4, 1.8)),
        ("trilinear uint8 33", "OpenColorIO", (5, 8), (5, 8), (2.2, 2.8)),
        ("tetrahedral float32 65", "OpenColorIO", (2.0, 2.5), (2.0, 2.5), (1.1, 1.3)),
        ("tetrahedral uint16 65", "OpenColorIO", (3.2, 4.0), (3.2, 4.0), (1.1, 1.4)),
        ("tetrahedral uint8 65", "OpenColorIO", (4.2, 5.3), (4.2, 5.3), (1.8, 2.3)),
        ("delta_e00 float64", "scikit-image", (9, 13), (6.5, 9.5), (2.5, 3.5)),
        ("delta_e00 float32", "scikit-image", (18, 25), (13, 18), (5, 7)),
        ("delta_e00 float32", "colour-science", (40, 55), (29, 40), (12, 16)),
        ("srgb_to_lab float32", "OpenCV", (1.4, 1.9), (1.1, 1.5), (0.4, 0.6)),
        ("srgb_to_lab float32", "scikit-image", (10, 15), (7.5, 11), (2.5, 3.5)),
        ("lab_to_srgb float32", "OpenCV", (1.2, 1.8), (1.2, 1.8), (0.3, 0.4)),
        ("accumulate float64 33", "NumPy", (22, 35), (22, 35), (11, 18)),
        ("histogram uint8 32", "OpenCV", (1.2, 2), (1.2, 2), (0.8, 1.1)),
    )
}
WHITE = {"float32": 1, "uint16": 65535, "uint8": 255}
SLACK = 0.6
#: A job returns its CPU seconds for the whole image. Its key is what is done, and who does it.
Job = Callable[[], float]
Jobs = dict[tuple[str, str], Job]
#: The modules that call the kernels.
CALLERS = (lut_module, difference, spaces, histogram_module)


@dataclass(frozen=True)
class Bench:
    """One image, the kernels of each CPU level, the jobs on the image, and their largest errors."""

    image: np.ndarray
    levels: dict[str, ModuleType]
    jobs: Jobs
    errors: dict[tuple[str, str], float | None]

    def add(self, what: str, who: str, call: Callable[[], Any]) -> None:
        """Add a job that runs in this thread: once to fill the caches, and once for the clock."""

        def job() -> float:
            call()
            start = thread_time()
            result = call()
            spent = thread_time() - start
            if (what, who) not in self.errors:
                self.errors[what, who] = largest_error(self.image, what, result)
            return spent

        self.jobs[what, who] = job

    def add_ours(self, what: str, call: Callable[[], Any]) -> None:
        """Add a job of ours for each CPU level."""
        for level, kernels in self.levels.items():
            self.add(what, level, partial(at_level, kernels, call))


def open_levels(folder: Path) -> dict[str, ModuleType]:
    """Open the kernels once for each CPU level, the highest first. A level is chosen at import, and for good.

    So each level is a copy of the extension: a file of the same name is opened once.
    """
    levels = {}
    for level in reversed(_kernels.cpu_levels()):
        copy = Path(shutil.copy(_kernels.__file__, folder / f"{level}-{Path(_kernels.__file__).name}"))
        os.environ["OTIOGRADE_CPU"] = level
        spec = spec_from_file_location("otiograde._kernels", copy)
        if spec is None or spec.loader is None:
            raise ImportError(f"{copy} is no extension module")
        levels[level] = module_from_spec(spec)
        spec.loader.exec_module(levels[level])
    return levels


def at_level(kernels: ModuleType, call: Callable[[], Any]) -> Any:
    """Call a function of ours with these kernels."""
    for module in CALLERS:
        setattr(module, _kernels.__name__.rpartition(".")[2], kernels)
    return call()


def picture(height: int = 1080, width: int = 1920) -> np.ndarray:
    """Make an image like a photograph: smooth areas, edges and a little grain. float32 in [0, 1]."""
    y, x = np.mgrid[0:height, 0:width] / height
    waves = [np.sin(3 * x + 2 * y), np.cos(4 * y + x), np.sin(5 * x * y)]
    grain = np.random.default_rng(0).normal(0, 0.02, (height, width, 3))
    edges = 0.15 * ((7 * x).astype(int) + (5 * y).astype(int) & 1)[..., None]
    return (0.45 + 0.35 * np.stack(waves, -1) + edges + grain).clip(0, 1).astype(np.float32)


def optional(name: str) -> Any:
    """Import a peer. If it is not installed, print that and return None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"({name} is not installed)")
        return None


def lut_jobs(bench: Bench, sizes: tuple[int, ...]) -> None:
    """Apply a LUT: each type, interpolation and size, against OpenColorIO and Pillow."""
    ocio, filters, pillow = optional("PyOpenColorIO"), optional("PIL.ImageFilter"), optional("PIL.Image")
    for size in sizes:
        lut = look(size)
        for kind, white in WHITE.items():
            source = codes(bench.image, kind, white)
            for interpolation in INTERPOLATIONS:
                what = f"{interpolation} {kind} {size}"
                bench.add_ours(what, partial(lut.apply, source, interpolation, out=np.empty_like(source)))
                if ocio:
                    bench.add(what, "OpenColorIO", opencolorio(ocio, lut, interpolation, source))
        if filters and size <= 65:
            table = filters.Color3DLUT(size, lut.lattice.ravel().tolist())
            still = pillow.fromarray(codes(bench.image, "uint8", 255))
            bench.add(f"trilinear uint8 {size}", "Pillow", partial(still.filter, table))


@cache
def look(size: int) -> Lut3D:
    """Make a grade without symmetry between the channels."""
    mix = np.array([[0.9, 0.05, 0.0], [0.05, 0.9, 0.1], [0.0, 0.05, 0.8]])
    return Lut3D.bake(lambda rgb: np.asarray(rgb) ** 1.1 @ mix + 0.02, size)


def codes(image: np.ndarray, kind: str, white: int) -> np.ndarray:
    """Convert values in [0, 1] to integer codes."""
    return image if white == 1 else np.rint(image * white).astype(kind)


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
    (height, width, _), stride = source.shape, source.itemsize
    arrays = source.copy(), np.empty_like(source)
    images = [
        ocio.PackedImageDesc(array, width, height, 3, depth, stride, 3 * stride, 3 * stride * width) for array in arrays
    ]

    def apply() -> np.ndarray:
        processor.apply(*images)
        return arrays[1]

    return apply


def color_jobs(bench: Bench, *, slow: bool) -> None:
    """Add the jobs of color differences and of Lab."""
    image, cv2, skimage = bench.image, optional("cv2"), optional("skimage.color")
    lab, other, out = srgb_to_lab(image), srgb_to_lab(image[::-1]), np.empty_like(image)
    for kind in ("float32", "float64"):
        one, two = lab.astype(kind), other.astype(kind)
        bench.add_ours(f"delta_e00 {kind}", partial(delta_e00, one, two, out=np.empty(image.shape[:2], kind)))
        if skimage:
            bench.add(f"delta_e00 {kind}", "scikit-image", partial(skimage.deltaE_ciede2000, one, two))
    if slow and (colour := optional("colour.difference")):
        bench.add("delta_e00 float32", "colour-science", partial(colour.delta_E_CIE2000, lab, other))
    bench.add_ours("srgb_to_lab float32", partial(srgb_to_lab, image, out=out))
    bench.add_ours("lab_to_srgb float32", partial(lab_to_srgb, lab, out=out.copy()))
    if skimage:
        bench.add("srgb_to_lab float32", "scikit-image", partial(skimage.rgb2lab, image))
    if cv2:
        cv2.setNumThreads(1)
        bench.add("srgb_to_lab float32", "OpenCV", partial(cv2.cvtColor, image, cv2.COLOR_RGB2Lab, out.copy()))
        bench.add("lab_to_srgb float32", "OpenCV", partial(cv2.cvtColor, lab, cv2.COLOR_Lab2RGB, out.copy()))


def counting_jobs(bench: Bench, *, slow: bool) -> None:
    """Add the jobs that accumulate onto a lattice and count colors, and copies and look-ups as limits of memory."""
    image, cv2 = bench.image, optional("cv2")
    narrow, colors, sums = codes(image, "uint8", 255), image.reshape(-1, 3), np.zeros((33, 33, 33, 4))
    for level, kernels in bench.levels.items():
        bench.add("accumulate float64 33", level, partial(kernels.lut_accumulate, colors, colors, sums))
    if slow:
        bench.add("accumulate float64 33", "NumPy", lambda: [np.bincount(*job, 33**3) for job in corners(colors)])
    bench.add_ours("histogram uint8 32", partial(histogram, narrow))
    if cv2:
        count = partial(cv2.calcHist, [narrow], [0, 1, 2], None, [32] * 3, [0, 256] * 3)
        bench.add("histogram uint8 32", "OpenCV", count)
    for kind, white in WHITE.items():
        source = codes(image, kind, white)
        bench.add(f"limit: copy {kind}", "NumPy", partial(np.copyto, np.empty_like(source), source))
    node = ((narrow >> 3) @ np.array([1, 33, 33 * 33])).ravel()
    for size, kind in ((8, "uint64"), (16, "complex128")):
        nodes, values = np.zeros(33**3, kind), np.empty(node.shape, kind)
        call = partial(nodes.take, node, out=values, mode="clip")
        bench.add(f"limit: one node of {size} bytes", "NumPy", call)


def corners(colors: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
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


def ffmpeg_job(bench: Bench, folder: Path) -> None:
    """Add FFmpeg's lut3d on rgb24. Its CPU time is measured with few and many frames, with and without the filter."""
    imageio_ffmpeg = optional("imageio_ffmpeg")
    if imageio_ffmpeg is None:
        return
    height, width, _ = bench.image.shape
    (folder / "frame.rgb").write_bytes(codes(bench.image, "uint8", 255).tobytes())
    (folder / "look.cube").write_text(format_cube(look(33)))
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "frame.rgb"]

    def spent(loops: int, graph: str) -> float:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1", "-filter_threads", "1"]
        command += ["-stream_loop", str(loops), *source, "-vf", graph, "-pix_fmt", "rgb24", "-f", "null", "-"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def job() -> float:
        few, many, lut = 1, 13, "lut3d=look.cube:interp=tetrahedral"
        return (spent(many, lut) - spent(few, lut) - spent(many, "null") + spent(few, "null")) / (many - few)

    bench.jobs["tetrahedral uint8 33", "FFmpeg"] = job


def lab_of(image: np.ndarray) -> np.ndarray:
    """Return the image's colors in Lab, as the jobs got them: of the best level."""
    return np.asarray(at_level(_kernels, partial(srgb_to_lab, image)).reshape(-1, 3))


def largest_error(image: np.ndarray, what: str, result: Any) -> float | None:
    """Compare a result with its exact twin at some thousands of pixels. None where there is no twin."""
    some = np.random.default_rng(3).integers(0, image[..., 0].size, 20_000)
    colors = image.reshape(-1, 3)[some].astype(float)
    name, *rest = what.split()
    if name in INTERPOLATIONS:
        white, twin = WHITE[rest[0]], getattr(reference, name)
        source = codes(colors.astype(np.float32), rest[0], white) / white
        exact = twin(source, look(int(rest[1])).lattice) * white
    elif name == "delta_e00":
        exact = reference.delta_e00(*(lab_of(rgb)[some] for rgb in (image, image[::-1])))
    elif name in ("srgb_to_lab", "lab_to_srgb"):
        exact = getattr(reference, name)(colors if name == "srgb_to_lab" else lab_of(image)[some])
    else:
        return None
    values = np.asarray(result).reshape(image[..., 0].size, *exact.shape[1:])[some]
    return float(np.abs(values - exact).max())


def two_threads(image: np.ndarray, seconds: float = 60) -> tuple[float | None, int]:
    """Measure the speed of two threads relative to one. Returns the ratio and the number of valid windows.

    A window is one call with one thread and one with two. It is valid if both CPUs were free: the second call used at
    least 1.7 CPUs. The ratio is None if fewer than five windows are valid.
    """
    lut, out = look(33), np.empty_like(image)

    def window(threads: int) -> tuple[float, float]:
        wall, cpu = perf_counter(), process_time()
        at_level(_kernels, partial(lut.apply, image, threads=threads, out=out))
        return (spent := perf_counter() - wall), (process_time() - cpu) / spent

    ratios: list[float] = []
    end = perf_counter() + seconds
    while len(ratios) < 25 and perf_counter() < end:
        (one, alone), (two, share) = window(1), window(2)
        if alone > 0.97 and share > 1.7:
            ratios.append(one / two)
    return (median(ratios) if len(ratios) >= 5 else None), len(ratios)


def measure(name: str, bench: Bench, rounds: int, *, quick: bool) -> dict[str, Any]:
    """Run all jobs on one image; print and return the table."""
    image = bench.image
    lut_jobs(bench, (33, 65))
    color_jobs(bench, slow=not quick)
    counting_jobs(bench, slow=not quick)
    with tempfile.TemporaryDirectory() as folder:
        if not quick:
            ffmpeg_job(bench, Path(folder))
        times: dict[tuple[str, str], list[float]] = {key: [] for key in bench.jobs}
        for _ in range(rounds):
            for key, job in bench.jobs.items():
                times[key].append(job())
    print(f"\n{name}, {image.shape[1]} x {image.shape[0]}, {rounds} rounds")
    print(f"{'':42}{'':>17}" + "".join(f"   {'CPU level ' + level:30}" for level in bench.levels))
    head = f"   {'Mpix/s':>6} {'ratio':>6} {'must':>4} {'goal':>4} {'error':>7}"
    print(f"{'':28}{'peer':14}{'Mpix/s':>8} {'error':>8}{head * len(bench.levels)}")
    rows = [row(what, who, times, bench) for what, who in times if who not in bench.levels]
    for entry in rows:
        print(line(entry))
    return {"image": name, "rows": rows, "threads": None if quick else list(two_threads(image))}


def row(what: str, who: str, times: dict[tuple[str, str], list[float]], bench: Bench) -> dict[str, Any]:
    """Make one row: the peer's speed in Mpix/s and error; for each level ours, and the median ratio."""
    theirs, pixels, levels = times[what, who], bench.image[..., 0].size, {}
    for level in bench.levels:
        if ours := times.get((what, level)):
            must, goal = GOALS.get((what, who), {}).get(level, (None, None))
            levels[level] = {
                "speed": round(pixels / median(ours) / 1e6, 1),
                "ratio": median(b / a for a, b in zip(ours, theirs, strict=True)),
                "must": must,
                "goal": goal,
                "error": bench.errors[what, level],
            }
    speed = round(pixels / median(theirs) / 1e6, 1)
    return {"what": what, "peer": who, "speed": speed, "error": bench.errors.get((what, who)), "levels": levels}


def line(entry: dict[str, Any]) -> str:
    """Format one row."""
    start = f"{entry['what']:28}{entry['peer']:14}{entry['speed']:>8.1f} {figure(entry['error'], '.2g'):>8}"
    for ours in entry["levels"].values():
        speed, ratio, error = figure(ours["speed"], ".0f"), figure(ours["ratio"], ".2f"), figure(ours["error"], ".2g")
        start += f"   {speed:>6} {ratio:>6} {figure(ours['must'], 'g'):>4} {figure(ours['goal'], 'g'):>4} {error:>7}"
    return start


def figure(value: float | None, form: str) -> str:
    """Format a number; nothing where there is none."""
    return "" if value is None else format(value, form)


def too_slow(table: dict[str, Any], slack: float) -> list[str]:
    """Name the rows and levels whose ratio is below its floor."""
    return [
        f"{entry['what']} at level {level}: {ours['ratio']:.2f} times {entry['peer']}, floor {slack * ours['must']:.2f}"
        for entry in table["rows"]
        for level, ours in entry["levels"].items()
        if ours["must"] and ours["ratio"] < slack * ours["must"]
    ]


def main() -> int:
    """Measure, print, write; 1 when a ratio is too low."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a small image, fast peers, floors of 0.6 of the musts")
    parser.add_argument("--json", type=Path, help="write the figures here")
    asked = parser.parse_args()
    size = (540, 960) if asked.quick else (1080, 1920)
    images = {"photo-like": picture(*size)}
    if not asked.quick:
        images["noise"] = np.random.default_rng(1).random((*size, 3)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        levels = open_levels(Path(folder))
        tables = [
            measure(name, Bench(image, levels, {}, {}), asked.rounds, quick=asked.quick)
            for name, image in images.items()
        ]
    for table in tables:
        if table["threads"]:
            ratio, windows = table["threads"]
            verdict = f"{ratio:.2f}" if ratio else "not measured: the machine was busy"
            print(f"2 threads / 1, {table['image']}: {verdict} ({windows} windows with both CPUs free)")
    if asked.json:
        asked.json.write_text(json.dumps({"levels": list(levels), "tables": tables}, indent=1))
    low = too_slow(tables[0], SLACK if asked.quick else 1)
    for entry in low:
        print(f"TOO SLOW: {entry}")
    return bool(low)


if __name__ == "__main__":
    sys.exit(main())
