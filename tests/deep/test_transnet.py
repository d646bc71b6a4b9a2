"""TransNetV2 with its real weights: sharp at a cut, and still where nothing ends."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import pytest

from making.pictures import wall
from otiograde.deep.transnet import transition_odds
from otiograde.deep.weights import TRANSNET, _candidates, _digest


@pytest.fixture(scope="module")
def real() -> Any:
    """The weights, if they and torch are installed."""
    if find_spec("torch") is None:
        pytest.skip("NO TORCH: the real network was not run")
    import torch

    torch.set_num_threads(1)
    for path in _candidates(TRANSNET, None):
        if _digest(path) == TRANSNET.digest:
            return torch.load(path, weights_only=True)
    return pytest.skip("NO WEIGHTS of TransNetV2: the real network was not run")


def shot(seed: int, count: int) -> np.ndarray:
    picture = np.rint(wall(seed, 108, 260) * 255).astype(np.uint8)
    views = (picture[:, k // 2 :][:, :192] for k in range(count))
    return np.stack([cv2.resize(view, (48, 27), interpolation=cv2.INTER_AREA) for view in views]).astype(np.uint8)


def likely(weights: Any, frames: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        return np.asarray(torch.sigmoid(transition_odds(weights, torch.from_numpy(frames))))


@pytest.mark.slow
def test_a_cut_is_seen_where_it_is(real: Any) -> None:
    answers = likely(real, np.concatenate([shot(1, 47), shot(2, 53)]))
    assert answers.shape == (100,)
    assert int(answers.argmax()) == 46
    assert answers[46] > 0.5
    assert answers[:44].max() < 0.1
    assert answers[49:].max() < 0.1


@pytest.mark.slow
def test_a_shot_and_a_light_that_goes_down_are_no_cuts(real: Any) -> None:
    whole = shot(1, 100)
    assert likely(real, whole).max() < 0.1
    light = np.linspace(1, 0.7, 100)[:, None, None, None]
    assert likely(real, np.rint(whole * light).astype(np.uint8)).max() < 0.1
