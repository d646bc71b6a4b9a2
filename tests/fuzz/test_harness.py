"""The harness sees what is wrong: a process that misbehaves in each way is told from one that reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import mutators
from fuzz.campaign import Tally, main, table
from fuzz.inputs import BY_SUFFIX, Input, Kind, kind
from fuzz.watching import Result, Watched

needs_linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="memory is measured as Linux tells it"
)

WAYS = {
    "read": "read", "refuse": "refused", "two lines": "traceback", "raise": "traceback", "spin": "hang", "wait": "hang",
    "die": "crash", "leave": "crash", "take": "memory", "take all": "memory", "write": "escape", "remove": "escape",
    "look": "escape", "start": "escape",
}  # fmt: skip

ALL = sorted(
    {mutator for several in BY_SUFFIX.values() for mutator in several} | {mutators.change_sizes},
    key=lambda m: m.__name__,
)


@pytest.fixture(scope="module")
def patient() -> Iterator[Watched]:
    with Watched(module="fuzz.misbehaving") as process:
        yield process


@pytest.fixture(scope="module")
def impatient() -> Iterator[Watched]:
    with Watched(module="fuzz.misbehaving", processor=2.0, clock=4.0) as process:
        yield process


@needs_linux
@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_misbehave_is_seen(way: str, patient: Watched, impatient: Watched) -> None:
    process = impatient if WAYS[way] == "hang" else patient  # a slow machine needs seconds to fill the memory
    result = process.read("edits", "edit.otio", way.encode())
    assert result.outcome == WAYS[way], result
    assert process.read("edits", "edit.otio", b"read").outcome == "read"  # and the next input is read


@needs_linux
@pytest.mark.slow
def test_a_long_run_prints_a_table_and_saves_what_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kind", "luts", "--count", "20", "--jobs", "1", "--save", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split()[:7] == ["tried", "read", "refused", "traceback", "hang", "crash", "memory"]
    assert printed.splitlines()[1].split()[:2] == ["luts", "20"]
    assert not list(tmp_path.iterdir())


def test_the_tally_groups_faults_by_their_place() -> None:
    tally = Tally()
    for number in range(3):
        tally.add(
            number, Input("a", b"", "a change_bytes"), Result("traceback", f"ValueError: {number} at a.py:1", 5, 1)
        )
    tally.add(3, Input("a", b"", "a change_bytes"), Result("read", "", 7 << 20, 2))
    assert [line.partition(":")[0] for line in tally.lines()] == ["3 x traceback a.py"]
    assert table({"edits": tally}).splitlines()[1].split() == [
        "edits",
        "4",
        "1",
        "0",
        "3",
        "0",
        "0",
        "0",
        "0",
        "7",
        "MiB",
        "2.0",
        "s",
    ]


def test_the_same_number_makes_the_same_input() -> None:
    of_kind = kind("luts")
    made = [of_kind.input(7, number) for number in range(50)]
    assert made == [of_kind.input(7, number) for number in range(50)]
    assert len({tried.data for tried in made}) > 40
    assert of_kind.input(8, 0) != made[0]


@pytest.mark.parametrize("mutator", ALL, ids=lambda mutator: mutator.__name__)
@given(seed=st.integers(0, 2**32), data=st.binary(max_size=200))
def test_a_mutator_takes_any_bytes(mutator: mutators.Mutator, seed: int, data: bytes) -> None:
    assert isinstance(mutator(Random(seed), data), bytes)


def test_json_stays_json_most_of_the_time() -> None:
    data = json.dumps({"a": [1, 2.5, "x", None, {"b": True}]}).encode()
    draw, whole = Random(1), 0
    for _ in range(100):
        try:
            json.loads(mutators.change_json(draw, data))
            whole += 1
        except ValueError:
            continue
    assert whole > 80


def test_scripts_are_made_for_media_only() -> None:
    names = {Kind({"a.mp4": b"x" * 50}, {"secret.ts": b""}).input(0, number).made_of for number in range(100)}
    assert "script" in names
    assert "script" not in {Kind({"a.cube": b"x" * 50}).input(0, number).made_of for number in range(100)}
