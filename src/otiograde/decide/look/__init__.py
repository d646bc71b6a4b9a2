"""Looks: one transform for all shots of a scene, on top of their balances: of a still, a LUT, or Lab numbers."""

from __future__ import annotations

from otiograde.decide.look.cube import cube_look
from otiograde.decide.look.lab import lab_look
from otiograde.decide.look.look import Look
from otiograde.decide.look.recovered import Recovered, recovered_look
from otiograde.decide.look.still import still_look
from otiograde.decide.look.style import StyleLook

__all__ = ["Look", "Recovered", "StyleLook", "cube_look", "lab_look", "recovered_look", "still_look"]
