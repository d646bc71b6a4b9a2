"""Tables of numbers that come with otiograde."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import IO, TypeVar
from zipfile import BadZipFile

from otiograde.errors import ToolNotFoundError

_T = TypeVar("_T")


def read_shipped(package: str, name: str, read: Callable[[IO[bytes]], _T]) -> _T:
    """Return what ``read`` makes of a file of a package. Raises ``ToolNotFoundError`` if it is missing or damaged."""
    file = resources.files(package).joinpath(name)
    try:
        with file.open("rb") as opened:
            return read(opened)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ToolNotFoundError(f"{file} is missing or damaged: install otiograde again") from error
