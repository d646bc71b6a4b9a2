"""The media of an edit. A file is located and probed once, however many clips use it."""

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
from otiograde.timeline.addresses import Locator, file_names, scheme_of
from otiograde.timeline.likeness import likeness
from otiograde.timeline.reading import Notes, Probe, Reading, one_line
from otiograde.timeline.sidecars import Sidecars, with_sidecars
from otiograde.timeline.stated import stated_by_clip
from otiograde.timeline.tree import Item, name_of, reference_of, schema

#: Longest address in a message, in characters.
MAX_ADDRESS = 100

#: Fields of a media reference that decide where its media is.
LOCATION_KEYS = (
    "target_url",
    "target_url_base",
    "name_prefix",
    "name_suffix",
    "start_frame",
    "frame_step",
    "rate",
    "frame_zero_padding",
)

#: Kind of skip: media that reads other files, such as a playlist.
REFUSED = "refused media"

T = TypeVar("T")


class NoMedia(Exception):  # noqa: N818  (a reason to skip, not an error)
    """A clip has no usable media: ``what`` is the kind of skip, ``why`` the reason."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(why)
        self.what, self.why = what, why


@dataclass(frozen=True, slots=True)
class Location:
    """Where media is on disk."""

    #: A file, or the printf pattern of an image sequence.
    path: Path
    #: Number of a sequence's first image; None for a file.
    first: int | None = None
    #: Rate of a sequence in frames a second; None for a file.
    rate: Fraction | None = None


class Library:
    """Locates and probes the media of clips, and caches the results."""

    def __init__(self, locator: Locator, reading: Reading, probe: Probe, notes: Notes) -> None:
        self._locator, self._reading, self._probe_file, self._notes = locator, reading, probe, notes
        self._locations: dict[tuple[object, ...], Location | tuple[Location, ...] | NoMedia] = {}
        self._chosen: dict[tuple[object, ...], Location] = {}
        self._noted: set[tuple[str, Path]] = set()
        self._probed: dict[tuple[Location, Encoding | None, bool], Media | NoMedia] = {}
        self._sidecars = Sidecars(notes)

    def media(self, clip: Item) -> Media:
        """Return the media of a clip. Raises ``NoMedia``."""
        reference = reference_of(clip)
        kind = schema(reference)
        if kind == "GeneratorReference":
            raise NoMedia(
                "generator", f"made by a generator ({one_line(reference.get('generator_kind') or 'unnamed')})"
            )
        media = self._media_at(self.locate(clip), clip)
        if isinstance(media, NoMedia):
            raise NoMedia(media.what, media.why)
        return media

    def _media_at(self, location: Location, clip: Item) -> Media | NoMedia:
        """Return the media at a location as a clip uses it, probed once."""
        asked = self._reading.encoding_of(location.path, name_of(clip))
        wish = asked or self._encoding_wish(clip)
        key = location, wish, asked is not None
        if key not in self._probed:
            self._probed[key] = _or_no_media(lambda: self._probe(*key))
        return self._probed[key]

    def file(self, address: str) -> Path | None:
        """Return the file at an address relative to the edit, or None."""
        with suppress(OSError, ValueError):
            return self._locator.file_at(address)
        return None

    def locate(self, clip: Item) -> Location:
        """Locate the media of a clip. Raises ``NoMedia``."""
        reference = reference_of(clip)
        kind = schema(reference)
        key = (kind, *(repr(reference.get(name)) for name in LOCATION_KEYS), *self._aliases(clip, reference))
        if key not in self._locations:
            self._locations[key] = _or_no_media(lambda: self._find(clip, reference))
        location = self._locations[key]
        if isinstance(location, NoMedia):
            raise NoMedia(location.what, location.why)  # a new exception: one that is raised again grows its traceback
        if isinstance(location, Location):
            return location
        use = (*key, repr(clip.get("source_range")), repr(clip.get("effects")))
        if use not in self._chosen:
            self._chosen[use] = self._choose(clip, location)
        return self._chosen[use]

    def _choose(self, clip: Item, locations: tuple[Location, ...]) -> Location:
        """Choose among files of one name, the likest folder first, and note how."""
        media = [self._media_at(location, clip) for location in locations]
        likenesses = [likeness(clip, None if isinstance(one, NoMedia) else one) for one in media]
        best = max(likenesses)
        chosen = locations[likenesses.index(best)]
        alike = likenesses.count(best) > 1
        how = "the one in the likest folder taken" if alike else "told apart by timecode, duration or size"
        self._note_once("found under the media root", chosen.path, chosen.path.name)
        self._note_once(f"several files of this name under the media root, {how}", chosen.path, str(chosen.path))
        return chosen

    def _note_once(self, text: str, path: Path, shown: str) -> None:
        """Add a note on a file, once."""
        if (text, path) not in self._noted:
            self._noted.add((text, path))
            self._notes.add(text, shown)

    def measure(self, clip: Item) -> Span:
        """Return the full range of a clip's media, as the edit states it, else as probed. Raises ``BadTime``."""
        if available := reference_of(clip).get("available_range"):
            return span(available)
        try:
            media = self.media(clip)
        except NoMedia:
            raise BadTime("no range in the edit, and no media to measure") from None
        start = reference_of(clip).get("start_frame") if media.kind == "sequence" else media.timecode
        return Span(Fraction(start or 0) / media.rate, max(media.frames, 1) / media.rate, media.rate)

    def _aliases(self, clip: Item, reference: Item) -> tuple[str, ...]:
        """Return the names to look up under the media root if a clip has no address: of the media, clip and reel."""
        addressed = reference.get("target_url") or schema(reference) == "ImageSequenceReference"
        if self._reading.media_root is None or addressed:
            return ()
        cmx = (clip.get("metadata") or {}).get("cmx_3600")
        reel = cmx.get("reel") if isinstance(cmx, Mapping) else None
        return tuple(str(name) for name in (reference.get("name"), clip.get("name"), reel) if name)

    def _find(self, clip: Item, reference: Item) -> Location | tuple[Location, ...]:
        """Locate media at its address, else by name under the media root, where several files may have it.

        Raises ``NoMedia``.
        """
        kind = schema(reference)
        if kind == "ImageSequenceReference":
            return self._find_sequence(reference)
        address = str(reference.get("target_url") or "") if kind == "ExternalReference" else ""
        if address and (path := _or_missing(lambda: self._locator.file_at(address))):
            return Location(path)
        shown = one_line(address, MAX_ADDRESS)
        if scheme := scheme_of(address):
            raise NoMedia("missing media", f"{shown}: {scheme} addresses are not read; download it, then --media-root")
        names = list(file_names(address)) if address else list(self._aliases(clip, reference))
        if paths := self._locator.find_moved(names, address):
            return self._one_or_several([Location(path) for path in paths])
        if address:
            raise NoMedia("missing media", f"{shown}: no such file; --media-root finds moved media by name")
        if kind in {"MissingReference", "ExternalReference", ""}:
            raise NoMedia("missing media", "the edit names no media address for it; --media-root finds it by name")
        raise NoMedia("missing media", f"nobody here reads a {one_line(kind)}")

    def _one_or_several(self, locations: list[Location]) -> Location | tuple[Location, ...]:
        """Return the only location, which is noted, or all."""
        if len(locations) > 1:
            return tuple(locations)
        path = locations[0].path
        self._note_once("found under the media root", path, path.name)
        return locations[0]

    def _find_sequence(self, reference: Item) -> Location | tuple[Location, ...]:
        """Locate the first image of a sequence. Raises ``NoMedia``."""
        prefix, suffix, first, digits = _numbering(reference)
        image = f"{prefix}{first:0{digits}d}{suffix}"
        base = str(reference.get("target_url_base") or "")
        try:
            rate = exact_rate(reference.get("rate"))
        except BadTime:
            rate = self._reading.rate or Fraction(24)
            self._notes.add(f"image sequence without a usable rate, read at {float(rate):g}", one_line(image))
        for folder in self._locator.folders(base):
            if _is_file(folder / image):
                return Location(_pattern(folder, prefix, suffix, digits), first, rate)
        if self._locator.is_packed(f"{base}/{image}"):
            raise NoMedia("missing media", "an image sequence packed inside an .otioz is not read; unpack it by hand")
        if images := self._locator.find_moved([image], f"{base}/{image}"):
            found = [Location(_pattern(path.parent, prefix, suffix, digits), first, rate) for path in images]
            return self._one_or_several(found)
        shown = one_line(f"{base}/{image}" if base else image, MAX_ADDRESS)
        raise NoMedia("missing media", f"{shown}: no such first image; --media-root finds moved media by name")

    def _encoding_wish(self, clip: Item) -> Encoding | None:
        """Return the encoding that the clip's metadata names, ours first; an unknown one is noted and ignored."""
        entries = (clip.get("metadata") or {}).get("otiograde")
        name = entries.get("encoding") if isinstance(entries, Mapping) else None
        if name is None:
            column = stated_by_clip(clip)
            if column is not None and column.encoding is None:
                self._notes.add(f"{column.words}: ignored; name it with --encoding", name_of(clip))
            return column.encoding if column is not None else None
        try:
            return encoding(name if isinstance(name, str) else "")
        except EncodingError:
            shown = one_line(name, 40)
            self._notes.add(f"encoding {shown} in the clip's metadata is not known, ignored", name_of(clip))
            return None

    def _probe(self, location: Location, wish: Encoding | None, asked: bool) -> Media:
        """Probe media, with the wished encoding if there is one, which was ``asked`` outside of the edit or in it.

        Raises ``NoMedia``.
        """
        try:
            if wish is None and location.first is None:
                return with_sidecars(location.path, self._probe_file, self._sidecars)
            media = self._probe_file(location.path, first=location.first, rate=location.rate, encoding=wish)
        except (OtiogradeError, OSError) as error:
            what = REFUSED if getattr(error, "refers", False) else "unreadable media"
            raise NoMedia(what, one_line(error, 300)) from None
        if wish is None:
            return media
        return replace(media, origin="command line" if asked else "clip metadata")


def _or_no_media(find: Callable[[], T]) -> T | NoMedia:
    """Return ``NoMedia`` instead of raising it, so that it can be cached."""
    try:
        return find()
    except NoMedia as reason:
        return reason


def _numbering(reference: Item) -> tuple[str, str, int, int]:
    """Return prefix, suffix, first number and digits of an image sequence. Raises ``NoMedia``."""
    prefix, suffix = str(reference.get("name_prefix") or ""), str(reference.get("name_suffix") or "")
    first, digits = reference.get("start_frame", 1), reference.get("frame_zero_padding", 0)
    if reference.get("frame_step", 1) != 1:
        raise NoMedia("missing media", "an image sequence that leaves out numbers (frame_step) is not read")
    if not isinstance(first, int) or not isinstance(digits, int) or first < 0 or not 0 <= digits <= 20:
        raise NoMedia("missing media", "an image sequence whose numbers make no sense")
    return prefix, suffix, first, digits


def _pattern(folder: Path, prefix: str, suffix: str, digits: int) -> Path:
    """Make the printf pattern of a sequence: ``%04d`` for the number, all other percent signs doubled."""
    number = f"%0{digits}d" if digits else "%d"
    name = f"{prefix}\0{suffix}".replace("%", "%%").replace("\0", number)
    return Path(str(folder).replace("%", "%%")) / name


def _is_file(path: Path) -> bool:
    """Tell whether a path is a file; paths that the system rejects are not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _or_missing(find: Callable[[], Path | None]) -> Path | None:
    """Call ``find``. Raises ``NoMedia`` if a file in a bundle cannot be unpacked."""
    try:
        return find()
    except OSError as error:
        raise NoMedia("missing media", one_line(error)) from None
