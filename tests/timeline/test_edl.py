"""CMX 3600 lists as CMX, Avid, Premiere, Final Cut and Resolve write them: what each event shows, and when.

Tests: timeline/edl.py, timeline/edl_clips.py, timeline/edl_rate.py, timeline/edl_tree.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from making.lists import Entry, Shelf, list_of, read_list, shown
from otiograde.errors import TimelineError
from otiograde.timeline.edl import channels_of

HEAD = "TITLE: list\nFCM: NON-DROP FRAME\n\n"
NTSC30 = Fraction(30000, 1001)

#: Media of an hour at 29.97, whose timecode begins at one o'clock.
DROP_MEDIA = {"rate": NTSC30, "timecode": 107_892, "drop_frame": True}
FULL_MEDIA = {"rate": NTSC30, "timecode": 108_000, "drop_frame": False}


def notes_of(text: str, folder: Path, **options: object) -> str:
    return "\n".join(read_list(folder, text, ["a.mov", "b.mov"], **options).notes)  # type: ignore[arg-type]


# --- channels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "channels"),
    [
        ("V", ("V1",)),
        ("V1", ("V1",)),
        ("V2", ("V2",)),
        ("v12", ("V12",)),
        ("B", ("V1", "A1")),
        ("A", ("A1",)),
        ("A4", ("A4",)),
        ("AA", ("A1", "A2")),
        ("A12", ("A1", "A2")),
        ("A2/V", ("V1", "A2")),
        ("AA/V", ("V1", "A1", "A2")),
        ("VA1A2", ("V1", "A1", "A2")),
        ("VA12", ("V1", "A1", "A2")),
        ("V1/V2", ("V1", "V2")),
        ("NONE", ()),
        ("GFX", None),
        ("REEL", None),
        ("V/", None),
    ],
)
def test_channels(word: str, channels: tuple[str, ...] | None) -> None:
    assert channels_of(word) == channels


def test_what_is_only_heard_covers_no_picture(tmp_path: Path) -> None:
    entries = [
        Entry(1, "A001C001", "V", (24, 48), (0, 24), ("* FROM CLIP NAME: a.mov",)),
        Entry(2, "B002C002", "NONE", (24, 48), (0, 24), ("* FROM CLIP NAME: b.mov", "AUD  3    4")),
        Entry(3, "B002C002", "NONE", (24, 48), (24, 48), ("* FROM CLIP NAME: b.mov",)),
        Entry(4, "B002C002", "AA", (24, 48), (24, 72), ("* FROM CLIP NAME: b.mov", "M2 B002C002 012.0 00:00:01:00")),
    ]
    edit = read_list(tmp_path, list_of(entries), ["a.mov", "b.mov"])
    assert shown(edit) == [("a.mov", 24, 24, 0, 24, 1.0)]
    assert [track["name"] for track in edit.otio["tracks"]["children"]] == ["V", "A1", "A2", "A3", "A4"]
    assert sorted((sound.where[0], sound.at, sound.speed) for sound in edit.sounds) == [
        (1, 1, Fraction(1, 2)),
        (2, 1, Fraction(1, 2)),
        (3, 0, 1),
        (4, 0, 1),
    ]
    assert "events on no channel passed over: neither pictures nor sound: event 003 (line 9)" in edit.notes


def test_tracks_lie_in_order_and_unknown_channels_are_named(tmp_path: Path) -> None:
    entries = [
        Entry(1, "A", "V2", (0, 24), (24, 48)),
        Entry(2, "A", "A", (0, 48), (0, 48)),
        Entry(3, "A", "GFX", (0, 48), (0, 48)),
        Entry(4, "A", "V", (0, 48), (0, 48)),
    ]
    edit = read_list(tmp_path, list_of(entries), ["A.mov"])
    assert [(shot.track, shot.record.start) for shot in edit.shots] == [(0, 0), (1, 24)]
    assert [track["name"] for track in edit.otio["tracks"]["children"]] == ["V", "V2", "A1"]
    assert "events on unknown channels passed over: 003 on GFX" in edit.notes


def test_lines_without_a_reel_or_a_channel(tmp_path: Path) -> None:
    text = HEAD + (
        "001  002 C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
        "002  V C 00:00:01:00 00:00:02:00 01:00:01:00 01:00:02:00\n* FROM CLIP NAME: b\n"
        "0003D MY TAPE 7 VA12 C 00:00:01:00 00:00:02:00 01:00:02:00 01:00:03:00\n"
    )
    edit = read_list(tmp_path, text, ["002.mov", "b.mov", "MY TAPE 7.mov"])
    assert [shot.name for shot in edit.shots] == ["002", "b", "MY TAPE 7"]


# --- speed ------------------------------------------------------------------------------------------------------------

ONE_SECOND = (24, 48)


@pytest.mark.parametrize(
    ("speed", "source", "record", "wanted"),
    [
        ("048.0", (12, 36), 24, (12, 48, 2)),  # as Resolve writes it: the source as long as the record
        ("012.0", (12, 36), 24, (12, 12, 0.5)),
        ("-024.0", (24, 48), 24, (24, 24, -1)),
        ("-048.0", (24, 48), 24, (24, 48, -2)),
        ("-012.0", (24, 48), 24, (24, 12, -0.5)),
        ("+48", (12, 60), 24, (12, 48, 2)),  # as Avid does: the source as long as it is
        ("012.0", (12, 36), 48, (12, 24, 0.5)),
        ("-48.0", (12, 60), 24, (12, 48, -2)),
        ("-48.0", (60, 12), 24, (12, 48, -2)),  # and backwards
        ("-024.0", (48, 24), 24, (24, 24, -1)),
        ("036.0", (0, 37), 25, (0, 38, 1.5)),
        ("024.0", (24, 48), 24, (24, 24, 1)),
        ("000.0", (24, 25), 24, (24, 1, 0)),
        ("000.0", (24, 48), 24, (24, 1, 0)),
        ("000.0", (24, 24), 24, (24, 1, 0)),
        ("8.0", (0, 10), 30, (0, 10, 1 / 3)),  # the source's length is more exact than 8.0
        ("007.9", (0, 1000), 3038, (0, 1000, 7.9 / 24)),
    ],
)
def test_a_motion_effect_decides_whatever_the_lengths(
    tmp_path: Path, speed: str, source: tuple[int, int], record: int, wanted: tuple[int, int, float]
) -> None:
    statements = (f"M2   AX             {speed}                00:00:00:12", "* FROM CLIP NAME: a.mov")
    edit = read_list(tmp_path, list_of([Entry(1, "AX", "V", source, (0, record), statements)]), ["a.mov"], rate=24)
    (shot,) = edit.shots
    assert (shot.source.start, shot.source.count) == wanted[:2]
    assert float(shot.speed) == pytest.approx(wanted[2], abs=1e-6)
    assert (shot.record.start, shot.record.count) == (0, record)
    assert not [note for note in edit.notes if "differ" in note]


@pytest.mark.parametrize("text", ["060.0", "059.9", "59.94", "60"])
def test_speeds_at_ntsc_rates_are_multiples_of_the_rate_or_of_its_count(tmp_path: Path, text: str) -> None:
    entry = Entry(1, "AX", "V", (0, 30), (0, 30), (f"M2   AX             {text}   00:00:00:00", "* FROM CLIP NAME: a"))
    (shot,) = read_list(tmp_path, list_of([entry], base=30), ["a.mov"], Shelf({}, rate=NTSC30), NTSC30).shots
    assert float(shot.speed) == pytest.approx(2, abs=0.0034)
    assert shot.source.count == 60


def test_a_freeze_frame_needs_no_motion_effect(tmp_path: Path) -> None:
    statements = ("* FROM CLIP NAME: a FF", "* * FREEZE FRAME")
    edit = read_list(tmp_path, list_of([Entry(1, "AX", "V", (24, 48), (0, 24), statements)]), ["a.mov"])
    assert shown(edit) == [("a", 24, 1, 0, 24, 0.0)]


def test_lengths_that_contradict_without_a_speed_are_named(tmp_path: Path) -> None:
    entries = [
        Entry(1, "AX", "V", (0, 24), (0, 24), ("* FROM CLIP NAME: a",)),
        Entry(7, "AX", "V", (24, 72), (24, 48), ("* FROM CLIP NAME: a",)),
        Entry(8, "BL", "V", (0, 0), (48, 72)),
        Entry(9, "AX", "V", (24, 48), (72, 96), ("* FROM CLIP NAME: a",)),
    ]
    edit = read_list(tmp_path, list_of(entries), ["a.mov"])
    assert shown(edit) == [("a", 0, 24, 0, 24, 1.0), ("a", 24, 24, 24, 24, 1.0), ("a", 24, 24, 72, 24, 1.0)]
    assert [note for note in edit.notes if "differ" in note] == [
        "source and record lengths differ, and no speed is stated: read at normal speed: event 007 (line 6)"
    ]


def test_a_speed_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    entry = Entry(1, "AX", "V", (0, 24), (0, 24), ("M2   AX   fast   00:00:00:00", "* FROM CLIP NAME: a.mov"))
    assert "cannot be read, normal speed taken: line 5" in notes_of(list_of([entry]), tmp_path)


# --- order ------------------------------------------------------------------------------------------------------------


def test_events_in_the_order_of_their_sources(tmp_path: Path) -> None:
    entries = [
        Entry(2, "B002C002", "V", (48, 72), (36 * 24, 37 * 24), ("* FROM CLIP NAME: b.mov",)),
        Entry(3, "B002C002", "V", (96, 120), (38 * 24, 39 * 24), ("* FROM CLIP NAME: b.mov",)),
        Entry(1, "A001C001", "V", (24, 48), (35 * 24, 36 * 24), ("* FROM CLIP NAME: a.mov",)),
    ]
    edit = read_list(tmp_path, list_of(entries), ["a.mov", "b.mov"])
    assert shown(edit) == [
        ("a.mov", 24, 24, 0, 24, 1.0),
        ("b.mov", 48, 24, 24, 24, 1.0),
        ("b.mov", 96, 24, 72, 24, 1.0),
    ]
    assert [(skip.what, skip.start, skip.count) for skip in edit.skips] == [("gap", 48, 24)]
    assert edit.otio["global_start_time"]["value"] == 35 * 24
    assert not [note for note in edit.notes if "differ" in note]


def test_what_overlaps_lies_above_and_is_named(tmp_path: Path) -> None:
    entries = [
        Entry(1, "AX", "V", (0, 48), (0, 48), ("* FROM CLIP NAME: a",)),
        Entry(2, "AX", "V", (0, 24), (24, 48), ("* FROM CLIP NAME: b",)),
        Entry(3, "AX", "V", (0, 24), (36, 60), ("* FROM CLIP NAME: a",)),
        Entry(4, "AX", "V", (0, 24), (60, 84), ("* FROM CLIP NAME: b",)),
    ]
    edit = read_list(tmp_path, list_of(entries), ["a.mov", "b.mov"])
    assert sorted((s.name, s.track, s.record.start) for s in edit.shots) == [
        ("a", 0, 0),
        ("a", 2, 36),
        ("b", 0, 60),
        ("b", 1, 24),
    ]
    (note,) = [note for note in edit.notes if "overlap" in note]
    assert note == "events of channel V1 overlap: the later one lies above: event 002 (line 6), event 003 (line 8)"


def test_a_heap_of_events_at_one_time_is_refused(tmp_path: Path) -> None:
    entries = [Entry(number, "AX", "V", (0, 24), (0, 24)) for number in range(200)]
    with pytest.raises(TimelineError, match="line 103: more than 99 events of V1 overlap"):
        read_list(tmp_path, list_of(entries))


def test_records_across_midnight(tmp_path: Path) -> None:
    text = HEAD + (
        "001  A V C 01:00:00:00 01:00:10:00 23:59:50:00 00:00:00:00\n"
        "002  A V C 23:59:59:00 00:00:01:00 00:00:00:00 00:00:02:00\n"
    )
    edit = read_list(tmp_path, text, ["A.mov"], rate=24)
    assert [(item["name"], item["source_range"]["duration"]["value"]) for item in items(edit)] == [
        ("A", 240),
        ("A", 48),
    ]
    assert not [note for note in edit.notes if "differ" in note]


def items(edit: object) -> list[dict[str, object]]:
    return edit.otio["tracks"]["children"][0]["children"]  # type: ignore[attr-defined, no-any-return]


# --- timecode ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [":", ";", ","])
@pytest.mark.parametrize("header", ["FCM: DROP FRAME", "FCM:DROP FRAME"])
def test_drop_frame_by_statement_or_by_mark(tmp_path: Path, header: str, mark: str) -> None:
    codes = f"01:02:01{mark}02 01:02:02{mark}02 01:00:00{mark}00 01:00:01{mark}00"
    text = f"TITLE: t\n{header}\n\n001  long     V     C        {codes}\n* FROM CLIP NAME: long.mov\n"
    (shot,) = read_list(tmp_path, text, ["long.mov"], Shelf({}, **DROP_MEDIA)).shots
    assert (shot.source.start, shot.source.count, shot.record.count) == (3628, 30, 30)


def test_semicolons_all_over_and_records_over_a_minute(tmp_path: Path) -> None:
    text = "TITLE: t\n\n001  a  V  C  01;00;59;00 01;01;01;02 00;00;59;00 00;01;01;02\n"
    (shot,) = read_list(tmp_path, text, ["a.mov"], Shelf({}, **DROP_MEDIA)).shots
    assert (shot.source.start, shot.source.count, shot.record.count) == (1770, 60, 60)


def test_sources_without_drops_in_a_drop_frame_list(tmp_path: Path) -> None:
    """Marked codes say it themselves; the record side keeps its count."""
    text = (
        "TITLE: t\nFCM: DROP FRAME\n\n"
        "001  n  V  C  01:02:00:00 01:02:02:00 01:00:59;00 01:01:01;02\n"
        "002  d  V  C  01:02:00;02 01:02:02;02 01:01:01;02 01:01:03;02\n"
    )
    edit = read_list(tmp_path, text, ["n.mov", "d.mov"], Shelf({"n.mov": FULL_MEDIA, "d.mov": DROP_MEDIA}))
    assert shown(edit) == [("n", 3600, 60, 0, 60, 1.0), ("d", 3598, 60, 60, 60, 1.0)]


def test_a_statement_before_an_event_is_of_its_source(tmp_path: Path) -> None:
    text = (
        "TITLE: t\nFCM: DROP FRAME\n\n"
        "001  d  V  C  01:02:00:02 01:02:02:02 01:00:59:00 01:01:01:02\n"
        "FCM: NON-DROP FRAME\n"
        "002  n  V  C  01:02:00:00 01:02:02:00 01:01:01:02 01:01:03:02\n"
        "FCM: DROP FRAME\n"
        "003  d  V  C  01:02:00:02 01:02:02:02 01:01:03:02 01:01:05:02\n"
    )
    edit = read_list(tmp_path, text, ["n.mov", "d.mov"], Shelf({"n.mov": FULL_MEDIA, "d.mov": DROP_MEDIA}))
    assert [(s.source.start, s.record.start, s.record.count) for s in edit.shots] == [
        (3598, 0, 60),
        (3600, 60, 60),
        (3598, 120, 60),
    ]
    assert not [skip for skip in edit.skips if skip.what == "gap"]


@pytest.mark.parametrize("header", ["FCM: DROP FRAME", "FCM: NON-DROP FRAME"])
@pytest.mark.parametrize(("fields", "wanted"), [(DROP_MEDIA, 3628), (FULL_MEDIA, 3632)])
def test_a_label_is_found_in_media_that_count_otherwise(
    tmp_path: Path, header: str, fields: dict[str, object], wanted: int
) -> None:
    text = f"TITLE: t\n{header}\n\n001  a  V  C  01:02:01:02 01:02:02:02 01:00:00:00 01:00:01:00\n"
    (shot,) = read_list(tmp_path, text, ["a.mov"], Shelf({}, **fields), NTSC30).shots
    assert shot.source.start == wanted


def test_media_of_another_rate_are_found_by_label(tmp_path: Path) -> None:
    text = HEAD + "001  a  V  C  01:00:10:12 01:00:11:12 01:00:00:00 01:00:01:00\n"
    for rate, wanted in ((Fraction(25), 263), (Fraction(24000, 1001), 252), (Fraction(50), 525), (Fraction(24), 252)):
        base = round(rate)
        probe = Shelf({}, rate=rate, timecode=3600 * base)
        (shot,) = read_list(tmp_path, text, ["a.mov"], probe, 24).shots
        assert shot.source.start == wanted, rate


# --- rates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "120"])
def test_any_rate_can_be_named(tmp_path: Path, rate: str) -> None:
    base = round(Fraction(rate))
    entries = [
        Entry(1, "A", "V", (base, 2 * base - 1), (0, base - 1)),
        Entry(2, "A", "V", (0, 7), (base - 1, base + 6)),
    ]
    edit = read_list(tmp_path, list_of(entries, base=base), ["A.mov"], Shelf({}, rate=Fraction(rate)), Fraction(rate))
    assert edit.rate == Fraction(rate)
    assert shown(edit) == [("A", base, base - 1, 0, base - 1, 1.0), ("A", 0, 7, base - 1, 7, 1.0)]


def test_of_rates_that_fit_the_one_with_the_fewest_contradictions_wins(tmp_path: Path) -> None:
    entries = [Entry(number, "A", "V", (20, 40), (20 * number, 20 * number + 20)) for number in range(3)]
    wrong = Entry(9, "A", "V", (0, 30), (75, 100))
    edit = read_list(tmp_path, list_of([*entries, wrong], base=25), ["A.mov"])
    assert edit.rate == 25
    assert "event 009" in "".join(edit.notes)


def test_sources_may_count_more_frames_than_the_list(tmp_path: Path) -> None:
    text = HEAD + (
        "001  fast V C 01:00:10:30 01:00:11:30 01:00:00:00 01:00:01:00\n"
        "002  slow V C 01:00:10:12 01:00:11:12 01:00:01:00 01:00:02:00\n"
    )
    probe = Shelf(
        {"fast.mov": {"rate": Fraction(50), "timecode": 180_000}, "slow.mov": {"timecode": 90_000}}, rate=Fraction(25)
    )
    edit = read_list(tmp_path, text, ["fast.mov", "slow.mov"], probe, 25)
    assert shown(edit) == [("fast", 530, 50, 0, 25, 1.0), ("slow", 262, 25, 25, 25, 1.0)]
    assert "source timecodes that count 50 frames a second: fast" in edit.notes


def test_rates_that_cannot_be_right_are_refused(tmp_path: Path) -> None:
    entry = Entry(1, "A", "V", (5, 25), (0, 20))
    with pytest.raises(TimelineError, match=r"event 001 don't match at 30 .* all match at 25; check --rate"):
        read_list(tmp_path, list_of([entry], base=25), rate=30)
    late = HEAD + "001  A  V  C  00:00:00:00 00:00:00:27 00:00:00:00 00:00:00:27\n"
    with pytest.raises(TimelineError, match="line 4: 00:00:00:27 is no timecode at 24 frames a second"):
        read_list(tmp_path, late, rate=24)
    with pytest.raises(TimelineError, match="line 4 has 00:00:00:99; name the rate with --rate"):
        read_list(tmp_path, late.replace(":27", ":99"))


# --- transitions ------------------------------------------------------------------------------------------------------


def dissolved(first: str, second: str, *more: str) -> str:
    return HEAD + "\n".join(
        [
            "001  A    V  C        01:00:00:00 01:00:01:00 00:00:00:00 00:00:01:00",
            "* FROM CLIP NAME: a",
            first,
            second,
            *more,
        ]
    )


def test_a_dissolve_of_two_lines(tmp_path: Path) -> None:
    text = dissolved(
        "002  A    V  C        01:00:01:00 01:00:01:00 00:00:01:00 00:00:01:00",
        "002  B    V  D    012 01:00:05:00 01:00:06:00 00:00:01:00 00:00:02:00",
        "* FROM CLIP NAME: a",
        "* TO CLIP NAME: b",
    )
    edit = read_list(tmp_path, text, ["a.mov", "b.mov"], Shelf({}, timecode=86_400))
    assert shown(edit) == [("a", 0, 24, 0, 24, 1.0), ("b", 120, 24, 24, 24, 1.0)]
    assert [(join.kind, join.cut, join.before, join.after) for join in edit.joins] == [("SMPTE_Dissolve", 24, 0, 12)]
    transition = items(edit)[1]
    assert transition["name"] == "SMPTE_Dissolve from a to b"
    assert transition["metadata"] == {"cmx_3600": {"transition": "D", "transition_duration": 12.0}}


def test_what_goes_out_may_be_another_clip_than_the_one_before(tmp_path: Path) -> None:
    """It is shown for the first half of the dissolve, and the incoming clip from the middle on."""
    text = dissolved(
        "002  C    V  C        01:00:09:00 01:00:09:00 00:00:01:00 00:00:01:00",
        "002  B    V  D    012 01:00:05:00 01:00:06:00 00:00:01:00 00:00:02:00",
        "* FROM CLIP NAME: c",
        "* TO CLIP NAME: b",
    )
    edit = read_list(tmp_path, text, ["a.mov", "b.mov", "c.mov"], Shelf({}, timecode=86_400))
    assert shown(edit) == [
        ("a", 0, 24, 0, 24, 1.0),
        ("c", 216, 6, 24, 6, 1.0),
        ("b", 126, 18, 30, 18, 1.0),
    ]
    assert [(join.cut, join.before, join.after) for join in edit.joins] == [(30, 6, 6)]


def test_fades_from_and_to_black(tmp_path: Path) -> None:
    text = HEAD + (
        "001  BL   V  C        00:00:00:00 00:00:00:00 00:00:00:00 00:00:00:00\n"
        "001  A    V  D    012 01:00:00:00 01:00:01:00 00:00:00:00 00:00:01:00\n"
        "* TO CLIP NAME: a\n"
        "002  A    V  C        01:00:01:00 01:00:01:00 00:00:01:00 00:00:01:00\n"
        "002  BL   V  D    012 00:00:00:00 00:00:00:12 00:00:01:00 00:00:01:12\n"
        "* FROM CLIP NAME: a\n"
        "003  BLK  V  C        00:00:00:00 00:00:00:12 00:00:01:12 00:00:02:00\n"
        "004  BLK  V  C        00:00:00:00 00:00:00:00 00:00:02:00 00:00:02:00\n"
        "004  B    V  D    006 01:00:00:00 01:00:01:00 00:00:02:00 00:00:03:00\n"
        "* FROM CLIP NAME: b\n"
    )
    edit = read_list(tmp_path, text, ["a.mov", "b.mov"], Shelf({}, timecode=86_400))
    assert shown(edit) == [("a", 0, 24, 0, 24, 1.0), ("b", 0, 24, 48, 24, 1.0)]
    assert [(join.cut, join.before, join.after) for join in edit.joins] == [(0, 0, 12), (24, 0, 12), (48, 0, 6)]
    assert [(pattern.kind, pattern.record.start, pattern.record.count) for pattern in edit.patterns] == [
        ("black", 24, 12),
        ("black", 36, 12),
    ]


def test_a_dissolve_without_its_outgoing_line_and_one_that_is_too_long(tmp_path: Path) -> None:
    text = dissolved("002  B    V  D    048 01:00:05:00 01:00:06:00 00:00:01:00 00:00:02:00", "* TO CLIP NAME: b")
    edit = read_list(tmp_path, text, ["a.mov", "b.mov"], Shelf({}, timecode=86_400))
    assert [shot.name for shot in edit.shots] == ["a", "b"]
    assert [(join.cut, join.before, join.after) for join in edit.joins] == [(24, 0, 24)]
    assert "transition of 48 frames on 24, shortened" in "".join(edit.notes)


@pytest.mark.parametrize(
    ("kind", "type_"), [("W001 012", "SMPTE_Wipe"), ("w12    012", "SMPTE_Wipe"), ("D012", "SMPTE_Dissolve")]
)
def test_wipes_and_codes_without_spaces(tmp_path: Path, kind: str, type_: str) -> None:
    text = dissolved(
        "002  A    V  C        01:00:01:00 01:00:01:00 00:00:01:00 00:00:01:00",
        f"002  B    V  {kind} 01:00:05:00 01:00:06:00 00:00:01:00 00:00:02:00",
        "* TO CLIP NAME: b",
    )
    edit = read_list(tmp_path, text, ["a.mov", "b.mov"], Shelf({}, timecode=86_400))
    assert [(join.kind, join.cut, join.after) for join in edit.joins] == [(type_, 24, 12)]


@pytest.mark.parametrize(("under", "over"), [("KB", "K    000"), ("K B", "K 000"), ("KB", "K O 012")])
def test_the_background_of_a_key_is_shown_and_its_foreground_is_disabled(tmp_path: Path, under: str, over: str) -> None:
    text = dissolved(
        f"002  B    V  {under}       01:00:05:00 01:00:06:00 00:00:01:00 00:00:02:00",
        f"002  TITL V  {over}  01:00:00:00 01:00:01:00 00:00:01:00 00:00:02:00",
        "* FROM CLIP NAME: b",
    )
    edit = read_list(tmp_path, text, ["a.mov", "b.mov", "TITL.mov"], Shelf({}, timecode=86_400))
    assert [(shot.name, shot.track) for shot in edit.shots] == [("a", 0), ("b", 0)]
    assert [(skip.what, skip.start, skip.count) for skip in edit.skips if skip.what != "gap"] == [("disabled", 24, 24)]
    assert "keys are not drawn" in "".join(edit.notes)


# --- lines that cannot be read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("001  A  V  C  00:00:00:00 00:00:01:00 00:00:00:00", "line 4: an event needs source in and out"),
        ("001  A  V  C  00:00:00:00 00:00:01:00 00:00:00:00 00:00:61:00", "line 4: an event needs source in and out"),
        ("001  A  V  X  00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00", "line 4: an event needs a C, D, W or K"),
        ("hello", "no event in this EDL"),
        ("3D people walk past", "no event in this EDL"),
    ],
)
def test_a_line_whose_loss_would_harm_is_an_error(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(TimelineError, match=why):
        read_list(tmp_path, HEAD + line + "\n")


def test_a_list_of_markers_is_no_edit(tmp_path: Path) -> None:
    text = HEAD + (
        "001  001      V     C        01:00:04:12 01:00:04:13 01:00:04:12 01:00:04:13  \n"
        " |C:ResolveColorBlue |M:Marker 1 |D:1\n"
    )
    with pytest.raises(TimelineError, match="line 5: a list of markers, not of an edit"):
        read_list(tmp_path, text)


def test_labels_that_drop_frame_lacks_are_named(tmp_path: Path) -> None:
    text = "FCM: DROP FRAME\n001  a  V A1  C  01:01:00:00 01:01:01:00 01:00:00:00 01:00:01:00\n"
    edit = read_list(tmp_path, text, ["a.mov"], Shelf({}, **DROP_MEDIA))
    assert "timecodes that drop-frame leaves out: 01:01:00:00 (line 2)" in edit.notes
    edit = read_list(tmp_path, text, ["a.mov"], rate=25)
    assert "counted without drops at 25" in "".join(edit.notes)
    assert [len(edit.shots), len(edit.sounds)] == [1, 1]


def test_everything_else_that_is_passed_over_is_named(tmp_path: Path) -> None:
    entries = [
        "GPI GPI-T PULSE 001 RI +00:00:15:00",
        Entry(1, "AX", "V", (0, 24), (0, 24), ("* FROM CLIP NAME: a.mov", "3D people walk past", "* just a comment")),
        Entry(2, "AX", "V", (0, 24), (24, 24), ("* FROM CLIP NAME: a.mov",)),
    ]
    notes = notes_of(list_of(entries), tmp_path)
    assert "statements of the EDL passed over: GPI GPI-T PULSE 001 RI +00:00:15:00, 3D people walk past" in notes
    assert "events of no record frame passed over: event 002 (line 9)" in notes
    assert "comment" not in notes


def test_frame_numbers_tabs_line_ends_and_old_code_pages(tmp_path: Path) -> None:
    text = HEAD + "001\tA\tV\tC\t100 124 0 24\n* FROM CLIP NAME: Caf\u00e9\n1234  A  V  C  0 24 24 48\n"
    for data in (
        text.encode("cp1252"),
        text.replace("\n", "\r\n").encode("utf-16"),
        text.replace("\n", "\r").encode("utf-8-sig"),
    ):
        edit = read_list(tmp_path, data, ["Caf\u00e9.mov", "A.mov"])
        assert shown(edit) == [("Caf\u00e9", 100, 24, 0, 24, 1.0), ("A", 0, 24, 24, 24, 1.0)]
