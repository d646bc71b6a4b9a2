"""Take a finished movie apart into its shots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from otiograde.errors import MediaError, ToolNotFoundError
from otiograde.grading.remembering import remembering_probe
from otiograde.means.means import Means
from otiograde.media.frames import iter_thumbnails
from otiograde.record.edit import Edit
from otiograde.record.shot import Media
from otiograde.survey.passages import Passage, find_passages
from otiograde.survey.thumbnails import SIZE
from otiograde.timeline import (
    Boundary,
    Notes,
    Probe,
    Reading,
    Sidecars,
    absolute,
    clips_of_movie,
    edit_of_clips,
    edit_of_movie,
    with_sidecars,
)

#: A shorter file is one shot, unless it is to be cut in any case.
SHORTEST_MOVIE = 5
#: How a file that is taken apart stays one shot.
WHOLE = " (--cuts off keeps it whole)"


def cut_movie(path: Path, reading: Reading = Reading(), means: Means = Means(), *, base: Path | None = None) -> Edit:
    """Read a video file as the edit of its shots: one clip a shot, a transition for each dissolve, fade and wipe.

    The notes say how many of each there are. Addresses are relative to ``base``, or absolute without it. Raises
    ``MediaError`` if the file cannot be decoded.
    """
    return _edit_of_shots(_probed(path, reading, remembering_probe(means.cache)), reading, means, base)


def edit_of_files(paths: Sequence[Path], reading: Reading, means: Means) -> Edit:
    """Read media files as an edit of clips; one movie alone as the edit of its shots, as ``reading.cuts`` says.

    With ``always``, each of several movies is taken apart. Raises ``TimelineError`` as ``edit_of_clips`` does. A file
    that cannot be read is a skip there.
    """
    probe = remembering_probe(means.cache)
    if len(paths) == 1 and paths[0].is_file() and reading.cuts != "off":
        with suppress(MediaError):
            media = _probed(paths[0], reading, probe)
            if reading.cuts == "always" or media.frames > SHORTEST_MOVIE * media.rate:
                edit = _edit_of_shots(media, reading, means, None, WHOLE)
                if len(edit.shots) > 1:
                    return edit
    if reading.cuts != "always":
        return edit_of_clips(paths, reading, probe)

    def divide(media: Media, notes: Notes) -> Sequence[dict[str, Any]]:
        with suppress(MediaError):
            boundaries, remark = _boundaries(media, means)
            notes.add(remark + (WHOLE if boundaries else ""))
            return clips_of_movie(media, boundaries) if boundaries else ()
        return ()

    return edit_of_clips(paths, reading, probe, divide=divide)


def _probed(path: Path, reading: Reading, probe: Probe) -> Media:
    """Probe a file in the encoding that is asked for, else as its sidecars or tags say. Raises ``MediaError``."""
    asked = reading.encoding_of(path)
    return probe(absolute(path), encoding=asked) if asked else with_sidecars(absolute(path), probe, Sidecars(Notes()))


def _edit_of_shots(media: Media, reading: Reading, means: Means, base: Path | None, way_out: str = "") -> Edit:
    """Make the edit of a probed file's shots. ``way_out`` says how to do without. Raises ``MediaError``."""
    boundaries, remark = _boundaries(media, means)
    return edit_of_movie(media, boundaries, reading, [remark + (way_out if boundaries else "")], base)


def _boundaries(media: Media, means: Means) -> tuple[list[Boundary], str]:
    """Find where a file's shots meet, and say how many passages there are. Raises ``MediaError``."""
    if media.kind != "video":
        return [], _remark(media.path, [])
    ask, missing = means.network.transitions if means.network else None, ""
    try:
        passages = list(find_passages(_watched(media, means), ask))
    except ToolNotFoundError as error:
        passages, missing = list(find_passages(_watched(media, means))), f"; no second opinion: {error}"
    return [_boundary(passage) for passage in passages], _remark(media.path, passages) + missing


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


def _remark(path: Path, passages: list[Passage]) -> str:
    """Say how many passages there are of each kind."""
    counts = Counter(passage.kind for passage in passages)
    counted = (f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(counts.items()))
    return f"{path.name}: {', '.join(counted) or 'no cut'}"
