"""Make an edit of a finished movie: one clip for each of its shots, all in the one file.

A dissolve of the movie is in its pictures. In the edit it is a transition between two clips that continue each other:
both sides show the same frames, so that only their grades dissolve.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from otiograde.record.edit import Edit
from otiograde.record.shot import Media
from otiograde.timeline import schemas
from otiograde.timeline.addresses import Locator
from otiograde.timeline.clips import ProbedFiles, address_of
from otiograde.timeline.read import edit_of
from otiograde.timeline.reading import Notes, Reading, escaped
from otiograde.timeline.schemas import Object, rational_time, time_range

#: OTIO's name of a transition that is no wipe and no effect.
DISSOLVE = "SMPTE_Dissolve"


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where one shot of a movie ends and the next begins, in frames of the movie."""

    #: First frame of the new shot.
    first: int
    #: Frames before and from ``first`` on that show both shots, or neither.
    before: int = 0
    after: int = 0


def edit_of_movie(
    media: Media,
    boundaries: Sequence[Boundary],
    reading: Reading,
    remarks: Iterable[str] = (),
    base: Path | None = None,
) -> Edit:
    """Make an edit of a probed video file and the boundaries of its shots, which ascend.

    Clips are named after the file, with a number. The ``remarks`` become the edit's first notes. Addresses are relative
    to ``base``, or absolute without it. Raises ``TimelineError`` if ``reading`` names an unknown shot.
    """
    name, notes = escaped(media.path.stem), Notes()
    for remark in remarks:
        notes.add(remark)
    track = schemas.track("V1", "Video", clips_of_movie(media, boundaries, base))
    tracks = schemas.stack("tracks", [track, *_sound(media, name, base)])
    timeline = schemas.timeline(name, tracks, rational_time(0, media.rate))
    return edit_of(timeline, Locator(base or Path()), name, reading, ProbedFiles({media.path: media}), notes=notes)


def clips_of_movie(media: Media, boundaries: Sequence[Boundary], base: Path | None = None) -> list[Object]:
    """Make the clips of a movie and the transitions between them: the parts of ``edit_of_movie``."""
    name, address = escaped(media.path.stem), address_of(media.path, base)
    firsts = [0, *(boundary.first for boundary in boundaries)]
    ends = [*firsts[1:], media.frames]
    digits = max(2, len(str(len(firsts))))
    items: list[Object] = []
    for number, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        if number and (between := boundaries[number - 1]).before + between.after:
            items.append(schemas.transition(DISSOLVE, between.before, between.after, media.rate))
        items.append(_clip(media, f"{name}_{number + 1:0{digits}d}", address, first, end - first))
    return items


def _clip(media: Media, name: str, address: str, first: int, count: int) -> Object:
    """Make a clip of some frames of the movie; its times count from the start timecode."""
    whole = time_range(media.timecode, media.frames, media.rate)
    reference = schemas.external(address, whole, media.path.name)
    return schemas.clip(name, reference, time_range(media.timecode + first, count, media.rate))


def _sound(media: Media, name: str, base: Path | None) -> list[Object]:
    """Make the track of the movie's sound, which is not cut."""
    if not media.audio:
        return []
    clip = _clip(media, name, address_of(media.path, base), 0, media.frames)
    return [schemas.track("A1", "Audio", [clip])]
