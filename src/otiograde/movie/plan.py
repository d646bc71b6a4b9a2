"""Plan: a record compiled into segments, one audio graph and one final encode, before anything runs.

Every front end follows the same plan: ``otiograde render`` and the scripts give the same pictures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from otiograde.color.encodings import Encoding
from otiograde.errors import ExportError
from otiograde.folder.layout import faded_lut_path
from otiograde.movie.cut import Cut
from otiograde.movie.encoders import Encoder, encoder
from otiograde.movie.film import Film, family_of
from otiograde.movie.graph import Graph
from otiograde.movie.layers import Stretch, cut_out, flatten, shots_in
from otiograde.movie.sound import SoundGraph, to_samples
from otiograde.movie.takes import Input
from otiograde.movie.tapes import tapes
from otiograde.movie.timecode import timecode
from otiograde.movie.variables import Variables
from otiograde.record.codec import encode
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: A proxy is at most this wide.
PROXY_WIDTH = 640

#: How many shots a movie's comment names.
_SHOTS_SAID = 100

#: Raised when the same plan would give other pictures than before.
VERSION = 2

#: Segments keep every code value: Huffman coding, every frame a key frame, in a fifth of FFV1's time.
LOSSLESS = ("-c:v", "ffvhuff", "-pred", "median")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be delivered: ``frames`` (from, to) of the edit, only the stretches that show ``shots``, how encoded.

    ``opacity`` is how much of each LUT is applied, 0 to 1; ``encoding`` overrules that of the edit's majority.
    ``hardware`` names what encodes in the place of ``encoder``; empty: nothing does.
    """

    encoder: str = "x264"
    frames: tuple[int, int] | None = None
    shots: tuple[str, ...] = ()
    proxy: bool = False
    opacity: float = 1.0
    encoding: Encoding | None = None
    hardware: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the film: ``count`` frames from frame ``start`` of the edit on, made by one run of FFmpeg.

    ``key`` names what decides its pictures: media, frames, grades and graph. ``graph`` leaves variables open.
    """

    key: str
    start: int
    count: int
    inputs: tuple[Input, ...]
    graph: str
    shots: tuple[str, ...]
    luts: tuple[str, ...]

    @property
    def about(self) -> str:
        """What it is, in words."""
        return f"frames {self.start} to {self.start + self.count - 1}: {' over '.join(self.shots) or 'no shot'}"


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """The film's sound: ``samples`` at 48 kHz."""

    key: str
    samples: int
    inputs: tuple[Input, ...]
    graph: str


@dataclass(frozen=True, slots=True)
class Slate:
    """What is written into the movie: its ``title``, ``reel``, the ``shots`` in it, the ``timecode`` of its start."""

    title: str
    reel: str
    shots: tuple[str, ...]
    timecode: str

    @property
    def comment(self) -> str:
        """Reel and shots in one line, where a container has no place of their own for them."""
        shown = self.shots[:_SHOTS_SAID]
        more = f" and {len(self.shots) - _SHOTS_SAID} more" if len(self.shots) > _SHOTS_SAID else ""
        return f"reel {self.reel}, shots {', '.join(shown)}{more}"


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """The whole rendering. ``notes`` says, a line each, what of the edit is shown otherwise than it asks."""

    film: Film
    form: Encoder
    variables: Variables
    segments: tuple[Segment, ...]
    sound: SoundTrack | None
    slate: Slate
    notes: tuple[str, ...]

    @property
    def frames(self) -> int:
        """The film's frames."""
        return sum(segment.count for segment in self.segments)

    @property
    def join(self) -> str:
        """The filters of the final encode: frames are counted anew, so that no file's own clock matters."""
        rate = self.film.rate
        return f"settb={rate.denominator}/{rate.numerator},setpts=N,{self.film.spoken.setparams}{self.form.upload}"


def plan(record: GradedTimeline, delivery: Delivery = Delivery()) -> RenderPlan:
    """Plan the rendering of a record.

    Raises ``ExportError`` for a range or shot that is not in the edit, and for an edit in which no shot is seen.
    """
    edit, form = record.edit, encoder(delivery.encoder, delivery.hardware)
    cut = Cut.of(edit)
    stretches = _wanted(flatten(cut), edit, delivery)
    shown = [shot for shot in edit.shots if shot.record.count > 0]
    if not shown:
        raise ExportError(f"{edit.name}: there is nothing to render: no shot of the edit has a frame")
    film = Film.of(shown, edit.rate, delivery.encoding)
    film = film.smaller(PROXY_WIDTH) if delivery.proxy else film
    film = film.delivered(form)
    compiler = _Compiler(record, film, Variables(), delivery.opacity)
    segments = tuple(compiler.segment(stretch) for stretch in stretches)
    start = stretches[0].start if stretches else 0
    return RenderPlan(
        film=film,
        form=form,
        variables=compiler.variables,
        segments=segments,
        sound=None if delivery.shots else _sound(edit, start, start + sum(each.count for each in stretches)),
        slate=_slate(record, segments, start),
        notes=(*cut.notes, *_mixed(shown), *_unseen(edit)),
    )


@dataclass(frozen=True, slots=True)
class _Compiler:
    record: GradedTimeline
    film: Film
    variables: Variables
    opacity: float

    def segment(self, stretch: Stretch) -> Segment:
        graph = Graph(self.film, self.variables, self._place, stretch.count)
        text = graph.stretch(stretch)
        shots = tuple(dict.fromkeys(shot.id for shot in shots_in(stretch.layers)))
        inputs = tuple(graph.inputs)
        grades = [_applied(self.record.grade(shot)) for shot in shots]
        whole = self.variables.spell(text, "as asked")
        decisive = [VERSION, whole, encode(inputs), grades, self.record.lut_size, self.opacity, self.film.spoken.flags]
        luts = tuple(faded_lut_path(shot, self.opacity) for shot in shots)
        return Segment(digest(decisive), stretch.start, stretch.count, inputs, text, shots, luts)

    def _place(self, shot: Shot) -> str:
        return faded_lut_path(shot.id, self.opacity)


def _applied(grade: Grade) -> dict[str, Any]:
    """A grade as plain values, as segments have always been named by: with one strength, and its reasons as texts."""
    values = {name: value for name, value in encode(grade).items() if name != "share"}
    return values | {"strength": grade.amount, "reasons": [reason.sentence for reason in grade.reasons]}


def digest(values: object) -> str:
    """Name plain values by their content, in 20 hexadecimal digits."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _wanted(stretches: tuple[Stretch, ...], edit: Edit, delivery: Delivery) -> tuple[Stretch, ...]:
    if delivery.frames is not None:
        first, last = delivery.frames
        end = max((each.start + each.count for each in stretches), default=0)
        if not 0 <= first < last <= end:
            raise ExportError(f"the range {first}:{last} is not within the edit's frames 0:{end}")
        stretches = cut_out(stretches, first, last)
    if delivery.shots:
        known = {shot.id for shot in edit.shots}
        if unknown := sorted(set(delivery.shots) - known):
            raise ExportError(f"there is no shot {unknown[0]!r} in the edit: its shots are {', '.join(sorted(known))}")
        wanted = set(delivery.shots)
        stretches = tuple(each for each in stretches if wanted & {shot.id for shot in shots_in(each.layers)})
    if not stretches:
        raise ExportError("there is nothing to render: the edit has no frames")
    return stretches


def _sound(edit: Edit, start: int, end: int) -> SoundTrack | None:
    graph = SoundGraph.of(edit, start, end)
    if not graph.inputs:
        return None
    samples = to_samples(end, edit.rate) - to_samples(start, edit.rate)
    inputs = tuple(graph.inputs)
    return SoundTrack(digest([VERSION, graph.text, encode(inputs)]), samples, inputs, graph.text)


def _mixed(shots: Iterable[Shot]) -> list[str]:
    families = sorted({family_of(shot.media) for shot in shots})
    if len(families) < 2:
        return []
    return [f"{' and '.join(families)} are cut together as they are coded: nothing converts one into the other"]


def _unseen(edit: Edit) -> list[str]:
    """What of the edit is black in the film, or is not there."""
    lines = []
    drawn = {(pattern.record.start, pattern.record.count) for pattern in edit.patterns}
    for skip in edit.skips:
        known = skip.what == "generator" and (skip.start, skip.count) in drawn
        if skip.what not in ("gap", "transition", "disabled", "hidden") and not known:
            name = "" if skip.name.casefold() == skip.what else skip.name
            place = f"at frame {skip.start} of V{skip.track + 1}, {skip.count} long: {skip.why}"
            lines.append(" ".join(f"{skip.what} {name} {place}, nothing is shown".split()))
    return lines


def _slate(record: GradedTimeline, segments: Iterable[Segment], start: int) -> Slate:
    """Name the movie after the edit; its reel too, where it does not show one reel alone."""
    edit = record.edit
    shots = tuple(dict.fromkeys(shot for segment in segments for shot in segment.shots))
    known = tapes(record)
    reels = {known[shot].reel for shot in shots}
    reel = reels.pop() if len(reels) == 1 else edit.name
    return Slate(edit.name, reel, shots, _timecode(edit, start))


def _timecode(edit: Edit, start: int) -> str:
    """The time code of the film's first frame, drop-frame where that of all media is."""
    given = edit.otio.get("global_start_time") or {}
    value, rate = given.get("value") or 0, given.get("rate") or float(edit.rate)
    frame = round(Fraction(value) / Fraction(rate) * edit.rate) + start if value else start
    drop = bool(edit.shots) and all(shot.media.drop_frame for shot in edit.shots)
    return timecode(max(frame, 0), edit.rate, drop=drop)
