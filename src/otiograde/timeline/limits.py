"""Limits of what is read as an edit, checked before a parser spends memory and time on it.

A text takes up to thirty times its size as Python values: ``{}`` and its comma are 3 bytes in a file and 72 in memory.
A file of 2 MB must not take more than 1 GB, so what an archive unpacks to is measured against the archive.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from otiograde.errors import TimelineError
from otiograde.record.codec import DEEPEST
from otiograde.timeline.reading import one_line

#: Largest text, in bytes: an edit of some hundred thousand clips.
MOST_BYTES = 2**28

#: Deepest nesting of XML elements, and of lists and objects in the tree of an edit.
MOST_DEPTH = DEEPEST

#: Bytes and values that the edit in an archive may have, however small the archive is.
_FREE_BYTES, _FREE_VALUES = 2**25, 2_000_000

#: Bytes of the edit, at most, for each byte of a larger archive. One byte may stand for one value.
_GROWTH = 20

#: Longest time in XML, in seconds (thirty years), and the most characters of one.
_LONGEST, _MOST_CHARACTERS = 10**9, 64

#: An ASCII character as JSON may write it, and a schema that no file has: OTIO ends the whole process when it reads it.
_ESCAPED = re.compile(r"\\u00([0-7][0-9a-fA-F])")
_FATAL = re.compile(r'"OTIO_SCHEMA"\s*:\s*"UnknownSchema\b')

_NUMBER = re.compile(r"[-+]?[\d_]*[./]?[\d_]*(?:[eE][-+]?[\d_]+)?")


def check_size(path: Path) -> None:
    """Raise ``TimelineError`` for a text file that is too large to be an edit."""
    if (size := path.stat().st_size) > MOST_BYTES:
        raise TimelineError(f"{size >> 20} MiB of text, and at most {MOST_BYTES >> 20} are read")


def most_bytes(archive: int) -> int:
    """Return the size limit of the edit in an archive of ``archive`` bytes."""
    return min(max(_FREE_BYTES, _GROWTH * archive), MOST_BYTES)


def check_values(text: bytes, archive: int) -> None:
    """Raise ``TimelineError`` if JSON from an archive of ``archive`` bytes has too many values for its size."""
    if sum(map(text.count, (b",", b"{", b"["))) > max(_FREE_VALUES, archive):
        raise TimelineError(f"far more values in it than {archive} bytes of archive stand for")


def check_schemas(text: str) -> None:
    """Raise ``TimelineError`` if OTIO's JSON names ``UnknownSchema``, which OTIO keeps for itself, as a schema."""
    if _FATAL.search(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)):
        raise TimelineError("it has an object of the schema UnknownSchema, which no program writes")


def check_depth(tree: Any) -> None:
    """Raise ``TimelineError`` if lists and objects are nested too deeply. It does not recurse."""
    level = [tree]
    for _ in range(MOST_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise TimelineError(f"nested more than {MOST_DEPTH} deep")


def check_xml(document: bytes) -> None:
    """Raise ``TimelineError`` if elements are nested too deeply, or the text is in an encoding that nobody reads.

    Other faults are left to the reader.
    """
    depth = 0

    def start(_tag: str, _attributes: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise TimelineError(f"elements nested more than {MOST_DEPTH} deep")

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(document, True)
    except TimelineError:
        raise
    except expat.ExpatError:
        return
    except (LookupError, ValueError) as error:
        raise TimelineError(f"XML in an encoding that is not read ({one_line(error, 60)})") from None


def parse_xml(document: bytes) -> Element:
    """Parse XML in the encoding that it declares. Raises ``TimelineError`` if it is none, or nested too deeply."""
    check_xml(document)
    try:
        return ElementTree.fromstring(document)  # noqa: S314  (expat refuses entity bombs since 2.4)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise TimelineError(f"not XML ({one_line(error)})") from None


def xml_seconds(time: str) -> Fraction | None:
    """Parse a time such as ``1001/30000s`` or ``5s`` to seconds; None for anything else.

    Raises ``TimelineError`` for a time that is out of range: ``Fraction("1e999999999")`` would count for hours.

    >>> xml_seconds("1001/30000s")
    Fraction(1001, 30000)
    """
    text = time.strip().removesuffix("s")
    digits, _, exponent = text.lower().partition("e")
    if _NUMBER.fullmatch(text) and (len(digits) > _MOST_CHARACTERS or len(exponent) > 3):
        raise TimelineError(f"the time {one_line(time, 40)} is out of range")
    try:
        seconds = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    if abs(seconds) > _LONGEST:
        raise TimelineError(f"the time {one_line(time, 40)} is out of range")
    return seconds
