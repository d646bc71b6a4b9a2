"""How alike shots are: relative to their edit, calibrated, and read from a small file."""

from __future__ import annotations

from importlib import resources
from io import BytesIO

import numpy as np
import pytest

from otiograde.color import alike
from otiograde.color.alike import MERGE, PAIR, Traits, pair_terms, read_weights, same_place, shipped_weights


def traits(*groups: int, noise: float = 0.3, seed: int = 0) -> Traits:
    """Shots of places: ``groups`` are numbers of shots, each place with random patterns and palettes."""
    draw = np.random.default_rng(seed)
    rows = []
    for count in groups:
        middle = np.concatenate([draw.dirichlet(np.ones(size) * 0.3) for size in (768, 576)])
        rows += [middle * np.exp(draw.normal(0, noise, len(middle))) for _ in range(count)]
    parts = [np.sqrt(np.array(rows)[:, where]) for where in (slice(768), slice(768, None))]
    return Traits(*(part / np.linalg.norm(part, axis=1, keepdims=True) for part in parts))


def test_terms_are_symmetric_and_complete() -> None:
    seen = traits(3, 4)
    share = np.full((7, 7), np.nan)
    share[0, 1] = share[1, 0] = 0.6
    terms = pair_terms(seen, {"colors": share}, shipped_weights())
    assert terms.shape == (7, 7, len(PAIR))
    np.testing.assert_allclose(terms, terms.transpose(1, 0, 2), atol=1e-12)
    assert terms[0, 1, PAIR.index("colors")] == 0.6
    assert terms[0, 2, PAIR.index("colors asked")] == 0
    assert not terms[..., PAIR.index("content asked")].any()


def test_shots_of_one_place_are_likelier_together() -> None:
    odds = same_place(traits(6, 6, 6), {}, shipped_weights())
    label = np.repeat(np.arange(3), 6)
    same = (label[:, None] == label) & ~np.eye(18, dtype=bool)
    assert odds[same].min() > odds[label[:, None] != label].max()
    assert odds.min() >= alike.LOWEST
    assert odds.max() <= alike.HIGHEST


def test_more_colors_in_common_speak_for_one_place_and_so_does_content() -> None:
    seen = traits(4, 4)
    for kind in ("colors", "content"):
        low, high = np.full((8, 8), 0.3), np.full((8, 8), 0.3)
        high[0, 5] = high[5, 0] = 0.8
        terms = [pair_terms(seen, {kind: share}, shipped_weights())[0, 5] for share in (low, high)]
        assert terms[1] @ shipped_weights().pair > terms[0] @ shipped_weights().pair


def test_a_shot_without_a_picture_is_like_no_other() -> None:
    seen = traits(4)
    blank = Traits(*(np.vstack([part, np.zeros(part.shape[1])]) for part in seen))
    odds = same_place(blank, {}, shipped_weights())
    assert (odds[4] == alike.LOWEST).all()
    assert np.isfinite(odds).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_shots(count: int) -> None:
    assert same_place(Traits(*(part[:count] for part in traits(3))), {}, shipped_weights()).shape == (count, count)


def test_shipped_weights_are_small_and_cannot_be_changed() -> None:
    with resources.as_file(resources.files("otiograde.color").joinpath(alike.WEIGHTS)) as path:
        assert path.stat().st_size <= 150_000
    weights = shipped_weights()
    assert weights.basis.shape == (768 + 576, 96)
    assert (len(weights.pair), len(weights.merge)) == (len(PAIR), len(MERGE))
    with pytest.raises(ValueError, match="read-only"):
        weights.basis[0, 0] = 1


def test_weights_of_other_shapes_are_refused() -> None:
    file = BytesIO()
    np.savez(
        file, center=np.zeros(5), basis=np.zeros((5, 2)), scale=np.ones(2), pair=np.zeros(3), merge=np.zeros(len(MERGE))
    )
    file.seek(0)
    with pytest.raises(ValueError, match="other shapes"):
        read_weights(file)
