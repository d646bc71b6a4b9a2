"""Shells complete what a command line takes: commands, edits, options, formats, choices.

Tests: cli/__init__.py, cli/export.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from making.waiting import PATIENCE
from otiograde.cli import COMMANDS
from otiograde.exporters import exporter_names

PROGRAM = [str(Path(sys.executable).parent / "otiograde")]


def offered(*words: str, here: Path | None = None) -> list[str]:
    """What bash gets to hear for these words, of which the last one is not finished."""
    asked = {"_OTIOGRADE_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    run = subprocess.run(
        PROGRAM, env=os.environ | asked, cwd=here, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert run.stderr == ""
    return run.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell: str) -> None:
    asked = os.environ | {"_OTIOGRADE_COMPLETE": f"{shell}_source"}
    run = subprocess.run(PROGRAM, env=asked, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert f"_OTIOGRADE_COMPLETE={shell}_complete" in run.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=run.stdout, text=True, check=True, timeout=PATIENCE)


def test_the_first_word_is_a_command_or_an_edit() -> None:
    assert offered("otiograde", "") == ["file,", *(f"plain,{name}" for name in sorted(COMMANDS))]
    assert offered("otiograde", "ca") == ["file,ca", "plain,cache", "plain,carry"]
    assert offered("otiograde", "timel") == ["file,timel"]
    assert "plain,--version" in offered("otiograde", "--v")


def test_options_of_a_command_and_of_an_edit() -> None:
    assert offered("otiograde", "render", "--enc") == ["plain,--encoder", "plain,--encoding"]
    assert offered("otiograde", "timeline.otio", "--sce") == ["plain,--scenes", "plain,--scene"]


def test_formats_and_choices() -> None:
    assert offered("otiograde", "export", "out", "k") == ["plain,kdenlive"]
    assert offered("otiograde", "export", "out", "luts", "") == [f"plain,{name}" for name in [*exporter_names(), "all"]]
    assert "plain,ffv1" in offered("otiograde", "render", "--encoder", "")


def test_bash_completes(tmp_path: Path) -> None:
    """The script in a real shell, which calls the program by its name."""
    script = f"""
        PATH={Path(PROGRAM[0]).parent}:$PATH
        eval "$(_OTIOGRADE_COMPLETE=bash_source otiograde)"
        compopt() {{ echo "$1" "$2"; }}
        COMP_WORDS=(otiograde ins) COMP_CWORD=1
        _otiograde_completion otiograde
        printf '%s\n' "${{COMPREPLY[@]}}"
    """
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert run.stdout.split("\n") == ["-o default", "inspect", "install-luts", "install-nodes", ""]
