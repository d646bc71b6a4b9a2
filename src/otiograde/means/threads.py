"""The number of threads that NumPy's linear algebra starts."""

from __future__ import annotations

#: Environment variables from which it reads that number when it loads. With more than one thread, systems as small as a
#: scene's take longer, and are rounded by the number of cores.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
