"""The encoding that color tags mean, tag by tag and without any."""

from __future__ import annotations

import pytest

from otiograde.color.encodings import ENCODINGS, Encoding
from otiograde.errors import EncodingError
from otiograde.media.tags import MATRICES, PRIMARIES, TRANSFERS, Tags, complete, fit


def tags(primaries: int = 2, transfer: int = 2, matrix: int = 2, full: bool | None = None, **rest: object) -> Tags:
    return Tags(primaries, transfer, matrix, full, **{"model": "ycbcr", "width": 1920, "height": 1080, **rest})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file_tags", "name"),
    [
        (tags(1, 1, 1), "bt709"),
        (tags(1, 1, 1, full=True), "bt709-full"),
        (tags(6, 6, 6), "bt601-525"),
        (tags(5, 6, 5), "bt601-625"),
        (tags(5, 5, 5), "bt601-625"),
        (tags(9, 16, 9), "pq"),
        (tags(9, 18, 9), "hlg"),
        (tags(9, 14, 9), "bt2020"),
        (tags(9, 16, 9, full=True), "pq-full"),
        (tags(matrix=1), "bt709"),
        (tags(matrix=6), "bt601-525"),
        (tags(matrix=5), "bt601-625"),
        (tags(transfer=16), "pq"),
        (tags(9, 18), "hlg"),
        (tags(transfer=6), "bt601-525"),
        (tags(primaries=5), "bt601-625"),
        (tags(0, 0, 1), "bt709"),
        (tags(1, 13, model="rgb"), "srgb"),
    ],
)
def test_tags_that_say_enough(file_tags: Tags, name: str) -> None:
    assert complete(file_tags) == (ENCODINGS[name], "container tags")


@pytest.mark.parametrize(
    ("width", "height", "name"),
    [
        (1920, 1080, "bt709"),
        (1280, 720, "bt709"),
        (720, 1280, "bt709"),
        (640, 360, "bt709"),
        (832, 480, "bt709"),
        (720, 576, "bt601-625"),
        (1024, 576, "bt601-625"),
        (720, 480, "bt601-525"),
        (720, 486, "bt601-525"),
        (640, 480, "bt601-525"),
    ],
)
def test_untagged_video_is_assumed(width: int, height: int, name: str) -> None:
    assert complete(tags(width=width, height=height)) == (ENCODINGS[name], "assumption")


def test_range_alone_is_not_enough_to_go_by() -> None:
    assert complete(tags(full=True)) == (ENCODINGS["bt709-full"], "assumption")
    assert complete(tags(full=False)) == (ENCODINGS["bt709"], "assumption")


def test_matrix_of_rgb_on_video_is_no_tag() -> None:
    assert complete(tags(matrix=0)) == (ENCODINGS["bt709"], "assumption")
    assert complete(tags(1, 1, 0)) == (ENCODINGS["bt709"], "container tags")


def test_untagged_rgb_and_gray_are_srgb() -> None:
    assert complete(tags(matrix=0, model="rgb")) == (ENCODINGS["srgb"], "assumption")
    assert complete(tags(model="gray")) == (ENCODINGS["srgb"], "assumption")
    assert complete(tags(model="gray", full=False))[0].range == "legal"


def test_jpeg_is_srgb_behind_its_matrix() -> None:
    encoding, origin = complete(tags(matrix=5, full=True, photo=True))
    assert (encoding.primaries, encoding.transfer, encoding.matrix, encoding.range) == (
        "bt709",
        "iec61966-2-1",
        "bt470bg",
        "full",
    )
    assert origin == "container tags"


@pytest.mark.parametrize(
    ("file_tags", "name"),
    [
        (tags(matrix=8), "YCgCo"),
        (tags(matrix=10), "BT.2020 CL"),
        (tags(transfer=8), "linear light"),
        (tags(transfer=9), "log"),
        (tags(primaries=11), "DCI P3"),
        (tags(matrix=99), "number 99"),
    ],
)
def test_tags_that_cannot_be_read_are_refused(file_tags: Tags, name: str) -> None:
    with pytest.raises(EncodingError, match=f"says {name}, .*--encoding"):
        complete(file_tags)


@pytest.mark.parametrize("file_tags", [tags(matrix=9), tags(primaries=9), tags(9, 2, 9), tags(9, 2, 1)])
def test_wide_primaries_without_a_transfer_function_are_in_doubt(file_tags: Tags) -> None:
    """Such files are SDR, PQ, HLG or the log of a camera: Apple Log is tagged so."""
    encoding, origin = complete(file_tags)
    assert (encoding.primaries, encoding.transfer, origin) == ("bt2020", "bt2020-10", "assumption")


def test_every_combination_of_known_tags_is_an_encoding() -> None:
    for primaries in (2, *PRIMARIES):
        for transfer in (2, *TRANSFERS):
            for matrix in (2, *MATRICES):
                encoding, origin = complete(tags(primaries, transfer, matrix))
                assert isinstance(encoding, Encoding)
                assert encoding.matrix != "gbr"
                untagged = primaries == transfer == 2 and matrix in (0, 2)
                doubtful = transfer == 2 and encoding.primaries == "bt2020"
                assert origin == ("assumption" if untagged or doubtful else "container tags")


def test_fit_follows_the_pixels() -> None:
    assert fit(ENCODINGS["bt709"], tags()) == ENCODINGS["bt709"]
    on_rgb = fit(ENCODINGS["pq"], tags(model="rgb"))
    assert (on_rgb.primaries, on_rgb.transfer, on_rgb.matrix, on_rgb.range) == ("bt2020", "smpte2084", "gbr", "full")
    on_video = fit(ENCODINGS["srgb"], tags(matrix=6, full=True))
    assert (on_video.transfer, on_video.matrix, on_video.range) == ("iec61966-2-1", "smpte170m", "full")
