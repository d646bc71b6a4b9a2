"""Clips of FCP7 XML: speeds in every spelling, subclips, freezes, generators, effects that are not applied.

Tests: timeline/xmeml_speed.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.media import Inventor
from making.xmeml import document, file, item, one, rate, read, remap, sequence, shown, track
from otiograde.timeline import xmeml
from otiograde.timeline.limits import parse_xml
from otiograde.timeline.reading import Notes
from otiograde.timeline.xmeml_speed import Played, Remap, Window, played, remap_of

AGAIN = file("", id_="f1")


def subclip(start: int, end: int = 0) -> str:
    return f"<subclipinfo><startoffset>{start}</startoffset><endoffset>{end}</endoffset></subclipinfo>"


@pytest.mark.parametrize(
    ("filters", "times", "expected"),
    [
        (remap(200), (0, 24, 10, 34), (20, 48, 2)),
        (remap(50), (0, 24, 10, 34), (5, 12, 0.5)),
        (remap(100, reverse=True), (0, 24, 10, 34), (62, 24, -1)),
        (remap(-100), (0, 24, 10, 34), (62, 24, -1)),
        (remap(200, reverse=True), (0, 12, 10, 22), (52, 24, -2)),
        (remap(50, reverse=True), (0, 24, 10, 34), (79, 12, -0.5)),
        (remap(0), (0, 24, 10, 34), (10, 1, 0)),
        (remap(0, graph=((0, 40), (10, 40), (34, 40), (96, 40))), (0, 24, 10, 34), (40, 1, 0)),
        ("<stillframe>TRUE</stillframe><stillframeoffset>33</stillframeoffset>", (0, 24, 0, 24), (33, 1, 0)),
        ("<stillframe>TRUE</stillframe>", (0, 24, 7, 31), (7, 1, 0)),
        (remap(100), (0, 24, 10, 34), (10, 24, 1)),
        (remap(200).replace("<filter>", "<filter><enabled>FALSE</enabled>"), (0, 24, 10, 34), (10, 24, 1)),
        (remap(200).replace("<parameterid>speed</parameterid>", ""), (0, 24, 10, 34), (20, 48, 2)),
        (remap(200).replace("<effectid>timeremap</effectid>", ""), (0, 24, 10, 34), (20, 48, 2)),
        (subclip(30), (0, 24, 10, 34), (40, 24, 1)),
        (subclip(30) + remap(200), (0, 12, 10, 22), (50, 24, 2)),
        (subclip(30, 6) + remap(100, reverse=True), (0, 24, 10, 34), (56, 24, -1)),
        (subclip(12) + "<stillframe>TRUE</stillframe><stillframeoffset>5</stillframeoffset>", (0, 9, 0, 9), (17, 1, 0)),
    ],
)
def test_in_points_count_retimed_frames(
    tmp_path: Path, filters: str, times: tuple[int, int, int, int], expected: tuple[int, int, float]
) -> None:
    edit = read(tmp_path, one(item(*times, file(), filters)))
    assert shown(edit) == [(*expected[:2], times[0], times[1] - times[0], expected[2])]
    assert not [note for note in edit.notes if "another speed" not in note]


@pytest.mark.parametrize(
    ("filters", "times", "expected"),
    [
        (remap(200), (0, 24, 10, 58), (10, 48, 2)),
        (remap(50), (0, 48, 10, 34), (10, 24, 0.5)),
        (remap(200, reverse=True), (0, 24, 10, 58), (10, 48, -2)),
    ],
)
def test_media_frames_are_told_by_the_out_point(
    tmp_path: Path, filters: str, times: tuple[int, int, int, int], expected: tuple[int, int, float]
) -> None:
    edit = read(tmp_path, one(item(*times, file(), filters)))
    assert shown(edit) == [(*expected[:2], times[0], times[1] - times[0], expected[2])]
    assert any("count media frames" in note and note.endswith(": a") for note in edit.notes)


def test_a_speed_that_changes_is_read_at_its_mean(tmp_path: Path) -> None:
    """Retimed frames 0 to 24 show media 0 to 12, frames 24 to 48 media 12 to 60: 60 of 48 frames in all."""
    graph = ((0, 0), (24, 12), (48, 60), (84, 96))
    edit = read(tmp_path, one(item(0, 48, 0, 48, file(), remap(100, variable=True, graph=graph))))
    assert shown(edit) == [(0, 60, 0, 48, 1.25)]
    assert any("changes inside the clip" in note and note.endswith(": a") for note in edit.notes)
    edit = read(tmp_path, one(item(0, 12, 24, 36, file(), remap(100, variable=True, graph=graph))))
    assert shown(edit) == [(12, 24, 0, 12, 2)]
    back = ((0, 96), (48, 0))
    edit = read(tmp_path, one(item(0, 24, 12, 36, file(), remap(100, variable=True, graph=back))))
    assert shown(edit) == [(24, 48, 0, 24, -2)]
    edit = read(tmp_path, one(item(0, 24, 60, 84, file(), remap(100, variable=True, graph=((0, 0), (48, 24))))))
    assert shown(edit) == [(30, 12, 0, 24, 0.5)]  # beyond its end the graph goes on
    edit = read(tmp_path, one(item(0, 24, 10, 34, file(), remap(200, variable=True))))
    assert shown(edit) == [(20, 48, 0, 24, 2)]  # no graph: the stated speed


def test_speed_with_handles(tmp_path: Path) -> None:
    """Transitions take the first and the last 4 frames; in and out reach to their ends."""
    dissolve = "<transitionitem><start>{}</start><end>{}</end><alignment>center</alignment></transitionitem>"
    parts = (
        item(0, -1, 0, 24, file()),
        dissolve.format(16, 24),
        item(-1, -1, 10, 34, AGAIN, remap(200)),
        dissolve.format(32, 40),
        item(-1, 60, 0, 28, AGAIN, remap(100, reverse=True)),
    )
    edit = read(tmp_path, one(*parts))
    assert shown(edit) == [(0, 20, 0, 20, 1), (28, 32, 20, 16, 2), (68, 24, 36, 24, -1)]


def test_speed_of_a_file_of_another_rate(tmp_path: Path) -> None:
    """50 of the clip's own 25 frames a second: two seconds in, and twice the speed."""
    probe = Inventor(frames=250, rate=Fraction(25))
    clip = item(0, 30, 25, 50, file("b.mp4", 250, rate(25)), remap(200), clock=rate(25))
    edit = read(tmp_path, one(clip, clock=rate(30)), files="b.mp4", probe=probe)
    assert shown(edit) == [(50, 50, 0, 30, 2)]


def test_anchored_graphs_of_final_cut(tmp_path: Path) -> None:
    graph = ((0, 20), (10, 40), (34, 88))
    anchored = remap(200, graph=graph).replace("<keyframe>", "<keyframe><anchorOffset>20</anchorOffset>", 1)
    edit = read(tmp_path, one(item(0, 12, 10, 22, file(), anchored)))
    assert shown(edit) == [(40, 24, 0, 12, 2)]


def test_reverse_without_a_length_is_said(tmp_path: Path) -> None:
    clip = item(0, 24, 10, 34, file(frames=None), remap(100, reverse=True))
    assert any("states no length" in note for note in read(tmp_path, one(clip)).notes)
    stated = clip.replace("<start>", "<duration>96</duration><start>")
    assert shown(read(tmp_path, one(stated))) == [(62, 24, 0, 24, -1)]


def test_stills_stay_stills(tmp_path: Path) -> None:
    probe = Inventor(frames=1, kind="still")
    still = "<stillframe>TRUE</stillframe><stillframeoffset>0</stillframeoffset>"
    edit = read(tmp_path, one(item(0, 24, 100, 124, file("s.png", 2), still, remap(50))), files="s.png", probe=probe)
    assert shown(edit) == [(0, 1, 0, 24, 1)]


def test_what_premiere_draws_has_its_own_name(tmp_path: Path) -> None:
    def drawn(name: str, number: int) -> str:
        return item(
            24 * number, 24 * number + 24, 0, 24, f"<file><name>{name}</name><mediaSource>Slug</mediaSource></file>"
        )

    names = ("Black Video", "HD Bars and Tone", "Title 01", "")
    edit = read(tmp_path, one(*(drawn(name, number) for number, name in enumerate(names))))
    assert [(pattern.kind, pattern.record.start) for pattern in edit.patterns] == [
        ("black", 0),
        ("bars", 24),
        ("black", 72),
    ]
    assert [skip.what for skip in edit.skips] == ["generator"] * 4
    text = "<effect><name>Text</name><effectid>Text</effectid><effecttype>generator</effecttype></effect>"
    edit = read(tmp_path, one(item(0, 24, 0, 24, text).replace("clipitem", "generatoritem")))
    assert edit.skips[0].why == "made by a generator (Text)"
    edit = read(tmp_path, one(item(0, 24, 0, 24)))
    assert edit.skips[0].what == "missing media"


def effect(name: str, kind: str, *values: str, media: str = "video") -> str:
    return (
        f"<filter><effect><name>{name}</name><effectid>{kind}</effectid><mediatype>{media}</mediatype>"
        f"{''.join(values)}</effect></filter>"
    )


def value(name: str, number: object) -> str:
    return f"<parameter><parameterid>{name}</parameterid><value>{number}</value></parameter>"


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (effect("Lumetri Color", "Lumetri"), "Lumetri Color of a"),
        (effect("Opacity", "opacity", value("opacity", 50)), "Opacity of a"),
        (effect("Basic Motion", "basic", value("scale", 120)), "Basic Motion of a"),
        (effect("Basic Motion", "basic", value("center", "<horiz>0.1</horiz><vert>0</vert>")), "Basic Motion of a"),
        (effect("Opacity", "opacity", value("opacity", 100)), ""),
        (effect("Basic Motion", "basic", value("scale", 100), value("rotation", 0)), ""),
        (effect("Basic Motion", "basic", value("center", "<horiz>0</horiz><vert>0</vert>")), ""),
        (effect("Audio Levels", "audiolevels", media="audio"), ""),
        (effect("Lumetri Color", "Lumetri").replace("<effect>", "<enabled>FALSE</enabled><effect>"), ""),
        ("<compositemode>multiply</compositemode>", "multiply of a"),
        ("<compositemode>normal</compositemode>", ""),
    ],
)
def test_what_changes_the_picture_and_is_not_read_is_said(tmp_path: Path, filters: str, said: str) -> None:
    edit = read(tmp_path, one(item(0, 24, 0, 24, file(), filters)))
    assert [note.rpartition(": ")[2] for note in edit.notes] == ([said] if said else [])


def test_metadata_are_kept() -> None:
    link = "<link><linkclipref>c2</linkclipref></link><link><linkclipref>c3</linkclipref></link>"
    reel = "<timecode><frame>86400</frame><reel><name>A001</name></reel></timecode>"
    media = file().replace("</rate><duration>", f"</rate>{reel}<duration>")
    made = xmeml.read(
        parse_xml(one(item(0, 24, 0, 24, media, link, effect("Blur", "b"), remap(200))).encode()), Notes()
    )
    clip = made["tracks"]["children"][0]["children"][0]
    values = clip["metadata"]["fcp_xml"]
    assert [entry["linkclipref"] for entry in values["link"]] == ["c2", "c3"]
    assert values["reel"] == "A001"
    assert [found["effect"]["effectid"] for found in values["filter"]] == ["b", "timeremap"]
    assert [found["OTIO_SCHEMA"] for found in clip["effects"]] == ["LinearTimeWarp.1", "Effect.1"]
    assert clip["source_range"]["start_time"]["value"] == 86400
    assert clip["media_references"]["DEFAULT_MEDIA"]["metadata"]["fcp_xml"]["media"] == {"video": None}


@given(
    st.sampled_from([25, 50, 80, 100, 150, 200, 400]),
    st.booleans(),
    st.integers(0, 40),
    st.integers(2, 30),
    st.integers(0, 20),
)
@settings(max_examples=80, deadline=None)
def test_a_clip_shows_what_its_retimed_media_would(
    percent: int, backwards: bool, first: int, length: int, offset: int
) -> None:
    """Retimed frame k of a subclip of N frames is media frame k * speed, or N - k * speed counted by its end."""
    media = 1000
    filters = remap(percent, reverse=backwards)
    text = one(item(0, length, first, first + length, file(frames=media), subclip(offset), filters))
    made = xmeml.read(parse_xml(text.encode()), Notes())
    clip = made["tracks"]["children"][0]["children"][0]
    pace = Fraction(percent, 100)
    start = offset + first * pace if not backwards else media - (first + length) * pace
    assert clip["source_range"]["start_time"]["value"] == pytest.approx(float(start))
    assert [found["time_scalar"] for found in clip["effects"]] == (
        [] if percent == 100 and not backwards else [float(-pace if backwards else pace)]
    )


def test_a_remap_and_its_window_alone() -> None:
    clip = parse_xml(document(sequence(track(item(0, 9, 0, 9, remap(50))))).encode()).find(".//clipitem")
    assert clip is not None
    assert remap_of(clip) == Remap(Fraction(1, 2))
    one_second = Fraction(1)
    window = Window(one_second, None, Fraction(0), one_second, Fraction(0), one_second / 24)
    assert played(window, Remap(Fraction(1, 2)), Notes(), "a") == Played(Fraction(1, 2), Fraction(1, 2))
