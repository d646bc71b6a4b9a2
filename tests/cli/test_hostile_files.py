"""Commands that are given hostile files, and a place for their output that is full: one line, and nothing is left.

Tests: cli/__init__.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from making.clips import encode_numbered
from making.otio import clip, external, lasting, timeline, track
from making.waiting import PATIENCE

LIVE = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.3,\nsecret.ts\n"  # without an end: more may come


def otiograde(*words: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "otiograde", *map(str, words)]
    values = {**os.environ, "OTIOGRADE_CACHE": str(folder / "cache"), **environment}
    return subprocess.run(command, cwd=folder, env=values, capture_output=True, timeout=PATIENCE, check=False)


def edit_of(path: Path, *media: str) -> Path:
    path.write_text(json.dumps(timeline(track(*(clip(name, lasting(0, 5), external(name)) for name in media)))))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
@pytest.mark.parametrize("name", [b"caf\xe9.mp4", "caf\u00e9.mp4".encode(), "映画.mp4".encode()])
def test_file_names_are_read_to_the_end_or_named_at_the_start(
    name: bytes, locale: dict[str, str], tmp_path: Path, ffmpeg: Path
) -> None:
    """A name that no edit can hold is a named skip. The run goes on without it, and all that it writes is text."""
    encode_numbered(ffmpeg, tmp_path / "a.mp4", 12)
    encode_numbered(ffmpeg, tmp_path / "b.mp4", 12)
    try:
        (tmp_path / "b.mp4").rename(tmp_path / os.fsdecode(name))
    except OSError:
        pytest.skip("this file system holds only text")
    done = otiograde("grade", os.fsdecode(name), "a.mp4", "-o", "out", "--jobs", "1", folder=tmp_path, **locale)
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 3), done.stderr
    record = json.loads((tmp_path / "out" / "graded.json").read_text("utf-8"))
    written = len(record["edit"]["shots"])
    assert written + len(record["edit"]["skips"]) == 2
    if locale or name == b"caf\xe9.mp4":
        assert written >= 1
    else:
        assert written == 2
    for path in (tmp_path / "out").rglob("*"):
        if path.suffix in (".otio", ".json", ".sh", ".html"):
            path.read_text("utf-8")


@pytest.mark.slow
def test_a_playlist_without_an_end_is_refused_at_once(tmp_path: Path, ffmpeg: Path) -> None:
    encode_numbered(ffmpeg, tmp_path / "secret.ts", 24)
    names = ("live.m3u8", "live.mp4", "live.ts")
    for name in names:
        (tmp_path / name).write_text(LIVE)
    edit_of(tmp_path / "edit.otio", *names)
    done = otiograde("inspect", "edit.otio", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.count(b"refused media") == len(names)
    assert b"secret" not in done.stdout
