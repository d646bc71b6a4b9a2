"""What tests share: the footage beside the checkout, and the FFmpegs of this machine."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run: a red run is a change's doing. HYPOTHESIS_PROFILE=explore looks further.
SLOW = [HealthCheck.too_slow]  # says something about the machine, not about the test
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile("explore", deadline=None, max_examples=1000, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# A shell starts background jobs with Ctrl-C ignored, and programs inherit that: the ones that tests interrupt must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium, headless, for the tests of pages (``browsing.opened``)."""
    from browsing import CHROMIUM, browsing

    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: no page is looked at in a browser (Debian's package `chromium` brings one)")
    with browsing() as found:
        yield found
