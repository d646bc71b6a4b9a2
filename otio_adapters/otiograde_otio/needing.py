"""Parts of otiograde, imported when they are needed. Without otiograde there is one line that says what to do."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def needed(name: str) -> Any:
    """Return a module of otiograde. Raises ``ImportError`` where otiograde is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != "otiograde":
            raise
        raise ImportError("this needs otiograde itself: pip install otiograde") from None
