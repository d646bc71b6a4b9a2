"""Rendering goes on where it stopped, does again only what changed, and says what is wrong.

Tests: movie/commands.py, movie/proving.py, movie/sound.py
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from making.melt import play
from making.movies import clip, dissolve, gap, numbered_film, record_of, render, seen, tone
from otiograde.color.affine import Affine
from otiograde.errors import ExportError, MediaError
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.movie.proving import prove
from otiograde.movie.rendering import Rendering, render_edit, shot_alone
from otiograde.record.graded import GradedTimeline


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    return numbered_film(ffmpeg, tmp_path_factory.mktemp("media") / "film.mp4")


def edit(folder: Path, film: Path) -> GradedTimeline:
    wave = tone(find_ffmpeg().path, folder / "tone.wav")
    track = [clip(film, 10, 12), dissolve(3, 3), clip(film, 50, 12), gap(5), clip(film, 80, 12, speed=-1.0)]
    return record_of(folder, track, sounds=[[clip(wave, 0, 41)]])


def test_the_second_time_nothing_is_rendered_and_a_changed_grade_renders_its_own(
    tmp_path: Path, ffmpeg: Path, film: Path
) -> None:
    record = edit(tmp_path, film)
    first = render(record, tmp_path / "out", ffmpeg)
    assert (first.made, first.kept) == (5, 0)
    again = render(record, tmp_path / "out", ffmpeg)
    assert (again.made, again.kept) == (0, 5)
    darker = Affine(((0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5)), (0, 0, 0), "rgb")
    last = record.edit.shots[-1].id
    grades = tuple(replace(grade, balance=darker) if grade.shot == last else grade for grade in record.grades)
    (tmp_path / "out/luts" / f"{last}.cube").unlink()
    changed = render(replace(record, grades=grades), tmp_path / "out", ffmpeg)
    assert (changed.made, changed.kept) == (1, 4)
    assert max(frame.max() for frame in iter_frames(probe(tmp_path / "out/film.mkv"), 30, 3)) < 0.5


def test_a_failed_segment_is_named_and_the_others_go_on(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(film.read_bytes())
    record = record_of(tmp_path, [clip(film, 0, 5), clip(bad, 9, 5), clip(film, 20, 5)])
    bad.write_bytes(b"no film at all")
    with pytest.raises(MediaError, match=r"changed since it was graded: .*bad\.mp4"):
        render(record, tmp_path / "out", ffmpeg)
    done = render(record, tmp_path / "out", ffmpeg, force=True)
    assert done.movie is None
    assert done.made == 2
    (failure,) = done.failures
    assert failure.shots == ("bad",)
    assert "frames 5 to 9: bad" in failure.what
    assert "bad.mp4" in failure.why or "Invalid data" in failure.why or "Error" in failure.why
    bad.unlink()
    with pytest.raises(MediaError, match=r"not there any more: .*bad\.mp4"):
        render(record, tmp_path / "out", ffmpeg)


def test_ranges_shots_and_proxies(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    record = record_of(tmp_path, [clip(film, 0, 10), gap(4), clip(film, 40, 10)])
    out = tmp_path / "out"
    render(record, out, ffmpeg, "part.mkv", frames=(7, 16))
    assert seen(out / "part.mkv") == [7, 8, 9, None, None, None, None, 40, 41]
    render(record, out, ffmpeg, "shot.mkv", shots=(record.edit.shots[1].id,))
    assert seen(out / "shot.mkv") == [*range(40, 50)]
    with pytest.raises(ExportError, match="not within the edit's frames 0:24"):
        render(record, out, ffmpeg, frames=(3, 25))
    with pytest.raises(ExportError, match="no shot 'x' in the edit"):
        render(record, out, ffmpeg, shots=("x",))


def test_opacity_mixes_in_the_lut(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    record = record_of(tmp_path, [clip(film, 1, 3)])
    darker = Affine(((0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5)), (0, 0, 0), "rgb")
    record = replace(record, grades=(replace(record.grades[0], balance=darker),))
    levels = []
    for opacity in (0.0, 0.5, 1.0):
        done = render(record, tmp_path / "out", ffmpeg, f"{opacity}.mkv", opacity=opacity)
        assert done.movie is not None
        levels.append(float(next(iter_frames(probe(done.movie))).max()))
    assert np.allclose(np.array(levels) / levels[0], [1, 0.75, 0.5], atol=0.01)


def test_a_shot_alone_has_handles_and_its_own_time_code(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    record = record_of(tmp_path, [clip(film, 4, 6, speed=2.0)])
    alone = shot_alone(record, "film", 6)
    rendering = Rendering(tmp_path, find_ffmpeg(str(ffmpeg)), 1, "none")
    render_edit(alone, tmp_path / "a.mp4", rendering)
    assert seen(tmp_path / "a.mp4") == [*range(22)]


def test_the_way_through_ffmpeg_is_proven_neutral(tmp_path: Path, ffmpegs: list[Path], film: Path) -> None:
    record = record_of(tmp_path, [clip(film, 1, 3)])
    for program in ffmpegs:
        (finding,) = prove(record, find_ffmpeg(str(program)), tmp_path)
        assert finding.passed
        assert finding.value <= 0.6
    assert not list(tmp_path.glob(".otiograde-*"))


def test_another_engine_plays_the_same_cut(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    record = record_of(tmp_path, [clip(film, 10, 8), gap(4), clip(film, 60, 9)])
    done = render(record, tmp_path / "out", ffmpeg)
    assert done.movie is not None
    cut = [film, "in=10", "out=17", "colour:black", "out=3", film, "in=60", "out=68"]
    played = tmp_path / "melt.mkv"
    words = [*cut, "-consumer", f"avformat:{played}", "vcodec=ffv1", "an=1", "real_time=-1"]
    words += [
        "width=160",
        "height=64",
        "frame_rate_num=24",
        "frame_rate_den=1",
        "sample_aspect_num=1",
        "sample_aspect_den=1",
    ]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "SDL_VIDEODRIVER": "dummy"}
    play(*words, environment=environment, target=played)
    assert seen(played) == seen(done.movie) == [*range(10, 18), *[None] * 4, *range(60, 69)]


@pytest.mark.slow
def test_the_script_gives_the_same_pixels_and_sound(tmp_path: Path, ffmpegs: list[Path], film: Path) -> None:
    record = edit(tmp_path, film)
    write_folder(tmp_path / "out", export_all(record, ["luts", "render"]))
    for program in ffmpegs:
        done = render(record, tmp_path / "own", program, force=False)
        encoder = "-c:v libx264 -preset ultrafast -qp 0 -c:a pcm_s24le"
        environment = {**os.environ, "DITHER": "none", "ENCODER": encoder, "FORCE": "1"}
        subprocess.run(["sh", tmp_path / "out/render.sh", program], env=environment, capture_output=True, check=True)
        pictures = [
            subprocess.run(
                [str(program), "-v", "error", "-i", str(movie), "-map", "0:v", "-f", "framemd5", "-"],
                capture_output=True, check=True,
            ).stdout.decode().splitlines()
            for movie in (done.movie, tmp_path / "out/film.mp4")
        ]  # fmt: skip
        hashes = [[line.split(",")[-1] for line in lines if not line.startswith("#")] for lines in pictures]
        assert len(hashes[0]) == 41
        assert hashes[0] == hashes[1]
        (sound,) = (tmp_path / "out/render/segments").glob("*.wav")
        (own,) = (tmp_path / "own/render/segments").glob("*.wav")
        assert sound.read_bytes() == own.read_bytes()
        for folder in ("out", "own"):
            for path in (tmp_path / folder / "render/segments").iterdir():
                path.unlink()
