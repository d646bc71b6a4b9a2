"""LabTarget: a look as six numbers, the mean and the standard deviation that L*, a* and b* shall have."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass

from otiograde.errors import MatchError

#: What a target begins with on the command line, and how it is written there.
PREFIX, SYNTAX = "lab:", "lab:L_MEAN,L_STD/A_MEAN,A_STD/B_MEAN,B_STD"

#: The keys of a target in TOML, in the order of the command line.
KEYS = ("l_mean", "l_std", "a_mean", "a_std", "b_mean", "b_std")

#: The ranges of L*, a* and b* that means lie in.
RANGES = ((0.0, 100.0), (-128.0, 127.0), (-128.0, 127.0))

#: The least standard deviation of L*: with less, a picture has no light and shade left.
LEAST_CONTRAST = 1.0

#: A number on the command line.
_NUMBER = re.compile(r"[+-]?([0-9]{1,6}(\.[0-9]{0,12})?|\.[0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class LabTarget:
    """The mean and the standard deviation of L*, a* and b* (CIELAB, D65, of code values read as sRGB).

    Raises ``MatchError`` for numbers that no picture has. Values between two ends with the mean m deviate by
    sqrt((high - m) (m - low)) at most (Bhatia & Davis 2000).
    """

    #: L* in [0, 100]; a* and b* in [-128, 127].
    mean: tuple[float, float, float]
    #: L* at least 1; a* and b* at least 0.
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        for name, mean, std, (low, high) in zip(("L*", "a*", "b*"), self.mean, self.std, RANGES, strict=True):
            if not low <= mean <= high:
                raise MatchError(f"a mean {name} of {mean:g}: give one from {low:g} to {high:g}")
            least = LEAST_CONTRAST if name == "L*" else 0.0
            most = math.sqrt((high - mean) * (mean - low))
            if most < least:
                raise MatchError(f"a mean {name} of {mean:g}: such a picture is all black or all white")
            if not least <= std <= most:
                raise MatchError(
                    f"a deviation of {name} of {std:g} around {mean:g}: give one from {least:g} to {most:.1f}"
                )

    @classmethod
    def of(cls, numbers: tuple[float, ...]) -> LabTarget:
        """Make a target of six numbers in the order of ``KEYS``. Raises ``MatchError``."""
        l_mean, l_std, a_mean, a_std, b_mean, b_std = numbers
        return cls((l_mean, a_mean, b_mean), (l_std, a_std, b_std))


def parse_lab(text: str) -> LabTarget:
    """Parse a target as the command line has it. Raises ``MatchError``.

    >>> parse_lab("lab:55,18/2,12/8,14")
    LabTarget(mean=(55.0, 2.0, 8.0), std=(18.0, 12.0, 14.0))
    """
    pairs = [pair.split(",") for pair in text.removeprefix(PREFIX).split("/")]
    numbers = [number.strip() for pair in pairs for number in pair]
    if [len(pair) for pair in pairs] != [2, 2, 2]:
        raise MatchError(f"{text[:60]!r} is no Lab target: write {SYNTAX}, such as lab:55,18/2,12/8,14")
    if wrong := [number for number in numbers if not _NUMBER.fullmatch(number)]:
        raise MatchError(f"{wrong[0][:20]!r} in {text[:60]!r} is no number: write {SYNTAX}")
    return LabTarget.of(tuple(map(float, numbers)))


def parse_lab_toml(text: str) -> LabTarget:
    """Parse a target in TOML: the six ``KEYS``, each a number. Raises ``MatchError``."""
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise MatchError(f"no TOML: {' '.join(str(error).split())[:200]}") from None
    if unknown := [key for key in values if key not in KEYS]:
        raise MatchError(f"unknown key {unknown[0][:40]!r}: a Lab target has {', '.join(KEYS)}")
    if missing := [key for key in KEYS if key not in values]:
        raise MatchError(f"{', '.join(missing)} missing: a Lab target has {', '.join(KEYS)}")
    numbers = [values[key] for key in KEYS]
    for key, number in zip(KEYS, numbers, strict=True):
        if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) < 1e6:
            raise MatchError(f"{key} is no number of L*, a* or b*")
    return LabTarget.of(tuple(map(float, numbers)))
