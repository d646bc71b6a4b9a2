"""The LUT files of a movie: which of them a shot passes, and what is in each.

A shot of another encoding than the movie's has one LUT that grades and converts it. Where its grade changes, or steps
come after the grade, a second LUT converts it at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from otiograde.color.cube import format_cube
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Chain, Mix, Transform
from otiograde.folder.layout import conversion_path, converted_lut_path, faded_lut_path, shaper_path
from otiograde.movie.conversion import NODES, Conversion, Conversions, is_light, label
from otiograde.movie.shaper import format_csp, only_shaper, shaped
from otiograde.record.edit import Pattern
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: Makes the content of a file.
Content: TypeAlias = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class LutFiles:
    """The LUTs of one movie."""

    record: GradedTimeline
    #: The strength of each LUT, 0 to 1.
    opacity: float
    #: Whether the record's grades only take out what changes inside shots.
    steadied: bool
    #: Whether the movie has another encoding than that of the output folder's scripts.
    away: bool
    conversions: Conversions
    #: Ids of the shots whose grade changes.
    changing: frozenset[str]

    def grades_and_converts(self, shot: Shot) -> bool:
        """Whether one LUT does both."""
        later = any(step.side == "after" for step in shot.wishes.steps)
        return shot.id in self.conversions.shots and shot.id not in self.changing and not later

    def shapes(self, shot: Shot) -> bool:
        """Whether the LUT that grades and converts also takes linear light."""
        earlier = any(step.side == "before" for step in shot.wishes.steps)
        return is_light(shot.media.encoding) and self.grades_and_converts(shot) and not earlier

    def path(self, shot: Shot, frame: int | None) -> str:
        """Return the path of a shot's LUT, or of that of its key at a media frame."""
        if self.grades_and_converts(shot):
            target, away = label(self.conversions.shots[shot.id].target), self.away or self.steadied
            end = "csp" if self.shapes(shot) else "cube"
            return converted_lut_path(shot.id, target, self.opacity, away=away, end=end)
        return faded_lut_path(shot.id, self.opacity, frame, steadied=self.steadied)

    def shaper_path(self, shot: Shot) -> str:
        """Return the path of the LUT that turns a shot's linear light into code values before all else; or empty."""
        needed = is_light(shot.media.encoding) and not self.shapes(shot)
        return shaper_path(away=self.away) if needed else ""

    def conversion_path(self, drawn: Shot | Pattern) -> str:
        """Return the path of the LUT that only converts a shot or bars to the movie's encoding; empty for none."""
        conversion = self.conversions.bars
        if isinstance(drawn, Shot):
            conversion = None if self.grades_and_converts(drawn) else self.conversions.shots.get(drawn.id)
        elif drawn.kind == "black":
            conversion = None
        return "" if conversion is None else self._conversion_path(conversion)

    def plain(self, grade: Grade) -> dict[str, Callable[[], Lut3D]]:
        """Return the path of each LUT that only grades a shot -> a call that bakes it."""
        size = self.record.lut_size
        luts: dict[str, Callable[[], Lut3D]] = {
            faded_lut_path(grade.shot, self.opacity, steadied=self.steadied): lambda: grade.lut(size)
        }
        for index, (frame, _) in enumerate(grade.keyed):
            path = faded_lut_path(grade.shot, self.opacity, frame, steadied=self.steadied)
            luts[path] = partial(grade.key_lut, index, size)
        return luts

    def converting(self, shot: Shot, graded: Transform | None = None) -> tuple[str, Content]:
        """Return the path of a shot's LUT that grades and converts, and a call that makes the file.

        ``graded`` is what grades instead of the record: a LUT that was changed by hand.
        """
        conversion = self.conversions.shots[shot.id]
        transform = self.record.grade(shot.id).transform if graded is None else graded
        transform = transform if self.opacity == 1 else Mix(transform, self.opacity)
        make = _shaped if self.shapes(shot) else _cube
        return self.path(shot, None), partial(
            make, Chain((transform, conversion)), f"{shot.id} as {label(conversion.target)}"
        )

    def conversion_luts(self) -> dict[str, Content]:
        """Return the path of each LUT that grades nothing -> a call that makes the file."""
        conversions = {*self.conversions.shots.values(), *filter(None, [self.conversions.bars])}
        luts: dict[str, Content] = {
            self._conversion_path(one): partial(_cube, one, f"{label(one.source)} as {label(one.target)}")
            for one in conversions
        }
        return {**luts, shaper_path(away=self.away): lambda: only_shaper().encode("ascii")}

    def exported(self, used: Iterable[str]) -> dict[str, Content]:
        """Return those of the ``used`` LUTs that no exporter but the one of the scripts writes."""
        luts = self.conversion_luts()
        luts |= dict(self.converting(shot) for shot in self.record.edit.shots if self.grades_and_converts(shot))
        return {path: luts[path] for path in sorted({*used} & luts.keys())}

    def _conversion_path(self, conversion: Conversion) -> str:
        return conversion_path(label(conversion.source), label(conversion.target), away=self.away)


def _cube(transform: Transform, title: str) -> bytes:
    return format_cube(Lut3D.bake(transform, NODES, title)).encode("ascii")


def _shaped(transform: Transform, title: str) -> bytes:
    return format_csp(shaped(transform, NODES), title).encode("ascii")
