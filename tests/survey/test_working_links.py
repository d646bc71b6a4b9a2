"""Samples and links of several encodings in the working space, and back.

Tests: survey/working.py
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from otiograde.color.encodings import ENCODINGS
from otiograde.color.views import from_light
from otiograde.color.working import WORKING
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample
from otiograde.survey.working import as_native, as_working, in_working_space

LIGHT = np.random.default_rng(0).uniform(0.01, 0.95, (200, 3))


def test_samples_and_links_go_there_and_back() -> None:
    encodings = {"a": ENCODINGS["pq"], "b": ENCODINGS["slog3-cine"]}
    colors = {shot: np.clip(from_light(LIGHT, encoding), 0, 1) for shot, encoding in encodings.items()}
    link = Link("a", "b", colors["a"], colors["b"], np.ones(200), np.zeros(200, np.bool_), 100, 0.01, 0.9)
    there = as_working(link, encodings)
    assert np.abs(there.colors_a - there.colors_b).max() < 1e-4
    back = as_native(there, encodings)
    assert np.abs(back.colors_a - colors["a"]).max() < 1e-4
    frames = colors["a"].reshape(1, 10, 20, 3)
    sample = Sample.of("a", frames, np.ones((1, 10, 20), np.bool_), (7,)).coded(encodings["a"])
    working = in_working_space(sample, encodings["a"])
    assert (working.encoding, working.at) == (WORKING, (7,))
    assert np.abs(working.frames.reshape(-1, 3) - there.colors_a).max() < 0.004
    nothing = replace(sample, pixels=sample.pixels[:0], at=())
    assert in_working_space(nothing, encodings["a"]).at == ()
