"""What a film of a Final Cut document shows, read off its pixels: the frames that the format's rule asks for.

Tests: movie/rendering.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from making.fcpxml import clip, compound, document, time_map
from making.movies import numbered_film, render, seen
from making.records import graded
from otiograde.media.probe import probe
from otiograde.timeline import Reading, read_edit

pytestmark = pytest.mark.slow

SECOND = list(range(24, 48))
BLACK = [None] * 24


def sync(**more: object) -> str:
    inside = clip("m24", "in", offset=0, start=0, duration=4)
    return clip("", "sync", inside, tag="sync-clip", offset=0, start=1, duration=1, **more)


def after(offset: object = 1, start: object = 0, inside: str = "", **more: object) -> str:
    return clip("n24", "after", inside, offset=offset, start=start, duration=1, **more)


OFF = clip("m24", "off", lane="1", offset=0, start=2, duration=1, enabled="0")
HEARD = clip("m24", "heard", lane="1", offset=0, start=2, duration=1, srcEnable="audio")
ANGLES = (
    '<media id="mc"><multicam format="r24" tcStart="3600s"><mc-angle angleID="A">'
    + clip("m24", "a", offset=3600, start=0, duration=4) + '</mc-angle><mc-angle angleID="B">'
    + clip("n24", "b", offset=3601, start=0, duration=3) + "</mc-angle></multicam></media>"
)  # fmt: skip
CAMERA = clip(
    "mc", "cam", '<mc-source angleID="B" srcEnable="all"/>', tag="mc-clip", offset=0, start="3602s", duration=1
)
NEST = compound(
    "c", sync().replace('offset="0s" start="1s"', 'offset="3600s" start="1s"', 1), 'format="r24" tcStart="3600s"'
)
LATE = clip("m24", "late", lane="1", offset=Fraction(5, 2), start=1, duration=Fraction(1, 2))

#: Storyline, further resources, and the frames of the film: those of both files have the same numbers.
FILMS = {
    "sync-clip": (sync() + after(), "", SECOND + list(range(24))),
    "disabled": (sync(enabled="0") + after(inside=OFF), "", BLACK + list(range(24))),
    "sound alone": (sync() + after(inside=HEARD), "", SECOND + list(range(24))),
    "multicam": (CAMERA + after(), ANGLES, SECOND + list(range(24))),
    "nest": (clip("c", tag="ref-clip", offset=0) + after(), NEST, SECOND + list(range(24))),
    "trimmed nest": (
        clip("c", tag="ref-clip", offset=0, start="7201/2s", duration=Fraction(1, 4)),
        NEST,
        list(range(36, 42)),
    ),
    "connected": (
        clip("n24", "base", LATE, offset=0, start=2, duration=1),
        "",
        list(range(48, 60)) + list(range(24, 36)),
    ),
    "backwards": (clip("m24", "back", time_map((0, 4), (4, 0)), offset=0, start=2, duration=1), "", SECOND[::-1]),
    "held": (clip("m24", "held", time_map((0, 1), (1, 1)), offset=0, start=0, duration=1), "", [24] * 24),
    "doubled": (
        clip("m24", "fast", time_map((0, 0), (2, 4)), offset=0, start=0, duration=1),
        "",
        list(range(0, 48, 2)),
    ),
    "conformed": (
        clip("m25", "pal", "<conform-rate srcFrameRate='25'/>", offset=0, start=1, duration=1),
        "",
        list(range(25, 49)),
    ),
    "audition": (f'<audition offset="0s">{sync()}{after()}</audition>', "", SECOND),
}


@pytest.mark.parametrize("name", FILMS)
def test_the_film_shows_the_edit(name: str, tmp_path: Path, ffmpegs: list[Path], ffmpeg: Path) -> None:
    spine, resources, frames = FILMS[name]
    for file, rate in (("m24", "24"), ("n24", "24"), ("m25", "25")):
        numbered_film(ffmpeg, tmp_path / f"{file}.mp4", 96, rate)
    path = tmp_path / "edit.fcpxml"
    path.write_text(document(spine, resources).replace('hasAudio="1"', ""), "utf-8")
    edit = read_edit(path, Reading(), probe)
    movie = render(graded(edit, lut_size=2), tmp_path / "out", ffmpegs[0]).movie
    assert movie is not None
    assert seen(movie) == frames
