"""The compiled kernels, once for each CPU level; everything else about the package is in pyproject.toml."""

from __future__ import annotations

import sysconfig

from Cython.Build import cythonize
from setuptools import Extension, setup

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

kernels = Extension(
    "otiograde._kernels",
    sources=["ext/_kernels.pyx", "ext/dispatch.c", "ext/baseline.c", "ext/v3.c", "ext/v4.c"],
    depends=[
        "ext/kernels.h",
        "ext/kernels.inc",
        "ext/load_store.inc",
        "ext/lut_apply.inc",
        "ext/lut_accumulate.inc",
        "ext/ciede2000.inc",
        "ext/lab.inc",
    ],
    include_dirs=["ext"],
    extra_compile_args=FLAGS,
    define_macros=[("Py_LIMITED_API", "0x030B0000")] if LIMITED else [],
    py_limited_api=LIMITED,
)

setup(
    ext_modules=cythonize([kernels]),
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED else {},
)
