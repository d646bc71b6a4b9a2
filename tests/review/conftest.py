"""A review of a little folder, served on a free port of this machine, and a client that speaks to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from reviewing import TOKEN, Client

from making.small_record import small_folder
from otiograde.means.cache import NO_CACHE, Cache
from otiograde.review.desk import Desk
from otiograde.review.server import listen, server


@pytest.fixture
def open_review() -> Iterator[Callable[..., Client]]:
    running = []

    def start(folder: Path, cache: Cache = NO_CACHE) -> Client:
        desk, listener = Desk(folder, cache), listen(0)
        serving = server(desk, TOKEN, listener)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((serving, thread, listener))
        return Client(desk, listener.getsockname()[1])

    yield start
    for serving, thread, listener in running:
        serving.should_exit = True
        thread.join(20)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_folder(tmp_path / "film.graded")


@pytest.fixture
def client(open_review: Callable[..., Client], folder: Path) -> Client:
    return open_review(folder)
