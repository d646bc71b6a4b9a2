"""Hostile inputs of every kind are read or refused: in time, in memory, in one line, and nothing else is opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fuzz.campaign import campaign, table
from fuzz.inputs import kind
from fuzz.watching import Watched

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured as Linux tells it"),
]

#: Seed of the inputs: the same in each run, so that a red run is a change's doing.
SEED = int(os.environ.get("OTIOGRADE_FUZZ_SEED", "0"))
#: What part of the inputs is read: 1 takes about three minutes on two processors.
PART = float(os.environ.get("OTIOGRADE_FUZZ", "1"))
#: Inputs of each kind.
COUNTS = {
    name: round(count * PART) for name, count in {"edits": 2500, "luts": 3000, "records": 500, "media": 1500}.items()
}


@pytest.mark.parametrize("name", COUNTS)
def test_hostile_inputs_are_read_or_refused(name: str, tmp_path: Path) -> None:
    save = Path(os.environ.get("OTIOGRADE_FUZZ_SAVE", tmp_path))
    tally = campaign(name, SEED, iter(range(COUNTS[name])), min(2, os.cpu_count() or 1), save)
    print(table({name: tally}))
    assert not tally.faults, "\n".join(tally.lines())
    assert tally.outcomes["read"] > COUNTS[name] // 20
    assert tally.outcomes["refused"] > COUNTS[name] // 20


@pytest.mark.parametrize("name", COUNTS)
def test_good_files_are_read(name: str) -> None:
    """Otherwise the hostile ones would not get far."""
    of_kind = kind(name)
    with Watched(of_kind.neighbors) as watched:
        for base, data in of_kind.bases.items():
            suffix = Path(base).suffix
            result = watched.read(
                name, base if name == "media" else "graded.json" if name == "records" else f"edit{suffix}", data, 0
            )
            assert result.outcome in ("read", "refused"), (base, result)
            if "__" not in base:  # some edits of other programs are no edits
                assert result.outcome == "read", (base, result)
