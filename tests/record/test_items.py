"""The walk over an edit's plain JSON."""

from __future__ import annotations

from pathlib import Path

from making.media import media
from making.otio import tree_of
from making.shots import shot
from otiograde.record.items import clip_at, media_references, walk


def test_clips_are_reached_by_their_paths() -> None:
    edit = tree_of([shot("a", media("a.mov"), (0, 10), at=0, where=(0, 0))], Path("/film"))
    stack = edit["tracks"]
    assert clip_at(edit, ()) is stack
    assert clip_at(edit, (0, 0)) is stack["children"][0]["children"][0]
    assert [id(item) for item in walk(edit)][:3] == [id(edit), id(stack), id(stack["children"][0])]


def test_the_walk_reads_no_metadata() -> None:
    edit = {"tracks": {"children": [None, {"metadata": {"children": [{"name": "no item"}]}}]}}
    assert list(walk(edit)) == [edit, edit["tracks"], edit["tracks"]["children"][1]]


def test_references_of_both_schemas() -> None:
    first, second = {"target_url": "1"}, {"target_url": "2"}
    assert media_references({}) == []
    assert media_references({"media_reference": first}) == [first]
    several = {"media_references": {"DEFAULT_MEDIA": first, "proxy": second, "none": None}}
    assert media_references(several) == [first, second]
    assert media_references(several, active=True) == [first]
    assert media_references({**several, "active_media_reference_key": "proxy"}, active=True) == [second]
    assert media_references({**several, "active_media_reference_key": "lost"}, active=True) == []
