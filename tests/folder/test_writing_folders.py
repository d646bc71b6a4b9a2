"""Output folders: all or nothing, whatever goes wrong, and never over what is not ours.

Tests: folder/writing.py
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_folder import EXTRAS, FILES, NEW, contents, names

from making.waiting import PATIENCE
from otiograde.color.lut import Lut3D
from otiograde.errors import ExportError
from otiograde.folder.reading import read_cube
from otiograde.folder.writing import check_target, check_writable, write_cube, write_file, write_folder


def test_new_folder(tmp_path: Path) -> None:
    write_folder(tmp_path / "deep/er/out", FILES)
    assert contents(tmp_path / "deep/er/out") == FILES
    assert names(tmp_path / "deep/er") == ["out"]


def test_scripts_may_be_run_and_nothing_else(folder: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    assert (folder / "render.sh").stat().st_mode & 0o777 == 0o777 & ~umask
    assert (folder / "graded.json").stat().st_mode & 0o777 == 0o666 & ~umask
    assert folder.stat().st_mode & 0o777 == 0o777 & ~umask


def test_replacing_keeps_what_is_not_ours_and_drops_what_is_stale(folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("luts")
    write_folder(folder, NEW)
    assert contents(folder) == {**NEW, **EXTRAS}
    assert (folder / "empty").is_dir()
    assert (folder / "link").is_symlink()
    assert names(folder.parent) == ["film.graded"]


def test_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", FILES)
    assert contents(tmp_path / "out") == FILES


@pytest.mark.parametrize("stranger", ["notes.txt", "graded.json", "luts/a.cube"])
def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path, stranger: str) -> None:
    path = tmp_path / "out" / stranger
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"somebody": "else"}')
    before = contents(tmp_path)
    for act in (lambda: check_writable(tmp_path / "out"), lambda: write_folder(tmp_path / "out", FILES)):
        with pytest.raises(ExportError, match="not written by otiograde"):
            act()
        assert contents(tmp_path) == before
    check_writable(tmp_path / "out", force=True)
    write_folder(tmp_path / "out", FILES, force=True)
    assert contents(tmp_path / "out") == {stranger: b'{"somebody": "else"}', **FILES}
    assert names(tmp_path) == ["out"]


def test_a_file_is_never_replaced_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a film")
    for force in (False, True):
        with pytest.raises(ExportError, match="is a file"):
            write_folder(tmp_path / "out", FILES, force=force)
    assert (tmp_path / "out").read_bytes() == b"a film"


def test_a_link_to_our_folder_stays_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    write_folder(tmp_path / "link", NEW)
    assert (tmp_path / "link").is_symlink()
    assert contents(folder) == {**NEW, **EXTRAS}


class Trip:
    """Raises at the ``number``-th call of one of several functions, before or after doing it."""

    def __init__(self, number: int, error: BaseException, after: bool) -> None:
        self.left, self.error, self.after = number, error, after

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def tripped(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.after:
                raise self.error
            result = function(*args, **kwargs)
            if self.left == 0:
                if hasattr(result, "close"):
                    result.close()
                raise self.error
            return result

        return tripped


def stage(work: Path, mode: str) -> Path:
    """An output folder of ours to replace, somebody else's to add to, or none."""
    out = work / "film.graded"
    (out / "luts").mkdir(parents=True)
    if mode == "ours":
        out.rename(work / "away")
        write_folder(out, FILES)
        shutil.rmtree(work / "away")
    elif mode == "nothing":
        shutil.rmtree(out)
        return out
    else:
        (out / "luts/a.cube").write_bytes(b"somebody's")
    (out / "mine").write_bytes(b"mine")
    return out


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("mode", ["ours", "nothing", "somebody's"])
def test_whatever_fails_at_any_step_the_folder_is_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, after: bool, mode: str
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the disk's own pace is not what is tested
    failures = 0
    for number in range(1, 200):
        out = stage(tmp_path / str(number), mode)
        old = contents(out)
        new = {**(old if mode == "somebody's" else {}), **NEW, **({"mine": b"mine"} if old else {})}
        with monkeypatch.context() as patch:
            trip = Trip(number, error, after)
            for owner, name in ((os, "fsync"), (os, "link"), (Path, "open"), (Path, "rename"), (Path, "mkdir")):
                patch.setattr(owner, name, trip.around(getattr(owner, name)))
            try:
                write_folder(out, NEW, force=True)
                allowed = [new]
            except (ExportError, KeyboardInterrupt):
                failures += 1
                allowed = [old, new]
        assert contents(out) in allowed, number
        assert names(out.parent) in ([], ["film.graded"]), number
        if trip.left > 0:
            break
    assert failures > 10


def test_a_file_too_large_for_the_disk_leaves_the_old_folder(folder: Path) -> None:
    resource = pytest.importorskip("resource")
    before = contents(folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(ExportError, match="cannot be written: File too large"):
            write_folder(folder, {**NEW, "luts/z.cube": bytes(20_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(folder) == before
    assert names(folder.parent) == ["film.graded"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission(folder: Path) -> None:
    folder.parent.chmod(0o555)
    try:
        for act in (lambda: check_writable(folder), lambda: write_folder(folder, NEW)):
            with pytest.raises(ExportError, match="Permission denied"):
                act()
    finally:
        folder.parent.chmod(0o755)
    assert contents(folder) == {**FILES, **EXTRAS}


def test_a_parent_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for act in (check_writable, lambda path: write_folder(path, FILES)):
        with pytest.raises(ExportError, match="cannot be written"):
            act(tmp_path / "file" / "out")


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "a/b/out")
    assert names(tmp_path) == []


def test_contents_are_asked_for_one_at_a_time(tmp_path: Path) -> None:
    class Lazy(Mapping[str, bytes]):
        asked = 0

        def __getitem__(self, name: str) -> bytes:
            assert len(list(tmp_path.rglob("*.bin"))) == self.asked
            self.asked += 1
            return bytes(10)

        def __iter__(self) -> Iterator[str]:
            return (f"{number}.bin" for number in range(5))

        def __len__(self) -> int:
            return 5

    write_folder(tmp_path / "out", Lazy())
    assert len(contents(tmp_path / "out")) == 5


@pytest.mark.slow
def test_interrupt_by_signal_leaves_old_or_new(tmp_path: Path) -> None:
    """A real Ctrl-C, at a random moment of one replacement after another: old or new, never a mixture, no leftovers."""
    script = (
        "import sys; from pathlib import Path; from otiograde.folder.writing import write_folder\n"
        "print('ready', flush=True)\n"
        "for n in range(10**6):\n"
        "    files = {f'luts/{i}.cube': str(n).encode() for i in range(20)}\n"
        "    write_folder(Path(sys.argv[1]), {**files, 'graded.json': b'{ \"otiograde\": 1}'})\n"
    )
    out = tmp_path / "out"
    for wait in (0.02, 0.05, 0.11, 0.2, 0.23):
        process = subprocess.Popen(
            [sys.executable, "-c", script, out], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(wait)
        process.send_signal(2)
        process.communicate(timeout=PATIENCE)
        if out.exists():
            assert len({path.read_bytes() for path in out.glob("luts/*")}) == 1
            assert len(list(out.glob("luts/*"))) == 20
        assert names(tmp_path) in ([], ["out"])


def test_write_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.cube"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="No space left"):
        write_file(path, b"three")
    assert path.read_bytes() == b"two"
    assert names(tmp_path) == ["a.cube"]


def test_targets_that_may_be_written(tmp_path: Path) -> None:
    source, target = tmp_path / "in.mp4", tmp_path / "out.mp4"
    source.write_bytes(b"")
    check_target(source, target)
    with pytest.raises(ExportError, match="input itself"):
        check_target(source, source, force=True)
    with pytest.raises(ExportError, match="not a folder"):
        check_target(source, tmp_path / "none/out.mp4")
    target.write_bytes(b"")
    with pytest.raises(ExportError, match="already there"):
        check_target(source, target)
    check_target(source, target, force=True)


def test_cube_goes_and_comes(tmp_path: Path) -> None:
    lut = Lut3D.bake(lambda rgb: np.asarray(rgb) ** 1.1, 5, title="x")
    write_cube(tmp_path / "x.cube", lut)
    again = read_cube(tmp_path / "x.cube")
    np.testing.assert_allclose(again.lattice, lut.lattice, atol=1e-7)
    assert again.title == "x"
