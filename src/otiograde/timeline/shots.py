"""Shots: from a clip where it is seen to the media frames that are seen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from otiograde.record.clock import BadTime, nearest, nominal, span
from otiograde.record.edit import Skip
from otiograde.record.ids import Ids
from otiograde.record.shot import FrameRange, Media, Shot
from otiograde.timeline.library import Library, NoMedia
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.tree import ZERO, Use, reference_of
from otiograde.timeline.wishes import wishes_of


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes shots of uses; a use that cannot be a shot becomes a skip."""

    library: Library
    rate: Fraction
    ids: Ids
    notes: Notes

    def shot(self, use: Use) -> Shot | Skip:
        """The shot that a use is, or why it is none."""
        record = use.view.record(self.rate)
        if record.count < 1:
            why = "it lasts less than half a frame of the edit"
            return Skip("bad range", use.name, why, use.track, record.start, record.count)
        try:
            media = self.library.media(use.clip)
            source, begin = self._source(use, media)
        except NoMedia as no:
            return Skip(no.what, use.name, no.why, use.track, record.start, record.count)
        return Shot(
            id=self.ids.new(use.name),
            name=use.name,
            media=media,
            source=source,
            record=record,
            track=use.track,
            where=use.where,
            speed=use.view.speed,
            wishes=wishes_of(use.clip.get("metadata"), use.marks, use.name, self.notes, self.library.file),
            seconds=(max(begin, ZERO), begin + use.view.length) if media.variable_rate else None,
        )

    def _source(self, use: Use, media: Media) -> tuple[FrameRange, Fraction]:
        """The media frames that are seen, clipped to those that exist, and the second at which the use begins.

        Raises ``NoMedia`` when there are none.
        """
        if media.kind == "still":
            return FrameRange(0, 1, media.rate), ZERO
        frames = max(media.frames, 0)
        asked = []
        for origin in origins(use, media):
            start = nearest((use.view.start - origin) * media.rate)
            end = nearest((use.view.start + use.view.length - origin) * media.rate)
            end = start + 1 if use.view.speed == 0 else max(end, start + 1)
            if start < frames and end > 0:
                if start < 0 or end > frames:
                    self.notes.add("range reaches outside the media, what exists is used", one_line(use.name))
                seen = FrameRange(max(start, 0), min(end, frames) - max(start, 0), media.rate)
                return seen, use.view.start - origin
            asked.append((start, end - 1))
        first, last = asked[0]
        raise NoMedia("bad range", f"it shows frames {first} to {last} of media that has frames 0 to {frames - 1}")


def origins(use: Use, media: Media) -> list[Fraction]:
    """Seconds of the clip's own time that media frame 0 may lie at, the likeliest first.

    What the edit calls the media's first time, else the number of a sequence's first image, else the media's start time
    code, else 0. The last two count when the first shows nothing, for edits that mix them up.
    """
    found = []
    reference = reference_of(use.clip)
    if reference.get("available_range"):
        with suppress(BadTime):
            found.append(span(reference["available_range"]).start)
    elif media.kind == "sequence":
        found.append(Fraction(media.first) / media.rate)
    if media.timecode:
        found.append(_timecode(use, media))
    ordered = [origin for origin in found if origin <= use.view.start] + [Fraction(0)]
    given = found[:1] if reference.get("available_range") else []
    return list(dict.fromkeys((*given, *ordered)))


def _timecode(use: Use, media: Media) -> Fraction:
    """The media's start time code in the clip's seconds.

    Time code counts whole frames: 01:00:00:00 is frame 108000 both at 30 and at 30000/1001. So it is carried from rate
    to rate by its label, not by its time, which would be 3.6 s off.
    """
    frames = Fraction(media.timecode) * nominal(use.own.rate) / nominal(media.rate)
    return frames / use.own.rate
