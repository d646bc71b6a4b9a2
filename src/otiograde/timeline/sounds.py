"""Make sounds of audio clips: the seconds of a file that the edit plays."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction

from otiograde.record.clock import BadTime, span
from otiograde.record.edit import Skip, Sound
from otiograde.timeline.library import REFUSED, Library, NoMedia
from otiograde.timeline.origins import origins
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.tree import Use, reference_of


def sounds_of(uses: Iterable[Use | Skip], library: Library, notes: Notes) -> tuple[Sound, ...]:
    """Make sounds of the audio clips among ``uses``; one whose file is missing is noted, and silent."""
    sounds = []
    for use in uses:
        if isinstance(use, Skip):
            continue
        try:
            location = library.locate(use.clip)
        except NoMedia as reason:
            notes.add(f"sound without a file is silent ({reason.why})", one_line(use.name))
            continue
        if location.first is None:
            try:
                file_start, view = _file_start(use, library), use.view
            except NoMedia as reason:
                notes.add(f"sound that reads other files is silent ({reason.why})", one_line(use.name))
                continue
            times = (view.start - file_start, view.length, view.at, view.lasts)
            sounds.append(Sound(use.name, location.path, *times, use.where, view.speed))
    return tuple(sounds)


def _file_start(use: Use, library: Library) -> Fraction:
    """Return the time at which the file begins, in seconds of the clip. Raises ``NoMedia`` for refused media."""
    try:
        media = library.media(use.clip)
    except NoMedia as reason:
        if reason.what == REFUSED:
            raise
        # a file without pictures
        with suppress(BadTime, KeyError, TypeError):
            return span(reference_of(use.clip)["available_range"]).start
        return Fraction(0)
    candidates = origins(use.clip, use.view.start, use.trimmed.rate, media)
    length = media.frames / media.rate
    return next((origin for origin in candidates if 0 <= use.view.start - origin < length), candidates[0])
