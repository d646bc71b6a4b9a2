"""Inputs that once ended in a traceback, a hang, much memory or an escape are read or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.corpus import Failure, failures
from fuzz.watching import Watched

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured as Linux tells it"),
]

#: Names of past failures that are good files, only large.
READ = {"picture-of-8k"}


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with Watched({"secret.ts": b"secret"}, processor=30.0) as process:
        yield process


@pytest.mark.parametrize(
    ("name", "failure"), list(failures()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_past_failure_stays_mended(name: str, failure: Failure, watched: Watched) -> None:
    result = watched.read(failure.kind, failure.name, failure.make(), 1)
    assert not result.is_fault, result
    assert (result.outcome == "read") == (name in READ) or failure.kind == "edits", result
