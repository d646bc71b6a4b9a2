"""A Python that has OpenTimelineIO and its adapters, and nothing else."""

from __future__ import annotations

import re
import venv
from importlib.metadata import Distribution, distributions
from pathlib import Path

#: What a program that knows OpenTimelineIO may have beside it.
OTHERS = re.compile(r"opentimelineio|otio-.*|pyaaf2", re.IGNORECASE)


def link(distribution: Distribution, site: Path) -> None:
    """Make a distribution of this Python known to another, which then has it without its own scripts."""
    tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        home = Path(str(distribution.locate_file(top)))
        if home.exists() and not (site / top).exists():
            (site / top).symlink_to(home)


def bare_python(home: Path) -> tuple[Path, Path]:
    """Make the environment; return its Python and its folder of packages."""
    venv.create(home, symlinks=True)
    site = next(home.glob("[Ll]ib*/python*/site-packages"), home / "Lib" / "site-packages")
    for distribution in distributions():
        if OTHERS.fullmatch(distribution.metadata["Name"]):
            link(distribution, site)
    python = home / "bin" / "python"
    return (python if python.exists() else home / "Scripts" / "python.exe"), site
