"""Make an edit of media files that follow one another."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from otiograde.color.encodings import Encoding
from otiograde.errors import OtiogradeError, TimelineError
from otiograde.record.edit import Edit, Skip
from otiograde.record.shot import Media
from otiograde.timeline import schemas
from otiograde.timeline.addresses import Locator, is_media, scheme_of
from otiograde.timeline.read import DEFAULT_RATE, edit_of, timeline_of
from otiograde.timeline.reading import Notes, Probe, Reading, escaped, one_line
from otiograde.timeline.schemas import rational_time, time_range
from otiograde.timeline.sidecars import Sidecars, is_sidecar, with_sidecars
from otiograde.timeline.tree import Item

#: Length of a still, in seconds.
STILL_SECONDS = 5

#: Divides a file into clips with the transitions between them, and adds its remarks. Empty: the file stays whole.
Divide: TypeAlias = Callable[[Media, Notes], Sequence[Item]]


def _whole(media: Media, notes: Notes) -> Sequence[Item]:
    """Divide nothing."""
    del media, notes
    return ()


def edit_of_clips(
    paths: Sequence[Path], reading: Reading, probe: Probe, *, base: Path | None = None, divide: Divide = _whole
) -> Edit:
    """Make an edit of media files, in this order; a folder stands for the media in it, in natural name order.

    The edit has one video track. Clips are named by the stem of their file and use all of it; a still lasts 5 s. The
    rate is ``reading.rate``, else the most common one of the files. ``probe`` opens the media (``media.probe.probe``).
    Addresses are relative to ``base``, or absolute without it. Unreadable files become skips. A file that ``divide``
    takes apart is several clips.

    Raises ``TimelineError`` if a file does not exist, if a folder holds no media, or, with ``reading.strict``, if media
    cannot be read.
    """
    notes = Notes()
    media: dict[Path, Media] = {}
    skips, sidecars = [], Sidecars(Notes())  # the library below notes what they say
    for path in dict.fromkeys(files := list(_files(paths, notes))):
        try:
            asked = reading.encoding_of(path, path.stem)
            media[path] = probe(path, encoding=asked) if asked else with_sidecars(path, probe, sidecars)
        except (OtiogradeError, OSError) as error:
            skips.append(Skip("unreadable media", escaped(path.stem), one_line(error, 300), 0, 0, 0))
    if not files:
        raise TimelineError(f"{', '.join(escaped(str(path)) for path in paths)}: no video or image files; name some")
    if skips and reading.strict:
        raise TimelineError(f"{skips[0].why}; or read without --strict")
    rate = reading.rate or _most_common_rate(media.values())
    parts = {path: divide(video, notes) if video.kind == "video" else () for path, video in media.items()}
    clips = [clip for path in files if path in media for clip in parts[path] or [_clip(path, media[path], rate, base)]]
    name = escaped(paths[0].stem) if len(paths) == 1 else "clips"
    timeline = timeline_of(clips, name) | {"global_start_time": rational_time(0, rate)}
    probed = ProbedFiles(media)
    edit = edit_of(timeline, Locator(base or Path()), name, reading, probed, notes=notes, unreadable=skips)
    return replace(edit, loose=reading.scenes is None and not reading.scene)


class ProbedFiles:
    """A ``Probe`` that answers from files already probed, by their absolute paths."""

    def __init__(self, media: dict[Path, Media]) -> None:
        self._media = media

    def __call__(
        self,
        path: Path,
        *,
        first: int | None = None,  # noqa: ARG002
        rate: Fraction | None = None,  # noqa: ARG002
        encoding: Encoding | None = None,  # noqa: ARG002
    ) -> Media:
        """Return the media of a file."""
        return self._media[absolute(path)]


def absolute(path: Path) -> Path:
    """Make a path absolute without following links."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (resolve would follow links)


def _files(paths: Sequence[Path], notes: Notes) -> Iterator[Path]:
    """Yield the files that the paths stand for. Raises ``TimelineError`` if a path does not exist."""
    for path in paths:
        if path.is_dir():
            entries = [entry for entry in path.iterdir() if entry.is_file() and not entry.name.startswith(".")]
            stems = {entry.stem.casefold() for entry in entries if is_media(entry)}
            for entry in sorted(entries, key=natural_key):
                if is_media(entry):
                    yield absolute(entry)
                elif not is_sidecar(entry, stems):
                    notes.add("not a video or image file by its suffix, passed over", one_line(entry.name))
        elif path.is_file():
            yield absolute(path)
        else:
            raise TimelineError(f"{escaped(str(path))}: no such file or folder")


def natural_key(path: Path) -> tuple[tuple[tuple[int, str], ...], str]:
    """Return a sort key that ignores case and puts ``shot2`` before ``shot10``.

    >>> sorted([Path("shot10"), Path("Shot2")], key=natural_key)[0].name
    'Shot2'
    """
    parts = re.split(r"([0-9]+)", path.name.casefold())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts), path.name


def _most_common_rate(media: Iterable[Media]) -> Fraction:
    """Return the rate that most of the videos have."""
    rates = Counter(video.rate for video in media if video.kind == "video" and video.rate > 0)
    return max(rates, key=lambda rate: rates[rate], default=DEFAULT_RATE)


def _clip(path: Path, media: Media, rate: Fraction, base: Path | None) -> Item:
    """Make a clip of a whole file; its times count from the file's start timecode."""
    still = media.kind == "still"
    clock_rate = rate if still else media.rate
    begin, length = (0, round(STILL_SECONDS * rate)) if still else (media.timecode, max(media.frames, 1))
    whole = time_range(begin, length, clock_rate)
    return schemas.clip(path.stem, schemas.external(address_of(path, base), whole, path.name), dict(whole))


def address_of(path: Path, base: Path | None) -> str:
    """Return a file's address. In a relative one only ``%``, ``?`` and ``#`` are encoded; they would end the path."""
    if base is None:
        return path.as_uri()
    try:
        relative = Path(os.path.relpath(path, base)).as_posix()
    except ValueError:  # another drive
        return path.as_uri()
    encoded = re.sub(r"[%?#]", lambda character: f"%{ord(character[0]):02X}", relative)
    if encoded != relative and (base / encoded).exists():  # a%25.mp4 beside a%.mp4: the literal name wins
        encoded = relative
    return f"./{encoded}" if scheme_of(encoded) else encoded
