"""Work on a cluster of Dask: the results of one machine, whatever happens to workers and scheduler.

Tests: means/cluster.py, means/engines.py
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.chores import die, fail, mark, size, slowly, spectrum, total
from making.dask import Dask, dask, free_port, needs_dask
from making.waiting import PATIENCE, is_alive, until
from otiograde.errors import ClusterError, MediaError, ToolNotFoundError
from otiograde.means import engines
from otiograde.means.cluster import ClusterExecutor
from otiograde.means.engines import cluster
from otiograde.means.paths import PathRule
from otiograde.means.workers import SERIAL

pytestmark = [needs_dask, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # distributed warns of itself

#: How often something is killed; the test of ``-m fuzz`` does it a hundred times, or a part of that.
FEW, MANY = 4, round(100 * float(os.environ.get("OTIOGRADE_FUZZ", "1")))

#: What a worker does before it starts: nothing; or it has another version of a package, or no otiograde.
PLAIN = "pass"
OTHER = (
    "import importlib.metadata as m; real = m.version; "
    "m.version = lambda name: '0.0.9' if name == {name!r} else real(name)"
)
MISSING = "lambda name: real('no-such-package' if name == 'otiograde' else name)"
ONE_TRY = "import dask; dask.config.set({'distributed.scheduler.allowed-failures': 0})"
WITHOUT = f"import importlib.metadata as m; real = m.version; m.version = {MISSING}; sys.modules['otiograde'] = None"


@pytest.fixture(scope="module")
def two() -> Iterator[Dask]:
    """Two workers that no test harms."""
    with dask(PLAIN, PLAIN) as made:
        yield made


@pytest.fixture
def several(request: pytest.FixtureRequest) -> Iterator[Dask]:
    """Workers for a test that harms them: three, or as many as it says."""
    with dask(*[PLAIN] * getattr(request, "param", 3)) as made:
        yield made


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of a busy machine take their time to answer."""
    monkeypatch.setattr("otiograde.means.cluster.ANSWER", PATIENCE)


@pytest.fixture
def notes() -> list[str]:
    return []


@contextmanager
def joined(
    there: Dask, folder: Path | None, notes: list[str], *, patience: float = PATIENCE, rules: Any = ()
) -> Iterator[ClusterExecutor]:
    """Join a cluster, however long that takes; ``patience`` is for what goes wrong later."""
    with cluster(there.address, folder, rules, notes.append, PATIENCE) as executor:
        executor.patience = patience
        yield executor


def test_results_and_their_order_are_those_of_one_machine(two: Dask, tmp_path: Path, notes: list[str]) -> None:
    big = np.arange(200_000, dtype=np.float64)
    with joined(two, tmp_path, notes) as executor:
        assert list(executor.map(spectrum, range(40))) == list(SERIAL.map(spectrum, range(40)))
        assert list(executor.map(total, [big] * 30, range(30))) == [total(big, k) for k in range(30)]
        assert list(executor.map(slowly, range(500), [0.0] * 500)) == [k * k for k in range(500)]
        assert list(executor.map(spectrum, [])) == []
        assert executor.submit(slowly, 3, seconds=0.0).result() == 9
        (shelf,) = tmp_path.iterdir()
        assert len(list(shelf.iterdir())) == 1
    assert not list(tmp_path.iterdir())
    assert not notes


def test_without_a_folder_arrays_travel_with_the_work(two: Dask, notes: list[str]) -> None:
    big = np.arange(200_000, dtype=np.float64)
    with joined(two, None, notes) as executor:
        assert list(executor.map(total, [big] * 4, range(4))) == [total(big, k) for k in range(4)]


def test_a_share_that_takes_no_files_is_noted_once(two: Dask, tmp_path: Path, notes: list[str]) -> None:
    big = np.arange(200_000, dtype=np.float64)
    with joined(two, tmp_path, notes) as executor:
        (shelf,) = tmp_path.iterdir()
        shelf.rmdir()
        assert list(executor.map(total, [big] * 4, range(4))) == [total(big, k) for k in range(4)]
    assert len(notes) == 1
    assert "takes no files (No such file or directory): frames go through the scheduler" in notes[0]


def test_errors_come_back_whole(two: Dask, tmp_path: Path, notes: list[str]) -> None:
    with joined(two, tmp_path, notes) as executor, pytest.raises(MediaError, match="clip two is broken") as caught:
        list(executor.map(fail, range(4)))
    assert caught.value.command == ("ffmpeg", "-i", "x")
    assert "making/chores.py" in caught.value.__notes__[0]


def test_two_jobs_share_a_cluster_and_a_folder(two: Dask, tmp_path: Path, notes: list[str]) -> None:
    def job(seed: int) -> list[bytes]:
        with joined(two, tmp_path, notes) as executor:
            return list(executor.map(spectrum, range(seed, seed + 30)))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(job, (0, 100))) == [list(map(spectrum, range(n, n + 30))) for n in (0, 100)]


@pytest.mark.parametrize("several", [1], indirect=True)
def test_a_canceled_job_is_one_line(several: Dask, tmp_path: Path, notes: list[str]) -> None:
    from distributed import Client

    def cancel() -> None:
        with Client(several.address, set_as_default=False) as other:
            until(lambda: "slowly" in str(other.processing()))  # not while the workers are inspected
            other.restart(wait_for_workers=False)

    thread = threading.Thread(target=cancel)
    thread.start()
    with (
        joined(several, tmp_path, notes) as executor,
        pytest.raises(ClusterError, match=r"was canceled on the cluster: what is done is in the cache"),
    ):
        list(executor.map(slowly, range(1000), [1.0] * 1000))
    thread.join()


def kill_at_random(there: Dask, kills: int, done: threading.Event, seed: int) -> None:
    """Kill workers, and now and then the scheduler; others take their places."""
    chance = random.Random(seed)
    for number in range(kills):
        if done.wait(chance.uniform(0.3, 1.5)):
            return
        if number % 4 == 3:
            assert there.scheduler is not None
            there.scheduler.kill()
            there.scheduler.wait()
            there.start_scheduler()
        else:
            worker = there.workers.pop(chance.randrange(len(there.workers)))
            worker.kill()
            worker.wait()
            there.start_worker()
        while len([worker for worker in there.workers if worker.poll() is None]) < 3:
            there.start_worker()


def survive(there: Dask, kills: int, folder: Path, notes: list[str]) -> None:
    done = threading.Event()
    killer = threading.Thread(target=kill_at_random, args=(there, kills, done, kills))
    big = np.arange(50_000, dtype=np.float64)
    with joined(there, folder, notes) as executor:
        killer.start()
        try:
            ended = False
            while not ended:
                ended = not killer.is_alive()  # one round more: what was lost at last is seen then
                assert list(executor.map(spectrum, range(30))) == list(map(spectrum, range(30)))
                assert list(executor.map(total, [big] * 10, range(10))) == [total(big, k) for k in range(10)]
                assert list(executor.map(slowly, range(30), [0.1] * 30)) == [k * k for k in range(30)]
        finally:
            done.set()
            killer.join()


def test_killed_workers_and_schedulers_lose_nothing(several: Dask, tmp_path: Path, notes: list[str]) -> None:
    survive(several, FEW, tmp_path, notes)
    assert any("the scheduler went away" in note for note in notes)


@pytest.mark.parametrize("several", [1], indirect=True)
def test_a_scheduler_may_go_away_while_it_is_joined_again(
    several: Dask, tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = []
    with joined(several, tmp_path, notes) as executor:
        join = executor.reconnect

        def reconnect() -> None:
            join()
            joins.append(executor.client)
            if len(joins) == 1:
                executor.client.close()

        monkeypatch.setattr(executor, "reconnect", reconnect)
        results = executor.map(slowly, range(60), [0.1] * 60)
        assert next(results) == 0
        assert several.scheduler is not None
        several.scheduler.kill()
        several.scheduler.wait()
        several.start_scheduler()
        several.start_worker()
        assert [0, *results] == [k * k for k in range(60)]
    assert len(joins) == 2


@pytest.mark.fuzz
def test_a_hundred_kills_lose_nothing(several: Dask, tmp_path: Path, notes: list[str]) -> None:
    survive(several, MANY, tmp_path, notes)


@pytest.mark.parametrize("several", [1], indirect=True)
def test_a_scheduler_that_stays_away_is_one_line(several: Dask, tmp_path: Path, notes: list[str]) -> None:
    assert several.scheduler is not None
    with joined(several, tmp_path, notes, patience=3) as executor:
        results = executor.map(slowly, range(1000), [0.2] * 1000)
        assert next(results) == 0
        several.scheduler.kill()
        with pytest.raises(ClusterError, match="went away and did not come back: what is done is in the cache"):
            list(results)
    assert not list(tmp_path.iterdir())


def test_work_that_kills_its_workers_is_named(tmp_path: Path, notes: list[str]) -> None:
    """Four workers, as we send the work again; Dask, which would give it four tries each time, is told to give one."""
    with dask(PLAIN, scheduler=ONE_TRY) as there:
        stop = threading.Event()

        def replace() -> None:
            while not stop.wait(0.1):
                if there.workers[-1].poll() is not None:
                    there.start_worker()

        thread = threading.Thread(target=replace)
        thread.start()
        try:
            with (
                joined(there, tmp_path, notes) as executor,
                pytest.raises(ClusterError, match=r"workers died 4 times .* perhaps for lack of memory"),
            ):
                list(executor.map(die, [3]))
        finally:
            stop.set()
            thread.join()


def workers_with(marks: Path) -> set[int]:
    """The processes that do work, or did, by what ``mark`` left."""
    return {int(path.suffix[1:]) for path in marks.iterdir() if path.suffix}


@pytest.mark.parametrize("several", [2], indirect=True)
def test_a_stopped_worker_is_overtaken(several: Dask, tmp_path: Path, notes: list[str]) -> None:
    """It is stopped while it holds work, and the others may go on only then."""
    marks = tmp_path / "marks"
    marks.mkdir()
    with joined(several, tmp_path, notes) as executor:
        executor.slow_seconds = 2.0
        until(lambda: len(executor.workers()) == 2)
        results = executor.map(mark, [marks] * 30, range(30))
        first = next(results)
        until(lambda: len(workers_with(marks)) == 2)
        os.kill(max(workers_with(marks)), signal.SIGSTOP)
        (marks / "go").touch()
        assert [first, *results] == list(range(30))
    assert any("is slow: its work is given to another worker, too" in note for note in notes)


def test_a_cluster_that_is_not_there_is_one_line(notes: list[str]) -> None:
    wrong = {
        f"tcp://127.0.0.1:{free_port()}": "cannot be reached",
        "no such address": "cannot be reached",
        "nothing.json": "there is no scheduler file nothing.json",
        "local:0": "0 is not a number of workers",
        "slurm:many": "many is not a number of workers",
    }
    for address, said in wrong.items():
        with pytest.raises(ClusterError, match=said) as caught, cluster(address, None, (), notes.append, 3):
            pass
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"address": 3}', '{"type": "Scheduler"}', "[" * 100_000])
def test_a_file_that_names_no_scheduler_is_one_line(text: str, tmp_path: Path, notes: list[str]) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text(text)
    with pytest.raises(ClusterError, match="names no scheduler"), cluster(str(file), None, (), notes.append, 3):
        pass


def test_a_cluster_without_a_worker_is_one_line(tmp_path: Path, notes: list[str]) -> None:
    with (
        dask() as there,
        joined(there, tmp_path, notes, patience=3) as executor,
        pytest.raises(ClusterError, match="the cluster has no worker that can do the work"),
    ):
        list(executor.map(spectrum, range(4)))
    assert notes == ["the cluster has no worker: waiting for one"]


def test_workers_that_do_not_fit_are_named_and_left_out(tmp_path: Path, notes: list[str]) -> None:
    with dask(PLAIN, OTHER.format(name="numpy"), WITHOUT) as there, joined(there, tmp_path, notes) as executor:
        work = [0.1] * 60
        assert list(executor.map(slowly, range(60), work)) == [k * k for k in range(60)]
        there.start_worker(OTHER.format(name="otiograde"))  # one that comes later
        until(lambda: len(executor.workers()) == 2)
        assert list(executor.map(slowly, range(60), work)) == [k * k for k in range(60)]
        assert len(executor.workers()) == 1
    assert len(notes) == 3
    assert all(note.startswith("worker tcp://127.0.0.1:") and note.endswith(": it is left out") for note in notes)
    for said in ("has numpy 0.0.9, not", "has no otiograde", "has otiograde 0.0.9, not"):
        assert any(said in note for note in notes), said


def test_if_no_worker_fits_that_is_the_error(tmp_path: Path, notes: list[str]) -> None:
    with (
        dask(OTHER.format(name="numpy"), OTHER.format(name="av")) as there,
        pytest.raises(ClusterError, match=r"no worker of .* can do the work: .*has av 0.0.9, not"),
        joined(there, tmp_path, notes),
    ):
        pass


def test_a_scheduler_without_otiograde_is_named(tmp_path: Path, notes: list[str]) -> None:
    there = Dask()
    try:
        there.start_scheduler(WITHOUT)
        there.wait(0)
        with pytest.raises(ClusterError, match="runs without otiograde"), joined(there, tmp_path, notes):
            pass
    finally:
        there.stop()


def test_paths_are_mapped_and_workers_without_media_named(two: Dask, tmp_path: Path, notes: list[str]) -> None:
    media, elsewhere = tmp_path / "media", tmp_path / "elsewhere"
    for folder in (media, elsewhere, tmp_path / "cache"):
        folder.mkdir()
    for folder in (media, elsewhere):
        (folder / "a.mov").write_bytes(b"1234")
    rule = PathRule.parse(f"{media}={elsewhere}")
    with joined(two, tmp_path / "cache", notes, rules=[rule]) as executor:
        assert list(executor.map(size, [media / "a.mov"])) == [4]
    (elsewhere / "a.mov").unlink()
    with (
        joined(two, tmp_path / "cache", notes, rules=[rule], patience=3) as executor,
        pytest.raises(ClusterError, match=f"no worker that can do the work .*does not see {elsewhere}/a.mov"),
    ):
        list(executor.map(size, [media / "a.mov"] * 8))


def test_a_cache_that_workers_do_not_share_is_named(two: Dask, tmp_path: Path, notes: list[str]) -> None:
    """A folder of the same name on another machine: what this run put there is not in it."""
    other = tmp_path.parent / f"{tmp_path.name}-other"
    other.mkdir()
    rule = PathRule.parse(f"{tmp_path}={other}")
    with pytest.raises(ClusterError, match=f"does not see {other}/shelf-"), joined(two, tmp_path, notes, rules=[rule]):
        pass


def test_shelves_of_dead_processes_are_deleted(two: Dask, tmp_path: Path, notes: list[str]) -> None:
    host = os.uname().nodename
    dead = subprocess.Popen(["true"])
    dead.wait()
    names = [f"shelf-{host}-{dead.pid}-aa", f"shelf-{host}-{os.getpid()}-bb", "shelf-node-7-1-cc", "shelf-node-7-1-dd"]
    for name in names:
        (tmp_path / name).mkdir()
    os.utime(tmp_path / names[3], (time.time() - 8 * 24 * 3600,) * 2)
    with joined(two, tmp_path, notes):
        assert {path.name for path in tmp_path.iterdir()} >= set(names[1:3])
        assert not {path.name for path in tmp_path.iterdir()} & {names[0], names[3]}


def test_a_local_cluster_ends_with_its_block(tmp_path: Path, notes: list[str]) -> None:
    with cluster("local:2", tmp_path, (), notes.append) as executor:
        assert list(executor.map(spectrum, range(8))) == list(map(spectrum, range(8)))
        assert len(executor.workers()) == 2
    assert not list(tmp_path.iterdir())


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ToolNotFoundError, match=r"pip install 'otiograde\[cluster\]'"), cluster("local:2", None):
        pass


SBATCH = """\
#!/bin/sh
# Slurm's sbatch, as far as dask-jobqueue asks: runs the job's script here, and prints its number.
for last; do :; done
setsid sh "$last" >/dev/null 2>&1 </dev/null &
echo "$! $(wc -l < "$last")" >> "{log}"
echo "Submitted batch job $!"
"""


def test_a_queue_gets_jobs_as_the_user_set_it_up(
    tmp_path: Path, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dask_jobqueue", reason="NO DASK-JOBQUEUE: no queue is tried")
    import dask as dask_package

    log = tmp_path / "log"
    for name, text in {"sbatch": SBATCH.format(log=log), "scancel": "#!/bin/sh\nkill -- -$1\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    with pytest.raises(ClusterError, match="there is no program sbatch"), cluster("slurm:2", None):
        pass
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    with pytest.raises(ClusterError, match=r"set it up in ~/.config/dask/jobqueue.yaml"), cluster("slurm:2", None):
        pass
    options = {"jobqueue.slurm.cores": 1, "jobqueue.slurm.memory": "1GB", "jobqueue.slurm.interface": "lo"}
    with dask_package.config.set(options), cluster("slurm:2", tmp_path, (), notes.append) as executor:
        assert list(executor.map(spectrum, range(8))) == list(map(spectrum, range(8)))
        until(lambda: len(log.read_text().splitlines()) == 2)
    jobs = [int(line.split()[0]) for line in log.read_text().splitlines()]
    until(lambda: not any(is_alive(job) for job in jobs))


def test_numbers_of_engines() -> None:
    assert set(engines.QUEUES) == {"slurm", "pbs", "sge", "lsf", "oar", "htcondor", "moab"}
    assert issubclass(ClusterExecutor, __import__("concurrent.futures").futures.Executor)
