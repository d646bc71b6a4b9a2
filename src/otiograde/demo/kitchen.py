"""The kitchen: a wooden table by a tiled wall, fruit in a bowl, bread, eggs and a checkered cloth in warm light."""

from __future__ import annotations

from otiograde.demo.camera import Pose
from otiograde.demo.light import Light, Thing
from otiograde.demo.paint import Brush, faces, linear
from otiograde.demo.shapes import Box, Placement, Round, Sheet, cone

LIGHT = Light(
    (-8.0, 9.0, 7.0), (1.9, 0.0, 2.2), (0.0, 2.6, 0.0), (1.05, 0.98, 0.88), (0.27, 0.29, 0.33), (0.20, 0.16, 0.12)
)

#: Camera set-up -> where its move begins and ends.
MOVES = {
    "wide": (Pose((-1.5, 3.9, 11.0), (0.1, 1.45, 0.0), 0.47), Pose((0.6, 3.7, 10.2), (0.2, 1.4, 0.0), 0.47)),
    "medium": (Pose((2.6, 3.3, 8.6), (0.2, 1.15, 0.2), 0.38), Pose((1.2, 3.0, 8.2), (0.0, 1.1, 0.2), 0.38)),
    "close": (Pose((-1.9, 2.9, 6.6), (-0.7, 0.95, 0.4), 0.36), Pose((-2.6, 2.6, 6.3), (-0.4, 0.9, 0.4), 0.36)),
}

BALL = Round()
PIPE = Round(1, 0, 0)
DISC = Sheet(disc=True)


def things(brush: Brush) -> list[Thing]:
    """Set the table."""
    return [*_room(brush), *_cloth_and_board(brush), *_bowl(brush), *_fruit(brush), *_jars(brush), *_small(brush)]


def _room(brush: Brush) -> list[Thing]:
    table = brush.wood(brush.size(900, 1700), 0x5B3216, 0xB5793F, planks=6)
    tiles = brush.tiles(brush.size(360, 2016), (0xE9E2D0, 0xE4DCC8, 0xDDD9CC, 0xCFD5CB, 0xB9C7BC), (3, 17))
    wall = brush.plaster(brush.size(480, 1400), 0xC9B99B)
    picture = brush.peel(brush.size(200, 260), 0x2F5D73, 0xD9A441, streaks=0.3)
    picture = brush.striped(picture, 0xEDE6D6, [(0, 0.10), (0.90, 1)])
    picture = brush.striped(picture, 0xEDE6D6, [(0, 0.08), (0.92, 1)], along=True)
    frame = brush.wood(brush.size(60, 120), 0x2A180E, 0x4A2C19)
    return [
        Thing(Sheet(), Placement((0, 0, 0.5), (9.0, 1.0, 4.6)), linear(table), 0.0, (80, 140)),
        Thing(Sheet(), Placement((0, 0.95, -4.0), (9.0, 1.0, 1.6), tilt=90), linear(tiles), 0.0, (30, 140)),
        Thing(Sheet(), Placement((0, 5.5, -4.05), (10.0, 1.0, 3.0), tilt=90), linear(wall), 0.0, (20, 60)),
        Thing(Box(), Placement((-2.3, 4.3, -3.95), (1.75, 1.25, 0.07)), linear(faces(frame)), 0.2, (8, 10)),
        Thing(Sheet(), Placement((-2.3, 4.3, -3.87), (1.6, 1.0, 1.1), tilt=90), linear(picture), 0.1, (10, 12)),
    ]


def _cloth_and_board(brush: Brush) -> list[Thing]:
    gingham = brush.gingham(brush.size(560, 700), 0xA8242B, (12, 15))
    board = brush.wood(brush.size(220, 360), 0xA97A48, 0xDDB883)
    crust = brush.peel(brush.size(160, 260), 0x8A4B1C, 0xD69A50, dimples=0.06, streaks=0.4)
    crust = brush.speckled(crust, 0xF1E2C4, 0.08, 22)
    crumb = brush.speckled(brush.flat(0xEBD6AE, brush.size(96, 96), 0.05), 0xC9A877, 0.16, 16)
    return [
        Thing(Box(), Placement((-0.7, 0.02, 0.8), (2.9, 0.02, 2.2), turn=14), linear(faces(gingham)), 0.0, (48, 64)),
        Thing(Box(), Placement((3.3, 0.10, 1.0), (1.45, 0.10, 0.95), turn=-12), linear(faces(board)), 0.0, (24, 32)),
        Thing(
            Round(low=-0.85), Placement((3.15, 0.60, 0.75), (0.62, 1.2, 0.48), turn=-20, roll=90), linear(crust), 0.05
        ),
        Thing(DISC, Placement((4.1, 0.60, 1.09), (0.326, 1.0, 0.252), turn=-20, roll=-90), linear(crumb)),
    ]


def _bowl(brush: Brush) -> list[Thing]:
    glaze = brush.speckled(brush.flat(0xE6E3DA, brush.size(220, 800), 0.03, 10), 0x8B8478, 0.012, 60)
    outside = brush.striped(glaze, 0x2E5C8A, [(0.06, 0.11), (0.42, 0.45)])
    petals = [(0.02 + 0.05 * k, 0.045 + 0.05 * k) for k in range(20)]
    band = brush.striped(outside, 0x3F76A6, petals, along=True)
    rows = len(outside)
    outside[rows * 16 // 100 : rows * 37 // 100] = band[rows * 16 // 100 : rows * 37 // 100]
    half = Round(high=0.0)
    at = (-0.75, 1.12, 0.2)
    return [
        Thing(half, Placement(at, (1.5, 1.12, 1.5)), linear(outside), 0.7, (24, 64)),
        Thing(Round(high=0.0, inside=True), Placement(at, (1.42, 1.06, 1.42)), linear(glaze), 0.5, (24, 64)),
        Thing(
            Sheet(disc=True, hole=0.945), Placement(at, (1.5, 1.0, 1.5)), linear(brush.flat(0x2E5C8A, (16, 16))), 0.7
        ),
        Thing(PIPE, Placement((-0.75, 0.1, 0.2), (0.62, 0.1, 0.62)), linear(brush.flat(0xD8D4C8, (16, 64))), 0.5),
    ]


def _fruit(brush: Brush) -> list[Thing]:
    size = brush.size(150, 260)
    red = linear(brush.peel(size, 0x9E1B1E, 0xD9A13B, streaks=0.8))
    green = linear(brush.peel(size, 0x6E8F2C, 0xB5BE52, streaks=0.4))
    orange = linear(brush.peel(size, 0xD9741A, 0xE58B2A, dimples=0.10))
    lemon = linear(brush.peel(size, 0xE0B92A, 0xECD257, dimples=0.07))
    peach = linear(brush.peel(size, 0xD98A5F, 0xEDBE8B, streaks=0.5))
    grape = linear(brush.peel(brush.size(48, 64), 0x3A1D3A, 0x6B3A5C))
    stem = linear(brush.flat(0x4A321C, (8, 8)))
    placed = [
        (red, (-1.35, 1.28, 0.62), (0.54, 0.50, 0.54), 20.0, -20.0, 0.55),
        (orange, (-0.25, 1.30, 0.72), (0.53, 0.51, 0.53), 0.0, 30.0, 0.30),
        (green, (-1.15, 1.34, -0.42), (0.52, 0.48, 0.52), 60.0, 15.0, 0.55),
        (lemon, (-0.10, 1.36, -0.35), (0.42, 0.56, 0.42), 40.0, 70.0, 0.35),
        (peach, (-0.72, 1.82, 0.22), (0.50, 0.48, 0.50), 150.0, 10.0, 0.10),
        (red, (1.45, 0.53, 1.15), (0.54, 0.50, 0.54), 200.0, 15.0, 0.55),
        (orange, (0.95, 0.54, 2.05), (0.52, 0.50, 0.52), 90.0, 60.0, 0.30),
        (lemon, (-2.35, 0.45, 1.75), (0.40, 0.55, 0.40), 65.0, 90.0, 0.35),
    ]
    fruit = [Thing(BALL, Placement(at, s, turn, tilt), paint, gloss) for paint, at, s, turn, tilt, gloss in placed]
    berries = [(0, 0), (0.3, 0.1), (0.6, -0.05), (0.15, 0.3), (0.45, 0.35), (0.75, 0.25), (0.3, 0.6)]
    grapes = [Thing(BALL, Placement((-1.3 + x, 0.21, 2.25 + z), (0.18,) * 3), grape, 0.5, (8, 12)) for x, z in berries]
    stems = [
        Placement((1.49, 1.05, 1.13), (0.03, 0.14, 0.03), roll=14),
        Placement((-1.3, 1.76, 0.5), (0.03, 0.13, 0.03), roll=-20),
    ]
    return [*fruit, *grapes, *(Thing(PIPE, at, stem, 0.0, (4, 6)) for at in stems)]


def _jars(brush: Brush) -> list[Thing]:
    label = brush.flat(0xEADFC2, brush.size(300, 700), 0.02)
    ink = 0x2B3A1E
    label = brush.printed(
        label,
        [
            ("OLIO", 0.37, 0.34, 0.17, ink),
            ("EXTRA VERGINE", 0.34, 0.50, 0.08, 0x7A2A1A),
            ("di frantoio 1897", 0.36, 0.64, 0.07, ink),
        ],
    )
    label = brush.striped(label, 0x1C2A17, [(0, 0.10), (0.80, 1)])
    label = brush.striped(label, 0xB08A3A, [(0.12, 0.14), (0.75, 0.77)])
    glass = linear(brush.flat(0x1C2A17, brush.size(64, 64)))
    tin = brush.striped(brush.flat(0xB3261E, brush.size(260, 720), 0.02), 0xEFE3C8, [(0.18, 0.40), (0.86, 0.92)])
    tin = brush.printed(
        tin,
        [
            ("POMODORI", 0.36, 0.345, 0.12, 0x9A1F18),
            ("pelati interi", 0.37, 0.56, 0.09, 0xF3E3B0),
            ("400 g", 0.44, 0.76, 0.10, 0xF3E3B0),
        ],
    )
    steel = linear(brush.relief(brush.flat(0xA9A9A6, brush.size(64, 64)), brush.noise(brush.size(64, 64), 20), 0.1))
    tea = brush.striped(
        brush.woven(brush.flat(0x2F6B5E, brush.size(220, 160)), 60), 0xE8D9A9, [(0.08, 0.11), (0.62, 0.65)]
    )
    tea = brush.printed(
        tea,
        [
            ("TEA", 0.18, 0.40, 0.20, 0xF2E6C0),
            ("mint & lime", 0.13, 0.54, 0.08, 0xF2E6C0),
            ("20 bags", 0.2, 0.80, 0.09, 0xE8D9A9),
        ],
    )
    return [
        Thing(PIPE, Placement((2.45, 1.05, -1.2), (0.52, 1.05, 0.52), turn=2), linear(label), 0.5, (24, 32)),
        Thing(Round(low=0.0), Placement((2.45, 2.1, -1.2), (0.52, 0.60, 0.52)), glass, 0.8),
        Thing(PIPE, Placement((2.45, 2.95, -1.2), (0.17, 0.42, 0.17)), glass, 0.8, (12, 16)),
        Thing(
            PIPE, Placement((2.45, 3.42, -1.2), (0.20, 0.12, 0.20)), linear(brush.flat(0xB08A3A, (8, 8))), 0.5, (6, 12)
        ),
        Thing(
            DISC, Placement((2.45, 3.54, -1.2), (0.20, 1.0, 0.20)), linear(brush.flat(0xB08A3A, (8, 8))), 0.5, (4, 4)
        ),
        Thing(PIPE, Placement((1.05, 0.72, -1.7), (0.60, 0.72, 0.60), turn=8), linear(tin), 0.35, (20, 32)),
        Thing(DISC, Placement((1.05, 1.44, -1.7), (0.60, 1.0, 0.60)), steel, 0.6, (12, 12)),
        Thing(Box(), Placement((4.35, 0.95, -1.7), (0.68, 0.95, 0.42), turn=-24), linear(faces(tea)), 0.1, (20, 16)),
    ]


def _small(brush: Brush) -> list[Thing]:
    clay = linear(brush.plaster(brush.size(120, 300), 0xB8693F, 12))
    leaf = linear(brush.speckled(brush.peel(brush.size(120, 180), 0x2F5A22, 0x5E8A34, dimples=0.15), 0x1D3A16, 0.2, 14))
    stone = brush.speckled(brush.flat(0x9B9A96, brush.size(150, 360), 0.03), 0x4A4846, 0.07, 40)
    plate = brush.striped(brush.flat(0xECEAE4, brush.size(96, 96), 0.02), 0xECEAE4, [])
    egg = [
        linear(brush.speckled(brush.flat(color, brush.size(96, 140), 0.03), 0xA5714C, 0.03, 30))
        for color in (0xD9A57E, 0xE5BE9D, 0xC98F66)
    ]
    leaves = [
        (-4.2, 1.75, -1.0, 0.62),
        (-4.7, 1.65, -0.8, 0.45),
        (-3.75, 1.7, -0.75, 0.46),
        (-4.3, 1.6, -0.55, 0.42),
        (-4.1, 2.2, -1.1, 0.40),
    ]
    eggs = [(-3.35, 0.39, 1.35, 35.0), (-2.95, 0.38, 0.75, -50.0), (-3.75, 0.39, 0.75, 100.0)]
    return [
        Thing(cone(0.55, 0.78), Placement((-4.2, 0.62, -1.0), (1.0, 0.62, 1.0)), clay, 0.0, (20, 32)),
        Thing(PIPE, Placement((-4.2, 1.18, -1.0), (0.86, 0.16, 0.86)), clay, 0.0, (8, 32)),
        Thing(DISC, Placement((-4.2, 1.30, -1.0), (0.85, 1.0, 0.85)), linear(brush.flat(0x33261C, (16, 16), 0.2)), 0.0),
        *(Thing(BALL, Placement((x, y, z), (r, r * 0.8, r), turn=90 * x), leaf, 0.1) for x, y, z, r in leaves),
        Thing(cone(0.75, 1.0), Placement((-3.35, 0.06, 0.95), (1.1, 0.06, 1.1)), linear(plate), 0.4, (6, 48)),
        Thing(DISC, Placement((-3.35, 0.10, 0.95), (1.06, 1.0, 1.06)), linear(plate), 0.4, (32, 32)),
        *(
            Thing(BALL, Placement((x, y, z), (0.29, 0.37, 0.29), turn, 84), paint, 0.15)
            for (x, y, z, turn), paint in zip(eggs, egg, strict=True)
        ),
        Thing(PIPE, Placement((0.2, 0.55, -2.3), (0.50, 0.55, 0.50)), linear(stone), 0.3, (20, 32)),
        Thing(Round(1, 0, 0, inside=True), Placement((0.2, 0.6, -2.3), (0.45, 0.5, 0.45)), linear(stone), 0.2),
        Thing(Sheet(disc=True, hole=0.9), Placement((0.2, 1.1, -2.3), (0.50, 1.0, 0.50)), linear(stone), 0.3, (8, 8)),
    ]
