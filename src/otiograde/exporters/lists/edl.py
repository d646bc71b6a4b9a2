"""``edl/V1.edl`` …: the cut as CMX 3600, one list per video track, each event with its shot's ASC CDL.

In DaVinci Resolve, right-click a timeline, choose ColorTrace from CDL, and select the EDL (Resolve 18.6 manual,
"ColorTrace"). The comments ``*ASC_SOP`` and ``*ASC_SAT`` follow the EDL exchange of ASC CDL v1.2. Events have the
media's timecode and reel; a comment marks those that were made up. Tested by reading it with OpenTimelineIO's
cmx_3600 adapter and cdl_convert, not in a grading program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from otiograde.color.cdl_fit import LIMIT
from otiograde.exporters.colorio.cdl import CODED_CDL, fit_of, sat, sop
from otiograde.exporters.lists.edl_source import Clock, Source, is_held
from otiograde.folder.layout import lut_path
from otiograde.movie.coded import coded_notes
from otiograde.movie.cut import DISSOLVES, Cut, Dissolve, ItemPath
from otiograde.movie.lanes import Lane, PlacedShot, lane_notes, lanes
from otiograde.movie.tapes import Tape, ascii_line, counts_drop_frame, first_frame_number, tapes
from otiograde.movie.timecode import timecode
from otiograde.record.clock import nominal
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline

#: The files of this format.
PATHS = ("edl/*",)

#: The code of a cut, as wide as that of a dissolve.
_CUT = "C       "

#: The most frames of a transition in CMX 3600.
LONGEST_DISSOLVE = 255


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return one list per video track, and more where shots of a track overlap."""
    return _lists(record, graded=True)


def notes(record: GradedTimeline) -> list[str]:
    """Return what the lists show otherwise than the edit."""
    cut, tape_of = Cut.of(record.edit), tapes(record)
    clock = Clock(record.edit.rate, 0, drop=False)
    lines = lane_notes(cut) + coded_notes(record, CODED_CDL)
    for lane in lanes(cut, record.grades):
        writer = _Writer(lane, tape_of, clock, {}, graded=False)
        for placed in lane.shots:
            if not writer.source(placed).begins_on_a_frame:
                lines.append(f"{placed.shot.id} begins with its dissolve between two frames: up to a frame off")
    return lines


def cut_list(edit: Edit) -> bytes:
    """Return the list of an edit of one video track that is not graded."""
    grades = tuple(Grade(shot.id, "") for shot in edit.shots)
    return next(iter(_lists(GradedTimeline(edit, (), grades, ()), graded=False).values()), b"")


def _lists(record: GradedTimeline, *, graded: bool) -> dict[str, bytes]:
    """Return the lists by path. Those that are not graded have no CDL and name no LUT."""
    begin, tape_of, drop = first_frame_number(record), tapes(record), counts_drop_frame(record)
    kinds = {join.where: join.kind for join in record.edit.joins}
    files: dict[str, bytes] = {}
    for lane in lanes(Cut.of(record.edit), record.grades):
        name, layer = f"edl/V{lane.track + 1}", 1
        while (path := f"{name}.edl" if layer == 1 else f"{name}-{layer}.edl") in files:
            layer += 1
        clock = Clock(record.edit.rate, begin, drop)
        lines = [f"TITLE: {ascii_line(record.edit.name)[:60] or 'edit'}", f"FCM: {'' if drop else 'NON-'}DROP FRAME"]
        lines += _Writer(lane, tape_of, clock, kinds, graded).lines()
        files[path] = ("\n".join([*lines, *_notes(lane, record)]) + "\n").encode("ascii")
    return files


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the events of one lane, in order of time."""

    lane: Lane
    tape_of: Mapping[str, Tape]
    clock: Clock
    #: The types of transitions by their paths.
    kinds: Mapping[ItemPath, str]
    graded: bool

    def lines(self) -> Iterator[str]:
        """Yield the lines of all events. Readers of CDLs separate events by the empty line before each."""
        number, previous = 0, None
        for placed in self.lane.shots:
            number += 1
            yield ""
            yield from self._event(number, placed, None if placed.from_nothing else previous)
            if placed.dissolve_out.length and placed.to_nothing:
                number += 1
                yield ""
                yield from self._fade_out(number, placed)
            previous = placed

    def _event(self, number: int, placed: PlacedShot, previous: PlacedShot | None) -> Iterator[str]:
        """Yield the event of a shot. A dissolve has two lines: what it comes from, which lasts no frame, is first.

        CMX 3600 begins a transition with its event, so a dissolve over a cut moves the beginning of its event.
        """
        source, dissolve = self.source(placed), placed.dissolve_in
        motions, name = [source.motion] if source.motion else [], _name(placed)
        if not dissolve.length:
            yield self._line(number, source, _CUT)
        else:
            old = self.source(previous, dissolve) if previous else None
            yield self._outgoing(number, old, dissolve)
            yield self._line(number, source, _dissolve(dissolve))
            if old and old.motion:
                motions = [old.motion, source.motion or source.motion_at(Fraction(1))]
        yield from motions
        if source.motion and is_held(placed.shot):
            yield "* * FREEZE FRAME"
        if dissolve.length and previous:
            yield f"* FROM CLIP NAME:  {_name(previous)}"
            yield from self._side(previous, dissolve)
            yield f"* TO CLIP NAME:  {name}"
        if self.graded:
            yield from _cdl(placed)
        yield from () if dissolve.length and previous else (f"* FROM CLIP NAME:  {name}",)
        yield f"* SHOT: {placed.shot.id}"
        yield f"* SOURCE FILE: {_file(placed)}"
        if self.graded:
            yield f"* LUT: {lut_path(placed.shot.id)}"
        yield from source.remarks
        if placed.grade.course is not None:
            yield f"* {placed.grade.course.note.upper()}"
        for step in placed.shot.wishes.steps:
            yield f"* STEP THAT ONLY THE RENDERING HAS: {step}"
        yield from self._kind(dissolve)

    def _fade_out(self, number: int, placed: PlacedShot) -> Iterator[str]:
        """Yield the event of black into which a shot dissolves."""
        dissolve = placed.dissolve_out
        old = self.source(placed, dissolve)
        yield self._outgoing(number, old, dissolve)
        codes = (timecode(0, self.clock.rate), timecode(dissolve.length, self.clock.rate))
        record = (self.clock.record(dissolve.start), self.clock.record(dissolve.end))
        yield " ".join((f"{number:03}  BL       V     {_dissolve(dissolve)}", *codes, *record))
        yield from (old.motion,) if old.motion else ()
        yield f"* FROM CLIP NAME:  {_name(placed)}"
        yield from self._side(placed, dissolve)
        yield from self._kind(dissolve)

    def source(self, placed: PlacedShot, leaving: Dissolve | None = None) -> Source:
        """Return the source of a shot's event, or of the dissolve by which it leaves."""
        start, end = placed.start - placed.dissolve_in.before, placed.end - placed.dissolve_out.before
        if leaving:
            start, end = leaving.start, leaving.end
        return Source(placed, self.tape_of[placed.shot.id], self.clock, start, end)

    def _side(self, placed: PlacedShot, leaving: Dissolve) -> Iterator[str]:
        """Yield comments on what a dissolve comes from."""
        yield f"* SOURCE FILE: {_file(placed)}"
        yield from (line for line in self.source(placed, leaving).remarks if line.startswith("* S"))

    def _line(self, number: int, source: Source, kind: str) -> str:
        record = (self.clock.record(source.start), self.clock.record(source.end))
        return " ".join((f"{number:03}  {source.reel} V     {kind}", *source.codes, *record))

    def _outgoing(self, number: int, old: Source | None, dissolve: Dissolve) -> str:
        """Return the line of what a dissolve comes from: a source, or black."""
        reel, code = (old.reel, old.first) if old else (f"{'BL':<8}", timecode(0, self.clock.rate))
        at = self.clock.record(dissolve.start)
        return f"{number:03}  {reel} V     {_CUT} {code} {code} {at} {at}"

    def _kind(self, dissolve: Dissolve) -> Iterator[str]:
        """Yield comments on what a dissolve is in the edit, and on one that is longer than CMX 3600 counts."""
        kind = self.kinds.get(dissolve.where, "")
        if dissolve.length and kind and kind not in DISSOLVES:
            yield f"* A {ascii_line(kind).upper()} IS A DISSOLVE HERE, AS IN THE MOVIE"
        if dissolve.length > LONGEST_DISSOLVE:
            yield f"* {dissolve.length} FRAMES: CMX 3600 KNOWS DISSOLVES OF UP TO {LONGEST_DISSOLVE}"


def _dissolve(dissolve: Dissolve) -> str:
    """Return the transition of a dissolve, as wide as that of a cut."""
    return f"D    {dissolve.length:03}"


def _name(placed: PlacedShot) -> str:
    return ascii_line(placed.shot.name) or placed.shot.id


def _file(placed: PlacedShot) -> str:
    return ascii_line(placed.shot.media.path.name)


def _cdl(placed: PlacedShot) -> Iterator[str]:
    """Yield the CDL of a grade, or how far the nearest one is off."""
    fit = fit_of(placed.grade)
    if fit.good:
        yield f"*ASC_SOP {sop(fit.cdl)}"
        yield f"*ASC_SAT {sat(fit.cdl)}"
    else:
        yield f"* NO CDL: THE NEAREST ONE IS {fit.mean:.1f} FROM THE GRADE (CIEDE2000, LIMIT {LIMIT:g})"


def _notes(lane: Lane, record: GradedTimeline) -> list[str]:
    """Return comments on the whole list."""
    notes = []
    if len(lane.shots) > 999:
        notes.append(f"* {len(lane.shots)} EVENTS: SOME PROGRAMS READ NO MORE THAN 999")
    if nominal(record.edit.rate) > 30:
        notes.append(f"* {float(record.edit.rate):g} FRAMES A SECOND: CMX 3600 KNOWS UP TO 30")
    return ["", *notes] if notes else []
