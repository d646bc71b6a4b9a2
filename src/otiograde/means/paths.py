"""Rules for paths that have another name on the machines of a cluster: ``--map-path FROM=TO``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

#: Platforms that a rule may name.
Platform: TypeAlias = Literal["linux", "macos", "windows"]
PLATFORMS: tuple[Platform, ...] = ("linux", "macos", "windows")

#: The beginning of an absolute Windows path: a drive or a server.
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|[\\/]{2}[^\\/]")

_PLATFORM = re.compile(rf"({'|'.join(PLATFORMS)}):(?=.)")


def this_platform() -> Platform:
    """Return the platform of this process. Every system that is not macOS or Windows counts as Linux."""
    return "windows" if os.name == "nt" else "macos" if sys.platform == "darwin" else "linux"


@dataclass(frozen=True, slots=True)
class PathRule:
    """What is below a folder on this machine is below another folder on a worker."""

    #: The folder as this machine names it, an absolute path.
    here: str
    #: The folder as a worker names it, an absolute path.
    there: str
    #: The platform of the workers that the rule is for. None: those on which ``there`` is an absolute path.
    platform: Platform | None = None

    @classmethod
    def parse(cls, text: str) -> PathRule:
        """Parse ``[PLATFORM:]FROM=TO``. Raises ``ValueError`` that says what is wrong."""
        named = _PLATFORM.match(text)
        here, equals, there = text[named.end() if named else 0 :].partition("=")
        if not equals:
            raise ValueError(f"{text!r} is not FROM=TO, such as X:\\media=/mnt/media")
        for folder in (here, there):
            if not (folder.startswith("/") or _WINDOWS.match(folder)):
                raise ValueError(f"{folder!r} in {text!r} is not an absolute path")
        return cls(here, there, cast("Platform", named[1]) if named else None)

    def is_for(self, platform: Platform) -> bool:
        """Whether the rule is for workers of a platform."""
        if self.platform is not None:
            return self.platform == platform
        return bool(_WINDOWS.match(self.there)) == (platform == "windows")

    def apply(self, path: str) -> str | None:
        """Return the path as a worker names it, or None for a path that is not below ``here``."""
        windows = bool(_WINDOWS.match(self.here))
        names, above = (_names(text, windows) for text in (path, self.here))
        same = [name.casefold() for name in names[: len(above)]] == [name.casefold() for name in above]
        if not (same if windows else names[: len(above)] == above):
            return None
        slash = "\\" if _WINDOWS.match(self.there) else "/"
        return slash.join([self.there.rstrip("\\/" if slash == "\\" else "/"), *names[len(above) :]]) or slash


def _names(path: str, windows: bool) -> list[str]:
    """Return the names in a path, from the root down."""
    names = re.split(r"[\\/]", path) if windows else path.split("/")
    first, *rest = names
    return [first, *(name for name in rest if name)]


def mapped(path: str, rules: Sequence[PathRule], platform: Platform) -> str:
    """Return the path as a worker of a platform names it, by the first rule that applies."""
    for rule in rules:
        if rule.is_for(platform) and (there := rule.apply(path)) is not None:
            return there
    return path
