"""Tables that come with otiograde: a missing or damaged one is named in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from otiograde.color import alike, look_network, prior, shipped
from otiograde.decide.match import readings
from otiograde.errors import ToolNotFoundError


class Shipped(NamedTuple):
    """A file, the cached call that loads it, and what needs it."""

    name: str
    load: Any
    use: Callable[[], object]


FILES = (
    Shipped(prior.TABLE, prior.grade_prior, prior.grade_prior),
    Shipped(alike.WEIGHTS, alike.shipped_weights, alike.shipped_weights),
    Shipped(look_network.WEIGHTS, look_network._weights, lambda: look_network.read_look(np.zeros((64, 3), np.float32))),
    Shipped(readings.WEIGHTS, readings._weights, lambda: readings.head(np.zeros(49), readings._weights())),
)


@pytest.mark.parametrize("content", [None, b"", b"not a zip", b"PK\x03\x04 cut off"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_missing_or_damaged_weights_are_named_in_one_line(
    file: Shipped, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.use()
    if content is not None:
        (tmp_path / file.name).write_bytes(content)
    monkeypatch.setattr(shipped.resources, "files", lambda _: tmp_path)
    file.load.cache_clear()
    try:
        message = rf"{file.name} is missing or damaged: install otiograde again"
        with pytest.raises(ToolNotFoundError, match=message) as caught:
            file.use()
        assert "\n" not in str(caught.value)
    finally:
        file.load.cache_clear()
