"""Graph: one stretch of the edit as one FFmpeg filter graph, in R'G'B' from the media to the film.

A single take goes in float from its own matrix through its LUT to the film's. Layers meet in 16-bit R'G'B' of the
film's size, by ``maskedmerge``: the mask of a picture is its alpha, that of a dissolve grows from frame to frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from otiograde.media.arguments import ColorArguments
from otiograde.movie.film import Film, spoken_of
from otiograde.movie.layers import Fade, Layer, Layers, Stretch, Take, has_alpha, is_opaque
from otiograde.movie.steps import steps
from otiograde.movie.takes import Input, timing
from otiograde.movie.variables import Variables
from otiograde.record.edit import Pattern
from otiograde.record.shot import Shot

#: How FFmpeg draws the bars of HD (SMPTE RP 219) and those of SD (SMPTE EG 1).
_BARS_HD = ColorArguments("tv", "bt709", "bt709", "bt709", "709", "limited", "left", "yuv444p")
_BARS_SD = ColorArguments("tv", "smpte170m", "smpte170m", "smpte170m", "170m", "limited", "left", "yuv444p")

#: Where the LUT of a shot lies, as the filter is to open it.
LutPlace = Callable[[Shot], str]


@dataclass(slots=True)
class Graph:
    """A filter graph in the making; ``[v]`` is its output."""

    film: Film
    variables: Variables
    place: LutPlace
    count: int
    inputs: list[Input] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    _labels: int = 0

    def stretch(self, stretch: Stretch) -> str:
        """Write the graph of a stretch."""
        out = f"{{out_{self.variables.legs(self.film.spoken)}}}"
        rate = self.film.rate
        end = f"{out},setsar=1,settb={rate.denominator}/{rate.numerator},setpts=N[v]"
        only = stretch.layers[0] if len(stretch.layers) == 1 else None
        if isinstance(only, Pattern):
            self.chains.append(f"{self._pattern(only)},{end}")
        elif isinstance(take := only, Take) and not has_alpha(take.shot):
            label, filters = self._take(take)
            # The grade stays in float where nothing has to be scaled; what only repeats frames comes last.
            times = timing(take, self.count, rate)
            held = ",".join([out, "setsar=1", *times.after])
            self.chains.append(f"{label}{','.join([*times.before, *filters])},{held}[v]")
        else:
            self.chains.append(f"{self._compose(stretch.layers, None)}{end}")
        return ";".join(self.chains)

    def _label(self) -> str:
        self._labels += 1
        return f"[x{self._labels}]"

    def _take(self, take: Take) -> tuple[str, list[str]]:
        """Add a take's input; give its label and its filters from decoded frames to the film's size."""
        media = take.shot.media
        self.inputs.append(timing(take, self.count, self.film.rate).source)
        lut = f"lut3d=file={self.place(take.shot)}:interp=tetrahedral"
        before, after = (
            steps(take.shot, place, self.variables, self._clocked(), self._label) for place in ("before", "after")
        )
        filters = [f"{{in_{self.variables.legs(spoken_of(media))}}}", *before, lut, *after]
        if has_alpha(take.shot):
            filters.insert(0, f"format={_opaque_format(media.pixel_format)}")
        if not self.film.fits(media):
            filters.append(self.variables.fit(self.film.inside(media), self.film.size))
        return f"[{len(self.inputs) - 1}:V:0]", filters

    def _compose(self, layers: Layers, below: str | None) -> str:
        """Lay layers over what is below (nothing: black), and give the label of the result in 16-bit R'G'B'."""
        result = below
        for layer in layers:
            result = self._over(layer, result)
        return result or self._black()

    def _over(self, layer: Layer, below: str | None) -> str:
        if isinstance(layer, Fade):
            return self._fade(layer, below)
        if isinstance(layer, Pattern):
            self._drop(below)
            out = self._label()
            self.chains.append(f"{self._pattern(layer)},{{deep}},setsar=1,{','.join(self._clocked())}{out}")
            return out
        label, filters = self._take(layer)
        times = timing(layer, self.count, self.film.rate)
        deep = "{deep}" if self.film.fits(layer.shot.media) else "null"
        color = [*filters, deep, "setsar=1", *times.after, *self._clocked()]
        out = self._label()
        if not has_alpha(layer.shot):
            self._drop(below)
            self.chains.append(f"{label}{','.join([*times.before, *color])}{out}")
            return out
        picture, alpha, under = self._label(), self._label(), below or self._black()
        self.chains.append(f"{label}{','.join([*times.before, f'split{picture}{alpha}'])}")
        over, mask = self._label(), self._mask(alpha, layer)
        self.chains.append(f"{picture}{','.join(color)}{over}")
        self.chains.append(f"{under}{over}{mask}maskedmerge=planes=7{out}")
        return out

    def _mask(self, alpha: str, take: Take) -> str:
        """Turn a picture's alpha into three planes of 16 bits, in the film's size."""
        media = take.shot.media
        times = timing(take, self.count, self.film.rate)
        filters = [f"format={_alpha_format(media.pixel_format)}", "alphaextract", "format=gray16le"]
        if not self.film.fits(media):
            (width, height), (wide, high) = self.film.inside(media), self.film.size
            place = f"{(wide - width) // 2}:{(high - height) // 2}:black"
            filters += [f"scale={width}:{height}:flags=bilinear", f"pad={wide}:{high}:{place}"]
        return self._planes(alpha, *filters, *times.after)

    def _fade(self, fade: Fade, below: str | None) -> str:
        opaque = is_opaque(fade)
        if opaque:
            self._drop(below)
        sides = [None, None] if opaque or below is None else self._twice(below)
        a, b = (self._compose(side, under) for side, under in zip((fade.a, fade.b), sides, strict=True))
        out, mask = self._label(), self._share(fade)
        self.chains.append(f"{a}{b}{mask}maskedmerge=planes=7{out}")
        return out

    def _share(self, fade: Fade) -> str:
        """Draw a mask that is k / whole of white in frame k of a dissolve, small, and scaled up: it is of one color."""
        (width, height), out = self.film.size, self._label()
        small = f"color=c=black:s=16x16:r={self.film.rate},trim=end_frame={self.count},format=gray16le"
        level = f"geq=lum=65535*(N+{fade.at})/{fade.whole}+0.5,scale={width}:{height}:flags=neighbor"
        self.chains.append(f"{small},{level}{out}")
        return self._planes(out)

    def _planes(self, gray: str, *filters: str) -> str:
        """Turn a gray picture of 16 bits into a mask of three planes alike."""
        a, b, c, mask = (self._label() for _ in range(4))
        rest = ",".join([*filters, "setsar=1", *self._clocked(), f"split=3{a}{b}{c}"])
        self.chains += [f"{gray}{rest}", f"{a}{b}{c}mergeplanes=0x001020:gbrp16le{mask}"]
        return mask

    def _twice(self, label: str) -> list[str]:
        copies = [self._label(), self._label()]
        self.chains.append(f"{label}split{''.join(copies)}")
        return list(copies)

    def _drop(self, label: str | None) -> None:
        if label is not None:
            self.chains.append(f"{label}nullsink")

    def _pattern(self, pattern: Pattern) -> str:
        """Draw a pattern in float R'G'B': the bars of HD, or those of SD in a film that is coded as SD is."""
        if pattern.kind == "black":
            return f"{self._drawn('color=c=black:')},format=gbrp,format=gbrpf32le"
        hd = self.film.spoken.colorspace not in (_BARS_SD.colorspace, "bt470bg")
        source, spoken = ("smptehdbars=", _BARS_HD) if hd else ("smptebars=", _BARS_SD)
        return f"{self._drawn(source)},format={spoken.pixel_format},{{in_{self.variables.legs(spoken)}}}"

    def _drawn(self, source: str) -> str:
        width, height = self.film.size
        return f"{source}s={width}x{height}:r={self.film.rate},trim=end_frame={self.count}"

    def _black(self) -> str:
        label = self._label()
        deep = ",".join([self._drawn("color=c=black:"), "format=gbrp", "format=gbrp16le", "setsar=1", *self._clocked()])
        self.chains.append(f"{deep}{label}")
        return label

    def _clocked(self) -> tuple[str, str]:
        rate = self.film.rate
        return f"settb={rate.denominator}/{rate.numerator}", "setpts=N"


def _opaque_format(pixel_format: str) -> str:
    """The same pictures without alpha."""
    if pixel_format.startswith("yuva"):
        return pixel_format.replace("yuva", "yuv", 1)
    if pixel_format.startswith("ya"):
        return "gray16le" if "16" in pixel_format else "gray"
    if pixel_format.startswith("gbrap"):
        return pixel_format.replace("gbrap", "gbrp", 1)
    return "rgb48le" if "64" in pixel_format else "rgb24"


def _alpha_format(pixel_format: str) -> str:
    """A format of the same depth that FFmpeg takes alpha out of."""
    if pixel_format.startswith(("yuva", "gbrap", "ya")):
        return pixel_format
    return "rgba64le" if "64" in pixel_format else "rgba"
