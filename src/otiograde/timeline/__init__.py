"""Read edits in every format that OpenTimelineIO reads. Only this room imports ``opentimelineio``."""

from __future__ import annotations

from otiograde.timeline.addresses import is_media
from otiograde.timeline.clips import absolute, edit_of_clips
from otiograde.timeline.finished import Boundary, clips_of_movie, edit_of_movie
from otiograde.timeline.formats import is_bundle
from otiograde.timeline.read import read_edit
from otiograde.timeline.reading import Notes, Probe, Reading
from otiograde.timeline.sidecars import Sidecars, with_sidecars

__all__ = [
    "Boundary",
    "Notes",
    "Probe",
    "Reading",
    "Sidecars",
    "absolute",
    "clips_of_movie",
    "edit_of_clips",
    "edit_of_movie",
    "is_bundle",
    "is_media",
    "read_edit",
    "with_sidecars",
]
