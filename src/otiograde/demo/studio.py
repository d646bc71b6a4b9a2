"""The studio: two painted busts, a color chart, crates, books and stone against a blue-grey canvas, in cool light."""

from __future__ import annotations

from otiograde.demo.camera import Pose
from otiograde.demo.light import Light, Thing
from otiograde.demo.paint import Brush, Paint, faces, linear
from otiograde.demo.shapes import Box, Placement, Round, Sheet, cone

LIGHT = Light(
    (8.0, 9.0, 7.5), (1.9, 0.0, -2.0), (0.0, 2.6, 0.0), (1.04, 1.02, 1.0), (0.28, 0.31, 0.35), (0.16, 0.16, 0.17)
)

#: Camera set-up -> where its move begins and ends.
MOVES = {
    "wide": (Pose((1.6, 4.3, 11.6), (0.1, 2.1, 0.0), 0.47), Pose((-0.4, 4.2, 11.2), (0.0, 2.1, 0.0), 0.47)),
    "medium": (Pose((-2.2, 3.9, 9.4), (0.0, 2.35, -0.4), 0.41), Pose((-0.8, 3.8, 9.0), (0.3, 2.4, -0.4), 0.41)),
    "close": (Pose((2.3, 3.9, 7.4), (0.55, 2.75, -0.6), 0.40), Pose((2.9, 3.7, 6.8), (0.6, 2.8, -0.6), 0.40)),
}

BALL = Round()
PIPE = Round(1, 0, 0)
DISC = Sheet(disc=True)

#: Twenty-four patches: skins, foliage, sky, primaries, and a row of greys.
PATCHES = (
    0x735244, 0xC29682, 0x627A9D, 0x576C43, 0x8580B1, 0x67BDAA,
    0xD67E2C, 0x505BA6, 0xC15A63, 0x5E3C6C, 0x9DBC40, 0xE0A32E,
    0x383D96, 0x469449, 0xAF363C, 0xE7C71F, 0xBB5695, 0x1685A1,
    0xEDEDEB, 0xC8C8C8, 0xA0A0A0, 0x7A7A79, 0x555555, 0x343434,
)  # fmt: skip


def things(brush: Brush) -> list[Thing]:
    """Dress the studio."""
    light_skin, dark_skin = (0xD9A182, 0xB86A5C, 0x8A4B3A), (0x8C5A3E, 0x7A3B30, 0x3A2016)
    return [
        *_room(brush),
        *_blocks(brush),
        *_bust(brush, (1.15, 1.9, -0.5), 1.0, light_skin, (0x2F5D62, 0x3B2A20)),
        *_bust(brush, (-2.35, 1.8, -1.6), 0.92, dark_skin, (0xB5532B, 0xC99A2E)),
        *_balls(brush),
    ]


def _room(brush: Brush) -> list[Thing]:
    floor = brush.terrazzo(brush.size(800, 1600), 0x6E7680, (0x565E69, 0x8A919A, 0x7C766E), 70)
    canvas = brush.plaster(brush.size(700, 1600), 0x6B7782, 5)
    canvas = brush.shaded(canvas, brush.noise(canvas.shape[:2], 3, slope=2.6) * 0.12)
    return [
        Thing(Sheet(), Placement((0, 0, 0.5), (10.0, 1.0, 5.0)), linear(floor), 0.0, (80, 140)),
        Thing(Sheet(), Placement((0, 4.4, -4.2), (10.0, 1.0, 4.5), tilt=90), linear(canvas), 0.0, (48, 96)),
    ]


def _blocks(brush: Brush) -> list[Thing]:
    plinth = brush.terrazzo(brush.size(240, 260), 0xCFCBC3, (0x8C4F3D, 0x5A6A63, 0x9C9488, 0x3B3B3D), 16)
    crate = brush.striped(brush.wood(brush.size(240, 260), 0x8A6236, 0xC9A06A, planks=4), 0x6B4A28, [(0.0, 0.02)])
    stencil = brush.printed(crate, [("FRAGILE", 0.10, 0.42, 0.13, 0x3A2412), ("No 24 / B", 0.14, 0.72, 0.12, 0x3A2412)])
    patches = brush.checkered(brush.size(200, 290), PATCHES, (4, 6))
    edges = [(k / 4 - 0.014, k / 4 + 0.014) for k in range(5)], [(k / 6 - 0.010, k / 6 + 0.010) for k in range(7)]
    chart = brush.striped(brush.striped(patches, 0x17181A, edges[0]), 0x17181A, edges[1], along=True)
    rim = brush.flat(0x17181A, chart.shape[:2])
    cube = brush.woven(brush.checkered(brush.size(160, 160), (0xE4DFD2, 0x27303C), (4, 4)), 10)
    return [
        Thing(Box(), Placement((1.15, 0.95, -0.5), (1.05, 0.95, 0.85), turn=-9), linear(faces(plinth)), 0.05, (24, 24)),
        Thing(
            Box(), Placement((-2.35, 0.9, -1.6), (1.15, 0.9, 0.9), turn=12), linear(faces(stencil, crate, crate)), 0.0
        ),
        Thing(
            Box(),
            Placement((-0.80, 0.68, 0.95), (0.90, 0.62, 0.04), -6, -14),
            linear(faces(chart, rim, rim)),
            0.0,
            (12, 16),
        ),
        Thing(Box(), Placement((3.45, 0.55, 0.55), (0.55, 0.55, 0.55), turn=32), linear(faces(cube)), 0.1, (16, 16)),
        *_books(brush),
    ]


def _books(brush: Brush) -> list[Thing]:
    titles = (("LUMEN", 0x7A2E2A, 0.0, 8), ("SHADE & TINT", 0x2F4A6B, 0.42, -6), ("ATLAS", 0xC7B48A, 0.80, 14))
    books = []
    for title, color, low, turn in titles:
        cover = brush.woven(brush.flat(color, brush.size(72, 300), 0.03), 30)
        ink = 0x2A2118 if color > 0xB00000 else 0xE6D7A8
        cover = brush.striped(
            brush.printed(cover, [(title, 0.24, 0.68, 0.42, ink)]), ink, [(0.06, 0.09), (0.91, 0.94)], True
        )
        pages = brush.striped(
            brush.flat(0xE3DAC2, cover.shape[:2]), 0xC4B898, [(k / 12, k / 12 + 0.03) for k in range(12)]
        )
        at = Placement((-4.1, low + 0.2, 0.5), (0.95, 0.2, 0.68), turn=turn)
        books.append(Thing(Box(), at, linear(faces(cover, pages, brush.flat(color, cover.shape[:2]))), 0.05, (8, 20)))
    return books


def _bust(
    brush: Brush, at: tuple[float, float, float], scale: float, skin: tuple[int, int, int], dress: tuple[int, int]
) -> list[Thing]:
    """Shape a head on shoulders: skin, its blush and its lips; the colors of its pullover and of its cap."""
    x, y, z = at
    size = brush.size(240, 400)
    face = brush.shaded(brush.flat(skin[0], size, 0.035, 6), brush.noise(size, 50, slope=1.0) * 0.02)
    face = brush.dabbed(face, [(0.58, 0.5 + side * 0.085, 0.10, 0.05, skin[1]) for side in (-1, 1)], 2.2)
    white = [(0.455, 0.5 + side * 0.062, 0.024, 0.026, 0xE9E4DC) for side in (-1, 1)]
    iris = [(0.455, 0.5 + side * 0.060, 0.022, 0.012, 0x2E2018) for side in (-1, 1)]
    brows = [(0.395, 0.5 + side * 0.064, 0.012, 0.036, 0x35231A) for side in (-1, 1)]
    face = brush.dabbed(
        face, [*white, *iris, *brows, (0.690, 0.5, 0.020, 0.036, skin[2]), (0.705, 0.5, 0.012, 0.03, skin[1])]
    )
    bare = linear(
        brush.shaded(brush.flat(skin[0], brush.size(80, 120), 0.03), brush.noise(brush.size(80, 120), 30) * 0.02)
    )
    wool, cap = (linear(brush.knit(brush.size(160, 420), color, (18, 34))) for color in dress)

    def part(paint: Paint, up: float, half: tuple[float, float, float], shape: Round = BALL, **turned: float) -> Thing:
        aside, ahead, gloss = (
            turned.pop("aside", 0.0),
            turned.pop("ahead", 0.0),
            0.0 if paint is wool or paint is cap else 0.12,
        )
        center = (x + aside * scale, y + up * scale, z + ahead * scale)
        return Thing(
            shape, Placement(center, (half[0] * scale, half[1] * scale, half[2] * scale), **turned), paint, gloss
        )

    return [
        part(wool, 0.42, (1.12, 0.74, 0.62), Round(low=-0.57)),
        part(bare, 1.22, (0.29, 0.32, 0.29), PIPE),
        part(linear(face), 1.98, (0.58, 0.76, 0.64), ahead=0.05),
        part(bare, 1.86, (0.085, 0.15, 0.12), ahead=0.70, tilt=-12),
        *(part(bare, 1.95, (0.07, 0.16, 0.11), aside=0.58 * side) for side in (-1, 1)),
        part(cap, 2.08, (0.64, 0.76, 0.72), Round(low=0.22), tilt=-14),
        part(wool, 1.02, (0.40, 0.12, 0.38), PIPE),
    ]


def _balls(brush: Brush) -> list[Thing]:
    size = brush.size(200, 360)
    marble = brush.speckled(brush.flat(0xE2E0DA, size, 0.04), 0x6C6A68, 0.05, 26)
    yarn = brush.knit(size, 0xA83A4B, (14, 22))
    glaze = brush.striped(brush.peel(size, 0x2A7F83, 0x4FA79B, streaks=0.5), 0xE8DFC6, [(0.16, 0.20), (0.60, 0.63)])
    pencil = [(k / 9, k / 9 + 1 / 18) for k in range(9)]
    pole = brush.striped(brush.flat(0xE9E6DF, brush.size(240, 90), 0.02), 0xC0392B, pencil)
    wood = brush.wood(brush.size(140, 220), 0x8C5A2C, 0xD3A467)
    return [
        Thing(BALL, Placement((0.95, 0.42, 1.55), (0.42,) * 3), linear(brush.flat(0x777777, size, 0.01)), 0.0),
        Thing(BALL, Placement((2.35, 0.58, 1.25), (0.58,) * 3, turn=40), linear(marble), 0.35),
        Thing(BALL, Placement((-2.55, 0.52, 1.25), (0.52,) * 3, turn=20, tilt=35), linear(yarn)),
        Thing(Round(low=-0.92), Placement((3.5, 1.57, 0.45), (0.46, 0.52, 0.46)), linear(glaze), 0.8),
        Thing(cone(0.16, 0.24, inside=True), Placement((3.5, 2.22, 0.45), (1.0, 0.17, 1.0)), linear(glaze), 0.3),
        Thing(cone(0.16, 0.24), Placement((3.5, 2.22, 0.45), (1.0, 0.17, 1.0)), linear(glaze), 0.8),
        Thing(PIPE, Placement((3.05, 1.6, -2.2), (0.28, 1.6, 0.28)), linear(pole), 0.2, (30, 20)),
        Thing(BALL, Placement((3.05, 3.5, -2.2), (0.42,) * 3), linear(wood), 0.3),
        Thing(
            cone(0.62, 0.0), Placement((-0.65, 0.85, -2.0), (1.0, 0.85, 1.0)), linear(brush.plaster(size, 0xD8D6D0, 10))
        ),
        Thing(BALL, Placement((-4.2, 1.58, 0.5), (0.36,) * 3, turn=15), linear(wood), 0.3),
    ]
