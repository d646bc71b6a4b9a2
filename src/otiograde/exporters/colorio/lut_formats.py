"""``luts_clf/``, ``luts_3dl/`` …: each shot's LUT in another format, named by scene and shot.

CLF: Resolve, Flame, Baselight, OpenColorIO. CTF: Flame. csp: Nuke, RV. 3dl: Flame, Lustre, Scratch (12 bits). spi3d:
OpenColorIO. Hald: FFmpeg, GIMP, RawTherapee, darktable. OpenColorIO writes all but Hald, which is a picture. Tested by
applying them in OpenColorIO and in FFmpeg, not in a grading program. If the output has pictures, their contact sheet is
next to the LUTs.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from otiograde.color.encodings import ENCODINGS
from otiograde.color.lut import Lut3D
from otiograde.errors import ExportError
from otiograde.exporters.colorio.colorio import OPENCOLORIO, lut_transform, opencolorio, write_transforms
from otiograde.exporters.colorio.ocio import camera_curve
from otiograde.exporters.report.gallery import Gallery
from otiograde.exporters.report.sheet import contact_sheet
from otiograde.folder.layout import CONTACT_SHEET
from otiograde.movie.coded import coded_notes
from otiograde.movie.conversion import is_light
from otiograde.movie.shaper import format_csp, shaped_light
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.ids import Ids

#: The files of this format.
PATHS = ("luts_*/*",)

#: The most nodes a side that OpenColorIO reads.
LARGEST = 129

#: The level of Hald images: 512 pixels square, 64 nodes a side.
HALD_LEVEL = 8

#: Format -> its name in OpenColorIO, for transforms and for baked lattices.
WRITERS = {"clf": "Academy/ASC Common LUT Format", "ctf": "Color Transform Format"}
BAKERS = {"csp": "cinespace", "3dl": "flame", "spi3d": "spi3d"}

#: Format -> what it needs beside otiograde.
NEEDS = dict.fromkeys((*WRITERS, *BAKERS), OPENCOLORIO)

#: Format -> its description in README.txt.
FORMATS = {
    "clf": "Common LUT Format (SMPTE ST 2136-1): DaVinci Resolve, Flame, Baselight and OpenColorIO read it.",
    "ctf": "Color Transform Format: Flame reads it.",
    "csp": "cineSpace: Nuke and RV read it.",
    "3dl": "3dl of 12 bits: Flame, Lustre and Scratch read it.",
    "spi3d": "Sony Pictures Imageworks' 3D LUT: OpenColorIO reads it.",
    "hald": "Hald CLUT, a PNG of 16 bits: FFmpeg (haldclut), GIMP, RawTherapee and darktable read it.",
}

#: What the LUTs of media that is not SDR are for.
CODED = "the LUTs of {shots} are for the codes of the file: they go before any input transform, not behind it"

#: The text beside the LUTs.
README = """\
{title}: one LUT per shot, made by otiograde.

{use}

A LUT is for one shot: its name is the scene's and the shot's. It expects the shot as its file holds it, R'G'B' in full
range (0 to 1) in the encoding named below, and gives the same encoding back. So apply it first, before any conversion
or look of your own, and with tetrahedral interpolation where you can choose. A shot marked "nothing" needs none.

"""


#: The name of that text in the folder.
README_NAME = "README.txt"


def export(record: GradedTimeline, form: str, pictures: Mapping[str, bytes] = MappingProxyType({})) -> LutFolder:
    """Return the LUT folder in one of ``FORMATS``; each LUT is made on access."""
    return LutFolder(record, form, pictures)


clf = partial(export, form="clf")
ctf = partial(export, form="ctf")
csp = partial(export, form="csp")
threedl = partial(export, form="3dl")
spi3d = partial(export, form="spi3d")
hald = partial(export, form="hald")


def notes(record: GradedTimeline) -> list[str]:
    """Return what the LUTs are for."""
    return coded_notes(record, CODED)


class LutFolder(Mapping[str, bytes]):
    """A record's LUTs in one format, a README.txt, and a contact sheet where there are pictures."""

    def __init__(self, record: GradedTimeline, form: str, pictures: Mapping[str, bytes]) -> None:
        self._record, self._form, self._write, self._pictures = record, form, writer(form), pictures
        ids, end = Ids(), "png" if form == "hald" else form
        names = [f"luts_{form}/{ids.new(f'{grade.scene}_{grade.shot}')}.{end}" for grade in record.grades]
        self._grades = dict(zip(names, record.grades, strict=True))
        self._extras = [f"luts_{form}/{name}" for name in (README_NAME, CONTACT_SHEET)[: 2 if pictures else 1]]

    def __getitem__(self, path: str) -> bytes:
        if path not in self._extras:
            grade, size = self._grades[path], self._record.lut_size
            if is_light(self._record.edit.shot(grade.shot).media.encoding):
                return of_light(grade, size, self._form)
            return self._write(grade, size)
        if path.endswith(CONTACT_SHEET):
            return contact_sheet(Gallery(self._record, self._pictures))
        return self._readme().encode("utf-8", errors="replace")

    def __iter__(self) -> Iterator[str]:
        yield from self._grades
        yield from self._extras

    def __len__(self) -> int:
        return len(self._grades) + len(self._extras)

    def _readme(self) -> str:
        shots = {shot.id: shot for shot in self._record.edit.shots}
        lines = []
        for path, grade in self._grades.items():
            shot = shots[grade.shot]
            unchanged = grade.lut(2).is_identity and grade.lut(9).is_identity
            name, encoding = path.rpartition("/")[2], "nothing" if unchanged else shot.media.encoding.name
            changes = "" if grade.course is None else f"  {grade.course.note}"
            lines.append(f"{name}  {encoding}  {shot.media.path.name}  confidence {grade.confidence}{changes}\n")
        return README.format(title=self._record.edit.name, use=FORMATS[self._form]) + "".join(lines)


def writer(form: str) -> Callable[[Grade, int], bytes]:
    """Return the function that writes a grade in one of ``FORMATS``, with the LUT size as its second parameter."""
    if form == "hald":
        return lambda grade, _: hald_png(grade.lut(HALD_LEVEL**2))
    if form in WRITERS:
        return lambda grade, size: write_transforms(
            [lut_transform(grade.lut(min(size, LARGEST)))], WRITERS[form], grade.shot
        )
    return lambda grade, size: baked(grade.lut(min(size, LARGEST)), BAKERS[form])


def of_light(grade: Grade, size: int, form: str) -> bytes:
    """Return a grade of linear light, with a shaper: its lattice lies in ACEScct.

    Raises ``ExportError`` for formats without shapers.
    """
    if form == "csp":
        return format_csp(shaped_light(grade.transform, size), grade.shot).encode("ascii")
    if form not in WRITERS:
        raise ExportError(f"{grade.shot} is linear light, which {form} does not take: use {', '.join(WRITERS)} or csp")
    into, back = camera_curve(ENCODINGS["linear"]), camera_curve(ENCODINGS["linear"])
    into[0].setDirection(opencolorio().TRANSFORM_DIR_FORWARD)
    return write_transforms([*into, lut_transform(grade.lut(min(size, LARGEST))), *back], WRITERS[form], grade.shot)


def baked(lut: Lut3D, format_name: str) -> bytes:
    """Write a LUT with OpenColorIO's Baker, which needs a config: one with the LUT as its only conversion."""
    ocio = opencolorio()
    config = ocio.Config()
    config.setVersion(2, 0)
    config.addColorSpace(ocio.ColorSpace(name="before"))
    config.addColorSpace(ocio.ColorSpace(name="after", fromReference=lut_transform(lut)))
    config.setRole("default", "before")
    config.addDisplayView("as coded", "before", "before")  # without these two the config is not valid
    config.setSearchPath(".")
    baker = ocio.Baker()
    baker.setConfig(config)
    baker.setFormat(format_name)
    baker.setInputSpace("before")
    baker.setTargetSpace("after")
    baker.setCubeSize(lut.size)
    return str(baker.bake()).encode("ascii")


def hald_png(lut: Lut3D) -> bytes:
    """Return a lattice of n^2 nodes a side as a Hald image: n^3 pixels square, red fastest, then green, then blue.

    PNG (ISO/IEC 15948) of 16 bits a channel. Source: E. Lundell, "Hald CLUT" (quelsolaar.com).
    """
    side = round(lut.size**1.5)
    codes = np.rint(lut.lattice.astype(np.float64).clip(0, 1) * 65535).astype(">u2").reshape(side, side * 3)
    rows = b"".join(b"\0" + row.tobytes() for row in codes)
    header = struct.pack(">IIBBBBB", side, side, 16, 2, 0, 0, 0)
    chunks = (b"IHDR" + header, b"IDAT" + zlib.compress(rows, 6), b"IEND")
    framed = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)
