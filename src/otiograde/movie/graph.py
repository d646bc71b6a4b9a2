"""Graph: one stretch of the edit as one FFmpeg filter graph, in R'G'B' from the media to the movie.

A single shot stays in float from its own matrix, through its LUT, to the movie's matrix. Several layers are converted
to 16-bit R'G'B' of the movie's size and merged by ``maskedmerge``. The mask of a picture is its alpha channel; that of
a dissolve rises from frame to frame. A shot whose grade changes is merged from two of its grades in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from otiograde.media.arguments import ColorArguments, color_arguments
from otiograde.movie.conversion import is_light
from otiograde.movie.format import MovieFormat
from otiograde.movie.keying import WHITE, Turn, mixture
from otiograde.movie.layers import DissolveLayer, Layer, Layers, ShotLayer, Stretch, has_alpha, is_opaque
from otiograde.movie.step_filters import step_filters
from otiograde.movie.timing import Input, Timing, timing
from otiograde.movie.variables import Variables
from otiograde.record.course import Course
from otiograde.record.edit import Pattern
from otiograde.record.shot import Media, Shot

#: The encodings in which FFmpeg draws the color bars of HD (SMPTE RP 219) and of SD (SMPTE EG 1).
_BARS_HD = ColorArguments("tv", "bt709", "bt709", "bt709", "709", "limited", "left", "yuv444p")
_BARS_SD = ColorArguments("tv", "smpte170m", "smpte170m", "smpte170m", "170m", "limited", "left", "yuv444p")

#: Gives the path of a shot's LUT, or of the LUT of its key at a media frame, as FFmpeg is to open it.
LutPath = Callable[[Shot, int | None], str]

#: Gives the path of the LUT that converts a shot to the movie's encoding after all else, or bars; empty for none.
ConversionPath = Callable[[Shot | Pattern], str]

#: Gives the path of the LUT that turns a shot's linear light into code values before all else; empty for none.
ShaperPath = Callable[[Shot], str]


@dataclass(slots=True)
class Graph:
    """Builds a filter graph, whose output is ``[v]``."""

    format: MovieFormat
    variables: Variables
    lut_path: LutPath
    conversion_path: ConversionPath
    shaper_path: ShaperPath
    #: The courses of grades that change, by their shots.
    courses: Mapping[str, Course]
    #: Frames of the stretch.
    count: int
    inputs: list[Input] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    _labels: int = 0

    def write(self, stretch: Stretch) -> str:
        """Return the graph of a stretch."""
        out = f"{{out_{self.variables.encoding_number(self.format.coding)}}}"
        rate = self.format.rate
        end = f"{out},setsar=1,settb={rate.denominator}/{rate.numerator},setpts=N[v]"
        only = stretch.layers[0] if len(stretch.layers) == 1 else None
        if isinstance(only, Pattern):
            self.chains.append(f"{self._pattern(only)},{end}")
        elif isinstance(only, ShotLayer) and not has_alpha(only.shot):
            label, filters = self._shot(only)
            # The grade stays in float unless the picture is scaled; filters that only repeat frames come last.
            times = self._timing(only)
            last = ",".join([out, "setsar=1", *times.after])
            self.chains.append(f"{label}{','.join([*times.before, *filters])},{last}[v]")
        else:
            self.chains.append(f"{self._compose(stretch.layers, None)}{end}")
        return ";".join(self.chains)

    def _label(self) -> str:
        self._labels += 1
        return f"[x{self._labels}]"

    def _shot(self, layer: ShotLayer) -> tuple[str, list[str]]:
        """Add the input of a shot. Returns its label, and its filters from decoded frames to the movie's size."""
        media, times = layer.shot.media, self._timing(layer)
        self.inputs.append(times.source)
        # The time stamps of frames tell which of them are chosen, so they must last until then.
        early_clock = ("null",) if times.choose else self._frame_clock()
        before = step_filters(layer.shot, "before", self.variables, early_clock, self._label)
        grade = [*self._grade(layer.shot, times, early_clock), *times.choose]
        after = step_filters(layer.shot, "after", self.variables, self._frame_clock(), self._label)
        after += self._conversion(layer.shot)
        into_rgb = f"{{in_{self.variables.encoding_number(color_arguments(media))}}}"
        if shaper := self.shaper_path(layer.shot):
            before.insert(0, _lut_filter(shaper))
        filters = [into_rgb, *before, *grade, *after]
        if has_alpha(layer.shot):
            filters.insert(0, _opaque(media.pixel_format))
        if not self.format.fits(media):
            filters.append(self.variables.fit(self.format.inside(media), self.format.size))
        return f"[{len(self.inputs) - 1}:V:0]", filters

    def _timing(self, layer: ShotLayer) -> Timing:
        return timing(layer, self.count, self.format, keyed=layer.shot.id in self.courses)

    def _grade(self, shot: Shot, times: Timing, clock: Iterable[str]) -> list[str]:
        """Return the filters of a shot's grade. Where it changes, they split the shot and merge two of its grades."""
        course = self.courses.get(shot.id)
        if course is None:
            return [self._lut(shot)]
        mix = mixture(course, times.graded)
        rows = [",".join(self._lut(shot, turn if len(row) > 1 else turn.key) for turn in row) for row in mix.rows]
        if len(rows) == 1:
            return [*clock, rows[0]]
        a, b, small, lower, upper = (self._label() for _ in range(5))
        float_ = "format=gbrpf32le,"  # or FFmpeg might split in gray, the format that the mask needs
        tiny = (f"{float_}crop=w=min(iw\\,16):h=min(ih\\,16):x=0:y=0", "format=gray16le")
        size = f"scale={shot.media.width}:{shot.media.height}:flags=neighbor"
        mask = self._mask_of_gray(small, *tiny, _level(mix.level), size, clock=())
        sides = f"{a}{float_}{rows[0]},{{deep}}{lower};{b}{float_}{rows[1]},{{deep}}{upper}"
        merged = f"split=3{a}{b}{small};{sides};{lower}{upper}{mask}maskedmerge=planes=7"
        return [*clock, merged, "{float}"]

    def _conversion(self, drawn: Shot | Pattern) -> list[str]:
        """Return the filter that converts a picture to the movie's encoding, if its grade does not do that."""
        path = self.conversion_path(drawn)
        return [_lut_filter(path)] if path else []

    def _lut(self, shot: Shot, turn: Turn | int | None = None) -> str:
        """Return the filter of a shot's LUT, or of a key's, in its turn: FFmpeg counts ``n`` from 0 at each filter."""
        key = turn.key if isinstance(turn, Turn) else turn
        lut = _lut_filter(self.lut_path(shot, key))
        if not isinstance(turn, Turn):
            return lut
        end = "" if turn.end is None else f"*lt(n\\,{turn.end})"
        return f"{lut}:enable=gte(n\\,{turn.first}){end}"

    def _compose(self, layers: Layers, below: str | None) -> str:
        """Merge layers over the picture ``below`` (None: black). Returns the label of the result, 16-bit R'G'B'."""
        result = below
        for layer in layers:
            result = self._over(layer, result)
        return result or self._black()

    def _over(self, layer: Layer, below: str | None) -> str:
        """Merge one layer over the picture ``below``."""
        if isinstance(layer, DissolveLayer):
            return self._dissolve(layer, below)
        if isinstance(layer, Pattern):
            self._discard(below)
            out = self._label()
            self.chains.append(f"{self._pattern(layer)},{{deep}},setsar=1,{','.join(self._frame_clock())}{out}")
            return out
        label, filters = self._shot(layer)
        times = self._timing(layer)
        deep = "{deep}" if self.format.fits(layer.shot.media) else "null"
        color = [*filters, deep, "setsar=1", *times.after, *self._frame_clock()]
        out = self._label()
        if not has_alpha(layer.shot):
            self._discard(below)
            self.chains.append(f"{label}{','.join([*times.before, *color])}{out}")
            return out
        picture, alpha, under = self._label(), self._label(), below or self._black()
        self.chains.append(f"{label}{','.join([*times.before, f'split{picture}{alpha}'])}")
        if layer.shot.media.premultiplied:
            picture, alpha = self._straight(picture, alpha, filters[:2], layer.shot.media)
            color = color[2:]
        over, mask = self._label(), self._alpha_mask(alpha, layer)
        self.chains.append(f"{picture}{','.join(color)}{over}")
        self.chains.append(f"{under}{over}{mask}maskedmerge=planes=7{out}")
        return out

    def _straight(self, picture: str, alpha: str, into_rgb: Sequence[str], media: Media) -> tuple[str, str]:
        """Divide colors that were multiplied by their alpha. Returns the labels of R'G'B' and of the alpha channel.

        This is done in R'G'B'. FFmpeg has a filter for it, which version 9 skips for files that are called straight.
        """
        kept, other = self._split(alpha)
        colors, divisor, divided = self._label(), self._label(), self._label()
        form = f"format={_escaped(_alpha_format(media.pixel_format))}"
        mask = self._mask_of_gray(other, form, "alphaextract", "format=gray16le", clock=self._frame_clock())
        rest = ",".join([*into_rgb, "format=gbrpf32le", "setsar=1", *self._frame_clock()])
        self.chains += [f"{picture}{rest}{colors}", f"{mask}format=gbrpf32le{divisor}"]
        deep = "gbrpf32le" if is_light(media.encoding) else "gbrp16le"
        self.chains.append(f"{colors}{divisor}blend=all_mode=divide,format={deep}{divided}")
        return divided, kept

    def _alpha_mask(self, alpha: str, layer: ShotLayer) -> str:
        """Turn the alpha channel of a picture into a mask of the movie's size."""
        media = layer.shot.media
        times = self._timing(layer)
        filters = [f"format={_escaped(_alpha_format(media.pixel_format))}", "alphaextract", "format=gray16le"]
        if not self.format.fits(media):
            (width, height), (wide, high) = self.format.inside(media), self.format.size
            position = f"{(wide - width) // 2}:{(high - height) // 2}:black"
            filters += [f"scale={width}:{height}:flags=bilinear", f"pad={wide}:{high}:{position}"]
        return self._mask_of_gray(alpha, *filters, *times.choose, *times.after, clock=self._frame_clock())

    def _dissolve(self, dissolve: DissolveLayer, below: str | None) -> str:
        opaque = is_opaque(dissolve)
        if opaque:
            self._discard(below)
        sides = [None, None] if opaque or below is None else self._split(below)
        a, b = (self._compose(side, under) for side, under in zip((dissolve.a, dissolve.b), sides, strict=True))
        out, mask = self._label(), self._dissolve_mask(dissolve)
        self.chains.append(f"{a}{b}{mask}maskedmerge=planes=7{out}")
        return out

    def _dissolve_mask(self, dissolve: DissolveLayer) -> str:
        """Draw a mask with the gray k / length in frame k of a dissolve. It has one color, so it is drawn small."""
        (width, height), out = self.format.size, self._label()
        small = f"color=c=black:s=16x16:r={self.format.rate},trim=end_frame={self.count},format=gray16le"
        level = _level(f"{WHITE}*(N+{dissolve.first})/{dissolve.length}+0.5")
        self.chains.append(f"{small},{level},scale={width}:{height}:flags=neighbor{out}")
        return self._mask_of_gray(out, clock=self._frame_clock())

    def _mask_of_gray(self, gray: str, *filters: str, clock: Iterable[str]) -> str:
        """Turn a gray picture of 16 bits into a mask of three equal planes."""
        a, b, c, mask = (self._label() for _ in range(4))
        rest = ",".join([*filters, "setsar=1", *clock, f"split=3{a}{b}{c}"])
        self.chains += [f"{gray}{rest}", f"{a}{b}{c}mergeplanes=0x001020:gbrp16le{mask}"]
        return mask

    def _split(self, label: str) -> list[str]:
        copies = [self._label(), self._label()]
        self.chains.append(f"{label}split{''.join(copies)}")
        return list(copies)

    def _discard(self, label: str | None) -> None:
        if label is not None:
            self.chains.append(f"{label}nullsink")

    def _pattern(self, pattern: Pattern) -> str:
        """Draw a pattern in float R'G'B'. Color bars are those of SD if the movie has an SD matrix, else of HD."""
        if pattern.kind == "black":
            return f"{self._source('color=c=black:')},format=gbrp,format=gbrpf32le"
        hd = self.format.coding.colorspace not in (_BARS_SD.colorspace, "bt470bg")
        source, coding = ("smptehdbars=", _BARS_HD) if hd else ("smptebars=", _BARS_SD)
        into_rgb = f"format={coding.pixel_format},{{in_{self.variables.encoding_number(coding)}}}"
        return ",".join([self._source(source), into_rgb, *self._conversion(pattern)])

    def _source(self, source: str) -> str:
        width, height = self.format.size
        return f"{source}s={width}x{height}:r={self.format.rate},trim=end_frame={self.count}"

    def _black(self) -> str:
        label = self._label()
        deep = ",".join(
            [self._source("color=c=black:"), "format=gbrp", "format=gbrp16le", "setsar=1", *self._frame_clock()]
        )
        self.chains.append(f"{deep}{label}")
        return label

    def _frame_clock(self) -> tuple[str, str]:
        rate = self.format.rate
        return f"settb={rate.denominator}/{rate.numerator}", "setpts=N"


def _lut_filter(path: str) -> str:
    # Behind a shaper, the tetrahedral interpolation of FFmpeg 9 crashes on NaN, which EXR may hold; trilinear takes 0.
    interpolation = "trilinear" if path.endswith(".csp") else "tetrahedral"
    return f"lut3d=file={_escaped(path)}:interp={interpolation}"


def _level(expression: str) -> str:
    """Return the filter that gives a gray picture the level, 0 to 65535, that an expression has in frame N."""
    return f"geq=lum={expression}"


def _escaped(value: str) -> str:
    """Escape the value of an option, first for the filter and then for the graph (ffmpeg-utils, "Quoting")."""
    return re.sub(r"([\\'\[\],;])", r"\\\1", re.sub(r"([\\':])", r"\\\1", value))


def _opaque(pixel_format: str) -> str:
    """Return the filter that takes alpha off. Light of floating point loses it where it becomes R'G'B', unclipped."""
    return "null" if pixel_format.startswith("gbrapf") else f"format={_escaped(_opaque_format(pixel_format))}"


def _opaque_format(pixel_format: str) -> str:
    """Return the pixel format for the same pictures without alpha."""
    if pixel_format.startswith("yuva"):
        return pixel_format.replace("yuva", "yuv", 1)
    if pixel_format.startswith("ya"):
        return "gray16le" if "16" in pixel_format else "gray"
    if pixel_format.startswith("gbrap"):
        return pixel_format.replace("gbrap", "gbrp", 1)
    return "rgb48le" if "64" in pixel_format else "rgb24"


def _alpha_format(pixel_format: str) -> str:
    """Return a pixel format of the same depth from which FFmpeg extracts alpha."""
    if pixel_format.startswith("gbrapf"):
        return "gbrap16le"
    if pixel_format.startswith(("yuva", "gbrap", "ya")):
        return pixel_format
    return "rgba64le" if "64" in pixel_format else "rgba"
