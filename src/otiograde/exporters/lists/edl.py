"""``edl/V1.edl`` …: the cut as CMX 3600, one list per video track, each event with its shot's ASC CDL.

DaVinci Resolve: right-click a timeline, ColorTrace from CDL, pick the EDL (Resolve 18.6 manual, "ColorTrace"). The
comments ``*ASC_SOP`` and ``*ASC_SAT`` are those of the ASC CDL v1.2's EDL exchange. Events carry the media's own
timecode and reel: a comment says where there was none and one was made up. Tested by reading it with OpenTimelineIO's
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
from otiograde.movie.lanes import Lane, Piece, lanes
from otiograde.movie.tapes import Tape, beginning, counts_drop, plain, tapes
from otiograde.movie.timecode import timecode
from otiograde.record.clock import nearest, nominal
from otiograde.record.graded import GradedTimeline


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Give one list per video track, two where shots of a track overlap."""
    begin, known, drop = beginning(record), tapes(record), counts_drop(record)
    files: dict[str, bytes] = {}
    for lane in lanes(Cut.of(record.edit), record.grades):
        name, layer = f"edl/V{lane.track + 1}", 1
        while (path := f"{name}.edl" if layer == 1 else f"{name}-{layer}.edl") in files:
            layer += 1
        clock = Clock(record.edit.rate, begin, drop)
        lines = [f"TITLE: {plain(record.edit.name)[:60] or 'edit'}", f"FCM: {'' if drop else 'NON-'}DROP FRAME"]
        # Readers of CDLs tell events apart by the empty line before each.
        for number, piece in enumerate(lane.pieces, 1):
            lines += ["", *_event(number, piece, known[piece.shot.id], clock)]
        files[path] = ("\n".join([*lines, *_notes(lane, record)]) + "\n").encode("ascii")
    return files


@dataclass(frozen=True, slots=True)
class Clock:
    """How a list counts: at the edit's ``rate``, from frame ``begin`` on."""

    rate: Fraction
    begin: int
    drop: bool

    def record(self, frame: int) -> str:
        """The record timecode of a frame of the edit."""
        return timecode(self.begin + frame, self.rate, drop=self.drop)

    def source(self, tape: Tape, piece: Piece) -> tuple[str, str, str]:
        """Source timecode of in and out, and of in without a sign of drop-frame (motion effects know none).

        A list has one rate: another media rate's label keeps its seconds, and its frames are scaled.
        """
        shot, base = piece.shot, nominal(piece.shot.media.rate)
        drop = tape.drop and shot.media.rate == self.rate
        start = tape.start if shot.media.rate == self.rate else tape.start * nominal(self.rate) // base
        length = nearest(abs(shot.speed) * (piece.end - piece.start))
        end = start + (1 if _held(piece) else max(length, 1))
        first, last = (timecode(frame, self.rate, drop=drop) for frame in (start, end))
        return first, last, first.replace(";", ":")


def _held(piece: Piece) -> bool:
    return piece.shot.speed == 0 or piece.shot.media.kind == "still"


def _event(number: int, piece: Piece, tape: Tape, clock: Clock) -> Iterator[str]:
    shot = piece.shot
    first, last, plain_first = clock.source(tape, piece)
    record = f"{clock.record(piece.start)} {clock.record(piece.end)}"
    yield f"{number:03}  {tape.reel:<8} V     C        {first} {last} {record}"
    fit = fit_of(piece.grade)
    if fit.good:
        yield f"*ASC_SOP {sop(fit.cdl)}"
        yield f"*ASC_SAT {sat(fit.cdl)}"
    else:
        yield f"* NO CDL: THE NEAREST ONE IS {fit.mean:.1f} FROM THE GRADE (CIEDE2000, LIMIT {LIMIT:g})"
    if _held(piece):
        yield f"M2   {tape.reel:<8}       000.0                {plain_first}"
        yield "* * FREEZE FRAME"
    elif shot.speed != 1:
        yield f"M2   {tape.reel:<8}       {float(shot.speed * clock.rate):05.1f}                {plain_first}"
    yield f"* FROM CLIP NAME:  {plain(shot.name) or shot.id}"
    yield f"* SHOT: {shot.id}"
    yield f"* SOURCE FILE: {plain(shot.media.path.name)}"
    yield f"* LUT: {lut_path(shot.id)}"
    yield from _doubts(piece, tape, clock)


def _doubts(piece: Piece, tape: Tape, clock: Clock) -> Iterator[str]:
    """What of an event was made up, or is not as the edit has it."""
    if not tape.named:
        yield "* NO REEL: NAMED AFTER THE FILE"
    if not tape.timed:
        yield "* NO SOURCE TIMECODE: COUNTED FROM 00:00:00:00"
    if piece.shot.media.rate != clock.rate and not _held(piece):
        yield f"* SOURCE RUNS AT {float(piece.shot.media.rate):g}, TIMECODE IS SCALED TO {float(clock.rate):g}"
    for step in piece.shot.wishes.steps:
        yield f"* STEP THAT ONLY THE RENDERING HAS: {step}"
    if piece.fade_in.length:
        yield f"* A DISSOLVE OF {piece.fade_in.length} FRAMES IS A CUT HERE"


def _notes(lane: Lane, record: GradedTimeline) -> list[str]:
    """What a reader of the whole list should know."""
    notes = []
    if len(lane.pieces) > 999:
        notes.append(f"* {len(lane.pieces)} EVENTS: SOME PROGRAMS READ NO MORE THAN 999")
    if nominal(record.edit.rate) > 30:
        notes.append(f"* {float(record.edit.rate):g} FRAMES A SECOND: CMX 3600 KNOWS UP TO 30")
    return ["", *notes] if notes else []
