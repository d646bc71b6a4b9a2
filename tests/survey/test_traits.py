from __future__ import annotations

import numpy as np

from making.pictures import seen, wall
from making.shots import nth_shot
from otiograde.record.settings import Linking
from otiograde.survey.links.candidates import candidates
from otiograde.survey.sample import Sample
from otiograde.survey.traits import gathered, measure_traits


def test_traits_are_those_of_the_samples_and_choose_the_same_pairs() -> None:
    shots = [nth_shot(f"s{k}", k) for k in range(12)]
    samples = {shot.id: seen(shot.id, wall(k % 3, 40, 90), k, 60) for k, shot in enumerate(shots)}
    samples["s5"] = Sample.of("s5", np.zeros((0, 1, 1, 3)), np.zeros((0, 1, 1), np.bool_), ())
    traits = gathered([measure_traits(samples[shot.id]) for shot in shots])
    assert (traits.patterns.shape, traits.palettes.shape) == ((12, 768), (12, 576))
    assert not traits.patterns[5].any()
    assert not traits.palettes[5].any()
    linking = Linking(reach=1, nearest=2)
    pairs = candidates(shots, samples, linking, traits=traits)
    assert pairs == candidates(shots, samples, linking)
    assert ("s0", "s3") in pairs
    assert not any("s5" in pair for pair in pairs)


def test_no_shots_have_no_traits() -> None:
    assert gathered([]).patterns.shape == (0, 768)
