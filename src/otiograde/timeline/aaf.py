"""What an AAF stands for once its compositions are put into each other: bounded before the adapter reads it.

A composition shows others by reference, and each use becomes a copy. Ten compositions that use one another ten times
are half a megabyte in a file, and ten thousand million clips in an edit.
"""

from __future__ import annotations

import gc
import warnings
from pathlib import Path
from struct import unpack, unpack_from
from typing import Any

from otiograde.errors import TimelineError

#: Objects that the compositions of an AAF may come to, however small the file is, and its bytes for each of more. The
#: files of editors have 300 bytes or more for each.
_FREE_OBJECTS, _BYTES = 100_000, 100

#: Bytes of values that count as an object more: a long comment is copied, too.
_HEAVY = 500


#: How a compound file begins, the exponents that its sectors' size may have, and the largest number of a sector.
#: Source: [MS-CFB] 2.1 and 2.2.
_MAGIC, _EXPONENTS, _LAST_SECTOR = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", (9, 12), 0xFFFFFFFA


def check_sectors(path: Path) -> None:
    """Raise ``TimelineError`` if an AAF tells of more sectors than it has: its reader would look for all of them.

    What is no compound file is left to the reader. Source: [MS-CFB] 2.2, header, and 2.5, DIFAT sectors.
    """
    with path.open("rb") as file:
        head = file.read(512)
        if len(head) < 512 or not head.startswith(_MAGIC):
            return
        (exponent,) = unpack_from("<H", head, 30)
        size = 1 << exponent if exponent in _EXPONENTS else 0
        most = path.stat().st_size // size + 1 if size else 0
        tables, (first, chained) = (
            unpack_from("<I", head, 44) + unpack_from("<I", head, 64),
            unpack_from("<2I", head, 68),
        )
        listed = sum(sector < _LAST_SECTOR for sector in unpack_from("<109I", head, 76))
        for _ in range(min(chained, most)):
            file.seek((min(first, most) + 1) * size)
            data = file.read(size)
            *sectors, first = unpack(f"<{size // 4}I", data) if len(data) == size else (0,)
            listed += sum(sector < _LAST_SECTOR for sector in sectors)
        if max(*tables, chained, listed) > most:
            raise TimelineError("a damaged AAF: it tells of more sectors than it has")


def check_growth(path: Path) -> None:
    """Raise ``TimelineError`` if the compositions of an AAF come to far more objects than its bytes stand for.

    Other faults are left to the adapter.
    """
    most = max(_FREE_OBJECTS, path.stat().st_size // _BYTES)
    if objects_in(path) > most:
        raise TimelineError(f"its compositions use each other so often that they come to more than {most} objects")


def objects_in(path: Path) -> int:
    """Count the objects of all compositions of an AAF, those that they use included. 0 if it cannot be read."""
    import aaf2  # noqa: PLC0415  (with the adapter: no other format needs it)

    count = _Count((aaf2.mobs.CompositionMob, aaf2.mobs.MasterMob), aaf2.components.SourceClip)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with aaf2.open(str(path), "r") as file:
                return sum(count.of(mob) for mob in file.content.mobs)
        except RecursionError:
            raise TimelineError("its compositions are nested too deeply") from None
        except Exception:  # as the adapter will find, too, with a message of its own
            return 0
        finally:
            gc.collect()  # a file that was left open warns when it is collected


class _Count:
    """Counts the objects of compositions, each composition once. What a damaged one hides does not count.

    ``composition`` and ``use`` are the classes of compositions and of their uses.
    """

    def __init__(self, composition: Any, use: Any) -> None:
        self._composition, self._use = composition, use
        self._counts: dict[Any, int] = {}

    def of(self, mob: Any) -> int:
        """Return the objects of a composition; 0 for a mob of another kind, and for one that uses itself."""
        if not isinstance(mob, self._composition):
            return 0
        key = str(mob.mob_id)
        if key not in self._counts:
            self._counts[key] = 0
            parts = [part for part, _ in mob.walk_references()]
            used = sum(self.of(part.mob) for part in parts if isinstance(part, self._use))
            self._counts[key] = used + sum(map(_weight, parts))
        return self._counts[key]


def _weight(part: Any) -> int:
    """Return how many objects of usual size one is worth."""
    return 1 + sum(len(value.data or b"") for value in part.properties()) // _HEAVY
