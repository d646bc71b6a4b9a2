"""A process keeps some of the memory that it frees."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

#: Counts the page faults of pictures that are made and dropped again.
FAULTS = """
import resource, sys
import numpy as np
from otiograde.means.allocation import keep_memory
if sys.argv[1] == "keep":
    keep_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    pictures = [np.ones(1 << 18) for _ in range(8)]
    del pictures
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc only")
def test_pictures_come_out_of_memory_that_was_freed() -> None:
    faults = {
        how: int(subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True).stdout)
        for how in ("keep", "plain")
    }
    assert faults["keep"] < faults["plain"] / 4
