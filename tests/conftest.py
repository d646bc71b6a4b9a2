"""What tests share: the footage beside the checkout, FFmpeg, a browser; their marks, and how many run at once."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run: a red run is a change's doing. HYPOTHESIS_PROFILE=explore looks further.
SLOW = [HealthCheck.too_slow]  # says something about the machine, not about the test
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile("explore", deadline=None, max_examples=1000, suppress_health_check=SLOW)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "steady")
settings.load_profile(PROFILE)
if PROFILE == "steady":
    # Hypothesis tries the numbers and texts of modules that are loaded, too, if they lie in a checkout: others in an
    # installed package, in another process, and after any change.
    providers: Any = sys.modules.get("hypothesis.internal.conjecture.providers")
    if hasattr(providers, "_local_constants"):
        providers._get_local_constants = lambda: providers._local_constants

# A shell starts background jobs with Ctrl-C ignored, and nohup starts them with SIGHUP ignored. Programs inherit that:
# the ones that tests interrupt must not.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"

#: Fixture -> the mark of every test that asks for it, directly or through another fixture.
MARKED_BY = {"browser": "browser", "ffmpeg": "ffmpeg", "ffmpegs": "ffmpeg", "each_ffmpeg": "ffmpeg"}

#: More processes than this make nothing quicker: a file stays with one process, and the longest decides.
MOST_PROCESSES = 8

#: The files that take longest, which begin. What else is slow follows.
LONGEST = (
    "test_demo_command.py",
    "test_cluster.py",
    "test_keying.py",
    "test_edits_in_melt.py",
    "test_events.py",
    "test_scripts.py",
    "test_cpu_levels.py",
)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run in this process what is quicker than the start of others: single files, and tests chosen by name.

    Many tests wait for other programs: one process more than processors keeps these busy.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    files = all(argument.partition("::")[0].endswith(".py") for argument in config.args)
    if files or config.option.keyword or config.option.collectonly or config.option.capture == "no":
        return 0
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors + 1, MOST_PROCESSES)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the marks that follow from fixtures; where processes share the files, begin with the long ones."""
    for item in items:
        for mark in {MARKED_BY[name] for name in getattr(item, "fixturenames", ()) if name in MARKED_BY}:
            item.add_marker(mark)
        if item.get_closest_marker("fuzz") and "fuzz" not in config.option.markexpr:
            item.add_marker(pytest.mark.skip(reason="six minutes of hostile inputs and kills: pytest -m fuzz"))
    if hasattr(config, "workerinput"):
        slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
        items.sort(key=lambda item: (item.path.name not in LONGEST, -slow[item.path]))  # the last to end decides


@pytest.fixture(scope="session")
def footage() -> Path:
    """The folder of real footage beside the checkout."""
    if not FOOTAGE.is_dir():
        pytest.skip(f"THE FOOTAGE IS MISSING: {FOOTAGE} is not there, so nothing is tested on real pictures")
    return FOOTAGE


@pytest.fixture(scope="session")
def ffmpegs() -> list[Path]:
    """Every FFmpeg here: the system's, and the one that imageio-ffmpeg brings."""
    import imageio_ffmpeg

    found = [Path(system)] if (system := shutil.which("ffmpeg")) else []
    embedded = sorted((Path(imageio_ffmpeg.__file__).parent / "binaries").glob("ffmpeg-*"))
    found += [program for program in embedded if program not in found]
    if not found:
        pytest.skip("NO FFMPEG: neither the system nor imageio-ffmpeg has one")
    return found


@pytest.fixture(scope="session")
def ffmpeg(ffmpegs: list[Path]) -> Path:
    """One FFmpeg, for making test clips."""
    return ffmpegs[-1]


@pytest.fixture(params=["embedded", "system"])
def each_ffmpeg(request: pytest.FixtureRequest) -> str:
    """Each FFmpeg of this machine, one after the other."""
    from making.clips import FFMPEGS

    path = FFMPEGS[request.param]
    if path is None:
        pytest.skip(f"no {request.param} ffmpeg on this machine")
    return str(path)


@pytest.fixture
def make_record(tmp_path: Path) -> Any:
    """Make a record (``making.records.MakeRecord``): media cut one after another, all of them graded.

    Each shot shows ``count`` media frames from ``start`` on.
    """
    from making.otio import tree_of
    from making.records import CROSSED, graded
    from making.shots import edit, shot

    def make(media: dict[str, Any], *, start: int = 2, count: int = 5, skips: Any = (), lut_size: int = 33) -> Any:
        shots = [
            shot(name, of, (start, count), at=number * count, where=(0, number))
            for number, (name, of) in enumerate(media.items())
        ]
        cut = edit(*shots, otio=tree_of(shots, tmp_path), skips=skips)
        return graded(cut, CROSSED, lut_size=lut_size)

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium, headless, for the tests of pages (``browsing.opened``)."""
    from browsing import CHROMIUM, browsing

    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: no page is looked at in a browser (Debian's package `chromium` brings one)")
    with browsing() as found:
        yield found


@pytest.fixture
def world() -> Any:
    """A painted wall to match shots of (``making.pictures.World``)."""
    from making.pictures import World

    return World()


@pytest.fixture
def look() -> Any:
    """The class of simple grades of such shots (``making.pictures.Look``)."""
    from making.pictures import Look

    return Look
