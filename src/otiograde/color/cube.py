"""Parse and format the .cube text of a 3-D LUT: Adobe's "Cube LUT Specification 1.0" and Resolve's LUT_3D_INPUT_RANGE.

Parsing accepts what is unambiguous. It refuses what other readers silently get wrong, and names the line. Formatting
keeps to what every reader accepts: ASCII, LF, no BOM, no DOMAIN lines for 0 to 1, keywords first, red fastest.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import chain
from math import isfinite
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.lut import LARGEST, SMALLEST, Lut3D
from otiograde.errors import CubeError

#: The largest size that OpenColorIO reads. The specification and FFmpeg share the limit of ``Lut3D``.
LARGEST_WRITTEN = 129
#: The longest line that is not a comment, in characters (the specification's figure).
LINE_LENGTH = 250
TITLE_LENGTH = 80

_KEYWORDS = (
    "TITLE", "LUT_3D_SIZE", "LUT_1D_SIZE", "DOMAIN_MIN", "DOMAIN_MAX", "LUT_3D_INPUT_RANGE", "LUT_1D_INPUT_RANGE",
)  # fmt: skip

#: The largest float32: a lattice holds nothing larger.
_LARGEST_VALUE = float(np.finfo(np.float32).max)

#: Keyword -> the number of its line, and the rest of that line.
_Header: TypeAlias = Mapping[str, tuple[int, str]]


def parse_cube(text: str) -> Lut3D:
    """Return the 3-D LUT that a .cube text describes, with values and domain as written.

    Raises ``CubeError`` with the line for a BOM, UTF-16 or binary text, a 1-D LUT, a 1-D shaper before the 3-D LUT, an
    unknown or repeated keyword, a size outside 2 to 256, a wrong number of rows, a row without three finite numbers,
    and an empty domain.
    """
    if text.startswith(("\ufeff", "ï»¿")):
        raise CubeError("begins with a byte order mark, at which other programs stop: save it as plain ASCII", line=1)
    if "\0" in text:
        raise CubeError("holds NUL characters: UTF-16 or binary, where a .cube is plain ASCII", line=1)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [_stripped(number, line) for number, line in enumerate(lines, 1)]
    header, start = _read_header(lines)
    size = _size(header)
    rows = _read_rows(lines, start, size)
    title = header.get("TITLE", (0, ""))[1].strip().strip('"')
    return Lut3D(rows.reshape(size, size, size, 3), domain=_domain(header), title=title)


def format_cube(lut: Lut3D, decimals: int = 7) -> str:
    """Return the .cube text of ``lut``. Values have ``decimals`` decimals; the title is reduced to ASCII.

    Raises ``CubeError`` for a size above 129.
    """
    if lut.size > LARGEST_WRITTEN:
        raise CubeError(f"size {lut.size} is not written: OpenColorIO reads {SMALLEST} to {LARGEST_WRITTEN}")
    title = _ascii_title(lut.title)
    head = [f'TITLE "{title}"'] if title else []
    head.append(f"LUT_3D_SIZE {lut.size}")
    low, high = lut.domain.tolist()
    if low != [0, 0, 0] or high != [1, 1, 1]:
        # After the size, because FFmpeg ignores DOMAIN lines before it.
        head += [f"DOMAIN_{name} {r:.9g} {g:.9g} {b:.9g}" for name, (r, g, b) in (("MIN", low), ("MAX", high))]
    # Rounding first, then adding 0, avoids "-0.0000000".
    values = (np.round(lut.lattice.astype(np.float64), decimals) + 0.0).ravel().tolist()
    row = f"%.{decimals}f %.{decimals}f %.{decimals}f\n"
    return "\n".join(head) + "\n" + row * lut.size**3 % tuple(values)


def _stripped(number: int, line: str) -> str:
    """Return the line without surrounding blanks, empty for a comment. Raises ``CubeError`` for too long a line."""
    if line.startswith("#"):
        return ""
    if len(line) > LINE_LENGTH:
        raise CubeError(f"has {len(line)} characters, {LINE_LENGTH} at most are allowed", line=number)
    line = line.strip()
    return "" if line.startswith("#") else line


def _read_header(lines: Sequence[str]) -> tuple[_Header, int]:
    """Return the keywords and the index of the first row of numbers."""
    header: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        word, _, rest = line.replace("\t", " ").partition(" ")
        if word[0] in "+-.0123456789" or _is_number(word):
            return header, number - 1
        if word not in _KEYWORDS:
            raise CubeError(f"unknown keyword {word[:40]!r}: use {', '.join(_KEYWORDS[:6])} or numbers", line=number)
        if word in header:
            raise CubeError(f"repeats {word} of line {header[word][0]}", line=number)
        header[word] = (number, rest)
    return header, len(lines)


def _size(header: _Header) -> int:
    if "LUT_3D_SIZE" not in header:
        if "LUT_1D_SIZE" in header:
            raise CubeError("a 1-D LUT, where a 3-D LUT is needed", line=header["LUT_1D_SIZE"][0])
        raise CubeError("has no LUT_3D_SIZE line: not a .cube of a 3-D LUT")
    if "LUT_1D_SIZE" in header:
        line = header["LUT_1D_SIZE"][0]
        raise CubeError("a 1-D shaper before the 3-D LUT is not supported: export without the shaper", line=line)
    line, word = header["LUT_3D_SIZE"]
    if not (word.strip().isascii() and word.strip().isdigit()):
        raise CubeError(f"LUT_3D_SIZE needs a whole number, not {word[:40]!r}", line=line)
    size = int(word)
    if not SMALLEST <= size <= LARGEST:
        sizes = f"{SMALLEST} to {LARGEST} (FFmpeg; OpenColorIO to {LARGEST_WRITTEN})"
        raise CubeError(f"LUT_3D_SIZE {word.strip()[:20]}: readers take {sizes}", line=line)
    return size


def _domain(header: _Header) -> NDArray[np.float64]:
    """Return the low and high end of each channel, ``(2, 3)``."""
    domain = np.array([[0.0] * 3, [1.0] * 3])
    line = 0
    for row, word in enumerate(("DOMAIN_MIN", "DOMAIN_MAX")):
        if word in header:
            line = header[word][0]
            domain[row] = _numbers(*header[word], count=3, what=word)
    if "LUT_3D_INPUT_RANGE" in header:
        if line:
            raise CubeError("both DOMAIN and LUT_3D_INPUT_RANGE: which one holds is undefined", line=line)
        line = header["LUT_3D_INPUT_RANGE"][0]
        domain[:] = np.array(_numbers(*header["LUT_3D_INPUT_RANGE"], count=2, what="LUT_3D_INPUT_RANGE"))[:, None]
    if (domain[0] >= domain[1]).any():
        raise CubeError("the domain's low end is not below its high end", line=line)
    return domain


def _read_rows(lines: Sequence[str], start: int, size: int) -> NDArray[np.float32]:
    """Return the values ``(size ** 3, 3)``. All rows are parsed at once; line by line only to locate an error."""
    body = [line for line in lines[start:] if line]
    if len(body) == size**3:
        rows = [line.split() for line in body]
        text = "".join(body)
        # float() would also accept digits of other scripts, and underscores between digits.
        if all(len(row) == 3 for row in rows) and text.isascii() and "_" not in text:
            try:
                values = np.fromiter(map(float, chain.from_iterable(rows)), np.float64, 3 * len(rows))
            except ValueError:
                values = np.array([np.nan])
            if np.isfinite(values).all() and abs(values).max() <= _LARGEST_VALUE:
                return values.astype(np.float32).reshape(-1, 3)
    raise _row_error(lines, start, size)


def _row_error(lines: Sequence[str], start: int, size: int) -> CubeError:
    """Return the first error in the rows."""
    count, last = 0, start
    for number, line in enumerate(lines[start:], start + 1):
        if not line:
            continue
        try:
            _numbers(number, line, count=3, what="a row")
        except CubeError as error:
            return error
        count, last = count + 1, number
        if count > size**3:
            return CubeError(f"one row too many: size {size} has {size**3} rows", line=number)
    return CubeError(f"size {size} needs {size**3} rows, and only {count} are here", line=last)


def _numbers(line: int, text: str, *, count: int, what: str) -> list[float]:
    words = text.split()
    if not all(map(_is_number, words)) or len(words) != count:
        hint = " (a decimal point, not a comma)" if "," in text else ""
        raise CubeError(f"{what} needs {count} numbers{hint}, not {text.strip()[:40]!r}", line=line)
    values = [float(word) for word in words]
    if not all(isfinite(value) and abs(value) <= _LARGEST_VALUE for value in values):
        raise CubeError(f"{what} needs finite numbers, not {text.strip()[:40]!r}", line=line)
    return values


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return word.isascii() and "_" not in word


def _ascii_title(title: str) -> str:
    """Return the title on one line, without accents, quotes, or anything else but printable ASCII."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    printable = "".join(character if character.isprintable() else " " for character in plain if character != '"')
    return " ".join(printable.split())[:TITLE_LENGTH].rstrip()
