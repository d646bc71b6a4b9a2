"""Clips of known truth in several encodings: the small part of ``benchmarks/hdr.py`` that every run can pay.

Tests: grading/study.py, grading/pipeline.py
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = [pytest.mark.footage, pytest.mark.ffmpeg, pytest.mark.slow]

FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "hdr.py"


@pytest.fixture(scope="module")
def hdr() -> ModuleType:
    """The benchmark, on fewer and smaller frames."""
    spec = importlib.util.spec_from_file_location("benchmark_hdr", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark_hdr"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    module.COUNT, module.WIDTH = 4, 320
    return module


@pytest.mark.parametrize("seed", [1, 5])
def test_a_scene_of_several_encodings_comes_right(hdr: ModuleType, footage: Path, seed: int) -> None:
    takes = hdr.takes_of(["pq", "slog3-cine", "bt709"], seed, scenes=1)
    outcomes, record = hdr.graded(takes, footage / "dev")
    assert len(record.scenes) == 1
    wrong = [outcome for outcome in outcomes if outcome.take.error != hdr.Error()]
    assert all(outcome.after < outcome.before + 0.5 for outcome in outcomes)
    assert sum(outcome.after for outcome in wrong) / len(wrong) < 1.5
    assert outcomes[0].moved == 0


def test_one_scene_in_log_comes_right(hdr: ModuleType, footage: Path) -> None:
    outcomes, _ = hdr.graded(hdr.takes_of(["slog3-cine"], 2, scenes=1), footage / "dev")
    wrong = [outcome for outcome in outcomes if outcome.take.error != hdr.Error()]
    assert sum(outcome.after for outcome in wrong) / len(wrong) < 0.9


@pytest.mark.parametrize("named", [True, False])
def test_right_shots_of_two_encodings_are_left_alone(hdr: ModuleType, footage: Path, named: bool) -> None:
    distance, moved = hdr.apart("slog3-cine", "bt709", footage / "dev", named=named)
    assert moved == 0
    assert distance < 0.5 or not named
