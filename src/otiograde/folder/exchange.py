"""Replace an output folder by a new one, so that a process killed at any moment leaves the old or the new."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import cast

from otiograde.folder.inside import refuse_links
from otiograde.folder.layout import CHECKSUMS
from otiograde.folder.parts import PREFIX, part_folder, part_name
from otiograde.folder.reading import read_checksums

#: Linux: two names exchange what they name, in one step (renameat2(2)).
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100

#: What a file system or a kernel without the exchange answers.
_HAS_NONE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EXDEV, errno.EBUSY, errno.EPERM)


def swap(folder: Path, new: Path) -> None:
    """Replace ``folder`` by ``new``, which gets the files that otiograde did not write. ``new`` may be left as garbage.

    Without an exchange in one step there are two renames. The first is undone if the second fails, and ``bring_back``
    undoes it if the process is killed in between.
    """
    if not folder.exists():
        new.rename(folder)
        return
    carry_over(folder, new)
    if not exchange(folder, new):
        _rename_twice(folder, new)


def exchange(folder: Path, new: Path) -> bool:
    """Exchange two folders in one step. Returns False if the system or the disk cannot."""
    call = _renameat2()
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(folder), _AT_FDCWD, os.fsencode(new), _RENAME_EXCHANGE) == 0:
        return True
    import ctypes  # noqa: PLC0415 - it is loaded by now

    number = ctypes.get_errno()
    if number in _HAS_NONE:
        return False
    raise OSError(number, os.strerror(number), str(folder))


@lru_cache
def _renameat2() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes  # noqa: PLC0415 - 10 ms that only a run that writes a folder spends

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):  # an old C library
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return cast("Callable[..., int]", call)


def _rename_twice(folder: Path, new: Path) -> None:
    old = folder.with_name(f"{_hidden(folder)}{secrets.token_hex(6)}.old")
    try:
        folder.rename(old)
        new.rename(folder)
    except BaseException:
        # An interrupt can come before or after a rename: only the disk tells which one was done.
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        if old.exists() and folder.exists():
            _discard(old)


def bring_back(folder: Path) -> tuple[str, ...]:
    """Bring back what a killed process has hidden between two renames. Returns a sentence for each thing it did."""
    notes = []
    for old in sorted(folder.parent.glob(f"{_hidden(folder)}*.old")):
        if old.is_symlink() or not old.is_dir():
            continue
        if not os.path.lexists(folder):
            old.rename(folder)
            notes.append(f"{folder} was brought back: a run was killed while replacing it")
            continue
        if folder.is_dir():
            carry_over(old, folder)
            _discard(old)
    return tuple(notes)


def _discard(old: Path) -> None:
    """Delete an old folder, under a name that says that nothing in it is needed."""
    garbage = old.with_name(part_name())
    old.rename(garbage)
    shutil.rmtree(garbage, ignore_errors=True)


def _hidden(folder: Path) -> str:
    """Return the beginning of the name under which ``folder`` is hidden between two renames."""
    return f"{PREFIX}{hashlib.sha256(os.fsencode(folder.name)).hexdigest()[:8]}-"


def add_by_exchange(folder: Path, new: Path, names: Collection[str]) -> bool:
    """Add the files ``names`` of ``new`` to ``folder``, all in one step. Returns False if that is not possible here.

    A second folder is made of hard links to the files of both and exchanged for the first.
    """
    if _renameat2() is None or not _is_exchangeable(folder):
        return False
    try:
        with part_folder(folder.parent) as whole:
            for name in names:
                (whole / name).parent.mkdir(parents=True, exist_ok=True)
                os.link(new / name, whole / name, follow_symlinks=False)
            _mirror(folder, whole)
            return exchange(folder, whole)
    except (OSError, NotImplementedError, shutil.Error):
        return False  # no hard links, or no right to make a folder beside: then file by file


def _is_exchangeable(folder: Path) -> bool:
    """Whether another folder may stand in for this one: it is this user's, and nobody starts from inside it."""
    try:
        here = Path.cwd()
        ours = folder.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return ours and here != folder and folder not in here.parents and not folder.is_mount()


def _mirror(folder: Path, whole: Path) -> None:
    """Hard-link all that ``whole`` lacks, and give its folders the owner, mode and times of the old ones."""
    for root, folders, names in os.walk(folder, onerror=_raise):
        here = whole / Path(root).relative_to(folder)
        here.mkdir(parents=True, exist_ok=True)
        folders[:] = [name for name in folders if not _is_part(name)]
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for name in (*names, *links):
            if not _is_part(name) and not os.path.lexists(here / name):
                os.link(Path(root) / name, here / name, follow_symlinks=False)
    for root, _, _ in os.walk(folder, topdown=False):
        here = whole / Path(root).relative_to(folder)
        if here.is_dir():
            with suppress(OSError):
                os.chown(here, -1, Path(root).stat().st_gid)
            shutil.copystat(root, here)


def _raise(error: OSError) -> None:
    raise error


def _is_part(name: str) -> bool:
    return name.startswith(PREFIX) and name.endswith(".part")


def carry_over(folder: Path, new: Path) -> None:
    """Hard-link the files that otiograde did not write into the new folder. The old folder stays complete."""
    written = {*read_checksums(folder), CHECKSUMS}
    for root, folders, names in os.walk(folder):
        parent = Path(root).relative_to(folder)
        folders[:] = [name for name in folders if not _is_part(name)]
        if not folders and not names:
            (new / parent).mkdir(parents=True, exist_ok=True)
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for path in (parent / name for name in (*names, *links) if not _is_part(name)):
            if path.as_posix() not in written and not os.path.lexists(new / path):
                refuse_links(new, path)
                (new / path).parent.mkdir(parents=True, exist_ok=True)
                _link(folder / path, new / path)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):  # exFAT and some network disks have no hard links
        shutil.copy2(source, target, follow_symlinks=False)
