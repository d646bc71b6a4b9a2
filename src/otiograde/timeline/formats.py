"""Formats: any file that OpenTimelineIO's installed adapters read, as one timeline in plain JSON values.

Nothing of OTIO leaves this file: a value read through a temporary OTIO object dies with it ("AnyDictionary has been
destroyed"), so the tree is serialized at once and read again by the ``json`` module.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from otiograde.errors import TimelineError
from otiograde.timeline import edl, fcpxml
from otiograde.timeline.bundle import PLAYLIST, read_playlist
from otiograde.timeline.reading import Notes, one_line

Tree: TypeAlias = dict[str, Any]
BUNDLED = ((PLAYLIST, ".otio"), ("Info.fcpxml", ".fcpxml"))
MANGLED = re.compile(r"N14opentimelineio\w*?([A-Z][A-Za-z]*)E\b")  # a C++ type in OTIO's messages
INFINITY = re.compile(r"(?<=[:\s,\[])(-?)Inf(?=[,\s\]}])")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its ``path``, the ``folder`` its media addresses are relative to, its lower-case ``suffix``."""

    path: Path
    folder: Path
    suffix: str
    name: str

    def wrong(self, what: object, todo: str) -> TimelineError:
        """The error that this file cannot be read: what is wrong with it, and what to do."""
        return TimelineError(f"{self.path}: {one_line(what, 300)}; {todo}")


def is_bundle(path: Path) -> bool:
    """Whether a folder is an edit (``.otiod``, ``.fcpxmld``) and not a folder of clips."""
    return any((path / inside).is_file() for inside, _ in BUNDLED)


def find_source(path: Path) -> Source:
    """The file that an edit's path stands for; a bundle folder stands for the file inside. Raises ``TimelineError``."""
    if path.is_dir():
        for inside, suffix in BUNDLED:
            if (path / inside).is_file():
                return Source(path / inside, path, suffix, path.stem)
        raise TimelineError(f"{path}: a folder without {PLAYLIST}; name an edit, or the clips in it")
    if not path.is_file():
        raise TimelineError(f"{path}: no such file; name an edit such as timeline.otio")
    return Source(path, path.parent, path.suffix.lower(), path.stem)


def read_tree(source: Source, rate: Fraction | None, notes: Notes) -> Tree:
    """The top object of the file as JSON values, whatever it is. Raises ``TimelineError``."""
    try:
        if source.suffix in {".otio", ".otioz"}:
            text = read_playlist(source.path) if source.suffix == ".otioz" else _text(source)
            return _otio(source, text)
        if source.suffix == ".edl":
            return edl.rebased(edl.read(_text(source), rate, _reader("cmx_3600"), notes), notes)
        if source.suffix == ".fcpxml":
            amended = fcpxml.amended(_text(source), notes)
            return fcpxml.restored(_reader("fcpx_xml")(amended.text), amended)
        return _by_suffix(source)
    except TimelineError as wrong:
        if str(wrong).startswith(str(source.path)):
            raise
        raise source.wrong(wrong, "export the edit as .otio and try again") from None
    except OSError as wrong:
        raise source.wrong(wrong.strerror or wrong, "check the file and its permissions") from None


def _text(source: Source) -> str:
    data = source.path.read_bytes()
    if not data.strip(b"\0 \t\r\n"):
        raise source.wrong("the file is empty", "export the edit again")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        if source.suffix == ".edl":
            return data.decode("cp1252", "replace")
        raise source.wrong(f"not UTF-8 text (byte {wrong.start})", "export the edit again, or check the file") from None


def _otio(source: Source, text: str) -> Tree:
    top = _json(source, text)
    if not isinstance(top, dict) or "OTIO_SCHEMA" not in top:
        raise source.wrong("JSON, but not OpenTimelineIO", "name an edit, or export it as .otio")
    del top  # as large as what follows, and needed again only when that fails
    try:
        return _reader("otio_json")(text)
    except TimelineError as wrong:
        newer = _newer_schema(_json(source, text))
        todo = "save it for an older OpenTimelineIO, or update opentimelineio" if newer else "export the edit again"
        raise source.wrong(newer or wrong, todo) from None


def _json(source: Source, text: str) -> Any:
    """The text as Python reads it: a check before OTIO's reader, which deep nesting would crash."""
    try:
        return json.loads(text)
    except RecursionError:
        raise source.wrong("nested too deeply", "check the file: no edit looks like this") from None
    except ValueError:
        pass
    try:
        return json.loads(INFINITY.sub(r"\1Infinity", text))  # OTIO's own spelling of infinity before 0.16
    except RecursionError:
        raise source.wrong("nested too deeply", "check the file: no edit looks like this") from None
    except ValueError as wrong:
        raise source.wrong(f"not JSON ({wrong})", "check the file, or export the edit again") from None


def _newer_schema(plain: Tree) -> str:
    """Which schema of the file is newer than the installed OTIO knows, in words; empty when none is."""
    import opentimelineio as otio  # noqa: PLC0415  (it takes 100 ms to import)

    known = otio.core.type_version_map()
    stack: list[Any] = [plain]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            name, _, version = str(value.get("OTIO_SCHEMA", "")).partition(".")
            if name in known and version.isdecimal() and int(version) > known[name]:
                return (
                    f"it uses {name}.{version[:9]}, and OpenTimelineIO {otio.__version__} "
                    f"reads {name} up to version {known[name]}"
                )
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return ""


def _by_suffix(source: Source) -> Tree:
    import opentimelineio as otio  # noqa: PLC0415

    with _quiet():
        readable = sorted(otio.adapters.suffixes_with_defined_adapters(read=True))
    if source.suffix[1:] not in readable:
        suffixes = " ".join(f".{suffix}" for suffix in readable)
        raise source.wrong("no installed OpenTimelineIO adapter reads this", f"these can be read: {suffixes}")
    with _quiet():
        name = otio.adapters.from_filepath(f"edit{source.suffix}").name
    try:
        return _as_json(name, lambda: otio.adapters.read_from_file(str(source.path), name, **_unlinked()))
    except TimelineError:
        with _quiet():
            gc.collect()  # a file that an adapter left open complains when it is collected: here nobody hears it
        raise


def _reader(name: str) -> Callable[..., Tree]:
    """A function from text to JSON values through the adapter of this name."""
    import opentimelineio as otio  # noqa: PLC0415

    def read(text: str, **options: Any) -> Tree:
        return _as_json(name, lambda: otio.adapters.read_from_string(text, name, **_unlinked(), **options))

    return read


def _unlinked() -> dict[str, Any]:
    """No media linker: whatever the environment asks for, reading an edit runs nobody's program."""
    import opentimelineio as otio  # noqa: PLC0415

    return {"media_linker_name": otio.media_linker.MediaLinkingPolicy.DoNotLinkMedia}


def _as_json(adapter: str, read: Callable[[], Any]) -> Tree:
    """What an adapter reads, as JSON values; everything it can raise becomes one line."""
    reason = ""
    tree = None
    with _quiet():
        try:
            found = read()
            tree = json.loads(found.to_json_string(indent=-1)) if hasattr(found, "to_json_string") else None
        except RecursionError:
            reason = "nested too deeply"
        except Exception as wrong:  # adapters raise whatever their formats make them trip over
            reason = one_line(MANGLED.sub(r"\1", str(wrong.args[0] if wrong.args else type(wrong).__name__)))
    if reason:
        raise TimelineError(f"OpenTimelineIO's {adapter} reader cannot read it ({reason})")
    if not isinstance(tree, dict):
        raise TimelineError(f"OpenTimelineIO's {adapter} reader found no edit in it")
    return tree


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what adapters print, log and warn from the user: it is about their formats' corners, not about the edit."""
    root, silent = logging.getLogger(), logging.NullHandler()
    root.addHandler(silent)  # without any handler, logging.warning() would install one for good
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeHandler(silent)
