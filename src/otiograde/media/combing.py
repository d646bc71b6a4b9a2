"""Recognize fields by combing: in an interlaced frame every other line is older, so edges that move look like combs.

Flags are often wrong: editors lose them, and cameras set them on progressive pictures. So pictures decide where they
show motion, and flags decide elsewhere. Two frames are compared by their fields: t0, b0 and t1, b1 are the lines 0, 2,
4 … and 1, 3, 5 … of each. Weaving fields that lie further apart in time gives more combing. Where the pictures are

* progressive, t0 with b0 does not comb, and t1 with b0 combs as much as t0 with b1;
* top field first, t1 with b0 lie one field apart, as t0 with b0 do, and t0 with b1 three fields;
* bottom field first, the other way round.

Textures that comb in any case add the same to all. On 27 progressive clips of cameras and generators, the ratio of the
two mixed weaves is 1.36 at most; on interlaced ones it is about 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otiograde.errors import MediaError
from otiograde.media.container import decode_frames, open_video
from otiograde.media.flags import flag_of
from otiograde.media.index import Index
from otiograde.media.planes import planes_of
from otiograde.record.shot import FieldOrder, Fields

#: Lines and frames a second of interlaced pictures, at most: none of the standards has more (ITU-R BT.709, part 1).
MOST_LINES, FASTEST = 1088, 31

#: Places in a file that are looked at, and frames decoded of all of them together, unless a place is combed.
_PLACES, _FRAMES = 4, 48

#: Pairs of frames that decide what a place shows. With 3:2 pulldown, at most two consecutive pairs look progressive.
_ENOUGH = 3

#: Further frames decoded at the first combed place: five periods of 3:2 pulldown.
_LONG = 26

#: Luma, in codes of 8 bits, by which a line must leave its neighbors, or two frames differ, to count. Columns, at most.
_STEP, _MOTION, _COLUMNS = 6, 10, 960

#: Least combing, in pixels of full strength, that shows motion. Strength ends at this many codes.
_LEAST, _STRONGEST = 20.0, 40

#: How much more the wrong weave of interlaced pictures combs, at least, than the right one. Combing of a frame itself,
#: as a share of the better weave's: at least that of interlaced pictures, and at most that of progressive ones.
_RATIO, _COMBED, _SMOOTH = 1.6, 0.6, 0.5

#: Share of the pixels moving in one field that may move in the other where that one is shown a second time.
_STILL = 0.3

_Luma: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Pair:
    """What two consecutive frames show."""

    #: None where nothing moves, or nothing is clear.
    order: FieldOrder | None
    #: Whether anything moves.
    moves: bool
    #: The field that is shown a second time, if only one is.
    repeated: Literal["", "top", "bottom"]


def fields_of(path: Path, index: Index, stated: FieldOrder) -> Fields:
    """Recognize the fields of a video by its flags and its pictures.

    ``stated`` is what the container says; flags of frames overrule it. A file that cannot be decoded any further has
    the fields that are stated.
    """
    soft: Literal["", "soft"] = "soft" if has_soft_pulldown(index) else ""
    flags: Counter[FieldOrder] = Counter()
    votes: Counter[FieldOrder] = Counter()
    moving, hard = 0, False
    with suppress(MediaError):
        places = _places(index)
        for key in places:
            further = 0 if votes["top"] or votes["bottom"] else _LONG
            pairs = _look(_pairs(path, index, key, flags), _FRAMES // len(places), further)
            hard = hard or _is_pulldown([pair.repeated for pair in pairs])
            votes.update(pair.order for pair in pairs if pair.order)
            moving += sum(pair.moves for pair in pairs)
    flagged = _flagged(flags, stated)
    order = _decision(votes, moving, flagged, pulldown=hard)
    return Fields(order, flagged, "hard" if hard and order != "progressive" else soft)


def fields_of_images(groups: Iterable[Iterable[VideoFrame]]) -> Fields:
    """Recognize the fields of an image sequence by groups of consecutive images. Image files have no flags."""
    votes: Counter[FieldOrder] = Counter()
    moving = 0
    for frames in groups:
        lumas = (_luma(frame) for frame in frames)
        pairs = [_compare(a, b) for a, b in pairwise(lumas) if a.shape == b.shape and len(a) >= 8]
        votes.update(pair.order for pair in pairs if pair.order)
        moving += sum(pair.moves for pair in pairs)
    return Fields(_decision(votes, moving, "progressive", pulldown=False))


def has_soft_pulldown(index: Index) -> bool:
    """Whether frames last two and three fields of 59.94 Hz in turn: film whose flags ask for 3:2 pulldown."""
    lengths = [round((b - a) * index.tick * Fraction(60000, 1001)) for a, b in pairwise(index.pts[:200])]
    turns = sum({a, b} == {2, 3} for a, b in pairwise(lengths))
    return len(lengths) >= 8 and turns >= 0.9 * (len(lengths) - 1)


def _flagged(flags: Counter[FieldOrder], stated: FieldOrder) -> FieldOrder:
    """Return what most interlaced frames say. Some codecs mark the frames without motion as progressive."""
    interlaced = {order: count for order, count in flags.items() if order != "progressive"}
    if not interlaced:
        return stated
    return max(interlaced, key=lambda order: interlaced[order])


def _decision(votes: Counter[FieldOrder], moving: int, flagged: FieldOrder, *, pulldown: bool) -> FieldOrder:
    """Decide by the pairs of frames that are clear, if they are a third of the ``moving`` ones; else by the flags."""
    top, bottom, smooth = votes["top"], votes["bottom"], votes["progressive"]
    most, least = max(top, bottom), min(top, bottom)
    if 3 * most >= max(moving, 6) and most > 3 * least and (pulldown or most >= smooth):
        return "top" if top > bottom else "bottom"
    return "progressive" if smooth >= 2 and smooth > 3 * (top + bottom) else flagged


def _places(index: Index) -> list[int]:
    """Return numbers of key frames, spread over the file."""
    if not index.pts:
        return [0]
    wanted = [index.count * (2 * place + 1) // (2 * _PLACES) for place in range(_PLACES)]
    return sorted({index.key_before(number) for number in wanted})


def _look(pairs: Iterator[_Pair], most: int, further: int) -> list[_Pair]:
    """Take pairs until enough of them decide, at most ``most``; from a combed one on, ``further`` ones if any."""
    taken: list[_Pair] = []
    decided, end = 0, None
    for pair in pairs:
        taken.append(pair)
        decided += pair.order is not None
        if further and end is None and pair.order in ("top", "bottom"):
            end = len(taken) + further
        if len(taken) == end or (end is None and (decided == _ENOUGH or len(taken) >= most)):
            break
    return taken


def _pairs(path: Path, index: Index, key: int, flags: Counter[FieldOrder]) -> Iterator[_Pair]:
    """Compare consecutive frames from a key frame on, two by two, and count their flags."""
    with open_video(path) as (container, stream):
        if key and index.pts:
            container.seek(index.seek_to(key), stream=stream, backward=True)
        before: _Luma | None = None
        for frame in decode_frames(container, stream):
            flags[flag_of(frame)] += 1
            luma = _luma(frame)
            if before is not None and before.shape == luma.shape and len(luma) >= 8:
                yield _compare(before, luma)
            before = luma


def _luma(frame: VideoFrame) -> _Luma:
    """Return luma, or green, in codes of 8 bits: an even number of lines, and at most ``_COLUMNS`` columns."""
    planes = planes_of(frame)
    plane: NDArray[Any] = planes.planes[1] if planes.model == "rgb" else planes.planes[0]
    height, width = plane.shape
    return (plane[: height // 2 * 2, :: -(-width // _COLUMNS)] >> (planes.bits - 8)).astype(np.int16)


def _compare(before: _Luma, after: _Luma) -> _Pair:
    t0, b0, t1, b1 = before[0::2], before[1::2], after[0::2], after[1::2]
    top_moves, bottom_moves = np.abs(t1 - t0) > _MOTION, np.abs(b1 - b0) > _MOTION
    moves = (top_moves | bottom_moves)[:-1]
    frames = (_combing(t0, b0, moves) + _combing(t1, b1, moves)) / 2
    top, bottom = _combing(t1, b0, moves), _combing(t0, b1, moves)
    tops, bottoms = (int(np.count_nonzero(mask)) for mask in (top_moves, bottom_moves))
    repeated: Literal["", "top", "bottom"] = ""
    if max(tops, bottoms) >= _LEAST and min(tops, bottoms) < _STILL * max(tops, bottoms):
        repeated = "top" if tops < bottoms else "bottom"
    return _Pair(_order(frames, top, bottom), max(top, bottom) >= _LEAST, repeated)


def _order(frames: float, top: float, bottom: float) -> FieldOrder | None:
    """Judge by the combing of the frames themselves, and of the weaves that are right for either order."""
    better, worse = min(top, bottom), max(top, bottom)
    if worse < _LEAST:
        return None
    if worse > _RATIO * better:
        return None if frames < _COMBED * better else "top" if top < bottom else "bottom"
    return "progressive" if frames < _SMOOTH * better else None


def _combing(top: _Luma, bottom: _Luma, moves: NDArray[np.bool_]) -> float:
    """Measure how far lines of the bottom field leave the range of their two neighbors, where something moves."""
    above, line, below = top[:-1], bottom[:-1], top[1:]
    outside = np.maximum(line - np.maximum(above, below), np.minimum(above, below) - line)
    strong = outside[moves & (outside > _STEP)]
    return float(np.minimum(strong, _STRONGEST).sum(dtype=np.int64)) / _STRONGEST


def _is_pulldown(repeated: Sequence[str]) -> bool:
    """Whether in every fifth pair the top field repeats, and in every fifth the bottom field, but not in the same."""
    phases = []
    for field in ("top", "bottom"):
        counts = Counter(number % 5 for number, name in enumerate(repeated) if name == field)
        phase, count = max(counts.items(), key=lambda item: item[1], default=(-1, 0))
        if count < 3 or count < 0.75 * counts.total():
            return False
        phases.append(phase)
    return phases[0] != phases[1]
