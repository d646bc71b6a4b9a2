"""Whatever an array can be: hypothesis shapes memory for every kernel; then fork, threads and sub-interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from making.waiting import PATIENCE
from otiograde import _kernels
from otiograde.color.difference import delta_e00
from otiograde.color.histogram import histogram
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import lab_to_srgb, srgb_to_lab

LUT = Lut3D.identity(5)
STRANGE = [np.nan, np.inf, -np.inf, 1e-45, -1e-45, 1e-39, -0.0, 3e38, -3e38, 0.0, 0.5, 1.0, 65504.0]
FACES: dict[str, Any] = {
    "apply": LUT.apply,
    "srgb_to_lab": srgb_to_lab,
    "lab_to_srgb": lab_to_srgb,
    "delta_e00": lambda lab, out=None: delta_e00(lab, lab[::-1], out=out),
    "histogram": lambda rgb, out=None: histogram(rgb, out=out),
}
KINDS = {
    "apply": [np.uint8, np.uint16, np.float32],
    "srgb_to_lab": [np.uint8, np.float32],
    "lab_to_srgb": [np.float32],
    "delta_e00": [np.float32, np.float64],
    "histogram": [np.uint8],
}


@st.composite
def memories(draw: st.DrawFn, kind: type) -> NDArray[Any]:
    """A view (..., 3): any steps, mirrors and transpositions, any alignment, read-only or not, any numbers."""
    frame = draw(st.tuples(*[st.integers(0, 9)] * 2, st.integers(3, 5)))
    size, item = int(np.prod(frame)), np.dtype(kind).itemsize
    room = np.zeros(size * item + 8, np.uint8)
    start = draw(st.integers(0, 8))
    array = room[start : start + size * item].view(kind).reshape(frame)
    if kind in (np.float32, np.float64):
        array[...] = np.array(draw(st.lists(st.sampled_from(STRANGE), min_size=7, max_size=7)), kind)[
            np.arange(size).reshape(frame) % 7
        ]
    else:
        array[...] = np.arange(size).reshape(frame) * 37
    steps = [slice(None, None, draw(st.sampled_from([1, 1, 1, 2, 3, -1, -2]))) for _ in frame[:2]]
    array = array[tuple(steps)][..., :3]
    if draw(st.booleans()):
        array = array.swapaxes(0, 1)
    array = array[..., :: draw(st.sampled_from([1, -1]))]
    array.setflags(write=draw(st.booleans()))
    return array


@pytest.mark.parametrize("name", FACES)
@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_any_memory_is_as_good_as_plain_memory(name: str, data: st.DataObject) -> None:
    array = data.draw(memories(data.draw(st.sampled_from(KINDS[name]))))
    plain = np.ascontiguousarray(array)
    expected = FACES[name](plain)
    assert np.array_equal(FACES[name](array), expected, equal_nan=True)
    out = np.zeros((*expected.shape[:-1], 2 * expected.shape[-1]), expected.dtype)[..., ::2]
    assert FACES[name](array, out=out) is out
    assert np.array_equal(out, expected, equal_nan=True)
    if expected.dtype == np.float32 and name != "delta_e00":
        assert np.isfinite(expected).all()


def test_rows_of_a_frame_are_not_copied() -> None:
    """The kernels take a part of a frame as it lies, and write nothing beside it."""
    rgb = np.random.default_rng(1).random((30, 200, 3)).astype(np.float32)
    part, out = rgb[3:20, 5:180], np.full_like(rgb, 7)
    _kernels.srgb_to_lab(part, out[3:20, 5:180])
    assert np.array_equal(out[3:20, 5:180], srgb_to_lab(part.copy()))
    out[3:20, 5:180] = 7
    assert (out == 7).all()
    sums, twin = np.zeros((2, 5, 5, 5, 4))
    _kernels.lut_accumulate(part, part, sums)
    _kernels.lut_accumulate(part.copy().reshape(-1, 3), part.copy().reshape(-1, 3), twin)
    assert np.allclose(sums, twin, rtol=1e-12)
    with pytest.raises(ValueError, match=r"^rgb must have rows without gaps"):
        _kernels.srgb_to_lab(rgb[:, ::2], np.empty((30, 100, 3), np.float32))
    with pytest.raises(ValueError, match=r"^rgb must have shape"):
        _kernels.srgb_to_lab(rgb[None], np.empty((1, 30, 200, 3), np.float32))


@pytest.mark.parametrize("name", FACES)
def test_many_threads_at_once(name: str) -> None:
    array = (np.random.default_rng(2).random((90, 97, 3)) * 100).astype(KINDS[name][0])
    expected = FACES[name](array)
    with ThreadPoolExecutor(8) as pool:
        assert all(np.array_equal(out, expected) for out in pool.map(lambda _: FACES[name](array), range(40)))


def test_threads_within_threads() -> None:
    image = np.random.default_rng(2).random((90, 97, 3)).astype(np.float32)
    expected = LUT.apply(image)
    with ThreadPoolExecutor(8) as pool:
        assert all(np.array_equal(out, expected) for out in pool.map(lambda _: LUT.apply(image, threads=3), range(40)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_fork_after_threads() -> None:
    """A child of a program that has used threads uses them, too."""
    code = (
        "import os, numpy as np\n"
        "from otiograde.color.lut import Lut3D\n"
        "image = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)\n"
        "lut = Lut3D.identity(9); first = lut.apply(image, threads=2)\n"
        "child = os.fork()\n"
        "if child == 0: os._exit(0 if np.array_equal(lut.apply(image, threads=2), first) else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]  # 3.12 warns of fork where threads have run
    assert subprocess.run(command, timeout=PATIENCE, check=False).returncode == 0


def test_sub_interpreters() -> None:
    """A second interpreter either works or is refused with an ImportError (as NumPy may be); it never crashes."""
    code = (
        "try: import _xxsubinterpreters as sub\n"
        "except ImportError: import _interpreters as sub\n"
        "one = sub.create()\n"
        "body = 'try:\\n import otiograde._kernels as k; k.cpu_level()\\nexcept ImportError: pass'\n"
        "sub.run_string(one, body); sub.destroy(one); print('fine')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr
