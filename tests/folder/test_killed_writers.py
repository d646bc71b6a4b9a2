"""A writer is killed at every call of the file system, and links lie in its way: nothing is lost, nothing is followed.

Tests: folder/writing.py, folder/exchange.py, folder/parts.py, folder/inside.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from planted_folder import ADDED, EXTRAS, FILES, NEW, OURS, contents

from otiograde.errors import ExportError
from otiograde.folder import exchange
from otiograde.folder.layout import CHECKSUMS
from otiograde.folder.parts import part_folder, tidy
from otiograde.folder.writing import add_files, check_writable, write_file, write_folder

#: Forks, and ends the child without a word before its n-th call of the file system. Prints how many had an end.
SCRIPT = """
import os, pathlib, shutil, sys
from otiograde.folder import exchange
from planted_folder import plant, judge, ways

way, without = sys.argv[2], sys.argv[3] == "without"
exchange._renameat2()
if without:
    exchange._renameat2.cache_clear()
    exchange._renameat2 = lambda: None
names = "open mkdir rename replace unlink rmdir link fsync scandir stat lstat chmod utime chown close".split()
real = {name: getattr(os, name) for name in names}
for number in range(1, 2000):
    work = pathlib.Path(sys.argv[1]) / str(number)
    plant(work, way)
    child = os.fork()
    if child == 0:
        left = [number]
        def counted(function):
            def call(*args, **kwargs):
                left[0] -= 1
                if left[0] == 0:
                    os._exit(9)
                return function(*args, **kwargs)
            return call
        for name in names:
            setattr(os, name, counted(real[name]))
        whole = exchange._renameat2()
        if whole is not None:
            exchange._renameat2 = lambda: counted(whole)
        os.fsync = counted(lambda _: None)
        ways[way](work)
        os._exit(0)
    killed = os.waitpid(child, 0)[1] != 0
    judge(work, way, number, without)
    shutil.rmtree(work)
    if not killed:
        print(number - 1)
        break
"""


@pytest.mark.slow
@pytest.mark.parametrize("without", ["with", "without"])
@pytest.mark.parametrize("way", ["replace", "new", "force", "add", "file"])
def test_killed_at_every_call(tmp_path: Path, way: str, without: str) -> None:
    """``without``: on a system that does not exchange folders in one step."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), way, without]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > (5 if way == "file" else 30)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere"
    path.mkdir()
    (path / "a.cube").write_bytes(b"somebody's")
    return path


def test_a_linked_folder_is_not_entered(folder: Path, elsewhere: Path) -> None:
    (folder / "luts").rename(folder / "away")
    (folder / "luts").symlink_to(elsewhere)
    for force in (False, True):
        with pytest.raises(ExportError, match="luts is a link: remove it"):
            add_files(folder, ADDED, force=force)
    with pytest.raises(ExportError, match="luts is a link: remove it"):
        write_file(folder / "luts/a.cube", b"x", within=folder)
    write_folder(folder, NEW)
    assert not (folder / "luts").is_symlink()
    assert contents(elsewhere) == {"a.cube": b"somebody's"}


def test_a_linked_file_is_replaced(folder: Path, elsewhere: Path) -> None:
    target = folder / "luts/a.cube"
    for act in (
        lambda: add_files(folder, ADDED, force=True),
        lambda: write_file(target, b"another cube", within=folder),
        lambda: write_folder(folder, NEW),
    ):
        target.unlink()
        target.symlink_to(elsewhere / "a.cube")
        act()
        assert not target.is_symlink()
        assert target.read_bytes() == b"another cube"
    target.unlink()
    target.symlink_to(elsewhere / "new")  # dangling
    write_file(target, b"another cube", within=folder)
    assert contents(elsewhere) == {"a.cube": b"somebody's"}


def test_a_link_met_while_adding_to_a_strangers_folder(tmp_path: Path, elsewhere: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "luts").symlink_to(elsewhere)
    with pytest.raises(ExportError, match="luts is a link"):
        write_folder(out, FILES, force=True)
    assert contents(elsewhere) == {"a.cube": b"somebody's"}
    assert [path.name for path in out.iterdir()] == ["luts"]


@pytest.mark.parametrize("name", ["../x", "luts/../../x", "/tmp/x"])
def test_a_file_stays_within(folder: Path, name: str) -> None:
    with pytest.raises(ExportError, match="is not in the folder"):
        write_file(folder / name, b"", within=folder)


def test_planted_parts_lead_nowhere(folder: Path, elsewhere: Path) -> None:
    for parent in (folder, folder.parent):
        (parent / ".otiograde-0123456789abcdef.part").symlink_to(elsewhere)
        (parent / ".otiograde-abc.part").mkdir()
        (parent / ".otiograde-abc.part/link").symlink_to(elsewhere)
    add_files(folder, ADDED)
    assert not list(folder.parent.rglob(".otiograde-*"))
    assert contents(elsewhere) == {"a.cube": b"somebody's"}


def test_parts_of_the_living_stay(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with part_folder(tmp_path) as part:
        tidy(tmp_path)
        assert part.is_dir()
    assert not part.exists()


def test_a_hidden_folder_is_brought_back_and_named(folder: Path) -> None:
    old = folder.with_name(f"{exchange._hidden(folder)}0123456789ab.old")
    folder.rename(old)
    (note,) = check_writable(folder)
    assert "was brought back" in note
    assert contents(folder) == {**FILES, **EXTRAS}
    folder.rename(old)
    write_folder(folder.with_name("x"), NEW)
    folder.with_name("x").rename(folder)
    check_writable(folder)
    assert contents(folder) == {**NEW, **EXTRAS}
    assert not list(folder.parent.glob(".otiograde-*"))


def test_adding_from_inside_keeps_the_folder_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder.stat().st_ino
    monkeypatch.chdir(folder)
    add_files(folder, ADDED)
    assert folder.stat().st_ino == before
    assert contents(folder) == {**FILES, **EXTRAS, **ADDED}


def test_adding_keeps_modes_and_what_is_there(folder: Path) -> None:
    (folder / "rendered").chmod(0o700)
    (folder / "link").symlink_to("luts")
    (folder / "empty").mkdir()
    add_files(folder, ADDED)
    assert contents(folder) == {**FILES, **EXTRAS, **ADDED}
    assert (folder / "rendered").stat().st_mode & 0o777 == 0o700
    assert (folder / "link").is_symlink()
    assert (folder / "empty").is_dir()
    assert (folder / "graded.json").read_bytes() == OURS
    assert (folder / CHECKSUMS).is_file()
