"""The kitchen set: a wooden table by a tiled wall with fruit, bread, eggs and a checkered cloth, in warm light."""

from __future__ import annotations

from otiograde.demo.camera import Pose
from otiograde.demo.light import Light, Thing, place
from otiograde.demo.paint import Brush, faces
from otiograde.demo.shapes import Box, Round, Sheet, cone

LIGHT = Light(
    center=(-8.0, 9.0, 7.0),
    across=(1.9, 0.0, 2.2),
    up=(0.0, 2.6, 0.0),
    window=(1.05, 0.98, 0.88),
    above=(0.27, 0.29, 0.33),
    below=(0.20, 0.16, 0.12),
)

#: Camera set-up -> its pose at the first and at the last frame of a take.
MOVES = {
    "wide": (Pose((-1.5, 3.9, 11.0), (0.1, 1.45, 0.0), 0.47), Pose((0.6, 3.7, 10.2), (0.2, 1.4, 0.0), 0.47)),
    "medium": (Pose((2.6, 3.3, 8.6), (0.2, 1.15, 0.2), 0.38), Pose((1.2, 3.0, 8.2), (0.0, 1.1, 0.2), 0.38)),
    "close": (Pose((-1.9, 2.9, 6.6), (-0.7, 0.95, 0.4), 0.36), Pose((-2.6, 2.6, 6.3), (-0.4, 0.9, 0.4), 0.36)),
}

BALL = Round()
PIPE = Round(1, 0, 0)
DISC = Sheet(disc=True)


def things(brush: Brush) -> list[Thing]:
    """Return everything on the kitchen set."""
    parts = (_room, _picture, _bread, _bowl, _fruit, _grapes, _bottle, _packets, _basil, _eggs, _mug)
    return [thing for part in parts for thing in part(brush)]


def _room(brush: Brush) -> list[Thing]:
    table = brush.wood(brush.size(900, 1700), 0x5B3216, 0xB5793F, planks=6)
    tiles = brush.tiles(brush.size(360, 2016), (0xE9E2D0, 0xE4DCC8, 0xDDD9CC, 0xCFD5CB, 0xB9C7BC), (3, 17))
    wall = brush.plaster(brush.size(480, 1400), 0xC9B99B)
    return [
        place(Sheet(), (0, 0, 0.5), (9.0, 1.0, 4.6), table, texels=(80, 140)),
        place(Sheet(), (0, 0.95, -4.0), (9.0, 1.0, 1.6), tiles, texels=(30, 140), tilt=90),
        place(Sheet(), (0, 5.5, -4.05), (10.0, 1.0, 3.0), wall, texels=(20, 60), tilt=90),
    ]


def _picture(brush: Brush) -> list[Thing]:
    picture = brush.peel(brush.size(200, 260), 0x2F5D73, 0xD9A441, streaks=0.3)
    picture = brush.striped(picture, 0xEDE6D6, [(0, 0.10), (0.90, 1)])
    picture = brush.striped(picture, 0xEDE6D6, [(0, 0.08), (0.92, 1)], along=True)
    frame = brush.wood(brush.size(60, 120), 0x2A180E, 0x4A2C19)
    return [
        place(Box(), (-2.3, 4.3, -3.95), (1.75, 1.25, 0.07), faces(frame), 0.2, texels=(8, 10)),
        place(Sheet(), (-2.3, 4.3, -3.87), (1.6, 1.0, 1.1), picture, texels=(10, 12), tilt=90),
    ]


def _bread(brush: Brush) -> list[Thing]:
    gingham = brush.gingham(brush.size(560, 700), 0xA8242B, (12, 15))
    board = brush.wood(brush.size(220, 360), 0xA97A48, 0xDDB883)
    crust = brush.peel(brush.size(160, 260), 0x8A4B1C, 0xD69A50, dimples=0.06, streaks=0.4)
    crust = brush.speckled(crust, 0xF1E2C4, 0.08, 22)
    crumb = brush.speckled(brush.flat(0xEBD6AE, brush.size(96, 96), 0.05), 0xC9A877, 0.16, 16)
    return [
        place(Box(), (-0.7, 0.02, 0.8), (2.9, 0.02, 2.2), faces(gingham), texels=(48, 64), turn=14),
        place(Box(), (3.3, 0.10, 1.0), (1.45, 0.10, 0.95), faces(board), texels=(24, 32), turn=-12),
        place(Round(low=-0.85), (3.15, 0.60, 0.75), (0.62, 1.2, 0.48), crust, turn=-20, roll=90),
        place(DISC, (4.1, 0.60, 1.09), (0.326, 1.0, 0.252), crumb, turn=-20, roll=-90),
    ]


def _bowl(brush: Brush) -> list[Thing]:
    glaze = brush.speckled(brush.flat(0xE6E3DA, brush.size(220, 800), 0.03, 10), 0x8B8478, 0.012, 60)
    outside = brush.striped(glaze, 0x2E5C8A, [(0.06, 0.11), (0.42, 0.45)])
    band = slice(len(glaze) * 16 // 100, len(glaze) * 37 // 100)
    petals = [(0.02 + 0.05 * petal, 0.045 + 0.05 * petal) for petal in range(20)]
    outside[band] = brush.striped(outside[band], 0x3F76A6, petals, along=True)
    rim, foot = brush.flat(0x2E5C8A, (16, 16)), brush.flat(0xD8D4C8, (16, 64))
    at = (-0.75, 1.12, 0.2)
    return [
        place(Round(high=0), at, (1.5, 1.12, 1.5), outside, 0.7, texels=(24, 64)),
        place(Round(high=0, inside=True), at, (1.42, 1.06, 1.42), glaze, 0.5, texels=(24, 64)),
        place(Sheet(disc=True, hole=0.945), at, (1.5, 1.0, 1.5), rim, 0.7),
        place(PIPE, (-0.75, 0.1, 0.2), (0.62, 0.1, 0.62), foot, 0.5),
    ]


def _fruit(brush: Brush) -> list[Thing]:
    size = brush.size(150, 260)
    red = brush.peel(size, 0x9E1B1E, 0xD9A13B, streaks=0.8)
    green = brush.peel(size, 0x6E8F2C, 0xB5BE52, streaks=0.4)
    orange = brush.peel(size, 0xD9741A, 0xE58B2A, dimples=0.10)
    lemon = brush.peel(size, 0xE0B92A, 0xECD257, dimples=0.07)
    peach = brush.peel(size, 0xD98A5F, 0xEDBE8B, streaks=0.5)
    stem = brush.flat(0x4A321C, (8, 8))
    return [
        place(BALL, (-1.35, 1.28, 0.62), (0.54, 0.50, 0.54), red, 0.55, turn=20, tilt=-20),
        place(BALL, (-0.25, 1.30, 0.72), (0.53, 0.51, 0.53), orange, 0.30, tilt=30),
        place(BALL, (-1.15, 1.34, -0.42), (0.52, 0.48, 0.52), green, 0.55, turn=60, tilt=15),
        place(BALL, (-0.10, 1.36, -0.35), (0.42, 0.56, 0.42), lemon, 0.35, turn=40, tilt=70),
        place(BALL, (-0.72, 1.82, 0.22), (0.50, 0.48, 0.50), peach, 0.10, turn=150, tilt=10),
        place(BALL, (1.45, 0.53, 1.15), (0.54, 0.50, 0.54), red, 0.55, turn=200, tilt=15),
        place(BALL, (0.95, 0.54, 2.05), (0.52, 0.50, 0.52), orange, 0.30, turn=90, tilt=60),
        place(BALL, (-2.35, 0.45, 1.75), (0.40, 0.55, 0.40), lemon, 0.35, turn=65, tilt=90),
        place(PIPE, (1.49, 1.05, 1.13), (0.03, 0.14, 0.03), stem, texels=(4, 6), roll=14),
        place(PIPE, (-1.3, 1.76, 0.5), (0.03, 0.13, 0.03), stem, texels=(4, 6), roll=-20),
    ]


def _grapes(brush: Brush) -> list[Thing]:
    grape = brush.peel(brush.size(48, 64), 0x3A1D3A, 0x6B3A5C)
    berries = [(0, 0), (0.3, 0.1), (0.6, -0.05), (0.15, 0.3), (0.45, 0.35), (0.75, 0.25), (0.3, 0.6)]
    return [place(BALL, (x - 1.3, 0.21, z + 2.25), (0.18, 0.18, 0.18), grape, 0.5, texels=(8, 12)) for x, z in berries]


def _bottle(brush: Brush) -> list[Thing]:
    label = brush.flat(0xEADFC2, brush.size(300, 700), 0.02)
    label = brush.printed(label, "OLIO", (0.37, 0.34), 0.17, 0x2B3A1E)
    label = brush.printed(label, "EXTRA VERGINE", (0.34, 0.50), 0.08, 0x7A2A1A)
    label = brush.printed(label, "di frantoio 1897", (0.36, 0.64), 0.07, 0x2B3A1E)
    label = brush.striped(label, 0x1C2A17, [(0, 0.10), (0.80, 1)])
    label = brush.striped(label, 0xB08A3A, [(0.12, 0.14), (0.75, 0.77)])
    glass, gold = brush.flat(0x1C2A17, brush.size(64, 64)), brush.flat(0xB08A3A, (8, 8))
    return [
        place(PIPE, (2.45, 1.05, -1.2), (0.52, 1.05, 0.52), label, 0.5, texels=(24, 32), turn=2),
        place(Round(low=0), (2.45, 2.1, -1.2), (0.52, 0.60, 0.52), glass, 0.8),
        place(PIPE, (2.45, 2.95, -1.2), (0.17, 0.42, 0.17), glass, 0.8, texels=(12, 16)),
        place(PIPE, (2.45, 3.42, -1.2), (0.20, 0.12, 0.20), gold, 0.5, texels=(6, 12)),
        place(DISC, (2.45, 3.54, -1.2), (0.20, 1.0, 0.20), gold, 0.5, texels=(4, 4)),
    ]


def _packets(brush: Brush) -> list[Thing]:
    tin = brush.striped(brush.flat(0xB3261E, brush.size(260, 720), 0.02), 0xEFE3C8, [(0.18, 0.40), (0.86, 0.92)])
    tin = brush.printed(tin, "POMODORI", (0.36, 0.345), 0.12, 0x9A1F18)
    tin = brush.printed(tin, "pelati interi", (0.37, 0.56), 0.09, 0xF3E3B0)
    tin = brush.printed(tin, "400 g", (0.44, 0.76), 0.10, 0xF3E3B0)
    lid = brush.size(64, 64)
    steel = brush.relief(brush.flat(0xA9A9A6, lid), brush.noise(lid, 20), 0.1)
    tea = brush.woven(brush.flat(0x2F6B5E, brush.size(220, 160)), 60)
    tea = brush.striped(tea, 0xE8D9A9, [(0.08, 0.11), (0.62, 0.65)])
    tea = brush.printed(tea, "TEA", (0.18, 0.40), 0.20, 0xF2E6C0)
    tea = brush.printed(tea, "mint & lime", (0.13, 0.54), 0.08, 0xF2E6C0)
    tea = brush.printed(tea, "20 bags", (0.2, 0.80), 0.09, 0xE8D9A9)
    return [
        place(PIPE, (1.05, 0.72, -1.7), (0.60, 0.72, 0.60), tin, 0.35, texels=(20, 32), turn=8),
        place(DISC, (1.05, 1.44, -1.7), (0.60, 1.0, 0.60), steel, 0.6, texels=(12, 12)),
        place(Box(), (4.35, 0.95, -1.7), (0.68, 0.95, 0.42), faces(tea), texels=(20, 16), turn=-24),
    ]


def _basil(brush: Brush) -> list[Thing]:
    clay = brush.plaster(brush.size(120, 300), 0xB8693F, 12)
    earth = brush.flat(0x33261C, (16, 16), 0.2)
    leaf = brush.peel(brush.size(120, 180), 0x2F5A22, 0x5E8A34, dimples=0.15)
    leaf = brush.speckled(leaf, 0x1D3A16, 0.2, 14)
    return [
        place(cone(0.55, 0.78), (-4.2, 0.62, -1.0), (1.0, 0.62, 1.0), clay, texels=(20, 32)),
        place(PIPE, (-4.2, 1.18, -1.0), (0.86, 0.16, 0.86), clay, texels=(8, 32)),
        place(DISC, (-4.2, 1.30, -1.0), (0.85, 1.0, 0.85), earth),
        place(BALL, (-4.2, 1.75, -1.0), (0.62, 0.50, 0.62), leaf, turn=18),
        place(BALL, (-4.7, 1.65, -0.8), (0.45, 0.36, 0.45), leaf, turn=63),
        place(BALL, (-3.75, 1.7, -0.75), (0.46, 0.37, 0.46), leaf, turn=22),
        place(BALL, (-4.3, 1.6, -0.55), (0.42, 0.34, 0.42), leaf, turn=27),
        place(BALL, (-4.1, 2.2, -1.1), (0.40, 0.32, 0.40), leaf, turn=9),
    ]


def _eggs(brush: Brush) -> list[Thing]:
    plate = brush.flat(0xECEAE4, brush.size(96, 96), 0.02)
    brown, beige, ocher = (
        brush.speckled(brush.flat(color, brush.size(96, 140)), 0xA5714C, 0.03, 30)
        for color in (0xD9A57E, 0xE5BE9D, 0xC98F66)
    )
    return [
        place(cone(0.75, 1.0), (-3.35, 0.06, 0.95), (1.1, 0.06, 1.1), plate, 0.4, texels=(6, 48)),
        place(DISC, (-3.35, 0.10, 0.95), (1.06, 1.0, 1.06), plate, 0.4, texels=(32, 32)),
        place(BALL, (-3.35, 0.39, 1.35), (0.29, 0.37, 0.29), brown, 0.15, turn=35, tilt=84),
        place(BALL, (-2.95, 0.38, 0.75), (0.29, 0.37, 0.29), beige, 0.15, turn=-50, tilt=84),
        place(BALL, (-3.75, 0.39, 0.75), (0.29, 0.37, 0.29), ocher, 0.15, turn=100, tilt=84),
    ]


def _mug(brush: Brush) -> list[Thing]:
    stone = brush.speckled(brush.flat(0x9B9A96, brush.size(150, 360)), 0x4A4846, 0.07, 40)
    return [
        place(PIPE, (0.2, 0.55, -2.3), (0.50, 0.55, 0.50), stone, 0.3, texels=(20, 32)),
        place(Round(1, 0, 0, inside=True), (0.2, 0.6, -2.3), (0.45, 0.5, 0.45), stone, 0.2),
        place(Sheet(disc=True, hole=0.9), (0.2, 1.1, -2.3), (0.50, 1.0, 0.50), stone, 0.3, texels=(8, 8)),
    ]
