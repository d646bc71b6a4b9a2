"""Speeds in FCP7 XML: the Time Remap filter, and which media it makes a clip show.

FCP7 counts the in point, the out point and the duration of a retimed clip in retimed frames: in point 10 at 200 % is
media frame 20. Played backwards, retimed frame 0 is the last frame of the media. So do Premiere Pro and Resolve.
Programs that know less of the format write media frames. Their out point gives them away: it is as far from the in
point as media frames are used, and not as far as the clip lasts.

Source: Apple, "Final Cut Pro XML Interchange Format", "Speed XML" and "The Time Remap Effect".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from otiograde.timeline.reading import Notes
from otiograde.timeline.xmeml_values import is_false, number, text

#: Fastest play that is believed, as a factor.
_FASTEST = 100_000

ONE, ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True)
class Window:
    """A clip's place on its track, and what its in and out points say. All times are seconds."""

    #: Its in point, in time that counts from the start of the retimed media.
    first: Fraction
    #: Between its in and out points; None if it has no out point.
    used: Fraction | None
    #: From its in point to its start on the track: the part of a transition before its cut.
    head: Fraction
    #: How long it is seen.
    lasts: Fraction
    #: From its end on the track to its out point.
    tail: Fraction
    #: One frame.
    frame: Fraction
    #: Start of a subclip in its media.
    offset: Fraction = ZERO
    #: Length of the media, of a subclip without what it leaves out; None if the file does not say.
    available: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Remap:
    """A Time Remap filter."""

    speed: Fraction = ONE
    #: Whether the speed changes inside the clip.
    variable: bool = False
    #: Retimed frames and the media frames that they show, in order; empty if the filter has no graph.
    graph: Sequence[tuple[Fraction, Fraction]] = ()
    #: Media frame at which a retimed subclip starts, in Final Cut Pro's own files.
    anchor: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class Played:
    """What a clip shows: its first second in the media, and the speed."""

    start: Fraction
    speed: Fraction = field(default=ONE)


def is_remap(effect: Element) -> bool:
    """Tell whether an effect is Time Remap."""
    return (text(effect, "effectid") or text(effect, "name")).casefold().replace(" ", "") == "timeremap"


def remap_of(clip: Element) -> Remap | None:
    """Return the clip's Time Remap that is enabled, or None."""
    for holder in clip.findall("filter"):
        effect = holder.find("effect")
        if effect is not None and is_remap(effect) and not is_false(holder, "enabled"):
            return _remap(effect)
    return None


def _remap(effect: Element) -> Remap:
    """Read a Time Remap effect."""
    parameters = {
        (text(parameter, "parameterid") or text(parameter, "name")).casefold(): parameter
        for parameter in effect.iterfind("parameter")
    }
    values = {name: text(parameter, "value").casefold() for name, parameter in parameters.items()}
    graph = parameters.get("graphdict")
    points = sorted(_points(graph)) if graph is not None else []
    anchor = number(graph, "keyframe/anchorOffset") if graph is not None else None
    percent = number(parameters["speed"], "value") if "speed" in parameters else None
    if percent is None:
        percent = Fraction(100)
    speed = min(max(percent / 100, Fraction(-_FASTEST)), Fraction(_FASTEST))
    backwards = values.get("reverse") in {"true", "1"}
    variable = values.get("variablespeed") in {"true", "1"} and len(points) > 1
    return Remap(-abs(speed) if backwards else speed, variable, tuple(points), anchor or ZERO)


def _points(graph: Element) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield the points of a graph."""
    for keyframe in graph.iterfind("keyframe"):
        when, value = number(keyframe, "when"), number(keyframe, "value")
        if when is not None and value is not None:
            yield when, value


def played(window: Window, remap: Remap, notes: Notes, name: str) -> Played:
    """Return what a clip shows."""
    if remap.speed == 1 and not remap.variable:
        return Played(window.offset + window.first + window.head)
    if remap.variable:
        return _at_mean_speed(window, remap, notes, name)
    if remap.speed == 0:
        return Played(_held(window, remap), ZERO)
    pace, whole = abs(remap.speed), window.head + window.lasts + window.tail
    offset = window.offset or remap.anchor * window.frame
    if _counts_media(window, pace):
        notes.add("the in and out points of a retimed clip count media frames, and are read as such", name)
        begin, end = window.first, window.first + (window.used or ZERO)
    elif remap.speed > 0:
        begin, end = window.first * pace, (window.first + whole) * pace
    else:
        available = window.available
        if available is None:
            notes.add("plays backwards, and its file states no length: its place in the media is a guess", name)
            available = (window.first + whole) * pace
        end = available - window.first * pace
        begin = end - whole * pace
    first = begin + window.head * pace if remap.speed > 0 else end - (window.head + window.lasts) * pace
    return Played(offset + first, remap.speed)


def _held(window: Window, remap: Remap) -> Fraction:
    """Return the second of the media that a freeze holds: what its graph says, else its in point."""
    if len(remap.graph) > 1:
        held = _media_frame(remap.graph, (window.first + window.head) / window.frame) * window.frame
        return held + (ZERO if remap.anchor else window.offset)
    return window.offset + window.first


def _counts_media(window: Window, pace: Fraction) -> bool:
    """Tell whether in and out points count media frames: only then they fit the length on the track."""
    if window.used is None:
        return False
    whole = window.head + window.lasts + window.tail
    fits_retimed = abs(window.used - whole) <= window.frame
    return not fits_retimed and abs(window.used - whole * pace) <= window.frame


def _at_mean_speed(window: Window, remap: Remap, notes: Notes, name: str) -> Played:
    """Return what a clip of changing speed shows if it plays at its mean speed."""
    notes.add("its speed changes inside the clip: read at its mean speed", name)
    retimed = window.first + window.head
    begin = _media_frame(remap.graph, retimed / window.frame) * window.frame
    end = _media_frame(remap.graph, (retimed + window.lasts) / window.frame) * window.frame
    offset = ZERO if remap.anchor else window.offset  # an anchored graph counts from the start of the file
    mean = (end - begin) / window.lasts if window.lasts else ONE
    return Played(offset + min(begin, end), mean.limit_denominator(1_000_000))


def _media_frame(graph: Sequence[tuple[Fraction, Fraction]], when: Fraction) -> Fraction:
    """Return the media frame at a retimed frame; beyond its ends a graph goes on in a straight line."""
    segments = [(one, other) for one, other in pairwise(graph) if other[0] > one[0]]
    if not segments:
        return graph[0][1]
    (one, value), (other, end) = next(
        (segment for segment in segments if when <= segment[1][0]),
        segments[-1],
    )
    return value + (end - value) * (when - one) / (other - one)
