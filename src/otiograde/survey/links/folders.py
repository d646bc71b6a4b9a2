"""Hints by folders: shots whose media lie in one folder, or in two. Folders of all shots or of one shot say nothing."""

from __future__ import annotations

from collections.abc import Sequence

from otiograde.survey.link import Clues, Link
from otiograde.survey.links.places import hints_of
from otiograde.survey.links.search import Search


def find(search: Search, links: Sequence[Link]) -> Clues:  # noqa: ARG001
    """Make a hint for each candidate pair: share 1 for one folder, 0 for two."""
    return hints_of("folders", search.pairs, {shot.id: str(shot.media.path.parent) for shot in search.shots})
