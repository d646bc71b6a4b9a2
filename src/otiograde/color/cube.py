"""Parse and format the .cube text of a 3-D LUT: Adobe's "Cube LUT Specification 1.0" and the keywords of Resolve.

Parsing accepts what is unambiguous. It refuses what other readers silently get wrong, and names the line. Formatting
keeps to what every reader accepts: ASCII, LF, no BOM, no DOMAIN lines for 0 to 1, keywords first, red fastest.

Resolve's ``LUT_IN_VIDEO_RANGE`` and ``LUT_OUT_VIDEO_RANGE`` say that a LUT takes or gives video range: codes 64 to 940
of 10 bits stand for black and white (DaVinci Resolve, Developer/LUT/README). A code value x of full range is then
(64 + 876 x) / 1023 in the LUT. So the ends d of its domain, or its values, become (1023 d - 64) / 876. That is exact,
because interpolation commutes with a straight line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import isfinite

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.lut import LARGEST, SMALLEST, Lut3D
from otiograde.errors import CubeError

#: The largest size that OpenColorIO reads. The specification and FFmpeg share the limit of ``Lut3D``.
LARGEST_WRITTEN = 129
#: The most rows of a 1-D LUT (both specifications).
LARGEST_SHAPER = 65536
#: The longest line that is not a comment, in characters (the specification's figure).
LINE_LENGTH = 250
TITLE_LENGTH = 80

_VIDEO_IN, _VIDEO_OUT = "LUT_IN_VIDEO_RANGE", "LUT_OUT_VIDEO_RANGE"
_KEYWORDS = (
    "TITLE", "LUT_3D_SIZE", "LUT_1D_SIZE", "DOMAIN_MIN", "DOMAIN_MAX", "LUT_3D_INPUT_RANGE", "LUT_1D_INPUT_RANGE",
    _VIDEO_IN, _VIDEO_OUT,
)  # fmt: skip

#: What a keyword looks like. OpenColorIO reads lower case, too.
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: An unknown keyword with one of these in it may change what the numbers mean.
_MEANING = re.compile("SIZE|RANGE|DOMAIN")

#: The largest float32: a lattice holds nothing larger.
_LARGEST_VALUE = float(np.finfo(np.float32).max)
#: How far a straight line of six decimals may stray, as a share of its rise.
_STRAIGHT = 2e-6


@dataclass(frozen=True, slots=True)
class Cube:
    """A .cube text as it was read."""

    lut: Lut3D
    #: What was skipped or converted, for people.
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Header:
    """The lines before the rows."""

    #: Keyword -> the number of its line, and the rest of that line.
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: The keywords that nobody here reads, with their lines.
    unknown: list[str] = field(default_factory=list)
    #: Index of the first row of numbers.
    start: int = 0

    def line(self, *words: str) -> int:
        """Return the number of the last line with one of these keywords, 0 if there is none."""
        return max((self.lines[word][0] for word in words if word in self.lines), default=0)


@dataclass(frozen=True, slots=True)
class _Table:
    """How many rows a text must have."""

    #: Nodes on a side.
    size: int
    #: Rows of the 1-D LUT before them.
    shaper: int

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.shaper + self.size**3

    def __str__(self) -> str:
        return f"size {self.size}" + (f" with a 1-D shaper of {self.shaper}" if self.shaper else "")


def parse_cube(text: str) -> Lut3D:
    """Return the 3-D LUT that a .cube text describes, on code values of full range. ``parse_noted`` gives notes, too.

    Raises ``CubeError`` as ``parse_noted`` does.
    """
    return parse_noted(text).lut


def parse_noted(text: str) -> Cube:
    """Return the 3-D LUT that a .cube text describes, and notes on what was skipped or converted.

    A LUT of video range becomes one of full range. A 1-D shaper that is a straight line becomes part of the domain.
    An unknown keyword is skipped unless its name is about size, range or domain.

    Raises ``CubeError`` with the line for UTF-16 or binary text, a 1-D LUT, a bent 1-D shaper, a repeated keyword, a
    size outside 2 to 256, a wrong number of rows, a row without three finite numbers, and an empty domain.
    """
    notes = []
    for mark in ("\ufeff", "ï»¿"):
        if text.startswith(mark):
            text = text.removeprefix(mark)
            notes.append("begins with a byte order mark, at which FFmpeg and OpenColorIO may stop")
            break
    if "\0" in text:
        raise CubeError("holds NUL characters: UTF-16 or binary, where a .cube is plain ASCII", line=1)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [_stripped(number, line) for number, line in enumerate(lines, 1)]
    header = _read_header(lines)
    table = _table(header)
    rows = _read_rows(lines, header.start, table)
    domain = _domain(header)
    if table.shaper:
        domain = _through_shaper(header, domain, rows[: table.shaper])
    if _VIDEO_IN in header.lines:
        domain = _full_range(domain)
    values = rows[table.shaper :]
    values = _full_range(values) if _VIDEO_OUT in header.lines else values
    if not (np.isfinite(domain).all() and (domain[0] < domain[1]).all() and abs(values).max() <= _LARGEST_VALUE):
        raise CubeError("its range leaves what numbers of 32 bits hold")
    title = header.lines.get("TITLE", (0, ""))[1].strip().strip('"')
    lattice = values.astype(np.float32).reshape(table.size, table.size, table.size, 3)
    return Cube(Lut3D(lattice, domain=domain, title=title), (*notes, *_notes(header, table)))


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


def _read_header(lines: Sequence[str]) -> _Header:
    header = _Header(start=len(lines))
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        word, _, rest = line.replace("\t", " ").partition(" ")
        if word[0] in "+-.0123456789" or _is_number(word):
            header.start = number - 1
            return header
        if not _WORD.fullmatch(word):
            raise CubeError(f"neither a keyword nor numbers: {word[:40]!r}", line=number)
        keyword = word.upper()
        if keyword in header.lines:
            raise CubeError(f"repeats {keyword} of line {header.lines[keyword][0]}", line=number)
        if keyword in (_VIDEO_IN, _VIDEO_OUT) and rest.strip():
            raise CubeError(f"{keyword} stands alone in its line, without {rest.strip()[:40]!r}", line=number)
        if keyword in _KEYWORDS:
            header.lines[keyword] = (number, rest)
        elif _MEANING.search(keyword):
            why = "changes what the numbers mean, and only its own program knows how"
            raise CubeError(f"unknown keyword {word[:40]!r} {why}: export without it", line=number)
        else:
            header.unknown.append(f"{word[:40]} (line {number})")
    return header


def _notes(header: _Header, table: _Table) -> list[str]:
    """Return what was skipped or converted, one sentence each."""
    notes = []
    for word, what in ((_VIDEO_IN, "input"), (_VIDEO_OUT, "output")):
        if word in header.lines:
            notes.append(f"{word}: its {what} is in video range (codes 64 to 940 of 10 bits), converted to full range")
    if table.shaper:
        notes.append("its 1-D shaper is a straight line, read as the range of the 3-D LUT")
    elif "LUT_1D_INPUT_RANGE" in header.lines:
        notes.append("LUT_1D_INPUT_RANGE is skipped, since there is no 1-D LUT")
    if header.unknown:
        first, more = header.unknown[:3], len(header.unknown) - 3
        words = f"{', '.join(first)}" + (f" and {more} more" if more > 0 else "")
        notes.append(f"unknown keyword skipped: {words}")
    return notes


def _table(header: _Header) -> _Table:
    """Return the sizes in the header. Raises ``CubeError``."""
    if "LUT_3D_SIZE" not in header.lines:
        if "LUT_1D_SIZE" in header.lines:
            raise CubeError("a 1-D LUT, where a 3-D LUT is needed: export it as one", line=header.line("LUT_1D_SIZE"))
        raise CubeError("has no LUT_3D_SIZE line: not a .cube of a 3-D LUT")
    line, size = header.line("LUT_3D_SIZE"), _whole(header.lines, "LUT_3D_SIZE")
    if not SMALLEST <= size <= LARGEST:
        sizes = f"{SMALLEST} to {LARGEST} (FFmpeg; OpenColorIO to {LARGEST_WRITTEN})"
        raise CubeError(f"LUT_3D_SIZE {str(size)[:20]}: readers take {sizes}", line=line)
    if "LUT_1D_SIZE" not in header.lines:
        return _Table(size, 0)
    line, shaper = header.line("LUT_1D_SIZE"), _whole(header.lines, "LUT_1D_SIZE")
    if not 2 <= shaper <= LARGEST_SHAPER:
        raise CubeError(f"LUT_1D_SIZE {str(shaper)[:20]}: readers take 2 to {LARGEST_SHAPER}", line=line)
    if line := header.line("DOMAIN_MIN", "DOMAIN_MAX"):
        raise CubeError("DOMAIN with a 1-D shaper: which of the two LUTs it is for is undefined", line=line)
    return _Table(size, shaper)


def _whole(lines: Mapping[str, tuple[int, str]], keyword: str) -> int:
    line, rest = lines[keyword]
    word = rest.strip()
    if not (word.isascii() and word.isdigit()):
        raise CubeError(f"{keyword} needs a whole number, not {word[:40]!r}", line=line)
    return int(word)


def _domain(header: _Header) -> Float64:
    """Return the low and high end of each channel of the 3-D LUT, ``(2, 3)``."""
    domain = np.array([[0.0] * 3, [1.0] * 3])
    line = header.line("DOMAIN_MIN", "DOMAIN_MAX")
    for row, word in enumerate(("DOMAIN_MIN", "DOMAIN_MAX")):
        if word in header.lines:
            domain[row] = _numbers(*header.lines[word], count=3, what=word)
    if "LUT_3D_INPUT_RANGE" in header.lines:
        if line:
            raise CubeError("both DOMAIN and LUT_3D_INPUT_RANGE: which one holds is undefined", line=line)
        line = header.line("LUT_3D_INPUT_RANGE")
        domain[:] = np.array(_range(header, "LUT_3D_INPUT_RANGE"))[:, None]
    if (domain[0] >= domain[1]).any():
        raise CubeError("the domain's low end is not below its high end", line=line)
    return domain


def _range(header: _Header, keyword: str) -> list[float]:
    return _numbers(*header.lines[keyword], count=2, what=keyword)


def _through_shaper(header: _Header, domain: Float64, rows: Float64) -> Float64:
    """Return the domain as the values before a 1-D shaper, which must be a straight line over all of it.

    The shaper holds ``rows`` at equal steps of LUT_1D_INPUT_RANGE, and keeps its ends outside. A bent shaper followed
    by a lattice is no lattice; baking both into one would be an approximation.
    """
    line = header.line("LUT_1D_SIZE")
    low, high = _range(header, "LUT_1D_INPUT_RANGE") if "LUT_1D_INPUT_RANGE" in header.lines else (0.0, 1.0)
    if low >= high:
        raise CubeError("the range's low end is not below its high end", line=header.line("LUT_1D_INPUT_RANGE"))
    first, rise = rows[0], rows[-1] - rows[0]
    stray = abs(rows - (first + np.linspace(0, 1, len(rows))[:, None] * rise)).max(axis=0)
    if (rise <= 0).any() or (stray > _STRAIGHT * rise).any():
        why = "a bent 1-D shaper before the 3-D LUT, which no single lattice can hold"
        raise CubeError(f"{why}: export the LUT without a shaper", line=line)
    with np.errstate(over="ignore", invalid="ignore"):
        places = (domain - first) / rise
        before: Float64 = low + places * (high - low)
    if (places[0] < -_STRAIGHT).any() or (places[1] > 1 + _STRAIGHT).any():
        raise CubeError("the 1-D shaper cuts off a part of the 3-D LUT: export it without a shaper", line=line)
    return before


def _full_range(codes: Float64) -> Float64:
    """Return code values of video range as code values of full range."""
    return (1023 * codes - 64) / 876


def _read_rows(lines: Sequence[str], start: int, table: _Table) -> Float64:
    """Return the values ``(rows, 3)``. All rows are parsed at once; line by line only to locate an error."""
    body = [line for line in lines[start:] if line]
    if len(body) == table.rows:
        rows = [line.split() for line in body]
        text = "".join(body)
        # float() would also accept digits of other scripts, and underscores between digits.
        if all(len(row) == 3 for row in rows) and text.isascii() and "_" not in text:
            try:
                values = np.fromiter(map(float, chain.from_iterable(rows)), np.float64, 3 * len(rows))
            except ValueError:
                values = np.array([np.nan])
            if np.isfinite(values).all() and abs(values).max() <= _LARGEST_VALUE:
                return values.reshape(-1, 3)
    raise _row_error(lines, start, table)


def _row_error(lines: Sequence[str], start: int, table: _Table) -> CubeError:
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
        if count > table.rows:
            return CubeError(f"one row too many: {table} has {table.rows} rows", line=number)
    return CubeError(f"{table} needs {table.rows} rows, and only {count} are here", line=last)


def _numbers(line: int, text: str, *, count: int, what: str) -> list[float]:
    words = text.split()
    if not all(map(_is_number, words)) or len(words) != count:
        listed = re.search(r",\s", text)
        hint = (
            " (spaces between them, no commas)" if listed else " (a decimal point, not a comma)" if "," in text else ""
        )
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
