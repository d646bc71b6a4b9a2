"""Open a clip as a look that changes: its grade is recovered from time to time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from otiograde.color.cubic import Cubic
from otiograde.decide.look.changing import ChangingLook, LookKey, smoothed
from otiograde.decide.look.recovered import Recovered, recovered_look
from otiograde.errors import MatchError
from otiograde.means.network import OpenStyle
from otiograde.media.frames import iter_thumbnails, read_frames
from otiograde.media.probe import probe
from otiograde.record.settings import LookKind, Sampling
from otiograde.record.shot import Media
from otiograde.survey.passages import find_passages
from otiograde.survey.thumbnails import SIZE

#: How a still is read as a look where nobody says how.
DEFAULT: LookKind = "grade"

#: Keys of a clip, at most.
MOST_KEYS = 200

#: Frames that are read at once.
BATCH = 16


@dataclass(frozen=True, slots=True)
class StillOptions:
    """How stills are read as a look."""

    kind: LookKind = DEFAULT
    #: Strength of the look, from 0 to 1, or to ``STRONGEST_GRADE`` for a grade.
    strength: float = 1.0
    #: Share of the palette that is mixed into a grade, from 0 to 1.
    palette: float = 0.0
    #: Opens the network of a style look (``Means.style``).
    style: OpenStyle | None = None
    #: Seconds between the keys of a look that changes as its clip does. None: one look for all times.
    interval: float | None = None


def open_changing(paths: Sequence[Path], options: StillOptions) -> ChangingLook:
    """Open one clip as a look with a key every ``options.interval`` seconds, and a step at each of its cuts.

    Raises ``MatchError`` for what is no clip, for other kinds of look, and for too many keys, or ``MediaError``.
    """
    if options.kind != "grade":
        raise MatchError(f"only a grade can change over time: leave out --look-every, or --look-as {options.kind}")
    media = probe(paths[0]) if len(paths) == 1 and not paths[0].is_dir() else None
    if media is None or media.kind != "video" or media.frames < 2:
        raise MatchError("--look-every needs one clip as the look, whose grade changes: name a video")
    cuts = [passage.middle for passage in find_passages(iter_thumbnails(media, SIZE)) if passage.kind == "cut"]
    edges = [0, *(cut for cut in cuts if 0 < cut < media.frames), media.frames]
    interval = options.interval or math.inf
    numbers = [_key_frames(begin, end, interval * float(media.rate)) for begin, end in pairwise(edges)]
    if sum(map(len, numbers)) > MOST_KEYS:
        raise MatchError(f"{paths[0].name}: a key every {interval:g} s makes more than {MOST_KEYS}: give more seconds")
    read = dict(_grades(media, [number for run in numbers for number in run], paths[0].name))
    if not read:
        raise MatchError(f"{paths[0].name} shows nothing in which a grade can be read: give another clip")
    rate = float(media.rate)
    runs: list[tuple[float, tuple[LookKey, ...]]] = []
    for edge, run in zip(edges, numbers, strict=False):
        if keys := [LookKey(number / rate, read[number].grade) for number in run if number in read]:
            runs.append((edge / rate if runs else 0.0, smoothed(keys)))
    return ChangingLook(tuple(runs), _mean([*read.values()], options.strength))


def _mean(looks: Sequence[Recovered], strength: float) -> Recovered:
    """Return the mean of the looks of the keys."""
    grades = tuple(look.grade for look in looks)
    mean = Cubic(np.mean([grade.coefficients for grade in grades], 0).tolist())
    error = float(np.mean([look.error for look in looks]))
    amount, gray = float(np.mean([look.amount for look in looks])), all(look.gray for look in looks)
    return Recovered(mean, grades, error, amount, gray, strength, names=looks[0].names)


def _key_frames(begin: int, end: int, step: float) -> list[int]:
    """Return the frames of a run that have a key: the first and the last, and others about ``step`` frames apart."""
    parts = max(1, min(round((end - 1 - begin) / step), MOST_KEYS))
    return sorted({begin + round(part * (end - 1 - begin) / parts) for part in range(parts + 1)})


def _grades(media: Media, numbers: Sequence[int], name: str) -> Iterator[tuple[int, Recovered]]:
    """Yield the recovered grades of these frames. Black ones, in which none can be read, are left out."""
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        for number, frame in zip(batch, read_frames(media, batch, Sampling().width), strict=True):
            try:
                yield number, recovered_look([frame], names=[name])
            except MatchError:
                continue
