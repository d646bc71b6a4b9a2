"""The demo's little film: a ray-traced still life in two sets, shot six times with six known casts.

It is drawn from nothing (``shapes``, ``paint``, ``light``, ``camera``), so that no media need be shipped and its colors
are known exactly (``casts``, ``film``).
"""

from otiograde.demo.casts import Cast as Cast
from otiograde.demo.film import Film as Film
from otiograde.demo.film import draw_film as draw_film
from otiograde.demo.film import truth_error as truth_error
