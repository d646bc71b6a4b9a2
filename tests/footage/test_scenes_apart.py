"""Scenes of the development edits are not merged, whatever parts of them are there to begin with.

Neither are they if every shot has a film-like look of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from making.drawn_looks import eight_bits, families
from otiograde.color.alike import same_place, shipped_weights
from otiograde.decide.merging import Evidence, merged
from otiograde.grading.pipeline import read
from otiograde.grading.study import sample_all
from otiograde.means.means import Means
from otiograde.record.settings import Grouping, Linking, Sampling
from otiograde.record.shot import Shot
from otiograde.survey.links.candidates import candidates
from otiograde.survey.links.regions import common, picture_of
from otiograde.survey.sample import Sample
from otiograde.survey.traits import gathered, measure_traits

pytestmark = pytest.mark.footage


def scenes_of(folder: Path, shots: Sequence[Shot]) -> list[str]:
    """The true scene of each shot."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))["scenes"]
    scene_of = {clip: name for name, scene in truth.items() for clip in scene["shots"]}
    return [scene_of[shot.name] for shot in shots]


def looked_at(samples: dict[str, Sample], seed: int) -> dict[str, Sample]:
    """The samples, each with 35 to 80 % of a film-like look."""
    rng = np.random.default_rng(seed)
    drawn = [draw for name, draw in families().items() if name != "monochrome"]

    def through(sample: Sample) -> Sample:
        look, share = drawn[rng.integers(len(drawn))](rng), rng.uniform(0.35, 0.8)
        colors = sample.frames.astype(np.float64)
        shown = eight_bits(colors + share * (np.clip(look(colors), 0, 1) - colors))
        return Sample.of(sample.shot, shown, sample.usable, sample.at)

    return {shot: through(sample) for shot, sample in samples.items()}


def assert_apart(shots: Sequence[Shot], samples: dict[str, Sample], scenes: list[str]) -> None:
    """No parts of two scenes are merged, neither of single shots nor of whole scenes."""
    nothing, index = np.zeros((len(shots), len(shots))), {shot.id: k for k, shot in enumerate(shots)}
    pictures = {shot: picture_of(samples[shot]) for shot in samples}
    colors = np.full_like(nothing, np.nan)
    for a, b in candidates(shots, samples, Linking()):
        mass = common(pictures[a], pictures[b])
        colors[index[a], index[b]] = colors[index[b], index[a]] = np.nan if mass is None else mass
    alike = same_place(
        gathered([measure_traits(samples[shot.id]) for shot in shots]), {"colors": colors}, shipped_weights()
    )
    evidence = Evidence(alike, nothing, nothing > 0, colors, nothing > 0)
    single = [[k] for k in range(len(shots))]
    whole = [[k for k, name in enumerate(scenes) if name == scene] for scene in dict.fromkeys(scenes)]
    for parts in (single, whole):
        after = merged(evidence, parts, shipped_weights().merge, Grouping().merging)
        assert all(len({scenes[k] for k in part}) == 1 for part in after)
        assert len(after) < len(single)


@pytest.mark.parametrize("folder", ["dev_graded", "dev_hard_graded"])
@pytest.mark.parametrize("edit", ["timeline.otio", "timeline_ref.otio"])
def test_true_scenes_are_not_merged(footage: Path, folder: str, edit: str) -> None:
    shots = read(footage / folder / edit).shots
    assert_apart(shots, sample_all(shots, Sampling(), Means()), scenes_of(footage / folder, shots))


def test_film_like_looks_merge_no_scenes(footage: Path) -> None:
    folder = footage / "dev_hard_graded"
    shots = read(folder / "timeline_ref.otio").shots
    clean = sample_all(shots, Sampling(), Means())
    for seed in (1, 2):
        assert_apart(shots, looked_at(clean, seed), scenes_of(folder, shots))
