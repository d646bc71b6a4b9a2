"""Take a finished movie apart into its shots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.errors import MediaError
from otiograde.means.means import Means
from otiograde.media.frames import iter_thumbnails
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.shot import Media
from otiograde.survey.passages import SIZE, Passage, find_passages
from otiograde.timeline import Boundary, Reading, absolute, edit_of_clips, edit_of_movie

#: A shorter file is one shot, unless it is to be cut in any case.
SHORTEST_MOVIE = 5


def cut_movie(path: Path, reading: Reading = Reading(), means: Means = Means(), *, base: Path | None = None) -> Edit:
    """Read a video file as the edit of its shots: one clip a shot, a transition for each dissolve, fade and wipe.

    The notes say how many of each there are. Addresses are relative to ``base``, or absolute without it. Raises
    ``MediaError`` if the file cannot be decoded.
    """
    return _edit_of_shots(probe(absolute(path), encoding=reading.encoding_of(path)), reading, means, base)


def edit_of_files(paths: Sequence[Path], reading: Reading, means: Means) -> Edit:
    """Read media files as an edit of clips; one movie alone as the edit of its shots, as ``reading.cuts`` says.

    Raises ``TimelineError`` as ``edit_of_clips`` does. A file that cannot be read is a skip there.
    """
    if len(paths) == 1 and paths[0].is_file() and reading.cuts != "off":
        with suppress(MediaError):
            media = probe(absolute(paths[0]), encoding=reading.encoding_of(paths[0]))
            if reading.cuts == "always" or media.frames > SHORTEST_MOVIE * media.rate:
                edit = _edit_of_shots(media, reading, means, None)
                if len(edit.shots) > 1:
                    return edit
    return edit_of_clips(paths, reading, probe)


def _edit_of_shots(media: Media, reading: Reading, means: Means, base: Path | None) -> Edit:
    """Make the edit of a probed file's shots. Raises ``MediaError``."""
    passages = list(find_passages(_watched(media, means))) if media.kind == "video" else []
    boundaries = [_boundary(passage) for passage in passages]
    return edit_of_movie(media, boundaries, reading, _remarks(media.path, passages), base)


def _watched(media: Media, means: Means) -> Iterator[NDArray[np.uint8]]:
    for done, thumbnail in enumerate(iter_thumbnails(media, SIZE), 1):
        yield thumbnail
        if done % 100 == 0 or done == media.frames:
            means.progress("cuts", done, media.frames)


def _boundary(passage: Passage) -> Boundary:
    """Return where the edit changes from one shot to the next: in the middle of a dissolve, a fade or a wipe."""
    middle = passage.middle
    if passage.kind == "cut":
        return Boundary(middle)
    return Boundary(middle, middle - passage.first, passage.last + 1 - middle)


def _remarks(path: Path, passages: list[Passage]) -> Iterator[str]:
    """Say how many passages there are of each kind."""
    counts = Counter(passage.kind for passage in passages)
    counted = (f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(counts.items()))
    yield f"{path.name}: {', '.join(counted) or 'no cut'} (--cuts off keeps it whole)"
