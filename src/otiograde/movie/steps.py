"""The steps of a shot as FFmpeg's filters, from float R'G'B' to float R'G'B', so that the LUT stays in float.

FFmpeg 5.1 has none of these filters in float. ``curves``, ``colorlevels``, ``colortemperature`` and ``colorbalance``
run as they are, on 16 bits a channel (``gbrp16le``; 5.1's ``colorlevels`` is right only on frames of its own, which
the conversion makes). ``eq`` and ``vignette`` know 8 bits only, so what they do is done on 16: the law of ``eq``
(create_lut of libavfilter/vf_eq.c) by tables of Y'CbCr, limited, of the shot's own matrix; that of ``vignette``
(libavfilter/vf_vignette.c) by a mask to multiply with. FFmpeg's own ``eq`` cuts off what is less than a code, and
brightness to steps of 1/100: it is up to 1.5 codes of 8 bits off its law, with brightness up to 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from otiograde.movie.film import spoken_of
from otiograde.movie.variables import Variables
from otiograde.record.shot import Shot
from otiograde.record.steps import Eq, Side, Step, Vignette

#: 1 in 8 bits (255), in the code values of 16 bits.
_ONE = 255 * 256


def steps(shot: Shot, side: Side, variables: Variables, clock: Iterable[str], label: Callable[[], str]) -> list[str]:
    """Spell a shot's steps before or after its LUT; ``clock`` counts frames anew, ``label`` gives one still free."""
    return [_spelled(step, shot, variables, clock, label) for step in shot.wishes.steps if step.side == side]


def _spelled(step: Step, shot: Shot, variables: Variables, clock: Iterable[str], label: Callable[[], str]) -> str:
    if isinstance(step, Eq):
        into, back = variables.planes(spoken_of(shot.media).matrix)
        return ",".join([into, _tables(step), back])
    if isinstance(step, Vignette):
        return _masked(step, clock, label)
    options = ":".join(f"{name}={value}" for name, value in step.options.items())
    return f"{{deep}},{step.FILTER}{'=' if options else ''}{options},{{float}}"


def _tables(eq: Eq) -> str:
    """The three tables of ``eq``. Left as it is, ``val`` may lie outside the limited range."""
    blue, red = ((gamma / eq.gamma_g) ** 0.5 for gamma in (eq.gamma_b, eq.gamma_r))
    luma = _table(eq.contrast, eq.brightness, eq.gamma * eq.gamma_g, eq.gamma_weight)
    chroma = (_table(eq.saturation, 0, gamma, eq.gamma_weight) for gamma in (blue, red))
    return "lutyuv=" + ":".join(f"{plane}={table}" for plane, table in zip("yuv", (luma, *chroma), strict=True))


def _table(contrast: float, brightness: float, gamma: float, weight: float) -> str:
    if (contrast, brightness, gamma) == (1, 0, 1):
        return "val"
    # Code 128 of 8 bits is where chroma is neutral, and what contrast leaves as it is.
    line = f"max(0\\,{contrast:.9g}*(val/{_ONE}-128/255)+128/255+({brightness:.9g}))"
    if gamma == 1:
        return f"{_ONE}*{line}+0.5"
    curve = f"pow({line}\\,{1 / gamma:.9g})"
    return f"{_ONE}*({weight:.9g}*{curve}+{1 - weight:.9g}*{line})+0.5"


def _masked(vignette: Vignette, clock: Iterable[str], label: Callable[[], str]) -> str:
    """Multiply every frame by a mask that is drawn once, over the first of them."""
    picture, first, mask = label(), label(), label()
    far = "hypot(X-W/2\\,Y-H/2)/hypot(W/2\\,H/2)"
    drawn = f"geq=lum=65535*pow(cos({vignette.angle:.9g}*{far})\\,4)+0.5"
    shade = f"trim=end_frame=1,format=gray16le,{drawn},mergeplanes=0x000000:gbrp16le,{{float}}"
    return f"{','.join(clock)},split{picture}{first};{first}{shade}{mask};{picture}{mask}blend=all_mode=multiply"
