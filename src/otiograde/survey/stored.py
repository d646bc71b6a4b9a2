"""Fields whose values may lie elsewhere: they are fetched whenever they are used, and not held."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T")

#: Puts an array somewhere, and returns the call that fetches it; or returns the array, to be held.
Put: TypeAlias = Callable[[NDArray[Any]], "NDArray[Any] | Callable[[], NDArray[Any]]"]


def held(array: NDArray[Any]) -> NDArray[Any]:
    """Put an array nowhere: it is held."""
    return array


class _Field:
    """The access to one field. What an instance holds under its name is the value, or the call that fetches it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        held = vars(instance)[self._name]
        return held() if callable(held) else held

    def __set__(self, instance: Any, value: Any) -> None:
        vars(instance)[self._name] = value


def stored(*names: str) -> Callable[[type[_T]], type[_T]]:
    """Return a class decorator: the values of these fields of a dataclass without slots may lie elsewhere.

    Whoever reads such a field gets its value, and should read it once.
    """

    def decorated(kind: type[_T]) -> type[_T]:
        for name in names:
            setattr(kind, name, _Field(name))
        return kind

    return decorated


def put_away(value: _T, put: Put) -> _T:
    """Return a copy of a value whose stored arrays were put away."""
    placed = copy(value)
    for name, array in list(stored_arrays(value)):
        vars(placed)[name] = put(array)
    return placed


def stored_arrays(value: object, *, fetched: bool = False) -> Iterable[tuple[str, NDArray[Any]]]:
    """Return the stored fields of a value that hold arrays, and these. With ``fetched``, those elsewhere, too."""
    fields = [name for name, access in vars(type(value)).items() if isinstance(access, _Field)]
    arrays = ((name, getattr(value, name) if fetched else vars(value)[name]) for name in fields)
    return ((name, array) for name, array in arrays if isinstance(array, np.ndarray))
