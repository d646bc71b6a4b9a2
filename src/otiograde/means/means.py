"""Means: the workers, cache, network and progress callback that a run works with."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from otiograde.means.cache import NO_CACHE, Cache
from otiograde.means.network import Network, OpenStyle
from otiograde.means.progress import Progress, silent
from otiograde.means.workers import SERIAL


@dataclass(frozen=True, slots=True)
class Means:
    """What a run works with.

    ``executor``, ``cache`` and ``progress`` never change the record. ``network`` and ``style`` do: the links and looks
    that they find, and their names in ``made_with``, are part of the record.
    """

    #: Runs the work: inline (the default), in processes (``workers.processes``), or on a cluster.
    executor: Executor = SERIAL
    #: Keeps samples and links from one run to the next. The default keeps nothing.
    cache: Cache = NO_CACHE
    #: Matches frames that SIFT cannot match (``deep.network.open_network``). None: SIFT only.
    network: Network | None = None
    #: Called by each long step. The default ignores the calls.
    progress: Progress = silent
    #: Opens the network of style looks (``deep.style.open_style``) when a look asks for one. None: there is none.
    style: OpenStyle | None = None
