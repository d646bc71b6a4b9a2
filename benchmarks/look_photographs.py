"""The photographs that looks are learned from and measured on: clear rights, split by their origin, never by file.

They lie in ``../shared/photos`` beside the checkout, with ``index.csv``: the origin, license and author of each file.
None is part of this repository. ``python benchmarks/look_photographs.py`` writes ``benchmarks/looks_sources.csv``, the
list of those that the shipped network was trained on.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]

FOLDER = Path(__file__).resolve().parents[2] / "shared/photos"
SOURCES = Path(__file__).resolve().parent / "looks_sources.csv"

#: The columns of ``index.csv``.
COLUMNS = ("file", "origin", "path", "license", "license_group", "rights", "author", "class", "bw", "note")

#: The origins of the test. All origins that share files with these are here, too: three cuts of COCO are one.
TESTED = frozenset(
    {
        "MohamedBakrAli/Kodak-Lossless-True-Color-Image-Suite",
        "developer0hye/COCO128",
        "zzowenzz/COCO_Tiny",
        "enginbozaba/tiny_coco",
        "debian:lomiri-wallpapers-16.04",
        "debian:lomiri-wallpapers-20.04",
        "libjxl/testdata",
        "nextcloud/example-files",
        "udacity/CarND-LaneLines-P1",
        "udacity/CarND-LaneLines-P1:test_videos/solidWhiteRight.mp4",
    }
)

#: Photographs of these licenses were mostly graded before they were published: there are fewer of them.
GRADED = "Unsplash/Pexels"

#: The most photographs of one origin, and the share of photographs that may have been graded before.
MOST = 110

#: Two photographs are one if their thumbnails correlate more than this.
SAME = 0.97


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph: its file, where it is from, its license and its author."""

    file: Path
    name: str
    origin: str
    license: str
    author: str
    #: Whether it may have been graded before it was published.
    graded: bool

    def read(self) -> Picture:
        """Read it as sRGB code values ``(h, w, 3)`` in [0, 1]."""
        picture = cv2.imread(str(self.file), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"{self.file} cannot be read")
        return np.ascontiguousarray(picture[..., ::-1].astype(np.float32) / 255)


def photographs(folder: Path = FOLDER) -> list[Photograph]:
    """List all photographs in color; pictures of image generators are left out."""
    if not (folder / "index.csv").is_file():
        raise SystemExit(f"{folder}: no photographs here, so nothing can be learned or measured")
    with (folder / "index.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file, COLUMNS))[1:]
    rows = [row for row in listed if row["class"] != "ai" and row["bw"] == "0"]
    return [_photograph(folder, row) for row in rows]


def _photograph(folder: Path, row: dict[str, str]) -> Photograph:
    graded = row["license_group"].startswith(GRADED)
    return Photograph(folder / row["file"], row["file"], row["origin"], row["license"], row["author"], graded)


def split(all_of_them: Sequence[Photograph]) -> tuple[list[Photograph], list[Photograph]]:
    """Split by origin into training and test. Training leaves out near copies of a photograph of the test."""
    test = [photograph for photograph in all_of_them if photograph.origin in TESTED]
    rest = [photograph for photograph in all_of_them if photograph.origin not in TESTED]
    thumbnails = np.array([_thumbnail(photograph.read()) for photograph in test])
    fresh = (photograph for photograph in rest if (thumbnails @ _thumbnail(photograph.read())).max() < SAME)
    return _capped(fresh), test


def _capped(rows: Iterable[Photograph]) -> list[Photograph]:
    """Return at most ``MOST`` photographs of each origin: the first by the digest of their names."""
    by_origin: dict[str, list[Photograph]] = {}
    for row in rows:
        by_origin.setdefault(row.origin, []).append(row)
    digest = {row.name: hashlib.sha256(row.name.encode()).hexdigest() for rows in by_origin.values() for row in rows}
    capped = (sorted(rows, key=lambda row: digest[row.name])[:MOST] for rows in by_origin.values())
    return sorted((row for rows in capped for row in rows), key=lambda row: row.name)


def _thumbnail(picture: Picture) -> NDArray[Any]:
    small = cv2.resize(picture, (9, 9), interpolation=cv2.INTER_AREA).ravel().astype(np.float64)
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-9))


def write_sources(rows: Iterable[Photograph], target: Path = SOURCES) -> None:
    """Write the list of photographs: file, SHA-256, origin, license, author."""
    with target.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("file", "sha256", "origin", "license", "author"))
        for row in rows:
            digest = hashlib.sha256(row.file.read_bytes()).hexdigest()
            table.writerow((row.name, digest, row.origin, row.license, row.author))


if __name__ == "__main__":
    training, tested = split(photographs())
    write_sources(training)
    print(f"{len(training)} photographs to train on, {len(tested)} to test on")
