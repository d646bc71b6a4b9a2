"""``otiograde watch`` as a user runs it: an edit that is saved again is graded again, until Ctrl-C.

Tests: cli/watch.py
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from making.graded_wall import write_windows
from making.otio import clip, external, lasting, timeline, track
from making.waiting import PATIENCE, until
from otiograde.folder.reading import read_record


def write_edit(path: Path, stills: list[Path]) -> None:
    """An edit of stills, ten frames each. It is there all at once: a half-written one would be another save."""
    clips = [clip(still.stem, lasting(0, 10), external(still.name)) for still in stills]
    new = path.with_suffix(".new")
    new.write_text(json.dumps(timeline(track(*clips))))
    new.replace(path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_edit_is_graded_whenever_it_is_saved(tmp_path: Path) -> None:
    stills, edit, out = write_windows(tmp_path), tmp_path / "edit.otio", tmp_path / "edit.graded"
    command = [sys.executable, "-m", "otiograde", "watch", edit, "--every", "0.2", "--no-report", "-j", "1"]
    environment = {**os.environ, "OTIOGRADE_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    lines: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lines.extend, args=(process.stderr,))
    reader.start()
    try:
        until(lambda: any("waiting    " in line and "is not there yet" in line for line in lines))
        write_edit(edit, stills[:2])
        until(lambda: sum("watching" in line for line in lines) == 1)
        assert len(read_record(out).grades) == 2
        whole = edit.read_bytes()
        edit.with_suffix(".half").write_bytes(whole[: len(whole) // 2])
        edit.with_suffix(".half").replace(edit)
        until(lambda: sum("watching" in line for line in lines) == 2)
        assert any(line.startswith("otiograde: ") and "edit.otio" in line for line in lines)
        assert len(read_record(out).grades) == 2
        write_edit(edit, stills)
        until(lambda: sum("watching" in line for line in lines) == 3)
        assert len(read_record(out).grades) == 3
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()
    assert "Traceback" not in "".join(lines)


def test_one_edit_is_watched(capsys: pytest.CaptureFixture[str]) -> None:
    from otiograde.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["watch", "a.mp4", "b.mp4"])
    assert stop.value.code == 2
    assert "name one edit to watch" in capsys.readouterr().err
