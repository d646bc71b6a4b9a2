"""Hints by tracks: shots on one video track, or on two. A track of all shots or of one shot says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from otiograde.survey.link import Clues, Link
from otiograde.survey.links.places import hints_of
from otiograde.survey.links.search import Search


def find(search: Search, links: Sequence[Link]) -> Clues:  # noqa: ARG001
    """Make a hint for each candidate pair: share 1 for one track, 0 for two."""
    return hints_of("tracks", search.pairs, {shot.id: str(shot.track) for shot in search.shots})
