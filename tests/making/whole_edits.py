"""Edits with all that editing programs do: layers, dissolves, gaps, speeds, nests, media at other rates, drop-frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from making.media import NTSC
from making.otio import Item, bare_dissolve, clip, external, gap, item, lasting, speed, stack, time, timeline, track

FILM = Fraction(24000, 1001)

#: Media by file name. Timecodes are frame numbers.
MEDIA: dict[str, dict[str, Any]] = {
    "a.mov": {"rate": Fraction(24), "frames": 400},
    "b.mov": {"rate": Fraction(24), "frames": 400, "timecode": 86_400},
    "c.mov": {"rate": Fraction(24), "frames": 400, "timecode": 2 * 86_400 + 17},
    "pal.mov": {"rate": Fraction(25), "frames": 400, "timecode": 90_000},
    "film.mov": {"rate": FILM, "frames": 400, "timecode": 86_400},
    "fast.mov": {"rate": Fraction(60), "frames": 900, "timecode": 216_007},
    "slow.mov": {"rate": Fraction(12), "frames": 200},
    "drop.mov": {"rate": NTSC, "frames": 4000, "timecode": 107_892, "drop_frame": True},
    "dropb.mov": {"rate": NTSC, "frames": 4000, "timecode": 107_892 + 1750, "drop_frame": True},
    "full.mov": {"rate": NTSC, "frames": 4000, "timecode": 108_000},
    "drop60.mov": {"rate": 2 * NTSC, "frames": 4000, "timecode": 2 * 107_892, "drop_frame": True},
}


def use(name: str, first: int, count: int, rate: Fraction | float | None = None, **fields: Any) -> Item:
    """A clip of a file from its frame ``first`` on, for ``count`` frames; at another speed, of the edit's time."""
    of = MEDIA[f"{name}.mov"]
    own = float(of["rate"])
    start = of.get("timecode", 0)
    available = lasting(start, of["frames"], own)
    at = float(rate or own)
    source = lasting((first + start) * at / own if at != own else first + start, count, at)
    if at != own:
        source = {**source, "start_time": time(first + start, own)}
    effects = [speed(float(fields.pop("speed")))] if "speed" in fields else []
    return clip(name, source, external(f"{name}.mov", available), effects=effects, **fields)


def bars(count: int, rate: float = 24, kind: str = "SMPTEBars") -> Item:
    reference = item("GeneratorReference.1", kind, generator_kind=kind, available_range=None, parameters={})
    return clip(kind, lasting(0, count, rate), reference)


def fade(before: float, after: float, kind: str = "SMPTE_Dissolve", rate: float = 24) -> Item:
    return bare_dissolve(before, after, kind, rate)


def film(*tracks: Item, begin: int = 86_400, rate: float = 24) -> Item:
    return timeline(*tracks, global_start_time=time(begin, rate))


def nest(*tracks: Item, first: int, count: int, rate: float = 24, **fields: Any) -> Item:
    return stack(*tracks, source_range=lasting(first, count, rate), name="nest", **fields)


N = float(NTSC)

EDITS: dict[str, Item] = {
    "cuts": film(track(use("a", 10, 20), gap(7), use("b", 30, 12), use("c", 5, 9), gap(3))),
    "dissolves": film(
        track(
            use("a", 10, 30), fade(4, 6), use("b", 40, 30), fade(5, 5), use("a", 100, 20), fade(0, 8), use("c", 60, 20)
        )
    ),
    "fades": film(
        track(fade(0, 6), use("a", 30, 24), fade(6, 0), gap(10), fade(3, 5), use("b", 50, 24), fade(4, 4), gap(9))
    ),
    "wipe": film(track(use("a", 10, 30), fade(4, 4, "SMPTE_Wipe"), use("b", 40, 30))),
    "one frame": film(track(use("a", 10, 1), use("b", 40, 1), fade(0, 1), use("a", 60, 1))),
    "layers": film(
        track(use("a", 0, 60)),
        track(gap(10), use("b", 20, 20), gap(5), use("c", 20, 10)),
        track(gap(25), use("a", 200, 10), fade(3, 3), use("b", 90, 12)),
    ),
    "speeds": film(
        track(
            use("a", 10, 20, speed=2),
            use("b", 30, 20, speed=0.5),
            use("c", 60, 20, speed=-1),
            use("a", 90, 15, speed=0),
            use("b", 100, 12, speed=-2),
            use("c", 33, 17, speed=-0.5),
            use("a", 7, 21, speed=1.5),
            use("b", 5, 11, speed=0.7),
        )
    ),
    "odd speeds": film(
        track(use("a", 10, 40, speed=0.8642), use("b", 30, 40, speed=1.0427), use("c", 3, 90, speed=-1.37))
    ),
    "speeds in dissolves": film(
        track(
            use("a", 20, 30, speed=2),
            fade(4, 4),
            use("b", 60, 30, speed=0.5),
            fade(4, 6),
            use("c", 90, 30, speed=-1),
            fade(5, 5),
            use("a", 50, 30, speed=0),
            fade(5, 5),
            use("b", 100, 30),
        )
    ),
    "speed out of phase": film(track(use("a", 20, 30), fade(3, 5), use("b", 60, 30, speed=0.5))),
    "same file": film(track(use("a", 20, 30), fade(4, 4), use("a", 100, 30, speed=2), fade(4, 4), use("a", 200, 30))),
    "disabled": film(
        track(use("a", 10, 20), use("b", 30, 12, enabled=False), use("c", 5, 9)),
        track(use("b", 0, 10, enabled=False), use("c", 50, 5)),
    ),
    "nests": film(
        track(
            use("a", 0, 10),
            nest(track(use("b", 10, 20), use("c", 10, 20)), first=8, count=24),
            nest(track(use("a", 50, 40)), track(gap(5), use("b", 70, 10)), first=2, count=20, effects=[speed(2.0)]),
            use("c", 100, 6),
        )
    ),
    "nest of layers": film(
        track(
            use("a", 0, 10),
            nest(track(gap(10), use("b", 10, 30)), track(use("c", 100, 60)), first=0, count=50),
        ),
        track(gap(20), use("a", 200, 5)),
    ),
    "nest that dissolves": film(
        track(use("a", 0, 30), fade(4, 4), nest(track(use("b", 10, 60)), first=10, count=30), use("c", 0, 10))
    ),
    "backwards nest": film(
        track(nest(track(use("a", 10, 20), use("b", 30, 20)), first=5, count=30, effects=[speed(-1.0)]))
    ),
    "bars": film(
        track(bars(10), use("a", 10, 20), fade(4, 4), use("b", 50, 20), bars(5, kind="black"), use("c", 0, 5))
    ),
    "pal in film": film(track(use("pal", 10, 24, 24), use("a", 5, 12), use("pal", 101, 48, 24))),
    "film in pal": film(
        track(use("a", 20, 50, 25), use("b", 33, 25, 25), use("film", 47, 26, 25), use("pal", 9, 12)),
        begin=90_000,
        rate=25,
    ),
    "fast in film": film(
        track(use("fast", 101, 24, 24), use("fast", 333, 30, 24), use("slow", 7, 24, 24), use("a", 0, 5))
    ),
    "fast in film, retimed": film(
        track(use("fast", 101, 24, 24, speed=0.4), use("slow", 31, 24, 24, speed=2), use("pal", 44, 24, 24, speed=-1))
    ),
    "mixed dissolves": film(
        track(use("a", 20, 40), fade(5, 5), use("fast", 100, 40, 24), fade(4, 4), use("b", 60, 40))
    ),
    "ntsc in film": film(track(use("drop", 1801, 24, 24), use("full", 333, 30, 24), use("film", 77, 30, 24))),
    "drop-frame": film(
        track(
            use("drop", 1780, 50),
            use("full", 400, 40),
            fade(5, 5, rate=N),
            use("dropb", 40, 60),
            use("drop60", 3590, 60, N),
        ),
        begin=107_892,
        rate=N,
    ),
    "drop-frame at 60": film(
        track(use("drop60", 3550, 80), use("drop", 1775, 60, 2 * N), use("drop60", 90, 30, speed=2)),
        begin=2 * 107_892,
        rate=2 * N,
    ),
    "a freeze longer than its media": film(track(use("slow", 190, 450, speed=0), use("a", 10, 12))),
    "held beyond its media": film(track(use("slow", 190, 12), use("a", 10, 12)), rate=24),
}
