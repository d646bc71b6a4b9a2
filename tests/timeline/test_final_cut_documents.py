"""Documents of Final Cut: each container by the format's rule of offset, start and duration.

Tests: timeline/fcpxml.py, timeline/fcpxml_parts.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from making.fcpxml import clip, compound, document, read, skipped, uses
from making.waiting import slowness
from otiograde.errors import TimelineError


def inner(offset: object = 0, start: object = 0, duration: object = 4, **more: object) -> str:
    return clip("m24", "in", offset=offset, start=start, duration=duration, **more)


AFTER = clip("n24", "after", offset=1, start=0, duration=1)
AFTER_USE = ("after", 0, 24, 24, 24)


def test_a_trimmed_sync_clip(tmp_path: Path) -> None:
    sync = clip("", "sync", inner(), tag="sync-clip", offset=0, start=1, duration=1)
    edit = read(tmp_path, document(sync + AFTER))
    assert uses(edit) == [("in", 24, 24, 0, 24), AFTER_USE]
    assert not skipped(edit)
    assert edit.length == 48


def test_a_storyline_inside_a_sync_clip(tmp_path: Path) -> None:
    line = f"<spine>{clip('m24', 'a', duration=1)}{clip('n24', 'b', start=2, duration=2)}</spine>"
    sync = clip("", "sync", line, tag="sync-clip", offset=0, start=Fraction(1, 2), duration=1)
    edit = read(tmp_path, document(sync + AFTER))
    assert uses(edit) == [("a", 12, 12, 0, 12), ("b", 48, 12, 12, 12), AFTER_USE]


def test_a_sync_clip_in_a_compound_clip(tmp_path: Path) -> None:
    sync = clip("", "sync", inner(), tag="sync-clip", offset=3600, start=1, duration=2)
    medium = compound("c", sync, 'format="r24" tcStart="3600s"')
    edit = read(tmp_path, document(clip("c", tag="ref-clip", offset=0, start="3601s", duration=1) + AFTER, medium))
    assert uses(edit) == [("in", 48, 24, 0, 24), AFTER_USE]


def test_a_compound_clip_is_told_for_each_use(tmp_path: Path) -> None:
    above = clip("n24", "above", lane="1", offset=1, start=2, duration=1)
    medium = compound("c", inner(inside=above))
    whole = clip("c", "whole", tag="ref-clip", offset=0)
    part = clip("c", "part", tag="ref-clip", offset=4, start=Fraction(3, 2), duration=1)
    edit = read(tmp_path, document(whole + part, medium))
    assert uses(edit) == [
        ("in", 0, 96, 0, 96), ("above", 48, 24, 24, 24),
        ("in", 36, 24, 96, 24), ("above", 60, 12, 96, 12),
    ]  # fmt: skip
    assert [shot.track for shot in edit.shots] == [0, 0, 1, 1]


def test_a_retimed_compound_clip(tmp_path: Path) -> None:
    from making.fcpxml import time_map

    two = clip("m24", "a", offset=0, duration=2) + clip("n24", "b", offset=2, start=1, duration=2)
    fast = clip("c", "fast", time_map((0, 0), (2, 4)), tag="ref-clip", offset=0, start=0, duration=2)
    back = clip("c", "back", time_map((0, 4), (4, 0)), tag="ref-clip", offset=2, start=1, duration=2)
    held = clip("c", "held", time_map((0, 3), (1, 3)), tag="ref-clip", offset=4, start=0, duration=1)
    edit = read(tmp_path, document(fast + back + held, compound("c", two)))
    assert uses(edit) == [
        ("a", 0, 48, 0, 24), ("b", 24, 48, 24, 24),
        ("b", 24, 24, 48, 24), ("a", 24, 24, 72, 24),
        ("b", 48, 1, 96, 24),
    ]  # fmt: skip
    assert [shot.speed for shot in edit.shots] == [2, 2, -1, -1, 0]


def test_compound_clips_nested_in_one_another(tmp_path: Path) -> None:
    medium = compound("a", inner()) + compound("b", clip("a", tag="ref-clip", offset=0, start=1, duration=3))
    edit = read(tmp_path, document(clip("b", tag="ref-clip", offset=0, start=1, duration=1) + AFTER, medium))
    assert uses(edit) == [("in", 48, 24, 0, 24), AFTER_USE]


def test_connected_to_a_trimmed_clip(tmp_path: Path) -> None:
    above = clip("n24", "above", lane="1", offset=Fraction(5, 2), start=1, duration=2)
    below = clip("n24", "below", lane="-1", offset=2, start=0, duration=1)
    edit = read(tmp_path, document(clip("m24", "base", above + below, offset=0, start=2, duration=1) + AFTER))
    assert uses(edit) == [("below", 0, 24, 0, 24), ("base", 48, 24, 0, 24), ("above", 24, 48, 12, 48), AFTER_USE]
    assert {shot.name: shot.track for shot in edit.shots} == {"below": 0, "base": 1, "after": 1, "above": 2}
    assert [track["name"] for track in edit.otio["tracks"]["children"]][:3] == ["V0", "V1", "V2"]


def test_clips_that_overlap_in_a_lane_are_all_kept(tmp_path: Path) -> None:
    two = clip("n24", "x", lane="1", offset=0, duration=1) + clip(
        "n24", "y", lane="1", offset=Fraction(1, 2), duration=1
    )
    edit = read(tmp_path, document(clip("m24", "base", two, offset=0, duration=2)))
    assert uses(edit) == [("base", 0, 48, 0, 48), ("x", 0, 24, 0, 24), ("y", 0, 24, 12, 24)]
    assert len({shot.track for shot in edit.shots}) == 3


def test_a_storyline_connected_to_a_gap(tmp_path: Path) -> None:
    items = clip("m24", "a", offset=0, duration=1) + clip("n24", "b", offset=2, duration=1)
    line = f'<spine lane="1" offset="7201/2s">{items}</spine>'
    gap = clip("", "hole", line, tag="gap", offset=0, start=3600, duration=4)
    edit = read(tmp_path, document(gap))
    assert uses(edit) == [("a", 0, 24, 12, 24), ("b", 0, 24, 60, 24)]
    assert skipped(edit) == [("gap", "hole", 0, 96)]


def test_what_is_disabled_keeps_its_place_and_covers_nothing(tmp_path: Path) -> None:
    above = clip("n24", "off", lane="1", offset=0, start=2, duration=2, enabled="0")
    edit = read(tmp_path, document(clip("m24", "on", above, offset=0, duration=2)))
    assert uses(edit) == [("on", 0, 48, 0, 48)]
    assert skipped(edit) == [("disabled", "off", 0, 48)]
    edit = read(tmp_path, document(clip("m24", "off", offset=0, duration=1, enabled="0") + AFTER))
    assert uses(edit) == [AFTER_USE]
    assert skipped(edit) == [("disabled", "off", 0, 24)]
    assert [sound.name for sound in edit.sounds] == ["after"]


def test_disabled_storylines_and_containers(tmp_path: Path) -> None:
    items = clip("n24", "x", offset=0, duration=1, enabled="0") + clip("n24", "y", offset=1, duration=1, enabled="0")
    line = f'<spine lane="1" offset="0s">{items}</spine>'
    whole = line.replace(' enabled="0"', "").replace("<spine", '<spine enabled="0"')
    for spine in (line, whole):
        edit = read(tmp_path, document(clip("m24", "on", spine, offset=0, duration=2)))
        assert uses(edit) == [("on", 0, 48, 0, 48)]
        assert skipped(edit) == [("disabled", "x", 0, 24), ("disabled", "y", 24, 24)]
    off = clip("", "sync", inner(), tag="sync-clip", offset=0, start=1, duration=1, enabled="0")
    edit = read(tmp_path, document(off + AFTER))
    assert (uses(edit), skipped(edit)) == ([AFTER_USE], [("disabled", "sync", 0, 24)])
    off = clip("c", "comp", tag="ref-clip", offset=0, duration=1, enabled="0")
    edit = read(tmp_path, document(off + AFTER, compound("c", inner())))
    assert (uses(edit), skipped(edit)) == ([AFTER_USE], [("disabled", "comp", 0, 24)])


def test_sound_alone_covers_no_picture(tmp_path: Path) -> None:
    above = clip("n24", "heard", lane="1", offset=0, duration=1, srcEnable="audio")
    edit = read(tmp_path, document(clip("m24", "on", above, offset=0, duration=1, srcEnable="video") + AFTER))
    assert uses(edit) == [("on", 0, 24, 0, 24), AFTER_USE]
    assert [(s.name, s.at, s.lasts) for s in edit.sounds] == [("after", 1, 1), ("heard", 0, 1)]
    edit = read(tmp_path, document(clip("m24", "heard", offset=0, duration=1, srcEnable="audio") + AFTER))
    assert (uses(edit), skipped(edit)) == ([AFTER_USE], [("gap", "heard", 0, 24)])


def test_sound_that_begins_apart_from_its_picture(tmp_path: Path) -> None:
    split = clip("m24", "split", offset=1, start=1, duration=1, audioStart=Fraction(1, 2), audioDuration=2)
    edit = read(tmp_path, document(clip("n24", offset=0, duration=1, srcEnable="video") + split))
    assert [(s.start, s.length, s.at) for s in edit.sounds] == [(Fraction(1, 2), 2, Fraction(1, 2))]
    wav = clip("wav", "wild", tag="audio", lane="-1", offset=Fraction(1, 3), start=2, duration=1, srcCh="1")
    other = wav.replace('srcCh="1"', 'srcCh="2"')
    edit = read(tmp_path, document(clip("m24", "on", wav + other, offset=0, duration=2, srcEnable="video")))
    assert [(s.name, s.start, s.at, s.lasts) for s in edit.sounds] == [("wild", 2, Fraction(1, 3), 1)]


MULTICAM = (
    '<media id="mc" name="mc"><multicam format="r24" tcStart="3600s"><mc-angle name="A" angleID="A">'
    + clip("m24", "a1", offset=3600, start=0, duration=2) + clip("m24", "a2", offset=3602, start=3, duration=1)
    + '</mc-angle><mc-angle name="B" angleID="B">'
    + clip("", "", tag="gap", offset=3600, duration=1) + clip("hour", "b", offset=3601, start=3601, duration=3)
    + "</mc-angle></multicam></media>"
)  # fmt: skip


def angle(*sources: tuple[str, str], **times: object) -> str:
    inside = "".join(f'<mc-source angleID="{name}" srcEnable="{enabled}"/>' for name, enabled in sources)
    return clip("mc", "cam", inside, tag="mc-clip", **times)


def test_a_multicam_clip_shows_its_active_angle(tmp_path: Path) -> None:
    first = angle(("A", "all"), offset=0, start="3601s", duration=2)
    second = angle(("A", "audio"), ("B", "video"), offset=2, start="3603s", duration=1)
    edit = read(tmp_path, document(first + second, MULTICAM))
    assert uses(edit) == [("a1", 24, 24, 0, 24), ("a2", 72, 24, 24, 24), ("b", 72, 24, 48, 24)]
    assert [sound.name for sound in edit.sounds] == ["a1", "a2"]
    assert any("active angle" in note for note in edit.notes)
    edit = read(tmp_path, document(angle(offset=0, start="3601s", duration=1), MULTICAM))
    assert uses(edit) == [("a1", 24, 24, 0, 24)]
    assert any("names no angle" in note for note in edit.notes)
    edit = read(tmp_path, document(angle(("C", "all"), offset=0, start="3601s", duration=1) + AFTER, MULTICAM))
    assert uses(edit) == [AFTER_USE]
    assert any("not there" in note for note in edit.notes)


def test_connected_multicam_clips_keep_their_own_angles(tmp_path: Path) -> None:
    above = angle(("B", "video"), lane="1", offset="3602s", start="3602s", duration=1)
    base = angle(("A", "all"), offset=0, start="3601s", duration=2).replace("</mc-clip>", f"{above}</mc-clip>")
    edit = read(tmp_path, document(base, MULTICAM))
    assert uses(edit) == [("a1", 24, 24, 0, 24), ("a2", 72, 24, 24, 24), ("b", 48, 24, 24, 24)]


def test_an_audition_shows_its_first_clip(tmp_path: Path) -> None:
    choices = inner(start=1, duration=1).replace(' offset="0s"', "") + clip("n24", "other", duration=3)
    edit = read(tmp_path, document(f'<audition offset="0s">{choices}</audition>{AFTER}'))
    assert uses(edit) == [("in", 24, 24, 0, 24), AFTER_USE]


def test_video_inside_a_clip_with_timecode(tmp_path: Path) -> None:
    inside = clip("tc", "tc - v1", tag="video", offset=3600, start=3600, duration=4, inside=clip(
        "tc", tag="audio", lane="-1", offset=3600, start=3600, duration=4))  # fmt: skip
    edit = read(
        tmp_path, document(clip("", "scene", inside, tag="clip", offset=0, start=3602, duration=1, format="r25"))
    )
    assert uses(edit) == [("scene", 50, 25, 0, 24)]
    assert [(s.name, s.start, s.at, s.lasts) for s in edit.sounds] == [("scene", 2, 0, 1)]


def test_what_is_not_stated_is_implied(tmp_path: Path) -> None:
    edit = read(
        tmp_path, document(clip("hour", "whole") + clip("m24", "rest", start=3) + clip("n24", "end", duration=1))
    )
    assert uses(edit) == [("whole", 0, 96, 0, 96), ("rest", 72, 24, 96, 24), ("end", 0, 24, 120, 24)]
    medium = compound("c", clip("m24", "one", duration=1) + clip("n24", "two", start=1))
    edit = read(tmp_path, document(clip("c", tag="ref-clip") + clip("m24", "end", duration=1), medium))
    assert uses(edit) == [("one", 0, 24, 0, 24), ("two", 24, 72, 24, 72), ("end", 0, 24, 96, 24)]


def test_a_start_of_an_hour_and_old_documents(tmp_path: Path) -> None:
    spine = clip("m24", "a", offset=3600, duration=1) + clip("n24", "b", offset=3602, duration=1)
    hour = 'format="r24" tcStart="3600s" tcFormat="NDF"'
    edit = read(tmp_path, document(spine, sequence=hour))
    assert uses(edit) == [("a", 0, 24, 0, 24), ("b", 0, 24, 48, 24)]
    assert edit.otio["global_start_time"]["value"] == 86_400
    edit = read(tmp_path, document(clip("m24", "a", offset=0, duration=1) + AFTER, sequence=hour))
    assert uses(edit) == [("a", 0, 24, 0, 24), AFTER_USE]
    assert any("counted from 0" in note for note in edit.notes)
    old = document(clip("m24", "a", offset=0, duration=1), version="1.7")
    old = old.replace('start="0" duration="4" hasVideo', "").replace('><media-rep kind="original-media" src=', " src=")
    old = old.replace('.mp4"/></asset>', '.mp4"/>')
    assert uses(read(tmp_path, old)) == [("a", 0, 24, 0, 24)]


def test_what_holds_nothing_is_named(tmp_path: Path) -> None:
    late = clip("c", "late", tag="ref-clip", offset=0, start=2, duration=1)
    edit = read(tmp_path, document(late + AFTER, compound("c", clip("m24", duration=1))))
    assert (uses(edit), skipped(edit)) == ([AFTER_USE], [("gap", "late", 0, 24)])
    assert any("holds nothing" in note and "late" in note for note in edit.notes)
    sound = clip("", "wild", clip("wav", tag="audio", offset=0, duration=1), tag="clip", offset=0, duration=1)
    edit = read(tmp_path, document(sound + AFTER))
    assert (uses(edit), skipped(edit)) == ([AFTER_USE], [("gap", "wild", 0, 24)])
    assert not any("holds nothing" in note for note in edit.notes)
    zero = clip("m24", "none", offset=0, duration=0)
    assert any("no time" in note and "none" in note for note in read(tmp_path, document(zero + AFTER)).notes)


def test_titles_generators_and_missing_media_are_named(tmp_path: Path) -> None:
    title = clip("fx", "Credits", tag="title", offset=0, start=3600, duration=1)
    clouds = clip("fx", "sky", tag="video", offset=1, start=3600, duration=1)
    gone = clip("zzz", "gone", offset=2, duration=1) + clip("zzz", "lost", tag="ref-clip", offset=3, duration=1)
    later = '<live-drawing name="sketch" offset="4s" duration="1s"/>'
    caption = '<caption name="words" lane="1" offset="5s" duration="1s"/>'
    edit = read(tmp_path, document(title + clouds + gone + later + clip("m24", "a", caption, offset=5, duration=1)))
    assert skipped(edit) == [
        ("generator", "Credits", 0, 24), ("generator", "sky", 24, 24), ("missing media", "gone", 48, 24),
        ("missing media", "lost", 72, 24), ("generator", "sketch", 96, 24),
    ]  # fmt: skip
    assert uses(edit) == [("a", 0, 24, 120, 24)]
    assert any("captions" in note and "words" in note for note in edit.notes)
    assert any("live-drawing" in note for note in edit.notes)


def test_transitions_lie_at_their_cuts(tmp_path: Path) -> None:
    fade = '<transition name="{}" offset="{}" duration="1/2s"/>'
    spine = (
        fade.format("Cross Dissolve", "0s") + clip("m24", "a", offset=0, start=1, duration=1)
        + fade.format("Cross Dissolve", "3/4s") + clip("n24", "b", offset=1, start=1, duration=1)
        + fade.format("Wipe", "7/4s") + clip("m24", "c", offset=2, start=1, duration=1)
        + fade.format("Cross Dissolve", "5/2s")
    )  # fmt: skip
    edit = read(tmp_path, document(spine))
    assert uses(edit) == [("a", 24, 24, 0, 24), ("b", 24, 24, 24, 24), ("c", 24, 24, 48, 24)]
    assert [(j.kind, j.cut, j.before, j.after) for j in edit.joins] == [
        ("SMPTE_Dissolve", 0, 0, 12), ("SMPTE_Dissolve", 24, 6, 6),
        ("Custom_Transition", 48, 6, 6), ("SMPTE_Dissolve", 72, 12, 0),
    ]  # fmt: skip
    assert any("Wipe" in note for note in edit.notes)
    lost = read(tmp_path, document(clip("m24", "a", offset=0, duration=4) + fade.format("Cross Dissolve", "1s")))
    assert not lost.joins
    assert any("at no cut" in note for note in lost.notes)


def test_transitions_of_sound(tmp_path: Path) -> None:
    fade = '<transition name="Cross Dissolve" offset="3/4s" duration="1/2s"><filter-video ref="fx"/>{}</transition>'
    for heard, count in ((fade.format('<filter-audio ref="fx"/>'), 2), (fade.format(""), 1)):
        spine = (
            clip("m24", "a", offset=0, start=1, duration=1) + heard + clip("n24", "b", offset=1, start=1, duration=1)
        )
        assert len(read(tmp_path, document(spine)).joins) == count


def test_cuts_between_frames_are_said(tmp_path: Path) -> None:
    edit = read(tmp_path, document(clip("m24", "a", offset=0, duration=Fraction(101, 240)) + clip(
        "n24", "b", offset=Fraction(101, 240), duration=1)))  # fmt: skip
    assert uses(edit) == [("a", 0, 10, 0, 10), ("b", 0, 24, 10, 24)]
    assert any("between frames" in note and "a, b" in note for note in edit.notes)


def test_wishes_in_markers_keywords_and_notes(tmp_path: Path) -> None:
    marks = (
        '<marker start="3/2s" duration="1/24s" value="otiograde: hero"/><marker start="5s" value="otiograde: lock"/>'
        '<chapter-marker start="1s" value="otiograde: exposure=0.5" posterOffset="0s"/>'
    )
    keyed = clip(
        "n24", "key", '<keyword start="0s" duration="1s" value="otiograde: scene=yard"/>', offset=1, duration=1
    )
    noted = clip("n24", "note", "<note>otiograde: scene=street</note>", offset=2, duration=1)
    edit = read(tmp_path, document(clip("m24", "a", marks, offset=0, start=1, duration=1) + keyed + noted))
    wishes = {shot.name: shot.wishes for shot in edit.shots}
    assert (wishes["a"].hero, wishes["a"].lock, wishes["a"].trim.exposure) == (True, False, 0.5)
    assert (wishes["key"].scene, wishes["note"].scene) == ("yard", "street")
    made = edit.otio["tracks"]["children"][0]["children"][0]["markers"]
    assert [(m["name"], m["marked_range"]["start_time"]["value"]) for m in made] == [
        ("otiograde: hero", 36.0), ("otiograde: exposure=0.5", 24.0),
    ]  # fmt: skip


def test_a_marker_on_a_compound_clip_lies_over_what_is_seen_there(tmp_path: Path) -> None:
    two = clip("m24", "a", offset=0, duration=2) + clip("n24", "b", offset=2, duration=2)
    mark = '<marker start="3s" duration="1/24s" value="otiograde: lock"/>'
    edit = read(tmp_path, document(clip("c", "c", mark, tag="ref-clip", offset=0), compound("c", two)))
    assert {shot.name: shot.wishes.lock for shot in edit.shots} == {"a": False, "b": True}


def test_several_projects_and_none(tmp_path: Path) -> None:
    first = document(clip("wav", "w", offset=0, duration=1))
    project = first[first.index("<project") : first.index("</event>")]
    second = project.replace('name="p"', 'name="q"').replace('ref="wav"', 'ref="m24"')
    edit = read(tmp_path, first.replace(project, project + second))
    assert (edit.name, uses(edit)) == ("q", [("w", 0, 24, 0, 24)])
    assert any("2 timelines" in note for note in edit.notes)
    loose = first.replace(project, clip("m24", "a", duration=1) + clip("c", "c", tag="ref-clip", duration=1))
    edit = read(tmp_path, loose.replace("</resources>", compound("c", clip("n24", "b")) + "</resources>"))
    assert uses(edit) == [("a", 0, 24, 0, 24), ("b", 0, 24, 24, 24)]
    assert any("no project" in note for note in edit.notes)


def test_what_changes_the_picture_and_is_not_read_is_said(tmp_path: Path) -> None:
    inside = (
        '<adjust-crop mode="trim"/><adjust-transform scale="2 2" enabled="0"/><adjust-blend amount="0.5"/>'
        '<adjust-volume amount="-3dB"/><filter-video ref="fx" name="Glow"/>'
    )
    notes = read(tmp_path, document(clip("m24", "a", inside, offset=0, duration=1))).notes
    kinds = [note.partition(" ")[0] for note in notes]
    assert kinds == ["levels", "adjust-blend", "adjust-crop", "filter-video"]
    assert all(note.endswith(": a") for note in notes)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(TimelineError) as caught:
        read(folder, text)
    message = str(caught.value)
    assert message.isprintable()
    return message


def test_what_has_no_end_is_refused_in_one_line(tmp_path: Path) -> None:
    loop = compound("a", clip("b", tag="ref-clip", duration=1)) + compound("b", clip("a", tag="ref-clip", duration=1))
    assert "contains itself" in refused(tmp_path, document(clip("a", tag="ref-clip", duration=1), loop))
    unmeasured = loop.replace(' duration="1s"', "")
    assert "contains itself" in refused(tmp_path, document(clip("a", tag="ref-clip"), unmeasured))
    chain = compound("c0", clip("m24", duration=1)) + "".join(
        compound(f"c{n}", clip(f"c{n - 1}", tag="ref-clip", duration=1)) for n in range(1, 200)
    )
    assert "nested more than" in refused(tmp_path, document(clip("c199", tag="ref-clip", duration=1), chain))
    deep = clip("m24", "x", "@", lane="1", offset=0, duration=1)
    nested = deep
    for _ in range(100):
        nested = nested.replace("@", deep)
    assert "nested more than" in refused(tmp_path, document(nested.replace("@", "").replace(' lane="1"', "", 1)))


@pytest.mark.slow
def test_a_bomb_of_compound_clips_is_refused(tmp_path: Path) -> None:
    bomb = compound("c0", clip("m24", duration=1)) + "".join(
        compound(f"c{n}", clip(f"c{n - 1}", tag="ref-clip", duration=10 ** (n - 1)) * 10) for n in range(1, 9)
    )
    assert "compound clips open to more than" in refused(
        tmp_path, document(clip("c8", tag="ref-clip", duration=10**8), bomb)
    )


@pytest.mark.slow
def test_a_long_document_takes_time_in_proportion(tmp_path: Path) -> None:
    import time

    above = clip("n24", "u", lane="1", offset=1, duration=1)
    spine = "".join(clip("m24", f"s{n}", above, offset=n, start=1, duration=1) for n in range(2500))
    began = time.process_time()
    edit = read(tmp_path, document(spine))
    assert len(edit.shots) == 5000
    assert time.process_time() - began < 10 * slowness()
