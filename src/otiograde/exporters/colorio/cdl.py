"""``cdl/``: each shot's grade as an ASC CDL (.cc, .ccc and .cdl), and as a CDL with a LUT.

DaVinci Resolve (with an EDL: ColorTrace), Baselight, Scratch, Nuke, Flame, Hiero and others read ASC CDL v1.2. A CDL
has ten numbers and a grade has more, so the CDL is a fit. ``cdl/fit.txt`` and ``cdl/fit.json`` state its error; a shot
with a poor fit has no .cc. Every shot has a pair in ``cdl/pairs``: a CDL and a LUT that together are the grade. The
XML is ours (``cdl_xml``), so this needs no OpenColorIO.

Tested by reading them with OpenColorIO and cdl_convert, not in a grading program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from otiograde.color.cdl import Cdl
from otiograde.color.cdl_fit import LIMIT, CdlFit, CdlPair, fit_cdl, fit_pair
from otiograde.color.cube import format_cube
from otiograde.exporters.colorio.cdl_xml import cdl_xml, correction
from otiograde.movie.coded import coded_notes
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline

#: The files of this format.
PATHS = ("cdl/*",)

#: What the numbers of media that is not SDR are for.
CODED_CDL = "the CDLs of {shots} are for the codes of the file: they go before any input transform, not behind it"

#: The file that lists the pairs and their errors.
PAIRS = "cdl/pairs/pairs.txt"


def export(record: GradedTimeline) -> Mapping[str, bytes]:
    """Return the CDLs, their two reports and the pairs; each is made on access."""
    return Cdls(record)


def notes(record: GradedTimeline) -> list[str]:
    """Return what the numbers are for."""
    return coded_notes(record, CODED_CDL)


@lru_cache(maxsize=4096)
def _fit(transform: Any) -> CdlFit:
    return fit_cdl(transform)


def fit_of(grade: Grade) -> CdlFit:
    """Fit a CDL to a grade. Formats that need the same fit share it."""
    transform: Any = grade.transform
    try:
        return _fit(transform)
    except TypeError:  # a transform of another package that cannot be hashed
        return fit_cdl(transform)


@lru_cache(maxsize=8)
def _pair(transform: Any, size: int) -> CdlPair:
    return fit_pair(transform, size)


def pair_of(grade: Grade, size: int) -> CdlPair:
    """Split a grade into a CDL and a residual LUT. Only the latest are cached, as each has a lattice."""
    transform: Any = grade.transform
    try:
        return _pair(transform, size)
    except TypeError:  # as in fit_of
        return fit_pair(transform, size)


def as_json(cdl: Cdl) -> dict[str, Any]:
    """Return a CDL with the keys of ``clip.metadata["cdl"]`` in OpenTimelineIO's EDL and ALE adapters."""
    sop = {"slope": list(cdl.slope), "offset": list(cdl.offset), "power": list(cdl.power)}
    return {"asc_sop": sop, "asc_sat": cdl.saturation}


def sop(cdl: Cdl) -> str:
    """Return slope, offset and power as EDL and ALE write them, with six decimals and no exponent."""
    return "".join(f"({' '.join(f'{n + 0.0:.6f}' for n in part)})" for part in (cdl.slope, cdl.offset, cdl.power))


def sat(cdl: Cdl) -> str:
    """Return the saturation as EDL and ALE write it."""
    return f"{cdl.saturation:.6f}"


class Cdls(Mapping[str, bytes]):
    """The CDL files of a record."""

    def __init__(self, record: GradedTimeline) -> None:
        self._size, self._grades = record.lut_size, {grade.shot: grade for grade in record.grades}
        self._fits = {shot: fit_of(grade) for shot, grade in self._grades.items()}
        self._pair_errors: dict[str, str] = {}
        self._names = [f"cdl/{shot}.cc" for shot, fit in self._fits.items() if fit.good]
        self._names += ["cdl/grades.ccc", "cdl/grades.cdl"] if self._names else []
        self._names += ["cdl/fit.json", "cdl/fit.txt"]
        self._names += [f"cdl/pairs/{shot}.{end}" for shot in self._grades for end in ("cc", "cube")] + [PAIRS]

    def __getitem__(self, path: str) -> bytes:
        if path not in self._names:
            raise KeyError(path)
        if path.startswith("cdl/pairs/"):
            return self._pair_file(path)
        if path == "cdl/fit.json":
            return (json.dumps(report(self._fits), indent=1) + "\n").encode("ascii")
        if path == "cdl/fit.txt":
            return "".join(f"{line}\n" for line in summary(self._fits)).encode("utf-8")
        if path.endswith(".cc"):
            shot = path.removeprefix("cdl/").removesuffix(".cc")
            return cdl_xml([self._correction(shot)], "cc")
        return cdl_xml([self._correction(shot) for shot, fit in self._fits.items() if fit.good], path[-3:])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _correction(self, shot: str) -> Element:
        fit = self._fits[shot]
        about = f"fitted to the grade: CIEDE2000 mean {fit.mean:.2f}, 95 % below {fit.p95:.2f}"
        return correction(fit.cdl, shot, about + self._note(shot))

    def _note(self, shot: str) -> str:
        course = self._grades[shot].course
        return "" if course is None else f"; {course.note}"

    def _pair(self, shot: str) -> CdlPair:
        pair = pair_of(self._grades[shot], self._size)
        carried = f"the CDL carries {pair.fit.share:.0%} of the grade"
        error = f"within {pair.p99:.4f} of it for 99 % of the colors, {pair.error:.4f} for all"
        self._pair_errors[shot] = f"{carried}; with the LUT the pair is {error}"
        return pair

    def _pair_file(self, path: str) -> bytes:
        if path == PAIRS:
            for shot in self._grades.keys() - self._pair_errors.keys():
                self._pair(shot)
            width = max(map(len, self._grades), default=0)
            return "".join(f"{shot:<{width}}  {self._pair_errors[shot]}\n" for shot in self._grades).encode("ascii")
        shot, _, end = path.removeprefix("cdl/pairs/").rpartition(".")
        pair = self._pair(shot)
        if end == "cube":
            return format_cube(pair.residual).encode("ascii")
        about = f"{self._pair_errors[shot]}: apply the CDL, then {shot}.cube{self._note(shot)}"
        return cdl_xml([correction(pair.fit.cdl, shot, about)], "cc")


def report(fits: Mapping[str, CdlFit]) -> dict[str, Any]:
    """Return the fits as JSON values: CIEDE2000 between CDL and grade, over the shot's likely colors."""
    return {
        "metric": "CIEDE2000, code values read as sRGB",
        "limit": LIMIT,
        "shots": {
            shot: {
                "cdl": as_json(fit.cdl),
                "mean": round(fit.mean, 4),
                "p95": round(fit.p95, 4),
                "moved": round(fit.moved, 4),
                "share": round(fit.share, 4),
                "written": fit.good,
            }
            for shot, fit in fits.items()
        },
    }


def summary(fits: Mapping[str, CdlFit]) -> list[str]:
    """Return the fits as text, one line per shot."""
    width = max(map(len, fits), default=0)
    lines = []
    for shot, fit in fits.items():
        figures = f"ΔE00 mean {fit.mean:5.2f}  p95 {fit.p95:5.2f}  carries {fit.share:4.0%} of the grade"
        refused = "" if fit.good else f"  REFUSED: mean above {LIMIT:g}, use the LUT or cdl/pairs"
        lines.append(f"{shot:<{width}}  {figures}{refused}")
    return lines
