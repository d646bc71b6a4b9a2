"""FCP7 XML: sequences in sequences, tracks, transitions, sound, and what is said of what is not read.

Tests: timeline/xmeml.py, timeline/xmeml_tracks.py, timeline/xmeml_values.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import time as clock
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.footage import timelines
from making.media import Inventor
from making.waiting import slowness
from making.xmeml import document, file, item, one, rate, read, remap, sequence, shown, track
from otiograde.errors import TimelineError
from otiograde.record.shot import Media
from otiograde.timeline import xmeml
from otiograde.timeline.limits import parse_xml
from otiograde.timeline.reading import Notes
from otiograde.timeline.xmeml_values import timecode

AGAIN = file("", id_="f1")
INNER = sequence(track(item(0, 48, 12, 60, file())), id_="s2", name="inner")


def tree(text: str) -> dict[str, Any]:
    return xmeml.read(parse_xml(text.encode()), Notes())


def transition(start: int, end: int, alignment: str, name: str = "Cross Dissolve") -> str:
    effect = f"<effect><name>{name}</name><effectid>{name}</effectid><effecttype>transition</effecttype></effect>"
    times = f"<start>{start}</start><end>{end}</end><alignment>{alignment}</alignment>"
    return f"<transitionitem>{times}{rate()}{effect}</transitionitem>"


def test_a_nested_sequence_alone(tmp_path: Path) -> None:
    edit = read(tmp_path, one(item(0, 24, 6, 30, INNER)))
    assert shown(edit) == [(18, 24, 0, 24, 1)]
    assert (edit.length, edit.notes, edit.skips) == (24, (), ())


def test_a_nested_sequence_between_clips(tmp_path: Path) -> None:
    edit = read(tmp_path, one(item(0, 24, 0, 24, file()), item(24, 48, 6, 30, INNER), item(48, 72, 48, 72, AGAIN)))
    assert shown(edit) == [(0, 24, 0, 24, 1), (18, 24, 24, 24, 1), (48, 24, 48, 24, 1)]


def test_a_sequence_that_is_named_by_its_id(tmp_path: Path) -> None:
    """Used before and after it is defined, trimmed each time in another way; a dangling id is a clip without media."""
    used = [item(24 * n, 24 * n + 24, first, first + 24, '<sequence id="s2"/>') for n, first in enumerate((6, 0, 24))]
    text = document(sequence(track(*used)), f"<bin><children>{INNER}</children></bin>")
    edit = read(tmp_path, text)
    assert [start for start, *_ in shown(edit)] == [18, 12, 36]
    named = '<sequence id="s2"><name>inner</name><duration>48</duration></sequence>'
    edit = read(
        tmp_path, document(sequence(track(item(0, 24, 6, 30, named))), f"<bin><children>{INNER}</children></bin>")
    )
    assert [start for start, *_ in shown(edit)] == [18]
    edit = read(tmp_path, one(item(0, 24, 0, 24, '<sequence id="gone"/>', name="lost\n2")))
    assert [(skip.what, skip.name, skip.count) for skip in edit.skips] == [("missing media", "lost\n2", 24)]
    assert any("does not contain" in note and note.isprintable() for note in edit.notes)


def test_nests_in_nests_retimed_and_reversed(tmp_path: Path) -> None:
    """The inner plays backwards at 1, the middle at 2: record frame k shows inner frame 47 - 2k of 48."""
    middle = sequence(track(item(0, 48, 0, 48, INNER, "<sequence/>"[:0], remap(100, reverse=True))), id_="s3")
    middle = middle.replace("<name>seq</name>", "<name>middle</name><duration>48</duration>")
    edit = read(tmp_path, one(item(0, 12, 6, 18, middle, remap(200))))
    assert shown(edit) == [(24, 24, 0, 12, -2)]
    edit = read(tmp_path, one(item(0, 12, 6, 18, middle, remap(200, reverse=True))))
    assert shown(edit) == [(24, 24, 0, 12, 2)]
    edit = read(tmp_path, one(item(0, 12, 20, 32, INNER, remap(0))))
    assert shown(edit) == [(32, 1, 0, 12, 0)]


def test_a_nest_of_another_rate_and_timecode(tmp_path: Path) -> None:
    """The inner counts 30 a second and starts at one hour; the outer counts 24: its frame 12 is inner frame 15."""
    code = f"<timecode>{rate(30)}<string>01:00:00:00</string><frame>108000</frame></timecode>"
    inner = sequence(track(item(0, 60, 0, 60, file("b.mp4", 300, rate(30)), clock=rate(30))), clock=rate(30), more=code)
    text = one(item(0, 24, 12, 36, inner.replace('id="s1"', 'id="s2"')))
    edit = read(tmp_path, text, files="b.mp4", probe=Inventor(frames=300, rate=Fraction(30)))
    assert shown(edit) == [(15, 30, 0, 24, 1)]


def test_recursion_and_depth_are_refused(tmp_path: Path) -> None:
    loop = one(item(0, 24, 0, 24, sequence(track(item(0, 9, 0, 9, '<sequence id="s1"/>')), id_="s2")))
    with pytest.raises(TimelineError, match=r"edit\.xml: the sequence seq contains itself"):
        read(tmp_path, loop)
    chain = "".join(sequence(track(item(0, 9, 0, 9, f'<sequence id="n{n + 1}"/>')), id_=f"n{n}") for n in range(2000))
    with pytest.raises(TimelineError, match="nested more than"):
        read(tmp_path, document(f"<bin><children>{chain}{sequence(id_='n2000')}</children></bin>"))


@pytest.mark.slow
def test_repeats_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """25 sequences, each nested twice in the one above, are 33 million clips. The bound is an eighth of ours."""
    monkeypatch.setattr(xmeml, "_MOST_REPEATED", xmeml._MOST_REPEATED // 8)
    depth = 25
    chain = "".join(
        sequence(track(*[item(9 * k, 9 * k + 9, 0, 9, f'<sequence id="n{n + 1}"/>') for k in range(2)]), id_=f"n{n}")
        for n in range(depth)
    )
    began = clock.process_time()
    with pytest.raises(TimelineError, match="repeat too much"):
        read(tmp_path, document(chain + INNER.replace('"s2"', f'"n{depth}"')))
    assert clock.process_time() - began < 30 / 8 * slowness()


def test_disabled_clips_and_tracks(tmp_path: Path) -> None:
    off = item(0, 24, 0, 24, file(), "<enabled>FALSE</enabled>", name="off")
    edit = read(tmp_path, one(off, item(24, 48, 24, 48, AGAIN)))
    assert shown(edit) == [(24, 24, 24, 24, 1)]
    assert [(skip.what, skip.name, skip.start, skip.count) for skip in edit.skips] == [("disabled", "off", 0, 24)]
    above = track(item(0, 48, 48, 96, AGAIN, name="above"), enabled=False)
    edit = read(tmp_path, document(sequence(track(item(0, 48, 0, 48, file())), above)))
    assert shown(edit) == [(0, 48, 0, 48, 1)]
    assert [skip.what for skip in edit.skips] == ["disabled"]


def test_starts_and_ends_of_minus_one(tmp_path: Path) -> None:
    """Beside a transition they are its cut, and in and out reach to its ends; elsewhere they are the neighbors'."""
    for alignment, cut in (("center", 24), ("start", 20), ("end", 28), ("start-black", 20), ("end-black", 28)):
        first, second = item(0, -1, 4, 32, file()), item(-1, 48, 50, 78, AGAIN)
        edit = read(tmp_path, one(first, transition(20, 28, alignment), second))
        assert shown(edit) == [(4, cut, 0, cut, 1), (50 + cut - 20, 48 - cut, cut, 48 - cut, 1)], alignment
        assert [(j.cut, j.before, j.after, j.kind) for j in edit.joins] == [(cut, cut - 20, 28 - cut, "SMPTE_Dissolve")]
    edit = read(tmp_path, one(item(0, 28, 4, 32, file()), transition(20, 28, "center"), item(20, 48, 50, 78, AGAIN)))
    assert shown(edit) == [(4, 24, 0, 24, 1), (54, 24, 24, 24, 1)]  # both state their handles, and overlap
    edit = read(tmp_path, one(item(0, 24, 4, 32, file()), transition(20, 28, "end"), item(-1, 48, 50, 78, AGAIN)))
    assert [start for _, _, start, _, _ in shown(edit)] == [0, 24]  # a stated end decides
    edit = read(tmp_path, one(item(0, -1, 4, 28, file()), item(-1, 48, 30, 54, AGAIN)))
    assert shown(edit) == [(4, 24, 0, 24, 1), (30, 24, 24, 24, 1)]
    edit = read(tmp_path, one(item(12, 36, -1, -1, file())))
    assert shown(edit) == [(0, 24, 12, 24, 1)]


def test_a_centered_fade_from_nothing(tmp_path: Path) -> None:
    edit = read(tmp_path, one(transition(10, 14, "center"), item(-1, 36, 20, 46, file())))
    assert shown(edit) == [(22, 24, 12, 24, 1)]
    assert [(join.cut, join.before, join.after) for join in edit.joins] == [(12, 2, 2)]


def test_other_transitions_keep_their_names(tmp_path: Path) -> None:
    parts = item(0, -1, 4, 32, file()), transition(20, 28, "center", "Iris Wipe"), item(-1, 48, 50, 78, AGAIN)
    assert [join.kind for join in read(tmp_path, one(*parts)).joins] == ["Iris Wipe"]


def test_items_that_overlap_or_stand_in_any_order(tmp_path: Path) -> None:
    edit = read(tmp_path, one(item(24, 48, 24, 48, file(), name="b"), item(0, 30, 0, 30, AGAIN, name="a")))
    assert shown(edit) == [(0, 24, 0, 24, 1), (24, 24, 24, 24, 1)]
    assert any("overlaps" in note and note.endswith("a") for note in edit.notes)


def test_files_of_other_rates(tmp_path: Path) -> None:
    """A file of 25 and one of 24 in a sequence of 30, with in and out at the file's rate and at the sequence's."""
    for base, first in ((25, 50), (24, 24)):
        media = file("b.mp4", 250, rate(base))
        probe = Inventor(frames=250, rate=Fraction(base))
        own = item(0, 30, first, first + base, media, clock=rate(base))
        grid = item(0, 30, first * 30 // base, first * 30 // base + 30, media, clock=rate(30))
        for text in (own, grid):
            edit = read(tmp_path, one(text, clock=rate(30)), files="b.mp4", probe=probe)
            assert shown(edit) == [(first, base, 0, 30, 1)]
            assert edit.rate == 30
            assert edit.notes == ()
    edit = read(tmp_path, one(grid.replace(rate(30), rate(24), 1), clock=rate(30)), files="b.mp4", probe=probe)
    assert shown(edit) == [(24, 24, 0, 30, 1)]
    assert any("not of the clip's rate" in note for note in edit.notes)


def test_an_out_point_a_frame_short_and_a_slug_of_nothing(tmp_path: Path) -> None:
    edit = read(tmp_path, one(item(0, 44, 7, 50, file()), item(44, 68, 20, 44, AGAIN)))
    assert shown(edit) == [(7, 44, 0, 44, 1), (20, 24, 44, 24, 1)]
    slug = (
        "<generatoritem><name>Slug</name><duration>0</duration>{}<in>0</in><out>24</out><effect><name>Slug</name>"
        "<effectid>Slug</effectid><effecttype>generator</effecttype></effect></generatoritem>"
    )
    edit = read(tmp_path, one(slug.format("<start>0</start><end>24</end>"), item(24, 48, 10, 34, file())))
    assert shown(edit) == [(10, 24, 24, 24, 1)]
    assert [(pattern.kind, pattern.record.count) for pattern in edit.patterns] == [("black", 24)]
    edit = read(tmp_path, one(slug.format("<start>24</start><end>24</end>"), item(24, 48, 10, 34, file())))
    assert shown(edit) == [(10, 24, 24, 24, 1)]
    assert [(skip.what, skip.name) for skip in edit.skips] == [("gap", "gap"), ("bad range", "Slug")]


def test_rates_and_timecodes(tmp_path: Path) -> None:
    code = "<timecode><string>01;00;00;02</string><displayformat>DF</displayformat></timecode>"
    edit = read(tmp_path, one(item(0, 24, 0, 24, file()), clock=rate(30, ntsc=True), more=code))
    assert edit.rate == Fraction(30000, 1001)
    assert edit.otio["global_start_time"]["value"] == 107894
    assert read(tmp_path, one(item(0, 24, 0, 24, file()), clock=rate(25, ntsc=True))).rate == 25
    assert read(tmp_path, one(item(0, 24, 0, 24, file()), clock=rate(29.97))).rate == Fraction(30000, 1001)
    pictures = f"<format><samplecharacteristics>{rate(50)}</samplecharacteristics></format>"
    text = one(item(0, 24, 0, 24, file(), clock="")).replace("<video>", f"<video>{pictures}", 1).replace(rate(), "", 1)
    assert read(tmp_path, text).rate == 50
    edit = read(tmp_path, one(item(0, 24, 0, 24, file(clock=""), clock=""), clock=""))
    assert edit.rate == 24
    assert any("names no frame rate" in note for note in edit.notes)
    late = "<timecode><rate><timebase>30</timebase></rate><string>00:01:00:00</string></timecode>"
    assert timecode(parse_xml(f"<file>{late}</file>".encode()), Fraction(25)) == 1500


def test_several_sequences_and_browser_clips(tmp_path: Path) -> None:
    text = f"<project><children><bin><children>{sequence(name='empty')}{INNER}</children></bin></children></project>"
    edit = read(tmp_path, document(text))
    assert edit.name == "inner"
    assert edit.notes == ("2 timelines in the file, the first with pictures is read: inner",)
    media = f"<media><video><track><clipitem>{file()}</clipitem></track></video></media>"
    clip = f"<clip><name>one</name><duration>96</duration>{rate()}<in>12</in><out>36</out>{media}</clip>"
    whole = f"<clip><name>two</name><duration>96</duration>{rate()}<in>-1</in><out>-1</out>{AGAIN}</clip>"
    heard = f"<clip><name>heard</name><duration>96</duration>{rate()}<media><audio/></media></clip>"
    edit = read(tmp_path, document(f"<bin><children>{clip}{whole}{heard}</children></bin>"))
    assert shown(edit) == [(12, 24, 0, 24, 1), (0, 96, 24, 96, 1)]
    master = f'<clip id="m1"><name>m</name>{rate()}{media}</clip>'
    lost = item(0, 24, 6, 30, "<masterclipid>m1</masterclipid>")
    assert shown(read(tmp_path, document(f"<bin><children>{master}</children></bin>", sequence(track(lost))))) == [
        (6, 24, 0, 24, 1)
    ]


def test_multiclips_show_their_active_angle(tmp_path: Path) -> None:
    angles = "".join(
        f"<angle><active{kind}angle>TRUE</active{kind}angle><clip><name>{kind}</name>{rate()}"
        f"{file(name, id_=name)}</clip></angle>"
        for kind, name in (("audio", "a.mp4"), ("video", "b.mp4"))
    )
    edit = read(
        tmp_path, one(item(0, 24, 6, 30, f"<multiclip><name>m</name>{angles}</multiclip>")), files="a.mp4 b.mp4"
    )
    assert [shot.media.path.name for shot in edit.shots] == ["b.mp4"]
    assert shown(edit) == [(6, 24, 0, 24, 1)]
    assert any("angles of a multiclip" in note for note in edit.notes)


def test_sound_of_two_channels_is_heard_once(tmp_path: Path) -> None:
    def channel(number: int, first: int = 0) -> str:
        source = f"<sourcetrack><mediatype>audio</mediatype><trackindex>{number}</trackindex></sourcetrack>"
        return item(0, 24, first, first + 24, AGAIN, source)

    pictures = track(item(0, 24, 0, 24, file()))
    for tracks, count in (
        ((track(channel(1)), track(channel(2))), 1),
        ((track(channel(1)), track(channel(1))), 2),  # laid twice on purpose
        ((track(channel(1)), track(channel(2, 12))), 2),
        ((track(channel(1)), track(channel(1), enabled=False)), 1),
    ):
        edit = read(tmp_path, document(sequence(pictures, sounds=tracks)))
        assert len(edit.sounds) == count
        assert len(edit.shots) == 1
    exploded = '<track currentExplodedTrackIndex="1" totalExplodedTrackCount="2">'
    second = track(channel(7)).replace("<track>", exploded)
    assert len(read(tmp_path, document(sequence(pictures, sounds=(track(channel(1)), second)))).sounds) == 1


def test_a_nest_sounds_only_where_it_lies_on_a_track_of_sound(tmp_path: Path) -> None:
    inner = sequence(track(item(0, 48, 12, 60, file())), sounds=(track(item(0, 48, 12, 60, AGAIN)),), id_="s2")
    silent = read(tmp_path, one(item(0, 24, 6, 30, inner)))
    assert (len(silent.shots), len(silent.sounds)) == (1, 0)
    heard = read(
        tmp_path, document(sequence(track(item(0, 24, 6, 30, inner)), sounds=(track(item(0, 24, 6, 30, inner)),)))
    )
    assert [(sound.start, sound.length, sound.at) for sound in heard.sounds] == [(Fraction(18, 24), 1, 0)]


def test_markers_carry_wishes(tmp_path: Path) -> None:
    mark = "<marker><name>otiograde: strength=0.5</name><comment>c</comment><in>12</in><out>-1</out></marker>"
    edit = read(tmp_path, one(item(0, 24, 6, 30, file(), mark), item(24, 48, 0, 24, AGAIN)))
    assert [shot.wishes.strength for shot in edit.shots] == [0.5, None]
    edit = read(tmp_path, one(item(0, 24, 6, 30, file()), item(24, 48, 0, 24, AGAIN), more=mark.replace("12", "30")))
    assert [shot.wishes.strength for shot in edit.shots] == [None, 0.5]


def test_other_documents(tmp_path: Path) -> None:
    for text, why in (
        ("<xmeml/>", "neither a sequence nor a clip"),
        ("<xmeml><sequence>", "not XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><xmeml>&c;</xmeml>', "not XML"),
        ("<a>" * 200 + "</a>" * 200, "nested more than"),
    ):
        with pytest.raises(TimelineError) as caught:
            read(tmp_path, text)
        assert why in str(caught.value)
        assert "\n" not in str(caught.value)


def test_odd_values_are_no_errors(tmp_path: Path) -> None:
    odd = ("", "x", "1e9", "-7", "9" * 40, "nan")
    for value in odd:
        text = one(
            f"<clipitem><start>{value}</start><end>{value}</end><in>{value}</in><out>{value}</out>"
            f"<subclipinfo><startoffset>{value}</startoffset></subclipinfo><stillframeoffset>{value}</stillframeoffset>"
            f"<enabled>{value}</enabled>{remap(100).replace('>100<', f'>{value}<')}{file()}</clipitem>",
            item(0, 24, 0, 24, AGAIN),
            more=f"<timecode><frame>{value}</frame></timecode><duration>{value}</duration>",
        )
        edit = read(tmp_path, text)
        assert edit.shots
        json.dumps(edit.otio)


def test_opentimelineio_is_not_needed(tmp_path: Path) -> None:
    (tmp_path / "e.xml").write_text(one(item(0, 24, 0, 24, file())))
    lines = (
        "import sys",
        "from pathlib import Path",
        "from otiograde.timeline.formats import find_source, read_tree",
        "from otiograde.timeline.reading import Notes",
        f"read_tree(find_source(Path({str(tmp_path / 'e.xml')!r})), None, Notes())",
        "sys.exit('opentimelineio' in sys.modules)",
    )
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False).returncode == 0


@pytest.mark.slow
def test_long_edits_take_time_in_proportion() -> None:
    """18 000 clips take about one second on one core; the adapter takes over a hundred."""
    items = [item(5 * n, 5 * n + 5, n % 90, n % 90 + 5, AGAIN, clock="") for n in range(18_000)]
    text = one(item(0, 0, 0, 0, file()), *items)
    began = clock.process_time()
    made = tree(text)
    assert clock.process_time() - began < 3 * slowness()
    assert len(made["tracks"]["children"][0]["children"]) == 18_001


PLAIN = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 60), st.integers(0, 500), st.sampled_from([0, 1, 2, 3])), min_size=1
)


def laid(plain: Sequence[tuple[int, int, int, int]]) -> tuple[str, list[tuple[int, int, int]]]:
    """A track of clips after gaps, some dissolved into, and what is seen: in frame, start and length."""
    parts: list[str] = []
    places: list[list[int]] = []
    position = 0
    for gap, length, first, half in plain:
        joined = bool(places) and not gap and half and places[-1][2] > half and length > half
        position += gap
        if joined:
            parts[-1] = parts[-1].replace(f"<end>{position}</end>", "<end>-1</end>")
            parts.append(transition(position - half, position + half, "center"))
        parts.append(item(position, position + length, first, first + length + (half if joined else 0), AGAIN))
        if joined:
            parts[-1] = parts[-1].replace(f"<start>{position}</start>", "<start>-1</start>")
        places.append([first + (half if joined else 0), position, length])
        position += length
    return track(*parts), [(a, b, c) for a, b, c in places]


@given(PLAIN)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(plain: Sequence[tuple[int, int, int, int]]) -> None:
    row, places = laid(plain)
    made = tree(document(sequence(row, track(item(0, 1, 0, 1, file(frames=10_000))))))
    timeline = otio.adapters.read_from_string(json.dumps(made), "otio_json")
    clips = list(timeline.tracks[0].find_clips())
    assert [
        (clip.source_range.start_time.value, *(time.value for time in (placed.start_time, placed.duration)))
        for clip in clips
        if (placed := clip.range_in_parent())
    ] == places


def by_adapter(text: str) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(otio.adapters.read_from_string(text, "fcp_xml").to_json_string())
    return whole


def outline(value: dict[str, Any]) -> list[Any]:
    """What an object is, its ranges in frames, and its children."""
    ranges = value.get("source_range") or {}
    times = [(time["value"], round(time["rate"], 3)) for key in ("start_time", "duration") if (time := ranges.get(key))]
    media = (value.get("media_references") or {}).get("DEFAULT_MEDIA") or {}
    offsets = [value[key]["value"] for key in ("in_offset", "out_offset") if key in value]
    kind = value["OTIO_SCHEMA"].partition(".")[0]
    seen = [kind, value["name"], times, media.get("target_url"), offsets]
    return [*seen, [outline(child) for child in value.get("children") or ()]]


@given(PLAIN)
@settings(max_examples=40, deadline=None)
def test_plain_sequences_are_what_the_adapter_reads(plain: Sequence[tuple[int, int, int, int]]) -> None:
    text = document(sequence(track(item(0, 30, 3, 33, file(frames=10_000, code=86400))), laid(plain)[0]))
    assert outline(tree(text)["tracks"]) == outline(by_adapter(text)["tracks"])


@pytest.mark.footage
def test_the_edits_of_others_are_what_the_adapter_reads_and_more(footage: Path) -> None:
    """The same items at the same places, but nests have content, and items that overlap push nothing along.

    The adapter reads each nested sequence as an empty stack, and each item and track as enabled. Of two sounds that
    overlap, it lets the second one begin when the first has ended.
    """
    nests, off, moved, read_before = 0, 0, [], 0
    for path in timelines(footage):
        text = path.read_text("utf-8") if path.suffix == ".xml" else ""
        if "<xmeml" not in text:
            continue
        ours, theirs = tree(text), by_adapter(text)
        assert ours["global_start_time"] == theirs["global_start_time"]
        for mine, other in zip(ours["tracks"]["children"], theirs["tracks"]["children"], strict=True):
            assert (mine["kind"], mine["name"]) == (other["kind"], other["name"])
            off += not mine["enabled"]
            for clip, before in zip(mine["children"], other["children"], strict=True):
                now, then = outline(clip), outline(before)
                nests += bool(now[-1]) and not then[-1]
                off += clip.get("enabled") is False
                if seconds(now) != seconds(then):
                    moved.append((clip["name"], now[2][1][0], then[2][1][0]))
                now[2], now[-1] = then[2], []
                assert now == then
                read_before += 1
    assert (nests, off, read_before) == (2, 5, 52)
    assert moved == [("sc01_master_layerA_sh030_temp.mov", 208, 221)]


def seconds(outlined: list[Any]) -> list[float]:
    return [round(value / rate, 6) for value, rate in outlined[2]]


def test_long_files_are_read_from_their_own_start(tmp_path: Path) -> None:
    """The edit's timecode of a file decides, not the file's own; in points count from the first frame."""

    def probe(path: Path, **options: Any) -> Media:
        return Inventor(frames=200_000, timecode=5_000)(path, **options)

    edit = read(tmp_path, one(item(0, 24, 10_000, 10_024, file(frames=None))), probe=probe)
    assert shown(edit) == [(10_000, 24, 0, 24, 1)]
    edit = read(tmp_path, one(item(0, 24, 100, 124, file(frames=200_000, code=86_400))), probe=probe)
    assert shown(edit) == [(100, 24, 0, 24, 1)]
