"""Progress as lines, for a program that runs a command without a terminal.

Tests: cli/console.py
"""

from __future__ import annotations

import pytest

from otiograde.cli.console import Console


@pytest.mark.parametrize("asked", [True, False])
def test_each_tenth_is_a_line_if_they_are_asked_for(
    asked: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTIOGRADE_PROGRESS", "lines" if asked else "")
    with Console() as console:
        for done in range(251):
            console.progress("sampling", done, 250)
        console.progress("linking", 0, 0)
        console.progress("linking", 1, 1)
    lines = capsys.readouterr().err.splitlines()
    wanted = [f"  sampling   {done} of 250" for done in range(25, 251, 25)]
    assert lines == ([*wanted, "  linking    1 of 1"] if asked else [])
