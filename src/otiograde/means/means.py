"""Means: what a run works with. None of it changes the result."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from otiograde.means.cache import NO_CACHE, Cache
from otiograde.means.network import Network
from otiograde.means.progress import Progress, silent
from otiograde.means.workers import SERIAL


@dataclass(frozen=True, slots=True)
class Means:
    """What a run works with.

    The record is the same whatever ``executor`` and ``cache``. ``network`` matches what SIFT cannot
    (``deep.network.open_network``); its answers, and its name in ``made_with``, are part of the record.
    """

    executor: Executor = SERIAL
    cache: Cache = NO_CACHE
    network: Network | None = None
    progress: Progress = silent
