"""``ale/shots_24.ale`` …: an Avid Log Exchange per frame rate, one line a shot, with ASC_SOP and ASC_SAT.

Avid Media Composer: with the bin of the clips open, File > Input > Import Media, Shot Log options "Merge events with
known master clips"; the two columns then appear in the bin (Avid's ALE documents; Flame and Baselight read them too).
Tested by reading it with OpenTimelineIO's ALE adapter and cdl_convert, not in Media Composer.
"""

from __future__ import annotations

from fractions import Fraction

from otiograde.exporters.colorio.cdl import fit_of, sat, sop
from otiograde.folder.layout import lut_path
from otiograde.movie.tapes import Tape, ascii_line, tapes
from otiograde.movie.timecode import timecode
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

COLUMNS = ("Name", "Tracks", "Start", "End", "Tape", "Source File", "ASC_SOP", "ASC_SAT", "LUT", "Scene", "Comments")


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Give one log per frame rate of the media: a log has one. Stills are left out, they have no timecode."""
    known = tapes(record)
    logs: dict[Fraction, list[str]] = {}
    for shot, grade in zip(record.edit.shots, record.grades, strict=True):
        if shot.media.kind != "still":
            logs.setdefault(shot.media.rate, []).append(_line(shot, grade, known[shot.id]))
    return {f"ale/shots_{_spelt(rate)}.ale": _log(rate, lines) for rate, lines in sorted(logs.items())}


def _log(rate: Fraction, lines: list[str]) -> bytes:
    heading = ("FIELD_DELIM\tTABS", "VIDEO_FORMAT\tCUSTOM", "AUDIO_FORMAT\t48khz", f"FPS\t{_spelt(rate)}")
    parts = ("Heading", *heading, "", "Column", "\t".join(COLUMNS), "", "Data", *lines)
    return ("\n".join(parts) + "\n").encode("utf-8", errors="replace")


def _line(shot: Shot, grade: Grade, tape: Tape) -> str:
    fit, media = fit_of(grade), shot.media
    first, end = (timecode(tape.start + at, media.rate, drop=tape.drop) for at in (0, shot.source.count))
    doubts = ["" if tape.has_reel else "reel named after the file", "" if tape.has_timecode else "no source timecode"]
    doubts.append("" if fit.good else f"no CDL: the nearest is {fit.mean:.1f} from the grade (CIEDE2000)")
    numbers = (sop(fit.cdl), sat(fit.cdl)) if fit.good else ("", "")
    name, comment = _cell(shot.name) or shot.id, "; ".join(filter(None, doubts))
    cells = (name, "V", first, end, tape.reel, _cell(media.path.name), *numbers, lut_path(shot.id))
    return "\t".join((*cells, _cell(grade.scene), comment))


def _cell(text: str) -> str:
    """A text without the signs that part cells and lines, nor any that ALE's older readers stumble over."""
    return ascii_line(text) or "".join(sign if sign.isprintable() else " " for sign in text).strip()


def _spelt(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.2f}" if rate != Fraction(24000, 1001) else "23.976"
