"""Source timecodes and speeds of the events of a list: of cuts, of both sides of a dissolve, of media at other rates.

A list has one rate, and programs refuse a list with frames beyond it. So the timecode of media at another rate is
scaled: it keeps its seconds, and its frames are scaled to the nearest one. That is how such labels are read: Resolve
plays all media of a list at the timeline's rate (its manual lists no mixed rates for EDL), and OpenTimelineIO knows one
rate. A comment has the media's own timecode, by which otiograde reads the same frames again.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from otiograde.movie.cut import pace_of
from otiograde.movie.lanes import PlacedShot
from otiograde.movie.tapes import Tape
from otiograde.movie.timecode import can_drop, timecode
from otiograde.record.clock import BadTime, dropped, exact_rate, nearest, nominal, undropped
from otiograde.record.shot import Shot

#: The largest denominator of a speed that readers find again by its rounded value.
_SIMPLE = 10

#: Frames a second below which a speed in tenths of a frame is too coarse.
_COARSE = 10


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


@dataclass(frozen=True, slots=True)
class Source:
    """What an event plays of its media, in the frames [start, end) of the edit."""

    placed: PlacedShot
    tape: Tape
    clock: Clock
    start: int
    end: int

    @property
    def reel(self) -> str:
        """The reel, filled up to eight characters."""
        return f"{self.tape.reel:<8}"

    @property
    def codes(self) -> tuple[str, str]:
        """Source in and out, as a list with one rate has them."""
        first, _ = self._frames
        if self._is_timed:
            number = self._scaled(self._origin) + nearest(self._begin * self.clock.rate)
        else:
            number = self._scaled(self._origin + first)
        if self._runs_out_before_in:
            return self._listed(number), self._listed(max(number - self._length, 0))
        least = 1 if self.end > self.start else 0  # of a shot that is seen in its dissolves only, nothing is left
        return self._listed(number), self._listed(number + (least if is_held(self._shot) else max(self._length, least)))

    @property
    def first(self) -> str:
        """Source in."""
        return self.codes[0]

    @property
    def motion(self) -> str:
        """The motion effect (M2), in source frames a second; empty at normal speed."""
        speed = Fraction(0) if is_held(self._shot) else self._shot.speed
        return "" if speed == 1 else self.motion_at(speed)

    def motion_at(self, speed: Fraction) -> str:
        """Return the motion effect of a speed."""
        pace = "000.0" if speed == 0 else f"{float(speed * self.clock.rate):05.1f}"
        return f"M2   {self.reel}       {pace}                {self.codes[0].replace(';', ':')}"

    @property
    def remarks(self) -> list[str]:
        """Comments on the source: what was made up, and what the codes cannot say."""
        lines = [] if self.tape.has_reel else ["* NO REEL: NAMED AFTER THE FILE"]
        lines += [] if self.tape.has_timecode else ["* NO SOURCE TIMECODE: COUNTED FROM 00:00:00:00"]
        lines += self._unscaled()
        speed = self._shot.speed
        if not is_held(self._shot) and (speed.denominator > _SIMPLE or (speed != 1 and self.clock.rate < _COARSE)):
            lines.append(f"* SPEED: {speed}")
        if not self.begins_on_a_frame:
            lines.append("* IT BEGINS BETWEEN TWO FRAMES OF THE SOURCE: UP TO A FRAME OFF")
        return lines

    @property
    def begins_on_a_frame(self) -> bool:
        """Whether the event shows the frames of the edit: a dissolve at another speed may begin between two."""
        return is_held(self._shot) or self._is_timed or (self._lead * self._pace).denominator == 1

    @property
    def _shot(self) -> Shot:
        return self.placed.shot

    @property
    def _lead(self) -> int:
        """Frames of the edit from the shot's first one to the event's."""
        return self.start - self.placed.start

    @property
    def _pace(self) -> Fraction:
        return pace_of(self._shot, self.clock.rate)

    @property
    def _origin(self) -> int:
        """The number of media frame 0."""
        return self.tape.start - self._shot.source.start

    @property
    def _length(self) -> int:
        """The frames of the source, at the list's rate."""
        return nearest(abs(self._shot.speed) * (self.end - self.start))

    @property
    def _is_timed(self) -> bool:
        """Whether frames are found by time, because the media's rate varies."""
        return self._shot.media.variable_rate and self._shot.seconds is not None

    @property
    def _begin(self) -> Fraction:
        """The second of media of a variable rate at which the source range begins."""
        begin, end = self._shot.seconds or (Fraction(0), Fraction(0))
        step = abs(self._shot.speed) / self.clock.rate
        if self._shot.speed < 0:
            return max(end - (self.end - self.placed.start) * step, Fraction(0))
        return begin + self._lead * step

    @property
    def _frames(self) -> tuple[int, int]:
        """Source in and out in media frames. Out lies before in where a shot runs backwards off its media."""
        shot, length = self._shot, nearest((self.end - self.start) * self._pace)
        if is_held(shot):
            return shot.source.start, shot.source.start + 1
        moved = nearest(self._lead * self._pace)
        if shot.speed > 0:
            return shot.source.start + moved, shot.source.start + moved + max(length, 1)
        end = shot.source.end - moved
        return (end - length, end) if end - length >= 0 else (end, 0)

    @property
    def _runs_out_before_in(self) -> bool:
        first, last = self._frames
        return last < first

    def _unscaled(self) -> list[str]:
        """Return the comments on media at another rate than the list's, with their own timecode."""
        media = self._shot.media
        if media.rate == self.clock.rate or media.kind == "still" or self._is_timed:
            return []
        lines = []
        if not is_held(self._shot):
            lines.append(f"* SOURCE RUNS AT {float(media.rate):g}, TIMECODE IS SCALED TO {float(self.clock.rate):g}")
        codes = (timecode(self._origin + frame, media.rate, drop=self.tape.drop) for frame in self._frames)
        return [*lines, f"* SOURCE TIMECODE AT {_rate_text(media.rate)} FPS: {' '.join(codes)}"]

    def _scaled(self, frame: int) -> int:
        """Return the frame of the list whose label is that of a media frame, scaled."""
        rate, base = self._shot.media.rate, nominal(self._shot.media.rate)
        if rate == self.clock.rate:
            return frame
        label = undropped(frame, base) if self.tape.drop and can_drop(rate) else frame
        seconds, rest = divmod(label, base)
        whole = nominal(self.clock.rate)
        label = seconds * whole + nearest(Fraction(rest * whole, base))
        return dropped(label, whole) if self.tape.drop and can_drop(self.clock.rate) else label

    def _listed(self, frame: int) -> str:
        """Return the timecode of a frame of the list."""
        return timecode(frame, self.clock.rate, drop=self.tape.drop)


def is_held(shot: Shot) -> bool:
    """Whether a shot shows one picture throughout."""
    return shot.speed == 0 or shot.media.kind == "still"


def _rate_text(rate: Fraction) -> str:
    """Return a rate as readers understand it: 29.97 for 30000/1001, a fraction where no decimal number will do."""
    text = f"{float(rate):.6g}"
    for short in (f"{float(rate):.2f}", f"{float(rate):.3f}", text):
        try:
            if exact_rate(float(short)) == rate:
                return short.rstrip("0").rstrip(".")
        except BadTime:
            continue
    return str(rate)
