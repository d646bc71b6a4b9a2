"""``otiograde install-nodes``: what it prints, and its exit codes.

Tests: cli/install_nodes.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Run = Any


def test_it_says_what_it_did(run: Run, tmp_path: Path) -> None:
    (tmp_path / "custom_nodes").mkdir()
    file = tmp_path / "custom_nodes" / "otiograde" / "__init__.py"
    assert json.loads(run("install-nodes", tmp_path, "--json").out) == {"file": str(file), "changed": True}
    assert f"{file} is up to date" in run("install-nodes", tmp_path).err
    assert f"removed    {file}" in run("install-nodes", tmp_path, "--uninstall").err
    assert f"{file} is not there" in run("install-nodes", tmp_path, "--uninstall").err


def test_a_folder_that_is_not_comfyuis_is_an_error(run: Run, tmp_path: Path) -> None:
    result = run("install-nodes", tmp_path)
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "name the folder of ComfyUI" in result.err
