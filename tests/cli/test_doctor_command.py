"""``otiograde doctor``: every line is true of this machine, and what is missing has its remedy.

Tests: cli/doctor.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from otiograde import __version__
from otiograde.media.ffmpeg import find_ffmpeg

Run = Any


def conditions(result: Any) -> dict[str, tuple[str, str]]:
    return {entry["name"]: (entry["state"], entry["text"]) for entry in json.loads(result.out)}


def test_what_is_here_is_named(run: Run, tmp_path: Path) -> None:
    result = run("doctor", "--json")
    assert result.code == 0, result.out
    here = conditions(result)
    assert here["otiograde"][1].startswith(f"{__version__} on Python ")
    assert here["FFmpeg"] == (
        "ok",
        f"{find_ffmpeg().version[0]}.{find_ffmpeg().version[1]} ({find_ffmpeg().path.name})",
    )
    assert here["cache"][1] == f"{tmp_path / 'cache'}: 0 entries, 0.0 MiB, of at most 4 GiB"
    assert list(here)[-3:] == ["resolve", "premiere", "fcp"]
    lines = run("doctor").out.splitlines()
    assert len(lines) == len(json.loads(result.out))
    assert all(line.split()[0] in ("ok", "none") for line in lines)
    assert run("doctor", "--quiet").out == ""


def test_a_program_that_is_no_ffmpeg_is_a_fault(run: Run, tmp_path: Path) -> None:
    result = run("doctor", "--ffmpeg", tmp_path / "missing", "--json")
    assert result.code == 3
    state, text = conditions(result)["FFmpeg"]
    assert state == "fault"
    assert "no such program" in text
    assert "--ffmpeg" in text


def test_what_is_missing_has_its_remedy(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(distribution: str) -> str:
        from importlib.metadata import PackageNotFoundError

        raise PackageNotFoundError(distribution)

    monkeypatch.setattr("otiograde.cli.doctor.version", version)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("OTIOGRADE_FFMPEG", raising=False)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    result = run("doctor", "--json")
    assert result.code == 0
    here = conditions(result)
    assert here["FFmpeg"][0] == "none"
    assert here["FFmpeg"][1].startswith("`otiograde render` needs it: no FFmpeg is installed: pip install")
    assert here["torch"] == (
        "none",
        "not installed, and `--deep` and style looks need it: pip install 'otiograde[deep]'",
    )
    assert here["melt"][0] == "none"
    assert "install" in here["melt"][1]
    assert here["resolve"][0] == "none"
    assert "OTIOGRADE_RESOLVE_LUTS" in here["resolve"][1]


def test_a_folder_that_is_there_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(tmp_path))
    monkeypatch.setenv("OTIOGRADE_FCP_LUTS", str(tmp_path / "later"))
    here = conditions(run("doctor", "--json"))
    assert here["resolve"] == ("ok", f"LUT folder {tmp_path}")
    assert here["fcp"] == ("none", f"LUT folder {tmp_path / 'later'} is not there yet")


def test_a_cache_that_is_no_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("OTIOGRADE_CACHE", str(tmp_path / "file"))
    state, text = conditions(run("doctor", "--json"))["cache"]
    assert state == "none"
    assert "OTIOGRADE_CACHE" in text
