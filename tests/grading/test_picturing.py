"""The pictures of an edit: the sampled frames as JPEG, once for shots that show the same, and back from a folder."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from making.graded_wall import write_look
from making.small_record import small_record
from otiograde.color.encodings import encoding
from otiograde.color.views import to_view
from otiograde.errors import MediaError
from otiograde.folder.layout import look_picture_path, picture_path
from otiograde.folder.reading import Pictures
from otiograde.folder.writing import write_folder
from otiograde.grading.picturing import draw_frame, draw_look, draw_looks, draw_pictures
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.settings import Sampling
from otiograde.record.shot import FrameRange, Shot
from otiograde.survey.sample import frame_numbers

RATE = Fraction(24)


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Two shots that show the same still, one of another, and one whose media is gone."""
    x, y = np.meshgrid(np.linspace(30, 220, 200), np.linspace(40, 200, 112))
    for name, third in (("a", 120), ("b", 60)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.stack([x, y, np.full_like(x, third)], -1).astype(np.uint8))
    a, b = probe(tmp_path / "a.png"), probe(tmp_path / "b.png")
    gone = replace(a, path=tmp_path / "gone.png", kind="video", frames=100)
    medias = {"one": a, "other": b, "again": a, "gone": gone}
    shots = [
        Shot(name, name, media, FrameRange(0, 1, RATE), FrameRange(k, 1, RATE), 0, (0, k))
        for k, (name, media) in enumerate(medias.items())
    ]
    return Edit("film", {}, RATE, tuple(shots), ())


def test_pictures_are_the_sampled_frames(edit: Edit) -> None:
    drawn = draw_pictures(edit)
    assert list(drawn) == [picture_path("one", 0), picture_path("other", 0)]
    shot = edit.shot("other")
    wanted = read_frames(shot.media, frame_numbers(shot, Sampling()), 480)[0] * 255
    found = cv2.imdecode(np.frombuffer(drawn[picture_path("other", 0)], np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(found[..., ::-1] - wanted).mean() < 1


def test_pictures_come_back_from_the_folder(edit: Edit, tmp_path: Path) -> None:
    drawn = draw_pictures(edit)
    write_folder(tmp_path / "out", {"graded.json": b'{"otiograde": 1}', **drawn})
    (tmp_path / "out" / "pictures" / "one" / "a stranger's.jpg").write_bytes(b"x")
    stored = Pictures(tmp_path / "out")
    assert dict(stored) == drawn
    with pytest.raises(KeyError):
        stored["graded.json"]
    assert not Pictures(tmp_path / "nowhere")


def decoded(jpeg: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]


def test_looks_of_stills_have_pictures(edit: Edit, tmp_path: Path) -> None:
    """Of a still, of the first still of a folder, and none of a LUT or of a file that is gone."""
    del edit  # it has drawn the stills
    still, record = tmp_path / "a.png", small_record()
    (tmp_path / "film").mkdir()
    for name in ("2.png", "1.png"):
        (tmp_path / "film" / name).write_bytes((still if name == "1.png" else tmp_path / "b.png").read_bytes())
    drawn = draw_looks(replace(record, settings=replace(record.settings, look=still)))
    assert list(drawn) == [look_picture_path(still)]
    assert decoded(drawn[look_picture_path(still)]).shape == (112, 200, 3)
    assert draw_look(tmp_path / "film") == draw_look(still)
    assert draw_looks(replace(record, settings=replace(record.settings, look=still)), drawn) == {}
    for other in (write_look(tmp_path / "warm.cube"), tmp_path / "gone.png"):
        assert draw_looks(replace(record, settings=replace(record.settings, look=other))) == {}
    with pytest.raises(MediaError, match="gone"):
        draw_look(tmp_path / "gone.png")


def test_a_single_frame_is_seen_through_its_view(edit: Edit) -> None:
    media = edit.shot("one").media
    plain, pq = (decoded(draw_frame(replace(media, encoding=encoding(name)), 0)) for name in ("srgb", "pq"))
    assert np.abs(plain - np.clip(to_view(plain / 255, encoding("srgb")), 0, 1) * 255).max() == 0
    assert np.abs(pq - np.clip(to_view(plain / 255, encoding("pq")), 0, 1) * 255).mean() < 3
