"""Readings that are damaged at random, and every damage that is seen is named.

Tests: timeline/accounts.py, timeline/differences.py, timeline/documents.py
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from making.damage import DAMAGES, damaged, seen
from making.edits import FORMATS, invented
from making.footage import timelines
from making.media import no_media
from making.otio import clip, external, gap, lasting, read, stack, timeline, track
from otiograde.errors import TimelineError
from otiograde.record.clock import BadTime
from otiograde.record.edit import EMPTY, MISREAD, NOT_READ, Edit, Skip
from otiograde.timeline import Reading, read_edit
from otiograde.timeline import read as reader
from otiograde.timeline.accounts import NoAccount
from otiograde.timeline.documents import Document

#: Kinds of skips that name a difference.
NAMED = (MISREAD, NOT_READ, EMPTY)


def named(edit: Edit) -> list[Skip]:
    return [skip for skip in edit.skips if skip.what in NAMED]


@contextmanager
def reading_as(change: Callable[[Any], Any]) -> Iterator[None]:
    """Change what the reader of any format returns, before the edit is made of it."""
    choose = reader.choose_timeline
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "choose_timeline", lambda tree, notes: change(choose(tree, notes)))
        yield


def unmeasured(_: Any) -> Any:
    raise BadTime("no media")


def read_damaged(path: Path, whole: Edit, chance: random.Random) -> tuple[str, bool, bool] | None:
    """Damage the reading of an edit: the kind of damage, whether anything else is seen, and whether it is reported."""
    made: list[tuple[str, Any] | None] = []

    def change(read: Any) -> Any:
        made.append(damaged(read, chance))
        return made[-1][1] if made[-1] else read

    try:
        with reading_as(change):
            edit = read_edit(path, Reading(), no_media)
    except TimelineError:
        return (made[-1][0], True, True) if made and made[-1] else None
    if not made[-1]:
        return None
    kind, tree = made[-1]
    changed = edit.rate != whole.rate or seen(whole.otio, whole.rate, unmeasured) != seen(tree, edit.rate, unmeasured)
    return kind, changed, named(edit) != named(whole)


def damage_all(edits: dict[Path, Edit], times: int, seed: int) -> Counter[str]:
    """Damage readings in turn, and require that each damage that is seen is reported; the seen ones by their kinds."""
    chance = random.Random(seed)
    paths = sorted(edits)
    silent, kinds = [], Counter[str]()
    for path in (paths[number % len(paths)] for number in range(times)):
        result = read_damaged(path, edits[path], chance)
        if result is not None and result[1]:
            kinds[result[0]] += 1
            silent += [] if result[2] else [(path.name, result[0])]
    assert not silent, silent
    return kinds


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_damage_of_a_generated_edit_is_named(suffix: str, tmp_path: Path) -> None:
    chance = random.Random(suffix)
    edits = {}
    for number in range(6):
        path = tmp_path / f"{number}{suffix}"
        path.write_text(invented(suffix, chance), "utf-8")
        edits[path] = read_edit(path, Reading(), no_media)
        assert not named(edits[path]), named(edits[path])
        assert not [note for note in edits[path].notes if "not compared" in note]
        assert len(edits[path].skips) > 3
    assert damage_all(edits, 80, 1).total() > 30


#: Differences that are true, each looked at: the reader's note says why.
TRUE_DIFFERENCES = {
    "OpenFCPXMLKit__TimelineSample.fcpxml": 1,  # a transition at no cut
}


def foreign_edits(footage: Path) -> dict[Path, Edit]:
    edits = {}
    for path in timelines(footage):
        try:
            edits[path] = read_edit(path, Reading(), no_media)
        except TimelineError:
            continue
    return edits


@contextmanager
def read_once() -> Iterator[None]:
    """Read and count each file once, however often it is read: its reading is damaged, not the file."""
    read_tree, account = reader.read_tree, Document.account
    trees: dict[Path, Any] = {}
    accounts: dict[tuple[Any, ...], Any] = {}

    def tree_of(source: Any, rate: Any, notes: Any) -> Any:
        if source.path not in trees:
            trees[source.path] = read_tree(source, rate, notes)
        return copy.deepcopy(trees[source.path])

    def account_of(document: Document, name: str, rate: Any, measure: Any) -> Any:
        key = (document.path, name, rate)
        if key not in accounts:
            accounts[key] = account(document, name, rate, measure)
        return accounts[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "read_tree", tree_of)
        patch.setattr(Document, "account", account_of)
        yield


@pytest.mark.footage
@pytest.mark.slow
def test_every_damage_of_every_foreign_edit_is_named(footage: Path) -> None:
    edits = foreign_edits(footage)
    assert len(edits) >= 105
    found = {path.name: len([skip for skip in named(edit) if skip.count]) for path, edit in edits.items()}
    assert {name: count for name, count in found.items() if count} == TRUE_DIFFERENCES
    assert not [path for path, edit in edits.items() if any("not compared" in note for note in edit.notes)]
    with read_once():
        kinds = damage_all(edits, 2000, 2)
    assert set(kinds) == set(DAMAGES)
    assert kinds.total() > 1400


def a(name: str, start: float, length: float, **fields: Any) -> dict[str, Any]:
    return clip(name, lasting(start, length), external(f"{name}.mp4", lasting(0, 500)), **fields)


def test_a_difference_has_the_name_and_the_place_of_its_item(tmp_path: Path) -> None:
    edit = timeline(track(a("one", 0, 24), a("two", 10, 24), a("three", 20, 24)))

    def drop(read: Any) -> Any:
        row = read["tracks"]["children"][0]["children"]
        row[1] = gap(24)
        row[2]["source_range"]["start_time"]["value"] = 22.0
        return read

    with reading_as(drop):
        skips = named(read(tmp_path, edit))
    assert [(skip.what, skip.name, skip.start, skip.count) for skip in skips] == [
        (NOT_READ, "two", 24, 24),
        (MISREAD, "three", 48, 24),
    ]
    assert skips[0].why.startswith("the document has V1 24+24 from second 0.417 on")
    assert "read was V1 48+24 from second 0.917 on" in skips[1].why
    with (
        reading_as(drop),
        pytest.raises(TimelineError, match=r"not read: two at frame 24 of V1.*\(and 1 more\)") as error,
    ):
        read(tmp_path, edit, reading=Reading(strict=True), files="one.mp4 two.mp4 three.mp4")
    assert str(error.value).isprintable()


def test_what_is_disabled_only_in_the_reading_is_named(tmp_path: Path) -> None:
    edit = timeline(track(a("one", 0, 24), a("two", 10, 24, enabled=False)))

    def turn(read: Any) -> Any:
        for child in read["tracks"]["children"][0]["children"]:
            child["enabled"] = not child["enabled"]
        return read

    with reading_as(turn):
        first, second = named(read(tmp_path, edit))
    assert (first.name, second.name) == ("one", "two")
    assert "read as disabled" in first.why
    assert "disabled in the document, and shown" in second.why


def test_tracks_that_change_places_are_named(tmp_path: Path) -> None:
    edit = timeline(track(a("low", 0, 24)), track(a("high", 10, 24)))

    def swap(read: Any) -> Any:
        read["tracks"]["children"].reverse()
        return read

    with reading_as(swap):
        (skip,) = named(read(tmp_path, edit))
    assert "lies otherwise over or under" in skip.why


def test_many_differences_are_counted(tmp_path: Path) -> None:
    edit = timeline(track(*(a(f"c{number}", 0, 10) for number in range(300))))

    def late(read: Any) -> Any:
        read["tracks"]["children"][0]["children"].insert(0, gap(5))
        return read

    with reading_as(late):
        skips = named(read(tmp_path, edit))
    assert len(skips) == 101
    assert skips[-1].why == "and 201 more differences, from here on"


def test_holders_with_nothing_in_them_are_named(tmp_path: Path) -> None:
    empty = stack(name="nest") | {"source_range": lasting(0, 12)}
    hollow = track(name="V2")
    edit = read(tmp_path, timeline(track(a("one", 0, 24), empty, stack(name="nothing"), a("two", 0, 24)), hollow))
    assert [(skip.name, skip.start, skip.count) for skip in named(edit)] == [
        ("nest", 24, 12),
        ("nothing", 36, 0),
        ("V2", 0, 0),
    ]
    with pytest.raises(TimelineError, match="empty: nest at frame 0 of V1"):
        read(tmp_path, timeline(track(empty)), reading=Reading(strict=True))
    read(tmp_path, timeline(track(a("a", 0, 24)), hollow), reading=Reading(strict=True), files="a.mp4")


def test_a_clip_of_no_length_is_named(tmp_path: Path) -> None:
    edit = read(tmp_path, timeline(track(a("one", 0, 24), a("none", 5, 0))))
    assert ("bad range", "none") in [(skip.what, skip.name) for skip in edit.skips]
    assert not named(edit)


def test_a_document_that_cannot_be_counted_is_said(tmp_path: Path) -> None:
    edit = timeline(track(a("one", 0, 24)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("otiograde.timeline.documents._TAKERS", {})
        notes = read(tmp_path, edit).notes
    assert "not compared with what its document states: otiograde does not count .otio files" in notes


def test_a_document_of_nested_copies_is_not_counted_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty uses in each of six sequences are 64 million clips."""
    rate = "<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate>"
    sequences = ""
    for depth in range(6):
        nested = f'<sequence id="s{depth - 1}"/>' if depth else ""
        use = f"<clipitem><name>n</name><start>0</start><end>24</end><in>0</in><out>24</out>{nested}</clipitem>"
        tracks = "<media><video>" + 20 * f"<track>{use}</track>" + "</video></media>"
        sequences += f'<sequence id="s{depth}"><name>s{depth}</name>{rate}{tracks}</sequence>'
    monkeypatch.setattr("otiograde.timeline.accounts.MOST_EVENTS", 5000)
    path = tmp_path / "bomb.xml"
    path.write_text(f'<xmeml version="4">{sequences}</xmeml>')
    with pytest.raises(NoAccount, match="more than"):
        Document(path, ".xml").account("s5", reader.DEFAULT_RATE, unmeasured)
