"""docs/metadata.md lists every key of metadata that is read or written: found by watching, not by reading the code."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making import fcpxml, xmeml
from making.keyed import keyed
from making.lists import Entry, list_of, read_list
from making.media import NTSC, Inventor
from making.otio import clip, external, item, lasting, marker, timeline, track
from making.records import MIXED, graded
from otiograde.color.cdl import Cdl
from otiograde.exporters import exporter
from otiograde.record.course import Course, Key
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import walk
from otiograde.record.steps import parse_step
from otiograde.timeline import Reading, slates, stated
from otiograde.timeline.addresses import Locator
from otiograde.timeline.likeness import likeness
from otiograde.timeline.read import edit_of
from otiograde.timeline.reading import Notes
from otiograde.timeline.wishes import KEYS
from test_docs import names, page, rows

#: Spaces of metadata; a key in the space None may stand in any.
Keys = set[tuple[str | None, str]]

#: Exporters that read the edit's metadata, or could.
FORMATS = ("otio", "edl", "ale", "cdl", "mlt", "kdenlive", "fcpxml", "resolve", "premiere", "nuke", "handover")


class Watched(dict[str, Any]):
    """Metadata that keep what they are asked for, and by which way."""

    def __init__(self, values: dict[str, Any], way: tuple[str, ...], asked: Keys) -> None:
        super().__init__(
            {key: Watched(one, (*way, key), asked) if isinstance(one, dict) else one for key, one in values.items()}
        )
        self.way, self.asked = way, asked

    def note(self, key: Any) -> None:
        self.asked.add((self.way[0] if self.way else None, str(key)))

    def get(self, key: Any, default: Any = None) -> Any:
        self.note(key)
        return super().get(key, default)

    def __getitem__(self, key: Any) -> Any:
        self.note(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.note(key)
        return super().__contains__(key)

    def __deepcopy__(self, memo: dict[int, Any]) -> Watched:
        plain = {key: copy.deepcopy(dict(one) if isinstance(one, Watched) else one) for key, one in self.items()}
        return Watched(plain, self.way, self.asked)


def watched(tree: Any, asked: Keys) -> Any:
    """The tree with all metadata in it watched."""
    if isinstance(tree, list):
        return [watched(one, asked) for one in tree]
    if not isinstance(tree, dict):
        return tree
    return {
        key: Watched(one, (), asked) if key == "metadata" and isinstance(one, dict) else watched(one, asked)
        for key, one in tree.items()
    }


def read_in_the_page() -> Keys:
    """The keys in the tables of wishes and of other programs' metadata."""
    keys: Keys = {("otiograde", names(row[0])[0]) for row in rows(page("metadata.md"), "key | values")}
    for row in rows(page("metadata.md"), "read | in the space"):
        spaces: list[str | None] = [*names(row[1])] if names(row[1]) else [None]
        keys |= {(space, key) for space in spaces for key in names(row[0])}
    return keys


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """What is asked of metadata while an edit is read, graded and written in every format."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "a.mp4").touch()
    spaces = ("cmx_3600", "fcp_xml", "ALE", "otiograde", "Resolve_OTIO", "fcpxml", "AAF", "other")
    there: Keys = set()
    plain = {space: {"x": {"y": 1}} for space in spaces}
    effect = item("Effect.1", "Retime", effect_name="Retime", metadata=plain)
    alone = item("Effect.1", "Retime", effect_name="Retime", metadata={"other": {"x": 1}})
    ramp = item("TimeEffect.1", "Ramp", effect_name="", metadata=plain)
    clips = [
        clip(
            "a",
            lasting(107_892, 24, 30),
            external("a.mp4"),
            metadata=plain,
            effects=[effect, alone, ramp],
            markers=[marker("m")],
        ),
        clip("b", lasting(0, 24), item("MissingReference.1", metadata=plain), metadata=plain),
    ]
    tree = watched(timeline(track(*clips, metadata=plain), metadata=plain), there)
    reading, probe = Reading(media_root=folder), Inventor(rate=NTSC, timecode=107_892, drop_frame=True)
    edit = edit_of(tree, Locator(folder, folder), "film", reading, probe, notes=Notes())
    assert len(edit.shots) == 1
    likeness(tree["tracks"]["children"][0]["children"][0], edit.shots[0].media)
    record = graded(edit, MIXED, lut_size=9)
    for name in FORMATS:
        list(exporter(name)(record).values())
    return there


def test_what_is_read_is_listed_and_what_is_listed_is_read(asked: Keys) -> None:
    listed = read_in_the_page()
    spaces = {space for space, _ in listed if space}
    assert {key for space, key in asked if space is None and key not in {"width", "height"}} == spaces | {"cdl"}
    within = {(space, key) for space, key in asked if space is not None}
    anywhere = {key for space, key in listed if space is None}
    constant = slates.SCENE_KEYS | slates.SLATE_KEYS | stated.KEYS | {"width", "height"}
    by_effect = {key for space, key in within if space == "other"} - {"width", "height"}
    assert anywhere == constant | by_effect
    assert {(space, key) for space, key in within if key not in anywhere} | {("otiograde", key) for key in KEYS} == {
        (space, key) for space, key in listed if space is not None
    }


def written_in_the_page() -> Keys:
    return {
        (names(row[1])[0], key) for row in rows(page("metadata.md"), "written | in the space") for key in names(row[0])
    }


def metadata_of(edit: Edit) -> Iterator[dict[str, Any]]:
    """All metadata in an edit, of items, markers, effects and media."""
    holders: list[Any] = [edit.otio]
    while holders:
        holder = holders.pop()
        if isinstance(holder, list):
            holders += holder
        elif isinstance(holder, dict):
            if isinstance(holder.get("metadata"), dict):
                yield holder["metadata"]
            holders += [one for key, one in holder.items() if key != "metadata"]


def keys_of(edit: Edit) -> Keys:
    return {
        (space, key) for one in metadata_of(edit) for space, values in one.items() if space != "note" for key in values
    }


def test_what_readers_of_lists_write_is_listed(tmp_path: Path) -> None:
    words = (
        "* FROM CLIP NAME: a.mov", "* LOC: 00:00:00:12 GREEN   look here", "* SCENE: 12", "* anything else",
        "* ASC_SOP (1 1 1)(0 0 0)(1 1 1)", "* ASC_SAT 1",
    )  # fmt: skip
    text = list_of(
        [
            Entry(1, "R1", "V", (0, 48), (86_400, 86_448), words),
            "002  R2       V     D    012 00:00:00:00 00:00:02:00 01:00:02:00 01:00:04:00",
        ]
    )
    edit = read_list(tmp_path, text, ["a.mov"])
    assert keys_of(edit) == {(space, key) for space, key in written_in_the_page() if space in {"cmx_3600", "cdl"}}


def test_what_the_reader_of_fcpxml_writes_is_listed(tmp_path: Path) -> None:
    inside = (
        '<marker start="1s" duration="1s" value="m" note="n"/>'
        '<metadata><md key="com.apple.proapps.studio.scene" value="12"/></metadata>'
    )
    spine = fcpxml.clip("m24", inside=inside, offset=0, duration=2) + fcpxml.clip("over", offset=2, duration=2)
    override = fcpxml.asset("m24").replace('id="m24"', 'id="over" colorSpaceOverride="9-16-9" customLogOverride="x"')
    text = fcpxml.document(spine, override, 'format="r24" tcStart="0s" tcFormat="NDF"')
    assert keys_of(fcpxml.read(tmp_path, text)) == {one for one in written_in_the_page() if one[0] == "fcpxml"}


def test_what_the_reader_of_fcp7_xml_writes_is_listed(tmp_path: Path) -> None:
    reel = xmeml.file().replace("</file>", "<timecode><reel><name>R1</name></reel></timecode></file>", 1)
    effect = "<filter><effect><name>Blur</name><effectid>Blur</effectid></effect></filter>"
    edit = xmeml.read(tmp_path, xmeml.one(xmeml.item(0, 24, 0, 24, reel, effect)))
    listed = {one for one in written_in_the_page() if one[0] == "fcp_xml"}
    assert listed <= keys_of(edit)
    assert {space for space, _ in keys_of(edit)} == {"fcp_xml"}


@pytest.fixture
def full(tmp_path: Path) -> GradedTimeline:
    """A shot with all that an effect can name: steps, a CDL, keys and flicker."""
    (tmp_path / "a.mp4").touch()
    tree = timeline(track(clip("a", lasting(0, 24), external("a.mp4"))))
    edit = edit_of(tree, Locator(tmp_path), "film", Reading(), Inventor(), notes=Notes())
    (shot,) = edit.shots
    stepped = replace(shot, wishes=replace(shot.wishes, steps=(parse_step("vignette"),)))
    course = Course((Key(0, MIXED), Key(23, Cdl())), (0.5,) * 24, words="flicker")
    return keyed(graded(replace(edit, shots=(stepped,)), MIXED), course)


def test_what_effects_hold_is_listed(full: GradedTimeline) -> None:
    tree = json.loads(exporter("otio")(full)["graded.otio"])
    found: set[str] = set()
    deeper: set[str] = set()
    for one in walk(tree):
        for effect in one.get("effects") or ():
            values = effect["metadata"]["otiograde"]
            found |= values.keys()
            deeper |= {key for entry in values["keys"] for key in entry} | values["cdl_fit"].keys()
            deeper |= values["cdl"].keys() | values["cdl"]["asc_sop"].keys()
    assert found == {names(row[0])[0] for row in rows(page("metadata.md"), "key | value")}
    text = page("metadata.md")
    assert {"frame", "path", "sha256", "mean", "p95", "share", "slope", "offset", "power"} <= deeper
    assert not [key for key in deeper if f"`{key}`" not in text]
