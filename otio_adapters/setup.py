"""The version of the plug-in is otiograde's; everything else about the package is in pyproject.toml."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).resolve().parent


def version() -> str:
    """Read the version beside this folder, or in a source distribution from what it says of itself."""
    for path, pattern in (
        (HERE.parent / "src" / "otiograde" / "__init__.py", r'^__version__ = "(.+)"$'),
        (HERE / "PKG-INFO", r"^Version: (.+)$"),
    ):
        if path.is_file() and (match := re.search(pattern, path.read_text("utf-8"), re.MULTILINE)):
            return match[1]
    raise SystemExit("no version: build the plug-in in a checkout of otiograde, or from its source distribution")


setup(version=version())
