"""The studio set: two busts, a color chart, crates, books and stone before a blue-gray canvas, in cool light."""

from __future__ import annotations

import numpy as np

from otiograde.demo.camera import Pose
from otiograde.demo.light import Light, Thing, place
from otiograde.demo.paint import Brush, Paint, faces
from otiograde.demo.shapes import Box, Point, Round, Shape, Sheet, cone

LIGHT = Light(
    center=(8.0, 9.0, 7.5),
    across=(1.9, 0.0, -2.0),
    up=(0.0, 2.6, 0.0),
    window=(1.04, 1.02, 1.0),
    above=(0.28, 0.31, 0.35),
    below=(0.16, 0.16, 0.17),
)

#: Camera set-up -> its pose at the first and at the last frame of a take.
MOVES = {
    "wide": (Pose((1.6, 4.3, 11.6), (0.1, 2.1, 0.0), 0.47), Pose((-0.4, 4.2, 11.2), (0.0, 2.1, 0.0), 0.47)),
    "medium": (Pose((-2.2, 3.9, 9.4), (0.0, 2.35, -0.4), 0.41), Pose((-0.8, 3.8, 9.0), (0.3, 2.4, -0.4), 0.41)),
    "close": (Pose((2.3, 3.9, 7.4), (0.55, 2.75, -0.6), 0.40), Pose((2.9, 3.7, 6.8), (0.6, 2.8, -0.6), 0.40)),
}

BALL = Round()
PIPE = Round(1, 0, 0)

#: The 24 patches of the color chart: skins, foliage, sky, primaries, and a row of grays.
PATCHES = (
    0x735244, 0xC29682, 0x627A9D, 0x576C43, 0x8580B1, 0x67BDAA,
    0xD67E2C, 0x505BA6, 0xC15A63, 0x5E3C6C, 0x9DBC40, 0xE0A32E,
    0x383D96, 0x469449, 0xAF363C, 0xE7C71F, 0xBB5695, 0x1685A1,
    0xEDEDEB, 0xC8C8C8, 0xA0A0A0, 0x7A7A79, 0x555555, 0x343434,
)  # fmt: skip


def things(brush: Brush) -> list[Thing]:
    """Return everything on the studio set."""
    light_skin, dark_skin = (0xD9A182, 0xB86A5C, 0x8A4B3A), (0x8C5A3E, 0x7A3B30, 0x3A2016)
    return [
        *_room(brush),
        *_blocks(brush),
        *_chart(brush),
        *_books(brush),
        *_bust(brush, (1.15, 1.9, -0.5), 1.0, light_skin, (0x2F5D62, 0x3B2A20)),
        *_bust(brush, (-2.35, 1.8, -1.6), 0.92, dark_skin, (0xB5532B, 0xC99A2E)),
        *_balls(brush),
        *_vase(brush),
    ]


def _room(brush: Brush) -> list[Thing]:
    floor = brush.terrazzo(brush.size(800, 1600), 0x6E7680, (0x565E69, 0x8A919A, 0x7C766E), 70)
    canvas = brush.plaster(brush.size(700, 1600), 0x6B7782, 5)
    canvas = brush.shaded(canvas, brush.noise(canvas.shape[:2], 3, slope=2.6) * 0.12)
    return [
        place(Sheet(), (0, 0, 0.5), (10.0, 1.0, 5.0), floor, texels=(80, 140)),
        place(Sheet(), (0, 4.4, -4.2), (10.0, 1.0, 4.5), canvas, texels=(48, 96), tilt=90),
    ]


def _blocks(brush: Brush) -> list[Thing]:
    stone = brush.terrazzo(brush.size(240, 260), 0xCFCBC3, (0x8C4F3D, 0x5A6A63, 0x9C9488, 0x3B3B3D), 16)
    crate = brush.striped(brush.wood(brush.size(240, 260), 0x8A6236, 0xC9A06A, planks=4), 0x6B4A28, [(0.0, 0.02)])
    front = brush.printed(crate, "FRAGILE", (0.10, 0.42), 0.13, 0x3A2412)
    front = brush.printed(front, "No 24 / B", (0.14, 0.72), 0.12, 0x3A2412)
    checks = brush.woven(brush.checkered(brush.size(160, 160), (0xE4DFD2, 0x27303C), (4, 4)), 10)
    return [
        place(Box(), (1.15, 0.95, -0.5), (1.05, 0.95, 0.85), faces(stone), texels=(24, 24), turn=-9),
        place(Box(), (-2.35, 0.9, -1.6), (1.15, 0.9, 0.9), faces(front, crate, crate), turn=12),
        place(Box(), (3.45, 0.55, 0.55), (0.55, 0.55, 0.55), faces(checks), texels=(16, 16), turn=32),
    ]


def _chart(brush: Brush) -> list[Thing]:
    chart = brush.checkered(brush.size(200, 290), PATCHES, (4, 6))
    chart = brush.striped(chart, 0x17181A, [(edge / 4 - 0.014, edge / 4 + 0.014) for edge in range(5)])
    chart = brush.striped(chart, 0x17181A, [(edge / 6 - 0.010, edge / 6 + 0.010) for edge in range(7)], along=True)
    rim = brush.flat(0x17181A, chart.shape[:2])
    board = faces(chart, rim, rim)
    return [place(Box(), (-0.80, 0.68, 0.95), (0.90, 0.62, 0.04), board, texels=(12, 16), turn=-6, tilt=-14)]


def _books(brush: Brush) -> list[Thing]:
    titles = (
        ("LUMEN", 0x7A2E2A, 0xE6D7A8, 0.20, 8),
        ("SHADE & TINT", 0x2F4A6B, 0xE6D7A8, 0.62, -6),
        ("ATLAS", 0xC7B48A, 0x2A2118, 1.00, 14),
    )
    books = []
    for title, cloth, ink, up, turn in titles:
        spine = brush.woven(brush.flat(cloth, brush.size(72, 300)), 30)
        spine = brush.striped(spine, ink, [(0.06, 0.09), (0.91, 0.94)], along=True)
        spine = brush.printed(spine, title, (0.24, 0.68), 0.42, ink)
        cover, paper = brush.flat(cloth, spine.shape[:2]), brush.flat(0xE3DAC2, spine.shape[:2])
        pages = brush.striped(paper, 0xC4B898, [(sheet / 12, sheet / 12 + 0.03) for sheet in range(12)])
        block = faces(spine, pages, cover)
        books.append(place(Box(), (-4.1, up, 0.5), (0.95, 0.2, 0.68), block, texels=(8, 20), turn=turn))
    return books


def _bust(brush: Brush, at: Point, scale: float, skin: tuple[int, int, int], dress: tuple[int, int]) -> list[Thing]:
    """Return a head on shoulders. ``skin``: colors of skin, blush and lips. ``dress``: colors of pullover and cap."""
    face, bare = _face(brush, skin), _bare(brush, skin[0], brush.size(80, 120))
    wool, cap = (brush.knit(brush.size(160, 420), color, (18, 34)) for color in dress)
    parts: list[tuple[Paint, Shape, Point, Point, float]] = [
        (wool, Round(low=-0.57), (0, 0.42, 0), (1.12, 0.74, 0.62), 0),  # shoulders
        (bare, PIPE, (0, 1.22, 0), (0.29, 0.32, 0.29), 0),  # neck
        (face, BALL, (0, 1.98, 0.05), (0.58, 0.76, 0.64), 0),
        (bare, BALL, (0, 1.86, 0.70), (0.085, 0.15, 0.12), -12),  # nose
        (bare, BALL, (-0.58, 1.95, 0), (0.07, 0.16, 0.11), 0),  # ears
        (bare, BALL, (0.58, 1.95, 0), (0.07, 0.16, 0.11), 0),
        (cap, Round(low=0.22), (0, 2.08, 0), (0.64, 0.76, 0.72), -14),
        (wool, PIPE, (0, 1.02, 0), (0.40, 0.12, 0.38), 0),  # collar
    ]
    things = []
    for paint, shape, center, half, tilt in parts:
        (x, y, z), (a, b, c) = (at + scale * np.array(center)).tolist(), (scale * np.array(half)).tolist()
        things.append(place(shape, (x, y, z), (a, b, c), paint, tilt=tilt))
    return things


def _bare(brush: Brush, skin: int, size: tuple[int, int]) -> Paint:
    return brush.shaded(brush.flat(skin, size, 0.035, 6), brush.noise(size, 50, slope=1.0) * 0.02)


def _face(brush: Brush, skin: tuple[int, int, int]) -> Paint:
    """Paint cheeks, eyes, brows and lips. The middle of the paint is the front of the face."""
    plain, blush, lips = skin
    face = _bare(brush, plain, brush.size(240, 400))
    for side in (-1, 1):
        face = brush.dabbed(face, (0.58, 0.5 + side * 0.085), (0.10, 0.05), blush, soft=2.2)
        face = brush.dabbed(face, (0.455, 0.5 + side * 0.062), (0.024, 0.026), 0xE9E4DC)
        face = brush.dabbed(face, (0.455, 0.5 + side * 0.060), (0.022, 0.012), 0x2E2018)
        face = brush.dabbed(face, (0.395, 0.5 + side * 0.064), (0.012, 0.036), 0x35231A)
    face = brush.dabbed(face, (0.690, 0.5), (0.020, 0.036), lips)
    return brush.dabbed(face, (0.705, 0.5), (0.012, 0.030), blush)


def _balls(brush: Brush) -> list[Thing]:
    size = brush.size(200, 360)
    gray = brush.flat(0x777777, size, 0.01)
    marble = brush.speckled(brush.flat(0xE2E0DA, size, 0.04), 0x6C6A68, 0.05, 26)
    yarn = brush.knit(size, 0xA83A4B, (14, 22))
    wood = brush.wood(brush.size(140, 220), 0x8C5A2C, 0xD3A467)
    rings = [(ring / 9, ring / 9 + 1 / 18) for ring in range(9)]
    pole = brush.striped(brush.flat(0xE9E6DF, brush.size(240, 90), 0.02), 0xC0392B, rings)
    return [
        place(BALL, (0.95, 0.42, 1.55), (0.42, 0.42, 0.42), gray),
        place(BALL, (2.35, 0.58, 1.25), (0.58, 0.58, 0.58), marble, 0.35, turn=40),
        place(BALL, (-2.55, 0.52, 1.25), (0.52, 0.52, 0.52), yarn, turn=20, tilt=35),
        place(BALL, (-4.2, 1.58, 0.5), (0.36, 0.36, 0.36), wood, 0.3, turn=15),
        place(PIPE, (3.05, 1.6, -2.2), (0.28, 1.6, 0.28), pole, 0.2, texels=(30, 20)),
        place(BALL, (3.05, 3.5, -2.2), (0.42, 0.42, 0.42), wood, 0.3),
        place(cone(0.62, 0.0), (-0.65, 0.85, -2.0), (1.0, 0.85, 1.0), brush.plaster(size, 0xD8D6D0, 10)),
    ]


def _vase(brush: Brush) -> list[Thing]:
    glaze = brush.peel(brush.size(200, 360), 0x2A7F83, 0x4FA79B, streaks=0.5)
    glaze = brush.striped(glaze, 0xE8DFC6, [(0.16, 0.20), (0.60, 0.63)])
    return [
        place(Round(low=-0.92), (3.5, 1.57, 0.45), (0.46, 0.52, 0.46), glaze, 0.8),
        place(cone(0.16, 0.24, inside=True), (3.5, 2.22, 0.45), (1.0, 0.17, 1.0), glaze, 0.3),
        place(cone(0.16, 0.24), (3.5, 2.22, 0.45), (1.0, 0.17, 1.0), glaze, 0.8),
    ]
