"""Executors: any count gives the same results in the same order, and no worker outlives its parent."""

from __future__ import annotations

import os
import pickle
import platform
import signal
import subprocess
import sys
from concurrent.futures import Executor
from pathlib import Path

import pytest

from making.chores import crowd, die, fail, resident, spectrum
from making.waiting import PATIENCE, is_alive, until
from otiograde import errors
from otiograde.errors import CubeError, MediaError, OtiogradeError
from otiograde.means.workers import SERIAL, default_count, processes


def work(executor: Executor) -> list[bytes]:
    return list(executor.map(spectrum, range(8)))


@pytest.mark.slow
def test_order_and_bytes_do_not_depend_on_the_count() -> None:
    expected = [spectrum(seed) for seed in range(8)]
    assert work(SERIAL) == expected
    with processes(1) as one:
        assert one is SERIAL
    with processes(3) as three:
        assert work(three) == expected


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc only")
def test_a_worker_that_waits_gives_back_the_memory_it_keeps() -> None:
    with processes(2) as pool:
        spent = dict(pool.map(crowd, range(4)))
        for process, taken in spent.items():
            until(lambda process=process, taken=taken: resident(process) < taken - (30 << 20))


def test_serial_does_one_thing_at_a_time() -> None:
    seen: list[int] = []
    results = SERIAL.map(seen.append, range(3))
    assert seen == []
    next(results)
    assert seen == [0]


def test_serial_future_holds_result_or_error() -> None:
    assert SERIAL.submit(fail, 1).result() == 1
    with pytest.raises(MediaError, match="clip two"):
        SERIAL.submit(fail, 2).result()


def test_errors_come_back_whole_from_a_worker() -> None:
    with pytest.raises(MediaError, match="clip two is broken") as caught, processes(2) as pool:
        list(pool.map(fail, range(4)))
    assert caught.value.command == ("ffmpeg", "-i", "x")
    assert caught.value.log == ("last line",)


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_every_error_survives_the_way_between_processes(kind: type[Exception]) -> None:
    error = kind("what, where, what to do")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)


def test_line_of_a_cube_error_survives() -> None:
    again = pickle.loads(pickle.dumps(CubeError("wrong", line=7)))
    assert again.line == 7
    assert str(again) == "line 7: wrong"


def test_a_dead_worker_is_one_clear_error() -> None:
    with pytest.raises(OtiogradeError, match="worker process died"), processes(2) as pool:
        list(pool.map(die, [3, 3]))


BROKEN_OFF = """
import sys
from pathlib import Path
from making.chores import die_in_a_sentence, slowly
from making.waiting import until
from otiograde.means.workers import processes

if __name__ == "__main__":
    with processes(2) as pool:
        pool.submit(die_in_a_sentence, 1 << 28, sys.argv[1])
        pool.submit(slowly, 1, 3600)
        until(Path(sys.argv[1]).exists)
        raise KeyboardInterrupt
"""


@pytest.mark.slow
def test_workers_that_end_while_they_answer_are_not_waited_for(tmp_path: Path) -> None:
    script = tmp_path / "broken_off.py"
    script.write_text(BROKEN_OFF)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    words = [sys.executable, script, tmp_path / "mark"]
    done = subprocess.run(words, env=environment, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt", done.stderr


def test_default_count_is_at_least_one() -> None:
    assert default_count() >= 1


READERS = """
import os
seen = os.environ.get("OPENBLAS_NUM_THREADS")  # when NumPy, imported here, would read it
from otiograde.means.workers import processes

def tell(number):
    return seen

if __name__ == "__main__":
    with processes(2) as pool:
        print(seen, set(pool.map(tell, range(4))), os.environ.get("OPENBLAS_NUM_THREADS"))
"""


@pytest.mark.slow
def test_a_script_that_loads_numpy_first_has_workers_of_one_thread(tmp_path: Path) -> None:
    script = tmp_path / "readers.py"
    script.write_text(READERS)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "3"}
    output = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert output.split() == ["3", "{'1'}", "3"]


SLEEPERS = """
import sys, time, os
from pathlib import Path
from otiograde.means.workers import processes

def sleep(folder):
    Path(folder, str(os.getpid())).touch()
    time.sleep(3600)

if __name__ == "__main__":
    with processes(2) as pool:
        list(pool.map(sleep, [sys.argv[1]] * 6))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_an_interrupted_or_killed_parent(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    seen = tmp_path / "seen"
    seen.mkdir()
    parent = subprocess.Popen([sys.executable, script, seen], start_new_session=True, stderr=subprocess.PIPE, text=True)
    until(lambda: len(list(seen.iterdir())) == 2)
    if how == signal.SIGINT:
        os.killpg(parent.pid, how)  # what a terminal does: everyone in the group gets it
    else:
        parent.kill()
    _, log = parent.communicate(timeout=PATIENCE)
    workers = [int(path.name) for path in seen.iterdir()]
    assert len(workers) == 2
    until(lambda: not any(is_alive(worker) for worker in workers))
    if how == signal.SIGINT:
        assert log.count("KeyboardInterrupt") == 1, log  # from the parent, and from no worker
