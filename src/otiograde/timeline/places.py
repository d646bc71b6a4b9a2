"""Places: from a media address, as programs write it, to a file that is there."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from otiograde.timeline.bundle import Bundle

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two signs at least: C: is a drive
DRIVE = re.compile(r"/*([A-Za-z])(?::|\||%3[Aa]|%7[Cc])(?=[/\\]|$)")
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
    """Whether the suffix is one that video or image files have."""
    return path.suffix.lower() in VIDEO or path.suffix.lower() in IMAGES


def spellings(address: str) -> Iterator[str]:
    """The paths that an address may mean, most literal first.

    ``file:`` addresses with an empty, ``localhost``, drive or server host (RFC 8089 and its appendix E), and percent-
    encoded or, against the rules, not; plain paths, which some programs percent-encode too; backslashes.
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
                path = f"{host}/{rest}"  # file://media/a.mov is how some programs write a relative path
        yield from reversed(list(_decoded(path)))
        return
    yield from _decoded(path)


def _decoded(path: str) -> Iterator[str]:
    seen = set()
    for spelt in (path, unquote(path)):
        drive = DRIVE.match(spelt)
        local = f"{drive[1]}:{spelt[drive.end() :]}" if drive else spelt
        for each in (local, local.replace("\\", "/")):
            if each not in seen:
                seen.add(each)
                yield each


def scheme_of(address: str) -> str:
    """The scheme of an address that no file system can answer (``http``); empty for all others."""
    found = SCHEME.match(address)
    return found[1].lower() if found and found[1].lower() != "file" else ""


class Places:
    """Where media may be: beside the edit, in its bundle, and anywhere under ``root`` by file name."""

    def __init__(self, folder: Path, root: Path | None = None, bundle: Bundle | None = None) -> None:
        self._folder, self._root, self._bundle = Path(os.path.abspath(folder)), root, bundle  # noqa: PTH100  (keeps links)
        self._index: dict[str, list[Path]] | None = None

    def here(self, address: str) -> Path | None:
        """The file at an address, or None. Raises ``OSError`` when it is in a bundle and cannot be unpacked."""
        if not address or "\0" in address:
            return None
        for path in spellings(address):
            if self._bundle and (packed := self._bundle.file(path)):
                return packed
            if os.path.isfile(self._folder / path):  # noqa: PTH113  (Path.is_file raises on names too long)
                return self._folder / path
        return None

    def packed(self, address: str) -> bool:
        """Whether an address names something inside the edit's bundle."""
        return self._bundle is not None and any(path in self._bundle for path in spellings(address))

    def folder(self, address: str) -> Iterator[Path]:
        """The folders that an address may mean."""
        for path in spellings(address):
            yield self._folder / path

    def moved(self, names: Iterable[str], near: str = "") -> tuple[Path, bool] | None:
        """A file under the media root with one of these names, and whether others have it too.

        Exactly, then whatever the case and Unicode form, then without suffix. Of several the one whose folders are most
        like those of the address ``near`` wins.
        """
        if self._root is None:
            return None
        index = self._indexed(self._root)
        for name in names:
            for key in (f"={name}", f"~{_folded(name)}", f".{_folded(name)}"):
                if found := [path for path in index.get(key, ()) if path.is_file()]:
                    return max(found, key=lambda path: _likeness(path, near)), len(found) > 1
        return None

    def _indexed(self, root: Path) -> dict[str, list[Path]]:
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
    """All files under the root; links are followed to files inside it only, never to folders."""
    inside = root.resolve()
    for folder, _, names in os.walk(inside):
        for name in names:
            path = Path(folder, name)
            if name.startswith("."):  # what systems leave behind (._a.mov is no video)
                continue
            if not path.is_symlink() or (path.is_file() and path.resolve().is_relative_to(inside)):
                yield path


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _likeness(path: Path, near: str) -> int:
    """How many of the last folders are the same."""
    count = 0
    parts = unquote(near).replace("\\", "/").split("/")
    for one, other in zip(reversed(path.parts), reversed(parts), strict=False):
        if _folded(one) != _folded(other):
            break
        count += 1
    return count


def file_names(address: str) -> Iterator[str]:
    """The file names that an address may mean, without folders."""
    for path in spellings(address):
        name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
        if name:
            yield name
