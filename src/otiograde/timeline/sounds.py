"""Sounds: from an audio clip where it is heard to the seconds of its file that are heard."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction

from otiograde.record.clock import BadTime, span
from otiograde.record.edit import Skip, Sound
from otiograde.timeline.library import Library, NoMedia
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.shots import origins
from otiograde.timeline.tree import Use, reference_of


def sounds_of(found: Iterable[Use | Skip], library: Library, notes: Notes) -> tuple[Sound, ...]:
    """Make the sounds of the audio clips that were found; one whose file is not there is noted, and silent."""
    sounds = []
    for use in found:
        if isinstance(use, Skip):
            continue
        try:
            place = library.place(use.clip)
        except NoMedia as no:
            notes.add(f"sound without a file is silent ({no.why})", one_line(use.name))
            continue
        if place.first is None:
            begin, view = _origin(use, library), use.view
            heard = (view.start - begin, view.length, view.at, view.lasts)
            sounds.append(Sound(use.name, place.path, *heard, use.where, view.speed))
    return tuple(sounds)


def _origin(use: Use, library: Library) -> Fraction:
    """Give the second of the clip's own time that the file begins at."""
    try:
        media = library.media(use.clip)
    except NoMedia:  # sound alone
        with suppress(BadTime, KeyError, TypeError):
            return span(reference_of(use.clip)["available_range"]).start
        return Fraction(0)
    places = origins(use, media)
    length = media.frames / media.rate
    return next((origin for origin in places if 0 <= use.view.start - origin < length), places[0])
