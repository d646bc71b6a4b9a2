"""Timing: which frames of a shot's media are decoded, and which of them each frame of the edit shows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from otiograde.movie.cut import pace_of
from otiograde.movie.fields import deinterlacer
from otiograde.movie.format import MovieFormat
from otiograde.movie.layers import ShotLayer
from otiograde.record.sequence import numbered
from otiograde.record.shot import Media, Orientation, Shot

ONE = Fraction(1)

#: Containers with an index that FFmpeg seeks by. A transport stream has none.
_SEEKS_WELL = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm"})

#: Seconds from the position that is sought to the first frame that is needed.
_MARGIN = Fraction(1)

#: Seconds by which a time stamp may be rounded: Matroska counts milliseconds.
_ROUNDING = Fraction(1, 1000)

#: Quarter turns counterclockwise, and whether the picture is mirrored first -> FFmpeg's filters.
_TURNS = {
    (0, False): (), (1, False): ("transpose=cclock",), (2, False): ("hflip", "vflip"), (3, False): ("transpose=clock",),
    (0, True): ("hflip",), (1, True): ("transpose=cclock_flip",), (2, True): ("vflip",),
    (3, True): ("transpose=clock_flip",),
}  # fmt: skip

#: Characters by which FFmpeg would take the name of a still for a pattern.
_PATTERN_SIGNS = frozenset("%*?[{")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a graph."""

    #: FFmpeg's options before ``-i``.
    options: tuple[str, ...]
    #: What ``-i`` opens: a file, or the pattern of a sequence.
    path: str
    #: A file that must be there: the first image of a sequence.
    file: str
    #: Identifies the contents of the media; empty if not known.
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Which media frames pass, one after another: the n-th is ``first + step * floor((n + offset) * pace)``.

    Beyond the ends of the media it is the first or the last one.
    """

    first: int
    #: 1, or -1 in reverse.
    step: int
    offset: int
    pace: Fraction
    #: How many frames pass.
    count: int
    #: The last frame of the media.
    longest: int

    def frame(self, n: int) -> int:
        """Return the media frame that passes as the n-th, from 0."""
        return min(max(self.first + self.step * math.floor((n + self.offset) * self.pace), 0), self.longest)


@dataclass(frozen=True, slots=True)
class Timing:
    """The input of a shot and the filters that choose its frames."""

    source: Input
    #: Filters before the grade.
    before: tuple[str, ...]
    #: Filters after the grade, which only repeat frames.
    after: tuple[str, ...]
    #: The media frames that pass the grade.
    graded: Passage
    #: Filters right after the grade that choose the frames to show: where every frame of the media passes the grade.
    choose: tuple[str, ...] = ()


def timing(layer: ShotLayer, count: int, movie: MovieFormat, *, keyed: bool = False) -> Timing:
    """Return the timing of ``count`` frames of a movie that show a shot.

    A ``keyed`` grade must know the number of each frame. Where the media's rate varies, only counting from the first
    frame of the media tells it, so all frames up to the last one that is shown then pass the grade.

    The filters before the grade also deinterlace frames whose fields the movie does not keep, and turn them upright.
    FFmpeg turns frames by itself, but version 5.1 knows only some formats' orientation.

    Frame j of the shot's record range shows media frame ``source.start + floor(j * pace)``; in reverse it counts down
    from the last frame. Beyond the ends of the media, its first or last frame is held.
    """
    media, deinterlace = layer.shot.media, movie.deinterlaces(layer.shot.media)
    if media.variable_rate and media.start is not None:
        chosen = _timing_by_time(layer, media.start, count, movie.rate, seek=not keyed)
        chosen = replace(chosen, before=(), choose=chosen.before) if keyed else chosen
        filters = (deinterlacer(media), *chosen.before) if deinterlace else chosen.before
    else:
        chosen = _timing_by_number(layer, count, movie.rate, deinterlace=deinterlace)
        filters = chosen.before
    if not media.fields.is_interlaced and media.fields.flagged != "progressive":
        filters = ("setfield=prog", *filters)  # or zscale would take a frame for a field
    if media.orientation == Orientation():
        return replace(chosen, before=filters)
    source = replace(chosen.source, options=("-noautorotate", *chosen.source.options))
    return replace(chosen, source=source, before=(*filters, *_turn(media.orientation)))


def _turn(orientation: Orientation) -> tuple[str, ...]:
    """Return the filters that turn a stored picture for display."""
    filters = _TURNS[orientation.turns % 4, orientation.mirrored]
    return (*filters, "sidedata=mode=delete:type=DISPLAYMATRIX")  # or FFmpeg 9 would write the matrix to the movie


def passage_of(shot: Shot, rate: Fraction) -> Passage:
    """Return which media frames a shot of a constant rate shows, from its first frame of an edit at ``rate`` on."""
    pace = pace_of(shot, rate)
    forward = shot.speed >= 0
    first = shot.source.start if forward else shot.source.end - 1
    longest = max(shot.media.frames, 1) - 1
    if shot.media.kind == "still":
        first, pace, longest = 0, Fraction(0), 0
    return Passage(first, 1 if forward else -1, 0, pace, shot.record.count, longest)


def _timing_by_number(layer: ShotLayer, count: int, rate: Fraction, *, deinterlace: bool) -> Timing:
    """Return the timing for media of a constant rate, whose frames are counted."""
    shot, media = layer.shot, layer.shot.media
    pace = pace_of(shot, rate)
    single = media.kind == "still" or pace == 0
    low, high = (0, 0) if single else (math.floor(layer.first * pace), math.floor((layer.first + count - 1) * pace))
    if shot.speed < 0:
        first, last = shot.source.end - 1 - high, shot.source.end - 1 - low
    else:
        first, last = shot.source.start + low, shot.source.start + high
    longest = max(media.frames, 1) - 1
    decoded = _deinterlaced if deinterlace else _decoded
    begin, end = min(max(first, 0), longest), min(max(last, 0), longest)
    source, trim = decoded(media, begin, end)
    # Unless frames are left out, the grade gets every decoded one.
    graded = Passage(end if shot.speed < 0 else begin, -1 if shot.speed < 0 else 1, 0, ONE, end - begin + 1, longest)
    renumber = (f"settb={rate.denominator}/{rate.numerator}", "setpts=N")
    # Frames keep the duration that the media gave them, and a longer one would be shown twice at the end.
    whole = (f"fps=fps={rate}:start_time=0", f"trim=end_frame={count}", *renumber) if media.rate != rate else ()
    if single:
        after = (*_hold(count), *renumber, *whole) if count > 1 else (*renumber, *whole)
        return Timing(source, trim, after, graded)
    reverse = ("reverse",) if shot.speed < 0 else ()
    if pace == 1:
        short = count - (min(last, longest) - max(first, 0) + 1)
        hold = (f"tpad=stop_mode=clone:stop={short}",) if short > 0 else ()
        after = (*renumber, *hold, *(renumber[1:] if hold else ()), *whole)
        return Timing(source, (*trim, *reverse), after, graded)
    # A media frame is shown from the first frame of the edit on for which the floor above reaches it.
    shown = f"setpts=max(0\\,ceil((N+{low})*{pace.denominator}/{pace.numerator})-({layer.first}))"
    even = ("tpad=stop_mode=clone:stop=1", renumber[0], shown, f"fps=fps={rate}:start_time=0")
    whole = (f"tpad=stop_mode=clone:stop={count}", f"trim=end_frame={count}", *renumber)
    if pace > 1:
        graded = replace(passage_of(shot, rate), offset=layer.first, count=count)
        return Timing(source, (*trim, *reverse, *even, *whole), (), graded)
    return Timing(source, (*trim, *reverse), (*even, *whole), graded)


def _timing_by_time(layer: ShotLayer, start: Fraction, count: int, rate: Fraction, *, seek: bool) -> Timing:
    """Return the timing for media of variable rate. Each frame of the edit shows the media frame at its time.

    In reverse it shows the media frame just before its time, counted from the end. ``seek`` allows decoding to begin
    later than at the first frame.
    """
    shot = layer.shot
    start_of, end_of = shot.seconds or (shot.source.start / shot.media.rate, shot.source.end / shot.media.rate)
    step = abs(shot.speed) / rate
    first = start_of + layer.first * step + _ROUNDING
    if shot.speed < 0:
        first = end_of - (layer.first + count - 1) * step - _ROUNDING
    shown, hold = (1, _hold(count)) if shot.speed == 0 and count > 1 else (count, ())
    path, begin = _file_argument(shot.media), first - _MARGIN
    seeks = seek and _seeks(shot.media, begin)
    options = ("-copyts", *(("-noaccurate_seek", "-ss", _seconds(begin)) if seeks else ()))
    pace = f"/({abs(shot.speed)})" if shot.speed else ""
    select = (
        *("settb=1/1000000", f"setpts=(PTS-({round((start + first) * 1000000)})){pace}"),
        *(f"fps=fps={rate}:start_time=0:round=up", f"tpad=stop_mode=clone:stop={shown}", f"trim=end_frame={shown}"),
    )
    renumber = (f"settb={rate.denominator}/{rate.numerator}", "setpts=N")
    reverse = ("reverse",) if shot.speed < 0 else ()
    frames = max(shot.media.frames, 1)
    source, all_of_it = Input(options, path, path, shot.media.digest), Passage(0, 1, 0, ONE, frames, frames - 1)
    return Timing(source, (*select, *reverse, *renumber), (*hold, *renumber), all_of_it)


def _hold(count: int) -> tuple[str, ...]:
    """Return the filter that repeats one frame."""
    return (f"loop=loop={count - 1}:size=1:start=0",)


def _deinterlaced(media: Media, first: int, last: int) -> tuple[Input, tuple[str, ...]]:
    """Return the input and the filters that pass media frames, deinterlaced; their neighbors in time help with it."""
    begin, end = max(first - 1, 0), min(last + 1, max(media.frames, 1) - 1)
    source, trim = _decoded(media, begin, end)
    rest = f"trim=start_frame={first - begin}:end_frame={last - begin + 1}"
    return source, (*trim, deinterlacer(media), rest)


def _decoded(media: Media, first: int, last: int) -> tuple[Input, tuple[str, ...]]:
    """Return the input and the filter that pass media frames ``first`` to ``last``."""
    path = _file_argument(media)
    if media.kind == "sequence":
        numbers = ("-framerate", str(media.rate), "-start_number", str(media.first + first))
        first_file = _numbered(path, media.first + first)
        return Input(("-f", "image2", *numbers), path, first_file, media.digest), (
            f"trim=end_frame={last - first + 1}",
        )
    if media.kind == "still":
        pattern = ("-f", "image2", "-pattern_type", "none") if _PATTERN_SIGNS & set(path) else ()
        return Input(pattern, path, path, media.digest), ("trim=end_frame=1",)
    seek = first / media.rate - _MARGIN
    if media.start is not None and _seeks(media, seek):
        # Half a frame early, so that rounding in the container cannot select a neighbor.
        begin, end = (media.start + (frame - Fraction(1, 2)) / media.rate for frame in (first, last + 1))
        options = ("-copyts", "-ss", _seconds(seek))
        return Input(options, path, path, media.digest), (f"trim=start={_seconds(begin)}:end={_seconds(end)}",)
    return Input((), path, path, media.digest), (f"trim=start_frame={first}:end_frame={last + 1}",)


def _file_argument(media: Media) -> str:
    """Return a path so that FFmpeg does not take it for an option."""
    return str(media.path) if media.path.is_absolute() else f"./{media.path}"


def _seeks(media: Media, seek: Fraction) -> bool:
    """Whether decoding may begin at ``seek`` seconds: only in containers where FFmpeg never seeks too far."""
    return media.path.suffix.lower() in _SEEKS_WELL and seek > _MARGIN


def _numbered(pattern: str, number: int) -> str:
    try:
        return numbered(pattern, number)
    except ValueError:  # a broken pattern: FFmpeg reports it
        return pattern


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"
