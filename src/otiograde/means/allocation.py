"""What the C library does with memory that a process frees."""

from __future__ import annotations

import ctypes
from contextlib import suppress

#: Parameters of glibc's ``mallopt``: ``M_MMAP_THRESHOLD``, ``M_TRIM_THRESHOLD``; and the most that the first may be.
_MMAP, _TRIM, _MOST = -3, -1, 32 * 2**20

#: Free bytes at the end of the heap that a process keeps: some dozens of pictures of a sample.
KEPT = 64 * 2**20


def keep_memory(kept: int = KEPT) -> None:
    """Let this process keep ``kept`` bytes of the memory that it frees. Another C library than glibc is left alone.

    glibc returns the memory of every picture at once. To get it again costs as much as some of the work on it.
    """
    with suppress(OSError, AttributeError, TypeError):  # another C library
        library = ctypes.CDLL(None)
        for parameter, size in ((_MMAP, _MOST), (_TRIM, kept)):
            library.mallopt(parameter, size)


def release_memory() -> None:
    """Return all memory that this process has freed, and kept, to the operating system."""
    with suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
