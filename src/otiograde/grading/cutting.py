"""Take a finished movie apart into its shots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.means.means import Means
from otiograde.media.frames import iter_thumbnails
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.shot import Media
from otiograde.survey.passages import SIZE, Passage, find_passages
from otiograde.timeline import Boundary, Reading, absolute, edit_of_movie

#: A shorter file is one shot, unless it is to be cut in any case.
SHORTEST_MOVIE = 5


def cut_movie(path: Path, reading: Reading = Reading(), means: Means = Means(), *, base: Path | None = None) -> Edit:
    """Read a video file as the edit of its shots: one clip a shot, a transition for each dissolve, fade and wipe.

    The notes say how many of each there are. Addresses are relative to ``base``, or absolute without it. Raises
    ``MediaError`` if the file cannot be decoded.
    """
    media = probe(absolute(path), encoding=reading.encoding)
    passages = passages_of(media, means)
    return edit_of_movie(media, [_boundary(passage) for passage in passages], reading, _remarks(path, passages), base)


def is_movie(path: Path, reading: Reading) -> bool:
    """Tell whether a video file is long enough to be taken apart. Raises ``MediaError``."""
    media = probe(absolute(path), encoding=reading.encoding)
    return media.kind == "video" and media.frames > SHORTEST_MOVIE * media.rate


def passages_of(media: Media, means: Means) -> list[Passage]:
    """Find the cuts, dissolves, fades and wipes of a video file. Raises ``MediaError``."""
    return list(find_passages(_watched(media, means))) if media.kind == "video" else []


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
