"""What the network reads of grades, as equations beside reach."""

from __future__ import annotations

import ast
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from otiograde.color.encodings import encoding
from otiograde.color.transform import Identity
from otiograde.decide.match import readings as module
from otiograde.decide.match.joint import Joint
from otiograde.decide.match.readings import COLORS, DIRECTIONS, Reading, Readings, read_grade
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey.reach import Reaches, reach
from otiograde.survey.sample import Sample

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks/make_readings.py"


def pair(world: Any, look: Any, **grade: float) -> dict[str, Sample]:
    """Two shots of other halves of the wall; the first has a grade."""
    return {"a": world.shot("a", look(**grade), 0), "b": world.shot("b", look(), 64)}


def terms(samples: dict[str, Sample], worth: list[Reading] | None = None) -> tuple[Any, Any]:
    """The equations of two shots beyond those of reach: matrix and right side."""
    reaches = Reaches([reach([(sample, Identity())]) for sample in samples.values()])
    read = worth or [read_grade([(sample, Identity())]) for sample in samples.values()]
    beyond = list(Readings(reaches, read).terms(np.zeros((2, 20, 3)), 0))[len(reaches.pairs) :]
    return beyond[0][1], beyond[0][2]


def solve(samples: dict[str, Sample], **fields: Any) -> list[Grade]:
    return Joint(**fields).solve(Scene("s", tuple(samples)), samples, [], Anchor())


def test_a_reading_takes_the_grade_out(world: Any, look: Any) -> None:
    lights = {stops: read_grade([(world.shot("a", look(exposure=stops)), Identity())]) for stops in (-0.6, 0.0, 0.6)}
    rows = module._weights()["rows"]
    brighter = np.zeros((20, 3))
    brighter[0] = 1.0  # a cubic that adds the same to all channels
    along = rows @ brighter.ravel()
    pull = {stops: float(along @ reading.numbers) for stops, reading in lights.items()}
    assert pull[-0.6] > pull[0.0] > pull[0.6]


def test_equations_are_of_a_difference_and_sound(world: Any, look: Any) -> None:
    matrix, right = terms(pair(world, look, exposure=0.5))
    side = matrix[:60, :60]
    np.testing.assert_allclose(matrix, np.block([[side, -side], [-side, side]]))
    np.testing.assert_allclose(side, side.T, atol=1e-9 * abs(side).max())
    assert np.linalg.eigvalsh(side).min() > -1e-9 * abs(side).max()
    np.testing.assert_allclose(right[:60], -right[60:])


def test_alike_readings_ask_for_nothing_and_vague_ones_hardly(world: Any, look: Any) -> None:
    samples = pair(world, look)
    read = [read_grade([(sample, Identity())]) for sample in samples.values()]
    assert not terms(samples, [read[0], read[0]])[1].any()
    vague = [replace_spreads(reading, 20.0) for reading in read]
    assert np.trace(terms(samples, vague)[0]) < 0.02 * np.trace(terms(samples, read)[0])


def replace_spreads(reading: Reading, spread: float) -> Reading:
    return reading._replace(spreads=np.full(DIRECTIONS, spread))


def test_readings_are_left_out_when_asked_and_beside_other_encodings(world: Any, look: Any) -> None:
    samples = pair(world, look, exposure=0.3, warmth=0.08)
    both, alone = solve(samples), solve(samples, readings=False)
    assert both[0].balance != alone[0].balance
    log = encoding("S-Log3/S-Gamut3.Cine")
    coded = {name: replace(sample, encoding=log) for name, sample in samples.items()}
    assert [grade.balance for grade in solve(coded)] == [grade.balance for grade in solve(coded, readings=False)]


def test_a_reading_repeats_and_is_of_few_colors(world: Any) -> None:
    sample = world.shot("a")
    first, second = (read_grade([(sample, Identity())]) for _ in range(2))
    np.testing.assert_array_equal(first.numbers, second.numbers)
    many = read_grade([(sample, Identity())] * (COLORS + 1))
    assert np.isfinite(many.numbers).all()


def test_weights_are_small_and_what_the_script_says() -> None:
    with resources.as_file(resources.files("otiograde.decide.match").joinpath(module.WEIGHTS)) as path:
        assert path.stat().st_size < 40_000
        with np.load(path) as table:
            made = {name: table[name] for name in table.files}
    constants = {
        target.id: value
        for node in ast.parse(SCRIPT.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple)
        for target, value in zip(node.targets[0].elts, node.value.elts, strict=True)
        if isinstance(target, ast.Name)
    }
    for name, key in (("SEED", "seed"), ("PAIRS", "pairs")):
        assert float(made[key]) == ast.literal_eval(constants[name])
    # On photographs of other origins, through looks of other families, the first directions are told in part.
    assert made["told"][:2].min() > 0.1
    assert made["told"].mean() > 0.1
    assert made["rows"].shape == (DIRECTIONS, 60)
    # Its own uncertainty is neither too small nor far too large there.
    assert 0.4 < made["scale"].min() < made["scale"].max() < 1.3
