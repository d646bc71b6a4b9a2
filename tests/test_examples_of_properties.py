"""Property tests try the same examples in every process, whatever modules it has loaded."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st


def drawn() -> list[tuple[int, str]]:
    examples = []

    @given(st.integers(), st.text())
    def draw(number: int, text: str) -> None:
        examples.append((number, text))

    draw()
    return examples


@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE", "steady") != "steady", reason="others look further")
def test_a_module_of_a_checkout_changes_no_example(tmp_path: Path) -> None:
    before = drawn()
    file = tmp_path / "numbers.py"
    file.write_text(f"{tuple(range(1000, 1200))}\n{tuple(map(str, range(1000, 1200)))}\n")
    spec = importlib.util.spec_from_file_location("loaded_numbers", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "loaded_numbers", module)
        spec.loader.exec_module(module)
        assert drawn() == before
    assert len(before) > 50
