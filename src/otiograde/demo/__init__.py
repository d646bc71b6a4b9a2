"""The demo movie: a ray-traced still life in two sets, shot six times with six known color casts, one of which drifts.

Everything is drawn by code (``shapes``, ``paint``, ``light``, ``camera``), so no media are shipped. The true colors are
known exactly (``casts``, ``movie``).
"""

from otiograde.demo.casts import Cast as Cast
from otiograde.demo.movie import DemoMovie as DemoMovie
from otiograde.demo.movie import draw_movie as draw_movie
from otiograde.demo.movie import drift_error as drift_error
from otiograde.demo.movie import truth_error as truth_error
