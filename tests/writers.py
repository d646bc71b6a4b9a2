"""Every writer of the house, killed before each of its calls of the file system. Run as a program by a test.

python tests/writers.py FOLDER NAME [MOST]    prints how many calls there are, and before how many it was killed
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from making.movies import clip, numbered_film, record_of, render
from making.pictures import detail
from making.records import WARMISH
from making.small_record import small_folder, small_record
from otiograde.cli.console import Console
from otiograde.cli.export import write_formats
from otiograde.cli.summary import write_outputs
from otiograde.color.encodings import encoding
from otiograde.color.lut import Lut3D
from otiograde.deep import weights
from otiograde.exporters.otio import format_edit, plain_edit
from otiograde.folder import exchange
from otiograde.folder.installing import install, uninstall
from otiograde.folder.writing import write_cube, write_file
from otiograde.means.cache import DiskCache
from otiograde.media.frames import write_still
from otiograde.media.writing import write_video
from otiograde.movie.apply_lut import apply_lut
from otiograde.record.graded import GradedTimeline
from otiograde.review.folder import Folder
from otiograde.timeline.bundle import Bundle

QUIET = Console(quiet=True)
OLD = small_record()
NEW = replace(OLD, grades=tuple(replace(grade, balance=WARMISH) for grade in OLD.grades))
PICTURE = detail(16, 24)
LUT = Lut3D.bake(lambda rgb: rgb * 0.9, size=5)

#: Names of calls of the file system, in ``os``.
CALLS = (
    *("open", "close", "mkdir", "rename", "replace", "unlink", "rmdir", "link", "fsync", "scandir", "listdir"),
    *("stat", "lstat", "chmod", "chown", "utime"),
)


@dataclass(frozen=True)
class Writer:
    """A writer: what it finds in a folder, and what it does there."""

    plant: Callable[[Path], object]
    act: Callable[[Path], object]
    #: Whether its files belong together: after a kill all of them are old, or all of them new.
    one: bool = True
    #: Files of which only the name counts.
    changing: tuple[str, ...] = ()
    #: The end of the name of a file that changes more than once.
    list_file: str = "no file"


def output(work: Path, record: GradedTimeline = OLD) -> Path:
    """Write an output folder with a file of the user's."""
    write_outputs(record, work / "out", None, force=False, console=QUIET)
    (work / "out" / "mine.txt").write_text("mine")
    return work / "out"


def save(work: Path) -> None:
    folder, record = Folder.open(work / "out")
    if record != NEW:
        folder.save(NEW, record, lambda *_: None)


def installed(work: Path) -> None:
    (work / "LUTs").mkdir()
    (work / "LUTs" / "mine.cube").write_text("mine")
    install(output(work), OLD, "resolve", work / "LUTs")
    shutil.rmtree(work / "out")
    output(work, NEW)


def clips(work: Path) -> None:
    write_still(work / "in.png", PICTURE)
    write_video(work / "in.mp4", [PICTURE] * 3, Fraction(24), encoding("bt709"))
    (work / "new.mp4").write_bytes(b"old")
    (work / "new.png").write_bytes(b"old")


def archive(work: Path) -> None:
    with zipfile.ZipFile(work / "edit.otioz", "w") as bundle:
        bundle.writestr(zipfile.ZipInfo("media/a.mp4"), b"frames" * 100_000)


def unpack(work: Path) -> None:
    assert Bundle(work / "edit.otioz", work / "unpacked").file("media/a.mp4") is not None


def published(work: Path) -> None:
    (work / "remote").write_bytes(b"weights" * 100_000)


def download(work: Path) -> None:
    remote = work / "remote"
    file = weights.PublishedFile(("w.pth",), remote.as_uri(), hashlib.sha256(remote.read_bytes()).hexdigest())
    if not (work / "cache/w.pth").is_file():
        weights._download(file, work / "cache", lambda *_: None)


def film(work: Path) -> None:
    numbered_film(Path(os.environ["FFMPEG"]), work / "a.mp4", 8)
    (work / "out").mkdir()
    (work / "out/film.mkv").write_bytes(b"old")


def rendered(work: Path) -> None:
    record = record_of(work, [clip(work / "a.mp4", 0, 4)])
    assert render(record, work / "out", Path(os.environ["FFMPEG"])).movie


WRITERS = {
    "grade": Writer(output, lambda work: write_outputs(NEW, work / "out", None, force=False, console=QUIET)),
    "new": Writer(lambda _: None, lambda work: write_outputs(NEW, work / "out", None, force=False, console=QUIET)),
    "export": Writer(output, lambda work: write_formats(OLD, work / "out", ["edl", "ale", "cdl"], QUIET, force=True)),
    "save": Writer(output, save),
    "look": Writer(
        lambda work: (small_folder(work / "out"), write_still(work / "look.png", PICTURE)),
        lambda work: Folder.open(work / "out")[0].add_look("look.png", (work / "look.png").read_bytes()),
    ),
    "install": Writer(installed, lambda work: install(work / "out", NEW, "resolve", work / "LUTs"), False, (), ".json"),
    "uninstall": Writer(installed, lambda work: uninstall(OLD, "resolve", work / "LUTs"), one=False),
    "undo": Writer(
        output,
        lambda work: write_file(work / "out/film.otio", format_edit(plain_edit(OLD)), within=work / "out"),
    ),
    "cube": Writer(lambda work: (work / "a.cube").write_text("old"), lambda work: write_cube(work / "a.cube", LUT)),
    "still": Writer(clips, lambda work: apply_lut(LUT, work / "in.png", work / "new.png")),
    "video": Writer(clips, lambda work: apply_lut(LUT, work / "in.mp4", work / "new.mp4")),
    "cache": Writer(lambda _: None, lambda work: DiskCache(work / "cache").put("12ab", {"frames": np.ones(10_000)})),
    "unpack": Writer(archive, unpack),
    "weights": Writer(published, download),
    "movie": Writer(film, rendered, False, ("out/render/segments/", "out/luts/", "edit.otio"), ".txt"),
}


def tree(work: Path, writer: Writer) -> dict[str, bytes]:
    """All files of a folder but unfinished ones: path -> content."""
    files = (path for path in sorted(work.rglob("*")) if path.is_file() and not is_part(path.relative_to(work)))
    named = {path.relative_to(work).as_posix(): path for path in files}
    return {name: b"" if name.startswith(writer.changing or "\0") else content(path) for name, path in named.items()}


def content(path: Path) -> bytes:
    """The content of a file; of a movie, the digests of its frames, because FFmpeg gives each movie a new number."""
    stored = path.read_bytes()
    if path.name != "film.mkv" or stored == b"old":
        return stored
    words = [os.environ["FFMPEG"], "-v", "error", "-i", path, "-f", "framemd5", "-"]
    return subprocess.run(words, capture_output=True, check=True).stdout


def is_part(path: Path) -> bool:
    return any(step.startswith(".otiograde-") or step.endswith(".part") for step in path.parts)


def forked(act: Callable[[], object]) -> bool:
    """Run something in a process of its own. Returns whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(2)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.waitstatus_to_exitcode(status) not in (0, 9):
        raise AssertionError(f"the writer failed: {status}")
    return status == 0


def counted(act: Callable[[], object], number: int, report: Path | None = None) -> None:
    """Act, and end the process without a word before call ``number``. ``report`` gets how many calls there were."""
    made, lock = [0], threading.Lock()

    def count(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with lock:
                made[0] += 1
                if made[0] == number:
                    os._exit(9)
            return function(*args, **kwargs)

        return call

    for name in CALLS:
        setattr(os, name, count(getattr(os, name)))
    opening = count(io.open)
    io.open = opening  # type: ignore[assignment]
    whole = exchange._renameat2()
    if whole is not None:
        exchanging = count(whole)
        exchange._renameat2 = lambda: exchanging  # type: ignore[assignment]
    act()
    if report is not None:
        report.write_text(str(made[0]))


def judge(work: Path, writer: Writer, before: dict[str, bytes], after: dict[str, bytes]) -> str:
    """Say what is wrong with a folder whose writer was killed; empty if nothing is."""
    now = tree(work, writer)
    if writer.one and now not in (before, after):
        return "mixed: " + ", ".join(sorted(name for name in {*now, *after} if now.get(name) != after.get(name)))
    lost = [name for name in before if name in after and name not in now]
    if lost:
        return f"gone: {', '.join(lost)}"
    states = {name: (before.get(name), after.get(name)) for name in now if not name.endswith(writer.list_file)}
    torn = [name for name, both in states.items() if now[name] not in both]
    return f"torn: {', '.join(torn)}" if torn else ""


def main(folder: Path, name: str, most: int) -> None:
    """Kill a writer before ``most`` of its calls, evenly spread."""
    os.fsync = lambda _: None
    work, writer, report = folder / "work", WRITERS[name], folder / "calls"

    def plant() -> None:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        assert forked(lambda: writer.plant(work))

    plant()
    before = tree(work, writer)
    assert forked(lambda: counted(lambda: writer.act(work), 0, report))
    after, calls = tree(work, writer), int(report.read_text())
    numbers = sorted({1 + calls * number // most for number in range(most)} if most < calls else range(1, calls + 1))
    for number in numbers:
        plant()
        killed = not forked(lambda number=number: counted(lambda: writer.act(work), number))
        wrong = judge(work, writer, before, after)
        assert not wrong, f"killed at call {number} of {calls}: {wrong}"
        assert forked(lambda: writer.act(work))
        assert tree(work, writer) == after, f"after the next run: {number} of {calls}"
        left = [str(path) for path in work.rglob("*") if is_part(path.relative_to(work))]
        assert not left, f"after the next run: {left}, {number} of {calls}"
        assert killed or name == "movie", number
    print(calls, len(numbers))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 10**9)
