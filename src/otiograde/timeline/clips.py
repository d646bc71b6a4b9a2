"""Clips: an edit made of media files, one after the other."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from otiograde.color.encodings import Encoding
from otiograde.errors import OtiogradeError, TimelineError
from otiograde.record.edit import Edit, Skip
from otiograde.record.shot import Media
from otiograde.timeline.places import Places, is_media, scheme_of
from otiograde.timeline.read import USUAL_RATE, edit_of, wrapped
from otiograde.timeline.reading import Notes, Probe, Reading, one_line
from otiograde.timeline.tree import Item

STILL_SECONDS = 5


def edit_of_clips(paths: Sequence[Path], reading: Reading, probe: Probe, *, base: Path | None = None) -> Edit:
    """An edit of media files in the given order; a folder stands for the media in it, in natural name order.

    One video track, clips named by stem, each used whole (a still for 5 s), at ``reading.rate`` or the rate that most
    of the files have. Addresses are relative to ``base`` when given, else absolute. An unreadable file is a skip.
    Raises ``TimelineError``: no such file, no media in the folder, or, with ``reading.strict``, unreadable media.
    """
    notes = Notes()
    media: dict[Path, Media] = {}
    skips = []
    for path in dict.fromkeys(files := list(_files(paths, notes))):
        try:
            media[path] = probe(path, encoding=reading.encoding)
        except (OtiogradeError, OSError) as wrong:
            skips.append(Skip("unreadable media", path.stem, one_line(wrong, 300), 0, 0, 0))
    if not files:
        raise TimelineError(f"{', '.join(str(path) for path in paths)}: no video or image files; name some")
    if skips and reading.strict:
        raise TimelineError(f"{skips[0].why}; or read without --strict")
    rate = reading.rate or _usual_rate(media.values())
    clips = [_clip(path, media[path], rate, base) for path in files if path in media]
    name = paths[0].stem if len(paths) == 1 else "clips"
    timeline = wrapped(clips, name) | {"global_start_time": _time(0, rate)}
    edit = edit_of(timeline, Places(base or Path()), name, reading, _Known(media), notes=notes)
    return replace(edit, skips=(*edit.skips, *skips))


class _Known:
    """A probe of files that were probed already."""

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
        return self._media[_absolute(path)]


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (resolve would follow links)


def _files(paths: Sequence[Path], notes: Notes) -> Iterator[Path]:
    """The files that the paths stand for. Raises ``TimelineError`` when one is not there."""
    for path in paths:
        if path.is_dir():
            for inside in sorted(path.iterdir(), key=natural):
                if inside.is_file() and not inside.name.startswith("."):
                    if is_media(inside):
                        yield _absolute(inside)
                    else:
                        notes.add("not a video or image file by its suffix, passed over", one_line(inside.name))
        elif path.is_file():
            yield _absolute(path)
        else:
            raise TimelineError(f"{path}: no such file or folder")


def natural(path: Path) -> tuple[tuple[tuple[int, str], ...], str]:
    """A sort key that puts ``shot2`` before ``shot10``, whatever the case."""
    parts = re.split(r"([0-9]+)", path.name.casefold())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts), path.name


def _usual_rate(media: Iterable[Media]) -> Fraction:
    rates = Counter(each.rate for each in media if each.kind == "video" and each.rate > 0)
    return max(rates, key=lambda rate: rates[rate], default=USUAL_RATE)


def _clip(path: Path, media: Media, rate: Fraction, base: Path | None) -> Item:
    """A clip of a whole file, its times counted from the file's own start time code."""
    still = media.kind == "still"
    pace = rate if still else media.rate
    begin, length = (0, round(STILL_SECONDS * rate)) if still else (media.timecode, max(media.frames, 1))
    whole = {"OTIO_SCHEMA": "TimeRange.1", "duration": _time(length, pace), "start_time": _time(begin, pace)}
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": path.name,
        "available_range": whole,
        "available_image_bounds": None,
        "target_url": _address(path, base),
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {},
        "name": path.stem,
        "source_range": dict(whole),
        "effects": [],
        "markers": [],
        "enabled": True,
        "color": None,
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _time(value: int, rate: Fraction) -> Item:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}


def _address(path: Path, base: Path | None) -> str:
    """The file's address; of a relative one only the signs are encoded that would end a path in an address."""
    if base is None:
        return path.as_uri()
    try:
        relative = Path(os.path.relpath(path, base)).as_posix()
    except ValueError:  # another drive
        return path.as_uri()
    encoded = re.sub(r"[%?#]", lambda sign: f"%{ord(sign[0]):02X}", relative)
    if encoded != relative and (base / encoded).exists():  # a%25.mp4 beside a%.mp4: what is literally there wins
        encoded = relative
    return f"./{encoded}" if scheme_of(encoded) else encoded
