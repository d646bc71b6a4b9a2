"""Values in FCP7 XML: numbers, booleans, rates, timecodes, and elements as metadata.

Source: Apple, "Final Cut Pro XML Interchange Format", chapters "Elements Catalog" and "Frame Rates".
"""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from otiograde.record.clock import NTSC, BadTime, dropped, exact_rate, nominal

#: A number of which an editor's file may consist. Longer ones are no frame numbers.
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{0,15})?")

#: A timecode. ``;``, ``,`` and ``.`` before the frames mean drop-frame.
_TIMECODE = re.compile(r"(\d{1,3})[:;](\d\d)[:;](\d\d)([:;,.])(\d{1,3})")


def text(element: Element, path: str) -> str:
    """Return the text of a subelement without its margins; empty if it is missing."""
    return (element.findtext(path) or "").strip()


def number(element: Element, path: str) -> Fraction | None:
    """Return the number in a subelement, or None."""
    return _number(element.findtext(path) or "")


@lru_cache(maxsize=4096)
def _number(digits: str) -> Fraction | None:
    """Parse a number; None for any other text.

    >>> _number(" 12 "), _number("nan")
    (Fraction(12, 1), None)
    """
    stripped = digits.strip()
    return Fraction(stripped) if _NUMBER.fullmatch(stripped) else None


def is_true(element: Element, path: str) -> bool:
    """Tell whether a subelement says yes."""
    return text(element, path).casefold() in {"true", "1", "yes"}


def is_false(element: Element, path: str) -> bool:
    """Tell whether a subelement says no."""
    return text(element, path).casefold() in {"false", "0", "no"}


def rate_of(element: Element, inherited: Fraction | None) -> Fraction | None:
    """Return the rate of an element in frames a second, else the one that it inherits.

    ``ntsc`` means 1000/1001 of the timebase. 25 and 50 frames a second have no such variant.
    """
    stated = element.find("rate")
    timebase = None if stated is None else number(stated, "timebase")
    if stated is None or timebase is None or not 0 < timebase <= 100_000:
        return inherited
    if timebase.denominator != 1:  # 29.97 instead of 30 and ntsc
        try:
            return exact_rate(float(timebase))
        except BadTime:
            return inherited
    if stated.find("ntsc") is None and inherited is not None and nominal(inherited) == timebase:
        return inherited
    return timebase * NTSC if is_true(stated, "ntsc") and timebase % 25 else timebase


def timecode(element: Element, rate: Fraction) -> Fraction | None:
    """Return the start timecode of a file or sequence in its frames, ``rate`` a second; None if it states none.

    Labels count whole frames: 01:00:00:00 at 24 is frame 90000 of media at 25.
    """
    stated = element.find("timecode")
    if stated is None:
        return None
    label_rate = rate_of(stated, rate) or rate
    frame = number(stated, "frame")
    if frame is None:
        frame = _frame_of(text(stated, "string"), nominal(label_rate), drop=text(stated, "displayformat") == "DF")
    return None if frame is None else frame * nominal(rate) / nominal(label_rate)


def _frame_of(label: str, base: int, *, drop: bool) -> Fraction | None:
    """Return the frame number of a timecode that counts ``base`` frames a second; None for any other text.

    >>> _frame_of("00:01:00;02", 30, drop=False)
    Fraction(1800, 1)
    """
    match = _TIMECODE.fullmatch(label)
    if not match:
        return None
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    count = ((60 * hours + minutes) * 60 + seconds) * base + frames
    drops = (drop or match[4] != ":") and base in {30, 60}
    return Fraction(dropped(count, base) if drops else count)


def metadata(element: Element, without: Collection[str] = ()) -> dict[str, Any]:
    """Return an element's attributes (``@name``) and subelements as JSON values.

    A subelement without children is its text. Several of one name are a list.
    """
    values: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    repeated = set()
    for child in element:
        tag = child.tag
        if tag in without or not isinstance(tag, str):
            continue
        value = metadata(child) if len(child) else child.text
        if tag in repeated:
            values[tag].append(value)
        elif tag in values:
            values[tag] = [values[tag], value]
            repeated.add(tag)
        else:
            values[tag] = value
    return values
