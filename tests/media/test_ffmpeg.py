"""FFmpeg is found, run, and its failures are reported."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from making.waiting import FOREVER, PATIENCE, is_alive, until
from otiograde.errors import MediaError, ToolNotFoundError
from otiograde.media.ffmpeg import find_ffmpeg, parse_version, run, run_watched


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers", (5, 1)),
        ("ffmpeg version 9.0.2-static https://johnvansickle.com/ffmpeg/", (9, 0)),
        ("ffmpeg version n7.1-184-gdc07f98934", (7, 1)),
        ("ffmpeg version N-109000-g3c1b7f2", (999, 0)),
        ("ffmpeg version 2024-05-02-git-71669f2ad5-full_build-www.gyan.dev", (999, 0)),
        ("ffmpeg version git-2024-01-01-abc", (999, 0)),
        ("avconv version 12.3", None),
        ("", None),
    ],
)
def test_versions(line: str, version: tuple[int, int] | None) -> None:
    assert parse_version(line) == version


def fake(folder: Path, version: str, filters: str = " ... zscale            V->V       Apply resizing\n") -> Path:
    program = folder / "ffmpeg"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *-version*) echo "ffmpeg version {version}";; *) echo "{filters}";; esac\n'
    )
    program.chmod(0o755)
    return program


def test_finding(tmp_path: Path, ffmpegs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTIOGRADE_FFMPEG", raising=False)
    embedded = find_ffmpeg()
    assert embedded.version >= (5, 1)
    assert embedded.has_zscale
    for program in ffmpegs:
        assert find_ffmpeg(str(program)).path == program
    fake_program = fake(tmp_path, "6.1.1", filters=" ... scale             V->V       Scale")
    monkeypatch.setenv("OTIOGRADE_FFMPEG", str(fake_program))
    ffmpeg = find_ffmpeg()
    assert (ffmpeg.path, ffmpeg.version, ffmpeg.has_zscale) == (fake_program, (6, 1), False)
    assert find_ffmpeg(str(ffmpegs[0])).path == ffmpegs[0]


def test_finding_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program on the PATH is taken, if it is not too old. Where none is, the message says how to get one."""
    monkeypatch.delenv("OTIOGRADE_FFMPEG", raising=False)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolNotFoundError, match=r"no FFmpeg is installed: pip install 'otiograde\[ffmpeg\]'"):
        find_ffmpeg()
    for name, version in (("old", "4.4.2"), ("new", "6.1.1")):
        (tmp_path / name).mkdir()
        fake(tmp_path / name, version)
    monkeypatch.setenv("PATH", str(tmp_path / "new"))
    assert find_ffmpeg().version == (6, 1)
    monkeypatch.setenv("PATH", str(tmp_path / "old"))
    with pytest.raises(ToolNotFoundError, match=r"is FFmpeg 4\.4: 5\.1 or later is needed: pip install"):
        find_ffmpeg()


@pytest.mark.ffmpeg
def test_what_is_no_ffmpeg_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolNotFoundError, match=r"no such program \(--ffmpeg names it\)"):
        find_ffmpeg("/nowhere/ffmpeg")
    monkeypatch.setenv("OTIOGRADE_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(ToolNotFoundError, match=r"\(OTIOGRADE_FFMPEG names it\)"):
        find_ffmpeg()
    for folder, version, message in (("old", "4.4.2", "FFmpeg 4.4: 5.1 or later"), ("other", "none", "is not FFmpeg")):
        (tmp_path / folder).mkdir()
        with pytest.raises(ToolNotFoundError, match=message):
            find_ffmpeg(str(fake(tmp_path / folder, version)))
    with pytest.raises(ToolNotFoundError, match="does not run as FFmpeg"):
        find_ffmpeg("false")


def test_run_gives_stdout_and_no_stdin(tmp_path: Path) -> None:
    code = "import sys, os; print(len(sys.stdin.read()), os.getcwd())"
    assert run([sys.executable, "-c", code], folder=tmp_path) == f"0 {tmp_path}\n"


def test_run_says_what_failed(ffmpeg: Path, tmp_path: Path) -> None:
    command = [ffmpeg, "-hide_banner", "-i", tmp_path / "none; echo.mp4", "-f", "null", "-"]
    with pytest.raises(MediaError, match=rf"^{ffmpeg.name} failed \(exit \d+\): .*No such file") as raised:
        run(command)
    assert raised.value.command == tuple(str(argument) for argument in command)
    assert any("No such file" in line for line in raised.value.log)
    assert "\n" not in str(raised.value)
    with pytest.raises(ToolNotFoundError, match="does not start"):
        run([tmp_path / "nothing"])


def test_a_file_cut_short_is_a_failure(ffmpegs: list[Path]) -> None:
    """FFmpeg 5.1 exits 0 when the end of a file, all of a short one, found no room: /dev/full has none."""
    source = ["-v", "error", "-y", "-f", "lavfi", "-i", "color=s=32x32", "-frames:v", "2", "-c:v", "ffv1"]
    for program in ffmpegs:
        command = [program, *source, "-f", "matroska", "/dev/full"]
        with pytest.raises(MediaError, match="No space left on device"):
            run(command)
        with pytest.raises(MediaError, match="No space left on device"):
            run_watched(command, lambda _: None)


@pytest.mark.slow
def test_interruption_ends_the_program_and_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import sys\nfrom otiograde.media.ffmpeg import run\n"
        f"run(['sh', '-c', 'sleep {FOREVER} & echo $! $$ > {pids}; wait'])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    until(lambda: pids.is_file() and pids.read_text().strip())
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) != 0
    until(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()))
