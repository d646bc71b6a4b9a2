"""Take the account of an Avid Log Exchange file: each line of its data is a clip, and the clips follow one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

from otiograde.record.clock import BadTime, dropped, exact_rate, nominal
from otiograde.timeline.accounts import ZERO, Account, NoAccount, Part, account_of, labels, row

_CODE = re.compile(r"(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d\d)")


def account(text: str, rate: Fraction) -> Account:
    """Take the account of a log; ``rate`` is in frames a second, for a log that states none. Raises ``NoAccount``."""
    parts = row(_clips(text.splitlines(), rate))
    if not parts:
        raise NoAccount("it states no clip")
    return account_of("", [Part("V1", ZERO, sum((part.lasts for part in parts), ZERO), parts=parts)])


def _clips(lines: list[str], rate: Fraction) -> Iterator[Part]:
    """Yield the clips of a log."""
    section, columns = "", []
    for number, line in enumerate(lines, 1):
        fields = [field.strip() for field in line.split("\t")]
        if line.strip() in {"Heading", "Column", "Data"}:
            section = line.strip()
        elif section == "Heading" and fields[0] == "FPS" and len(fields) > 1:
            with suppress(BadTime, ValueError):
                rate = exact_rate(float(fields[1]))
        elif section == "Column" and any(fields):
            columns = fields
        elif section == "Data" and any(fields):
            values = dict(zip(columns, fields, strict=False))
            start, end = _seconds(values.get("Start"), rate), _seconds(values.get("End"), rate)
            duration = _seconds(values.get("Duration"), rate)
            lasts = duration if duration is not None else (end or ZERO) - (start or ZERO)
            name, file = values.get("Name") or "clip", values.get("Source File") or values.get("Source Path")
            names = labels(name, file, values.get("Tape"))
            yield Part(name, ZERO, max(lasts, ZERO), start or ZERO, place=f"line {number}", rate=rate, labels=names)


def _seconds(code: str | None, rate: Fraction) -> Fraction | None:
    """Return a timecode in seconds; None for anything else."""
    match = _CODE.fullmatch(code or "")
    if not match:
        return None
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    whole = nominal(rate)
    count = ((hours * 60 + minutes) * 60 + seconds) * whole + frames
    drops = match[4] != ":" and rate.denominator != 1 and whole % 30 == 0
    return (dropped(count, whole) if drops else count) / rate
