"""Variables: parts of a graph that depend on whether FFmpeg has the zscale filter, filled in when that is known.

A variable is a name in braces: ``{in_1}`` converts the first encoding to R'G'B', ``{out_1}`` converts back. ``{fit_1}``
scales to a picture size, ``{deep}`` converts float to 16 bits, ``{float}`` back. ``{to_709}`` converts float to Y'CbCr
of 16 bits, ``{from_709}`` back. ``{DITHER}`` is the dither of 8-bit pictures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from otiograde.media.arguments import ColorArguments
from otiograde.movie import swscale
from otiograde.movie.fields import by_fields
from otiograde.record.shot import FieldOrder

_NAME = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Variables:
    """The values of variables, with zscale and without it. Each distinct value has one variable."""

    #: The fields of the movie. All that is converted into it has the same.
    fields: FieldOrder = "progressive"
    zscale: dict[str, str] = field(default_factory=lambda: {
        "deep": "zscale=dither=none,format=gbrp16le", "float": "zscale=dither=none,format=gbrpf32le",
    })  # fmt: skip
    swscale: dict[str, str] = field(default_factory=lambda: {"deep": "format=gbrp16le", "float": "format=gbrpf32le"})
    _numbers: dict[object, int] = field(default_factory=dict)

    def encoding_number(self, coding: ColorArguments) -> int:
        """Return the number n of an encoding, whose variables are ``in_n`` and ``out_n``."""
        if coding not in self._numbers:
            number = self._numbers[coding] = 1 + sum(isinstance(value, ColorArguments) for value in self._numbers)
            dither = "none" if coding.pixel_format.endswith("10le") else "{DITHER}"
            out = coding.from_rgb("none").replace("dither=none", f"dither={dither}")
            into = coding.to_rgb if coding.rgb else by_fields(coding.to_rgb, self.fields)
            self.zscale |= {f"in_{number}": into, f"out_{number}": by_fields(out, self.fields)}
            woven = self.fields != "progressive"
            into, out = swscale.to_rgb(coding, woven=woven), swscale.from_rgb(coding, woven=woven)
            self.swscale |= {f"in_{number}": into, f"out_{number}": out}
        return self._numbers[coding]

    def fit(self, inner: tuple[int, int], size: tuple[int, int]) -> str:
        """Return the variable that scales R'G'B' to ``inner`` and pads it with black to ``size``."""
        key = (inner, size)
        if key not in self._numbers:
            self._numbers[key] = number = 1 + sum(isinstance(value, tuple) for value in self._numbers)
            (width, height), (wide, high) = inner, size
            rest = f"format=gbrp16le,setsar=1,pad={wide}:{high}:{(wide - width) // 2}:{(high - height) // 2}"
            self.zscale[f"fit_{number}"] = f"zscale=width={width}:height={height}:filter=lanczos:dither=none,{rest}"
            flags = "lanczos+accurate_rnd+full_chroma_int"
            self.swscale[f"fit_{number}"] = f"scale={width}:{height}:flags={flags},{rest}"
        return f"{{fit_{self._numbers[key]}}}"

    def planes(self, matrix: str) -> tuple[str, str]:
        """Return the variables that convert to Y'CbCr 4:4:4 of 16 bits, limited, and back; ``matrix`` is zscale's."""
        into, back = f"to_{matrix}", f"from_{matrix}"
        code, light = "range=limited:dither=none,format=yuv444p16le", "range=full:dither=none,format=gbrpf32le"
        self.zscale |= {
            into: f"zscale=matrixin=gbr:rangein=full:matrix={matrix}:{code}",
            back: f"zscale=matrixin={matrix}:rangein=limited:matrix=gbr:{light}",
        }
        self.swscale |= {into: swscale.to_planes(matrix), back: swscale.from_planes(matrix)}
        return f"{{{into}}}", f"{{{back}}}"

    def fill(self, text: str, dither: str, *, zscale: bool = True) -> str:
        """Fill in the variables of a text."""
        return expand(text, (self.zscale if zscale else self.swscale) | {"DITHER": dither})


def expand(text: str, values: Mapping[str, str]) -> str:
    """Fill in the variables of a text, including those inside values."""
    while (filled := _NAME.sub(lambda name: values[name[1]], text)) != text:
        text = filled
    return text
