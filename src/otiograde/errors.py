"""Everything otiograde raises on purpose.

    OtiogradeError
    ├── TimelineError (ValueError)            an edit that cannot be read or written
    ├── MediaError (OSError)                  media that cannot be opened or decoded; carries command and log
    ├── EncodingError (ValueError)            an encoding nobody here knows
    ├── CubeError (ValueError)                a .cube file that is wrong; carries the line number
    ├── MatchError (ValueError)               a match that cannot be solved as asked
    ├── StepError (ValueError)                a step that no filter can take
    ├── ExportError (OSError)                 an output that cannot be written
    ├── RecordError (ValueError)              a graded.json that is none of ours, damaged, or newer
    ├── ClusterError (ConnectionError)        a cluster that cannot be reached, or fails
    └── ToolNotFoundError (FileNotFoundError) a program that is needed and not there

A message says what is wrong, where, and what to do, on one line.
"""

from __future__ import annotations


class OtiogradeError(Exception):
    """Base of every error that otiograde raises on purpose."""

    def __str__(self) -> str:
        return " ".join(str(argument) for argument in self.args)


class TimelineError(OtiogradeError, ValueError):
    """An edit that cannot be read or written."""


class MediaError(OtiogradeError, OSError):
    """Media that cannot be opened or decoded.

    ``command`` is the argument vector of the program that failed (empty when none ran) and ``log`` its last lines.
    ``refers`` tells that the file is a playlist, or anything else that reads other files.
    """

    def __init__(
        self, message: str, *, command: tuple[str, ...] = (), log: tuple[str, ...] = (), refers: bool = False
    ) -> None:
        super().__init__(message)
        self.command = command
        self.log = log
        self.refers = refers


class EncodingError(OtiogradeError, ValueError):
    """An encoding nobody here knows."""


class CubeError(OtiogradeError, ValueError):
    """A .cube text that is wrong; ``line`` is 1-based, 0 when the whole text is meant."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


class MatchError(OtiogradeError, ValueError):
    """A match that cannot be solved as asked."""


class StepError(OtiogradeError, ValueError):
    """A step that no filter can take."""


class ExportError(OtiogradeError, OSError):
    """An output that cannot be written."""


class RecordError(OtiogradeError, ValueError):
    """A record (graded.json) that is none of ours, damaged, or of a newer otiograde."""


class ClusterError(OtiogradeError, ConnectionError):
    """A cluster that cannot be reached, or that fails while it works."""


class ToolNotFoundError(OtiogradeError, FileNotFoundError):
    """A program that is needed and not there."""
