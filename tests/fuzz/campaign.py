"""Make hostile inputs, have them read, and count what became of them: ``scripts/fuzz``."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from fuzz.inputs import Input, kind
from fuzz.readers import READERS
from fuzz.watching import OUTCOMES, Result, Watched


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    outcomes: Counter[str] = field(default_factory=Counter)
    #: Kind of fault -> the inputs with it: number, input, result.
    faults: dict[str, list[tuple[int, Input, Result]]] = field(default_factory=dict)
    #: Most memory of a process, in bytes, and the longest time of an input that was read or refused, in seconds.
    peak: int = 0
    longest: float = 0.0

    def add(self, number: int, tried: Input, result: Result) -> None:
        self.outcomes[result.outcome] += 1
        self.peak = max(self.peak, result.peak)
        if result.is_fault:
            self.faults.setdefault(result.kind, []).append((number, tried, result))
        else:
            self.longest = max(self.longest, result.seconds)

    def lines(self) -> Iterator[str]:
        """One line for each kind of fault."""
        for name, inputs in sorted(self.faults.items(), key=lambda item: -len(item[1])):
            number, tried, result = inputs[0]
            what = f"number {number} ({tried.made_of}, {len(tried.data)} bytes)"
            yield f"{len(inputs)} x {name}: {what}: {result.detail[:300]}"


def campaign(name: str, seed: int, numbers: Iterator[int], jobs: int = 1, save: Path | None = None) -> Tally:
    """Read the inputs of these numbers in ``jobs`` processes. Those with a fault are saved into the folder ``save``."""
    tally, lock, of_kind = Tally(), threading.Lock(), kind(name)

    def work() -> None:
        with Watched(of_kind.neighbors) as watched:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                tried = of_kind.input(seed, number, str(watched.folder / "in"))
                result = watched.read(name, tried.name, tried.data, number)
                with lock:
                    tally.add(number, tried, result)
                    if result.is_fault and save is not None:
                        _save(save / name, seed, number, tried, result)

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _save(folder: Path, seed: int, number: int, tried: Input, result: Result) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{seed}-{number}-{result.outcome}-{tried.name}"
    path.write_bytes(tried.data)
    path.with_name(path.name + ".why").write_text(f"{tried.made_of}\n{result.detail}\n", "utf-8")


def table(tallies: dict[str, Tally]) -> str:
    """The counts as a table, one line for each kind."""
    lines = [f"{'':8} {'tried':>6} " + " ".join(f"{outcome:>9}" for outcome in OUTCOMES) + "  most memory  longest"]
    for name, tally in tallies.items():
        counts = " ".join(f"{tally.outcomes[outcome]:>9}" for outcome in OUTCOMES)
        ends = f"{tally.peak >> 20:>7} MiB  {tally.longest:>5.1f} s"
        lines.append(f"{name:8} {tally.outcomes.total():>6} {counts}  {ends}")
    return "\n".join(lines)


def until(numbers: Iterator[int], end: float) -> Iterator[int]:
    """The numbers, as long as there is time."""
    for number in numbers:
        if time.monotonic() > end:
            return
        yield number


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, help="how long, all kinds together (default: until --count)")
    parser.add_argument(
        "--count", type=int, help="inputs of each kind (default: as many as there is time for, or 1000)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the inputs (default 0)")
    parser.add_argument("--first", type=int, default=0, help="number of the first input (default 0)")
    parser.add_argument("--kind", choices=list(READERS), action="append", help="only this kind; may be given again")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes at once (default: one a processor)"
    )
    parser.add_argument(
        "--save", type=Path, default=Path("fuzz-failures"), help="folder of failing inputs (default fuzz-failures)"
    )
    options = parser.parse_args(words)
    kinds = options.kind or list(READERS)
    tallies = {}
    for name in kinds:
        amount = options.count or (None if options.hours else 1000)
        numbers = iter(range(options.first, options.first + amount)) if amount else count(options.first)
        if options.hours:
            numbers = until(numbers, time.monotonic() + options.hours * 3600 / len(kinds))
        tallies[name] = campaign(name, options.seed, numbers, options.jobs, options.save)
        print(table({name: tallies[name]}), *tallies[name].lines(), sep="\n", flush=True)
    print("\n" + table(tallies))
    return int(any(tally.faults for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
