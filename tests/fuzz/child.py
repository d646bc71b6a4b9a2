"""The process that reads hostile inputs, one after another: ``python -m fuzz.child FOLDER``.

It gets a line of JSON for each input (kind, path, number) and answers with one (outcome, detail, peak). What it opens
outside its folder is an escape. The process that started it watches its time.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
import struct
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from fuzz.readers import READERS, REFUSALS

#: Address space that one input may take besides what is there before: above it is a MemoryError, and no thrashing.
FUSE = 4 << 30

#: Folders that Python itself and the libraries read.
SYSTEM = tuple(
    {os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, *sys.path, os.__file__) if path}
    | {"/proc/self", "/usr/lib", "/usr/share", "/dev/null", "/dev/urandom", "/sys/devices", "/etc/localtime"}
)

#: Events of Python that no reader of a file has reason for.
FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "socket.bind",
             "socket.getaddrinfo", "os.symlink", "os.link", "pickle.find_class")  # fmt: skip
#: Events that change what a path names.
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "shutil.rmtree")

escapes: list[str] = []
watching = [False]


def watch(folder: str) -> None:
    """Note whatever Python opens, changes or starts outside ``folder`` while an input is read."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not watching[0]:
            return
        if event.startswith(FORBIDDEN):
            escapes.append(f"{event} {arguments[:1]}")
        elif event == "open" or event in CHANGES:
            path = arguments[0]
            if not isinstance(path, str | bytes):
                return
            path = os.path.realpath(os.fsdecode(path))  # a name in an open folder is taken as one in the current folder
            writes = event != "open" or bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            inside = path == folder or path.startswith(folder + "/")
            if not inside and (writes or not path.startswith(SYSTEM)) and not path.startswith("/dev/null"):
                escapes.append(f"{event} {path}")

    sys.addaudithook(hook)


class Neighbors:
    """Files beside the input that nothing may open: Linux tells of each that is (inotify), also by libraries in C."""

    OPENED = 0x20

    def __init__(self, folder: Path) -> None:
        self._names: dict[int, str] = {}
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(os.O_NONBLOCK)
        for path in folder.glob("**/secret*"):
            mark = libc.inotify_add_watch(self._handle, os.fsencode(path), self.OPENED)
            self._names[mark] = path.name

    def opened(self) -> list[str]:
        """The files that were opened since the last call."""
        try:
            data = os.read(self._handle, 1 << 16)
        except OSError:
            return []
        names, at = [], 0
        while at < len(data):
            mark, _, _, length = struct.unpack_from("iIII", data, at)
            names.append(f"opened {self._names.get(mark)}")
            at += 16 + length
        return names


def status(name: str) -> int:
    """A figure of this process in KiB: VmHWM, the most memory since it was reset; VmSize."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def attempt(kind: str, path: Path, number: int) -> tuple[str, str]:
    """Read one input. Returns the outcome, and what was the matter."""
    escapes.clear()
    watching[0] = True
    try:
        READERS[kind](path, number)
    except REFUSALS as error:
        text = str(error)
        lines = "\n" in text or not text or len(text) > 3000
        return ("traceback", f"a refusal of several lines: {text!r}") if lines else ("refused", text)
    except MemoryError:
        return "memory", "MemoryError: " + place()
    except BaseException as error:
        return "traceback", f"{type(error).__name__}: {str(error)[:200]} {place()}"
    else:
        return "read", ""
    finally:
        watching[0] = False


def place() -> str:
    """The innermost line of otiograde in the traceback, and the innermost of all."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    ours = [frame for frame in frames if "otiograde" in frame.filename] or frames
    shown = [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}" for frame in (ours[-1], frames[-1])]
    return "at " + " in ".join(dict.fromkeys(shown))


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    logging.disable()
    warnings.simplefilter("error")
    os.chdir(folder / "in" / "out")
    neighbors = Neighbors(folder)
    watch(str(folder))
    size = status("VmSize") << 10
    resource.setrlimit(resource.RLIMIT_AS, (size + FUSE, size + FUSE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        kind, path, number = json.loads(line)
        neighbors.opened()
        Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
        outcome, detail = attempt(kind, Path(path), number)
        peak = status("VmHWM") << 10
        if left := [*escapes, *neighbors.opened()]:
            outcome, detail = "escape", "; ".join(left[:5])
        print(
            json.dumps({"outcome": outcome, "detail": detail, "peak": peak, "now": status("VmRSS") << 10}), file=answers
        )


if __name__ == "__main__":
    main()
