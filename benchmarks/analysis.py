"""The CPU time of analysis and solve: of this tree, of others, and of decoding and SIFT of the same frames alone.

    python benchmarks/analysis.py [EDIT] [--tree FOLDER ...] [--rounds N] [--json FILE]

Each round grades EDIT (default: the development edit of ``shared/footage``) once with each tree, in a process of its
own, in turn: serial, without a cache, outputs not written. A tree is a checkout with its ``.venv``. Then the frames
that this tree samples are decoded by PyAV alone, every frame from the key frame on, and SIFT describes them. Figures
are medians of CPU seconds; imports do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

EDIT = Path(__file__).resolve().parents[2] / "shared/footage/dev_graded/timeline.otio"
BARE = "decoding and SIFT alone"

#: What a process does: it sets what the command sets, and prints CPU seconds.
GRADE = """
import sys, time
from pathlib import Path
import cv2
cv2.setNumThreads(1)
try:
    from otiograde.means.allocation import keep_memory
    keep_memory()
except ImportError:
    pass
from otiograde.grading.pipeline import grade_timeline
start = time.process_time()
grade_timeline(Path(sys.argv[1]))
print(time.process_time() - start)
"""

ALONE = """
import sys, time
from pathlib import Path
import av, cv2
cv2.setNumThreads(1)
from otiograde.color.gray import gray
from otiograde.grading.pipeline import read
from otiograde.media.index import index_of
from otiograde.record.settings import Linking, Sampling
from otiograde.survey.sample import frame_numbers
spent = {"decoding": 0.0, "SIFT": 0.0}
for shot in read(Path(sys.argv[1])).shots:
    index, found = index_of(shot.media.path), []
    wanted = [index.pts[number] for number in frame_numbers(shot, Sampling())]
    start = time.process_time()
    with av.open(str(shot.media.path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        container.seek(index.seek_to(index.key_before(index.pts.index(wanted[0]))), stream=stream)
        for frame in container.decode(stream):
            if frame.pts in wanted:
                width = min(Sampling().width, frame.width)
                size = {"width": width, "height": round(frame.height * width / frame.width)}
                found.append(frame.reformat(**size, format="rgb24", interpolation="AREA").to_ndarray())
            if frame.pts >= wanted[-1]:
                break
    spent["decoding"] += time.process_time() - start
    for picture in found:
        small = gray(picture.astype("f4") / 255)
        start = time.process_time()
        cv2.SIFT.create(Linking().keypoints, contrastThreshold=0.015).detectAndCompute(small, None)
        spent["SIFT"] += time.process_time() - start
print(sum(spent.values()))
"""


def seconds(python: Path, script: str, edit: Path) -> float:
    """Run a script in a process with one thread of linear algebra. Return the CPU seconds that it prints."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OTIOGRADE_CACHE": "off"}
    done = subprocess.run([python, "-c", script, edit], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edit", type=Path, nargs="?", default=EDIT)
    parser.add_argument("--tree", type=Path, action="append", default=[], help="another checkout, with its .venv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    jobs = {"this tree": (Path(sys.executable), GRADE)}
    jobs |= {str(tree): (tree / ".venv/bin/python", GRADE) for tree in arguments.tree}
    jobs[BARE] = Path(sys.executable), ALONE
    spent: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(arguments.rounds):
        for name, job in jobs.items():
            spent[name].append(seconds(*job, arguments.edit))
            print(f"{name}: {spent[name][-1]:.1f} CPU s", flush=True)
    ours = spent["this tree"]
    for name, costs in spent.items():
        ratio = median(own / other for own, other in zip(ours, costs, strict=True))
        print(f"{name:40} {median(costs):6.1f} CPU s    this tree beside it: {ratio:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(spent, indent=1) + "\n")


if __name__ == "__main__":
    main()
