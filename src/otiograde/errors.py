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
    """Base of every error that otiograde raises on purpose.

    >>> from otiograde import OtiogradeError, read_cube
    >>> try:
    ...     read_cube("missing.cube")
    ... except OtiogradeError as error:
    ...     print(error)
    missing.cube cannot be read: No such file or directory
    """

    def __str__(self) -> str:
        return " ".join(str(argument) for argument in self.args)


class TimelineError(OtiogradeError, ValueError):
    """An edit that cannot be read or written.

    >>> from otiograde import TimelineError, grade_timeline
    >>> try:
    ...     grade_timeline("missing.otio")
    ... except TimelineError as error:
    ...     print(error)
    missing.otio: no such file; name an edit such as timeline.otio
    """


class MediaError(OtiogradeError, OSError):
    """Media that cannot be opened or decoded.

    ``command`` is the argument vector of the program that failed (empty when none ran) and ``log`` its last lines.
    ``refers`` tells that the file is a playlist, or anything else that reads other files.

    >>> from pathlib import Path
    >>> from otiograde import MediaError
    >>> from otiograde.media.probe import probe
    >>> try:
    ...     probe(Path("missing.mov"))
    ... except MediaError as error:
    ...     print(error)
    missing.mov: no such file: check the path, or name its folder with --media-root
    """

    def __init__(
        self, message: str, *, command: tuple[str, ...] = (), log: tuple[str, ...] = (), refers: bool = False
    ) -> None:
        super().__init__(message)
        self.command = command
        self.log = log
        self.refers = refers


class EncodingError(OtiogradeError, ValueError):
    """An encoding nobody here knows.

    >>> from otiograde import EncodingError
    >>> from otiograde.color.encodings import encoding
    >>> try:
    ...     encoding("rec708")
    ... except EncodingError as error:
    ...     print(str(error).partition(":")[0])
    unknown encoding 'rec708'
    """


class CubeError(OtiogradeError, ValueError):
    r"""A .cube text that is wrong; ``line`` is 1-based, 0 when the whole text is meant.

    >>> from pathlib import Path
    >>> from otiograde import CubeError, read_cube
    >>> _ = Path("bad.cube").write_text("LUT_3D_SIZE 2\n0 0\n")
    >>> try:
    ...     read_cube("bad.cube")
    ... except CubeError as error:
    ...     print(error.line, error)
    2 bad.cube: line 2: a row needs 3 numbers, not '0 0'
    """

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


class MatchError(OtiogradeError, ValueError):
    """A match that cannot be solved as asked.

    >>> from otiograde import MatchError
    >>> from otiograde.decide.match import matcher
    >>> try:
    ...     matcher("magic")
    ... except MatchError as error:
    ...     print(str(error).partition(":")[0])
    unknown matcher 'magic'
    """


class StepError(OtiogradeError, ValueError):
    """A step that no filter can take.

    >>> from otiograde import StepError
    >>> from otiograde.record.steps import parse_step
    >>> try:
    ...     parse_step("glow")
    ... except StepError as error:
    ...     print(str(error).partition(":")[0])
    there is no step 'glow'
    """


class ExportError(OtiogradeError, OSError):
    """An output that cannot be written.

    >>> from pathlib import Path
    >>> from otiograde import ExportError, read_record
    >>> try:
    ...     read_record(Path("empty"))
    ... except ExportError as error:
    ...     print(error)
    empty is not there: empty is no output folder of otiograde
    """


class RecordError(OtiogradeError, ValueError):
    """A record (graded.json) that is none of ours, damaged, or of a newer otiograde.

    >>> from pathlib import Path
    >>> from otiograde import RecordError, read_record
    >>> _ = Path("graded.json").write_text("{}")
    >>> try:
    ...     read_record(Path("graded.json"))
    ... except RecordError as error:
    ...     print(error)
    graded.json: this is not a record of otiograde (graded.json)
    """


class ClusterError(OtiogradeError, ConnectionError):
    """A cluster that cannot be reached, or that fails while it works.

    >>> from otiograde import ClusterError
    >>> from otiograde.means.engines import cluster
    >>> try:
    ...     cluster("local:many", None).__enter__()
    ... except ClusterError as error:
    ...     print(error)
    --cluster local:many: many is not a number of workers, such as in local:4
    """


class ToolNotFoundError(OtiogradeError, FileNotFoundError):
    """A program that is needed and not there.

    >>> from otiograde import ToolNotFoundError
    >>> from otiograde.media.ffmpeg import find_ffmpeg
    >>> try:
    ...     find_ffmpeg("ffmpeg-of-mine")
    ... except ToolNotFoundError as error:
    ...     print(error)
    ffmpeg-of-mine: no such program (--ffmpeg names it): name an FFmpeg 5.1 or later, or omit it
    """
