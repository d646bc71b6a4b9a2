"""What the render scripts do, before it is spelled for a shell: each shot's FFmpeg arguments, and the film's cuts.

Text in braces stands for a variable of the script: ``{in_1}`` to R'G'B' and ``{out_1}`` back for the first encoding,
``{fit_1}`` to the film's picture size, ``{tags_1}`` the encoder's flags, ``{DITHER}``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeVar

from otiograde.edit import Edit
from otiograde.exporters.swscale import from_rgb, to_rgb
from otiograde.grade import Grade
from otiograde.graded import GradedTimeline
from otiograde.media.words import Words, words
from otiograde.outputs import lut_path
from otiograde.shot import Media, Shot

_T = TypeVar("_T")

FILM = "film.mp4"
CUTS = "render/film.txt"

#: Containers whose index FFmpeg seeks by; a transport stream has none.
_SEEKS_WELL = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm"})

#: Seconds between the place that is sought and the first frame that is wanted.
_MARGIN = Fraction(1)

#: A still by a name in which FFmpeg would see a pattern.
_PATTERN_SIGNS = frozenset("%*?[{")


@dataclass(frozen=True, slots=True)
class Step:
    """One run of FFmpeg: ``options`` and ``source`` are its input, ``filters`` its picture, ``after`` the rest.

    It makes ``target`` from the files ``needs``, only when ``target`` is older than they; ``about`` describes it.
    """

    target: str
    needs: tuple[str, ...]
    options: tuple[str, ...]
    source: str
    filters: tuple[str, ...]
    after: tuple[str, ...]
    about: str


@dataclass(slots=True)
class Variables:
    """The script's variables: with zscale, without it, and whichever; each distinct value once."""

    zscale: dict[str, str] = field(default_factory=dict)
    swscale: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    _seen: dict[object, int] = field(default_factory=dict)

    def legs(self, spoken: Words) -> int:
        """Give an encoding its number, which its variables ``in``, ``out`` and ``tags`` bear."""
        if spoken not in self._seen:
            number = self._seen[spoken] = 1 + sum(isinstance(seen, Words) for seen in self._seen)
            dither = "none" if spoken.pixel_format.endswith("10le") else "{DITHER}"
            out = spoken.from_rgb("none").replace("dither=none", f"dither={dither}")
            self.zscale |= {f"in_{number}": spoken.to_rgb, f"out_{number}": out}
            self.swscale |= {f"in_{number}": to_rgb(spoken), f"out_{number}": from_rgb(spoken)}
            self.tags[f"tags_{number}"] = " ".join(spoken.flags)
        return self._seen[spoken]

    def fit(self, media: Media, size: tuple[int, int]) -> str:
        """Name the variable that scales R'G'B' of this media into the film's size, with black at the sides."""
        inner = _inside(media, size)
        key = (inner, size)
        if key not in self._seen:
            self._seen[key] = number = 1 + sum(isinstance(seen, tuple) for seen in self._seen)
            (width, height), (wide, high) = inner, size
            rest = f"format=gbrp16le,setsar=1,pad={wide}:{high}:{(wide - width) // 2}:{(high - height) // 2}"
            self.zscale[f"fit_{number}"] = f"zscale=width={width}:height={height}:filter=lanczos:dither=none,{rest}"
            flags = "lanczos+accurate_rnd+full_chroma_int"
            self.swscale[f"fit_{number}"] = f"scale={width}:{height}:flags={flags},{rest}"
        return f"{{fit_{self._seen[key]}}}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole rendering: ``shots``, then ``fits`` (shots unlike the film), then the ``film`` from ``cuts``.

    ``not_rendered`` says, a line each, what of the edit is not in the film.
    """

    variables: Variables
    shots: tuple[Step, ...]
    fits: tuple[Step, ...]
    film: Step | None
    cuts: tuple[str, ...]
    not_rendered: tuple[str, ...]


def plan(record: GradedTimeline) -> Plan:
    """Plan the rendering of a record."""
    variables = Variables()
    pairs = list(zip(record.edit.shots, record.grades, strict=True))
    shots = tuple(_shot(shot, grade, record.edit.rate, variables) for shot, grade in pairs)
    joined, left_out = _bottom_track(record.edit.shots)
    if not joined:
        return Plan(variables, shots, (), None, (), (*_skipped(record.edit), *left_out))
    film = Film.of(joined, record.edit.rate)
    strange = [shot for shot in joined if _family(shot.media) != film.family]
    left_out += [f"{shot.id}: rendered, but {_family(shot.media)} does not cut with {film.family}" for shot in strange]
    joined = [shot for shot in joined if _family(shot.media) == film.family]
    fits = {shot.id: film.fit(shot, variables) for shot in joined if not film.takes(shot)}
    cuts = tuple(fits[shot.id].target if shot.id in fits else target(shot.id) for shot in joined)
    notes = (*_skipped(record.edit), *left_out, *_speeds(joined), "sound")
    return Plan(variables, shots, tuple(fits.values()), film.join(cuts, variables), cuts, notes)


def target(shot: str) -> str:
    """Where the shot with this id is rendered to."""
    return f"rendered/{shot}.mp4"


def _shot(shot: Shot, grade: Grade, edit_rate: Fraction, variables: Variables) -> Step:
    media = shot.media
    number = variables.legs(_spoken(media))
    options, source, first = _input(shot)
    still = media.kind == "still"
    count, rate = _rendered(shot, edit_rate)
    held = (f"loop=loop={count - 1}:size=1:start=0",) if still else ()
    lut = f"lut3d=file={lut_path(shot.id)}:interp=tetrahedral"
    return Step(
        target=target(shot.id),
        needs=(first, lut_path(shot.id)),
        options=options,
        source=source,
        filters=(_trim(shot), f"{{in_{number}}}", lut, f"{{out_{number}}}", *held, *_counted(rate)),
        after=("-r", str(rate), f"{{tags_{number}}}"),
        about=f"{shot.id}: {grade.scene}, {media.encoding.name} ({media.origin}), {_frames(shot)}",
    )


def _frames(shot: Shot) -> str:
    source = shot.source
    where = "a still" if shot.media.kind == "still" else f"frames {source.start} to {source.end - 1}"
    return f"{where} of {shot.media.path.name}"


def _input(shot: Shot) -> tuple[tuple[str, ...], str, str]:
    """Give FFmpeg's options before ``-i``, its input, and a file that must be there."""
    media = shot.media
    # A name that begins with a dash would be an option; an absolute path never does.
    path = str(media.path) if media.path.is_absolute() else f"./{media.path}"
    if media.kind == "sequence":
        first = media.first + max(shot.source.start, 0)
        numbers = ("-framerate", str(media.rate), "-start_number", str(first))
        return ("-f", "image2", *numbers), path, _numbered(path, first)
    if media.kind == "still" and _PATTERN_SIGNS & set(path):
        return ("-f", "image2", "-pattern_type", "none"), path, path
    return (("-copyts", "-ss", _seconds(_seek(shot))) if _seek(shot) else ()), path, path


def _seek(shot: Shot) -> Fraction:
    """Give the second after the container's beginning from which decoding is enough; 0: from the beginning.

    Only where frames are then found by their time stamps, and where FFmpeg never seeks too far.
    """
    media = shot.media
    if media.kind != "video" or media.start is None or media.path.suffix.lower() not in _SEEKS_WELL:
        return Fraction(0)
    seek = shot.source.start / media.rate - _MARGIN
    return seek if seek > _MARGIN else Fraction(0)


def _numbered(pattern: str, number: int) -> str:
    try:
        return pattern % number
    except (TypeError, ValueError):  # not the pattern it should be: FFmpeg will say so
        return pattern


def _trim(shot: Shot) -> str:
    """Cut out the shot's frames: counted from the first one that decodes, or, after a seek, by unchanged time stamps.

    Times lie half a frame before the frame that is meant, so that no rounding in the container reaches the next one.
    """
    media, source = shot.media, shot.source
    if media.kind == "still":
        return "trim=end_frame=1"
    if media.kind == "sequence":
        return f"trim=end_frame={source.count}"
    if media.start is not None and _seek(shot):
        first, end = (media.start + (frame - Fraction(1, 2)) / media.rate for frame in (source.start, source.end))
        return f"trim=start={_seconds(first)}:end={_seconds(end)}"
    return f"trim=start_frame={max(source.start, 0)}:end_frame={source.end}"


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"


def _counted(rate: Fraction) -> tuple[str, str]:
    """Every frame exactly one frame long."""
    return f"settb={rate.denominator}/{rate.numerator}", "setpts=N"


def _rendered(shot: Shot, edit_rate: Fraction) -> tuple[int, Fraction]:
    """Frames and rate of a rendered shot: those of its media; a still is as long as the edit holds it."""
    if shot.media.kind == "still":
        return max(shot.record.count, 1), edit_rate
    return shot.source.count, shot.media.rate


def _spoken(media: Media) -> Words:
    """FFmpeg's words for the media; odd sizes have whole chroma, which encoders do not take halved."""
    spoken = words(media)
    if media.width % 2 or media.height % 2:
        whole = spoken.pixel_format.replace("420", "444").replace("422", "444")
        return replace(spoken, pixel_format=whole)
    return spoken


def _written(media: Media) -> Words:
    """FFmpeg's words for what is rendered from the media: never RGB."""
    return replace(_spoken(media), rgb="")


def _family(media: Media) -> str:
    """Code values mean the same within a family: PQ and HLG do not cut with anything else."""
    return {"smpte2084": "PQ", "arib-std-b67": "HLG"}.get(media.encoding.transfer, "SDR")


def _bottom_track(shots: Sequence[Shot]) -> tuple[list[Shot], list[str]]:
    """Pick the shots of the lowest track in record order, one at a time, and say why others are not there."""
    bottom = min((shot.track for shot in shots), default=0)
    joined: list[Shot] = []
    left_out = []
    for shot in sorted(shots, key=lambda shot: shot.record.start):
        if shot.track != bottom:
            left_out.append(f"{shot.id}: rendered, but on V{shot.track + 1}, above the film")
        elif joined and shot.record.start < joined[-1].record.end:
            left_out.append(f"{shot.id}: rendered, but at the same time as {joined[-1].id}")
        else:
            joined.append(shot)
    return joined, left_out


def _skipped(edit: Edit) -> list[str]:
    lines = []
    for skip in edit.skips:
        name = "" if skip.name.casefold() == skip.what else skip.name
        place = f"at frame {skip.start} of V{skip.track + 1}, {skip.count} long: {skip.why}"
        lines.append(" ".join(f"{skip.what} {name} {place}".split()))
    return lines


def _speeds(shots: Iterable[Shot]) -> list[str]:
    return [f"speed {shot.speed} of {shot.id}: in the film at its own speed" for shot in shots if shot.speed != 1]


@dataclass(frozen=True, slots=True)
class Film:
    """What the film is: the picture size, encoding and format that most of its frames have, at the edit's rate."""

    size: tuple[int, int]
    spoken: Words
    family: str
    rate: Fraction

    @classmethod
    def of(cls, shots: Sequence[Shot], rate: Fraction) -> Film:
        """Decide the film of these shots."""
        family = _most((_family(shot.media), shot.record.count) for shot in shots)
        kin = [shot for shot in shots if _family(shot.media) == family]
        size = _most((_square(shot.media), shot.record.count) for shot in kin)
        spoken = _most((_written(shot.media), shot.record.count) for shot in kin)
        return cls(size, spoken, family, rate)

    def takes(self, shot: Shot) -> bool:
        """Whether a rendered shot can be cut in as it is."""
        media = shot.media
        count, rate = _rendered(shot, self.rate)
        fits = (media.width, media.height) == self.size and media.pixel_aspect == 1 and rate == self.rate
        return fits and _written(media) == self.spoken and (count == shot.record.count or shot.speed != 1)

    def fit(self, shot: Shot, variables: Variables) -> Step:
        """Make a rendered shot like the film: its R'G'B' code values stay, they are what was matched."""
        rendered = target(shot.id)
        source = variables.legs(_written(shot.media))
        own = variables.legs(self.spoken)
        length = shot.record.count
        whole = (f"tpad=stop_mode=clone:stop={length}", f"trim=end_frame={length}") if shot.speed == 1 else ()
        even = f"fps=fps={self.rate}:start_time=0:round=up"  # frame k shows source frame floor(k source rate / rate)
        picture = (f"{{in_{source}}}", variables.fit(shot.media, self.size), f"{{out_{own}}}")
        return Step(
            target=f"rendered/film/{shot.id}.mp4",
            needs=(rendered,),
            options=(),
            source=rendered,
            filters=(even, *whole, *picture, *_counted(self.rate)),
            after=("-r", str(self.rate), f"{{tags_{own}}}"),
            about=f"{shot.id} in the film's size, rate and encoding",
        )

    def join(self, cuts: Sequence[str], variables: Variables) -> Step:
        """Join by cuts: the frames are counted anew, so that no file's own clock matters."""
        tags = variables.legs(self.spoken)
        return Step(
            target=FILM,
            needs=tuple(cuts),
            options=("-f", "concat", "-safe", "0"),
            source=CUTS,
            filters=(*_counted(self.rate), self.spoken.setparams),
            after=("-r", str(self.rate), f"{{tags_{tags}}}"),
            about=f"the film: {len(cuts)} shots joined by cuts",
        )


def _most(counted: Iterable[tuple[_T, int]]) -> _T:
    """Find the value that most frames have, the first of several."""
    frames: Counter[_T] = Counter()
    for value, count in counted:
        frames[value] += count
    return max(frames, key=lambda value: frames[value])


def _square(media: Media) -> tuple[int, int]:
    """Give the picture size in square pixels, even."""
    return _even(media.width * media.pixel_aspect), _even(Fraction(media.height))


def _inside(media: Media, size: tuple[int, int]) -> tuple[int, int]:
    """Give the size of the media's picture, scaled to fit into ``size``."""
    width, height = media.width * media.pixel_aspect, Fraction(media.height)
    scale = min(size[0] / width, size[1] / height)
    return min(_even(width * scale), size[0]), min(_even(height * scale), size[1])


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))
