"""Rendering stays in the output folder, and tidies the parts of killed renderings.

Tests: movie/rendering.py, movie/shell.py
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from making.movies import clip, numbered_film, record_of, render
from otiograde.errors import ExportError
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder


@pytest.mark.parametrize("link", ["render", "render/segments"])
def test_links_are_refused_and_nothing_is_deleted_behind_them(tmp_path: Path, ffmpeg: Path, link: str) -> None:
    record = record_of(tmp_path, [clip(numbered_film(ffmpeg, tmp_path / "film.mp4"), 4, 3)])
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    (elsewhere / "somebody.mkv.1.part").write_bytes(b"somebody's")
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(elsewhere)
    with pytest.raises(ExportError, match="is a link"):
        render(record, out, ffmpeg)
    assert [path.name for path in elsewhere.iterdir()] == ["somebody.mkv.1.part"]


def test_parts_of_the_dead_are_tidied_and_links_are_not_followed(tmp_path: Path, ffmpeg: Path) -> None:
    record = record_of(tmp_path, [clip(numbered_film(ffmpeg, tmp_path / "film.mp4"), 4, 3)])
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"somebody's")
    movie = render(record, out, ffmpeg).movie
    assert movie is not None
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = movie.with_name(f"{movie.name}.{ended.pid}.part")
    living = movie.with_name(f"{movie.name}.{os.getpid()}.part")
    linked = movie.with_name(f"{movie.name}.{ended.pid}-0123456789abcdef.part")
    for path in (dead, living):
        path.write_bytes(b"")
    linked.symlink_to(elsewhere)
    movie.unlink()
    movie.symlink_to(elsewhere)
    assert render(record, out, ffmpeg).movie == movie
    assert (dead.exists(), os.path.lexists(linked), living.exists()) == (False, False, True)
    assert not movie.is_symlink()
    assert elsewhere.read_bytes() == b"somebody's"


def test_the_script_tidies_parts_of_killed_scripts(tmp_path: Path, ffmpeg: Path) -> None:
    out = tmp_path / "out"
    write_folder(
        out,
        export_all(record_of(tmp_path, [clip(numbered_film(ffmpeg, tmp_path / "a.mp4"), 4, 3)]), ["luts", "render"]),
    )
    ended = subprocess.Popen(["true"])
    ended.wait()
    names = [f"film.mp4.{owner}.part" for owner in (ended.pid, os.getpid(), f"{ended.pid}-0123456789abcdef", "", "x")]
    for name in names:
        (out / name).write_bytes(b"")
    subprocess.run(["sh", out / "render.sh", ffmpeg], check=True, capture_output=True)
    assert sorted(path.name for path in out.glob("*.part")) == sorted(names[1:])
