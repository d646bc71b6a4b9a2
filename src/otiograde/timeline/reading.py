"""Options for reading an edit, the interface that opens media, and the reader's notes."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from otiograde.color.encodings import Encoding
from otiograde.record.settings import SteadyKind
from otiograde.record.shot import Media

#: When one video file is taken apart into its shots.
CutsKind: TypeAlias = Literal["auto", "off", "always"]

#: Where the scenes of an edit may come from: from evidence, or from what a person named. A file may name them, too.
SCENE_SOURCES = ("auto", "one", "tracks", "folders", "names", "markers")

#: Names in a note, at most; the rest are counted.
MAX_NAMES = 3


class Probe(Protocol):
    """Opens and describes one media file (``media.probe.probe``)."""

    def __call__(
        self,
        path: Path,
        *,
        first: int | None = None,
        rate: Fraction | None = None,
        encoding: Encoding | None = None,
    ) -> Media:
        """Describe a media file.

        With ``first``, the number of a sequence's first image, the path is the sequence's printf pattern. ``rate`` is
        used if the file states none; ``encoding`` overrides its tags. Raises ``MediaError``.
        """


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read an edit.

    >>> Reading(rate=Fraction(25), strict=True).lock
    ()
    """

    #: Folder in which moved media is found by file name. None: media must be at its address.
    media_root: Path | None = None
    #: Whether missing or unreadable media is an error. By default such clips are skipped.
    strict: bool = False
    #: Frames a second of an EDL, or of an edit made of clips. None: derived from timecodes or media.
    rate: Fraction | None = None
    #: Encoding of all media, whatever their tags say. None: tags decide.
    encoding: Encoding | None = None
    #: Encodings of some media: patterns of clip or file names (``A001*``), without case, each with an encoding. The
    #: first that fits decides, before ``encoding``.
    encodings: tuple[tuple[str, Encoding], ...] = ()
    #: Ids or names of shots that keep their colors and anchor their scenes.
    lock: tuple[str, ...] = ()
    #: Ids or names of shots that their scenes are solved towards, one for each scene.
    hero: tuple[str, ...] = ()
    #: Strength of all shots in [0, 1]; overrides the edit. None: the edit decides.
    strength: float | None = None
    #: Ids, names or wished scenes of shots, and which changes inside them are taken out.
    steady: tuple[tuple[str, SteadyKind], ...] = ()
    #: Whether one video file alone is taken apart into its shots; ``auto``: if it lasts more than five seconds.
    cuts: CutsKind = "auto"
    #: One of ``SCENE_SOURCES``, or the path of a CSV or JSON file of shot and scene. None: from evidence; a few clips
    #: without an edit are taken as one scene.
    scenes: str | None = None
    #: Scenes as ``NAME=SHOT,SHOT``.
    scene: tuple[str, ...] = ()
    #: Folder to unpack media of an ``.otioz`` to. None: that media counts as missing.
    unpack: Path | None = None

    def encoding_of(self, path: Path, clip: str = "") -> Encoding | None:
        """Return the encoding that is asked for a file, as a clip of this name uses it; None: as its tags say."""
        fitting = (encoding for pattern, encoding in self.encodings if fits(pattern, path, clip))
        return next(fitting, self.encoding)


def fits(pattern: str, path: Path, clip: str) -> bool:
    """Whether a pattern of names means this clip, or its file with or without suffix.

    >>> fits("a001*", Path("A001_C003.mov"), "")
    True
    """
    names = {clip.casefold(), path.name.casefold(), path.stem.casefold()}
    return any(fnmatchcase(name, pattern.casefold()) for name in names if name)


class Notes:
    """The reader's assumptions: one line for each kind, with the first few names that it concerns."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, text: str, name: str = "") -> None:
        """Add a note. ``name`` is what it concerns, if that is one item of many."""
        names = self._names.setdefault(text, [])
        self._counts[text] = self._counts.get(text, 0) + 1
        shown = one_line(name)
        if shown and len(names) < MAX_NAMES and shown not in names:
            names.append(shown)

    def lines(self) -> tuple[str, ...]:
        """Return the notes, in the order in which their kinds were first added."""
        return tuple(_line(text, names, self._counts[text]) for text, names in self._names.items())


def _line(text: str, names: list[str], count: int) -> str:
    """Write a note as one line."""
    if not names:
        return text
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{text}: {', '.join(names)}{more}"


def one_line(text: object, limit: int = 160) -> str:
    """Return the text as one printable line of at most ``limit`` characters.

    >>> one_line("too long for this", 8)
    'too lon…'
    """
    line = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in str(text))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def escaped(text: str) -> str:
    r"""Return a name from the file system as text: bytes that are not text are written as ``\udce9``.

    >>> escaped("caf\udce9.mp4")
    'caf\\udce9.mp4'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or Windows-1252.

    >>> decoded("Übergang".encode("cp1252")), decoded("Übergang".encode("utf-16"))
    ('Übergang', 'Übergang')
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
