"""Scenes that a person names, and slates: what they put together, and one clear line for what they cannot mean.

Tests: timeline/scene_files.py, timeline/slates.py
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from making import fcpxml
from making.media import Inventor, media
from making.otio import clip, external, lasting, marker, read, timeline, track
from making.shots import shot
from otiograde.errors import TimelineError
from otiograde.record.shot import Shot, Wishes
from otiograde.timeline import read_edit
from otiograde.timeline.reading import Notes, Reading
from otiograde.timeline.scene_files import read_scenes
from otiograde.timeline.scenes import with_scenes
from otiograde.timeline.slates import from_name, slate_of

EDIT = timeline(track(*(clip(name, lasting(0, 5)) for name in "abcd")))


def scenes_of(shots: Sequence[Shot]) -> dict[str, str | None]:
    return {each.id: each.wishes.scene for each in shots}


def named(folder: Path, edit: Any = EDIT, **reading: Any) -> dict[str, str | None]:
    return scenes_of(read(folder, edit, None, Reading(**reading)).shots)


class TestSources:
    def test_one(self, tmp_path: Path) -> None:
        edit = read(tmp_path, EDIT, None, Reading(scenes="one"))
        assert {each.wishes.scene for each in edit.shots} == {"scene_001"}
        assert {each.wishes.scene_origin for each in edit.shots} == {"one"}

    def test_auto_names_nothing(self, tmp_path: Path) -> None:
        assert set(named(tmp_path, scenes="auto").values()) == {None}

    def test_tracks(self, tmp_path: Path) -> None:
        two = timeline(track(clip("a", lasting(0, 5))), track(clip("b", lasting(0, 5)), clip("c", lasting(0, 5))))
        assert named(tmp_path, two, scenes="tracks") == {"a": "V1", "b": "V2", "c": "V2"}

    def test_folders_are_named_by_what_tells_them_apart(self) -> None:
        paths = {"a": "/x/kitchen/clips/a.mov", "b": "/x/street/clips/b.mov", "c": "/x/hall/c.mov"}
        shots = [shot(name, media(path)) for name, path in paths.items()]
        shots = list(with_scenes(shots, Reading(scenes="folders"), {}, Notes()))
        assert scenes_of(shots) == {"a": "kitchen clips", "b": "street clips", "c": "hall"}

    def test_names(self, tmp_path: Path) -> None:
        names = ["12A_1", "12B_3", "sc013_sh020", "insert"]
        edit = read(
            tmp_path, timeline(track(*(clip(name, lasting(0, 5)) for name in names))), None, Reading(scenes="names")
        )
        assert [each.wishes.scene for each in edit.shots] == ["12", "12", "13", None]
        assert edit.notes == ("no slate in its name or metadata, grouped by evidence: insert",)

    def test_one_slate_for_the_whole_film_is_noted(self, tmp_path: Path) -> None:
        whole = timeline(track(*(clip(name, lasting(0, 5)) for name in ("12A_1", "12B_3"))))
        (note,) = read(tmp_path, whole, None, Reading(scenes="names")).notes
        assert note == "every slate says scene 12: --scenes names makes one scene of them"

    def test_markers_of_the_edit_and_of_clips(self, tmp_path: Path) -> None:
        clips = [clip(name, lasting(0, 10)) for name in "abcd"]
        clips[3]["markers"] = [marker("Roof", 2)]
        whole = timeline(track(*clips))
        whole["tracks"]["markers"] = [marker("Kitchen", 12), marker("otiograde: hero", 25)]
        assert named(tmp_path, whole, scenes="markers") == {"a": None, "b": "Kitchen", "c": "Kitchen", "d": "Roof"}

    def test_two_markers_in_one_shot_are_noted(self, tmp_path: Path) -> None:
        whole = timeline(track(*(clip(name, lasting(0, 10)) for name in "ab")))
        whole["tracks"]["markers"] = [marker("Kitchen", 2), marker("Roof", 7)]
        edit = read(tmp_path, whole, None, Reading(scenes="markers"))
        assert [each.wishes.scene for each in edit.shots] == ["Kitchen", "Roof"]
        assert "two markers lie in it" in edit.notes[0]

    @pytest.mark.parametrize(
        ("source", "why"), [("names", "no shot has a slate"), ("markers", "no marker with a name")]
    )
    def test_a_source_that_names_nothing(self, tmp_path: Path, source: str, why: str) -> None:
        with pytest.raises(TimelineError, match=why):
            named(tmp_path, scenes=source)

    def test_an_option_wins_over_a_source_and_both_over_the_edit(self, tmp_path: Path) -> None:
        wished = timeline(
            track(clip("a", lasting(0, 5), metadata={"otiograde": {"scene": "x"}}), clip("b", lasting(0, 5)))
        )
        edit = read(tmp_path, wished, None, Reading(scenes="one", scene=("hall=B",)))
        assert [(each.wishes.scene, each.wishes.scene_origin) for each in edit.shots] == [
            ("scene_001", "one"),
            ("hall", "option"),
        ]
        assert edit.notes == (
            "--scene wins over --scenes one: b",
            "the scene of the command line wins over the edit's: a",
        )

    def test_sdr_and_hdr_in_one_scene_are_noted(self) -> None:
        notes = Notes()
        shots = [shot("a", media("a.mov")), shot("b", media("b.mov", "pq"))]
        with_scenes(shots, Reading(scenes="one"), {}, notes)
        (note,) = notes.lines()
        assert note.startswith("a named scene holds sdr and ")
        assert note.endswith("which are matched as light: scene_001")

    def test_a_scene_of_very_many_shots_is_noted(self) -> None:
        notes = Notes()
        with_scenes([shot(f"s{k}") for k in range(300)], Reading(scenes="one"), {}, notes)
        assert notes.lines() == ("a scene of more than 100 shots is solved in minutes, with 4 MB a shot: scene_001",)

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (("kitchen",), "give it as NAME=SHOT,SHOT"),
            (("=a",), "give it as NAME=SHOT,SHOT"),
            (("kitchen=",), "give it as NAME=SHOT,SHOT"),
            ((f"{'x' * 65}=a",), "1 to 64 printable"),
            (("kitchen=a,z",), "no shot has the id or name z; there are a, b, c, d"),
            (("kitchen=a", "hall=b,a"), "a is put in kitchen and in hall; a shot has one scene"),
        ],
    )
    def test_options_that_cannot_be_meant(self, tmp_path: Path, options: tuple[str, ...], why: str) -> None:
        with pytest.raises(TimelineError, match=why) as error:
            named(tmp_path, scene=options)
        assert "\n" not in str(error.value)


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("s.csv", "a,kitchen\nb,kitchen\nc,hall\n"),
            ("s.csv", "\ufeffScene;take;Shot\r\nkitchen;1;a\r\nkitchen;2;b\r\nhall;1;c\r\n"),
            ("s.csv", "# shot and scene\na\tkitchen\nb\tkitchen\n\nc\thall\n"),
            ("s.json", json.dumps({"a": "kitchen", "b": "kitchen", "c": "hall"})),
            ("s.JSON", json.dumps({"scenes": {"kitchen": ["a", "b"], "hall": ["c"]}})),
            (
                "s.json",
                json.dumps([{"shot": s, "scene": n} for s, n in [("a", "kitchen"), ("b", "kitchen"), ("c", "hall")]]),
            ),
        ],
    )
    def test_shapes_that_are_read(self, tmp_path: Path, name: str, text: str) -> None:
        (tmp_path / name).write_text(text, "utf-8")
        edit = read(tmp_path, EDIT, None, Reading(scenes=str(tmp_path / name)))
        assert scenes_of(edit.shots) == {"a": "kitchen", "b": "kitchen", "c": "hall", "d": None}
        assert {each.wishes.scene_origin for each in edit.shots if each.wishes.scene} == {"file"}

    @pytest.mark.parametrize(
        ("name", "text", "why"),
        [
            ("s.csv", "a\n", r"s.csv:1: a line is a shot and its scene"),
            ("s.csv", "a,kitchen\nz,hall\n", r"s.csv:2: no shot has the id or name z; there are a, b, c, d"),
            ("s.csv", "a,kitchen\na,hall\n", r"s.csv:2: a is put in kitchen and in hall"),
            ("s.csv", "a,\n", r"s.csv:1: '' is no name of a scene for a"),
            ("s.csv", "", "it names no scene of any shot"),
            ("s.json", "{", "this is no JSON"),
            ("s.json", "3", "give an object of shot and scene"),
            ("s.json", "[" * 100_000, "this is no JSON"),
            ("s.json", '{"kitchen": [3]}', "give a shot and its scene as texts"),
            ("s.json", '[{"shot": "a"}]', "entry 1: give a shot and its scene as texts"),
        ],
    )
    def test_files_that_cannot_be_meant(self, tmp_path: Path, name: str, text: str, why: str) -> None:
        (tmp_path / name).write_text(text)
        with pytest.raises(TimelineError, match=why) as error:
            named(tmp_path, scenes=str(tmp_path / name))
        assert "\n" not in str(error.value)

    def test_files_that_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "s.csv").write_bytes(b"\xff\xfe\x00")
        for name, why in [("s.csv", "not UTF-8"), ("none.csv", "cannot be read"), (".", "cannot be read")]:
            with pytest.raises(TimelineError, match=why):
                read_scenes(tmp_path / name)

    @given(st.text(max_size=200), st.sampled_from([".csv", ".json"]))
    def test_any_text_is_read_or_refused_in_one_line(self, text: str, suffix: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"s{suffix}"
            path.write_bytes(text.encode("utf-8", "replace"))
            why = ""
            try:
                assert all(isinstance(part, str) for entry in read_scenes(path) for part in entry)
            except TimelineError as error:
                why = str(error)
            assert "\n" not in why


class TestSlates:
    @pytest.mark.parametrize(
        ("name", "scene"),
        [
            ("12A_3", "12"), ("12A-3", "12"), ("012B T4", "12"), ("7AA/02", "7"), ("12A_3_cam B", "12"),
            ("sc010_sh020", "10"), ("sc010sh020", "10"), ("SC010-0020_v2", "10"), ("Scene 7 Take 2", "7"),
            ("seq020_sh0010", "20"), ("12AT3", "12"), ("s01_sh02", "1"), ("film_sc12_03", "12"), ("scene_004", "4"),
            ("A001_C003_0512AB", ""), ("C0012", ""), ("IMG_2031", ""), ("clip_03", ""), ("shot_012", ""), ("4K_1", ""),
            ("24P_1", ""), ("50MM_2", ""), ("2ND_1", ""), ("s01e02", ""), ("2024-05-12", ""), ("", ""), ("disc04", ""),
        ],
    )  # fmt: skip
    def test_names(self, name: str, scene: str) -> None:
        assert from_name(name) == scene

    @pytest.mark.parametrize(
        ("metadata", "scene"),
        [
            ({"ALE": {"Scene": "12A", "Take": "3"}}, "12"),
            ({"AAF": {"UserComments": {"Scene": "12", "Take": "2"}}}, "12"),
            ({"Resolve_OTIO": {"Scene": "12B", "Shot": "4"}}, "12"),
            ({"cmx_3600": {"scene": "INT. KITCHEN"}}, "int. kitchen"),
            ({"fcp_xml": {"logginginfo": {"scene": "2A/2", "shottake": "1"}}}, "2"),
            ({"x": [{"Slate": "31C-2"}]}, "31"),
            ({"AAF": {"UserComments": {"Scene": "", "Take": ""}}}, "5"),
            ({"otiograde": {"scene": "wished"}}, "5"),
            ({"ALE": {"Scene": True, "Shot": "close"}}, "5"),
            ({"ALE": {"Scene": 9}}, "9"),
            (None, "5"),
        ],
    )
    def test_metadata_win_over_the_name(self, metadata: Any, scene: str) -> None:
        assert slate_of({"metadata": metadata}, "5A_1") == scene

    def test_metadata_of_the_media_count_too(self, tmp_path: Path) -> None:
        of = external("a.mp4") | {"metadata": {"Scene": "44"}}
        edit = read(tmp_path, timeline(track(clip("a", lasting(0, 5), of))))
        assert [each.slate for each in edit.shots] == ["44"]

    def test_a_clip_of_endless_metadata_is_searched_so_far(self) -> None:
        deep: dict[str, Any] = {"Scene": "1"}
        for _ in range(10_000):
            deep = {"x": deep}
        assert slate_of({"metadata": deep}, "") == ""

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Scene", "shot", "x"]), inner),
        ),
        st.text(),
    )
    def test_any_metadata_give_a_short_slate(self, metadata: Any, name: str) -> None:
        slate = slate_of({"metadata": metadata}, name)
        assert slate == slate.strip()
        assert len(slate) <= 100
        assert slate.isprintable()


def test_slates_stand_in_edls(tmp_path: Path) -> None:
    (tmp_path / "a.mov").touch()
    edl = tmp_path / "film.edl"
    edl.write_text(
        "TITLE: film\nFCM: NON-DROP FRAME\n\n"
        "001  A        V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
        "* FROM CLIP NAME: a.mov\n* SOURCE FILE: a.mov\n* MEDIA FILE: a.mov\n* SCENE: 12A\n"
    )
    edit = read_edit(edl, Reading(), Inventor())
    assert [each.slate for each in edit.shots] == ["12"]
    assert edit.shots[0].wishes == Wishes()


def test_slates_stand_in_fcpxml_in_clips_and_in_assets(tmp_path: Path) -> None:
    metadata = '<metadata><md key="com.apple.proapps.studio.scene" value="{}"/></metadata>'
    spine = fcpxml.clip(inside=metadata.format("2A/2"), duration=2) + fcpxml.clip(duration=2, start=2)
    document = fcpxml.document(spine)
    assert [each.slate for each in fcpxml.read(tmp_path, document).shots] == ["2", ""]
    end = document.index("</asset>")
    whole = document[:end] + metadata.format("17") + document[end:]
    slates = [each.slate for each in fcpxml.read(tmp_path, whole).shots]
    assert slates == ["2", "17"]
