"""Variables: the spellings that a graph leaves open until it is known which FFmpeg runs it.

Text in braces stands for one: ``{in_1}`` to R'G'B' and ``{out_1}`` back for the first encoding, ``{fit_1}`` to a
picture size, ``{deep}`` from float to 16 bits and ``{float}`` back, ``{DITHER}``; ``{to_709}`` from float to Y'CbCr of
16 bits and ``{from_709}`` back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from otiograde.media.arguments import ColorArguments
from otiograde.movie import swscale

_NAME = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Variables:
    """The variables with zscale and without it; each distinct value once."""

    zscale: dict[str, str] = field(default_factory=lambda: {
        "deep": "zscale=dither=none,format=gbrp16le", "float": "zscale=dither=none,format=gbrpf32le",
    })  # fmt: skip
    swscale: dict[str, str] = field(default_factory=lambda: {"deep": "format=gbrp16le", "float": "format=gbrpf32le"})
    _seen: dict[object, int] = field(default_factory=dict)

    def legs(self, spoken: ColorArguments) -> int:
        """Give an encoding its number, which its variables ``in`` and ``out`` bear."""
        if spoken not in self._seen:
            number = self._seen[spoken] = 1 + sum(isinstance(seen, ColorArguments) for seen in self._seen)
            dither = "none" if spoken.pixel_format.endswith("10le") else "{DITHER}"
            out = spoken.from_rgb("none").replace("dither=none", f"dither={dither}")
            self.zscale |= {f"in_{number}": spoken.to_rgb, f"out_{number}": out}
            self.swscale |= {f"in_{number}": swscale.to_rgb(spoken), f"out_{number}": swscale.from_rgb(spoken)}
        return self._seen[spoken]

    def fit(self, inner: tuple[int, int], size: tuple[int, int]) -> str:
        """Name the variable that scales R'G'B' to ``inner`` and sets it into ``size``, with black at the sides."""
        key = (inner, size)
        if key not in self._seen:
            self._seen[key] = number = 1 + sum(isinstance(seen, tuple) for seen in self._seen)
            (width, height), (wide, high) = inner, size
            rest = f"format=gbrp16le,setsar=1,pad={wide}:{high}:{(wide - width) // 2}:{(high - height) // 2}"
            self.zscale[f"fit_{number}"] = f"zscale=width={width}:height={height}:filter=lanczos:dither=none,{rest}"
            flags = "lanczos+accurate_rnd+full_chroma_int"
            self.swscale[f"fit_{number}"] = f"scale={width}:{height}:flags={flags},{rest}"
        return f"{{fit_{self._seen[key]}}}"

    def planes(self, matrix: str) -> tuple[str, str]:
        """Name the variables to Y'CbCr 4:4:4 of 16 bits, limited, by one of zscale's matrices, and back."""
        into, back = f"to_{matrix}", f"from_{matrix}"
        code, light = "range=limited:dither=none,format=yuv444p16le", "range=full:dither=none,format=gbrpf32le"
        self.zscale |= {
            into: f"zscale=matrixin=gbr:rangein=full:matrix={matrix}:{code}",
            back: f"zscale=matrixin={matrix}:rangein=limited:matrix=gbr:{light}",
        }
        self.swscale |= {into: swscale.to_planes(matrix), back: swscale.from_planes(matrix)}
        return f"{{{into}}}", f"{{{back}}}"

    def spell(self, text: str, dither: str, *, zscale: bool = True) -> str:
        """Fill the variables in."""
        return expand(text, (self.zscale if zscale else self.swscale) | {"DITHER": dither})


def expand(text: str, values: Mapping[str, str]) -> str:
    """Fill variables in, those inside values too."""
    while (filled := _NAME.sub(lambda name: values[name[1]], text)) != text:
        text = filled
    return text
