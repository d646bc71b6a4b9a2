"""The steps of a shot as FFmpeg's filters, from float R'G'B' to float R'G'B', so that the LUT stays in float.

FFmpeg 5.1 has none of these filters in float. ``curves``, ``colorlevels``, ``colortemperature`` and ``colorbalance``
run as they are, on 16 bits a channel (``gbrp16le``). ``colorlevels`` of 5.1 needs frames that no other filter shares;
the conversion makes them.

``eq`` and ``vignette`` support 8 bits only, so their formulas are computed on 16 bits by other filters. ``eq``
(create_lut in libavfilter/vf_eq.c) becomes tables of limited Y'CbCr with the shot's matrix. ``vignette``
(libavfilter/vf_vignette.c) becomes a mask that is multiplied in. FFmpeg's ``eq`` truncates its results, and brightness
to steps of 1/100: it is up to 1.5 codes of 8 bits off its own formula, up to 4 with brightness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from otiograde.media.arguments import color_arguments
from otiograde.movie.variables import Variables
from otiograde.record.shot import Shot
from otiograde.record.steps import Eq, Side, Step, Vignette

#: 1 in 8 bits (255), in the code values of 16 bits.
_ONE = 255 * 256


def step_filters(
    shot: Shot, side: Side, variables: Variables, clock: Iterable[str], label: Callable[[], str]
) -> list[str]:
    """Return the filters of a shot's steps on one side of its LUT.

    ``clock`` are filters that number frames again; ``label`` returns an unused label.
    """
    return [_filter_of(step, shot, variables, clock, label) for step in shot.wishes.steps if step.side == side]


def _filter_of(step: Step, shot: Shot, variables: Variables, clock: Iterable[str], label: Callable[[], str]) -> str:
    if isinstance(step, Eq):
        into, back = variables.planes(color_arguments(shot.media).matrix)
        return ",".join([into, _eq_filter(step), back])
    if isinstance(step, Vignette):
        return _vignette_filter(step, clock, label)
    options = ":".join(f"{name}={value}" for name, value in step.options.items())
    return f"{{deep}},{step.FILTER}{'=' if options else ''}{options},{{float}}"


def _eq_filter(eq: Eq) -> str:
    """Return ``eq`` as three tables. A plane that does not change keeps values outside the limited range."""
    blue, red = ((gamma / eq.gamma_g) ** 0.5 for gamma in (eq.gamma_b, eq.gamma_r))
    luma = _eq_table(eq.contrast, eq.brightness, eq.gamma * eq.gamma_g, eq.gamma_weight)
    chroma = (_eq_table(eq.saturation, 0, gamma, eq.gamma_weight) for gamma in (blue, red))
    return "lutyuv=" + ":".join(f"{plane}={table}" for plane, table in zip("yuv", (luma, *chroma), strict=True))


def _eq_table(contrast: float, brightness: float, gamma: float, weight: float) -> str:
    if (contrast, brightness, gamma) == (1, 0, 1):
        return "val"
    # Contrast pivots on code 128 of 8 bits, where chroma is neutral.
    line = f"max(0\\,{contrast:.9g}*(val/{_ONE}-128/255)+128/255+({brightness:.9g}))"
    if gamma == 1:
        return f"{_ONE}*{line}+0.5"
    curve = f"pow({line}\\,{1 / gamma:.9g})"
    return f"{_ONE}*({weight:.9g}*{curve}+{1 - weight:.9g}*{line})+0.5"


def _vignette_filter(vignette: Vignette, clock: Iterable[str], label: Callable[[], str]) -> str:
    """Return a filter that multiplies every frame by one mask, drawn on the first frame."""
    picture, first, mask = label(), label(), label()
    distance = "hypot(X-W/2\\,Y-H/2)/hypot(W/2\\,H/2)"
    drawn = f"geq=lum=65535*pow(cos({vignette.angle:.9g}*{distance})\\,4)+0.5"
    shade = f"trim=end_frame=1,format=gray16le,{drawn},mergeplanes=0x000000:gbrp16le,{{float}}"
    return f"{','.join(clock)},split{picture}{first};{first}{shade}{mask};{picture}{mask}blend=all_mode=multiply"
