"""Kinds of evidence beside the first pass of matching, and what is remembered of all of them.

Tests: survey/links/moved.py, survey/links/search.py, survey/links/source.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from making.pictures import Picture, seen, wall
from making.shots import nth_shot
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.record.settings import Linking, Sampling
from otiograde.record.shot import Shot
from otiograde.survey.link import Link
from otiograde.survey.links import link_all
from otiograde.survey.links.candidates import candidates
from otiograde.survey.links.matching import match_shots
from otiograde.survey.links.moved import with_moved
from otiograde.survey.links.points import features
from otiograde.survey.sample import Sample, make_sample

#: Weak evidence, which joins any two shots a little, is left to its own tests.
CLEAR = Linking(without=("regions",))
BRIGHT = {"exposure": 0.5, "warmth": 0.1}


def with_thing(picture: Picture, left: int, top: int = 70) -> Picture:
    """The wall with a small painted board on it."""
    scene = picture[:, :400].copy()
    board = cv2.resize(wall(9, 200, 200), (90, 90), interpolation=cv2.INTER_AREA)
    scene[top : top + 90, left : left + 90] = board
    return scene


def two_frames(name: str, scenes: tuple[Picture, Picture]) -> Sample:
    draw = np.random.default_rng(len(name))
    noisy = [np.clip(scene + draw.normal(0, 0.003, scene.shape), 0, 1) for scene in scenes]
    return make_sample(name, np.array(noisy, np.float32), (0, 10), Sampling())


class TestWhatMoved:
    def test_is_matched_where_it_went(self) -> None:
        picture, linking = wall(1), Linking()
        a = two_frames("a", (with_thing(picture, 30), with_thing(picture, 60)))
        b = two_frames("bb", (with_thing(picture, 250), with_thing(picture, 280)))
        first = match_shots(features(a, linking), features(b, linking), linking)
        assert first is not None
        guided = with_moved(first, linking)
        added = guided.frames[len(first.frames) :]
        assert guided.frames[: len(first.frames)] == first.frames
        shifts = np.concatenate(
            [guided.a.frames[match.i].xy[match.first] - guided.b.frames[match.j].xy[match.second] for match in added]
        )
        on_board = np.abs(shifts[:, 0]) > 100
        assert on_board.sum() >= 8
        assert np.all(np.abs(np.abs(shifts[on_board, 0]) - 220) < 40)
        assert np.all(np.abs(shifts[:, 1]) < 2 * linking.shifted)

    def test_is_never_more_than_asked_and_nothing_known_again(self) -> None:
        picture, linking = wall(2), Linking(moved=20)
        a, b = seen("a", picture, 0), seen("b", picture, 90)
        first = match_shots(features(a, linking), features(b, linking), linking)
        assert first is not None
        added = with_moved(first, linking).frames[len(first.frames) :]
        assert 0 < sum(len(match.first) for match in added) <= 20
        for match in added:
            same_frames = [earlier for earlier in first.frames if (earlier.i, earlier.j) == (match.i, match.j)]
            assert not any(np.isin(match.first, earlier.first).any() for earlier in same_frames)

    def test_without_witnesses_there_is_none(self) -> None:
        linking = Linking(witnesses=10**6)
        picture = wall(2)
        first = match_shots(
            features(seen("a", picture, 0), linking), features(seen("b", picture, 90), linking), linking
        )
        assert first is not None
        assert with_moved(first, linking).frames == first.frames


class TestOneSource:
    @staticmethod
    def links(grade: dict[str, float], same_file: bool, linking: Linking = CLEAR) -> Sequence[Link]:
        picture = wall(3)
        first, second = nth_shot("a", 0), nth_shot("b", 1)
        if same_file:
            second = replace(second, media=first.media, source=replace(second.source, start=100))
        samples = {"a": seen("a", picture, 0), "b": seen("b", picture, 60, grade=grade)}
        return link_all([first, second], samples, linking).links

    @pytest.mark.slow
    def test_in_one_light_is_a_tie_of_every_color_with_itself(self) -> None:
        surfaces, tie = self.links({}, same_file=True)
        assert (surfaces.kind, tie.kind) == ("surfaces", "source")
        np.testing.assert_array_equal(tie.colors_a, tie.colors_b)
        assert len(tie.colors_a) == 2000
        assert not tie.held_out.any()
        assert tie.weights.mean() == 1

    @pytest.mark.slow
    def test_in_another_light_is_none(self) -> None:
        assert [link.kind for link in self.links(BRIGHT, same_file=True)] == ["surfaces"]

    @pytest.mark.slow
    def test_two_files_in_one_light_are_no_tie(self) -> None:
        assert [link.kind for link in self.links({}, same_file=False)] == ["surfaces"]

    @pytest.mark.slow
    @pytest.mark.parametrize(("without", "left"), [("source", ["surfaces"]), ("surfaces", [])])
    def test_a_kind_can_be_left_out(self, without: str, left: list[str]) -> None:
        found = self.links({}, same_file=True, linking=Linking(without=("regions", without)))
        assert [link.kind for link in found] == left

    def test_each_use_of_a_file_is_tried_with_the_next(self) -> None:
        shots = [nth_shot(f"s{k}", k) for k in range(12)]
        shots[11] = replace(shots[11], media=shots[0].media)
        samples = {shot.id: seen(shot.id, wall(k, 40, 90), 0, 60) for k, shot in enumerate(shots)}
        assert ("s0", "s11") in candidates(shots, samples, Linking(reach=1, nearest=0))


class TestMemory:
    @pytest.fixture
    def case(self) -> tuple[list[Shot], dict[str, Sample]]:
        picture = wall(4)
        samples = {"a": seen("a", picture, 0), "b": seen("b", picture, 100, grade=BRIGHT), "c": seen("c", wall(5))}
        return [nth_shot(name, place) for place, name in enumerate(samples)], samples

    @staticmethod
    def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The names of the samples whose points are looked for from now on."""
        asked: list[str] = []
        real: Callable[..., object] = features

        def counting(sample: Sample, linking: Linking) -> object:
            asked.append(sample.shot)
            return real(sample, linking)

        monkeypatch.setattr("otiograde.survey.links.surfaces.features", counting)
        return asked

    @pytest.mark.slow
    def test_links_are_the_same_with_a_store_and_without(
        self, case: tuple[list[Shot], dict[str, Sample]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain = link_all(*case, CLEAR).links
        assert len(plain) == 1
        asked = self.counted(monkeypatch)
        for expected in (["a", "b", "c"], []):
            found = link_all(*case, CLEAR, Means(cache=DiskCache(tmp_path))).links
            assert asked == expected
            asked.clear()
            assert list(same(plain, found)) == [True] * len(fields(Link))

    @pytest.mark.slow
    def test_a_broken_entry_is_looked_for_again(
        self, case: tuple[list[Shot], dict[str, Sample]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain = link_all(*case, CLEAR, Means(cache=DiskCache(tmp_path))).links
        for path in tmp_path.rglob("*.arrays"):
            path.write_bytes(path.read_bytes()[:-1])
        asked = self.counted(monkeypatch)
        assert all(same(plain, link_all(*case, CLEAR, Means(cache=DiskCache(tmp_path))).links))
        assert asked == ["a", "b", "c"]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "stored",
        [
            {},
            {"x": np.zeros(3)},
            {"links": np.array(2), "shares": np.zeros(0)},
            {"links": np.array([1, 2]), "shares": np.zeros(0)},
            {"links": np.array(0), "shares": np.array(0.5)},
            {"links": np.array("many"), "shares": np.zeros(0)},
        ],
    )
    def test_an_entry_with_other_arrays_is_looked_for_again(
        self,
        case: tuple[list[Shot], dict[str, Sample]],
        stored: dict[str, np.ndarray],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        cache = DiskCache(tmp_path)
        plain = link_all(*case, CLEAR, Means(cache=cache)).links
        for path in list(tmp_path.rglob("*.arrays")):
            cache.put(path.parent.name + path.stem, stored)
        asked = self.counted(monkeypatch)
        assert all(same(plain, link_all(*case, CLEAR, Means(cache=cache)).links))
        assert asked == ["a", "b", "c"]

    @pytest.mark.slow
    def test_other_frames_other_settings_are_looked_for_anew(
        self, case: tuple[list[Shot], dict[str, Sample]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shots, samples = case
        link_all(shots, samples, CLEAR, Means(cache=DiskCache(tmp_path)))
        asked = self.counted(monkeypatch)
        link_all(shots, {**samples, "c": seen("c", wall(6))}, CLEAR, Means(cache=DiskCache(tmp_path)))
        assert asked == ["a", "b", "c"]  # a-b is known, a-c and b-c are not
        asked.clear()
        link_all(shots, samples, replace(CLEAR, pairs=500), Means(cache=DiskCache(tmp_path)))
        assert asked == ["a", "b", "c"]


def same(first: Sequence[Link], second: Sequence[Link]) -> Iterator[bool]:
    """Field by field, whether the links are the same to the last bit."""
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        for field in fields(Link):
            values = getattr(one, field.name), getattr(other, field.name)
            types = {type(value) for value in values} | {getattr(value, "dtype", None) for value in values}
            yield len(types) <= 2 and bool(np.array_equal(*values))
