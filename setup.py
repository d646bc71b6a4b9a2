"""The compiled kernels, once for each CPU level; everything else about the package is in pyproject.toml."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

#: One extension for every Python from 3.11 on; free-threaded builds have no limited API.
LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")

#: Never -ffast-math: NaN must stay NaN, and linking it in changes the whole process's arithmetic. What is relaxed here
#: changes no value, but for fused multiply-adds.
FLAGS = [
    "-std=gnu11",
    "-O3",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-ffp-contract=fast",
    "-fvisibility=hidden",
]

#: Visual C++ has no vector types; clang-cl, which comes with it, has (and builds the baseline level only).
CLANG_CL = sys.platform == "win32"
if CLANG_CL:
    FLAGS = ["/O2", *(f"/clang:{flag}" for flag in FLAGS[1:-1])]


class Build(build_ext):
    """Build with clang-cl on Windows, with the platform's compiler elsewhere."""

    def build_extensions(self) -> None:
        """Choose the compiler once setuptools has found its own."""
        if CLANG_CL:
            self.compiler.initialize()
            self.compiler.cc = "clang-cl"
        super().build_extensions()


kernels = Extension(
    "otiograde._kernels",
    sources=["ext/_kernels.pyx", "ext/dispatch.c", "ext/baseline.c", "ext/v3.c", "ext/v4.c"],
    depends=sorted(str(path) for end in ("h", "inc") for path in Path("ext").glob(f"*.{end}")),
    include_dirs=["ext"],
    extra_compile_args=FLAGS,
    define_macros=[("Py_LIMITED_API", "0x030B0000")] if LIMITED else [],
    py_limited_api=LIMITED,
)

setup(
    cmdclass={"build_ext": Build},
    ext_modules=cythonize([kernels]),
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED else {},
)
