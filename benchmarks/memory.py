"""How much memory a long edit takes: 300 shots in 60 scenes, made by using real clips again at other places.

    python benchmarks/memory.py [FOLDER] [--shots N] [--jobs N]

FOLDER has the clips (default: ../shared/footage/dev_graded/media beside the checkout). No two shots show the same
frames, so that none is spared as a twin. Prints the largest sum, over all processes, of the memory that each has for
itself and its part of what it shares (PSS, as Linux counts it), and the time.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from fractions import Fraction
from pathlib import Path

from otiograde.grading.pipeline import grade_timeline
from otiograde.means.means import Means
from otiograde.means.workers import default_count, processes
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.shot import FrameRange, Shot, Wishes

CLIPS = Path(__file__).resolve().parents[2] / "shared/footage/dev_graded/media"
SHOTS_A_SCENE = 5
MIB = 1 << 20


def long_edit(folder: Path, count: int) -> Edit:
    """``count`` shots of the folder's clips, five a scene, each from a first frame of its own."""
    media = [probe(path) for path in sorted(folder.glob("*.mp4"))]
    shots: list[Shot] = []
    for number in range(count):
        own, turn = media[number // SHOTS_A_SCENE % len(media)], number % SHOTS_A_SCENE
        begin = turn + SHOTS_A_SCENE * (number // (SHOTS_A_SCENE * len(media)))
        source = FrameRange(begin % (own.frames // 2), own.frames // 2, own.rate)
        record = FrameRange(24 * number, 24, Fraction(24))
        wishes = Wishes(scene=f"scene {number // SHOTS_A_SCENE:03}")
        shots.append(Shot(f"shot_{number:03}", f"shot {number}", own, source, record, 0, (0, number), wishes=wishes))
    return Edit("long", {"OTIO_SCHEMA": "Timeline.1"}, Fraction(24), tuple(shots), ())


def family(root: int) -> list[int]:
    """This process and all that it started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for process in found:
        found += parents.get(process, [])
    return found


def share(process: int) -> int:
    """The bytes a process has for itself, and its part of what it shares."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    """Grade the long edit and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=CLIPS)
    parser.add_argument("--shots", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=default_count())
    given = parser.parse_args()
    edit, start = long_edit(given.folder, given.shots), time.monotonic()
    most = {"all": 0, "parent": 0}
    done = threading.Event()
    stage = ["reading"]
    at = {"all": "", "parent": ""}

    def watch() -> None:
        while not done.wait(0.5):
            own = share(os.getpid())
            everyone = own + sum(share(process) for process in family(os.getpid())[1:])
            for name, value in (("all", everyone), ("parent", own)):
                if value > most[name]:
                    most[name], at[name] = value, stage[0]

    def progress(step: str, number: int, total: int) -> None:
        if number == 1:
            print(f"{time.monotonic() - start:7.0f} s  {step} {total}", flush=True)
        stage[0] = step

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    with processes(given.jobs) as executor:
        record = grade_timeline(edit, means=Means(executor, progress=progress))
    done.set()
    watcher.join()
    counts = f"{len(record.grades)} shots in {len(record.scenes)} scenes, {given.jobs} jobs"
    print(f"{counts}: {time.monotonic() - start:.0f} s")
    print(f"most memory, all processes: {most['all'] / MIB:.0f} MiB ({at['all']})")
    print(f"most memory, parent alone: {most['parent'] / MIB:.0f} MiB ({at['parent']})")


if __name__ == "__main__":
    main()
