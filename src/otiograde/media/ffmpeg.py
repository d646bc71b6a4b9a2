"""Find FFmpeg, run it, and report its failures."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from otiograde.errors import MediaError, ToolNotFoundError
from otiograde.media.arguments import CUT_SHORT
from otiograde.media.lifeline import start

#: Environment variable that names the FFmpeg to use if no argument does.
VARIABLE = "OTIOGRADE_FFMPEG"

#: Oldest supported version: results of older ones were never measured.
OLDEST = (5, 1)

#: How to get one.
REMEDY = "pip install 'otiograde[ffmpeg]' brings one, or name yours with --ffmpeg"


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An FFmpeg program and what it can do."""

    #: Path of the program.
    path: Path
    #: Major and minor version; (999, 0) for a build from the repository, which counts as newer than every release.
    version: tuple[int, int]
    #: Whether it has the ``zscale`` filter (built with zimg).
    has_zscale: bool


def find_ffmpeg(named: str | None = None) -> Ffmpeg:
    """Find the FFmpeg to use.

    It is the program ``named`` (a name on the PATH or a path), else the one that ``OTIOGRADE_FFMPEG`` names, else the
    one in the package imageio-ffmpeg if that is installed, else ``ffmpeg`` on the PATH. Raises ``ToolNotFoundError`` if
    it is missing, is not FFmpeg, or is older than 5.1.
    """
    name, option = named, "--ffmpeg"
    if name is None and os.environ.get(VARIABLE):
        name, option = os.environ[VARIABLE], VARIABLE
    if name is None:
        return _inspect(_default())
    program = shutil.which(name)
    if program is None:
        raise ToolNotFoundError(f"{name}: no such program ({option} names it): name an FFmpeg 5.1 or later, or omit it")
    return _inspect(program)


def run(command: Sequence[str | Path], *, folder: Path | None = None) -> str:
    """Run a program without a shell in ``folder`` and return its stdout as text.

    Its stdin is empty. An exception during the wait kills the program and its children. Raises ``MediaError``, with the
    command and the last 20 lines of the log, if the program fails or reports a truncated file. Raises
    ``ToolNotFoundError`` if it does not start.
    """
    with _running(command, folder, subprocess.PIPE) as (process, argv):
        out, log = process.communicate()
    _check(process, argv, log)
    return out.decode("utf-8", "replace")


def run_watched(command: Sequence[str | Path], watch: Callable[[int], None], *, folder: Path | None = None) -> int:
    """Run FFmpeg as ``run`` does and return the number of frames it wrote.

    ``watch`` is called with the frame count so far, about twice a second. An exception in ``watch`` kills FFmpeg and is
    raised again.
    """
    arguments = [command[0], "-progress", "pipe:1", "-nostats", *command[1:]]
    frames = 0
    with tempfile.TemporaryFile() as log:
        with _running(arguments, folder, log) as (process, argv):
            for line in process.stdout or ():
                if line.startswith(b"frame="):
                    frames = int(line[6:])
                    watch(frames)
            process.wait()
        log.seek(0)
        _check(process, argv, log.read())
    return frames


def encoder_error(ffmpeg: Ffmpeg, before: Sequence[str], after: Sequence[str]) -> str:
    """Encode two black frames as a trial; return the first line of FFmpeg's log if that fails, else an empty string.

    ``before`` are the arguments before the input, ``after`` those after it.
    """
    black = ("-f", "lavfi", "-i", "color=c=black:s=256x256:r=24", "-frames:v", "2")
    try:
        run([ffmpeg.path, "-hide_banner", "-nostdin", "-v", "error", *before, *black, *after, "-f", "null", "-"])
    except MediaError as error:
        return error.log[0].strip() if error.log else str(error)
    return ""


@lru_cache
def encoders_of(ffmpeg: Ffmpeg) -> frozenset[str]:
    """Return the names of the encoders that this FFmpeg has."""
    listing = run([ffmpeg.path, "-hide_banner", "-v", "error", "-encoders"])
    return frozenset(re.findall(r"^ [VAS][A-Z.]{5} (\S+)", listing, re.MULTILINE))


@contextmanager
def _running(
    command: Sequence[str | Path], folder: Path | None, log: int | IO[bytes]
) -> Iterator[tuple[subprocess.Popen[bytes], list[str]]]:
    """Start a program in a process group of its own; yields the process and its arguments.

    An exception in the block, or the end of this process, kills the program and its children.
    """
    argv = [os.fspath(part) for part in command]
    try:
        started = start(argv, folder, log)
    except OSError as error:
        raise ToolNotFoundError(f"{argv[0]}: does not start ({error.strerror}): check the program") from error
    try:
        yield started.process, argv
    except BaseException:
        started.kill()
        raise
    finally:
        started.release()
        if started.process.stdout is not None:
            started.process.stdout.close()


def _check(process: subprocess.Popen[bytes], argv: list[str], log: bytes) -> None:
    """Raise ``MediaError`` if the program failed, was killed, or reports a truncated file."""
    if process.returncode == 0 and not any(message.encode() in log for message in CUT_SHORT):
        return
    if process.returncode < 0:
        log += f"\nended by {signal.Signals(-process.returncode).name}".encode()
    lines = tuple(line for line in log.decode("utf-8", "replace").replace("\r", "\n").splitlines() if line.strip())
    last = lines[-1].strip() if lines else "it gave no reason"
    message = f"{Path(argv[0]).name} failed (exit {process.returncode}): {last}"
    raise MediaError(message, command=tuple(argv), log=lines[-20:])


def _default() -> str:
    """Return the path of the FFmpeg in the package imageio-ffmpeg, else that of the one on the PATH."""
    # The package is not imported: it only holds the program, and its own search prefers IMAGEIO_FFMPEG_EXE.
    package = find_spec("imageio_ffmpeg")
    for folder in (package.submodule_search_locations or ()) if package else ():
        for program in sorted(Path(folder, "binaries").glob("ffmpeg*")):
            if os.access(program, os.X_OK) and program.is_file():
                return str(program)
    installed = shutil.which("ffmpeg")
    if installed is None:
        raise ToolNotFoundError(f"no FFmpeg is installed: {REMEDY}")
    return installed


@lru_cache
def _inspect(path: str) -> Ffmpeg:
    """Ask a program for its version and filters. Raises ``ToolNotFoundError`` if it is not a supported FFmpeg."""
    try:
        first = run([path, "-hide_banner", "-version"]).partition("\n")[0]
        filters = run([path, "-hide_banner", "-v", "error", "-filters"])
    except MediaError as error:
        raise ToolNotFoundError(f"{path}: does not run as FFmpeg ({error}): name an FFmpeg 5.1 or later") from error
    version = parse_version(first)
    if version is None:
        raise ToolNotFoundError(f"{path}: is not FFmpeg: name an FFmpeg 5.1 or later")
    if version < OLDEST:
        raise ToolNotFoundError(f"{path}: is FFmpeg {version[0]}.{version[1]}: 5.1 or later is needed: {REMEDY}")
    return Ffmpeg(Path(path), version, re.search(r"^\s*\S+\s+zscale\s", filters, re.MULTILINE) is not None)


def parse_version(line: str) -> tuple[int, int] | None:
    """Parse (major, minor) from the first line of ``ffmpeg -version``; None if another program wrote it.

    Builds from the repository (``N-109000-g…``, ``git-2024…``) are (999, 0), newer than every release.

    >>> parse_version("ffmpeg version n7.1-184-gdc07f98934")
    (7, 1)
    """
    match = re.match(r"ffmpeg version (?:n?(\d+)\.(\d+)|(N-|git-|\d{4}-\d{2}-))", line)
    if match is None:
        return None
    return (999, 0) if match[3] else (int(match[1]), int(match[2]))
