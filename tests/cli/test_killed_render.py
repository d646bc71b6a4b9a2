"""``otiograde render`` ends at any moment, however it is ended: FFmpeg ends with it, and the old movie stays whole.

``OTIOGRADE_RENDER_KILLS`` says at how many moments each signal comes.

Tests: cli/render.py
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from making.movies import FAST, clip, numbered_film, record_of
from making.waiting import PATIENCE, until
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe

MOMENTS = int(os.environ.get("OTIOGRADE_RENDER_KILLS", "1"))
SIGNALS = [signal.SIGKILL, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
FRAMES = 192
OLD = b"the movie of an earlier day"


def started(out: Path, ffmpeg: Path) -> subprocess.Popen[str]:
    words = ["render", out, "--encoder", "x265", "--ffmpeg", ffmpeg, "--force"]
    command = [sys.executable, "-m", "otiograde", *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def alive(session: int) -> list[str]:
    """The programs of a session."""
    words = ["ps", "-ww", "-s", str(session), "-o", "stat=,args="]
    listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return [line for line in listed.splitlines() if line and not line.startswith("Z")]


def parts(out: Path) -> list[Path]:
    return [path for path in out.rglob("*") if path.name.endswith(".part")]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> tuple[Path, float]:
    """The output of an edit of three shots with its movie, and how many seconds that took to render."""
    folder = tmp_path_factory.mktemp("render")
    larger = ("-vf", "scale=640:256:flags=neighbor", *FAST)
    film = numbered_film(ffmpeg, folder / "a.mp4", FRAMES, words=larger)
    third = FRAMES // 3
    record = record_of(folder, [clip(film, start, third) for start in (2 * third, 0, third)])
    write_folder(folder / "out", export_all(record, ["luts", "render"]))
    begin = time.monotonic()
    first = started(folder / "out", ffmpeg)
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    return folder / "out", time.monotonic() - begin


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no signals")
@pytest.mark.parametrize("number", SIGNALS)
def test_ended_at_any_moment(number: signal.Signals, rendered: tuple[Path, float], ffmpeg: Path) -> None:
    out, whole = rendered
    (movie,) = out.glob("film.*")
    encoding = 0
    for moment in range(MOMENTS):
        # The segments are made anew, so that the moments fall in all of the run, from the imports to the movie's end.
        for path in (out / "render/segments").iterdir():
            path.unlink()
        movie.write_bytes(OLD)
        process = started(out, ffmpeg)
        time.sleep(whole * (moment + 0.7) / (MOMENTS + 0.4))
        encoding += any("libx265" in line and str(movie.name) in line for line in alive(process.pid))
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
        until(lambda session=process.pid: alive(session) == [])
        assert "Traceback" not in errors
        assert movie.read_bytes() == OLD or probe(movie).frames == FRAMES
        assert number == signal.SIGKILL or parts(out) == []
        again = started(out, ffmpeg)
        again.communicate(timeout=PATIENCE)
        assert again.returncode == 0
        assert parts(out) == []
        assert probe(movie).frames == FRAMES
    assert encoding or MOMENTS < 5  # some moments fall into the long encode
