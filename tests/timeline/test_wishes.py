"""Ids of shots, and the wishes of an editor.

Tests: timeline/marks.py, timeline/reading.py
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.media import Inventor
from making.otio import clip, gap, lasting, marker, read, stack, timeline, track
from otiograde.color.encodings import encoding
from otiograde.color.trim import LIMITS, Trim
from otiograde.errors import TimelineError
from otiograde.record.ids import Ids
from otiograde.record.settings import AnchorKind, LookKind
from otiograde.record.shot import Verdict, WishedLook, Wishes
from otiograde.timeline import Reading
from otiograde.timeline.reading import Notes
from otiograde.timeline.wishes import wished_metadata, wishes_of


def wished(**entries: Any) -> dict[str, Any]:
    return {"metadata": {"otiograde": entries}}


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("sh010", "sh010"),
        ("A001_C002 (take 3).mov", "A001_C002_take_3_.mov"),
        ("../../etc/passwd", "etc_passwd"),
        (".hidden", "hidden"),
        ("--force", "force"),
        ("Café Zoë", "Cafe_Zoe"),
        ("\U0001f3a5", "shot"),
        ("", "a"),
        ("con", "shot_con"),
        ("NUL.mov", "shot_NUL.mov"),
        ("a'b\"c\nd", "a_b_c_d"),
        ("x" * 100, "x" * 64),
        ("trailing. . .", "trailing"),
    ],
)
def test_ids_are_safe_file_names(tmp_path: Path, name: str, id_: str) -> None:
    (shot,) = read(tmp_path, timeline(track(clip(name, lasting(0, 5))))).shots
    assert shot.id == id_
    assert shot.name == (name or "a")


@given(st.lists(st.text(max_size=80) | st.sampled_from(["a", "A", "a-2", "x" * 70]), max_size=40))
@settings(deadline=None)
def test_ids_are_unique_without_case_and_stable(names: list[str]) -> None:
    ids, again = Ids(), Ids()
    made = [ids.new(name) for name in names]
    assert made == [again.new(name) for name in names]
    assert len({id_.casefold() for id_ in made}) == len(names)
    for id_ in made:
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", id_)
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", id_)
        assert not id_.endswith(".")


def test_two_uses_of_one_name(tmp_path: Path) -> None:
    edit = read(tmp_path, timeline(track(*(clip(name, lasting(0, 5)) for name in ("a", "A", "a-2", "a")))))
    assert [shot.id for shot in edit.shots] == ["a", "A-2", "a-2-2", "a-3"]


def test_wishes_in_metadata(tmp_path: Path) -> None:
    edit = read(
        tmp_path,
        timeline(
            track(
                clip("a", lasting(0, 5), **wished(scene=" kitchen ", hero=True, lock="no", strength=0.25)),
                clip("b", lasting(0, 5), **wished(lock="yes", scene=7, strength="1")),
                clip("c", lasting(0, 5), metadata={"otiograde": None}),
            )
        ),
    )
    assert [shot.wishes for shot in edit.shots] == [
        Wishes("kitchen", hero=True, strength=0.25),
        Wishes("7", lock=True, strength=1.0),
        Wishes(),
    ]
    assert edit.notes == ()


@pytest.mark.parametrize(
    "entries",
    [
        {"strength": 2},
        {"strength": -0.1},
        {"strength": math.nan},
        {"strength": "much"},
        {"strength": True},
        {"strength": [1]},
        {"scene": ""},
        {"scene": "x" * 65},
        {"scene": "a\nb"},
        {"scene": {"a": 1}},
        {"hero": "perhaps"},
        {"lock": 3},
        {"lock": [True]},
        {"look": 3},
        {"look_as": "song"},
        {"look_strength": 1.6},
        {"look_strength": "strong"},
        {"look_palette": -0.1},
        {"look_palette": True},
        {"exposure": 9},
        {"temperature": "warm"},
        {"tint": [1]},
        {"saturation": math.nan},
        {"anchor": "boat"},
        {"verdict": "perhaps"},
        {"verdict": ["accepted"]},
        {"steady": "always"},
        {"steady": True},
    ],
)
def test_wishes_that_make_no_sense_are_noted(tmp_path: Path, entries: dict[str, Any]) -> None:
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 5), **wished(**entries)))))
    assert edit.shots[0].wishes == Wishes()
    (note,) = edit.notes
    assert note.startswith("wish not understood, ignored")
    assert note.endswith(": a")
    assert note.isprintable()


@pytest.mark.parametrize(
    ("text", "kind"),
    [("steady", "all"), ("steady=steps", "steps"), ("steady=ALL", "all"), ("steady=off", "off")],
)
def test_a_marker_says_what_is_steadied(text: str, kind: str) -> None:
    wishes = wishes_of({}, [f"otiograde: {text}"], "a", Notes(), lambda _: None)
    assert wishes == Wishes(steady=kind)  # type: ignore[arg-type]
    assert wished_metadata({}, wishes, Wishes(), Path("/")) == {"steady": kind}


def test_shots_and_wished_scenes_are_steadied_by_name(tmp_path: Path) -> None:
    kitchen = {"metadata": {"otiograde": {"scene": "kitchen", "steady": "steps"}}}
    whole = timeline(
        track(clip("a", lasting(0, 5), **kitchen), clip("b", lasting(0, 5)), clip("c", lasting(0, 5), **kitchen))
    )
    edit = read(tmp_path, whole, None, Reading(steady=(("kitchen", "all"), ("b", "off"), ("C", "off"))))
    assert [shot.wishes.steady for shot in edit.shots] == ["all", "off", "off"]
    with pytest.raises(TimelineError, match="--steady nobody: no shot has this id or name; there are a, b, c"):
        read(tmp_path, whole, None, Reading(steady=(("nobody", "all"),)))


def test_a_trim_an_anchor_and_a_verdict(tmp_path: Path) -> None:
    metadata = wished(exposure=0.5, saturation="0.9", anchor="First", verdict="accepted")
    marks = [marker("otiograde: temperature=-20, exposure=2, anchor=hero")]
    (shot,) = read(tmp_path, timeline(track(clip("a", lasting(0, 5), markers=marks, **metadata)))).shots
    trim = Trim(exposure=0.5, temperature=-20, saturation=0.9)
    assert shot.wishes == Wishes(trim=trim, anchor="first", verdict="accepted")


WISHES = st.builds(
    Wishes,
    scene=st.none() | st.sampled_from(["kitchen", "<b>", "ночь 🎬"]),
    hero=st.booleans(),
    lock=st.booleans(),
    strength=st.none() | st.floats(0, 1),
    look=st.none() | st.sampled_from([Path("/edit/looks/a.cube"), Path("/elsewhere/b.png")]),
    look_as=st.none() | st.sampled_from(get_args(LookKind)),
    look_strength=st.floats(0, 1.5),
    look_palette=st.floats(0, 1),
    trim=st.builds(Trim, **{name: st.floats(*ends) for name, ends in LIMITS.items()}),
    anchor=st.none() | st.sampled_from(get_args(AnchorKind)),
    verdict=st.none() | st.sampled_from(get_args(Verdict)),
)


@given(WISHES, WISHES, st.booleans())
def test_wishes_written_out_are_read_again(before: Wishes, wishes: Wishes, written: bool) -> None:
    folder = Path("/edit")
    metadata = wished_metadata({"encoding": "bt709"}, before, Wishes(), folder) if written else {}
    again = wished_metadata(metadata, wishes, before, folder)
    notes = Notes()
    restored = wishes_of({"otiograde": again}, [], "a", notes, folder.joinpath)
    assert (restored, notes.lines()) == (wishes, ())
    assert wished_metadata(again, wishes, wishes, folder) == again
    assert again.get("encoding") == metadata.get("encoding")


def test_wishes_of_markers_can_be_taken_back() -> None:
    marks = ["otiograde: hero, exposure=1"]
    before = wishes_of({}, marks, "a", Notes(), Path)
    metadata = wished_metadata({}, Wishes(), before, Path("/edit"))
    assert metadata == {"hero": False, "exposure": 0.0}
    assert wishes_of({"otiograde": metadata}, marks, "a", Notes(), Path) == Wishes()


def test_wished_look_is_beside_the_edit(tmp_path: Path) -> None:
    (tmp_path / "looks").mkdir()
    look = tmp_path / "looks" / "warm.cube"
    look.touch()
    whole = timeline(
        track(
            clip("a", lasting(0, 5), **wished(look="looks/warm.cube")),
            clip("b", lasting(0, 5), markers=[marker("otiograde: look=looks/warm.cube")]),
            clip("c", lasting(0, 5), **wished(look="looks/cold.cube")),
        )
    )
    edit = read(tmp_path, whole)
    assert [shot.wishes.look for shot in edit.shots] == [look, look, None]
    assert edit.notes == ("look looks/cold.cube is not there, ignored: c",)


@pytest.mark.parametrize("entry", ["hero", 5, [], {"otiograde": {"hero": True}}])
def test_metadata_of_other_shapes(tmp_path: Path, entry: object) -> None:
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 5), metadata={"otiograde": entry}))))
    assert edit.shots[0].wishes == Wishes()


def test_markers_on_the_clip(tmp_path: Path) -> None:
    marks = [
        marker("otiograde: hero"),
        marker("OTIOGRADE:scene=old kitchen , strength=0.5", 900),
        marker("note to self"),
    ]
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 5), markers=marks, **wished(strength=0.1)))))
    assert edit.shots[0].wishes == Wishes("old kitchen", hero=True, strength=0.1)
    odd = [marker("otiograde: explode"), marker("otiograde:")]
    assert len(read(tmp_path, timeline(track(clip("a", lasting(0, 5), markers=odd)))).notes) == 2


def test_markers_over_tracks_and_stacks(tmp_path: Path) -> None:
    row = track(
        clip("a", lasting(30, 10)),
        gap(5),
        clip("b", lasting(40, 10)),
        clip("c", lasting(50, 10)),
        markers=[marker("otiograde: scene=one", 0, 26), marker("otiograde: lock", 25), marker("otiograde: hero", 14)],
    )
    inner = stack(track(clip("d", lasting(0, 10)), clip("e", lasting(0, 10))), source_range=lasting(5, 10))
    upper = track(gap(40), inner, markers=[marker("otiograde: strength=0.5", 46)])
    edit = read(tmp_path, timeline(row, upper))
    assert {shot.id: shot.wishes for shot in edit.shots} == {
        "a": Wishes("one"),
        "b": Wishes("one"),
        "c": Wishes("one", lock=True),
        "d": Wishes(),
        "e": Wishes(strength=0.5),
    }


def test_nearer_markers_win(tmp_path: Path) -> None:
    near = clip("a", lasting(0, 10), markers=[marker("otiograde: scene=near")])
    whole = timeline(track(near, clip("b", lasting(0, 10)), markers=[marker("otiograde: scene=far", 0, 20)]))
    whole["tracks"]["markers"] = [marker("otiograde: scene=farther, lock", 12, 1)]
    assert [shot.wishes for shot in read(tmp_path, whole).shots] == [Wishes("near"), Wishes("far", lock=True)]


def test_wishes_from_outside(tmp_path: Path) -> None:
    whole = timeline(
        track(clip("A cam", lasting(0, 5), **wished(strength=0.2, scene="x")), clip("A cam", lasting(0, 5)))
    )
    reading = Reading(lock=("a_cam-2",), hero=("A cam",), strength=0.75)
    assert [shot.wishes for shot in read(tmp_path, whole, None, reading).shots] == [
        Wishes("x", hero=True, strength=0.75),
        Wishes(hero=True, lock=True, strength=0.75),
    ]
    with pytest.raises(TimelineError, match=r"--lock nobody: no shot has this id or name; there are A_cam, A_cam-2$"):
        read(tmp_path, whole, None, Reading(lock=("nobody",)))
    with pytest.raises(TimelineError, match="strength"):
        read(tmp_path, whole, None, Reading(strength=1.5))


def test_encodings_from_metadata_and_outside(tmp_path: Path) -> None:
    whole = timeline(
        track(
            clip("a", lasting(0, 5), **wished(encoding="srgb")),
            clip("b", lasting(0, 5)),
            clip("c", lasting(0, 5), **wished(encoding="technicolor")),
            clip("d", lasting(0, 5), **wished(encoding=["srgb"])),
        )
    )
    probe = Inventor()
    edit = read(tmp_path, whole, probe)
    assert [(shot.media.encoding.name, shot.media.origin) for shot in edit.shots] == [
        ("srgb", "clip metadata"),
        ("bt709", "assumption"),
        ("bt709", "assumption"),
        ("bt709", "assumption"),
    ]
    assert len(probe.asked) == 2
    assert len(edit.notes) == 2
    edit = read(tmp_path, whole, None, Reading(encoding=encoding("hlg")))
    assert {(shot.media.encoding.name, shot.media.origin) for shot in edit.shots} == {("hlg", "command line")}


def test_a_look_and_its_amounts() -> None:
    marks = ["otiograde: look=film.png, look_as=palette, look_strength=0.5"]
    wishes = wishes_of({"otiograde": {"look_palette": 0.25}}, marks, "a", Notes(), Path("/edit").joinpath)
    assert wishes.wished_look == WishedLook(Path("/edit/film.png"), "palette", 0.5, 0.25)
    assert wishes.with_look(None) == Wishes()
    assert Wishes(look_strength=0.5).wished_look is None
    assert wished_metadata({}, Wishes().with_look(wishes.wished_look), Wishes(), Path("/edit")) == {
        "look": "film.png",
        "look_as": "palette",
        "look_strength": 0.5,
        "look_palette": 0.25,
    }
