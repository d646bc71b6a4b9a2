"""How well a media file fits a clip: tells files of one name apart by timecode, duration and picture size."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any, TypeAlias

from otiograde.record.clock import BadTime, Span, nearest, nominal, span
from otiograde.record.shot import Media
from otiograde.timeline.origins import origins, timecode_origin
from otiograde.timeline.reading import Notes
from otiograde.timeline.speeds import speed_of
from otiograde.timeline.tree import Item, reference_of

#: Deepest metadata in which the size of a picture is looked for.
MOST_DEPTH = 6

#: Greater is better: the timecode holds the clip, the stated range and the stated size agree, something is shown.
Likeness: TypeAlias = tuple[bool, int, bool, bool]

#: Of what is no media at all.
UNLIKE: Likeness = (False, -1, False, False)


def likeness(clip: Item, media: Media | None) -> Likeness:
    """Return how well media fits a clip; a greater value fits better."""
    if media is None:
        return UNLIKE
    trimmed = _span(clip.get("source_range"))
    held = shown = False
    if trimmed is not None and media.kind != "still":
        lasts = nearest(trimmed.length * abs(speed_of(clip, Notes())) * media.rate)
        if media.timecode:
            origin = timecode_origin(clip, trimmed.start, trimmed.rate, media)
            start = nearest((trimmed.start - origin) * media.rate)
            held = 0 <= start < media.frames and start + lasts <= media.frames + 1
        for origin in origins(clip, trimmed.start, trimmed.rate, media):
            start = nearest((trimmed.start - origin) * media.rate)
            shown = shown or (start < media.frames and start + max(lasts, 1) > 0)
    return held, _agreeing(clip, media), _stated_size(clip) == (media.width, media.height), shown


def _span(time_range: Any) -> Span | None:
    """Return a range; None for one that cannot be used."""
    with suppress(BadTime, KeyError, TypeError, AttributeError):
        return span(time_range)
    return None


def _agreeing(clip: Item, media: Media) -> int:
    """Count in what the edit's word for the whole media agrees with it: start timecode and duration."""
    available = _span(reference_of(clip).get("available_range"))
    if available is None or media.kind == "still":
        return 0
    label = Fraction(media.timecode) * nominal(available.rate) / nominal(media.rate) / available.rate
    starts = bool(media.timecode) and abs(label - available.start) * media.rate < 1
    return starts + (abs(available.length * media.rate - media.frames) <= 1)


def _stated_size(clip: Item) -> tuple[int, int] | None:
    """Return the width and height of the picture that the metadata of a clip or its media states, if any does."""
    level: list[Any] = [reference_of(clip).get("metadata"), clip.get("metadata")]
    for _ in range(MOST_DEPTH):
        mappings = [value for value in level if isinstance(value, Mapping)]
        for mapping in mappings:
            with suppress(TypeError, ValueError, KeyError):
                return int(mapping["width"]), int(mapping["height"])
        level = [value for mapping in mappings for value in mapping.values()]
    return None
