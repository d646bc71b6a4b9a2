"""FFmpeg, the program: finding one, running it, and quoting paths for its filter graphs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from otiograde.errors import MediaError, ToolNotFoundError
from otiograde.media.words import CUT_SHORT

#: Names an FFmpeg to use, where no argument does.
VARIABLE = "OTIOGRADE_FFMPEG"

#: The oldest FFmpeg whose results were measured.
OLDEST = (5, 1)


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An FFmpeg program. ``version`` is (major, minor), (999, 0) for a build from the repository."""

    path: Path
    version: tuple[int, int]
    has_zscale: bool


def find_ffmpeg(named: str | None = None) -> Ffmpeg:
    """Find the FFmpeg to use: the one ``named``, else that of ``OTIOGRADE_FFMPEG``, else the one imageio-ffmpeg brings.

    Raises ``ToolNotFoundError`` when it is not there, is no FFmpeg or is older than 5.1.
    """
    wanted, who = named, "--ffmpeg"
    if wanted is None and os.environ.get(VARIABLE):
        wanted, who = os.environ[VARIABLE], VARIABLE
    if wanted is None:
        return _inspected(_embedded())
    found = shutil.which(wanted)
    if found is None:
        raise ToolNotFoundError(f"{wanted}: no such program ({who} names it): name an FFmpeg 5.1 or later, or none")
    return _inspected(found)


def run(command: Sequence[str | Path], *, folder: Path | None = None) -> str:
    """Run a program without a shell and give what it wrote to stdout.

    It gets no stdin, and is ended with all its children when anything interrupts the wait. Raises ``MediaError`` with
    the command and the last lines of its log when it fails or says that a file was cut short, ``ToolNotFoundError``
    when it does not start.
    """
    process, argv = _started(command, folder, subprocess.PIPE)
    try:
        out, log = process.communicate()
    except BaseException:
        _end(process)
        raise
    _check(process, argv, log)
    return out.decode("utf-8", "replace")


def run_watched(command: Sequence[str | Path], watch: Callable[[int], None], *, folder: Path | None = None) -> int:
    """Run FFmpeg, tell ``watch`` about twice a second how many frames are written, and give their final number.

    As ``run``; what ``watch`` raises ends the program and is raised.
    """
    words = [command[0], "-progress", "pipe:1", "-nostats", *command[1:]]
    frames = 0
    with tempfile.TemporaryFile() as log:
        process, argv = _started(words, folder, log)
        try:
            for line in process.stdout or ():
                if line.startswith(b"frame="):
                    frames = int(line[6:])
                    watch(frames)
            process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
        log.seek(0)
        _check(process, argv, log.read())
    return frames


def starts(ffmpeg: Ffmpeg, before: Sequence[str], after: Sequence[str]) -> str:
    """Encode two black frames with words before and after the input; say why not, in FFmpeg's words, where it fails."""
    black = ("-f", "lavfi", "-i", "color=c=black:s=256x256:r=24", "-frames:v", "2")
    try:
        run([ffmpeg.path, "-hide_banner", "-nostdin", "-v", "error", *before, *black, *after, "-f", "null", "-"])
    except MediaError as error:
        return error.log[0].strip() if error.log else str(error)
    return ""


@lru_cache
def encoders_of(ffmpeg: Ffmpeg) -> frozenset[str]:
    """The names of the encoders in an FFmpeg."""
    listed = run([ffmpeg.path, "-hide_banner", "-v", "error", "-encoders"])
    return frozenset(re.findall(r"^ [VAS][A-Z.]{5} (\S+)", listed, re.MULTILINE))


def _started(
    command: Sequence[str | Path], folder: Path | None, log: int | IO[bytes]
) -> tuple[subprocess.Popen[bytes], list[str]]:
    argv = [os.fspath(part) for part in command]
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, and no shell
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolNotFoundError(f"{argv[0]}: does not start ({error.strerror}): check the program") from error
    return process, argv


def _check(process: subprocess.Popen[bytes], argv: list[str], log: bytes) -> None:
    if process.returncode == 0 and not any(words.encode() in log for words in CUT_SHORT):
        return
    if process.returncode < 0:
        log += f"\nended by {signal.Signals(-process.returncode).name}".encode()
    lines = tuple(line for line in log.decode("utf-8", "replace").replace("\r", "\n").splitlines() if line.strip())
    last = lines[-1].strip() if lines else "it gave no reason"
    message = f"{Path(argv[0]).name} failed (exit {process.returncode}): {last}"
    raise MediaError(message, command=tuple(argv), log=lines[-20:])


def _embedded() -> str:
    # The package's own search takes IMAGEIO_FFMPEG_EXE and a system FFmpeg too; what it brings is looked for first.
    folder = Path(imageio_ffmpeg.__file__).parent / "binaries"
    for program in sorted(folder.glob("ffmpeg*")):
        if os.access(program, os.X_OK) and program.is_file():
            return str(program)
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ToolNotFoundError(f"no FFmpeg found: install one, and name it with --ffmpeg or {VARIABLE}") from error


@lru_cache
def _inspected(path: str) -> Ffmpeg:
    try:
        first = run([path, "-hide_banner", "-version"]).partition("\n")[0]
        filters = run([path, "-hide_banner", "-v", "error", "-filters"])
    except MediaError as error:
        raise ToolNotFoundError(f"{path}: is no FFmpeg that runs ({error}): name an FFmpeg 5.1 or later") from error
    version = parse_version(first)
    if version is None:
        raise ToolNotFoundError(f"{path}: is no FFmpeg: name an FFmpeg 5.1 or later")
    if version < OLDEST:
        raise ToolNotFoundError(f"{path}: is FFmpeg {version[0]}.{version[1]}: 5.1 or later is needed")
    return Ffmpeg(Path(path), version, re.search(r"^\s*\S+\s+zscale\s", filters, re.MULTILINE) is not None)


def parse_version(line: str) -> tuple[int, int] | None:
    """Read (major, minor) off the first line of ``ffmpeg -version``; None when it is no FFmpeg's.

    Builds from the repository (``N-109000-g…``, ``git-2024…``) count as newer than every release.
    """
    match = re.match(r"ffmpeg version (?:n?(\d+)\.(\d+)|(N-|git-|\d{4}-\d{2}-))", line)
    if match is None:
        return None
    return (999, 0) if match[3] else (int(match[1]), int(match[2]))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and whatever it has started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()
