"""Make ``src/otiograde/color/alike.npz``: the weights by which grouping tells whether shots show one place.

    python benchmarks/make_grouping.py [--footage FOLDER] [--bank FILE] [--out FILE] [--deep]

The data are the clips that ``grouping_bank.py`` names: their views, each with a random grade, in edits drawn by
``grouping_edits.py``. Three things are learned, each on clips of other sources than the one before:

1. *The metric*: principal directions of texture patterns and palettes, in which views of one place differ by one unit.
2. *The log-odds of a pair*: logistic regression on ten terms (``color.alike.PAIR``).
3. *The log-odds of a merge*: logistic regression on nine terms (``color.alike.MERGE``), on the states that the merging
   itself meets. What it learns changes the states, hence several rounds.

``--deep`` describes the content of the views too, which needs the networks; the shipped weights were made so. The same
bank and the same seed give the same weights. The bank of the shipped weights differs a little from what this script
makes now: its frames were decoded to 8 bits, and a quarter of its pairs had no colors compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grouping_bank import PARTS, Bank, open_bank
from grouping_edits import Drawn, draw
from otiograde.color.alike import MERGE, Weights, pair_terms
from otiograde.decide.grouping import parts_of
from otiograde.decide.merging import Parts, allowed, each_pair_once
from otiograde.deep.network import open_network
from otiograde.record.settings import Grouping

Array = NDArray[np.float64]
Places = frozenset[str]

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
TABLE = Path(__file__).resolve().parents[1] / "src/otiograde/color/alike.npz"

SEED = 11

#: Directions of the metric, and what is added to the spread inside places, as a share of its mean.
DIRECTIONS, SLACK = 96, 1.0

#: Edits drawn from each part, for pairs and for merges, and rounds of learning merges.
EDITS, ROUNDS = 24, 3

#: Of a state of the merging, so many of the best merges and of any are learned from.
BEST, ANY = 5, 2

#: Strength of the ridge of both regressions.
RIDGE = 1e-3

#: Weights of merges that the first round starts with.
START = np.array([0, 0.4, 0.4, 0.2, 0, 0.5, 3, 0.2, -0.5])


def metric(bank: Bank, places: Places) -> tuple[Array, Array]:
    """Return the center ``(d,)`` and the basis ``(d, DIRECTIONS)`` of the views of some places."""
    views = [bank.views[k] for k in bank.numbers(places)]
    rows = np.array([np.concatenate([view.patterns, view.palette]) for view in views])
    center = rows.mean(axis=0)
    directions = np.linalg.svd(rows - center, full_matrices=False)[2][:DIRECTIONS].T
    turned = (rows - center) @ directions
    inside = np.zeros((directions.shape[1],) * 2)
    for scene in sorted({view.scene for view in views}):
        some = turned[[view.scene == scene for view in views]]
        some = some - some.mean(axis=0)
        inside += some.T @ some / len(views)
    inside += SLACK * np.trace(inside) / len(inside) * np.eye(len(inside))
    return center, directions @ np.linalg.cholesky(np.linalg.inv(inside))


def logistic(terms: Array, truth: NDArray[np.bool_], weights: Array) -> Array:
    """Fit a logistic regression by Newton's method; the last term is a constant and is not held down."""
    from scipy.optimize import minimize  # noqa: PLC0415

    scale = np.where(terms.std(axis=0) > 1e-9, terms.std(axis=0), 1)
    scaled, held = terms / scale, RIDGE * np.append(np.ones(terms.shape[1] - 1), 0)

    def loss(some: Array) -> tuple[float, Array]:
        odds = scaled @ some
        value = weights @ np.logaddexp(0, np.where(truth, -odds, odds)) + held @ some**2
        return float(value), scaled.T @ (weights * (1 / (1 + np.exp(-odds)) - truth)) + 2 * held * some

    return np.asarray(minimize(loss, np.zeros(len(scale)), jac=True, method="BFGS").x / scale)


def drawn(bank: Bank, places: Places, count: int, seed: int) -> list[Drawn]:
    """Draw edits; every second one is seen without a network."""
    rng = np.random.default_rng([SEED, seed])
    edits = [draw(bank, places, rng) for _ in range(count)]
    return [edit.without_network() if number % 2 else edit for number, edit in enumerate(edits)]


def shares_of(edit: Drawn) -> dict[str, Array]:
    """Return the shares of the hints of an edit, by term ``(n, n)``; NaN for pairs without one."""
    index = {shot.id: k for k, shot in enumerate(edit.survey.shots)}
    terms = {"regions": "colors", "content": "content"}
    shares = {term: np.full((len(index), len(index)), np.nan) for term in terms.values()}
    for hint in edit.survey.hints:
        a, b = index[hint.a], index[hint.b]
        shares[terms[hint.kind]][a, b] = shares[terms[hint.kind]][b, a] = hint.share
    return shares


def pairs(bank: Bank, parts: Sequence[Places], seed: int) -> Weights:
    """Learn the metric and the log-odds of pairs. A pair's metric is of the other parts."""
    terms, truth, weights = [], [], []
    for number, part in enumerate(parts):
        others = Weights(*metric(bank, frozenset().union(*parts) - part), np.zeros(0), np.zeros(0))
        for edit in drawn(bank, part, EDITS, seed + number):
            count = len(edit.truth)
            a, b = np.tril_indices(count, -1)
            same = edit.truth[a] == edit.truth[b]
            clips = np.array([bank.views[k].clip for k in edit.views])
            terms.append(pair_terms(edit.traits, shares_of(edit), others)[a, b])
            truth.append(same)
            weights.append(np.where(same & (clips[a] == clips[b]), 0.5, 1.0) / count)
    all_terms, right, weight = np.concatenate(terms), np.concatenate(truth), np.concatenate(weights)
    weight /= 2 * np.where(right, weight[right].sum(), weight[~right].sum())  # as many pairs of one place as of two
    return Weights(*metric(bank, frozenset().union(*parts)), logistic(all_terms, right, weight), START)


def learn(bank: Bank, parts: Sequence[Places], seed: int = 0) -> Weights:
    """Learn all weights from some parts of the sources."""
    learned = pairs(bank, parts, seed)
    edits = []
    for number, part in enumerate(parts):
        others = pairs(bank, [other for other in parts if other != part], seed)
        new = drawn(bank, part, EDITS, 100 + seed + number)
        edits += [(edit, *parts_of(edit.survey, Grouping(), edit.traits, others)) for edit in new]
    rng, merge = np.random.default_rng([SEED, seed]), START
    terms: list[Array] = []
    truth: list[bool] = []
    for _ in range(ROUNDS):
        for edit, clusters, evidence in edits:
            _follow(Parts(evidence, clusters), edit.truth, merge, rng, (terms, truth))
        merge = logistic(np.array(terms), np.array(truth), np.full(len(truth), 1 / len(truth)))
    return learned._replace(merge=merge)


def _follow(
    state: Parts,
    scenes: NDArray[np.str_],
    merge: Array,
    rng: np.random.Generator,
    seen: tuple[list[Array], list[bool]],
) -> None:
    """Merge parts as long as the odds are even or better, and note what the states look like and what is true."""
    while len(state.shots) > 1:
        terms = state.terms()
        odds = each_pair_once(allowed(state, terms @ merge))
        order = np.argsort(-odds, axis=None, kind="stable")[: int(np.isfinite(odds).sum())]
        if not len(order):
            return
        for spot in {*order[:BEST].tolist(), *rng.choice(order, ANY).tolist()}:
            a, b = divmod(spot, len(odds))
            seen[0].append(terms[a, b])
            seen[1].append(_usual(scenes[state.shots[a]]) == _usual(scenes[state.shots[b]]))
        a, b = divmod(int(order[0]), len(odds))
        if odds[a, b] <= 0:
            return
        state.merge(min(a, b), max(a, b))


def _usual(scenes: NDArray[np.str_]) -> str:
    """Return the scene that most shots are of."""
    names, counts = np.unique(scenes, return_counts=True)
    return str(names[counts.argmax()])


def write(weights: Weights, file: Path) -> None:
    """Write weights: the basis as whole numbers of 8 bits and a scale for each direction."""
    scale = np.abs(weights.basis).max(axis=0) / 127
    basis = np.rint(weights.basis / scale).astype(np.int8)
    arrays = {"center": weights.center, "scale": scale, "pair": weights.pair, "merge": weights.merge}
    np.savez_compressed(file, basis=basis, **{name: array.astype(np.float32) for name, array in arrays.items()})


def main() -> None:
    """Learn the weights and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--footage", type=Path, default=FOOTAGE)
    parser.add_argument("--bank", type=Path, help="file that keeps the views from one run to the next")
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--deep", action="store_true")
    options = parser.parse_args()
    weights = learn(open_bank(options.footage, options.bank, open_network() if options.deep else None), PARTS)
    write(weights, options.out)
    for name, value in zip(MERGE, weights.merge, strict=True):
        print(f"{name:16s}{value:8.2f}")


if __name__ == "__main__":
    main()
