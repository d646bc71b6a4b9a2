"""Arrays that were used last, up to a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

_K = TypeVar("_K", bound=Hashable)


class Recent(Generic[_K]):
    """Arrays that the next piece of work may need again. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._arrays: OrderedDict[_K, NDArray[Any]] = OrderedDict()
        self._bytes, self._most = 0, most
        self._lock = threading.Lock()

    def get(self, name: _K) -> NDArray[Any] | None:
        """Return an array, or None."""
        with self._lock, suppress(KeyError):
            self._arrays.move_to_end(name)
            return self._arrays[name]
        return None

    def put(self, name: _K, array: NDArray[Any]) -> None:
        """Hold an array, and drop those that were not used for longest. The last one stays, however large it is."""
        with self._lock:
            if name not in self._arrays:
                self._arrays[name] = array
                self._bytes += array.nbytes
            while self._bytes > self._most and len(self._arrays) > 1:
                self._bytes -= self._arrays.popitem(last=False)[1].nbytes
