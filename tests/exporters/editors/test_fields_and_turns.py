"""Interlaced, turned and transparent media in projects of other programs; melt shows them as the movie does.

Tests: exporters/editors/mlt_parts.py, exporters/editors/xmeml.py
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from making.interlaced import START, STEP, box_film, edges
from making.melt import play
from making.movies import clip, record_of, render
from making.turned import SHOWN, seen, turned
from otiograde.exporters import exporter
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FieldOrder

pytestmark = pytest.mark.slow


def film(path: Path) -> Any:
    return np.stack(list(iter_frames(probe(path))))


def melted(record: GradedTimeline, folder: Path) -> Any:
    for name in ("mlt", "luts"):
        for path, content in exporter(name)(record).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    play("graded.mlt", cwd=folder, target=folder / "melt.mkv")
    return film(folder / "melt.mkv")


def text_of(name: str, record: GradedTimeline) -> str:
    return b"".join(exporter(name)(record).values()).decode("utf-8", "replace")


@pytest.mark.parametrize("kind", [".mp4", ".jpg"])
@pytest.mark.parametrize("number", SHOWN)
def test_melt_shows_all_orientations(tmp_path: Path, ffmpeg: Path, kind: str, number: int) -> None:
    record = record_of(tmp_path, [clip(turned(ffmpeg, tmp_path, kind, number), 0, 4)])
    assert [seen(frame) for frame in melted(record, tmp_path / "melt")] == [SHOWN[number]] * 4
    mirrors = len(re.findall("<property name=.mlt_service.>avfilter.[hv]flip", text_of("kdenlive", record)))
    assert mirrors == (kind == ".mp4" and number in (2, 4, 5, 7))


@pytest.mark.parametrize("flagged", ["progressive", "top", "bottom"])
@pytest.mark.parametrize("order", ["progressive", "top", "bottom"])
def test_fields_are_stated_and_melt_shows_whole_frames(
    tmp_path: Path, ffmpeg: Path, order: FieldOrder, flagged: FieldOrder
) -> None:
    path = box_film(ffmpeg, tmp_path / "box.mp4", order, flagged, words=("-c:v", "libx264", "-qp", "4"))
    record = record_of(tmp_path, [clip(path, 0, 6, 25)], rate=25)
    xmeml, fcpxml = text_of("premiere", record), text_of("fcpxml", record)
    name = {"progressive": "none", "top": "upper", "bottom": "lower"}[order]
    assert re.findall("<fielddominance>([a-z]+)", xmeml) == [name, name]
    stated = {"progressive": [], "top": ["upper first"], "bottom": ["lower first"]}[order]
    assert re.findall('fieldOrder="([a-z ]+)"', fcpxml) == stated
    for editor in ("mlt", "kdenlive"):
        text = text_of(editor, record)
        assert f'<profile width="192" height="144" progressive="{int(order == "progressive")}"' in text
        assert ("force_progressive" in text) == (order != flagged)
    # melt shows the moment of the top field, and the second frame is the first that has a neighbor on both sides.
    late = STEP if order == "bottom" else 0
    wanted = [[START + STEP * 2 * at + late] * 2 for at in range(1, 5)]
    assert np.abs(np.array(edges(melted(record, tmp_path / "melt")[1:5])) - np.array(wanted)).max() <= 1


def test_a_mixed_edit_is_a_progressive_project(tmp_path: Path, ffmpeg: Path) -> None:
    paths = [box_film(ffmpeg, tmp_path / f"{order}.mkv", order) for order in ("top", "bottom")]  # type: ignore[arg-type]
    record = record_of(tmp_path, [clip(path, 0, 4, 25) for path in paths], rate=25)
    assert 'progressive="1"' in text_of("mlt", record)
    assert re.findall("<fielddominance>([a-z]+)", text_of("premiere", record)) == ["none", "upper", "lower"]
    assert re.findall('fieldOrder="([a-z ]+)"', text_of("fcpxml", record)) == ["upper first", "lower first"]


@pytest.mark.parametrize(
    ("size", "aspect", "wanted"),
    [
        ((720, 576), "64/45", ("TRUE", "PAL-601")),
        ((720, 576), "16/15", ("FALSE", "PAL-601")),
        ((720, 480), "8/9", ("FALSE", "NTSC-601")),
        ((720, 480), "32/27", ("TRUE", "NTSC-601")),
        ((1440, 1080), "4/3", ("FALSE", "HD-(1440x1080)")),
        ((192, 144), "2/1", ("FALSE", "square")),
    ],
)
def test_shapes_of_pixels_are_named(
    tmp_path: Path, ffmpeg: Path, size: tuple[int, int], aspect: str, wanted: tuple[str, str]
) -> None:
    path = box_film(ffmpeg, tmp_path / "box.mkv", "top", size=size, filters=f",setsar={aspect}", count=2)
    text = text_of("premiere", record_of(tmp_path, [clip(path, 0, 2, 25)], rate=25))
    shapes = re.findall("<anamorphic>(.*?)</anamorphic>\\s*<pixelaspectratio>(.*?)</", text)
    assert shapes == [("FALSE", "square"), wanted]


@pytest.mark.parametrize("rows", [("half",), ("plain", "half"), ("half", "half"), ("half", "quarter", "half")])
def test_transparency_in_melt_is_that_of_the_movie(tmp_path: Path, ffmpeg: Path, rows: tuple[str, ...]) -> None:
    for number, (name, covered) in enumerate((("plain", 64), ("half", 32), ("quarter", 48))):
        picture = np.full((64, 64, 4), (60 * number, 200 - 50 * number, 90, 255), np.uint8)
        picture[:, covered:, 3] = 0
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    record = record_of(tmp_path, *[[clip(tmp_path / f"{name}.png", 0, 4)] for name in rows])
    done = render(record, tmp_path / "o", ffmpeg)
    assert done.movie is not None
    points = (slice(None), 32, [8, 24, 40, 56])
    assert np.abs(melted(record, tmp_path / "melt")[points] - film(done.movie)[points]).max() < 2 / 255
