"""How well looks are recovered: a look is seen on other content, and the truth is known.

    python benchmarks/looks.py [--triples N] [--seed N] [--luts FOLDER] [--drawn] [--sheet PICTURE] [--json FILE]

A triple is content, a reference still and a look. Every method gets the content, and what the look made of the
reference. The score is the mean ΔE00 between its result and what the look makes of the content. The looks are drawn by
``look_families.py``, the photographs are those of the test (``look_photographs.py``): the network saw neither. A third
of the contents and references are frames of ``../shared/footage/dev``, where it is there. ``--luts`` takes a folder of
folders of .cube files instead of the drawn families: each folder is a family, ``bw`` is counted as monochrome.

Other figures: *harm* is how far an ungraded reference moves the content. *Own grade* has content with a plain grade of
its own that the truth does not have. *Consistency* is how far the looks of two stills of one look differ. Intervals are
of 95 %, by bootstrap over triples. ``--sheet`` writes ten looks: content, reference, palette, grade, style (which needs
torch), truth. ``--drawn`` takes pictures of the demo movie instead of photographs: content of one set, stills of the
other.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from look_families import FAMILIES
from look_photographs import FOLDER, TESTED, Picture, photographs
from make_grade_prior import draw_grade
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.statistics import mean_and_spread, quantile_curves, statistics
from otiograde.color.transform import Identity, Transform
from otiograde.decide.look.look import safe
from otiograde.decide.look.recovered import recovered_look
from otiograde.decide.look.still import still_look
from otiograde.decide.look.style import StyleLook
from otiograde.deep.style import open_style
from otiograde.demo.movie import MEDIA, draw_movie
from otiograde.folder.reading import read_cube
from otiograde.media.frames import read_still

Array = NDArray[Any]
Method = Callable[["Triple", Array], Transform]

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage/dev"
#: The family that is counted apart.
MONOCHROME = ("monochrome", "bw")
#: Pixels of a content on which a result is measured, and the long side of a frame.
PIXELS, LONG = 4000, 256
#: The columns of the contact sheet.
COLUMNS = ("content", "reference", "palette", "grade", "style", "truth")
#: The width and height of its pictures.
CELL = (160, 90)
#: What must hold: name of the figure, limit, and whether it is a least one.
MUSTS = {
    "one still, mean": (7.0, False),
    "one still, p90": (11.0, False),
    "nearer than nothing, %": (80.0, True),
    "worse by > 2, %": (5.0, False),
    "eight stills, mean": (6.5, False),
    "monochrome, mean": (6.0, False),
    "harm, mean": (3.5, False),
    "consistency, mean": (4.0, False),
    "still to look, CPU s": (0.1, False),
}


@dataclass(frozen=True, slots=True)
class Triple:
    """Content, stills of one look, and the look."""

    family: str
    content: Picture
    stills: tuple[Picture, ...]
    #: The first still before its look.
    plain: Picture
    look: Callable[[Array], Array]
    #: The content with a plain grade of its own.
    own: Picture


def pictures() -> list[tuple[str, Picture]]:
    """Return the photographs of the test and the frames of the footage, with the name of what they show."""
    shown = [(row.name, row.read()) for row in photographs(FOLDER) if row.origin in TESTED]
    frames = sorted(FOOTAGE.glob("*.mp4"))
    if not frames:
        print(f"{FOOTAGE}: no footage here, photographs alone are measured")
    return [*shown, *((path.stem.split("_")[0], _middle(path)) for path in frames)]


def drawn_pictures() -> list[tuple[str, Picture]]:
    """Return a picture of each take of the demo movie without its cast, with the name of its set."""
    with tempfile.TemporaryDirectory() as folder:
        film = draw_movie(Path(folder), size=(320, 180), frames=2)
        clips = {path.stem: read_still(path) for path in sorted((Path(folder) / MEDIA).iterdir())}
    undone = {name: np.clip(film.casts[name].undo(picture), 0, 1) for name, picture in clips.items()}
    return [(name.split("_")[0], np.asarray(picture, np.float32)) for name, picture in undone.items()]


def _middle(path: Path) -> Picture:
    film = cv2.VideoCapture(str(path))
    film.set(cv2.CAP_PROP_POS_FRAMES, film.get(cv2.CAP_PROP_FRAME_COUNT) // 2)
    frame = film.read()[1]
    scale = LONG / max(frame.shape[:2])
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[..., ::-1].astype(np.float32) / 255)


def cube_families(folder: Path) -> dict[str, Callable[[np.random.Generator], Callable[[Array], Array]]]:
    """Return the families of a folder of folders of .cube files."""
    families = {}
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(inner.glob("*.cube"))

        def draw(rng: np.random.Generator, files: Sequence[Path] = files) -> Callable[[Array], Array]:
            lut: Lut3D = read_cube(files[rng.integers(len(files))])
            return lambda code: np.clip(lut(np.asarray(code)), 0, 1)

        if files:
            families[inner.name] = draw
    return families


def triples(shown: Sequence[tuple[str, Picture]], families: Mapping[str, Any], count: int, seed: int) -> list[Triple]:
    """Draw ``count`` triples of each family, with eight stills each, as far as there are so many."""
    rng = np.random.default_rng(seed)
    footage = [number for number, (name, _) in enumerate(shown) if "/" not in name]
    drawn = []
    for family, draw in families.items():
        for _ in range(count):
            chosen = _chosen(rng, len(shown), footage)
            chosen = [chosen[0], *(number for number in chosen[1:] if shown[number][0] != shown[chosen[0]][0])]
            content, *plain = (shown[number][1] for number in chosen[:9])
            look, own = draw(rng), draw_grade(rng, film=False)
            stills = tuple(_eight_bits(look(picture.astype(np.float64))) for picture in plain)
            graded = _eight_bits(own(content.astype(np.float64)))
            drawn.append(Triple(family, content, stills, plain[0], look, graded))
    return drawn


def _chosen(rng: np.random.Generator, count: int, footage: Sequence[int]) -> list[int]:
    """Choose a content and references: a third of the first two are footage."""
    numbers = [int(number) for number in rng.permutation(count)]
    for place in range(2):
        if footage and rng.random() < 1 / 3:
            number = int(footage[rng.integers(len(footage))])
            numbers.remove(number)
            numbers.insert(place, number)
    return numbers


def _eight_bits(picture: Array) -> Picture:
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255) / 255, np.float32)


def pixels(picture: Picture) -> Array:
    """Return about ``PIXELS`` colors of a picture."""
    colors = picture.reshape(-1, 3).astype(np.float64)
    return colors[:: max(1, len(colors) // PIXELS)]


def difference(a: Array, b: Array) -> float:
    """Return the mean ΔE00 between two sets of code values."""
    labs = [srgb_to_lab(np.clip(colors, 0, 1)) for colors in (a, b)]
    return float(delta_e00(*labs).mean())


def _statistical(transfer: Any, triple: Triple, colors: Array) -> Transform:
    target = statistics(pixels(triple.stills[0]), "lab")
    return safe(transfer(statistics(colors, "lab"), target, limits=(0.0, 2.5)), colors, 1.0)


def _grade(number: int, strength: float = 1.0, palette: float = 0.0) -> Method:
    return lambda triple, colors: recovered_look(triple.stills[:number], strength, palette)(colors)


METHODS: Mapping[str, Method] = {
    "nothing": lambda *_: Identity(),
    "Reinhard": lambda triple, colors: _statistical(mean_and_spread, triple, colors),
    "histogram": lambda triple, colors: _statistical(quantile_curves, triple, colors),
    "palette": lambda triple, colors: still_look(triple.stills[0])(colors),
    "grade": _grade(1),
    "grade, 3 stills": _grade(3),
    "grade, 8 stills": _grade(8),
    "grade × 1.25": _grade(1, 1.25),
    "grade, 10 % palette": _grade(1, 1.0, 0.1),
}


def measure(drawn: Sequence[Triple], methods: Mapping[str, Method]) -> dict[str, Array]:
    """Return the error of each method for each triple, and the figures that are no method's."""
    rows: dict[str, list[float]] = {name: [] for name in methods}
    extra: dict[str, list[float]] = {name: [] for name in ("harm", "consistency", "own: nothing", "own: grade", "CPU")}
    for triple in drawn:
        colors = pixels(triple.content)
        truth = triple.look(colors)
        for name, method in methods.items():
            rows[name].append(difference(method(triple, colors)(colors), truth))
        begun = time.process_time()
        first = recovered_look(triple.stills[:1])(colors)
        extra["CPU"].append(time.process_time() - begun)
        second = recovered_look(triple.stills[1:2])(colors)
        extra["consistency"].append(difference(first(colors), second(colors)))
        extra["harm"].append(difference(recovered_look([triple.plain])(colors)(colors), colors))
        own = pixels(triple.own)
        extra["own: nothing"].append(difference(own, truth))
        extra["own: grade"].append(difference(recovered_look(triple.stills[:1])(own)(own), truth))
    return {name: np.array(values) for name, values in (rows | extra).items()}


def interval(values: Array, figure: Callable[[Array], float] = np.mean) -> str:
    """Return a figure with its bootstrap interval of 95 %."""
    rng = np.random.default_rng(0)
    again = [figure(values[rng.integers(0, len(values), len(values))]) for _ in range(1000)]
    low, high = np.quantile(again, (0.025, 0.975))
    return f"{figure(values):.2f} [{low:.2f}, {high:.2f}]"


def table(errors: Mapping[str, Array], families: Array, methods: Mapping[str, Method]) -> None:
    """Print one row for each method."""
    color = ~np.isin(families, MONOCHROME)
    names = list(dict.fromkeys(families))
    print(f"| method | mean | p90 | nearer than nothing | worse by > 2 | {' | '.join(names)} |")
    print("|---|" + "---|" * (4 + len(names)))
    nothing = errors["nothing"][color]
    for name in methods:
        values = errors[name][color]
        wins = "-" if name == "nothing" else f"{(values < nothing).mean():.0%} | {(values > nothing + 2).mean():.0%}"
        wins = "- | -" if wins == "-" else wins
        by = " | ".join(f"{errors[name][families == family].mean():.1f}" for family in names)
        print(f"| {name} | {interval(values)} | {np.quantile(values, 0.9):.1f} | {wins} | {by} |")


def figures(errors: Mapping[str, Array], families: Array) -> dict[str, float]:
    """Return the figures that ``MUSTS`` names."""
    mono = np.isin(families, MONOCHROME)
    one, nothing = errors["grade"][~mono], errors["nothing"][~mono]
    return {
        "nothing, mean": float(nothing.mean()),
        "one still, mean": float(one.mean()),
        "one still, p90": float(np.quantile(one, 0.9)),
        "nearer than nothing, %": float((one < nothing).mean() * 100),
        "worse by > 2, %": float((one > nothing + 2).mean() * 100),
        "eight stills, mean": float(errors["grade, 8 stills"][~mono].mean()),
        "monochrome, mean": float(errors["grade"][mono].mean()),
        "harm, mean": float(errors["harm"].mean()),
        "consistency, mean": float(errors["consistency"].mean()),
        "own grade: nothing": float(errors["own: nothing"][~mono].mean()),
        "own grade: grade": float(errors["own: grade"][~mono].mean()),
        "still to look, CPU s": float(np.median(errors["CPU"])),
    }


def sheet(drawn: Sequence[Triple], target: Path) -> None:
    """Write a contact sheet: a row for each triple, with the pictures of ``COLUMNS``."""
    network = open_style()
    rows = []
    for triple in drawn:
        colors = pixels(triple.content)
        grade = recovered_look(triple.stills[:1])
        style = StyleLook(tuple(triple.stills[:1]), grade, network.fitted).of_frames([triple.content], colors)
        looks = (still_look(triple.stills[0])(colors), grade(colors), style, triple.look)
        shown = [triple.content, triple.stills[0], *(look(triple.content.astype(np.float64)) for look in looks)]
        rows.append(np.hstack([_cell(picture) for picture in shown]))
        _write(rows[-1], triple.family, 4, rows[-1].shape[0] - 6)
    head = np.full((20, rows[0].shape[1], 3), 32, np.uint8)
    for number, column in enumerate(COLUMNS):
        _write(head, column, number * CELL[0] + 4, 14)
    packed = [cv2.IMWRITE_JPEG_QUALITY, 82] if target.suffix == ".jpg" else []
    cv2.imwrite(str(target), np.vstack([head, *rows])[..., ::-1], packed)


def _cell(picture: Array) -> NDArray[np.uint8]:
    small = cv2.resize(np.clip(picture, 0, 1).astype(np.float32), CELL, interpolation=cv2.INTER_AREA)
    return np.rint(small * 255).astype(np.uint8)


def _write(picture: NDArray[np.uint8], words: str, x: int, y: int) -> None:
    for gray, thick in ((0, 3), (255, 1)):
        cv2.putText(picture, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (gray,) * 3, thick, cv2.LINE_AA)


def ten(drawn: Sequence[Triple]) -> list[Triple]:
    """Return ten triples: the first of each family, then the second of each."""
    families = [triple.family for triple in drawn]
    turns = [families[:number].count(family) for number, family in enumerate(families)]
    return [drawn[number] for number in sorted(range(len(drawn)), key=lambda number: turns[number])[:10]]


def main() -> None:
    """Print the table, and the figures with their limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=12, help="triples of each family")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--luts", type=Path, help="a folder of folders of .cube files, instead of the drawn families")
    parser.add_argument("--drawn", action="store_true", help="pictures of the demo movie instead of photographs")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet of ten looks")
    parser.add_argument("--json", type=Path, help="write the figures")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    families = cube_families(options.luts) if options.luts else FAMILIES
    drawn = triples(drawn_pictures() if options.drawn else pictures(), families, options.triples, options.seed)
    if options.sheet:
        sheet(ten(drawn), options.sheet)
        return
    names = np.array([triple.family for triple in drawn])
    errors = measure(drawn, METHODS)
    table(errors, names, METHODS)
    print()
    results = figures(errors, names)
    for name, value in results.items():
        limit, least = MUSTS.get(name, (None, False))
        judged = "" if limit is None else f"  must be {'≥' if least else '≤'} {limit:g}"
        missed = limit is not None and (value < limit if least else value > limit)
        print(f"{name:24s} {value:6.2f}{judged}{'  MISSED' if missed else ''}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
