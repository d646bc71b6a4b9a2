# cython: language_level=3, freethreading_compatible=True
"""The compiled kernels behind ``otiograde.color``: checks, then C without the interpreter lock. See _kernels.pyi."""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uintptr_t
from libc.stdlib cimport getenv

cdef extern from "kernels.h" nogil:
    enum: U8, U16, F32, INTERPOLATIONS

    ctypedef struct Lut:
        const float *nodes
        int size
        float scale[3]
        float offset[3]

    ctypedef struct Kernels:
        void (*lut_apply[2][3])(const void *, void *, size_t, const Lut *) noexcept nogil
        void (*lut_accumulate)(const float *, const float *, size_t, double *, int) noexcept nogil
        void (*delta_e00_f32)(const float *, const float *, size_t, float *) noexcept nogil
        void (*delta_e00_f64)(const double *, const double *, size_t, double *) noexcept nogil
        void (*srgb_u8_to_lab)(const uint8_t *, size_t, float *) noexcept nogil
        void (*srgb_to_lab)(const float *, size_t, float *) noexcept nogil
        void (*lab_to_srgb)(const float *, size_t, float *) noexcept nogil

    ctypedef struct Level:
        const char *name
        const Kernels *kernels

    const Level *cpu_level_at "cpu_level"(int rank)


cdef dict TYPES = {"B": "uint8", "H": "uint16", "f": "float32", "d": "float64"}


cdef class Array:
    """An argument's memory: C-contiguous, aligned, of one of the ``types``, held until the kernel has returned."""

    cdef Py_buffer view
    cdef str name
    cdef readonly str type
    cdef readonly tuple shape

    def __cinit__(self, values, str name, str types, bint writable=False):
        cdef int wanted = PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | (PyBUF_WRITABLE if writable else 0)
        self.name = name
        try:
            PyObject_GetBuffer(values, &self.view, wanted)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None
        except (BufferError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from None
        self.type = self.view.format.decode().lstrip("@=")  # NumPy's mark of native order, packed
        self.shape = tuple([self.view.shape[axis] for axis in range(self.view.ndim)])
        if self.type not in types or len(self.type) != 1:
            named = " or ".join([TYPES[type] for type in types])
            raise TypeError(f"{name} must be an array of {named}, not of type {self.type!r}")
        if <uintptr_t>self.view.buf % self.view.itemsize:
            raise ValueError(f"{name} must be aligned to its items")

    def __dealloc__(self):
        PyBuffer_Release(&self.view)

    cdef expect(self, tuple shape):
        if self.shape != shape:
            raise ValueError(f"{self.name} must have shape {shape}, not {self.shape}")

    cdef size_t colors(self) except? 0:
        if len(self.shape) != 2 or self.shape[1] != 3:
            raise ValueError(f"{self.name} must have shape (N, 3), not {self.shape}")
        return self.shape[0]

    cdef int lattice(self) except 0:
        size = self.shape[0] if self.shape else 0
        if self.shape != (size, size, size, 4) or not 2 <= size <= 256:
            raise ValueError(f"{self.name} must have shape (n, n, n, 4) with n from 2 to 256, not {self.shape}")
        return size


cdef const Level *LEVEL = NULL


cdef list offered():
    names = []
    while (level := cpu_level_at(len(names))) is not NULL:
        names.append(level.name.decode())
    return names


cdef const Level *choose() except NULL:
    """The level that OTIOGRADE_CPU names, or else the highest."""
    names = offered()
    forced = getenv("OTIOGRADE_CPU")
    name = forced.decode(errors="replace") if forced is not NULL and forced[0] else names[-1]
    if name not in names:
        raise ImportError(f"OTIOGRADE_CPU={name}: not a level of this CPU, which has {', '.join(names)}")
    return cpu_level_at(names.index(name))


LEVEL = choose()


def cpu_level():
    return LEVEL.name.decode()


def cpu_levels():
    return tuple(offered())


def lut_apply(src, out, lattice, int interpolation, low=(0.0, 0.0, 0.0), high=(1.0, 1.0, 1.0)):
    cdef Array source = Array(src, "src", "BHf")
    cdef Array target = Array(out, "out", source.type, writable=True)
    cdef Array nodes = Array(lattice, "lattice", "f")
    cdef size_t count = source.colors()
    cdef int pixel = F32, channel
    cdef double white = 1, step
    cdef Lut lut
    target.expect(source.shape)
    if not 0 <= interpolation < INTERPOLATIONS:
        raise ValueError(f"interpolation must be 0 (trilinear) or 1 (tetrahedral), not {interpolation}")
    if source.type != "f":
        pixel, white = (U8, 255) if source.type == "B" else (U16, 65535)
    lut.size = nodes.lattice()
    lut.nodes = <const float *>nodes.view.buf
    for channel in range(3):
        if not low[channel] < high[channel]:
            raise ValueError(f"low must be below high, not {low} and {high}")
        step = <double>(lut.size - 1) / (high[channel] - low[channel])
        lut.scale[channel] = step / white
        lut.offset[channel] = -step * low[channel]
    with nogil:
        LEVEL.kernels.lut_apply[interpolation][pixel](source.view.buf, target.view.buf, count, &lut)


def lut_accumulate(colors, values, sums):
    cdef Array source = Array(colors, "colors", "f")
    cdef Array target = Array(values, "values", "f")
    cdef Array total = Array(sums, "sums", "d", writable=True)
    cdef size_t count = source.colors()
    cdef int size = total.lattice()
    target.expect(source.shape)
    with nogil:
        LEVEL.kernels.lut_accumulate(
            <const float *>source.view.buf, <const float *>target.view.buf, count, <double *>total.view.buf, size
        )


def delta_e00(lab1, lab2, out):
    cdef Array one = Array(lab1, "lab1", "fd")
    cdef Array two = Array(lab2, "lab2", one.type)
    cdef Array target = Array(out, "out", one.type, writable=True)
    cdef size_t count = one.colors()
    cdef bint single = one.type == "f"
    two.expect(one.shape)
    target.expect(one.shape[:1])
    with nogil:
        if single:
            LEVEL.kernels.delta_e00_f32(
                <const float *>one.view.buf, <const float *>two.view.buf, count, <float *>target.view.buf
            )
        else:
            LEVEL.kernels.delta_e00_f64(
                <const double *>one.view.buf, <const double *>two.view.buf, count, <double *>target.view.buf
            )


def srgb_to_lab(rgb, out):
    cdef Array source = Array(rgb, "rgb", "Bf")
    cdef Array target = Array(out, "out", "f", writable=True)
    cdef size_t count = source.colors()
    cdef bint codes = source.type == "B"
    target.expect(source.shape)
    with nogil:
        if codes:
            LEVEL.kernels.srgb_u8_to_lab(<const uint8_t *>source.view.buf, count, <float *>target.view.buf)
        else:
            LEVEL.kernels.srgb_to_lab(<const float *>source.view.buf, count, <float *>target.view.buf)


def lab_to_srgb(lab, out):
    cdef Array source = Array(lab, "lab", "f")
    cdef Array target = Array(out, "out", "f", writable=True)
    cdef size_t count = source.colors()
    target.expect(source.shape)
    with nogil:
        LEVEL.kernels.lab_to_srgb(<const float *>source.view.buf, count, <float *>target.view.buf)
