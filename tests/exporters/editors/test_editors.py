"""Shotcut and Kdenlive, in a window on a screen that nobody sees: they open what we wrote, and it looks graded."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from making.clips import FFMPEGS
from making.records import MakeRecord
from making.waiting import PATIENCE
from otiograde.color.affine import Affine
from otiograde.exporters import luts
from otiograde.exporters.editors import kdenlive, mlt
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe
from otiograde.record.graded import GradedTimeline

pytestmark = [pytest.mark.slow, pytest.mark.ffmpeg]

#: The picture before and after: an even gray, and what no part of either program looks like.
GRAY = (0.5, 0.5, 0.5)
PINK = (0.9, 0.25, 0.55)
TO_PINK = Affine(((1, 0, 0), (0, 1, 0), (0, 0, 1)), tuple(b - a for a, b in zip(GRAY, PINK, strict=True)), "rgb")
SCREEN = (1280, 800)
Screen = Callable[[], np.ndarray[Any, Any]]


def need(*programs: str) -> None:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing or FFMPEGS["system"] is None:
        pytest.skip(f"NO {' '.join(missing).upper() or 'FFMPEG'}: nothing is opened in an editor's window")


@contextmanager
def running(*command: str, env: dict[str, str], **given: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program and all that it starts, ended when it is left."""
    process = subprocess.Popen(command, env=env, start_new_session=True, stderr=subprocess.DEVNULL, **given)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """A screen with a window manager; gives the environment to start programs in.

    Their home is new, without a mark of an earlier run's end, and its path is short: KDE's sockets lie in it, and the
    path of a socket has 107 bytes.
    """
    with tempfile.TemporaryDirectory(prefix="home-", ignore_cleanup_errors=True) as home, shown_in(home) as env:
        yield env


@contextmanager
def shown_in(home: str) -> Iterator[dict[str, str]]:
    homes = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "TMPDIR"), home)
    env = {**os.environ, **homes, "LIBGL_ALWAYS_SOFTWARE": "1"}
    env = {name: value for name, value in env.items() if not name.startswith(("XDG_CONFIG", "XDG_DATA", "QT_"))}
    size = "x".join(map(str, (*SCREEN, 24)))
    server = ("Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp")
    with running(*server, env=env, stdout=subprocess.PIPE) as shown:
        assert shown.stdout is not None
        env["DISPLAY"] = f":{shown.stdout.readline().decode().strip()}"
        with running("openbox", env=env, stdout=subprocess.DEVNULL):
            yield env


def look(env: dict[str, str]) -> np.ndarray[Any, Any]:
    """What is on the screen, (h, w, 3) codes."""
    grab = ["-f", "x11grab", "-video_size", "x".join(map(str, SCREEN)), "-i", env["DISPLAY"], "-frames:v", "1"]
    command = [str(FFMPEGS["system"]), "-v", "error", *grab, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    shot = subprocess.run(command, env=env, capture_output=True, check=True).stdout
    return np.frombuffer(shot, np.uint8).reshape(SCREEN[1], SCREEN[0], 3).astype(int)


def pixels(picture: np.ndarray[Any, Any], color: tuple[float, ...]) -> int:
    """How many pixels have a color, as near as an editor's preview comes."""
    return int((np.abs(picture - 255 * np.array(color)).max(-1) <= 12).sum())


def titles(env: dict[str, str]) -> str:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"],
        env=env,
        capture_output=True,
        text=True,
        check=False,  # it fails where there is no window yet
    )
    return found.stdout


def wait_for(met: Callable[[], bool], process: subprocess.Popen[bytes], patience: float = PATIENCE) -> bool:
    """Whether something comes about in good time, while the program lives."""
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        if met():
            return True
        time.sleep(0.5)
    return met()


@pytest.fixture
def record(make_record: MakeRecord, tmp_path: Path) -> GradedTimeline:
    """Two shots of gray that the grade makes pink, 2 s long."""
    film = tmp_path / "gray.mkv"
    source = "color=c=0x808080:size=640x360:rate=24:duration=3"
    tags = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
    picture = ("-vf", "scale=out_color_matrix=bt709,format=yuv420p", "-c:v", "libx264", "-qp", "0", *tags)
    command = [str(FFMPEGS["embedded"]), "-v", "error", "-f", "lavfi", "-i", source, *picture, str(film)]
    subprocess.run(command, check=True)
    media = probe(film)
    made = make_record({"one": media, "two": media}, start=4, count=24)
    return replace(made, grades=tuple(replace(grade, balance=TO_PINK) for grade in made.grades))


def lut_files(path: Path) -> list[str]:
    """The LUTs that a document names, in order, whoever wrote it."""
    filters = ElementTree.fromstring(path.read_bytes()).iter("filter")
    found = [{each.get("name"): each.text or "" for each in node} for node in filters]
    return [each["av.file"] for each in found if each.get("mlt_service") == "avfilter.lut3d"]


def test_shotcut_shows_and_keeps_the_grade(record: GradedTimeline, tmp_path: Path) -> None:
    need("shotcut", "Xvfb", "openbox", "xdotool")
    out = tmp_path / "out"
    write_folder(out, {**mlt.export(record), **luts.export(record)})
    path = out / "graded.mlt"
    ours = path.read_bytes()
    with screen() as env, running("shotcut", str(path), env=env, stdout=subprocess.DEVNULL) as editor:
        assert wait_for(lambda: pixels(look(env), PINK) > 20_000, editor), titles(env)
        assert "graded.mlt" in titles(env)
        for _ in range(10):  # a window that is not ready yet misses a key
            subprocess.run(["xdotool", "key", "ctrl+s"], env=env, check=True)
            if wait_for(lambda: path.read_bytes() != ours, editor, PATIENCE / 10):
                break
        assert wait_for(lambda: path.read_bytes() != ours and path.read_bytes().rstrip().endswith(b"</mlt>"), editor)
    assert lut_files(path) == ["luts/one.cube", "luts/two.cube"]
    assert b"Shotcut" in path.read_bytes()


def test_kdenlive_shows_the_grade(record: GradedTimeline, tmp_path: Path) -> None:
    need("kdenlive", "Xvfb", "openbox", "xdotool", "dbus-run-session")
    out = tmp_path / "out"
    write_folder(out, {**kdenlive.export(record), **luts.export(record)})
    program = ("dbus-run-session", "--", "kdenlive", str(out / "graded.kdenlive"))
    with screen() as env, running(*program, env=env, stdout=subprocess.DEVNULL) as editor:
        assert wait_for(lambda: pixels(look(env), PINK) > 20_000, editor), titles(env)
        said = titles(env)
        assert "graded / " in said
        assert not [word for word in ("rror", "roblem", "ncorrect", "issing") if word in said]  # its dialogs


@pytest.mark.parametrize(("editor", "asks"), [("shotcut", "Missing Files"), ("kdenlive", "Clip Problems")])
def test_on_another_machine_they_ask_for_the_media(
    record: GradedTimeline, tmp_path: Path, editor: str, asks: str
) -> None:
    need(editor, "Xvfb", "openbox", "xdotool", "dbus-run-session")
    out = tmp_path / "out"
    write_folder(out, {**mlt.export(record), **kdenlive.export(record), **luts.export(record)})
    (tmp_path / "gray.mkv").rename(tmp_path / "elsewhere.mkv")
    document = out / ("graded.mlt" if editor == "shotcut" else "graded.kdenlive")
    with screen() as env:
        program = ("dbus-run-session", "--", editor, str(document))
        with running(*program, env=env, stdout=subprocess.DEVNULL) as opened:
            assert wait_for(lambda: asks in titles(env), opened), titles(env)
