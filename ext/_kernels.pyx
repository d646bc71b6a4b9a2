# cython: language_level=3, freethreading_compatible=True
"""The compiled kernels behind ``otiograde.color``: checks, then C without the interpreter lock. See _kernels.pyi."""

from cpython.buffer cimport (
    PyBUF_FORMAT,
    PyBUF_STRIDES,
    PyBUF_WRITABLE,
    PyBuffer_IsContiguous,
    PyBuffer_Release,
    PyObject_GetBuffer,
)
from libc.stdint cimport int16_t, int32_t, uint8_t, uint32_t, uintptr_t
from libc.stdlib cimport getenv

cdef extern from "kernels.h" nogil:
    enum: U8, U16, F32, U8_CODES, U16_UNIT, INTERPOLATIONS, DEPTH

    ctypedef struct Lut:
        const float *nodes
        const int16_t *codes
        int size
        float scale[3]
        float offset[3]

    ctypedef struct Kernels:
        void (*lut_apply[2][5])(const void *, void *, size_t, const Lut *) noexcept nogil
        void (*lut_accumulate)(const float *, const float *, size_t, double *, int) noexcept nogil
        void (*delta_e00_f32)(const float *, const float *, size_t, float *) noexcept nogil
        void (*delta_e00_f64)(const double *, const double *, size_t, double *) noexcept nogil
        void (*srgb_u8_to_lab)(const uint8_t *, size_t, float *) noexcept nogil
        void (*srgb_to_lab)(const float *, size_t, float *) noexcept nogil
        void (*lab_to_srgb)(const float *, size_t, float *) noexcept nogil
        void (*histogram)(const uint8_t *, size_t, uint32_t *, int) noexcept nogil
        void (*nearest)(const uint8_t *, size_t, const uint8_t *, size_t, int16_t *, int32_t *) noexcept nogil
        void (*nearest_posed)(
            const uint8_t *, const int32_t *, size_t, const uint8_t *, const int32_t *, size_t, const int32_t *, int32_t *
        ) noexcept nogil

    ctypedef struct Level:
        const char *name
        const Kernels *kernels

    const Level *cpu_level_at "cpu_level"(int rank)


cdef dict TYPES = {"B": "uint8", "H": "uint16", "I": "uint32", "h": "int16", "i": "int32", "f": "float32", "d": "float64"}


cdef class Array:
    """A memoryview made by hand that the limited API allows, so that one wheel serves every Python from 3.11.

    It holds an argument's memory, aligned and of one of the ``types``, until the kernel has returned. Memory is seen as
    rows of items without gaps: one row (an array of items), or many at a constant distance (a part of a frame).
    ``depth`` is the length of the last axis, the numbers of an item; 0 where an item is one number, without that axis.
    """

    cdef Py_buffer view
    cdef str name
    cdef readonly str type
    cdef readonly tuple shape
    cdef Py_ssize_t rows, columns, step

    def __cinit__(self, values, str name, str types, int depth=0, bint writable=False):
        cdef int wanted = PyBUF_FORMAT | PyBUF_STRIDES | (PyBUF_WRITABLE if writable else 0)
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
        self.lay_out(depth)

    def __dealloc__(self):
        PyBuffer_Release(&self.view)

    cdef lay_out(self, int depth):
        """Find the rows. A lattice (depth 4) has none: it must be C-contiguous."""
        cdef int inner = self.view.ndim - (1 if depth == 0 else 2)  # the axis that runs along a row
        cdef Py_ssize_t item = self.view.itemsize * max(depth, 1)
        if depth == 4:
            if not PyBuffer_IsContiguous(&self.view, c'C'):
                raise ValueError(f"{self.name} must be C-contiguous")
            return
        if not 0 <= inner <= 1 or (depth and self.view.shape[inner + 1] != depth):
            wanted = f"(N, {depth}) or (rows, N, {depth})" if depth else "(N,) or (rows, N)"
            raise ValueError(f"{self.name} must have shape {wanted}, not {self.shape}")
        self.columns = self.view.shape[inner]
        self.rows = self.view.shape[0] if inner else 1
        self.step = self.view.strides[0] if inner else 0
        if self.rows == 0 or self.columns == 0:
            return
        if (self.columns > 1 and self.view.strides[inner] != item) or (
            depth and self.view.strides[inner + 1] != self.view.itemsize
        ):
            raise ValueError(f"{self.name} must have rows without gaps")
        if self.step % self.view.itemsize:
            raise ValueError(f"{self.name} must be aligned to its items")

    cdef void *row(self, Py_ssize_t index) noexcept nogil:
        return <char *>self.view.buf + index * self.step

    cdef expect(self, tuple shape):
        if self.shape != shape:
            raise ValueError(f"{self.name} must have shape {shape}, not {self.shape}")

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
    """Return the level that OTIOGRADE_CPU names, else the highest. Raises ``ImportError`` for an unknown name."""
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
    cdef Array source = Array(src, "src", "BHf", 3)
    cdef Array target = Array(out, "out", source.type, 3, writable=True)
    cdef Array nodes = Array(lattice, "lattice", "fh" if source.type == "B" else "f", 4)
    cdef int pixel = F32, channel
    cdef Py_ssize_t row
    cdef double white = 1, step
    cdef bint unit = tuple(low) == (0, 0, 0) and tuple(high) == (1, 1, 1)
    cdef Lut lut
    target.expect(source.shape)
    if not 0 <= interpolation < INTERPOLATIONS:
        raise ValueError(f"interpolation must be 0 (trilinear) or 1 (tetrahedral), not {interpolation}")
    if source.type != "f":
        pixel, white = (U8, 255) if source.type == "B" else (U16_UNIT if unit else U16, 65535)
    lut.size = nodes.lattice()
    if nodes.type == "h":
        pixel = U8_CODES
        if lut.size > 255 or not unit:
            raise ValueError("lattice of int16 must have at most 255 nodes a side and span 0 to 1")
    lut.nodes = <const float *>nodes.view.buf
    lut.codes = <const int16_t *>nodes.view.buf
    for channel in range(3):
        if not low[channel] < high[channel]:
            raise ValueError(f"low must be below high, not {low} and {high}")
        step = <double>(lut.size - 1) / (high[channel] - low[channel])
        lut.scale[channel] = step / white
        lut.offset[channel] = -step * low[channel]
    with nogil:
        for row in range(source.rows):
            LEVEL.kernels.lut_apply[interpolation][pixel](source.row(row), target.row(row), source.columns, &lut)


def lut_accumulate(colors, values, sums):
    cdef Array source = Array(colors, "colors", "f", 3)
    cdef Array target = Array(values, "values", "f", 3)
    cdef Array total = Array(sums, "sums", "d", 4, writable=True)
    cdef Py_ssize_t row
    cdef int size = total.lattice()
    target.expect(source.shape)
    with nogil:
        for row in range(source.rows):
            LEVEL.kernels.lut_accumulate(
                <const float *>source.row(row),
                <const float *>target.row(row),
                source.columns,
                <double *>total.view.buf,
                size,
            )


def delta_e00(lab1, lab2, out):
    cdef Array one = Array(lab1, "lab1", "fd", 3)
    cdef Array two = Array(lab2, "lab2", one.type, 3)
    cdef Array target = Array(out, "out", one.type, writable=True)
    cdef Py_ssize_t row
    cdef bint single = one.type == "f"
    two.expect(one.shape)
    target.expect(one.shape[:-1])
    with nogil:
        for row in range(one.rows):
            if single:
                LEVEL.kernels.delta_e00_f32(
                    <const float *>one.row(row), <const float *>two.row(row), one.columns, <float *>target.row(row)
                )
            else:
                LEVEL.kernels.delta_e00_f64(
                    <const double *>one.row(row), <const double *>two.row(row), one.columns, <double *>target.row(row)
                )


def srgb_to_lab(rgb, out):
    cdef Array source = Array(rgb, "rgb", "Bf", 3)
    cdef Array target = Array(out, "out", "f", 3, writable=True)
    cdef Py_ssize_t row
    cdef bint codes = source.type == "B"
    target.expect(source.shape)
    with nogil:
        for row in range(source.rows):
            if codes:
                LEVEL.kernels.srgb_u8_to_lab(<const uint8_t *>source.row(row), source.columns, <float *>target.row(row))
            else:
                LEVEL.kernels.srgb_to_lab(<const float *>source.row(row), source.columns, <float *>target.row(row))


def lab_to_srgb(lab, out):
    cdef Array source = Array(lab, "lab", "f", 3)
    cdef Array target = Array(out, "out", "f", 3, writable=True)
    cdef Py_ssize_t row
    target.expect(source.shape)
    with nogil:
        for row in range(source.rows):
            LEVEL.kernels.lab_to_srgb(<const float *>source.row(row), source.columns, <float *>target.row(row))


def histogram(rgb, counts, int bits):
    cdef Array source = Array(rgb, "rgb", "B", 3)
    cdef Array tables = Array(counts, "counts", "I", 4, writable=True)
    cdef Py_ssize_t row
    if not 1 <= bits <= 8:
        raise ValueError(f"bits must be 1 to 8, not {bits}")
    tables.expect((2, 1 << bits, 1 << bits, 1 << bits))
    with nogil:
        for row in range(source.rows):
            LEVEL.kernels.histogram(<const uint8_t *>source.row(row), source.columns, <uint32_t *>tables.view.buf, bits)


cdef Array descriptors(values, str name):
    """Take descriptors ``(n, 128)`` without gaps; there must be two, and few enough to be numbered in int32."""
    cdef Array roots = Array(values, name, "B", DEPTH)
    if len(roots.shape) != 2 or not 2 <= roots.shape[0] < 1 << 24:
        raise ValueError(f"{name} must have shape (n, {DEPTH}) with n from 2 to 2^24, not {roots.shape}")
    return roots


def nearest(a, b, tiles, out):
    cdef Array one = descriptors(a, "a")
    cdef Array two = descriptors(b, "b")
    cdef Array packed = Array(tiles, "tiles", "h", writable=True)
    cdef Array target = Array(out, "out", "i", writable=True)
    cdef Py_ssize_t padded = -(-two.columns // 16) * 16
    packed.expect((padded * DEPTH,))
    target.expect((3 * one.columns + 2 * padded,))
    with nogil:
        LEVEL.kernels.nearest(
            <const uint8_t *>one.view.buf,
            one.columns,
            <const uint8_t *>two.view.buf,
            two.columns,
            <int16_t *>packed.view.buf,
            <int32_t *>target.view.buf,
        )


def nearest_posed(a, pose_a, b, pose_b, within, out):
    cdef Array one = descriptors(a, "a")
    cdef Array two = descriptors(b, "b")
    cdef Array from_pose = Array(pose_a, "pose_a", "i")
    cdef Array to_pose = Array(pose_b, "pose_b", "i")
    cdef Array limits = Array(within, "within", "i")
    cdef Array target = Array(out, "out", "i", writable=True)
    from_pose.expect((2 * one.columns,))
    to_pose.expect((2 * two.columns,))
    limits.expect((2,))
    target.expect((3 * one.columns + 3 * two.columns,))
    with nogil:
        LEVEL.kernels.nearest_posed(
            <const uint8_t *>one.view.buf,
            <const int32_t *>from_pose.view.buf,
            one.columns,
            <const uint8_t *>two.view.buf,
            <const int32_t *>to_pose.view.buf,
            two.columns,
            <const int32_t *>limits.view.buf,
            <int32_t *>target.view.buf,
        )
