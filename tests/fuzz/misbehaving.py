"""A process that misbehaves as its input says, in the place of the one that reads."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from fuzz import child
from otiograde.errors import TimelineError


def misbehave(path: Path, _: int) -> None:  # noqa: PLR0912 - a branch for each way
    match path.read_text():
        case "refuse":
            raise TimelineError("not so")
        case "two lines":
            raise TimelineError("not\nso")
        case "raise":
            raise ZeroDivisionError("by zero")
        case "spin":
            while True:
                pass
        case "wait":
            time.sleep(1000)
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "leave":
            os._exit(0)
        case "take":
            b"x" * (1200 << 20)
        case "take all":
            bytearray(100 << 30)
        case "write":
            (path.parent.parent.parent / "escaped").write_text("x")
        case "remove":
            (path.parent.parent.parent / "nothing").unlink(missing_ok=True)
        case "look":
            (path.parent.parent / "beside" / "secret.txt").read_text()
        case "start":
            os.system("true")
        case _:
            return


if __name__ == "__main__":
    child.READERS["edits"] = misbehave
    child.main()
