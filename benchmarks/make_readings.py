"""Make ``src/otiograde/decide/match/readings.npz``: how the readings of two shots say how their grades differ.

    python benchmarks/make_readings.py [--seed N] [--pairs N] [--out FILE] [--check]

It needs torch, and the photographs of ``look_photographs.py``. A pair is two windows of one photograph that share no
pixel, each in a light of its own and through a grade of its own; two in five pairs have a look of the film besides. The
network of looks reads both. A small layer turns each reading into twelve numbers and how uncertain they are, so that
the difference of the two is the difference of the grades in the first directions of the grade prior. What a scene has
in common cancels. Uncertainty is then scaled by the error on photographs of other origins, through looks of other
families. One thread and one seed give the same weights on the same machine. ``--check`` compares the difference that
new and shipped weights read in 64 pairs: 5 % of its size at most.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch

from look_families import FAMILIES
from look_photographs import Photograph, photographs, split
from look_sampler import Looks
from make_grade_prior import decode, draw_grade, encode, natural_colors
from make_looks import TABLE as LOOKS
from otiograde.color.cubic import monomials
from otiograde.color.luma import LUMA
from otiograde.color.prior import grade_prior
from otiograde.decide.look.network import forward
from otiograde.decide.match.readings import DIRECTIONS, head

TABLE = Path(__file__).resolve().parents[1] / "src/otiograde/decide/match/readings.npz"
SEED, PAIRS, TESTED = 1, 16000, 1280
#: Colors of a window that are read, those on which grades are compared, and those of no photograph.
PIXELS, COMPARED, DRAWN = 512, 100, 40
#: Windows of a photograph, and pairs that are drawn at once.
WINDOWS, BATCH = 3, 64
#: Share of the pairs with a look of the film, and of those whose light is the same.
FILM, SAME = 0.4, 0.15
#: Deviations of what camera and light do by themselves: stops, warm, green, log contrast, log saturation, black.
LIGHT = (0.16, 0.03, 0.015, 0.05, 0.06, 0.006)
#: The families of training: a grader's tools, these with film, any look in part, and nothing.
TRAINED = ("grader", "film", "grader", "film", "look", "look", "none")
#: The families on which uncertainty is measured. Training saw none of the looks.
OTHERS = ("grader", "film", *(name for name in FAMILIES if name != "monochrome"))
#: Units of the layer, share of them that is dropped in training, rounds, rate, decay and pairs a step.
UNITS, DROPPED, ROUNDS, RATE, DECAY, STEP = 96, 0.15, 40, 2e-3, 3e-3, 256
#: The largest difference of weights that are made again, as a share of what they read.
MOST_DRIFT = 0.05


class Pairs(NamedTuple):
    """Pairs of windows, as they are read, and the truth."""

    #: ``(n, 2, 49)``: the outputs of the network of looks.
    read: Any
    #: ``(n, DIRECTIONS)``: the difference of the grades.
    truth: Any


def directions() -> tuple[Any, Any]:
    """Return the prior's first directions as rows ``(DIRECTIONS, 60)``, and the colors in whose metric they are.

    A row times a difference of two cubics is a number of deviation 1 under the prior.
    """
    colors = natural_colors(np.random.default_rng(1), 4000)
    psi = monomials(colors)
    metric = np.linalg.cholesky(np.kron(psi.T @ psi / len(colors) + 1e-6 * np.eye(psi.shape[1]), np.eye(3)))
    squares, axes = np.linalg.eigh(metric.T @ np.linalg.inv(grade_prior()) @ metric)
    first = np.argsort(squares)[::-1][:DIRECTIONS]
    return (axes[:, first].T @ metric.T) / np.sqrt(squares[first])[:, None], colors


def windows(rows: Sequence[Photograph], rng: np.random.Generator) -> Any:
    """Return the codes of pairs of windows that share no pixel ``(n, 2, 2 * PIXELS, 3)``."""
    pairs = []
    for row in rows:
        picture = row.read()
        for _ in range(WINDOWS if min(picture.shape[:2]) >= 90 else 0):
            upright, cut = rng.random() < 0.5, rng.uniform(0.3, 0.7)
            sides = [picture.transpose(1, 0, 2) if upright else picture] * 2
            at = int(cut * len(sides[0]))
            pairs.append([_window(side, rng) for side in (sides[0][:at], sides[1][at:])])
    return np.array(pairs)


def _window(side: Any, rng: np.random.Generator) -> Any:
    share = rng.uniform(0.45, 1)
    high, wide = (max(int(share * length), 4) for length in side.shape[:2])
    top, left = rng.integers(side.shape[0] - high + 1), rng.integers(side.shape[1] - wide + 1)
    pixels = side[top : top + high, left : left + wide].reshape(-1, 3)
    return (pixels[rng.integers(0, len(pixels), 2 * PIXELS)] * 255).astype(np.uint8)


def lit(code: Any, rng: np.random.Generator) -> Any:
    """Return code values as another light and another exposure of the camera would show them."""
    stops, warm, green, contrast, saturation, black = rng.normal(0, LIGHT) * rng.uniform(0.3, 1.5)
    gains = 2**stops * np.exp([warm + 0.3 * green, -green, -warm + 0.3 * green])
    light = decode(code) * gains
    light = np.where(light > 0.85, 0.85 - 0.25 * np.expm1(-np.maximum(light - 0.85, 0) / 0.25), light)
    code = 0.435 * (np.maximum(encode(light), 0) / 0.435) ** np.exp(contrast)
    luma = (code @ LUMA)[..., None]
    return np.clip(black + (luma + np.exp(saturation) * (code - luma)) * (1 - black), 0, 1)


class Drawing:
    """Draws pairs of windows and grades."""

    def __init__(self, rows: Sequence[Photograph], seed: int, families: Sequence[str]) -> None:
        self.rng, self.generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        self.windows, self.families = windows(rows, self.rng), families
        self.rows, self.drawn = directions()
        with np.load(LOOKS) as table:
            self.looks = {name: np.asarray(table[name], np.float32) for name in table.files}

    def pairs(self, count: int, report: Callable[[str], None]) -> Pairs:
        """Draw this many pairs, a multiple of ``BATCH``."""
        read, truth = [], []
        for _ in range(count // BATCH):
            colors = self._graded(*self._shown())
            for one, other in colors:
                ends = [
                    forward(np.rint(side[:PIXELS] * 255).astype(np.float32) / 255, 1, self.looks)
                    for side in (one, other)
                ]
                read.append(ends)
                truth.append(self.rows @ _apart(one[PIXELS:], other[PIXELS:]))
            if len(read) % (20 * BATCH) == 0:
                report(f"{len(read)} pairs")
        return Pairs(np.array(read, np.float32), np.array(truth, np.float32))

    def _shown(self) -> tuple[Any, Any]:
        """Return windows ``(BATCH, 2, PIXELS, 3)`` before their grades, and colors to compare the grades on."""
        rng = self.rng
        codes = self.windows[rng.integers(0, len(self.windows), BATCH)][:, :, rng.permutation(2 * PIXELS)[:PIXELS]]
        shown = np.clip((codes + rng.uniform(-0.5, 0.5, codes.shape)) / 255, 0, 1)
        film = np.flatnonzero(rng.random(BATCH) < FILM)
        whole = shown[film].reshape(len(film), 2 * PIXELS, 3)
        shown[film] = self._looked(whole, rng.uniform(0.3, 1, len(film))).reshape(len(film), 2, PIXELS, 3)
        others = self.drawn[rng.integers(0, len(self.drawn), (BATCH, DRAWN))]
        compared = np.concatenate([shown[:, 0, :COMPARED], shown[:, 1, :COMPARED], others], 1)
        return np.array(
            [pair if rng.random() < SAME else [lit(side, rng) for side in pair] for pair in shown]
        ), compared

    def _graded(self, shown: Any, compared: Any) -> Any:
        """Give both windows of a pair a grade of one family, and the colors to compare with them."""
        rng = self.rng
        both = np.stack([np.concatenate([shown[:, side], compared], 1) for side in (0, 1)], 1)
        partly = []
        for number in range(BATCH):
            family = self.families[rng.integers(len(self.families))]
            for side in (0, 1) if rng.random() > SAME else (1,):
                if family == "look":
                    partly.append((number, side))
                elif family != "none":
                    grade, share = self._drawn(family)
                    both[number, side] += share * (np.clip(grade(both[number, side]), 0, 1) - both[number, side])
        at = tuple(np.array(partly, np.intp).reshape(-1, 2).T)
        both[at] = self._looked(both[at], rng.uniform(0.2, 0.9, len(partly)))
        return np.clip(both, 0, 1)

    def _drawn(self, family: str) -> tuple[Any, float]:
        if family in FAMILIES:
            return FAMILIES[family](self.rng), self.rng.uniform(0.35, 0.8)
        return draw_grade(self.rng, film=family == "film"), float(self.rng.choice([0.4, 0.7, 1.0]))

    def _looked(self, colors: Any, shares: Any) -> Any:
        """Return rows of colors ``(n, k, 3)``, each through a look of its own, in part."""
        x = torch.tensor(colors, dtype=torch.float32)
        if not len(x):
            return colors
        return colors + shares[:, None, None] * (Looks(len(x), self.generator)(x).clamp(0, 1).numpy() - colors)


def _apart(one: Any, other: Any) -> Any:
    """Return the difference (60,) of the cubics that make graded colors agree: each shot takes half of it."""
    psi = (monomials(one) + monomials(other)) / 2
    worth = 400 / len(psi) / 0.02**2
    normal = np.kron(psi.T @ psi, np.eye(3)) * worth + grade_prior()
    return np.linalg.solve(normal, (psi.T @ (other - one)).ravel() * worth)


class Head(torch.nn.Module):
    """A layer on readings: for each direction a number, and the log of its variance."""

    def __init__(self, read: Any, truth: Any) -> None:
        super().__init__()
        self.first, self.last = torch.nn.Linear(read.shape[-1], UNITS), torch.nn.Linear(UNITS, 2 * DIRECTIONS)
        self.drop = torch.nn.Dropout(DROPPED)
        torch.nn.init.zeros_(self.last.weight)
        self.last.bias.data = torch.cat([torch.zeros(DIRECTIONS), torch.log(truth.pow(2).mean(0) / 2)])

    def forward(self, pairs: Any) -> tuple[Any, Any]:
        """Return the difference and the log of its variance of pairs of readings ``(n, 2, 49)``."""
        end = self.last(self.drop(torch.relu(self.first(self.drop(pairs)))))
        number, spread = end[..., :DIRECTIONS], end[..., DIRECTIONS:]
        return number[:, 0] - number[:, 1], torch.logaddexp(spread[:, 0], spread[:, 1])


def train(pairs: Pairs, others: Pairs, seed: int) -> dict[str, Any]:
    """Train the layer on pairs, and scale its uncertainty by its error on others. Return the weights."""
    torch.manual_seed(seed)
    mean, deviation = pairs.read.mean((0, 1)), pairs.read.std((0, 1)) + 1e-3
    read, other = (torch.tensor(np.clip((rows.read - mean) / deviation, -5, 5)) for rows in (pairs, others))
    truth = torch.tensor(pairs.truth)
    layer = Head(read, truth)
    best = torch.optim.AdamW(layer.parameters(), RATE, weight_decay=DECAY)
    steps = len(read) // STEP
    rate = torch.optim.lr_scheduler.OneCycleLR(best, RATE, ROUNDS * steps)
    for _ in range(ROUNDS):
        for chosen in torch.randperm(len(read))[: steps * STEP].reshape(steps, STEP):
            number, spread = layer(read[chosen])
            error = (truth[chosen] - number) ** 2
            loss = (spread + error * torch.exp(-spread) + error).sum(1).mean() / 2
            best.zero_grad()
            loss.backward()
            best.step()
            rate.step()
    layer.eval()
    with torch.no_grad():
        number, spread = layer(other)
    error = (others.truth - number.numpy()) ** 2
    arrays = {name.replace(".", "_"): value.numpy() for name, value in layer.state_dict().items()}
    scale = (error / np.exp(spread.numpy())).mean(0)
    told = 1 - error.mean(0) / (others.truth**2).mean(0)
    prior = (pairs.truth**2).mean(0)
    return {"mean": mean, "deviation": deviation, **arrays, "scale": scale, "prior": prior, "told": told}


def made(seed: int, count: int) -> dict[str, Any]:
    """Draw the pairs and train."""
    torch.set_num_threads(1)
    training, tested = split(photographs())
    pairs = Drawing(training, seed, TRAINED).pairs(count, print)
    others = Drawing(tested, seed + 1, OTHERS).pairs(min(TESTED, count), print)
    weights = train(pairs, others, seed)
    return weights | {"rows": directions()[0], "read": others.read[:64], "seed": seed, "pairs": count}


def save(weights: dict[str, Any], target: Path) -> None:
    """Write the weights as float32, without the pairs that they were tried on."""
    arrays = {name: np.asarray(value, np.float32) for name, value in weights.items() if name != "read"}
    np.savez_compressed(target, **arrays)


def drift(a: Path, b: Path, read: Any) -> float:
    """Return how far two files of weights differ in what they read in pairs, as a share of its size."""
    numbers = []
    for file in (a, b):
        with np.load(file) as table:
            weights = {name: np.asarray(table[name], np.float64) for name in table.files}
        numbers.append(np.array([head(one, weights)[0] - head(other, weights)[0] for one, other in read]))
    return float(np.linalg.norm(numbers[0] - numbers[1]) / np.linalg.norm(numbers[0]))


def main() -> None:
    """Write the weights, or check that the shipped ones are what this script makes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    weights = made(options.seed, options.pairs)
    print("share of the variance told, other origins:", np.round(weights["told"], 2))
    if options.check:
        with tempfile.TemporaryDirectory() as folder:
            save(weights, again := Path(folder) / "again.npz")
            apart = drift(options.out, again, weights["read"])
        print(f"difference in 64 pairs: {apart:.3f}")
        raise SystemExit(apart > MOST_DRIFT)
    save(weights, options.out)
    print(f"wrote {options.out} ({options.out.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
