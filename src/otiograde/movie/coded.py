"""Shots in log, PQ and HLG, as notes of formats name them: programs convert such media before a LUT gets it."""

from __future__ import annotations

from otiograde.record.graded import GradedTimeline

#: The most shots that a note names.
_NAMED = 3


def coded_notes(record: GradedTimeline, sentence: str) -> list[str]:
    """Return a note on the shots that are not SDR: the ``sentence``, with ``{shots}`` filled in. Empty without any."""
    coded = [shot for shot in record.edit.shots if shot.media.encoding.family != "sdr"]
    if not coded:
        return []
    more = f" and {len(coded) - _NAMED} more" if len(coded) > _NAMED else ""
    names = f"{', '.join(shot.id for shot in coded[:_NAMED])}{more}"
    return [sentence.format(shots=names)]


def mixed_notes(record: GradedTimeline) -> list[str]:
    """Return a note where a program cuts several encodings together as they are coded."""
    if len({shot.media.encoding.family for shot in record.edit.shots}) < 2:
        return []
    return ["its shots have different encodings, and nothing converts them here: `otiograde render` does"]
