"""The values that options take beside those that click knows: rates, numbers, looks, steps, changes inside shots."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

if TYPE_CHECKING:
    from otiograde.means.paths import PathRule
    from otiograde.record.lab_target import LabTarget
    from otiograde.record.settings import SteadyKind
    from otiograde.record.steps import Step


class Rate(click.ParamType[Fraction]):
    """A frame rate: ``24``, ``23.976``, ``30000/1001``."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the rate as an exact fraction. 23.976, 29.97 and 59.94 become multiples of 1000/1001."""
        from otiograde.record.clock import exact_rate

        try:
            rate = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is not a frame rate (24, 23.976, 30000/1001)", param, ctx)
        if not 0 < rate <= 1000:
            self.fail(f"{value!r} is not between 0 and 1000 frames a second", param, ctx)
        return rate if "/" in str(value) else exact_rate(float(rate))


class NumberRange(click.FloatRange):
    """A number within limits. ``nan``, which is within any limits for click, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class MappedPath(click.ParamType["PathRule"]):
    """A folder that has another name on the workers of a cluster: ``[PLATFORM:]FROM=TO``."""

    name = "from=to"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> PathRule:
        """Return the rule."""
        from otiograde.means.paths import PathRule

        try:
            return PathRule.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class LookSource(click.ParamType["Path | LabTarget"]):
    """Where a look comes from: a file, or ``lab:55,18/2,12/8,14``."""

    name = "look"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | LabTarget:
        """Return the path of an existing file, or the Lab target."""
        from otiograde.errors import MatchError
        from otiograde.record.lab_target import PREFIX, parse_lab

        if not str(value).startswith(PREFIX):
            return Path(click.Path(exists=True, path_type=Path).convert(value, param, ctx))
        try:
            return parse_lab(str(value))
        except MatchError as error:
            self.fail(str(error), param, ctx)


class ShotStep(click.ParamType["tuple[str, Step]"]):
    """A step with its shot or scene: ``eq:saturation=1.1``, ``sh010@before:colortemperature:5000``."""

    name = "step"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Step]:
        """Return the name of the shot or scene (empty for all shots), and the step."""
        from otiograde.errors import StepError
        from otiograde.record.steps import parse_step

        name, _, text = str(value).rpartition("@")
        try:
            return name, parse_step(text)
        except StepError as error:
            self.fail(str(error), param, ctx)


class ShotSteady(click.ParamType["tuple[str, SteadyKind]"]):
    """Which changes are taken out, with or without a shot or scene: ``steps``, ``sh010@all``."""

    name = "steady"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, SteadyKind]:
        """Return the name of the shot or scene (empty for all shots), and the kind."""
        from otiograde.record.settings import SteadyKind

        name, _, text = str(value).rpartition("@")
        kinds: dict[str, SteadyKind] = {kind: kind for kind in get_args(SteadyKind)}
        if name and not text:
            choices = ", ".join(f"{name}@{kind}" for kind in kinds)
            self.fail(f"{value!r}: nothing follows the @: give one of {choices}", param, ctx)
        if text not in kinds:
            self.fail(f"{value!r}: give {', '.join(kinds)}, after SHOT@ or alone", param, ctx)
        return name, kinds[text]
