"""Graph: one stretch of the edit as one FFmpeg filter graph, in R'G'B' from the media to the film.

A single take goes in float from its own matrix through its LUT to the film's. Layers meet in 16-bit R'G'B' of the
film's size: dissolves by ``xfade``, pictures with alpha by ``maskedmerge``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from otiograde.exporters.render.film import Film, spoken_of
from otiograde.exporters.render.layers import Fade, Layer, Layers, Stretch, Take, has_alpha, is_opaque
from otiograde.exporters.render.takes import Input, timing
from otiograde.exporters.render.variables import Variables
from otiograde.shot import Shot

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
        if len(stretch.layers) == 1 and isinstance(take := stretch.layers[0], Take) and not has_alpha(take.shot):
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
        filters = [f"{{in_{self.variables.legs(spoken_of(media))}}}", lut]
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
        a, b, c, mask = (self._label() for _ in range(4))
        rest = ",".join([*filters, "setsar=1", *times.after, *self._clocked(), f"split=3{a}{b}{c}"])
        self.chains += [f"{alpha}{rest}", f"{a}{b}{c}mergeplanes=0x001020:gbrp16le{mask}"]
        return mask

    def _fade(self, fade: Fade, below: str | None) -> str:
        opaque = is_opaque(fade)
        if opaque:
            self._drop(below)
        sides = [None, None] if opaque or below is None else self._twice(below)
        a, b = (self._compose(side, under) for side, under in zip((fade.a, fade.b), sides, strict=True))
        rate, out = self.film.rate, self._label()
        # Where the stretch is a part of the dissolve, the frames beside it are stood in for, and cut off again; one
        # more stands at the end in any case, for FFmpeg 5.1 shows b alone in the last frame of all.
        before, after = fade.at, fade.whole - fade.at - self.count + 1
        pad = f"tpad=start={before}:start_mode=clone:stop={after}:stop_mode=clone,setpts=N,"
        padded = []
        for side in (a, b):
            padded.append(self._label())
            self.chains.append(f"{side}{pad}fps={rate}{padded[-1]}")
        share = f"xfade=transition=fade:duration={float(fade.whole / rate):.6f}:offset=0"
        cut = f"trim=start_frame={before}:end_frame={before + self.count}"
        self.chains.append(f"{''.join(padded)}{share},{','.join([*self._clocked(), cut, *self._clocked()])}{out}")
        return out

    def _twice(self, label: str) -> list[str]:
        copies = [self._label(), self._label()]
        self.chains.append(f"{label}split{''.join(copies)}")
        return list(copies)

    def _drop(self, label: str | None) -> None:
        if label is not None:
            self.chains.append(f"{label}nullsink")

    def _black(self) -> str:
        (width, height), rate, label = self.film.size, self.film.rate, self._label()
        count = ",".join([f"trim=end_frame={self.count}", "format=gbrp", "format=gbrp16le", "setsar=1"])
        self.chains.append(f"color=c=black:s={width}x{height}:r={rate},{count},{','.join(self._clocked())}{label}")
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
