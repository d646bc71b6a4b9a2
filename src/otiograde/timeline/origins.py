"""The time at which media begins, in the time of a clip: by the edit, by the media's timecode, or 0."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction

from otiograde.record.clock import BadTime, dropped, nearest, nominal, span, undropped
from otiograde.record.shot import Media
from otiograde.timeline.tree import Item, reference_of


def origins(clip: Item, start: Fraction, rate: Fraction, media: Media) -> list[Fraction]:
    """Return the times, in seconds of the clip, at which media frame 0 may lie, the most likely first.

    ``start`` is the first visible second of the clip, and ``rate`` its frames a second. The candidates are the start of
    the edit's available range (else the number of a sequence's first image), the media's start timecode, and 0. The
    later ones serve edits that mix these up: they are tried if the first one shows nothing.
    """
    candidates = []
    reference = reference_of(clip)
    if reference.get("available_range"):
        with suppress(BadTime):
            candidates.append(span(reference["available_range"]).start)
    elif media.kind == "sequence":
        candidates.append(Fraction(media.first) / media.rate)
    if media.timecode:
        candidates.append(timecode_origin(clip, start, rate, media))
    plausible = [origin for origin in candidates if origin <= start] + [Fraction(0)]
    stated = candidates[:1] if reference.get("available_range") else []
    return list(dict.fromkeys((*stated, *plausible)))


def timecode_origin(clip: Item, start: Fraction, rate: Fraction, media: Media) -> Fraction:
    """Return the media's start timecode in seconds of the clip.

    Timecode counts whole frames: 01:00:00:00 is frame 108000 both at 30 and at 30000/1001. So its label is converted
    from rate to rate; converting its time would be 3.6 s off. A list of events has labels, too. The label of the first
    visible frame is found in the media, which may count at another rate, with or without drops.
    """
    counted = _drop_frame(clip)
    if counted is None:
        return Fraction(media.timecode) * nominal(rate) / nominal(media.rate) / rate
    frame, base, media_base = nearest(start * rate), nominal(rate), nominal(media.rate)
    seconds, rest = divmod(undropped(frame, base) if counted else frame, base)
    label = seconds * media_base + Fraction(rest * media_base, base)
    whole = label.numerator // label.denominator
    first = label + dropped(whole, media_base) - whole if media.drop_frame else label
    return Fraction(frame) / rate - (first - media.timecode) / media.rate


def _drop_frame(clip: Item) -> bool | None:
    """Tell whether a list counts the source timecode of a clip with drops; None if the clip has no such timecode."""
    cmx = (clip.get("metadata") or {}).get("cmx_3600")
    drop = cmx.get("drop_frame") if isinstance(cmx, Mapping) else None
    return drop if isinstance(drop, bool) else None
