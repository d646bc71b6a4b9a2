"""Make ``src/otiograde/color/looks.npz``: the weights of the network that reads a look from a still.

    python benchmarks/make_looks.py [--seed N] [--steps N] [--out FILE] [--check]

It needs torch, and the photographs of ``look_photographs.py``. A step draws random looks (``look_sampler.py``). The
network sees the colors of one photograph through a look, and has to say what the look does to the colors of another
photograph. The loss is the color difference there, nearly that of CIEDE2000. The last steps are averaged. One thread
and one seed give the same weights on the same machine. ``--check`` trains again, and compares what the new and the
shipped weights make of 64 stills: ΔE00 0.1 apart at most.
"""

from __future__ import annotations

import argparse
import copy
import math
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from look_photographs import Photograph, photographs, split
from look_sampler import Looks, decode, encode, oklab
from make_grade_prior import natural_colors
from otiograde.color.cubic import EXPONENTS, Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.look_network import BANDS, FEATURES, LEVELS, forward
from otiograde.color.spaces import srgb_to_lab

TABLE = Path(__file__).resolve().parents[1] / "src/otiograde/color/looks.npz"
SEED, STEPS = 6, 12000
#: Looks a step, pixels of a reference, colors of other content, and colors of no photograph.
LOOKS, PIXELS, CONTENT, DRAWN = 64, 144, 48, 12
#: Share of the looks that are seen on several stills at once, and the most stills.
SEVERAL, STILLS = 0.25, 8
#: Crops of a photograph, and the pixels of each.
CROPS, POOL = 6, 768
#: Coordinates of a look.
COORDINATES = 48
#: The largest difference (ΔE00) of weights that are made again.
MOST_DRIFT = 0.1
#: The rate of training, the steps in which it rises and falls, and the steps at the end that are averaged.
RATE, RISE, FALL, AVERAGED = 2.5e-3, 300, 2000, 400
#: In the falling steps: the share of several stills that are of one photograph, and the weight of their agreement.
SAME, AGREE = 0.4, 0.12
#: Large errors count for more than their share.
POWER = 1.3
#: Units of the layers.
FIRST, ROUND, SECOND, LAST = 56, 144, 80, 232

XYZ = torch.tensor(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
) / torch.tensor([[0.95047], [1.0], [1.08883]])


def monomials(x: Any) -> Any:
    """Return the monomials of ``Cubic`` of colors ``(..., 3)``."""
    powers = [torch.ones_like(x), x, x * x, x * x * x]
    return torch.stack([powers[i][..., 0] * powers[j][..., 1] * powers[k][..., 2] for i, j, k in EXPONENTS], -1)


def lab(code: Any) -> Any:
    """Convert code values to CIELAB; the cube root is straight near black, and has a slope everywhere."""
    t = decode(code.clamp(0, 1)) @ XYZ.T
    f = torch.where(t > 0.008856, t.clamp(min=1e-4) ** (1 / 3), 7.787 * t + 16 / 116)
    return torch.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def difference(code: Any, truth: Any) -> Any:
    """Return nearly the color difference of CIEDE2000 between code values.

    Without its rotation for blues and its waves over hue, and smooth where colors are the same.
    """
    a, b = lab(code), lab(truth)
    middle = torch.sqrt(((a[..., 1:] + b[..., 1:]) ** 2).sum(-1) / 4 + 1e-3)
    grow = torch.stack([1.5 - 0.5 / torch.sqrt(1 + (25 / middle) ** 7), torch.ones_like(middle)], -1)
    one, two = a[..., 1:] * grow, b[..., 1:] * grow
    chroma, other = (torch.sqrt(x.pow(2).sum(-1) + 1e-3) for x in (one, two))
    along, mean = chroma - other, (chroma + other) / 2
    across = ((one - two).pow(2).sum(-1) - along**2).clamp(min=0)
    light = ((a[..., 0] + b[..., 0]) / 2 - 50) ** 2
    wide = 1 + 0.015 * light / torch.sqrt(20 + light)
    square = (
        ((a[..., 0] - b[..., 0]) / wide) ** 2 + (along / (1 + 0.045 * mean)) ** 2 + across / (1 + 0.015 * mean) ** 2
    )
    return torch.sqrt(square + 0.04)


class Network(torch.nn.Module):
    """The network of ``color/look_network.py``: pixels of a still to coordinates, and to the log of its error."""

    def __init__(self, mean: Any, basis: Any) -> None:
        super().__init__()
        linear = torch.nn.Linear
        self.pixel1, self.pixel2 = linear(7, FIRST), linear(FIRST, FIRST)
        self.context = linear(2 * FIRST + FEATURES * len(LEVELS) + (FEATURES - 3) * BANDS + 1, ROUND)
        self.again1, self.toward, self.again2 = (
            linear(7, SECOND),
            linear(ROUND, SECOND, bias=False),
            linear(SECOND, SECOND),
        )
        self.join, self.out = linear(ROUND + 2 * SECOND, LAST), linear(LAST, COORDINATES + 1)
        self.register_buffer("mean", mean)
        self.register_buffer("basis", basis)
        torch.nn.init.zeros_(self.out.weight)
        torch.nn.init.zeros_(self.out.bias)

    def forward(self, pixels: Any, count: Any) -> tuple[Any, Any]:
        """Return coordinates ``(batch, COORDINATES)`` and the log of the expected error ``(batch,)``.

        ``count`` ``(batch,)`` says how many stills the pixels are of.
        """
        seen = oklab(pixels)
        chroma = torch.hypot(seen[..., 1:2], seen[..., 2:])
        features = torch.cat([pixels * 2 - 1, seen[..., :1] * 2 - 1, seen[..., 1:] * 6, chroma * 6 - 1], -1)
        first = torch.relu(self.pixel2(torch.relu(self.pixel1(features))))
        whole = torch.cat([_pooled(first), _quantiles(features), _bands(features), 1 / count[:, None]], 1)
        context = torch.relu(self.context(whole))
        again = torch.relu(self.again1(features) + self.toward(context)[:, None])
        again = torch.relu(self.again2(again))
        end = self.out(torch.relu(self.join(torch.cat([context, _pooled(again)], 1))))
        return end[:, :-1], end[:, -1]

    def moved(self, coordinates: Any, x: Any) -> Any:
        """Return the colors ``(batch, n, 3)`` that these looks make of ``x``."""
        coefficients = (coordinates @ self.basis + self.mean).reshape(-1, len(EXPONENTS), 3)
        return x + monomials(x) @ coefficients


def _pooled(x: Any) -> Any:
    mean, square = x.mean(1), (x * x).mean(1)
    return torch.cat([mean, torch.sqrt((square - mean * mean).clamp(min=0) + 1e-6)], 1)


def _quantiles(features: Any) -> Any:
    ordered = features.transpose(1, 2).contiguous().sort(2).values
    place = torch.tensor(LEVELS, dtype=torch.float64) * (ordered.shape[2] - 1)
    floor = place.floor().long()
    low, high = ordered[..., floor], ordered[..., (floor + 1).clamp(max=ordered.shape[2] - 1)]
    return (low + (place - floor).float() * (high - low)).transpose(1, 2).flatten(1)


def _bands(features: Any) -> Any:
    """Return the mean L, a, b and chroma of bands of equally many pixels, from dark to light."""
    order = features[..., 3].sort(dim=1, stable=True).indices
    rising = torch.gather(features[..., 3:], 1, order[..., None].expand(-1, -1, features.shape[2] - 3))
    edges = [number * features.shape[1] // BANDS for number in range(BANDS + 1)]
    means = [rising[:, low:high].mean(1) for low, high in pairwise(edges)]
    return torch.cat(means, 1)


def whitened(generator: Any) -> tuple[Any, Any]:
    """Return the mean of the coefficients of random looks, and their principal directions, one deviation long."""
    colors = natural_colors(np.random.default_rng(2), 500).astype(np.float32)
    x = torch.cat([torch.tensor(colors), torch.rand(150, 3, generator=generator)])[None]
    psi = monomials(x[0])
    solve = torch.linalg.solve(psi.T @ psi + 1e-2 * torch.eye(psi.shape[1]), psi.T)
    batch = [Looks(96, generator)(x.expand(96, -1, -1)) - x for _ in range(16)]
    rows = torch.cat([(solve @ moves).reshape(96, -1) for moves in batch])
    mean = rows.mean(0)
    _, spread, directions = torch.linalg.svd(rows - mean, full_matrices=False)
    return mean, (directions * (spread / len(rows) ** 0.5)[:, None])[:COORDINATES]


def pool(rows: list[Photograph], seed: int) -> tuple[Any, Any]:
    """Return pixels of crops ``(crops, POOL, 3)`` in uint8, and for each the weight with which it is drawn.

    The pixels of a crop are in an order in which near ones have near colors.
    """
    rng = np.random.default_rng(seed)
    pixels, weights = [], []
    for row in rows:
        picture = row.read()
        for number in range(CROPS):
            share = rng.uniform(0.5, 1) if number else 1.0
            high, wide = (max(int(side * share), 8) for side in picture.shape[:2])
            top, left = rng.integers(picture.shape[0] - high + 1), rng.integers(picture.shape[1] - wide + 1)
            crop = picture[top : top + high, left : left + wide].reshape(-1, 3)
            some = (crop[rng.integers(0, len(crop), 4 * POOL)] * 255).astype(np.uint8)
            pixels.append(some[np.argsort(_along(some), kind="stable")][rng.integers(4) :: 4])
            weights.append(0.5 if row.graded else 1.0)
    return torch.tensor(np.array(pixels)), torch.tensor(weights)


def _along(codes: Any) -> Any:
    """Return where colors lie on a curve that fills the space of luma and two differences (Morton 1966)."""
    red, green, blue = (codes[:, channel].astype(np.int64) for channel in range(3))
    axes = ((2 * red + 5 * green + blue) // 8, (red - green + 255) // 2, (blue - green + 255) // 2)
    return sum(((axis >> bit) & 1) << (3 * bit + 2 - number) for number, axis in enumerate(axes) for bit in range(8))


def scenes(source: tuple[Any, Any], count: Any, size: int, generator: Any, same: float = 0.0) -> Any:
    """Draw ``size`` pixels of ``count`` ``(batch,)`` crops each; a third of the crops are in a little other light.

    ``same`` is the share of the rows whose crops are all of one photograph.

    Each pixel is of a stretch of its crop's own, so that few pixels say nearly what all of them do.
    """
    pixels, weights = source
    batch = len(count)
    rows = torch.multinomial(weights, batch * STILLS, generator=generator, replacement=True).reshape(batch, STILLS)
    if same:
        kin = rows[:, :1] // CROPS * CROPS + torch.randint(CROPS, (batch, STILLS), generator=generator)
        rows = torch.where(torch.rand(batch, 1, generator=generator) < same, kin, rows)
    along = (torch.arange(size) + torch.rand(batch, size, generator=generator)) / size * count[:, None]
    which = torch.minimum(along.long(), (count - 1).long()[:, None])
    columns = ((along - which) * pixels.shape[1]).long().clamp(max=pixels.shape[1] - 1)
    x = pixels[torch.gather(rows, 1, which), columns].float() / 255
    on = (torch.rand(batch, STILLS, 1, generator=generator) < 1 / 3).float()
    cast = torch.exp(0.05 * torch.randn(batch, STILLS, 3, generator=generator) * on)
    light = cast * 2 ** (0.25 * torch.randn(batch, STILLS, 1, generator=generator) * on)
    return encode((decode(x) * torch.gather(light, 1, which[..., None].expand(-1, -1, 3))).clamp(0, 1)).clamp(0, 1)


def train(seed: int = SEED, steps: int = STEPS, report: Any = print) -> Network:
    """Train the network. One thread, so that the sums are always added in the same order."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    source = pool(split(photographs())[0], seed)
    drawn = torch.tensor(natural_colors(np.random.default_rng(1), 4000).astype(np.float32))
    network = Network(*whitened(generator))
    best = torch.optim.Adam(network.parameters(), RATE)
    averaged, taken, begun, running = None, 0, time.process_time(), None
    for step in range(steps):
        best.param_groups[0]["lr"] = rate(step, steps)
        figures = _step(network, best, _batch(source, drawn, generator, last=step >= steps - FALL))
        running = figures if running is None else 0.98 * running + 0.02 * figures
        if step % 100 == 0 or step == steps - 1:
            shown = " ".join(f"{figure:.2f}" for figure in running)
            report(f"{step:5d} {time.process_time() - begun:5.0f} s  error, nothing, expected: {shown}")
        if step >= steps - AVERAGED:
            averaged, taken = _average(averaged, network, taken)
    network.load_state_dict(averaged)
    return network.eval()


def rate(step: int, steps: int) -> float:
    """Return the rate of a step: it rises, stays, and falls at the end along a cosine."""
    left = min((steps - step) / FALL, 1.0)
    return RATE * min((step + 1) / RISE, 1.0) * (0.01 + 0.99 * (1 - math.cos(math.pi * left)) / 2)


def _batch(source: Any, drawn: Any, generator: Any, *, last: bool) -> tuple[Any, ...]:
    """Return what the looks make of stills, of how many, and colors of other content without and with the look.

    In the last steps, two rows show one look on other stills, and several stills may be of one photograph.
    """
    several = torch.rand(LOOKS, generator=generator) < SEVERAL
    count = torch.where(several, torch.randint(2, STILLS + 1, (LOOKS,), generator=generator), 1).float()
    shown = LOOKS // 2 if last else LOOKS
    still = scenes(source, count, PIXELS, generator, SAME if last else 0.0)
    content = scenes(source, torch.ones(shown), CONTENT, generator)
    other = drawn[torch.randint(len(drawn), (shown, DRAWN), generator=generator)]
    x = torch.cat([content, other], 1)
    with torch.no_grad():
        both = Looks(shown, generator)(torch.cat([still.reshape(shown, -1, 3), x], 1))
    seen, truth = both[:, : -x.shape[1]].reshape(LOOKS, PIXELS, 3), both[:, -x.shape[1] :]
    again = LOOKS // shown
    return seen, count, x.repeat_interleave(again, 0), truth.repeat_interleave(again, 0), last


def _step(network: Network, best: Any, batch: tuple[Any, ...]) -> Any:
    seen, count, x, truth, last = batch
    coordinates, expected = network(seen, count)
    moved = network.moved(coordinates, x)
    error = difference(moved, truth).mean(1)
    outside = (moved - moved.clamp(0, 1)).abs().mean()
    guess = (expected - torch.log(error.detach())).abs().mean()
    loss = error.pow(POWER).mean() / 2 + 5 * outside + 0.2 * guess + 1e-3 * coordinates.pow(2).mean()
    if last:
        loss = loss + AGREE * difference(moved[::2], moved[1::2]).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    best.step()
    best.zero_grad()
    with torch.no_grad():
        nothing = difference(x, truth).mean()
    return np.array([error.mean().item(), nothing.item(), torch.exp(expected).mean().item()])


def _average(averaged: Any, network: Network, taken: int) -> tuple[Any, int]:
    state = network.state_dict()
    if averaged is None:
        return copy.deepcopy(state), 1
    return {name: (averaged[name] * taken + value) / (taken + 1) for name, value in state.items()}, taken + 1


def save(network: Network, target: Path, seed: int, steps: int) -> None:
    """Write the weights as float16."""
    arrays = {name.replace(".", "_"): value.numpy().astype(np.float16) for name, value in network.state_dict().items()}
    sources = len(split(photographs())[0])
    np.savez_compressed(target, **arrays, seed=seed, steps=steps, photographs=sources)


def drift(a: Path, b: Path) -> float:
    """Return the largest mean ΔE00 between what two files of weights make of 64 stills."""
    generator = torch.Generator().manual_seed(64)
    rows = split(photographs())[1]
    stills = Looks(64, generator)(scenes(pool(rows, 64), torch.ones(64), 1024, generator)).numpy()
    colors = natural_colors(np.random.default_rng(3), 1000)
    labs = []
    for file in (a, b):
        with np.load(file) as table:
            weights = {name: np.asarray(table[name], np.float32) for name in table.files}
        ends = np.array([forward(still, 1, weights)[:-1] for still in stills])
        coefficients = (ends @ weights["basis"] + weights["mean"]).reshape(64, -1, 3)
        labs.append([srgb_to_lab(np.clip(Cubic(rows.tolist())(colors), 0, 1)) for rows in coefficients])
    return max(float(delta_e00(one, other).mean()) for one, other in zip(*labs, strict=True))


def main() -> None:
    """Write the weights, or check that the shipped ones are what this script makes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    options = parser.parse_args()
    network = train(options.seed, options.steps, lambda line: print(line, flush=True))
    if options.check:
        with tempfile.TemporaryDirectory() as folder:
            save(network, again := Path(folder) / "again.npz", options.seed, options.steps)
            apart = drift(options.out, again)
        print(f"largest mean difference on 64 stills: {apart:.3f} ΔE00")
        raise SystemExit(apart > MOST_DRIFT)
    save(network, options.out, options.seed, options.steps)
    print(f"wrote {options.out} ({options.out.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
