"""How well shots are grouped into scenes: edits drawn from footage whose sources were left out when learning.

    python benchmarks/grouping.py [--footage FOLDER] [--bank FILE] [--deep] [--edits N] [--merging ODDS …] [--odds]
    python benchmarks/grouping.py --looks 0.5 [--bank FILE] [--graded FILE] …

Edits are drawn by seed: films with scenes of 7 to 15 shots from many angles, intercut and returned to; reels with
scenes of one to three; films of dark places. Camera, film, animation and AI are mixed. Sources are in four parts. The
edits of one part are grouped with weights that were learned from the other three. Precision and recall are over all
pairs of shots of all edits; F1 is the mean over edits; *bad* is the share of edits with a wrong merge.

``--looks`` is the share of the shots that carry a film-like look instead of a grade. ``--graded`` names the bank
without looks: the weights are then learned from it, as the shipped ones are, and only the edits carry looks.

``--merging`` prints rows for other odds of a merge. ``--odds`` counts in the EDLs of the footage how scenes lie in
edits. Drawn edits are no real film: views of one clip share its light and its camera.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from grouping_bank import PARTS, open_bank
from grouping_edits import Score, draw, grouped, line, odds_of
from make_grouping import FOOTAGE, learn
from otiograde.deep.network import open_network
from otiograde.record.settings import Grouping

SEED = 123

#: Odds so high that no part is merged.
NEVER = 1e9


def rows(options: argparse.Namespace) -> dict[str, list[Score]]:
    """Return the scores of all edits for each row of the table."""
    network = open_network() if options.deep else None
    bank = open_bank(options.footage, options.bank, network, options.looks)
    learned_from = open_bank(options.footage, options.graded, network) if options.graded else bank
    scores = defaultdict[str, list[Score]](list)
    usual = Grouping()
    for number, part in enumerate(PARTS):
        weights = learn(learned_from, [other for other in PARTS if other != part])
        rng = np.random.default_rng([SEED, number])
        for edit in [draw(bank, part, rng) for _ in range(options.edits)]:
            for seen, name in ((edit.without_network(), ""), (edit, ", networks"))[: 1 + options.deep]:
                bare = replace(usual, merging=NEVER)
                scores[f"without merges{name}"].append(grouped(seen, bare, weights=weights))
                for odds in (usual.merging, *options.merging):
                    row = f"merges at {odds:g}{name}"
                    scores[row].append(grouped(seen, replace(usual, merging=odds), weights=weights))
                    if odds == usual.merging:
                        scores[f"  of these: {edit.kind}{name}"].append(scores[row][-1])
                        scores[f"  of these: part {number + 1}{name}"].append(scores[row][-1])
    return scores


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--footage", type=Path, default=FOOTAGE)
    parser.add_argument("--bank", type=Path, help="file that keeps the views from one run to the next")
    parser.add_argument("--looks", type=float, default=0.0, help="share of the views with film-like looks, in [0, 1]")
    parser.add_argument("--graded", type=Path, help="bank without looks that the weights are learned from")
    parser.add_argument("--deep", action="store_true", help="add rows with networks")
    parser.add_argument("--edits", type=int, default=16, help="edits drawn from each part")
    parser.add_argument("--merging", type=float, nargs="*", default=[])
    parser.add_argument("--odds", action="store_true")
    options = parser.parse_args()
    if options.odds:
        odds = odds_of(options.footage / "timelines")
        print(f"{odds.shots} shots, {odds.changes} changes of scene, {odds.returns} of them return to a scene")
        return
    print(f"{'':32s}{'edits':>6s}{'F1':>8s}{'precision':>10s}{'recall':>10s}{'bad':>10s}")
    for name, scores in rows(options).items():
        print(f"{name:32s}{len(scores):6d}{line(scores)}")


if __name__ == "__main__":
    main()
