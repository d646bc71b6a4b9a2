"""Media that change while they are graded: what the files were when the run began, and which differ at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from otiograde.errors import MediaError
from otiograde.media.identity import identity
from otiograde.media.probe import sequence_file
from otiograde.record.finding import Finding
from otiograde.record.shot import Media, Shot

#: Size and time of change in ns of each file of the media; None for a file that cannot be read.
State: TypeAlias = tuple[tuple[int, int] | None, ...]


def states(shots: Iterable[Shot]) -> dict[Path, State]:
    """Return the state of the media of all shots, by path. Of an image sequence, every image that is used counts."""
    numbers: dict[Path, set[int]] = {}
    media_of: dict[Path, Media] = {}
    for shot in shots:
        media_of[shot.media.path] = shot.media
        numbers.setdefault(shot.media.path, set()).update(range(shot.source.start, shot.source.end))
    return {path: tuple(_states(media, numbers[path])) for path, media in media_of.items()}


def changes(shots: Iterable[Shot], before: Mapping[Path, State]) -> tuple[Finding, ...]:
    """Return a failed finding for each shot whose media changed since it was probed, or since ``before``."""
    shots = list(shots)
    media_of = {shot.media.path: shot.media for shot in shots}
    now = states(shots)
    changed = {path for path, media in media_of.items() if now[path] != before.get(path, now[path]) or _differs(media)}
    note = "(its media changed while it was graded: grade it again)"
    return tuple(
        Finding(shot.id, "media_changed", 1.0, 0.0, "files", passed=False, note=note)
        for shot in shots
        if shot.media.path in changed
    )


def _states(media: Media, numbers: Iterable[int]) -> Iterator[tuple[int, int] | None]:
    for file in _files(media, numbers):
        try:
            status = file.stat()
        except OSError:
            yield None
        else:
            yield status.st_size, status.st_mtime_ns


def _files(media: Media, numbers: Iterable[int]) -> Iterator[Path]:
    if media.kind != "sequence":
        yield media.path
        return
    for number in sorted(numbers):
        try:
            yield sequence_file(media.path, media.first + number)
        except MediaError:
            return


def _differs(media: Media) -> bool:
    """Tell whether the digest of probing is no longer that of the file."""
    if not media.digest:
        return False
    first = next(iter(_files(media, (0,))), media.path)
    return identity(first) != media.digest
