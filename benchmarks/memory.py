"""How much memory a long edit takes: 300 shots in 60 scenes, made of different ranges of real clips.

    python benchmarks/memory.py [FOLDER] [--shots N] [--jobs N]

FOLDER has the clips (default: ../shared/footage/dev_graded/media beside the checkout). No two shots show the same
frames, so every shot is sampled. Prints the time, and the largest proportional set size (PSS) of all processes
together. PSS is Linux's figure for the private memory of a process plus its part of shared memory.
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
    """Return an edit of ``count`` shots of the clips, five for each scene. Each shot has another first frame."""
    media = [probe(path) for path in sorted(folder.glob("*.mp4"))]
    shots: list[Shot] = []
    for number in range(count):
        clip, turn = media[number // SHOTS_A_SCENE % len(media)], number % SHOTS_A_SCENE
        begin = turn + SHOTS_A_SCENE * (number // (SHOTS_A_SCENE * len(media)))
        source = FrameRange(begin % (clip.frames // 2), clip.frames // 2, clip.rate)
        record = FrameRange(24 * number, 24, Fraction(24))
        wishes = Wishes(scene=f"scene {number // SHOTS_A_SCENE:03}")
        shots.append(Shot(f"shot_{number:03}", f"shot {number}", clip, source, record, 0, (0, number), wishes=wishes))
    return Edit("long", {"OTIO_SCHEMA": "Timeline.1"}, Fraction(24), tuple(shots), ())


def family(root: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    members = [root]
    for process in members:  # the list grows as it is read
        members += children.get(process, [])
    return members


def share(process: int) -> int:
    """Return the proportional set size of a process in bytes."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    """Grade the long edit and print memory and time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=CLIPS)
    parser.add_argument("--shots", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=default_count())
    options = parser.parse_args()
    edit, start = long_edit(options.folder, options.shots), time.monotonic()
    most = {"all": 0, "parent": 0}
    done = threading.Event()
    stage = ["reading"]
    at = {"all": "", "parent": ""}

    def watch() -> None:
        while not done.wait(0.5):
            parent = share(os.getpid())
            total = parent + sum(share(process) for process in family(os.getpid())[1:])
            for name, value in (("all", total), ("parent", parent)):
                if value > most[name]:
                    most[name], at[name] = value, stage[0]

    def progress(step: str, number: int, total: int) -> None:
        if number == 1:
            print(f"{time.monotonic() - start:7.0f} s  {step} {total}", flush=True)
        stage[0] = step

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    with processes(options.jobs) as executor:
        record = grade_timeline(edit, means=Means(executor, progress=progress))
    done.set()
    watcher.join()
    counts = f"{len(record.grades)} shots in {len(record.scenes)} scenes, {options.jobs} jobs"
    print(f"{counts}: {time.monotonic() - start:.0f} s")
    print(f"most memory, all processes: {most['all'] / MIB:.0f} MiB ({at['all']})")
    print(f"most memory, parent alone: {most['parent'] / MIB:.0f} MiB ({at['parent']})")


if __name__ == "__main__":
    main()
