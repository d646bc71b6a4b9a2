"""The network that reads looks: its weights, and that it is the one that was trained."""

from __future__ import annotations

import sys
from importlib import import_module, resources
from typing import Any

import numpy as np
import pytest

from making.drawn_looks import BENCHMARKS, pictures
from otiograde.color import look_network as network

#: What the file of the weights says beside the weights.
MADE_WITH = ("seed", "steps", "photographs")

COLORS = pictures()["studio"][0].reshape(-1, 3)[::5].astype(np.float32)


def test_weights_are_small_and_say_what_made_them() -> None:
    file = resources.files("otiograde.color").joinpath(network.WEIGHTS)
    with resources.as_file(file) as path:
        assert path.stat().st_size <= 300_000
        with np.load(path) as table:
            listed = (BENCHMARKS / "looks_sources.csv").read_text("utf-8")
            assert int(table["photographs"]) == listed.count("\n") - 1
            assert all(table[name].dtype == np.float16 for name in table.files if name not in MADE_WITH)


def import_module_of_benchmarks(name: str) -> Any:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_network_is_the_one_that_was_trained() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed: the deep extra")
    trained = import_module_of_benchmarks("make_looks")
    weights = network._weights()
    twin = trained.Network(torch.zeros(60), torch.zeros(len(weights["basis"]), 60))
    twin.load_state_dict({key: torch.tensor(weights[key.replace(".", "_")]) for key in twin.state_dict()})
    colors = COLORS
    with torch.no_grad():
        coordinates, spread = twin(torch.tensor(colors)[None], torch.tensor([2.0]))
    ours = network.forward(colors, 2, weights)
    np.testing.assert_allclose(ours, [*coordinates[0].numpy(), spread[0].item()], atol=1e-4)
