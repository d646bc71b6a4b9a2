"""Scenes of the development edits are not merged, whatever parts of them are there to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from otiograde.color.alike import same_place, shipped_weights
from otiograde.decide.merging import Evidence, merged
from otiograde.grading.pipeline import read
from otiograde.grading.study import sample_all
from otiograde.means.means import Means
from otiograde.record.settings import Grouping, Linking, Sampling
from otiograde.survey.links.candidates import candidates
from otiograde.survey.links.regions import common, picture_of
from otiograde.survey.traits import gathered, measure_traits

pytestmark = pytest.mark.footage


@pytest.mark.parametrize("folder", ["dev_graded", "dev_hard_graded"])
@pytest.mark.parametrize("edit", ["timeline.otio", "timeline_ref.otio"])
def test_true_scenes_are_not_merged(footage: Path, folder: str, edit: str) -> None:
    truth = json.loads((footage / folder / "truth.json").read_text("utf-8"))["scenes"]
    scene_of = {clip: name for name, scene in truth.items() for clip in scene["shots"]}
    shots = read(footage / folder / edit).shots
    scenes = [scene_of[shot.name] for shot in shots]
    samples, nothing = sample_all(shots, Sampling(), Means()), np.zeros((len(shots), len(shots)))
    pictures, index = (
        {shot: picture_of(samples[shot]) for shot in samples},
        {shot.id: k for k, shot in enumerate(shots)},
    )
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
