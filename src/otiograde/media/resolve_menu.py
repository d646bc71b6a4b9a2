"""Grade the timeline that is open in DaVinci Resolve: Workspace > Scripts > otiograde.

It exports the timeline as OTIO, runs otiograde in the Python that has it, and gives each clip a new version with the
LUT of its shot. The earlier version stays in the clip's list. Everything it writes is in the folder ``otiograde`` of
your home folder; the environment variable OTIOGRADE_RESOLVE_OUTPUT names another. What happens, it prints in Resolve's
console (Workspace > Console).

`otiograde install-luts --app resolve` writes it into Resolve's folder of scripts. It runs in Resolve's Python, 3.6 or
newer. It stands in this room of otiograde because it starts a program.
"""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from typing import Any, Dict

# These two lines are filled in when the script is installed.
PYTHON = ""
LIVE = ""

INSTALL = "run `otiograde install-luts --app resolve` in a terminal"
FINISHED = (0, 3)  # 3: graded, and a check found a shot that still differs


def main() -> int:
    """Run the script. Returns 0 if every shot has its grade, 1 if some have not, and 2 if nothing was changed."""
    try:
        live = load(LIVE)
        timeline = live.OpenTimeline(globals(), say)
        folder = output_folder(timeline)
        say("timeline   " + timeline.name)
        timeline.export(os.path.join(folder, "timeline.otio"))
        grade(folder)
        path = os.path.join(folder, "graded", "resolve", "grade.json")
        rows = timeline.grade(path)
        live.steps.show(rows, say)
        live.steps.write_report(path, rows)
    except Exception as error:  # whatever it is, Resolve's console gets one line
        stopped = isinstance(error, OSError) or type(error).__name__ == "Stop"
        say(f"otiograde: {error if stopped else repr(error)}")
        return 2
    say("report     " + os.path.join(folder, "graded", "report.html"))
    return 0 if all(row["state"] == "done" for row in rows) else 1


def load(path: str) -> Any:
    """Load the part of otiograde that talks to Resolve."""
    if not os.path.isfile(path) or not os.path.isfile(PYTHON):
        raise OSError(f"otiograde is no longer where it was ({PYTHON}): {INSTALL}")
    spec = importlib.util.spec_from_file_location("otiograde_resolve_live", path)
    if spec is None or spec.loader is None:
        raise OSError(f"{path} cannot be loaded: {INSTALL}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if getattr(module, "LIVE", None) != 1:
        raise OSError("otiograde was updated: " + INSTALL)
    return module


def output_folder(timeline: Any) -> str:
    """Make the timeline's folder. Only letters, digits, - and _ of its name go into the name of the folder."""
    home = os.environ.get("OTIOGRADE_RESOLVE_OUTPUT") or os.path.join(os.path.expanduser("~"), "otiograde")
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", timeline.name).strip("_-")[:32] or "timeline"
    key = hashlib.sha256(repr(timeline.key).encode("utf-8", "surrogatepass")).hexdigest()[:6]
    folder = os.path.join(os.path.abspath(home), f"{safe}-{key}")
    os.makedirs(folder, exist_ok=True)
    return folder


def grade(folder: str) -> None:
    """Run otiograde on the exported timeline, and print its lines as they come. No name of the edit is in the call."""
    command = [PYTHON, "-m", "otiograde", "grade", "--output", "graded", "--export", "resolve", "--", "timeline.otio"]
    hidden = {"creationflags": 0x08000000} if sys.platform == "win32" else {}  # no window of a terminal
    last = ""
    with subprocess.Popen(  # noqa: S603 - a list of fixed words
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **hidden,  # type: ignore[call-overload]
    ) as process:
        try:
            for line in process.stderr:
                text = line.decode("utf-8", "replace").rstrip()
                last = text or last
                say(text)
        except BaseException:
            process.kill()
            raise
    if process.returncode not in FINISHED:
        raise OSError(f"otiograde ended with code {process.returncode}, so no clip was changed: {last.strip()}")


def environment() -> Dict[str, str]:
    """Return the environment without what Resolve sets for its own Python."""
    theirs = {name: value for name, value in os.environ.items() if not name.upper().startswith("PYTHON")}
    theirs.pop("__PYVENV_LAUNCHER__", None)
    return {**theirs, "PYTHONIOENCODING": "utf-8", "PYTHONSAFEPATH": "1", "OTIOGRADE_PROGRESS": "lines"}


def say(line: str) -> None:
    """Print a line into Resolve's console, without control characters that a name may hold."""
    text = "".join(sign if sign.isprintable() else "?" for sign in line)
    try:
        print(text)
    except UnicodeEncodeError:  # a console that has few letters
        print(text.encode("ascii", "replace").decode("ascii"))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
