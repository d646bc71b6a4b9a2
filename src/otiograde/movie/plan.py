"""Plan: a record compiled into segments, one audio graph and one final encode, before anything runs.

``otiograde render`` and the scripts follow the same plan, so they give the same pictures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from otiograde.color.encodings import Encoding
from otiograde.errors import ExportError
from otiograde.movie.conversion import Conversions, Mixed, conversions_of
from otiograde.movie.cut import Cut
from otiograde.movie.encoders import FIELD_ENCODERS, Encoder, find_encoder
from otiograde.movie.fields import field_notes, mark
from otiograde.movie.format import MovieFormat
from otiograde.movie.graph import Graph
from otiograde.movie.keying import courses_of, divided
from otiograde.movie.layers import Stretch, cut_out, flatten, shots_in
from otiograde.movie.light import UNLIT, light_notes, mastering_of, with_light
from otiograde.movie.lut_files import LutFiles
from otiograde.movie.sound import SoundGraph, to_samples
from otiograde.movie.tapes import tapes
from otiograde.movie.timecode import timecode
from otiograde.movie.timing import Input
from otiograde.movie.variables import Variables
from otiograde.record.codec import encode
from otiograde.record.course import Course
from otiograde.record.edit import EMPTY, MISREAD, Edit, Pattern
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FieldOrder, LightMetadata, Shot

#: The largest width of a proxy, in pixels.
PROXY_WIDTH = 640

#: The most shots that the comment in a movie names.
_SHOTS_IN_COMMENT = 100

#: Part of each segment's name. It rises when the same plan would give other pictures than before.
VERSION = 2

#: The codec of segments: lossless Huffman coding, every frame a key frame, in a fifth of FFV1's time.
LOSSLESS = ("-c:v", "ffvhuff", "-pred", "median")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which part of the edit is rendered, and how it is encoded."""

    #: A name in ``encoders.ENCODERS``. H.264 plays everywhere.
    encoder: str = "x264"
    #: Frames [first, end) of the edit; None for the whole edit.
    frames: tuple[int, int] | None = None
    #: Shot ids. Only the stretches that show one of them are rendered; empty for all.
    shots: tuple[str, ...] = ()
    #: Whether the movie is scaled down to at most ``PROXY_WIDTH``.
    proxy: bool = False
    #: The strength of each LUT, 0 to 1. The grade as it was made by default.
    opacity: float = 1.0
    #: The encoding of the movie; None for that of most frames.
    encoding: Encoding | None = None
    #: What is done with shots of another encoding; None converts them if no encoding is in doubt.
    mixed: Mixed | None = None
    #: A name in ``encoders.HARDWARE`` that encodes instead; empty for software.
    hardware: str = ""
    #: Whether the movie is progressive even if all shots have the same fields.
    deinterlace: bool = False
    #: Whether the record's grades are ``steadied``: their LUTs are then other ones than those of the output folder.
    steadied: bool = False
    #: Whether MaxCLL and MaxFALL are measured in the graded frames, which decodes every frame once more.
    content_light: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the movie, rendered by one run of FFmpeg."""

    #: A hash of all that decides the pictures: media, frames, grades and graph.
    key: str
    #: The first frame of the edit.
    start: int
    #: The number of frames.
    count: int
    inputs: tuple[Input, ...]
    #: The filter graph, with its variables not filled in.
    graph: str
    #: Ids of the shots that are seen.
    shots: tuple[str, ...]
    #: Paths in the output folder of the LUTs that are used.
    luts: tuple[str, ...]

    @property
    def description(self) -> str:
        """The frames and shots, for messages."""
        return f"frames {self.start} to {self.start + self.count - 1}: {' over '.join(self.shots) or 'no shot'}"


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """The sound of the movie."""

    #: A hash of all that decides the sound.
    key: str
    #: Its length at 48 kHz.
    samples: int
    inputs: tuple[Input, ...]
    graph: str


@dataclass(frozen=True, slots=True)
class Slate:
    """The metadata of the movie."""

    title: str
    reel: str
    #: Ids of the shots that are seen.
    shots: tuple[str, ...]
    #: The time code of the first frame.
    timecode: str

    @property
    def comment(self) -> str:
        """Reel and shots in one line, as no container has fields for them."""
        shown = self.shots[:_SHOTS_IN_COMMENT]
        more = f" and {len(self.shots) - _SHOTS_IN_COMMENT} more" if len(self.shots) > _SHOTS_IN_COMMENT else ""
        return f"reel {self.reel}, shots {', '.join(shown)}{more}"


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """The whole rendering."""

    format: MovieFormat
    encoder: Encoder
    variables: Variables
    segments: tuple[Segment, ...]
    #: None without sound.
    sound: SoundTrack | None
    slate: Slate
    #: One line for each thing that is not shown as the edit asks.
    notes: tuple[str, ...]
    luts: LutFiles
    #: Whether metadata of light is taken off the frames.
    unlit: bool

    @property
    def frames(self) -> int:
        """The number of frames of the movie."""
        return sum(segment.count for segment in self.segments)

    @property
    def join_filters(self) -> str:
        """The filters of the final encode. Frames are numbered again, whatever the time stamps of the segments."""
        rate = self.format.rate
        clock = f"settb={rate.denominator}/{rate.numerator},setpts=N"
        light = UNLIT if self.unlit else ""
        return f"{clock},{mark(self.format.fields)}{light}{self.format.coding.setparams}{self.encoder.upload}"


def plan(record: GradedTimeline, delivery: Delivery = Delivery()) -> RenderPlan:
    """Plan the rendering of a record.

    Raises ``ExportError`` for a range or shot that is not in the edit, and for an edit in which no shot is seen;
    ``MixedError`` for encodings that are not to be made one movie.
    """
    edit, encoder = record.edit, find_encoder(delivery.encoder, delivery.hardware)
    cut = Cut.of(edit)
    courses, notes = courses_of(record)
    stretches = _select(divided(flatten(cut), courses, edit.rate), edit, delivery)
    shown = [shot for shot in edit.shots if shot.record.count > 0]
    if not shown:
        raise ExportError(f"{edit.name}: there is nothing to render: no shot of the edit has a frame")
    movie_format = MovieFormat.of(shown, edit.rate, delivery.encoding)
    movie_format = movie_format.smaller(PROXY_WIDTH) if delivery.proxy else movie_format
    shared = movie_format.fields
    movie_format = movie_format.delivered(encoder)
    movie_format = replace(movie_format, fields="progressive") if delivery.deinterlace else movie_format
    target, wished = movie_format.written, delivery.encoding is not None
    conversions = conversions_of(record, shown, target, delivery.mixed, wished=wished)
    if conversions.shots and target.family != "sdr" and not encoder.pixel_format:
        movie_format = movie_format.deep()
    plain, encoder = encoder, with_light(encoder, LightMetadata(mastering_of(shown, target)))
    luts = _lut_files(record, delivery, conversions, courses)
    compiler = _Compiler(luts, movie_format, Variables(movie_format.fields), courses)
    segments = tuple(compiler.segment(stretch) for stretch in stretches)
    start = stretches[0].start
    return RenderPlan(
        format=movie_format,
        encoder=encoder,
        variables=compiler.variables,
        segments=segments,
        sound=None if delivery.shots else _sound(edit, start, start + sum(stretch.count for stretch in stretches)),
        slate=_slate(record, segments, start),
        notes=(
            *cut.notes,
            *conversions.notes,
            *field_notes(shown, movie_format.fields),
            *_notes_on_encoder(shared, movie_format, delivery),
            *notes,
            *light_notes(shown, plain, target),
            *_notes_on_skips(edit),
        ),
        luts=luts,
        unlit=movie_format.encoding.is_hdr or any(shot.media.light != LightMetadata() for shot in shown),
    )


def _lut_files(
    record: GradedTimeline, delivery: Delivery, conversions: Conversions, courses: Mapping[str, Course]
) -> LutFiles:
    away = delivery.encoding is not None
    return LutFiles(record, delivery.opacity, delivery.steadied, away, conversions, frozenset(courses))


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Compiles stretches into segments, all with the same variables."""

    luts: LutFiles
    format: MovieFormat
    variables: Variables
    courses: Mapping[str, Course]
    _values_of: dict[str, dict[str, Any]] = field(default_factory=dict)

    def segment(self, stretch: Stretch) -> Segment:
        used: dict[str, None] = {}

        def lut_path(shot: Shot, frame: int | None) -> str:
            used[path := self.luts.path(shot, frame)] = None
            return path

        def conversion_path(drawn: Shot | Pattern) -> str:
            return noted(self.luts.conversion_path(drawn))

        def shaper_path(shot: Shot) -> str:
            return noted(self.luts.shaper_path(shot))

        def noted(path: str) -> str:
            used.update({path: None} if path else {})
            return path

        graph = Graph(self.format, self.variables, lut_path, conversion_path, shaper_path, self.courses, stretch.count)
        text = graph.write(stretch)
        shots = tuple(dict.fromkeys(shot.id for shot in shots_in(stretch.layers)))
        inputs = tuple(graph.inputs)
        grades = [self._values(shot) for shot in shots]
        whole = self.variables.fill(text, "as asked")
        record = self.luts.record
        decisive = [
            VERSION,
            whole,
            encode(inputs),
            grades,
            record.lut_size,
            self.luts.opacity,
            self.format.coding.flags,
        ]
        decisive += [encode(one) for shot in shots if (one := self.luts.conversions.shots.get(shot))]
        return Segment(digest(decisive), stretch.start, stretch.count, inputs, text, shots, tuple(used))

    def _values(self, shot: str) -> dict[str, Any]:
        if shot not in self._values_of:
            self._values_of[shot] = _grade_values(self.luts.record.grade(shot))
        return self._values_of[shot]


def _grade_values(grade: Grade) -> dict[str, Any]:
    """Return a grade as plain values: one strength, and reasons as texts, so that names of segments stay the same."""
    values = {name: value for name, value in encode(grade).items() if name != "share"}
    if "course" in values:  # a course may be long, and a shot have many segments
        values["course"] = digest(values["course"])
    return values | {"strength": grade.amount, "reasons": [reason.sentence for reason in grade.reasons]}


def digest(values: object) -> str:
    """Hash plain values into 20 hexadecimal digits."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _select(stretches: tuple[Stretch, ...], edit: Edit, delivery: Delivery) -> tuple[Stretch, ...]:
    """Return the stretches that a delivery asks for. Raises ``ExportError`` for a range or shot that is not there."""
    if delivery.frames is not None:
        first, last = delivery.frames
        end = max((stretch.end for stretch in stretches), default=0)
        if not 0 <= first < last <= end:
            raise ExportError(f"the range {first}:{last} is not within the edit's frames 0:{end}")
        stretches = cut_out(stretches, first, last)
    if delivery.shots:
        ids, selected = {shot.id for shot in edit.shots}, set(delivery.shots)
        if unknown := sorted(selected - ids):
            raise ExportError(f"there is no shot {unknown[0]!r} in the edit: its shots are {', '.join(sorted(ids))}")
        stretches = tuple(stretch for stretch in stretches if selected & {shot.id for shot in shots_in(stretch.layers)})
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


def _notes_on_encoder(shared: FieldOrder, made: MovieFormat, delivery: Delivery) -> list[str]:
    if shared == made.fields or delivery.deinterlace:
        return []
    return [f"{delivery.encoder} is not used to code fields: the encoders {', '.join(FIELD_ENCODERS)} keep them"]


def _notes_on_skips(edit: Edit) -> list[str]:
    """Name the parts of the edit that the movie shows as black or leaves out."""
    lines = []
    drawn = {(pattern.record.start, pattern.record.count) for pattern in edit.patterns}
    for skip in edit.skips:
        is_drawn = skip.what == "generator" and (skip.start, skip.count) in drawn
        is_empty_track = skip.what == EMPTY and not skip.count
        if skip.what not in ("gap", "transition", "disabled", "hidden") and not is_drawn and not is_empty_track:
            name = "" if skip.name.casefold() == skip.what else skip.name
            position = f"at frame {skip.start} of V{skip.track + 1}, {skip.count} long: {skip.why}"
            shown = "" if skip.what == MISREAD else ", nothing is shown"
            lines.append(" ".join(f"{skip.what} {name} {position}{shown}".split()))
    return lines


def _slate(record: GradedTimeline, segments: Iterable[Segment], start: int) -> Slate:
    """Name the movie after the edit. Its reel is that of its shots if they share one, else also the edit's name."""
    edit = record.edit
    shots = tuple(dict.fromkeys(shot for segment in segments for shot in segment.shots))
    tape_of = tapes(record)
    reels = {tape_of[shot].reel for shot in shots}
    reel = reels.pop() if len(reels) == 1 else edit.name
    return Slate(edit.name, reel, shots, _timecode(edit, start))


def _timecode(edit: Edit, start: int) -> str:
    """Return the time code of the movie's first frame. It counts drop-frame if that of all media does."""
    global_start = edit.otio.get("global_start_time") or {}
    value, rate = global_start.get("value") or 0, global_start.get("rate") or float(edit.rate)
    try:
        frame = round(Fraction(value) / Fraction(rate) * edit.rate) + start if value else start
    except (TypeError, ValueError, ArithmeticError):  # a stranger's edit may hold any value
        frame = start
    drop = bool(edit.shots) and all(shot.media.drop_frame for shot in edit.shots)
    return timecode(max(frame, 0), edit.rate, drop=drop)
