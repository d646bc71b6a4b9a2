"""Find the file that a media address means, in all the ways in which programs write addresses."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from otiograde.timeline.bundle import Bundle
from otiograde.timeline.reading import escaped

#: Scheme of an address, of two characters at least: ``C:`` is a drive.
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")

#: Drive of Windows at the start of a path, as ``C:`` or ``C|``, percent-encoded or not.
DRIVE = re.compile(r"/*([A-Za-z])(?::|\||%3[Aa]|%7[Cc])(?=[/\\]|$)")

#: Suffixes of video files.
VIDEO = frozenset(
    {
        ".mp4",
        ".mov",
        ".m4v",
        ".mkv",
        ".webm",
        ".avi",
        ".mxf",
        ".mts",
        ".m2ts",
        ".ts",
        ".mpg",
        ".mpeg",
        ".m2v",
        ".y4m",
        ".wmv",
        ".flv",
        ".3gp",
        ".ogv",
        ".dv",
        ".vob",
        ".braw",
        ".r3d",
    }
)

#: Suffixes of image files.
IMAGES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".tif",
        ".tiff",
        ".exr",
        ".dpx",
        ".bmp",
        ".tga",
        ".webp",
        ".hdr",
        ".jp2",
        ".ppm",
        ".heic",
        ".avif",
    }
)


def is_media(path: Path) -> bool:
    """Tell whether a path has the suffix of a video or image file.

    >>> is_media(Path("shot.MOV")), is_media(Path("notes.txt"))
    (True, False)
    """
    return path.suffix.lower() in VIDEO or path.suffix.lower() in IMAGES


def spellings(address: str) -> Iterator[str]:
    """Yield the paths that an address may mean, the most literal first.

    These forms are understood: ``file:`` addresses whose host is empty, ``localhost``, a drive or a server (RFC 8089
    and its appendix E), percent-encoded or, against the rules, not; plain paths, which some programs percent-encode
    too; backslashes.
    """
    path = address
    if address[:5].lower() == "file:":
        path = address[5:]
        if path.startswith("//"):
            host, _, rest = path[2:].partition("/")
            if host.lower() in {"", "localhost"}:
                path = f"/{rest}"
            elif DRIVE.match(host):
                path = f"{host}/{rest}"
            else:
                yield from _decoded(f"//{host}/{rest}")
                path = f"{host}/{rest}"  # some programs write a relative path as file://media/a.mov
        yield from reversed(list(_decoded(path)))
        return
    yield from _decoded(path)


def _decoded(path: str) -> Iterator[str]:
    """Yield a path as it is and percent-decoded, each with backslashes and with slashes."""
    seen = set()
    for path_text in (path, unquote(path)):
        drive = DRIVE.match(path_text)
        local = f"{drive[1]}:{path_text[drive.end() :]}" if drive else path_text
        for spelling in (local, local.replace("\\", "/")):
            if spelling not in seen:
                seen.add(spelling)
                yield spelling


def scheme_of(address: str) -> str:
    """Return the scheme of an address outside the file system (``http``), in lower case; empty for files.

    >>> scheme_of("http://example.org/a.mp4"), scheme_of("C:/a.mp4")
    ('http', '')
    """
    match = SCHEME.match(address)
    return match[1].lower() if match and match[1].lower() != "file" else ""


class Locator:
    """Finds media relative to ``folder``, in the edit's bundle, or by file name anywhere under ``root``."""

    def __init__(self, folder: Path, root: Path | None = None, bundle: Bundle | None = None) -> None:
        self._folder, self._root, self._bundle = Path(os.path.abspath(folder)), root, bundle  # noqa: PTH100  (keeps links)
        self._index: dict[str, list[Path]] | None = None

    def file_at(self, address: str) -> Path | None:
        """Return the file at an address, or None. Raises ``OSError`` if a bundle holds it and cannot be unpacked."""
        if not address or "\0" in address:
            return None
        for path in spellings(address):
            if self._bundle and (packed := self._bundle.file(path)):
                return packed
            if os.path.isfile(self._folder / path):  # noqa: PTH113  (Path.is_file raises on names too long)
                return self._folder / path
        return None

    def is_packed(self, address: str) -> bool:
        """Tell whether an address names an entry of the edit's bundle."""
        return self._bundle is not None and any(path in self._bundle for path in spellings(address))

    def folders(self, address: str) -> Iterator[Path]:
        """Yield the folders that an address may mean."""
        for path in spellings(address):
            yield self._folder / path

    def find_moved(self, names: Iterable[str], near: str = "") -> list[Path]:
        """Return the files under the media root with one of these names; those of the first name that is there.

        Names are compared exactly, then without case and Unicode form, then without suffix. The file whose folders are
        most similar to those of the address ``near`` comes first.
        """
        if self._root is None:
            return []
        index = self._by_name(self._root)
        for name in names:
            for key in (f"={name}", f"~{_folded(name)}", f".{_folded(name)}"):
                if matches := [path for path in index.get(key, ()) if path.is_file()]:
                    return sorted(matches, key=lambda path: -_similarity(path, near))
        return []

    def _by_name(self, root: Path) -> dict[str, list[Path]]:
        """Return the files under the root by name: exact (=), folded (~), folded without suffix (.)."""
        if self._index is None:
            self._index = {}
            for path in sorted(_files(root)):
                keys = [f"={path.name}", f"~{_folded(path.name)}"]
                if is_media(path):
                    keys.append(f".{_folded(path.stem)}")
                for key in keys:
                    self._index.setdefault(key, []).append(path)
        return self._index


def _files(root: Path) -> Iterator[Path]:
    """Yield all files under the root. Links are followed to files inside it, never to folders or out of it."""
    inside = root.resolve()
    for folder, _, names in os.walk(inside):
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or escaped(name) != name:  # ._a.mov is not a video; no edit holds the second
                continue
            if not path.is_symlink() or (path.is_file() and path.resolve().is_relative_to(inside)):
                yield path


def _folded(name: str) -> str:
    """Normalize the Unicode form and case of a name."""
    return unicodedata.normalize("NFC", name).casefold()


def _similarity(path: Path, near: str) -> int:
    """Count how many names agree, from the end of both paths."""
    count = 0
    parts = unquote(near).replace("\\", "/").split("/")
    for one, other in zip(reversed(path.parts), reversed(parts), strict=False):
        if _folded(one) != _folded(other):
            break
        count += 1
    return count


def file_names(address: str) -> Iterator[str]:
    """Yield the file names that an address may mean, without folders."""
    for path in spellings(address):
        name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
        if name:
            yield name
