"""Orientation and fields in the record: they joined it later, and records without them are read and written as ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from making.media import media
from otiograde.record.codec import decode, encode
from otiograde.record.shot import Fields, Media, Orientation


def test_media_of_earlier_records_is_upright_and_progressive() -> None:
    values = encode(media())
    assert not {"orientation", "fields"} & values.keys()
    assert decode(Media, values) == media()


@pytest.mark.parametrize(
    "fields", [Fields("top", "top"), Fields("bottom"), Fields("progressive", "top"), Fields("top", "top", "hard")]
)
def test_what_is_not_the_default_is_written_and_read(fields: Fields) -> None:
    turned = replace(media(), orientation=Orientation(3, True), fields=fields)
    assert decode(Media, encode(turned)) == turned


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (Fields(), "progressive"),
        (Fields("top", "top"), "interlaced, top field first"),
        (Fields("top"), "interlaced, top field first (flagged progressive, but combed)"),
        (Fields("progressive", "bottom"), "progressive (flagged interlaced, bottom field first, but not combed)"),
        (Fields("top", "bottom"), "interlaced, top field first (flagged interlaced, bottom field first, but not so)"),
    ],
)
def test_fields_are_described_with_their_evidence(fields: Fields, words: str) -> None:
    assert fields.description == words
