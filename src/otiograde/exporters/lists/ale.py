"""``ale/shots_24.ale`` …: one Avid Log Exchange per frame rate, with one line per shot, ASC_SOP and ASC_SAT.

In Avid Media Composer, open the bin of the clips, choose File > Input > Import Media, and in the Shot Log options
"Merge events with known master clips". The two columns then appear in the bin (Avid's ALE documents). Flame and
Baselight read them, too. Tested by reading it with OpenTimelineIO's ALE adapter and cdl_convert, not in Media Composer.
"""

from __future__ import annotations

from fractions import Fraction

from otiograde.exporters.colorio.cdl import CODED_CDL, fit_of, sat, sop
from otiograde.folder.layout import lut_path
from otiograde.movie.coded import coded_notes
from otiograde.movie.tapes import Tape, ascii_line, tapes
from otiograde.movie.timecode import timecode
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: The files of this format.
PATHS = ("ale/*",)

COLUMNS = ("Name", "Tracks", "Start", "End", "Tape", "Source File", "ASC_SOP", "ASC_SAT", "LUT", "Scene", "Comments")


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return one log for each frame rate of the media. Stills have no timecode and are left out."""
    tape_of = tapes(record)
    logs: dict[Fraction, list[str]] = {}
    for shot, grade in zip(record.edit.shots, record.grades, strict=True):
        if shot.media.kind != "still":
            logs.setdefault(shot.media.rate, []).append(_line(shot, grade, tape_of[shot.id]))
    return {f"ale/shots_{_rate_text(rate)}.ale": _log(rate, lines) for rate, lines in sorted(logs.items())}


def notes(record: GradedTimeline) -> list[str]:
    """Return what the logs leave out."""
    stills = [shot.id for shot in record.edit.shots if shot.media.kind == "still"]
    lines = [f"stills have no timecode and are left out: {', '.join(stills)}"] if stills else []
    return [*lines, *coded_notes(record, CODED_CDL)]


def _log(rate: Fraction, lines: list[str]) -> bytes:
    heading = ("FIELD_DELIM\tTABS", "VIDEO_FORMAT\tCUSTOM", "AUDIO_FORMAT\t48khz", f"FPS\t{_rate_text(rate)}")
    parts = ("Heading", *heading, "", "Column", "\t".join(COLUMNS), "", "Data", *lines)
    return ("\n".join(parts) + "\n").encode("utf-8", errors="replace")


def _line(shot: Shot, grade: Grade, tape: Tape) -> str:
    fit, media = fit_of(grade), shot.media
    first, end = (timecode(tape.start + frame, media.rate, drop=tape.drop) for frame in (0, shot.source.count))
    comments = ["" if tape.has_reel else "reel named after the file", "" if tape.has_timecode else "no source timecode"]
    comments.append("" if fit.good else f"no CDL: the nearest is {fit.mean:.1f} from the grade (CIEDE2000)")
    comments.append("" if grade.course is None else grade.course.note)
    numbers = (sop(fit.cdl), sat(fit.cdl)) if fit.good else ("", "")
    name, comment = _cell(shot.name) or shot.id, "; ".join(filter(None, comments))
    cells = (name, "V", first, end, tape.reel, _cell(media.path.name), *numbers, lut_path(shot.id))
    return "\t".join((*cells, _cell(grade.scene), comment))


def _cell(text: str) -> str:
    """Return a text without separators of cells and lines, and in ASCII, which old readers of ALE require."""
    return ascii_line(text) or "".join(sign if sign.isprintable() else " " for sign in text).strip()


def _rate_text(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.2f}" if rate != Fraction(24000, 1001) else "23.976"
