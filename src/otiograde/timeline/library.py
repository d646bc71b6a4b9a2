"""Library: the media of an edit, each file found and probed once however often it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from otiograde.color.encodings import Encoding, encoding
from otiograde.errors import EncodingError, OtiogradeError
from otiograde.record.clock import BadTime, Span, exact_rate, span
from otiograde.record.shot import Media
from otiograde.timeline.places import Places, file_names, scheme_of
from otiograde.timeline.reading import Notes, Probe, Reading, one_line
from otiograde.timeline.tree import Item, name_of, reference_of, schema

URL_SAID = 100
T = TypeVar("T")
PLACE = (
    "target_url",
    "target_url_base",
    "name_prefix",
    "name_suffix",
    "start_frame",
    "frame_step",
    "rate",
    "frame_zero_padding",
)


class NoMedia(Exception):  # noqa: N818  (a reason to skip, not an error)
    """A clip without media that can be used: ``what`` kind of skip, and ``why``."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(why)
        self.what, self.why = what, why


@dataclass(frozen=True, slots=True)
class Found:
    """Where media is: a file, or the printf pattern of a sequence with its ``first`` number and ``rate``."""

    path: Path
    first: int | None = None
    rate: Fraction | None = None


class Library:
    """Finds and probes the media of clips."""

    def __init__(self, places: Places, reading: Reading, probe: Probe, notes: Notes) -> None:
        self._places, self._reading, self._probe_file, self._notes = places, reading, probe, notes
        self._found: dict[tuple[object, ...], Found | NoMedia] = {}
        self._probed: dict[tuple[Found, Encoding | None], Media | NoMedia] = {}

    def media(self, clip: Item) -> Media:
        """The media of a clip. Raises ``NoMedia``."""
        reference = reference_of(clip)
        kind = schema(reference)
        if kind == "GeneratorReference":
            raise NoMedia(
                "generator", f"made by a generator ({one_line(reference.get('generator_kind') or 'unnamed')})"
            )
        found = self.place(clip)
        wish = self._reading.encoding or self._encoding_wish(clip)
        if (found, wish) not in self._probed:
            self._probed[found, wish] = _kept(lambda: self._probe(found, wish))
        media = self._probed[found, wish]
        if isinstance(media, NoMedia):
            raise NoMedia(media.what, media.why)
        return media

    def file(self, address: str) -> Path | None:
        """The file at an address beside the edit, or None."""
        with suppress(OSError, ValueError):
            return self._places.here(address)
        return None

    def place(self, clip: Item) -> Found:
        """Where the media of a clip is. Raises ``NoMedia``."""
        reference = reference_of(clip)
        kind = schema(reference)
        key = (kind, *(repr(reference.get(name)) for name in PLACE), *self._aliases(clip, reference))
        if key not in self._found:
            self._found[key] = _kept(lambda: self._find(clip, reference))
        found = self._found[key]
        if isinstance(found, NoMedia):
            raise NoMedia(found.what, found.why)  # a new one: an exception raised again grows its traceback
        return found

    def measure(self, clip: Item) -> Span:
        """The whole of a clip's media, in its own time: as the edit says, else as the media is. Raises ``BadTime``."""
        if available := reference_of(clip).get("available_range"):
            return span(available)
        try:
            media = self.media(clip)
        except NoMedia:
            raise BadTime("no range in the edit, and no media to measure") from None
        start = reference_of(clip).get("start_frame") if media.kind == "sequence" else media.timecode
        return Span(Fraction(start or 0) / media.rate, max(media.frames, 1) / media.rate, media.rate)

    def _aliases(self, clip: Item, reference: Item) -> tuple[str, ...]:
        """The names that media without an address may have under the media root: of the clip, its media, its reel."""
        addressed = reference.get("target_url") or schema(reference) == "ImageSequenceReference"
        if self._reading.media_root is None or addressed:
            return ()
        cmx = (clip.get("metadata") or {}).get("cmx_3600")
        reel = cmx.get("reel") if isinstance(cmx, Mapping) else None
        return tuple(str(name) for name in (clip.get("name"), reference.get("name"), reel) if name)

    def _find(self, clip: Item, reference: Item) -> Found:
        kind = schema(reference)
        if kind == "ImageSequenceReference":
            return self._find_sequence(reference)
        address = str(reference.get("target_url") or "") if kind == "ExternalReference" else ""
        if address and (path := _readable(lambda: self._places.here(address))):
            return Found(path)
        said = one_line(address, URL_SAID)
        if scheme := scheme_of(address):
            raise NoMedia("missing media", f"{said}: {scheme} addresses are not read; download it, then --media-root")
        names = list(file_names(address)) if address else list(self._aliases(clip, reference))
        if moved := self._moved(names, address):
            return Found(moved)
        if address:
            raise NoMedia("missing media", f"{said}: no such file; --media-root finds moved media by name")
        if kind in {"MissingReference", "ExternalReference", ""}:
            raise NoMedia("missing media", "the edit names no media for it; --media-root finds it by the clip's name")
        raise NoMedia("missing media", f"nobody here reads a {one_line(kind)}")

    def _moved(self, names: list[str], near: str) -> Path | None:
        moved = self._places.moved(names, near)
        if moved is None:
            return None
        path, ambiguous = moved
        self._notes.add("found under the media root", path.name)
        if ambiguous:
            self._notes.add(
                "several files of this name under the media root, the one in the likest folder taken", str(path)
            )
        return path

    def _find_sequence(self, reference: Item) -> Found:
        prefix, suffix, first, digits = _numbering(reference)
        image = f"{prefix}{first:0{digits}d}{suffix}"
        base = str(reference.get("target_url_base") or "")
        try:
            rate = exact_rate(reference.get("rate"))
        except BadTime:
            rate = self._reading.rate or Fraction(24)
            self._notes.add(f"image sequence without a usable rate, read at {float(rate):g}", one_line(image))
        for folder in self._places.folder(base):
            if _is_file(folder / image):
                return Found(_pattern(folder, prefix, suffix, digits), first, rate)
        if self._places.packed(f"{base}/{image}"):
            raise NoMedia("missing media", "an image sequence packed inside an .otioz is not read; unpack it by hand")
        if moved := self._moved([image], f"{base}/{image}"):
            return Found(_pattern(moved.parent, prefix, suffix, digits), first, rate)
        said = one_line(f"{base}/{image}" if base else image, URL_SAID)
        raise NoMedia("missing media", f"{said}: no such first image; --media-root finds moved media by name")

    def _encoding_wish(self, clip: Item) -> Encoding | None:
        own = (clip.get("metadata") or {}).get("otiograde")
        name = own.get("encoding") if isinstance(own, Mapping) else None
        if name is None:
            return None
        try:
            return encoding(str(name))
        except EncodingError:
            said = one_line(name, 40)
            self._notes.add(f"encoding {said} in the clip's metadata is not known, ignored", name_of(clip))
            return None

    def _probe(self, found: Found, wish: Encoding | None) -> Media:
        try:
            media = self._probe_file(found.path, first=found.first, rate=found.rate, encoding=wish)
        except (OtiogradeError, OSError) as wrong:
            raise NoMedia("unreadable media", one_line(wrong, 300)) from None
        if wish is None:
            return media
        return replace(media, origin="command line" if self._reading.encoding else "clip metadata")


def _kept(find: Callable[[], T]) -> T | NoMedia:
    try:
        return find()
    except NoMedia as no:
        return no


def _numbering(reference: Item) -> tuple[str, str, int, int]:
    """Prefix, suffix, first number and digits of an image sequence. Raises ``NoMedia``."""
    prefix, suffix = str(reference.get("name_prefix") or ""), str(reference.get("name_suffix") or "")
    first, digits = reference.get("start_frame", 1), reference.get("frame_zero_padding", 0)
    if reference.get("frame_step", 1) != 1:
        raise NoMedia("missing media", "an image sequence that leaves out numbers (frame_step) is not read")
    if not isinstance(first, int) or not isinstance(digits, int) or first < 0 or not 0 <= digits <= 20:
        raise NoMedia("missing media", "an image sequence whose numbers make no sense")
    return prefix, suffix, first, digits


def _pattern(folder: Path, prefix: str, suffix: str, digits: int) -> Path:
    """The printf pattern of a sequence: ``%04d`` for the number, every other per cent sign doubled."""
    number = f"%0{digits}d" if digits else "%d"
    name = f"{prefix}\0{suffix}".replace("%", "%%").replace("\0", number)
    return Path(str(folder).replace("%", "%%")) / name


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _readable(find: Callable[[], Path | None]) -> Path | None:
    try:
        return find()
    except OSError as wrong:
        raise NoMedia("missing media", one_line(wrong)) from None
