"""Takes: which frames of a shot's media are decoded, and which of them each frame of the edit shows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from otiograde.exporters.render.layers import Take, pace_of
from otiograde.shot import FrameRange, Media, Shot

#: Containers whose index FFmpeg seeks by; a transport stream has none.
_SEEKS_WELL = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm"})

#: Seconds between the place that is sought and the first frame that is wanted.
_MARGIN = Fraction(1)

#: Parts of a frame in which media of varying rate is counted.
_FINER = 8

#: A still by a name in which FFmpeg would see a pattern.
_PATTERN_SIGNS = frozenset("%*?[{")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a graph: FFmpeg's ``options`` before ``-i path``, and a ``file`` that must be there."""

    options: tuple[str, ...]
    path: str
    file: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """The filters that choose frames: ``before`` the grade, and ``after`` it what only repeats frames."""

    source: Input
    before: tuple[str, ...]
    after: tuple[str, ...]


def timing(take: Take, count: int, rate: Fraction) -> Timing:
    """Say how ``count`` frames of the edit at ``rate`` come from a take.

    Frame j of the shot's record range shows media frame ``source.start + floor(j * pace)``, in reverse the same from
    the last one down; what lies outside the media is held.
    """
    shot = _finer(take.shot) if take.shot.media.variable_rate else take.shot
    media = shot.media
    pace = pace_of(shot, rate)
    single = media.kind == "still" or pace == 0
    low, high = (0, 0) if single else (math.floor(take.at * pace), math.floor((take.at + count - 1) * pace))
    if shot.speed < 0:
        first, last = shot.source.end - 1 - high, shot.source.end - 1 - low
    else:
        first, last = shot.source.start + low, shot.source.start + high
    longest = max(media.frames, 1) - 1
    source, trim = _decoded(media, min(max(first, 0), longest), min(max(last, 0), longest))
    counted = (f"settb={rate.denominator}/{rate.numerator}", "setpts=N")
    if single:
        return Timing(source, trim, (*_held(count), *counted) if count > 1 else counted)
    turned = ("reverse",) if shot.speed < 0 else ()
    if pace == 1:
        short = count - (min(last, longest) - max(first, 0) + 1)
        hold = (f"tpad=stop_mode=clone:stop={short}",) if short > 0 else ()
        return Timing(source, (*trim, *turned), (*counted, *hold, *(counted[1:] if hold else ())))
    # The frame is shown from the first frame of the edit on at which the floor law reaches it.
    shown = f"setpts=max(0\\,ceil((N+{low})*{pace.denominator}/{pace.numerator})-({take.at}))"
    even = ("tpad=stop_mode=clone:stop=1", counted[0], shown, f"fps=fps={rate}:start_time=0")
    whole = (f"tpad=stop_mode=clone:stop={count}", f"trim=end_frame={count}", *counted)
    if pace > 1:
        return Timing(source, (*trim, *turned, *even, *whole), ())
    return Timing(source, (*trim, *turned), (*even, *whole))


def _finer(shot: Shot) -> Shot:
    """Count a shot whose rate varies in eighths of its mean frame: laid out evenly, each is then near its time."""
    media = replace(shot.media, rate=shot.media.rate * _FINER, frames=shot.media.frames * _FINER)
    source = FrameRange(shot.source.start * _FINER, shot.source.count * _FINER, media.rate)
    return replace(shot, media=media, source=source)


def _held(count: int) -> tuple[str, ...]:
    return (f"loop=loop={count - 1}:size=1:start=0",)


def _decoded(media: Media, first: int, last: int) -> tuple[Input, tuple[str, ...]]:
    """Give the input and the filter that let media frames ``first`` to ``last`` through."""
    path = str(media.path) if media.path.is_absolute() else f"./{media.path}"
    if media.kind == "sequence":
        numbers = ("-framerate", str(media.rate), "-start_number", str(media.first + first))
        named = _numbered(path, media.first + first)
        return Input(("-f", "image2", *numbers), path, named, media.digest), (f"trim=end_frame={last - first + 1}",)
    if media.kind == "still":
        pattern = ("-f", "image2", "-pattern_type", "none") if _PATTERN_SIGNS & set(path) else ()
        return Input(pattern, path, path, media.digest), ("trim=end_frame=1",)
    if media.variable_rate:  # frames are counted at the mean rate, so they are laid out evenly
        even = ("setpts=PTS-STARTPTS", f"fps=fps={media.rate}:start_time=0:round=up")
        return Input((), path, path, media.digest), (*even, f"trim=start_frame={first}:end_frame={last + 1}")
    seek = _seek(media, first)
    if seek and media.start is not None:
        # Half a frame early, so that no rounding in the container reaches a neighbour.
        begin, end = (media.start + (frame - Fraction(1, 2)) / media.rate for frame in (first, last + 1))
        options = ("-copyts", "-ss", _seconds(seek))
        return Input(options, path, path, media.digest), (f"trim=start={_seconds(begin)}:end={_seconds(end)}",)
    return Input((), path, path, media.digest), (f"trim=start_frame={first}:end_frame={last + 1}",)


def _seek(media: Media, first: int) -> Fraction:
    """Give the second after the container's beginning from which decoding is enough; 0: from the beginning.

    Only where frames are then found by their time stamps, and where FFmpeg never seeks too far.
    """
    if media.start is None or media.path.suffix.lower() not in _SEEKS_WELL:
        return Fraction(0)
    seek = first / media.rate - _MARGIN
    return seek if seek > _MARGIN else Fraction(0)


def _numbered(pattern: str, number: int) -> str:
    try:
        return pattern % number
    except (TypeError, ValueError):  # not the pattern it should be: FFmpeg will say so
        return pattern


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"
