"""Read any file that OpenTimelineIO's installed adapters support, as plain JSON values.

No OTIO object leaves this file. A value read through a temporary OTIO object dies with that object ("AnyDictionary has
been destroyed"), so the tree is serialized at once and parsed by the ``json`` module.
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
from otiograde.timeline import edl_tree, fcpxml, xmeml
from otiograde.timeline.aaf import check_growth, check_sectors
from otiograde.timeline.bundle import PLAYLIST, read_playlist
from otiograde.timeline.foreign import with_known_schemas
from otiograde.timeline.limits import check_depth, check_schemas, check_size, parse_xml
from otiograde.timeline.reading import Notes, decoded, escaped, one_line

Tree: TypeAlias = dict[str, Any]

#: Folders that are edits: the file inside, and the suffix it is read by.
BUNDLED = ((PLAYLIST, ".otio"), ("Info.fcpxml", ".fcpxml"))

#: A mangled C++ type in OTIO's messages.
MANGLED = re.compile(r"N14opentimelineio\w*?([A-Z][A-Za-z]*)E\b")

#: Infinity as OTIO before 0.16 wrote it, which is not JSON.
INFINITY = re.compile(r"(?<=[:\s,\[])(-?)Inf(?=[,\s\]}])")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read."""

    path: Path
    #: The folder that its media addresses are relative to.
    folder: Path
    #: Suffix in lower case, with its dot.
    suffix: str
    #: Name of the edit if the file states none.
    name: str

    def error(self, what: object, todo: str) -> TimelineError:
        """Make the error for this file: ``what`` is wrong with it, and what to do."""
        return TimelineError(f"{self.path}: {one_line(what, 300)}; {todo}")


def is_bundle(path: Path) -> bool:
    """Tell whether a folder is an edit (``.otiod``, ``.fcpxmld``) rather than a folder of clips."""
    return any((path / inside).is_file() for inside, _ in BUNDLED)


def find_source(path: Path) -> Source:
    """Return the file of an edit; a bundle folder stands for the file inside. Raises ``TimelineError``."""
    if (shown := escaped(str(path))) != str(path):
        raise TimelineError(f"{shown}: its name is not UTF-8 text, and no export can hold it: rename it")
    if path.is_dir():
        for inside, suffix in BUNDLED:
            if (path / inside).is_file():
                return Source(path / inside, path, suffix, path.stem)
        raise TimelineError(f"{path}: a folder without {PLAYLIST}; name an edit, or the clips in it")
    if not path.is_file():
        raise TimelineError(f"{path}: no such file; name an edit such as timeline.otio")
    return Source(path, path.parent, path.suffix.lower(), path.stem)


def read_tree(source: Source, rate: Fraction | None, notes: Notes) -> Tree:
    """Read a file's top object, of whatever schema, as JSON values.

    ``rate`` is that of an EDL, in frames a second. Raises ``TimelineError``, with one line that names the file.
    """
    try:
        tree = _read(source, rate, notes)
        check_depth(tree)
    except TimelineError as error:
        if str(error).startswith(str(source.path)):
            raise
        again = (
            "export the edit again"
            if source.suffix in {".otio", ".otioz"}
            else "export the edit as .otio and try again"
        )
        raise source.error(error, again) from None
    except OSError as error:
        raise source.error(error.strerror or error, "check the file and its permissions") from None
    return tree


def _read(source: Source, rate: Fraction | None, notes: Notes) -> Tree:
    """Read a file by its suffix. Raises ``TimelineError`` or ``OSError``."""
    if source.suffix == ".otioz":
        return _parse_otio(source, read_playlist(source.path), notes)
    if source.suffix != ".aaf":  # which may hold the media, too
        check_size(source.path)
    if source.suffix == ".otio":
        return _parse_otio(source, _text(source), notes)
    if source.suffix == ".edl":
        return edl_tree.read(_text(source), rate, notes)
    if source.suffix == ".aaf":
        check_sectors(source.path)
        with quiet():
            check_growth(source.path)
    return _read_xml(source, notes) if source.suffix in {".xml", ".fcpxml"} else _read_by_suffix(source)


def _read_xml(source: Source, notes: Notes) -> Tree:
    """Read XML by its root: FCP7 XML, FCPXML, else what an adapter knows. Raises ``TimelineError`` or ``OSError``."""
    document = source.path.read_bytes()
    if not document.strip(b"\0 \t\r\n"):
        raise source.error("the file is empty", "export the edit again")
    root = parse_xml(document)
    if root.tag == "xmeml":
        return xmeml.read(root, notes)
    if root.tag == "fcpxml":
        return fcpxml.read(root, notes)
    if _adapter_of(".xml") in {"", "fcp_xml"}:  # which reads xmeml only
        why = f"XML of another kind: its root is <{one_line(root.tag, 40)}>"
        raise source.error(why, "name FCP7 XML (xmeml) or FCPXML")
    return _read_by_suffix(source)


def _adapter_of(suffix: str) -> str:
    """Return the name of the adapter that reads a suffix; empty if none does."""
    import opentimelineio as otio  # noqa: PLC0415

    with quiet():
        if suffix[1:] not in otio.adapters.suffixes_with_defined_adapters(read=True):
            return ""
        return str(otio.adapters.from_filepath(f"edit{suffix}").name)


def _text(source: Source) -> str:
    """Read a text file in UTF-8 or UTF-16; an EDL also in Windows-1252. Raises ``TimelineError``."""
    data = source.path.read_bytes()
    if not data.strip(b"\0 \t\r\n"):
        raise source.error("the file is empty", "export the edit again")
    if source.suffix == ".edl":
        return decoded(data)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise source.error(f"not UTF-8 text (byte {error.start})", "export the edit again, or check the file") from None


def _parse_otio(source: Source, text: str, notes: Notes) -> Tree:
    """Read OTIO's JSON. Raises ``TimelineError``, which names the first schema that is too new."""
    top = _parse_json(source, text)
    if not isinstance(top, dict) or "OTIO_SCHEMA" not in top:
        raise source.error("JSON, but not OpenTimelineIO", "name an edit, or export it as .otio")
    del top  # it is as large as the tree, and needed again only after an error
    check_schemas(text)
    try:
        return _reader("otio_json")(text)
    except TimelineError as error:
        plain = _parse_json(source, text)
        newer = _newer_schema(plain)
        if not newer and with_known_schemas(plain, _schemas(), notes):
            return _reader("otio_json")(json.dumps(plain))
        todo = "save it for an older OpenTimelineIO, or update opentimelineio" if newer else "export the edit again"
        raise source.error(newer or error, todo) from None


def _parse_json(source: Source, text: str) -> Any:
    """Parse the text with Python's reader first: deep nesting would crash OTIO's. Raises ``TimelineError``."""
    try:
        return json.loads(text)
    except RecursionError:
        raise source.error("nested too deeply", "check the file: no edit looks like this") from None
    except ValueError:
        pass
    try:
        return json.loads(INFINITY.sub(r"\1Infinity", text))  # as OTIO before 0.16 wrote it
    except RecursionError:
        raise source.error("nested too deeply", "check the file: no edit looks like this") from None
    except ValueError as error:
        raise source.error(f"not JSON ({error})", "check the file, or export the edit again") from None


def _schemas() -> set[str]:
    """Return the names of the schemas that the installed OTIO knows, those of its plug-ins among them."""
    import opentimelineio as otio  # noqa: PLC0415

    return {*otio.core.type_version_map(), "Sequence", "Filler", "SerializableObjectRef"}


def _newer_schema(plain: Tree) -> str:
    """Describe the first schema that is newer than the installed OTIO reads; empty if there is none."""
    import opentimelineio as otio  # noqa: PLC0415  (it takes 100 ms to import)

    installed = otio.core.type_version_map()
    stack: list[Any] = [plain]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            name, _, version = str(value.get("OTIO_SCHEMA", "")).partition(".")
            if name in installed and version.isdecimal() and int(version) > installed[name]:
                return (
                    f"it uses {name}.{version[:9]}, and OpenTimelineIO {otio.__version__} "
                    f"reads {name} up to version {installed[name]}"
                )
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return ""


def _read_by_suffix(source: Source) -> Tree:
    """Read a file with the adapter that is registered for its suffix. Raises ``TimelineError``."""
    import opentimelineio as otio  # noqa: PLC0415

    name = _adapter_of(source.suffix)
    if not name:
        with quiet():
            readable = {*otio.adapters.suffixes_with_defined_adapters(read=True), "edl", "fcpxml", "xml"}
        suffixes = " ".join(f".{suffix}" for suffix in sorted(readable))
        raise source.error("no installed OpenTimelineIO adapter reads this", f"these can be read: {suffixes}")
    try:
        return _as_json(name, lambda: otio.adapters.read_from_file(str(source.path), name, **_no_media_linker()))
    except TimelineError:
        with quiet():
            gc.collect()  # a file that an adapter left open warns when it is collected: silence it here
        raise


def _reader(name: str) -> Callable[..., Tree]:
    """Return a function that turns text into JSON values with the adapter of this name."""
    import opentimelineio as otio  # noqa: PLC0415

    def read(text: str, **options: Any) -> Tree:
        return _as_json(name, lambda: otio.adapters.read_from_string(text, name, **_no_media_linker(), **options))

    return read


def _no_media_linker() -> dict[str, Any]:
    """Return the option that turns off media linkers, so that reading an edit never runs other programs."""
    import opentimelineio as otio  # noqa: PLC0415

    return {"media_linker_name": otio.media_linker.MediaLinkingPolicy.DoNotLinkMedia}


def _as_json(adapter: str, read: Callable[[], Any]) -> Tree:
    """Call an adapter and return JSON values. Whatever it raises becomes a ``TimelineError`` of one line."""
    reason = ""
    tree = None
    with quiet():
        try:
            result = read()
            tree = json.loads(result.to_json_string(indent=-1)) if hasattr(result, "to_json_string") else None
        except RecursionError:
            reason = "nested too deeply"
        except Exception as error:  # adapters raise exceptions of every kind
            reason = one_line(MANGLED.sub(r"\1", str(error.args[0] if error.args else type(error).__name__)))
    if reason:
        raise TimelineError(f"OpenTimelineIO's {adapter} reader cannot read it ({reason})")
    if not isinstance(tree, dict):
        raise TimelineError(f"OpenTimelineIO's {adapter} reader found no edit in it")
    return tree


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what adapters print, log and warn: it concerns their formats, not the user's edit."""
    root, silent = logging.getLogger(), logging.NullHandler()
    root.addHandler(silent)  # without any handler, logging.warning() would install one for good
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeHandler(silent)
