"""The look of a Lab target: give a scene's L*, a* and b* the mean and the deviation that a person names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from otiograde.color.statistics import Statistics, mean_and_spread, statistics
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.decide.look.look import FEWEST, Look, measurable, safe
from otiograde.decide.look.still import LIMITS
from otiograde.record.lab_target import LabTarget


def lab_look(target: LabTarget, strength: float = 1.0) -> Look:
    """Make the look of a target, at ``strength`` in [0, 1].

    The scene's colors are mapped by Reinhard's transfer in CIELAB, guarded. A gray scene is tinted to the mean a* and
    b*, but their spread, which is noise, is not scaled.
    """

    def look(colors: Colors) -> Transform:
        if len(colors) < FEWEST:
            return Identity()
        source = statistics(colors, "lab")
        if not measurable(colors, source):
            return Identity()
        return safe(mean_and_spread(source, _aim(target, source), limits=LIMITS), colors, strength)

    return look


def _aim(target: LabTarget, source: Statistics) -> Statistics:
    """Return the statistics that the scene shall have."""
    std = np.array(target.std)
    if source.gray:
        std[1:] = source.std[1:]
    return replace(source, mean=np.array(target.mean), std=std)
