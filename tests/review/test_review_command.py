"""``otiograde review``: the address it prints, how it ends, and what is left when it is killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reviewing import Client

from making.waiting import PATIENCE
from otiograde.folder.reading import changed_files, read_record
from otiograde.review.desk import Desk

#: Signals that end a review like Ctrl-C.
ENDINGS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Running:
    """A review in a process of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        command = [sys.executable, "-m", "otiograde", "review", str(folder), "--no-browser", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def ask(self, what: str, **values: Any) -> Any:
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([\w-]{32})/", self.address)
        assert match, self.address
        client = Client.__new__(Client)
        client.port = int(match[1])
        headers = {"Origin": f"http://127.0.0.1:{client.port}", "Content-Type": "application/json"}
        method, body = ("POST", json.dumps(values).encode()) if values else ("GET", None)
        status, answer, _ = client.send(method, f"/{match[2]}/api/{what}", body, headers if values else {})
        assert status < 300, answer
        return json.loads(answer)

    def end(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        _, log = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, log


@pytest.fixture
def run_review() -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def start(folder: Path, *words: str) -> Running:
        running.append(Running(folder, *words))
        return running[-1]

    yield start
    for each in running:
        each.process.kill()
        each.process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("number", ENDINGS)
def test_interrupted_it_leaves_cleanly(
    number: signal.Signals, run_review: Callable[..., Running], folder: Path
) -> None:
    review = run_review(folder)
    assert review.ask("pulse")["revision"] == 0
    review.ask("change", revision=0, change={"kind": "lock", "shots": ["wide"], "lock": True})
    code, log = review.end(number)
    lines = log.strip().splitlines()
    assert code == 0
    assert lines[0].split() == ["reviewing", str(folder), "Ctrl-C", "ends", "it"]
    assert lines[1:] == [f"  closed     {folder}, unsaved changes are dropped"]
    assert changed_files(folder, read_record(folder)) == {}


@pytest.mark.slow
def test_killed_it_loses_nothing_that_was_saved(run_review: Callable[..., Running], folder: Path) -> None:
    review = run_review(folder)
    review.ask("change", revision=0, change={"kind": "strength", "shots": ["wide"], "strength": 0.25})
    review.ask("save", revision=1, solve=False)
    while review.ask("pulse")["job"] is not None:
        pass
    review.ask("change", revision=2, change={"kind": "strength", "shots": ["wide"], "strength": 0.75})
    review.ask("save", revision=3, solve=False)
    assert review.end(signal.SIGKILL)[0] == -signal.SIGKILL
    record = read_record(folder)
    assert record.grade("wide").strength in (0.25, 0.75)
    assert changed_files(folder, record) == {}


@pytest.mark.slow
@pytest.mark.parametrize("number", ENDINGS)
def test_ended_while_it_saves_the_folder_is_whole(
    number: signal.Signals, run_review: Callable[..., Running], folder: Path
) -> None:
    review = run_review(folder)
    review.ask("change", revision=0, change={"kind": "strength", "shots": ["wide"], "strength": 0.25})
    review.ask("save", revision=1, solve=False)
    code, log = review.end(number)
    assert code == 0
    assert log.strip().splitlines()[-1].startswith(f"  closed     {folder}")
    assert "Traceback" not in log
    record = read_record(folder)
    assert record.grade("wide").strength in (1.0, 0.25)
    assert changed_files(folder, record) == {}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.slow
def test_a_closed_terminal_ends_it(folder: Path) -> None:
    """Its stderr takes nothing any more, and a hang-up comes."""
    command = [sys.executable, "-m", "otiograde", "review", str(folder), "--no-browser"]
    ours, theirs = os.openpty()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"http://127.0.0.1:")
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


@pytest.mark.slow
def test_a_busy_port_is_one_line(run_review: Callable[..., Running], folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        review = run_review(folder, "--port", str(port))
        _, log = review.process.communicate(timeout=PATIENCE)
    assert review.process.returncode == 1
    assert log == f"otiograde: port {port} cannot be used (Address already in use): name another one with --port\n"


def test_no_output_is_one_line(run_review: Callable[..., Running], tmp_path: Path) -> None:
    _, log = run_review(tmp_path).process.communicate(timeout=PATIENCE)
    assert log.count("\n") == 1
    assert "is no output folder of otiograde" in log


def test_stopping_in_the_middle_of_saving(folder: Path) -> None:
    """The work ends at its next step, and the folder is as it was."""
    from otiograde.means.cache import NO_CACHE
    from otiograde.review.changes import SetStrength
    from otiograde.review.work import StoppedError

    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    desk = Desk(folder, NO_CACHE)
    desk.change(0, SetStrength(("wide",), 0.5))
    job, work = desk.saving(1, solve_first=False)
    job.canceled = True
    with pytest.raises(StoppedError, match="saving: stopped"):
        work()
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
