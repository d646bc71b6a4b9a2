"""Film-like edits drawn from the bank, and what the names of real edits say about places in an edit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grouping_bank import Bank
from otiograde.color.alike import Traits
from otiograde.color.encodings import encoding
from otiograde.decide.grouping import group
from otiograde.record.scene import Scene
from otiograde.record.settings import Grouping, Linking
from otiograde.record.shot import FrameRange, Media, Shot
from otiograde.survey.link import Hint, Link
from otiograde.survey.links.content import OTHER, SAME
from otiograde.survey.survey import Survey

#: Kinds of edits and their shares: a film of long scenes, a reel of short ones, a film of dark places.
KINDS = {"film": 0.6, "reel": 0.2, "dark": 0.2}

#: Median luma below which a view is dark.
DARK = 0.2

#: Shares of the pairs of one clip, of those tried, that matches join. One is drawn for each edit.
LINKED = (0.03, 0.1, 0.4)

#: ``Z677_4C``, ``sc01_sh010``: a scene, and a shot of it.
NAME = re.compile(r"^([A-Za-z]+\d+)_(?:[A-Za-z]*\d)")


class Drawn(NamedTuple):
    """One edit: what grouping is given, and the true scenes."""

    views: NDArray[np.intp]
    kind: str
    survey: Survey
    traits: Traits
    truth: NDArray[np.str_]

    def without_network(self) -> Drawn:
        """Return the edit as it is seen without a network."""
        hints = [hint for hint in self.survey.hints if hint.kind != "content"]
        return self._replace(survey=replace(self.survey, hints=hints))


def draw(bank: Bank, places: frozenset[str], rng: np.random.Generator) -> Drawn:
    """Draw an edit of at least four shots from some places."""
    while True:
        kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
        blocks = _blocks(bank, places, kind, rng)
        order = _order(blocks, rng)
        if len(order) >= 4:
            return _edit(bank, np.array(order), kind, rng)


def _blocks(bank: Bank, places: frozenset[str], kind: str, rng: np.random.Generator) -> list[list[int]]:
    """Draw scenes and the shots of each: 7 to 15 in a film, 1 to 3 in a reel and in every eighth scene."""
    scenes: dict[str, list[int]] = {}
    for number in bank.numbers(places):
        scenes.setdefault(bank.views[number].scene, []).append(number)
    names = sorted(scenes)
    rng.shuffle(names)
    if kind == "dark":
        names = [name for name in names if np.median([bank.views[k].luma for k in scenes[name]]) < DARK]
    most = int(rng.integers(4, 10) if kind == "reel" else rng.integers(2, 6))
    blocks, taken = [], set[str]()
    for name in names:
        site = bank.views[scenes[name][0]].site
        if site in taken or len(blocks) == most:
            continue  # the day and the night of a site are not in one edit: who could say whether they are one scene?
        taken.add(site)
        shots = scenes[name]
        rng.shuffle(shots)
        short = kind == "reel" or rng.random() < 0.12
        blocks.append(_angles(bank, shots[: int(rng.integers(1, 4) if short else rng.integers(7, 16))], rng))
    return blocks


def _angles(bank: Bank, shots: list[int], rng: np.random.Generator) -> list[int]:
    """Order the shots of a scene: two angles in turn, angle by angle, or as they come."""
    clips = sorted({bank.views[k].clip for k in shots})
    how = rng.random()
    if len(shots) > 4 and how < 0.45:
        side = {clip: number % 2 for number, clip in enumerate(clips)}
        first = [k for k in shots if (side[bank.views[k].clip] if len(clips) > 1 else k % 2) == 0]
        second = [k for k in shots if k not in first]
        return [k for pair in zip_longest(first, second) for k in pair if k is not None]
    return sorted(shots, key=lambda k: (bank.views[k].clip, rng.random())) if how < 0.75 else shots


def _order(blocks: list[list[int]], rng: np.random.Generator) -> list[int]:
    """Order scenes: two of five long ones are returned to, and every eighth cut between scenes is an intercut."""
    parts = []
    for number, block in enumerate(blocks):
        rest = block
        while len(rest) >= 4 and rng.random() < 0.4 and len(blocks) > 1:
            cut = int(rng.integers(2, len(rest) - 1))
            parts.append((number, rest[:cut]))
            rest = rest[cut:]
        parts.append((number, rest))
    for _ in range(30):
        parts = [parts[k] for k in rng.permutation(len(parts))]
        if all(a[0] != b[0] for a, b in pairwise(parts)):
            break
    order: list[int] = []
    while parts:
        sides = [list(part) for _, part in parts[:2]]
        if len(sides) == 2 and min(map(len, sides)) > 1 and rng.random() < 0.12:
            while any(sides):
                for side in sides:
                    count = int(rng.integers(1, 3))
                    order += side[:count]
                    del side[:count]
            parts = parts[2:]
        else:
            order += sides[0]
            parts = parts[1:]
    return order


def _edit(bank: Bank, order: NDArray[np.intp], kind: str, rng: np.random.Generator) -> Drawn:
    """Make the survey of an edit. Matches are drawn; colors and content are those of the views."""
    views = [bank.views[k] for k in order]
    traits = Traits(np.array([view.patterns for view in views]), np.array([view.palette for view in views]))
    mixed = bool(rng.random() < 0.3)
    shots = [_shot(number, view.format if mixed else (1920, 1080, "24")) for number, view in enumerate(views)]
    share, links, hints = rng.choice(LINKED), [], []
    for a, b in _tried(traits.patterns, Linking()):
        one, other = shots[a].id, shots[b].id
        if views[a].clip == views[b].clip and rng.random() < share:
            links.append(_link(one, other, int(rng.choice([20, 60]))))
        if not links or (links[-1].a, links[-1].b, links[-1].inliers >= Linking().many) != (one, other, True):
            mass = bank.common[order[a], order[b]]
            hints += [Hint(one, other, "regions", float(mass))] if np.isfinite(mass) else []
            if len(views[a].content):
                likeness = float(np.clip((views[a].content @ views[b].content - OTHER) / (SAME - OTHER), 0, 1))
                hints.append(Hint(one, other, "content", likeness))
    survey = Survey(shots, {}, links, hints, {}, {shot.id: shot.id for shot in shots})
    return Drawn(order, kind, survey, traits, np.array([view.scene for view in views]))


def _tried(patterns: NDArray[np.float64], linking: Linking) -> list[tuple[int, int]]:
    """Return the pairs that are tried, as ``survey.links.candidates`` chooses them."""
    count = len(patterns)
    pairs = {(a, b) for a in range(count) for b in range(a + 1, min(a + 1 + linking.reach, count))}
    for a, row in enumerate(np.linalg.norm(patterns[:, None] - patterns, axis=2)):
        row[a] = np.inf
        pairs |= {(min(a, int(b)), max(a, int(b))) for b in np.argsort(row, kind="stable")[: linking.nearest]}
    return sorted((a, b) for a, b in pairs if a != b)


def _shot(number: int, form: tuple[int, int, str]) -> Shot:
    rate = Fraction(form[2])
    name = f"s{number:03d}"
    media = Media(Path(f"/{name}.mov"), "video", *form[:2], rate, 48, "yuv420p", 8, encoding("bt709"), "container tags")
    return Shot(name, name, media, FrameRange(0, 48, rate), FrameRange(48 * number, 48, rate), 0, (0, number))


def _link(a: str, b: str, matches: int) -> Link:
    colors = np.full((1, 3), 0.5)
    return Link(a, b, colors, colors, np.ones(1), np.zeros(1, np.bool_), matches, 0.02, 0.5)


class Score(NamedTuple):
    """Pairs of shots in one scene: rightly, wrongly, and not though they should be."""

    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        """Return the F1 of this edit; 1 where there is nothing to group."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


def score(scenes: Sequence[Scene], truth: NDArray[np.str_]) -> Score:
    """Compare scenes with the true ones."""
    number = {shot: k for k, scene in enumerate(scenes) for shot in scene.shots}
    labels = np.array([number[f"s{k:03d}"] for k in range(len(truth))])
    a, b = np.tril_indices(len(truth), -1)
    same, put = truth[a] == truth[b], labels[a] == labels[b]
    return Score(int((same & put).sum()), int((~same & put).sum()), int((same & ~put).sum()))


def line(scores: Sequence[Score]) -> str:
    """Return the mean F1, precision and recall over all pairs, and the share of edits with a wrong merge."""
    right, wrong, missed = np.sum(scores, axis=0)
    f1, bad = np.mean([score.f1 for score in scores]), np.mean([score.wrong > 0 for score in scores])
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    return f"{f1:8.3f}{precision:10.3f}{recall:10.3f}{bad:10.2f}"


class Odds(NamedTuple):
    """How scenes lie in edits whose names tell the scene."""

    shots: int
    changes: int
    returns: int


def odds_of(folder: Path) -> Odds:
    """Count the changes of scene, and those that return to a scene seen before, in the EDLs of a folder."""
    shots = changes = returns = 0
    for path in sorted(folder.glob("*.edl")):
        names = re.findall(r"(?m)^\* FROM CLIP NAME: *(.+?)\s*$", path.read_text("utf-8", "replace"))
        scenes = [match[1] for name in names if (match := NAME.match(name))]
        if len(scenes) < 100 or len(scenes) < 0.9 * len(names):
            continue  # a few shots say nothing about scenes
        shots += len(scenes)
        for number, (before, after) in enumerate(pairwise(scenes), start=1):
            changes += before != after
            returns += before != after and after in scenes[:number]
    return Odds(shots, changes, returns)


def grouped(drawn: Drawn, grouping: Grouping, **weights: object) -> Score:
    """Group an edit and compare the scenes with the truth."""
    return score(group(drawn.survey, grouping, drawn.traits, **weights), drawn.truth)  # type: ignore[arg-type]
