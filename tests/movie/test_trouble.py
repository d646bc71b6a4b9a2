"""What goes wrong while rendering leaves nothing half done: kills at any moment, full disks, names of every kind."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from making.movies import clip, dissolve, gap, numbered_film, record_of, render, seen, tone
from making.waiting import PATIENCE
from otiograde.cli import main
from otiograde.errors import ExportError
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.record.graded import GradedTimeline

#: What a file may be called, and what shells, FFmpeg's options, graphs and lists read in it.
NASTY = [
    *("a b", " lead", "trail ", " ", "a,b", "co:lon", "semi;colon", "it's", "'", "two''quotes", 'say "hi"', '"'),
    *("[x]", "{y}", "(z)", "back\\slash", "two\\\\slashes", "end\\", "é🎬ü", "日本語", "per%cent", "%d", "%03d", "50%"),
    *("eq=al", "#hash", "at@", "$HOME", "`id`", "!", "a&b", "a|b", "*", "?", "<>", "~", "^", "new\nline", "tab\t"),
    *("-dash", "-i", "C:\\dir\\win", "\n", "it's [a] \"b\", c:d;e\\f %d $(touch x) `touch x`"),
]  # fmt: skip

ROUNDS = 20


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    return numbered_film(ffmpeg, tmp_path_factory.mktemp("media") / "film.mp4")


def started(record: GradedTimeline, out: Path, ffmpeg: Path) -> multiprocessing.process.BaseProcess:
    """A process that renders, at once: the server that makes it has imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["otiograde.movie.rendering", "making.movies"])
    process = context.Process(target=render, args=(record, out, ffmpeg))
    process.start()
    return process


def children(process: int | None) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False).stdout
    return [int(each) for each in listed.split()]


def pictures_and_sound(program: Path, movie: Path) -> bytes:
    words = [program, "-v", "error", "-i", movie, "-map", "0:v", "-map", "0:a", "-f", "framemd5", "-"]
    return subprocess.run(list(map(str, words)), capture_output=True, check=True).stdout


@pytest.mark.slow
def test_killed_twenty_times_it_ends_as_if_undisturbed(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    """SIGKILL to the renderer, to its FFmpegs or to both, at any moment; each time some work is there to be done."""
    track = [clip(film, 10, 12), dissolve(3, 3), clip(film, 50, 12), gap(5), clip(film, 80, 12, speed=-1.0)]
    record = record_of(tmp_path, track, sounds=[[clip(tone(ffmpeg, tmp_path / "tone.wav"), 0, 41)]])
    undisturbed = render(record, tmp_path / "whole", ffmpeg).movie
    began = clock.monotonic()
    render(record, tmp_path / "timed", ffmpeg)
    lasts, out, chance = clock.monotonic() - began, tmp_path / "out", random.Random(7)
    killed = 0
    for number in range(ROUNDS):
        process = started(record, out, ffmpeg)
        clock.sleep(chance.uniform(0, lasts))
        victims = [*([process.pid] if number % 3 else []), *(children(process.pid) if number % 3 != 1 else [])]
        for victim in victims:
            try:
                os.kill(int(victim or 0), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
        process.join(PATIENCE)
        assert process.exitcode in (0, 1, -signal.SIGKILL)
        for path in chance.sample(finished := sorted(out.glob("render/segments/*.mkv")), min(2, len(finished))):
            path.unlink()
    assert killed >= ROUNDS / 2
    done = render(record, out, ffmpeg)
    assert undisturbed is not None
    assert done.movie is not None
    assert pictures_and_sound(ffmpeg, done.movie) == pictures_and_sound(ffmpeg, undisturbed)
    assert render(record, out, ffmpeg).kept == 5
    assert not list(out.rglob("*.part"))


@contextmanager
def little_room(folder: Path, how: str) -> Iterator[None]:
    """A disk, or files, of 150 KB; there is room again at the end."""
    folder.mkdir()
    if how == "disk":
        mount = ["mount", "-t", "tmpfs", "-o", "size=150k", "tmpfs", str(folder)]
        if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("NO DISK CAN BE FILLED HERE: mounting one takes root")
        yield
        subprocess.run(["mount", "-o", "remount,size=50m", str(folder)], check=True)
    else:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["disk", "files"])
def test_a_full_disk_is_one_line_and_keeps_what_is_finished(
    tmp_path: Path, ffmpegs: list[Path], film: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = record_of(tmp_path, [clip(film, 4, 3), clip(film, 0, 110), gap(3)])
    for number, program in enumerate(ffmpegs):
        room = tmp_path / f"room{number}"
        try:
            with little_room(room, how):
                write_folder(room / "out", export_all(record, ["luts"]))
                with pytest.raises(SystemExit) as stop:
                    main(["render", str(room / "out"), "--ffmpeg", str(program), "--jobs", "1", "-q"])
                assert stop.value.code == 1
                said = capsys.readouterr().err.splitlines()
                assert len(said) == 1
                assert "disk is full: make room" in said[0]
                segments = list((room / "out/render/segments").iterdir())
                assert [path.suffix for path in segments] == [".mkv"]
                with pytest.raises(ExportError, match="disk is full"):
                    render(record, room / "out", program, "film.mkv")
            done = render(record, room / "out", program, "film.mkv")
            assert done.movie is not None
            assert seen(done.movie) == [4, 5, 6, *range(110), None, None, None]
            assert not list(room.rglob("*.part"))
        finally:
            if how == "disk":
                subprocess.run(["umount", str(room)], capture_output=True, check=False)


def test_a_segment_whose_end_found_no_room_is_not_finished(tmp_path: Path, ffmpegs: list[Path], film: Path) -> None:
    """FFmpeg writes a short file when closing it, and 5.1 exits 0 when that fails."""
    record = record_of(tmp_path, [clip(film, 4, 3)])
    for number, program in enumerate(ffmpegs):
        room = tmp_path / f"room{number}"
        try:
            with little_room(room, "disk"):
                write_folder(room / "out", export_all(record, ["luts", "render"]))
                (room / "out/render/segments").mkdir(parents=True, exist_ok=True)
                filler = room / "filler"
                filler.write_bytes(bytes(shutil.disk_usage(room).free - 4096))
                script = subprocess.run(
                    ["sh", room / "out/render.sh", program], capture_output=True, text=True, check=False
                )
                assert script.returncode == 1
                assert "not rendered:\n  frames 0 to 2" in script.stderr
                assert "No space left on device" in script.stderr
                with pytest.raises(ExportError, match="disk is full"):
                    render(record, room / "out", program, "film.mkv")
                assert not list((room / "out/render/segments").iterdir())
                filler.unlink()
            done = render(record, room / "out", program, "film.mkv")
            assert done.movie is not None
            assert seen(done.movie) == [4, 5, 6]
        finally:
            subprocess.run(["umount", str(room)], capture_output=True, check=False)


@pytest.mark.slow
def test_names_of_every_kind(tmp_path: Path, ffmpegs: list[Path], film: Path) -> None:
    """Each name is that of media, of their folder, of the edit and of its output; by the command and by the script."""
    assert len(NASTY) == 44
    for number, name in enumerate(NASTY):
        path = tmp_path / "media" / name / f"{name}.mp4"
        path.parent.mkdir(parents=True)
        os.link(film, path)
        record = record_of(tmp_path, [clip(path, number, 2)])
        record = replace(record, edit=replace(record.edit, name=name))
        out = tmp_path / "edits" / name
        write_folder(out, export_all(record, ["luts", "render"]))
        with pytest.raises(SystemExit) as stop:
            main(["render", str(out), "-q", "--encoder", "ffv1", "--dither", "none", "--ffmpeg", str(ffmpegs[-1])])
        assert not stop.value.code
        assert seen(out / "film.mkv") == [number, number + 1]
        environment = {**os.environ, "DITHER": "none", "ENCODER": "-c:v libx264 -preset ultrafast", "FORCE": "1"}
        words = ["bash", str(out / "render.sh"), str(ffmpegs[number % len(ffmpegs)])]
        done = subprocess.run(words, env=environment, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert seen(out / "film.mp4") == [number, number + 1]
    assert not list(tmp_path.rglob("x"))


def test_an_edit_without_a_shot_is_nothing_to_render(film: Path, tmp_path: Path) -> None:
    record = record_of(tmp_path, [clip(film, 0, 12)])
    empty = replace(record, edit=replace(record.edit, shots=()), grades=(), scenes=())
    with pytest.raises(ExportError, match="there is nothing to render: no shot of the edit has a frame"):
        export_all(empty)
