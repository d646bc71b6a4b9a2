"""Steps: FFmpeg's grading filters as values. They run before or after a shot's LUT.

A step is written ``[before:|after:]FILTER:option=value:option=value``, as in FFmpeg (``FILTER=option=value`` is read,
too): ``eq:saturation=1.1``, ``before:colorlevels:rimin=0.02``, ``vignette:PI/4``. That text is its form in edits, on
command lines and in the record. Filter graphs are written from the values only.
https://ffmpeg.org/ffmpeg-filters.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar, Literal, TypeAlias, get_args, get_type_hints

from otiograde.errors import StepError

#: The side of the LUT on which a step runs.
Side: TypeAlias = Literal["before", "after"]
Preset: TypeAlias = Literal[
    "color_negative", "cross_process", "darker", "increase_contrast", "lighter", "linear_contrast", "medium_contrast",
    "negative", "strong_contrast", "vintage",
]  # fmt: skip

#: A tone curve's points (x, y) in [0, 1], x rising.
Points: TypeAlias = tuple[tuple[float, float], ...]

_OF_PI = re.compile(r"(?:(\d+(?:\.\d+)?)\*)?PI(?:/(\d+(?:\.\d+)?))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """One filter and its options. ``side`` is no option of FFmpeg's: it tells on which side of the LUT the step runs.

    Equal texts make equal steps. ``str`` of a step is its shortest text. Raises ``StepError`` for a value out of range.
    """

    FILTER: ClassVar[str]
    LIMITS: ClassVar[Mapping[str, tuple[float, float]]] = {}

    side: Side = field(default="after", kw_only=True)

    def __post_init__(self) -> None:
        for name, (low, high) in self.LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise StepError(f"{self.FILTER}: {name} is from {low:g} to {high:g}, not {getattr(self, name)}")

    def __str__(self) -> str:
        options = (f"{name}={value}" for name, value in self.options.items())
        return ":".join([*(["before"] if self.side == "before" else []), self.FILTER, *options])

    @property
    def options(self) -> dict[str, str]:
        """The options that differ from FFmpeg's defaults, spelled as FFmpeg reads them."""
        values = {option: getattr(self, option.name) for option in fields(self) if option.name != "side"}
        return {option.name: _spelled(value) for option, value in values.items() if value != option.default}


@dataclass(frozen=True, slots=True)
class ToneCurves(Step):
    """``curves``: natural splines through points, of all channels (``master``, last) and of each; or a preset."""

    FILTER = "curves"

    preset: Preset | None = None
    master: Points = ()
    red: Points = ()
    green: Points = ()
    blue: Points = ()

    def __post_init__(self) -> None:
        Step.__post_init__(self)
        curves = {name: points for name in ("master", "red", "green", "blue") if (points := getattr(self, name))}
        if self.preset not in (None, *get_args(Preset)):
            raise StepError(f"curves: there is no preset {self.preset!r}")
        if self.preset is not None and curves:
            raise StepError("curves: give a preset or points, not both")
        for name, points in curves.items():
            x = [point[0] for point in points]
            if len(points) < 2:
                raise StepError(f"curves: {name} needs two points at least")
            if not all(0 <= value <= 1 for point in points for value in point):
                raise StepError(f"curves: the points of {name} lie from 0 to 1")
            # FFmpeg refuses points that share a node of its table; a 16-bit one tells all of these apart.
            if any(not after - before >= 1 / 4096 for before, after in pairwise(x)):
                raise StepError(f"curves: the points of {name} rise in x, by 1/4096 at least")


@dataclass(frozen=True, slots=True)
class ColorLevels(Step):
    """``colorlevels``: from the range ``imin`` to ``imax`` of each channel to the range ``omin`` to ``omax``."""

    FILTER = "colorlevels"
    LIMITS = MappingProxyType({f"{c}{side}": (0.0, 1.0) for c in "rgb" for side in ("imin", "imax", "omin", "omax")})

    rimin: float = 0.0
    gimin: float = 0.0
    bimin: float = 0.0
    rimax: float = 1.0
    gimax: float = 1.0
    bimax: float = 1.0
    romin: float = 0.0
    gomin: float = 0.0
    bomin: float = 0.0
    romax: float = 1.0
    gomax: float = 1.0
    bomax: float = 1.0

    def __post_init__(self) -> None:
        Step.__post_init__(self)
        for c in "rgb":
            if not getattr(self, f"{c}imax") - getattr(self, f"{c}imin") >= 1 / 256:
                raise StepError(f"colorlevels: {c}imax is above {c}imin, by 1/256 at least")


@dataclass(frozen=True, slots=True)
class ColorTemperature(Step):
    """``colortemperature``: a white of so many kelvin; ``mix`` of it, keeping ``pl`` of the lightness."""

    FILTER = "colortemperature"
    LIMITS = MappingProxyType({"temperature": (1000.0, 40000.0), "mix": (0.0, 1.0), "pl": (0.0, 1.0)})

    temperature: float = 6500.0
    mix: float = 1.0
    pl: float = 0.0


@dataclass(frozen=True, slots=True)
class ColorBalance(Step):
    """``colorbalance``: more or less of each channel in shadows, midtones and highlights; ``pl`` keeps lightness."""

    FILTER = "colorbalance"
    LIMITS = MappingProxyType({f"{c}{tone}": (-1.0, 1.0) for c in "rgb" for tone in "smh"})

    rs: float = 0.0
    gs: float = 0.0
    bs: float = 0.0
    rm: float = 0.0
    gm: float = 0.0
    bm: float = 0.0
    rh: float = 0.0
    gh: float = 0.0
    bh: float = 0.0
    pl: bool = False


@dataclass(frozen=True, slots=True)
class Eq(Step):
    """``eq``: contrast, brightness and gamma of luma, saturation, and gamma of each channel."""

    FILTER = "eq"
    LIMITS = MappingProxyType({
        "contrast": (-1000.0, 1000.0), "brightness": (-1.0, 1.0), "saturation": (0.0, 3.0), "gamma": (0.1, 10.0),
        "gamma_r": (0.1, 10.0), "gamma_g": (0.1, 10.0), "gamma_b": (0.1, 10.0), "gamma_weight": (0.0, 1.0),
    })  # fmt: skip

    contrast: float = 1.0
    brightness: float = 0.0
    saturation: float = 1.0
    gamma: float = 1.0
    gamma_r: float = 1.0
    gamma_g: float = 1.0
    gamma_b: float = 1.0
    gamma_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Vignette(Step):
    """``vignette``: darker by the fourth power of a cosine, which is that of ``angle`` in the corners."""

    FILTER = "vignette"
    LIMITS = MappingProxyType({"angle": (0.0, math.pi / 2)})

    angle: float = math.pi / 5


#: FFmpeg's name -> step.
FILTERS: Mapping[str, type[Step]] = MappingProxyType(
    {kind.FILTER: kind for kind in (ToneCurves, ColorLevels, ColorTemperature, ColorBalance, Eq, Vignette)}
)

#: FFmpeg's short names of options.
_SHORT = {"m": "master", "r": "red", "g": "green", "b": "blue", "a": "angle"}


def parse_step(text: str) -> Step:
    """Read a step. Raises ``StepError`` naming the invalid part and the accepted values."""
    first, _, rest = text.strip().partition(":")
    side = first if first in get_args(Side) else ""
    name, *options = re.split(r"[:=]", rest if side else text.strip(), maxsplit=1)
    kind = FILTERS.get(name.strip())
    if kind is None:
        raise StepError(f"there is no step {name.strip()[:40]!r}: use one of {', '.join(FILTERS)}")
    values: dict[str, Any] = {"side": side} if side else {}
    for number, option in enumerate(options[0].split(":") if options and options[0] else []):
        key, value = _option(kind, option, first=number == 0)
        if key in values:
            raise StepError(f"{kind.FILTER}: {key} is given twice")
        values[key] = value
    return kind(**values)


def _option(kind: type[Step], option: str, *, first: bool) -> tuple[str, Any]:
    """Read one option. The first may omit its name, as in FFmpeg."""
    names = [option.name for option in fields(kind) if option.name != "side"]
    key, is_named, text = option.partition("=")
    if not is_named and first:
        key, text = names[0], option
    key = key.strip()
    key = key if key in names else _SHORT.get(key, key)
    if key not in names:
        raise StepError(f"{kind.FILTER} has no option {key[:40]!r}: it has {', '.join(names)}")
    try:
        return key, _read(get_type_hints(kind)[key], text.strip().strip("'"))
    except (ValueError, ZeroDivisionError):
        raise StepError(f"{kind.FILTER}: {key} cannot be {text.strip()[:40]!r}") from None


def _read(kind: Any, text: str) -> Any:
    if kind is float:
        of_pi = _OF_PI.fullmatch(text)
        return float(of_pi[1] or 1) * math.pi / float(of_pi[2] or 1) if of_pi else float(text)
    if kind is bool:
        return bool(("0", "1", "false", "true").index(text) % 2)
    if kind == Points:
        pairs = [pair.split("/") for pair in text.split()]
        return tuple((float(x), float(y)) for x, y in pairs)
    if text not in get_args(Preset):
        raise ValueError(text)
    return text


def _spelled(value: Any) -> str:
    """Spell a value so that reading gives the same value."""
    if isinstance(value, tuple):
        return " ".join(f"{x!r}/{y!r}" for x, y in value)
    return str(int(value)) if isinstance(value, bool) else str(value)
