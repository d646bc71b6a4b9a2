"""Timecode: frames counted as hours, minutes, seconds and frames, with drop-frame. SMPTE ST 12-1, 5.2."""

from __future__ import annotations

from fractions import Fraction

from otiograde.record.clock import nominal, undropped


def can_drop(rate: Fraction) -> bool:
    """Whether drop-frame time code exists at this rate: only at 30000/1001 and 60000/1001."""
    return rate.denominator == 1001 and nominal(rate) in (30, 60)


def timecode(frame: int, rate: Fraction, *, drop: bool = False) -> str:
    """Return the time code of a frame, with ``;`` before the frames if it is drop-frame. It restarts after 24 hours."""
    base = nominal(rate)
    drop = drop and can_drop(rate)
    frame = (undropped(frame, base) if drop else frame) % (86400 * base)
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop else ':'}{frames:02}"
