"""Every CPU level, and every compiler at every level, gives the same results within stated tolerances."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import agreement
import numpy as np
import pytest

from otiograde import _kernels

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "ext" / f"{name}.c" for name in ("dispatch", "baseline", "v3", "v4")]


def flags() -> list[str]:
    """The flags of setup.py, which says them once; the names in the library are wanted here."""
    for node in ast.parse((ROOT / "setup.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "FLAGS":
            return [flag for flag in ast.literal_eval(node.value) if "visibility" not in flag]
    raise AssertionError("setup.py has no FLAGS")


@pytest.mark.skipif(_kernels.cpu_level() != _kernels.cpu_levels()[-1], reason="compared with the best level")
@pytest.mark.parametrize("level", _kernels.cpu_levels()[:-1])
def test_levels_of_the_installed_kernels(tmp_path: Path, level: str) -> None:
    """One process a level, against this one's."""
    environment = {**os.environ, "OTIOGRADE_CPU": level}
    subprocess.run([sys.executable, agreement.__file__, tmp_path / "level.npz"], env=environment, check=True)
    with np.load(tmp_path / "level.npz") as arrays:
        assert agreement.disagreements(agreement.results(_kernels), dict(arrays)) == {}


@pytest.mark.slow
@pytest.mark.skipif(_kernels.cpu_level() != _kernels.cpu_levels()[-1], reason="compared with the best level")
@pytest.mark.skipif(sys.platform != "linux", reason="shared libraries are built for Linux only")
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compilers(tmp_path: Path, compiler: str) -> None:
    """The kernels built by this compiler, at every level, against the installed ones."""
    if not SOURCES[0].is_file():
        pytest.skip("ext/ is not here")
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler.upper()} IS NOT HERE, so nothing tells whether it builds the same kernels")
    library = tmp_path / "kernels.so"
    built = [compiler, *flags(), "-shared", "-fPIC", "-I", ROOT / "ext", *SOURCES, "-lm", "-o", library]
    subprocess.run(built, check=True)
    levels = agreement.levels_of(library)
    assert tuple(level.name for level in levels) == _kernels.cpu_levels()
    installed = agreement.results(_kernels)
    for level in levels:
        assert agreement.disagreements(installed, agreement.results(level)) == {}, level.name


@pytest.mark.slow
def test_neon_in_emulation(tmp_path: Path) -> None:
    """The kernels of aarch64, whose baseline has NEON, emulated by QEMU, against the installed ones."""
    compiler, emulator = "aarch64-linux-gnu-gcc", "qemu-aarch64"
    if not SOURCES[0].is_file():
        pytest.skip("ext/ is not here")
    if shutil.which(compiler) is None or shutil.which(emulator) is None:
        pytest.skip(f"{compiler.upper()} OR {emulator.upper()} IS NOT HERE, so nothing tells what ARM computes")
    program, driver = tmp_path / "emulated", Path(__file__).parent / "emulated.c"
    built = [compiler, *flags(), "-static", "-I", ROOT / "ext", driver, *SOURCES, "-lm", "-o", program]
    subprocess.run(built, check=True)
    neon = agreement.Emulated(emulator, program)
    assert agreement.disagreements(agreement.results(_kernels), agreement.results(neon)) == {}


def test_disagreements_are_seen() -> None:
    arrays: dict[str, Any] = agreement.results(_kernels)
    wrong = {name: array.copy() for name, array in arrays.items()}
    for array in wrong.values():
        array.flat[7] += 2
    assert agreement.disagreements(arrays, wrong).keys() == agreement.TOLERANCES.keys()
