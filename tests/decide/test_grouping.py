"""Grouping: links decide, wishes win, and a merge needs a reason."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.cases import survey
from making.pictures import seen, wall
from making.shots import nth_shot
from making.waiting import slowness
from otiograde.color.encodings import encoding
from otiograde.decide.grouping import group
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Grouping, Sampling
from otiograde.record.shot import Shot
from otiograde.survey.link import Hint, Link
from otiograde.survey.sample import Sample, make_sample

SAMPLES = {f"s{k}": seen(f"s{k}", wall(k + 1, 40, 90), 0, 60) for k in range(6)}
_DRAW = np.random.default_rng(5)
#: Pictures of four places: noise, a ramp, stripes and flat patches.
UNLIKE = {
    name: make_sample(name, np.broadcast_to(picture, (2, 40, 60, 3)).astype(np.float32), (0, 10), Sampling())
    for name, picture in {
        "s0": _DRAW.uniform(0.1, 0.9, (40, 60, 3)),
        "s1": np.broadcast_to(np.linspace(0.2, 0.8, 60)[None, :, None], (40, 60, 3)),
        "s2": np.broadcast_to(0.5 + 0.3 * np.sign(np.sin(np.arange(60)))[None, :, None], (40, 60, 3)),
        "s3": np.repeat(np.repeat(_DRAW.uniform(0.1, 0.9, (4, 6, 3)), 10, 0), 10, 1),
    }.items()
}
WALL = seen("s0", wall(9, 40, 90), 0, 60)
SAME = seen("s1", wall(9, 40, 90), 1, 60, {"exposure": 0.3, "warmth": 0.1})


def bond(a: str, b: str, inliers: int = 100) -> Link:
    colors = np.full((10, 3), 0.5)
    return Link(a, b, colors, colors, np.ones(10), np.zeros(10, bool), inliers, 0.01, 0.9)


def common(a: str, b: str, share: float) -> Hint:
    return Hint(a, b, "regions", share)


def camera(shot: Shot, name: str) -> Shot:
    return replace(shot, media=replace(shot.media, width={"w": 1920, "t": 1080}[name]))


def grouped(shots: Sequence[Shot], links: Sequence[Link] = (), hints: Sequence[Hint] = ()) -> list[Scene]:
    return group(survey({shot.id: SAMPLES[shot.id] for shot in shots}, links, hints=hints, shots=shots), Grouping())


def members(scenes: Sequence[Scene]) -> list[set[str]]:
    return [set(scene.shots) for scene in scenes]


def test_without_a_reason_every_shot_is_alone() -> None:
    scenes = grouped([nth_shot(f"s{k}", k) for k in range(5)])
    assert [len(scene.shots) for scene in scenes] == [1] * 5
    assert [scene.id for scene in scenes] == [f"scene_{k:03d}" for k in range(1, 6)]
    assert all(scene.reasons == () for scene in scenes)


def test_links_join_intercut_scenes_and_say_so() -> None:
    shots = [nth_shot(f"s{k}", k) for k in range(4)]
    scenes = grouped(shots, [bond("s0", "s2", 143), bond("s1", "s3", 60)])
    assert members(scenes) == [{"s0", "s2"}, {"s1", "s3"}]
    assert scenes[0].reasons == (Reason("grouped", "linked by 143 matches with s0", "s2"),)


def test_certain_links_chain() -> None:
    shots = [nth_shot(f"s{k}", k) for k in range(4)]
    assert members(grouped(shots, [bond("s0", "s1"), bond("s1", "s2"), bond("s2", "s3")])) == [{"s0", "s1", "s2", "s3"}]


def test_one_weak_link_does_not_join_two_scenes() -> None:
    shots = [nth_shot(f"s{k}", k) for k in range(4)]
    links = [bond("s0", "s1"), bond("s2", "s3"), bond("s1", "s2", 8)]
    assert members(grouped(shots, links)) == [{"s0", "s1"}, {"s2", "s3"}]


def test_the_same_picture_twice_in_a_row_is_one_scene() -> None:
    scenes = group(
        survey(
            {"s0": WALL, "s1": SAME}, hints=[common("s0", "s1", 0.95)], shots=[nth_shot("s0", 0), nth_shot("s1", 1)]
        ),
        Grouping(),
    )
    assert members(scenes) == [{"s0", "s1"}]
    assert [reason.sentence for reason in scenes[0].reasons] == [
        "s1: looks like s0, casts aside: texture, 95% of their colors, their places in the edit",
    ]


def test_texture_alone_does_not_decide() -> None:
    pair = [nth_shot("s0", 0), nth_shot("s1", 1)]
    assert len(group(survey({"s0": WALL, "s1": WALL}, [], shots=pair), Grouping())) == 2
    assert len(group(survey({"s0": WALL, "s1": WALL}, hints=[common("s0", "s1", 0.3)], shots=pair), Grouping())) == 2


def test_colors_alone_do_not_decide() -> None:
    ramp = np.broadcast_to(np.linspace(0.2, 0.8, 60)[None, None, :, None], (2, 40, 60, 3)).astype(np.float32)
    even = make_sample("s1", ramp, (0, 10), Sampling())
    shots = [nth_shot("s0", 0), nth_shot("s1", 1)]
    assert len(group(survey({"s0": WALL, "s1": even}, hints=[common("s0", "s1", 1.0)], shots=shots), Grouping())) == 2


def test_a_rare_format_speaks_for_one_scene_and_a_common_one_does_not() -> None:
    def scenes(formats: str) -> list[set[str]]:
        shots = [camera(nth_shot(f"s{k}", k), letter) for k, letter in enumerate(formats)]
        return members(group(survey({shot.id: WALL for shot in shots}, [], shots=shots), Grouping()))

    assert [scene for scene in scenes("wttwwwww") if len(scene) > 1] == [{"s1", "s2"}]
    assert all(len(scene) == 1 for scene in scenes("wwwwwwww"))
    assert all(len(scene) == 1 for scene in scenes("wtwtwtwt"))


def test_neighbors_are_likelier_one_scene_than_shots_far_apart() -> None:
    def scenes(other: str) -> list[set[str]]:
        return members(grouped([nth_shot(f"s{k}", k) for k in range(6)], hints=[common("s0", other, 0.6)]))

    assert {"s0", "s1"} in scenes("s1")
    assert all(len(scene) == 1 for scene in scenes("s5"))


def test_a_dialogue_of_two_sides_is_one_scene_where_they_are_alike() -> None:
    shots = [nth_shot(f"s{k}", k) for k in range(4)]
    ties = [bond("s0", "s2"), bond("s1", "s3")]

    def scenes(share: float) -> list[set[str]]:
        cuts = [common(f"s{k}", f"s{k + 1}", share) for k in range(3)]
        return members(grouped(shots, ties, cuts))

    assert scenes(0.9) == [{"s0", "s1", "s2", "s3"}]
    assert scenes(0.3) == [{"s0", "s2"}, {"s1", "s3"}]


def test_resemblance_never_joins_sdr_with_hdr_or_different_wishes() -> None:
    samples = {"s0": WALL, "s1": SAME}
    alike = [common("s0", "s1", 1.0)]
    free = [nth_shot("s0", 0), nth_shot("s1", 1)]
    assert members(group(survey(samples, hints=alike, shots=free), Grouping())) == [{"s0", "s1"}]
    link = [bond("s0", "s1")]
    for first, second, together in (
        (nth_shot("s0", 0, scene="kitchen"), nth_shot("s1", 1, scene="hall"), False),
        (nth_shot("s0", 0), nth_shot("s1", 1, "hlg"), True),
        (nth_shot("s0", 0, "pq"), nth_shot("s1", 1), True),
    ):
        likely = group(survey(samples, hints=alike, shots=[first, second]), Grouping(threshold=-1000))
        assert members(likely) == [{"s0"}, {"s1"}]
        # A certain link does: what both show is matched as light.
        linked = group(survey(samples, link, shots=[first, second]), Grouping(threshold=-1000))
        assert members(linked) == ([{"s0", "s1"}] if together else [{"s0"}, {"s1"}])


def test_wishes_win() -> None:
    shots = [
        nth_shot("s0", 0, scene="kitchen"),
        nth_shot("s1", 1, scene="hall", hero=True),
        nth_shot("s2", 2, scene="kitchen", lock=True),
        nth_shot("s3", 3),
    ]
    scenes = grouped(shots, [bond("s0", "s1"), bond("s2", "s3")])
    assert [(scene.id, scene.shots) for scene in scenes] == [("kitchen", ("s0", "s2", "s3")), ("hall", ("s1",))]
    assert scenes[0].locked == ("s2",)
    assert scenes[1].hero == "s1"


def test_an_encoding_in_doubt_never_shares_a_scene_with_others() -> None:
    shots = [nth_shot("s0", 0, scene="kitchen"), nth_shot("s1", 1, scene="kitchen"), nth_shot("s2", 2, "pq")]
    doubted = replace(shots[1].media, encoding=encoding("bt2020"), origin="assumption")
    shots[1] = replace(shots[1], media=doubted)
    scenes = grouped(shots, [bond("s0", "s1"), bond("s0", "s2", inliers=500)])
    assert [(scene.id, scene.shots) for scene in scenes] == [
        ("kitchen", ("s0", "s2")),  # light joins SDR and PQ
        ("kitchen-encoding-unknown", ("s1",)),
    ]


def test_black_shots_are_not_alike() -> None:
    nothing = np.zeros((0, 1, 1, 3), np.float32)
    black = {name: Sample.of(name, nothing, np.zeros((0, 1, 1), bool), ()) for name in ("s0", "s1")}
    assert len(group(survey(black, [], shots=[nth_shot("s0", 0), nth_shot("s1", 1)]), Grouping())) == 2


def test_no_shots_no_scenes() -> None:
    assert group(survey({}, [], shots=[]), Grouping()) == []


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(6, 200)), max_size=8),
    st.lists(st.sampled_from([None, "x", "y"]), min_size=6, max_size=6),
)
def test_every_shot_is_in_exactly_one_scene(edges: list[tuple[int, int, int]], wishes: list[str | None]) -> None:
    shots = [nth_shot(f"s{k}", k, scene=wish) for k, wish in enumerate(wishes)]
    links = [bond(f"s{a}", f"s{b}", inliers) for a, b, inliers in edges if a != b]
    scenes = grouped(shots, links)
    assert sorted(shot for scene in scenes for shot in scene.shots) == sorted(shot.id for shot in shots)
    assert len({scene.id for scene in scenes}) == len(scenes)
    for name in ("x", "y"):
        wished = {shot.id for shot in shots if shot.wishes.scene == name}
        assert sum(bool(wished & set(scene.shots)) for scene in scenes) <= 1


def slated(*slates: str) -> list[Shot]:
    return [replace(nth_shot(f"s{k}", k), slate=slate) for k, slate in enumerate(slates)]


def slate_hints(shots: Sequence[Shot]) -> list[Hint]:
    pairs = combinations([shot for shot in shots if shot.slate], 2)
    return [Hint(a.id, b.id, "names", float(a.slate == b.slate)) for a, b in pairs]


def test_slates_join_what_looks_unlike_and_say_so() -> None:
    shots = slated("12", "13", "12", "13")
    scenes = grouped(shots, hints=slate_hints(shots))
    assert members(scenes) == [{"s0", "s2"}, {"s1", "s3"}]
    assert scenes[0].reasons == (Reason("slate", "joined with s0 by their slates", "s2"),)


def test_links_win_over_slates_and_the_contradiction_is_said() -> None:
    shots = slated("12", "13", "12")
    scenes = grouped(shots, [bond("s0", "s1")], slate_hints(shots))
    assert {"s0", "s1"} <= set(scenes[0].shots)
    assert Reason("against", "its slates name scenes 12, 13") in scenes[0].reasons


@pytest.mark.parametrize("kind", ["folders", "tracks"])
def test_folders_and_tracks_are_no_more_than_a_hint(kind: str) -> None:
    shots = [nth_shot(f"s{k}", k) for k in range(4)]
    hints = [Hint(a.id, b.id, kind, 1.0) for a, b in combinations(shots, 2)]
    scenes = group(survey(UNLIKE, hints=hints, shots=shots), Grouping())
    assert [len(scene.shots) for scene in scenes] == [1] * 4


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("edit", "the edit puts it in scene kitchen"),
        ("option", "--scene puts it in scene kitchen"),
        ("file", "the list of --scenes puts it in scene kitchen"),
        ("one", "--scenes one takes the whole edit as one scene"),
        ("tracks", "--scenes tracks: it lies on track kitchen"),
        ("folders", "--scenes folders: its media lie in folder kitchen"),
        ("names", "--scenes names: its slate says scene kitchen"),
        ("markers", "--scenes markers: it follows the marker kitchen"),
    ],
)
def test_a_named_scene_says_who_named_it(origin: str, words: str) -> None:
    shots = [nth_shot(f"s{k}", k, scene="kitchen", scene_origin=origin) for k in range(2)]
    (scene,) = grouped(shots)
    assert Reason("wish", words, "s1") in scene.reasons


def test_a_named_scene_of_unlike_shots_is_contradicted() -> None:
    shots = [nth_shot(f"s{k}", k, scene="day") for k in range(4)]
    unlike = [common(a.id, b.id, 0.0) for a, b in combinations(shots, 2)]
    (scene,) = group(survey(UNLIKE, hints=unlike, shots=shots), Grouping())
    (reason,) = [reason for reason in scene.reasons if reason.kind == "against"]
    assert "unlike, as shots of two scenes are" in reason.text
    links = [bond(a.id, b.id) for a, b in pairwise(shots)]
    (linked,) = group(survey(UNLIKE, links, hints=unlike, shots=shots), Grouping())
    assert not [reason for reason in linked.reasons if reason.kind == "against"]


def test_a_few_loose_clips_are_one_scene_unless_something_speaks_against_it() -> None:
    def loose(pictures: Mapping[str, Sample], likeness: float = 0.3) -> list[Scene]:
        shots = [nth_shot(name, k) for k, name in enumerate(pictures)]
        hints = [common(a.id, b.id, likeness) for a, b in combinations(shots, 2)]
        return group(survey(pictures, hints=hints, shots=shots), Grouping(few=12))

    (scene,) = loose({f"s{k}": WALL for k in range(4)})
    assert scene.reasons[0].kind == "assumed"
    assert "`--scenes auto` splits them" in scene.reasons[0].text
    assert len(loose(UNLIKE, 0.0)) > 1
    assert len(loose({f"s{k}": WALL for k in range(13)})) > 1
    shots = [nth_shot("s0", 0), nth_shot("s1", 1, "pq")]
    assert len(group(survey({"s0": WALL, "s1": WALL}, shots=shots), Grouping(few=12))) == 2


def test_a_scene_of_300_shots_is_grouped_quickly() -> None:
    shots = [nth_shot(f"s{k}", k, scene="one") for k in range(300)]
    start = time.process_time()
    scenes = group(survey({shot.id: WALL for shot in shots}, shots=shots), Grouping())
    assert time.process_time() - start < 20 * slowness()
    assert [len(scene.shots) for scene in scenes] == [300]
