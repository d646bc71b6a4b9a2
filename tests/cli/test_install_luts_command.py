"""``otiograde install-luts --app resolve``: the script in Resolve's menu, and what its installation prints.

Tests: cli/install_luts.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

Run = Any


def test_the_script_is_installed_and_removed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Utility"
    monkeypatch.setenv("OTIOGRADE_RESOLVE_SCRIPTS", str(folder))
    words, file = ("install-luts", "--app", "resolve"), folder / "otiograde.py"
    assert f"{file} would be written" in run(*words, "--dry-run").err
    assert not folder.exists()
    assert json.loads(run(*words, "--json").out) == {"file": str(file), "changed": True}
    space: dict[str, Any] = {"__name__": "otiograde"}
    exec(file.read_text("ascii"), space)
    assert space["PYTHON"] == sys.executable
    assert space["load"](space["LIVE"]).LIVE == 1
    assert f"{file} is up to date" in run(*words).err
    assert f"{file} would be removed" in run(*words, "--uninstall", "--dry-run").err
    assert f"removed    {file} removed" in run(*words, "--uninstall").err
    assert f"{file} is not there" in run(*words, "--uninstall").err


def test_without_an_output_only_resolve_has_something(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "name the output folder" in run("install-luts", "--app", "premiere").err
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("OTIOGRADE_RESOLVE_SCRIPTS", raising=False)
    result = run("install-luts", "--app", "resolve")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "OTIOGRADE_RESOLVE_SCRIPTS" in result.err
