"""Make shots of clips: the media frames that the edit shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from otiograde.record.clock import nearest
from otiograde.record.edit import Join, Skip
from otiograde.record.ids import Ids
from otiograde.record.shot import FrameRange, Media, Shot
from otiograde.timeline.library import Library, NoMedia
from otiograde.timeline.origins import origins
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.slates import slate_of
from otiograde.timeline.tree import ZERO, Use
from otiograde.timeline.wishes import wishes_of


@dataclass(frozen=True, slots=True)
class ShotMaker:
    """Makes a shot of each use of a clip, or a skip if it cannot be one."""

    library: Library
    #: The edit's rate, in frames a second.
    rate: Fraction
    ids: Ids
    notes: Notes

    def shot(self, use: Use) -> Shot | Skip:
        """Make a shot of a use, or a skip that says why it cannot be one."""
        record = use.view.record(self.rate)
        if record.count < 1:
            why = "it lasts less than half a frame of the edit"
            return Skip("bad range", use.name, why, use.track, record.start, record.count)
        try:
            media = self.library.media(use.clip)
            source, begin = self._source(use, media)
        except NoMedia as skip:
            return Skip(skip.what, use.name, skip.why, use.track, record.start, record.count)
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
            slate=slate_of(use.clip, use.name),
            seconds=(max(begin, ZERO), begin + use.view.length) if media.variable_rate else None,
        )

    def _source(self, use: Use, media: Media) -> tuple[FrameRange, Fraction]:
        """Return the visible media frames that exist, and the media time in seconds at which the use begins.

        Raises ``NoMedia`` if there are no such frames.
        """
        if media.kind == "still":
            return FrameRange(0, 1, media.rate), ZERO
        frames = max(media.frames, 0)
        ranges = []
        for origin in origins(use.clip, use.view.start, use.trimmed.rate, media):
            start = nearest((use.view.start - origin) * media.rate)
            end = nearest((use.view.start + use.view.length - origin) * media.rate)
            end = start + 1 if use.view.speed == 0 else max(end, start + 1)
            if start < frames and end > 0:
                if start < 0 or end > frames:
                    self.notes.add("range reaches outside the media, what exists is used", one_line(use.name))
                visible = FrameRange(max(start, 0), min(end, frames) - max(start, 0), media.rate)
                return visible, use.view.start - origin
            ranges.append((start, end - 1))
        first, last = ranges[0]
        raise NoMedia("bad range", f"it shows frames {first} to {last} of media that has frames 0 to {frames - 1}")


def with_shared(shots: Iterable[Shot], joins: Iterable[Join], rate: Fraction) -> tuple[Shot, ...]:
    """Note on each shot how many of its frames show a neighbor, too.

    A transition between shots that continue each other in one file shows no other frames than that file: the dissolve
    is in the pictures themselves, as in a finished movie. ``rate`` is the edit's, in frames a second.
    """
    shots = tuple(shots)
    by_path = {shot.where: shot for shot in shots}
    shared: dict[str, tuple[int, int]] = {}
    for join in joins:
        *holder, index = join.where
        before, after = (by_path.get((*holder, index + step)) for step in (-1, 1))
        if before is None or after is None or not _continues(before, after):
            continue
        tail, head = (nearest(frames * before.media.rate / rate) for frames in (join.before, join.after))
        shared[before.id] = (shared.get(before.id, (0, 0))[0], tail)
        shared[after.id] = (head, shared.get(after.id, (0, 0))[1])
    return tuple(replace(shot, shared=shared[shot.id]) if shot.id in shared else shot for shot in shots)


def _continues(before: Shot, after: Shot) -> bool:
    """Tell whether a shot begins in its file where another one ends."""
    normal = before.speed == after.speed == 1
    return normal and before.media.path == after.media.path and before.source.end == after.source.start
