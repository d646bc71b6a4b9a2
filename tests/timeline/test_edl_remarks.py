"""The statements below an event: names, media, reels, markers and CDLs, in the spellings of many programs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from making.lists import Entry, Shelf, list_of, read_list, shown
from otiograde.timeline.edl_tree import read
from otiograde.timeline.reading import Notes

HEAD = "TITLE: list\nFCM: NON-DROP FRAME\n\n"


def clip_with(*statements: str, reel: str = "AX") -> dict[str, Any]:
    """The clip of an event with these statements."""
    tree = read(list_of([Entry(1, reel, "V", (86_400, 86_424), (0, 24), statements)]), None, Notes())
    clip: dict[str, Any] = tree["tracks"]["children"][0]["children"][0]
    return clip


def media_of(clip: dict[str, Any]) -> dict[str, Any]:
    reference: dict[str, Any] = clip["media_references"]["DEFAULT_MEDIA"]
    return reference


@pytest.mark.parametrize(
    "statement",
    [
        "* FROM CLIP NAME:  sh010",
        "*FROM CLIP NAME: sh010",
        "FROM CLIP NAME: sh010",
        "* from clip name : sh010",
        "* FROM CLIP NAME IS: sh010",
        "* CLIP NAME: sh010",
        "* FROM CLIP NAME sh010",
        "*\tFROM CLIP NAME:\tsh010",
        "* TO CLIP NAME: sh010",
        "* SOURCE FILE: card/sh010.mov",
        "* FROM FILE: S:\\card\\sh010.mov",
        "* MEDIA FILE: /card/sh010.mov",
        "* FILE NAME: sh010.mov",
    ],
)
def test_names(statement: str) -> None:
    assert clip_with(statement)["name"] == "sh010"


def test_a_clip_without_a_name_is_called_by_its_reel_or_number() -> None:
    assert clip_with(reel="A001C001_220101_R1AB")["name"] == "A001C001_220101_R1AB"
    assert clip_with()["name"] == "001"


@pytest.mark.parametrize(
    ("statement", "url"),
    [
        ("* FROM CLIP: S:\\path\\A.mov", "S:\\path\\A.mov"),
        ("* FROM FILE: /path/A.mov", "/path/A.mov"),
        ("* TO CLIP: /path/A.mov", "/path/A.mov"),
        ("* OTIO REFERENCE FROM: /path/A.mov", "/path/A.mov"),
        ("* MEDIA FILE PATH: /path/A.mov", "/path/A.mov"),
        ("* SOURCE FILE PATH: /path/A.mov", "/path/A.mov"),
    ],
)
def test_addresses(statement: str, url: str) -> None:
    assert media_of(clip_with(statement))["target_url"] == url


def test_an_image_sequence(tmp_path: Path) -> None:
    reference = media_of(clip_with("* FROM CLIP: /renders/50%.[0101-0124].exr"))
    assert (reference["target_url_base"], reference["name_prefix"], reference["name_suffix"]) == (
        "/renders/",
        "50%.",
        ".exr",
    )
    assert (reference["start_frame"], reference["frame_zero_padding"]) == (101, 4)
    entry = Entry(1, "AX", "V", (86_400, 86_424), (0, 24), ("* FROM CLIP: media/im.[0101-0124].exr",))
    (shot,) = read_list(tmp_path, list_of([entry]), ["im.0101.exr"], Shelf({}, frames=24)).shots
    assert (shot.source.start, shot.source.count) == (0, 24)


def test_generators() -> None:
    assert media_of(clip_with(reel="BL"))["generator_kind"] == "black"
    assert media_of(clip_with(reel="blk"))["generator_kind"] == "black"
    assert media_of(clip_with(reel="BARS"))["generator_kind"] == "SMPTEBars"


def test_the_file_that_a_comment_names_is_found(tmp_path: Path) -> None:
    """It is a file's name, and the clip's name may be that of another file."""
    entries = [
        Entry(
            1,
            "AX",
            "V",
            (86_424, 86_448),
            (0, 24),
            ("* FROM CLIP NAME:  INTERVIEW WIDE", "* SOURCE FILE: A001C001.MOV"),
        ),
        Entry(
            2,
            "AX",
            "V",
            (86_424, 86_448),
            (24, 48),
            ("* SOURCE FILE: C:\\card\\b002c002.mov", "* FROM CLIP NAME: other"),
        ),
        Entry(
            3, "B002", "V", (86_424, 86_448), (48, 72), ("* FROM CLIP NAME: nothing", "* SOURCE FILE: Scene 1.new.01")
        ),
    ]
    files = ["sub/A001C001.MOV", "B002C002.mov", "other.mov", "B002.mov"]
    edit = read_list(tmp_path, list_of(entries), files, Shelf({}, timecode=86_400))
    assert [shot.media.path.name for shot in edit.shots] == ["A001C001.MOV", "B002C002.mov", "B002.mov"]
    assert shown(edit)[0] == ("INTERVIEW WIDE", 24, 24, 0, 24, 1.0)
    comments = edit.otio["tracks"]["children"][0]["children"][0]["metadata"]["cmx_3600"]["comments"]
    assert comments == ["SOURCE FILE: A001C001.MOV"]


def test_reels() -> None:
    text = list_of(
        [
            "FINAL CUT PRO REEL: A001 Long Name REPLACED BY: A001LONG",
            Entry(1, "A001LONG", "V", (0, 24), (0, 24)),
            Entry(2, "A002", "V", (0, 24), (24, 48), ("* REEL: A002C001_220101_R1AB",)),
            Entry(3, "Tape 7 b", "V", (0, 24), (48, 72), ("* SCENE: 12A",)),
            "FINAL CUT PRO REEL: Night Tape REPLACED BY: NIGHT",
            Entry(1000, "NIGHT", "V", (0, 24), (72, 96)),
        ]
    )
    tree = read(text, None, Notes())
    cmx = [clip["metadata"]["cmx_3600"] for clip in tree["tracks"]["children"][0]["children"]]
    assert [values["reel"] for values in cmx] == ["A001 Long Name", "A002C001_220101_R1AB", "Tape 7 b", "Night Tape"]
    assert cmx[2]["scene"] == "12A"


def test_a_dissolve_has_names_files_and_cdls_of_two_sources() -> None:
    text = list_of(
        [
            Entry(1, "AX", "V", (0, 24), (0, 24), ("* FROM CLIP NAME: a",)),
            Entry(2, "AX", "V", (240, 240), (24, 24)),
            Entry(
                2,
                "AX",
                "V",
                (48, 72),
                (24, 48),
                (
                    "M2   AX   048.0   00:00:10:00",
                    "M2   AX   012.0   00:00:02:00",
                    "* BLEND, DISSOLVE",
                    "* FROM CLIP NAME: c",
                    "* ASC_SAT 0.5",
                    "* TO CLIP NAME: b",
                    "* ASC_SAT 1.5",
                    "* SOURCE FILE: c.mov",
                    "* SOURCE FILE: b.mov",
                ),
                "D    012",
            ),
        ]
    )
    clips = [
        item for item in read(text, None, Notes())["tracks"]["children"][0]["children"] if "media_references" in item
    ]
    assert [clip["name"] for clip in clips] == ["a", "c", "b"]
    assert [media_of(clip)["name"] for clip in clips] == ["", "c.mov", "b.mov"]
    assert [clip["metadata"].get("cdl", {}).get("asc_sat") for clip in clips] == [None, 0.5, 1.5]
    assert [[effect["time_scalar"] for effect in clip["effects"]] for clip in clips] == [[], [2.0], [0.5]]
    assert [clip["source_range"]["start_time"]["value"] for clip in clips] == [0, 240, 51]


@pytest.mark.parametrize(
    ("statement", "sop"),
    [
        ("*ASC_SOP (1.1 1.0 0.9)(0.01 0.0 -0.01)(1.0 1.05 1.0)", True),
        ("* ASC_SOP: (1.1, 1.0, 0.9) (0.01, 0.0, -0.01) (1.0, 1.05, 1.0)", True),
        ("* ASC_SOP (+1.1 1 .9) (1e-2 0 -1E-2) (1. 1.05 1)", True),
        ("* ASC_SOP (1.1 1.0 0.9) (0.01 0.0 -0.01)", False),
        ("* ASC_SOP (1e999 1.0 0.9) (0.01 0.0 -0.01) (1 1 1)", False),
    ],
)
def test_cdls(statement: str, sop: bool) -> None:
    notes = Notes()
    tree = read(list_of([Entry(1, "AX", "V", (0, 24), (0, 24), (statement,))]), None, notes)
    metadata = tree["tracks"]["children"][0]["children"][0]["metadata"]
    assert ("cdl" in metadata) == sop
    if sop:
        assert metadata["cdl"] == {
            "asc_sat": 1.0,
            "asc_sop": {"slope": [1.1, 1.0, 0.9], "offset": [0.01, 0.0, -0.01], "power": [1.0, 1.05, 1.0]},
        }
    else:
        assert "CDLs of the EDL that cannot be read passed over: line 5" in notes.lines()


@pytest.mark.parametrize(
    ("text", "color", "name"),
    [
        ("01:00:00:12 RED     ANIM FIX NEEDED", "RED", "ANIM FIX NEEDED"),
        ("01:00:00:12 GREEN", "GREEN", ""),
        ("01:00:00:12 Teal    a color that OTIO lacks", "RED", "a color that OTIO lacks"),
        ("01:00:00:12 otiograde: hero, scene=kitchen", "RED", "otiograde: hero, scene=kitchen"),
        ("01:00:00:12 BLUE otiograde: hero, scene=kitchen", "BLUE", "otiograde: hero, scene=kitchen"),
        ("01:00:00:12 blue: not a color here", "RED", "blue: not a color here"),
    ],
)
def test_markers_lie_on_the_media_frame_that_is_shown(text: str, color: str, name: str) -> None:
    entry = Entry(1, "AX", "V", (480, 528), (86_400, 86_424), ("M2   AX   048.0   00:00:20:00", f"* LOC: {text}"))
    clip = read(list_of([entry]), None, Notes())["tracks"]["children"][0]["children"][0]
    (marker,) = clip["markers"]
    assert (marker["color"], marker["name"]) == (color, name)
    assert marker["marked_range"]["start_time"]["value"] == 504
    assert isinstance(otio.core.deserialize_json_from_string(str(marker).replace("'", '"')), otio.schema.Marker)


def test_wishes_stand_in_markers(tmp_path: Path) -> None:
    statements = ("* FROM CLIP NAME: a.mov", "* LOC: 00:00:00:12 GREEN   otiograde: lock, scene=kitchen", "* LOC: soon")
    edit = read_list(tmp_path, list_of([Entry(1, "AX", "V", (0, 24), (0, 24), statements)]), ["a.mov"])
    (shot,) = edit.shots
    assert shot.wishes.lock
    assert shot.wishes.scene == "kitchen"
    assert "markers of the EDL that cannot be read passed over: line 7" in edit.notes


def test_events_of_one_number_share_what_is_said_below_them(tmp_path: Path) -> None:
    text = list_of(
        [
            "SPLIT:    AUDIO DELAY=  00:00:00:12",
            Entry(1, "A", "V", (0, 24), (0, 24)),
            Entry(1, "A", "A", (12, 24), (12, 24), ("* FROM CLIP NAME: a.mov",)),
            Entry(2, "B", "V", (0, 24), (24, 48), ("* FROM CLIP NAME: b.mov",)),
        ]
    )
    edit = read_list(tmp_path, text, ["a.mov", "b.mov"])
    assert [shot.name for shot in edit.shots] == ["a.mov", "b.mov"]
    assert [sound.name for sound in edit.sounds] == ["a.mov"]


def test_effects_that_are_not_applied_are_named() -> None:
    notes = Notes()
    statements = ("* AVX2 EFFECT, RESIZE", "EFFECTS NAME IS GAUSSIAN BLUR", "EFFECTS NAME IS CROSS DISSOLVE")
    read(list_of([Entry(1, "AX", "V", (0, 24), (0, 24), statements)]), None, notes)
    assert "effects that the EDL names are not applied: AVX2 EFFECT, RESIZE, GAUSSIAN BLUR" in notes.lines()


@pytest.mark.parametrize("channels", [("V", "A"), ("A", "V"), ("V", "A", "A2")])
def test_lines_of_one_number_share_their_statements(tmp_path: Path, channels: tuple[str, ...]) -> None:
    """A speed below the line of sound is that of the picture, too, for the reader and for the account."""
    text = HEAD + "".join(
        f"001  a        {channel:<5} C        01:00:01:00 01:00:02:00 01:00:00:00 01:00:01:00\n" for channel in channels
    )
    text += "M2   a          048.0                01:00:01:00\n* FROM CLIP NAME: a.mov\n"
    edit = read_list(tmp_path, text, ["a.mov"], Shelf({}, timecode=86_400))
    assert [(one.source.start, float(one.speed)) for one in edit.shots] == [(24, 2.0)]
    assert not edit.skips


@pytest.mark.parametrize(
    ("rate", "media_rate", "first"),
    [("24", "24000/1001", 24 * 600), ("25", "24", 24 * 600), ("24", "30000/1001", 30 * 600), ("30", "60", 60 * 600)],
)
def test_a_source_timecode_is_a_label_at_any_rate(tmp_path: Path, rate: str, media_rate: str, first: int) -> None:
    """Ten minutes into the file by its own labels, whatever the list counts."""
    shelf = Shelf({}, rate=Fraction(media_rate), timecode=round(Fraction(media_rate)) * 3600)
    text = HEAD + "001  a        V     C        01:10:00:00 01:10:01:00 01:00:00:00 01:00:01:00\n"
    (one,) = read_list(tmp_path, text, ["a.mov"], shelf, Fraction(rate)).shots
    assert one.source.start == first


def test_our_statements_on_rate_and_speed(tmp_path: Path) -> None:
    shelf = Shelf({}, rate=Fraction(30000, 1001), timecode=107_892, drop_frame=True)
    text = (
        HEAD + "001  a        V     C        01:00:01:08 01:00:02:05 01:00:00:00 01:00:01:00\n"
        "M2   a          020.7                01:00:01:08\n"
        "* SOURCE TIMECODE AT 29.97 FPS: 01:00:01;10 01:00:02;06\n* SPEED: 4321/5000\n"
    )
    (one,) = read_list(tmp_path, text, ["a.mov"], shelf, Fraction(24)).shots
    assert (one.source.start, one.speed) == (40, Fraction(4321, 5000))
    wrong = text.replace("4321/5000", "1/3").replace("29.97 FPS", "0 FPS")
    (one,) = read_list(tmp_path, wrong, ["a.mov"], shelf, Fraction(24)).shots
    assert one.source.start == 40
    assert abs(float(one.speed) - 0.8642) < 0.02
