"""``edl/V1.edl`` …: the cut as CMX 3600, one list per video track, each event with its shot's ASC CDL.

In DaVinci Resolve, right-click a timeline, choose ColorTrace from CDL, and select the EDL (Resolve 18.6 manual,
"ColorTrace"). The comments ``*ASC_SOP`` and ``*ASC_SAT`` follow the EDL exchange of ASC CDL v1.2. Events have the
media's timecode and reel; a comment marks those that were made up. Tested by reading it with OpenTimelineIO's
cmx_3600 adapter and cdl_convert, not in a grading program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from otiograde.color.cdl_fit import LIMIT
from otiograde.exporters.colorio.cdl import fit_of, sat, sop
from otiograde.folder.layout import lut_path
from otiograde.movie.cut import Cut
from otiograde.movie.lanes import Lane, PlacedShot, lanes
from otiograde.movie.tapes import Tape, ascii_line, counts_drop_frame, first_frame_number, tapes
from otiograde.movie.timecode import timecode
from otiograde.record.clock import nearest, nominal
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline

#: The files of this format.
PATHS = ("edl/*",)


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return one list per video track, and more where shots of a track overlap."""
    return _lists(record, graded=True)


def cut_list(edit: Edit) -> bytes:
    """Return the list of an edit of one video track that is not graded."""
    grades = tuple(Grade(shot.id, "") for shot in edit.shots)
    return next(iter(_lists(GradedTimeline(edit, (), grades, ()), graded=False).values()), b"")


def _lists(record: GradedTimeline, *, graded: bool) -> dict[str, bytes]:
    """Return the lists by path. Those that are not graded have no CDL and name no LUT."""
    begin, tape_of, drop = first_frame_number(record), tapes(record), counts_drop_frame(record)
    files: dict[str, bytes] = {}
    for lane in lanes(Cut.of(record.edit), record.grades):
        name, layer = f"edl/V{lane.track + 1}", 1
        while (path := f"{name}.edl" if layer == 1 else f"{name}-{layer}.edl") in files:
            layer += 1
        clock = Clock(record.edit.rate, begin, drop)
        lines = [f"TITLE: {ascii_line(record.edit.name)[:60] or 'edit'}", f"FCM: {'' if drop else 'NON-'}DROP FRAME"]
        # Readers of CDLs separate events by the empty line before each.
        for number, placed in enumerate(lane.shots, 1):
            lines += ["", *_event(number, placed, tape_of[placed.shot.id], clock, graded=graded)]
        files[path] = ("\n".join([*lines, *_notes(lane, record)]) + "\n").encode("ascii")
    return files


@dataclass(frozen=True, slots=True)
class Clock:
    """The timecode of a list."""

    #: The edit's rate.
    rate: Fraction
    #: The number of the edit's first frame.
    begin: int
    #: Whether it is drop-frame.
    drop: bool

    def record(self, frame: int) -> str:
        """Return the record timecode of a frame of the edit."""
        return timecode(self.begin + frame, self.rate, drop=self.drop)

    def source(self, tape: Tape, placed: PlacedShot) -> tuple[str, str, str]:
        """Return the source timecode of in, of out, and of in as motion effects need it, without a drop-frame mark.

        A list has one rate. A timecode at another media rate keeps its seconds, and its frames are scaled.
        """
        shot, base = placed.shot, nominal(placed.shot.media.rate)
        drop = tape.drop and shot.media.rate == self.rate
        start = tape.start if shot.media.rate == self.rate else tape.start * nominal(self.rate) // base
        length = nearest(abs(shot.speed) * (placed.end - placed.start))
        end = start + (1 if _held(placed) else max(length, 1))
        first, last = (timecode(frame, self.rate, drop=drop) for frame in (start, end))
        return first, last, first.replace(";", ":")


def _held(placed: PlacedShot) -> bool:
    return placed.shot.speed == 0 or placed.shot.media.kind == "still"


def _event(number: int, placed: PlacedShot, tape: Tape, clock: Clock, *, graded: bool) -> Iterator[str]:
    shot = placed.shot
    first, last, plain_first = clock.source(tape, placed)
    record = f"{clock.record(placed.start)} {clock.record(placed.end)}"
    yield f"{number:03}  {tape.reel:<8} V     C        {first} {last} {record}"
    if graded:
        yield from _cdl(placed)
    if _held(placed):
        yield f"M2   {tape.reel:<8}       000.0                {plain_first}"
        yield "* * FREEZE FRAME"
    elif shot.speed != 1:
        yield f"M2   {tape.reel:<8}       {float(shot.speed * clock.rate):05.1f}                {plain_first}"
    yield f"* FROM CLIP NAME:  {ascii_line(shot.name) or shot.id}"
    yield f"* SHOT: {shot.id}"
    yield f"* SOURCE FILE: {ascii_line(shot.media.path.name)}"
    if graded:
        yield f"* LUT: {lut_path(shot.id)}"
    yield from _source_comments(placed, tape, clock)


def _cdl(placed: PlacedShot) -> Iterator[str]:
    """Yield the CDL of a grade, or how far the nearest one is off."""
    fit = fit_of(placed.grade)
    if fit.good:
        yield f"*ASC_SOP {sop(fit.cdl)}"
        yield f"*ASC_SAT {sat(fit.cdl)}"
    else:
        yield f"* NO CDL: THE NEAREST ONE IS {fit.mean:.1f} FROM THE GRADE (CIEDE2000, LIMIT {LIMIT:g})"


def _source_comments(placed: PlacedShot, tape: Tape, clock: Clock) -> Iterator[str]:
    """Yield comments on what was made up in an event, or differs from the edit."""
    if not tape.has_reel:
        yield "* NO REEL: NAMED AFTER THE FILE"
    if not tape.has_timecode:
        yield "* NO SOURCE TIMECODE: COUNTED FROM 00:00:00:00"
    if placed.shot.media.rate != clock.rate and not _held(placed):
        yield f"* SOURCE RUNS AT {float(placed.shot.media.rate):g}, TIMECODE IS SCALED TO {float(clock.rate):g}"
    if placed.grade.course is not None:
        yield f"* {placed.grade.course.note.upper()}"
    for step in placed.shot.wishes.steps:
        yield f"* STEP THAT ONLY THE RENDERING HAS: {step}"
    if placed.dissolve_in.length:
        yield f"* A DISSOLVE OF {placed.dissolve_in.length} FRAMES IS A CUT HERE"


def _notes(lane: Lane, record: GradedTimeline) -> list[str]:
    """Return comments on the whole list."""
    notes = []
    if len(lane.shots) > 999:
        notes.append(f"* {len(lane.shots)} EVENTS: SOME PROGRAMS READ NO MORE THAN 999")
    if nominal(record.edit.rate) > 30:
        notes.append(f"* {float(record.edit.rate):g} FRAMES A SECOND: CMX 3600 KNOWS UP TO 30")
    return ["", *notes] if notes else []
