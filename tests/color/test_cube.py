from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from time import process_time
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.waiting import slowness
from otiograde.color.cube import format_cube, parse_cube, parse_noted
from otiograde.color.lut import Lut3D
from otiograde.errors import CubeError

ROWS = ["0 0 0", "1 0 0", "0 1 0", "1 1 0", "0 0 1", "1 0 1", "0 1 1", "1 1 1"]
SIZE = "LUT_3D_SIZE 2"
RGB = np.random.default_rng(9).random((32 * 32, 3)).astype(np.float32)


def look(size: int, domain: tuple[float, float] = (0, 1)) -> Lut3D:
    """A lattice without symmetry, whose values leave [0, 1] a little."""
    nodes = Lut3D.identity(size).lattice.astype(np.float64)
    bent = nodes**1.2 @ np.array([[0.9, 0.1, 0.05], [0.02, 1.02, 0], [-0.06, 0, 0.95]]).T + [0.01, -0.02, 0.03]
    return Lut3D(bent.astype(np.float32), domain=np.array([[domain[0]] * 3, [domain[1]] * 3]), title="a look")


def text(*lines: str) -> str:
    return "\n".join([*lines, ""])


def test_written_text() -> None:
    """Keywords first, red fastest, seven decimals, LF, nothing that any reader stumbles over."""
    lattice = Lut3D.identity(2).lattice.copy()
    lattice[0, 0, 1] = [0.123456789, -1e-9, 1.5]  # blue 0, green 0, red 1
    cube = format_cube(Lut3D(lattice, title='„Café" \n\t→ #1'))
    assert cube.splitlines()[:5] == [
        'TITLE "Cafe #1"',
        "LUT_3D_SIZE 2",
        "0.0000000 0.0000000 0.0000000",
        "0.1234568 0.0000000 1.5000000",
        "0.0000000 1.0000000 0.0000000",
    ]
    assert cube.endswith("1.0000000 1.0000000 1.0000000\n")
    assert cube.isascii()
    assert not {"\r", "DOMAIN"} & {*cube, *cube.split()}
    assert format_cube(Lut3D(lattice), decimals=3).splitlines()[:3] == [SIZE, "0.000 0.000 0.000", "0.123 0.000 1.500"]
    assert len(format_cube(Lut3D(lattice, title="x" * 500)).splitlines()[0]) < 100


def test_domain_is_written_where_it_is_read() -> None:
    lut = Lut3D(Lut3D.identity(2).lattice, domain=np.array([[-0.5, 0, 0], [1.5, 1, 2]]))
    assert format_cube(lut).splitlines()[:3] == [SIZE, "DOMAIN_MIN -0.5 0 0", "DOMAIN_MAX 1.5 1 2"]


@pytest.mark.parametrize(
    "cube",
    [
        text(SIZE, *ROWS),
        "\n".join([SIZE, *ROWS]),
        "\r\n".join([SIZE, *ROWS, ""]),
        "\r".join([SIZE, *ROWS]),
        text('TITLE "any"', "# made by", SIZE, "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1", "", *ROWS),
        text("#" + "0 1 " * 600, SIZE, *ROWS[:3], "# a comment among the rows", "", *ROWS[3:], "# the end"),
        text("LUT_3D_INPUT_RANGE 0.0 1.0", SIZE, *ROWS),
        text(SIZE, "LUT_3D_INPUT_RANGE 0 1", *ROWS),
        text(SIZE, *(row.replace("0 ", ".0 ").replace("1", "1.0E+00") for row in ROWS)),
        text("\tLUT_3D_SIZE\t2", *("  " + row.replace(" ", "\t  ") + " " for row in ROWS)),
        text("title plain", "Lut_3d_size 2", "domain_min 0 0 0", *ROWS),
    ],
)
def test_dialects(cube: str) -> None:
    lut = parse_cube(cube)
    assert np.array_equal(lut.lattice, Lut3D.identity(2).lattice)
    assert lut.lattice.dtype == np.float32
    assert np.array_equal(lut.domain, [[0, 0, 0], [1, 1, 1]])


def test_title_and_domain_are_read() -> None:
    lut = parse_cube(text('TITLE "warm   evening"', SIZE, "DOMAIN_MIN -1 -2 -3", "DOMAIN_MAX 1 2 3", *ROWS))
    assert lut.title == "warm   evening"
    assert np.array_equal(lut.domain, [[-1, -2, -3], [1, 2, 3]])
    assert np.array_equal(parse_cube(text("LUT_3D_INPUT_RANGE -0.5 1.5", SIZE, *ROWS)).domain[1], [1.5] * 3)


def replaced(row: str) -> str:
    """A cube whose third row, on line 4, is ``row``."""
    return text(SIZE, *ROWS[:2], row, *ROWS[3:])


#: What is refused, and how the message begins.
REFUSED = [
    ("", "has no LUT_3D_SIZE line"),
    ("# nothing\n\n", "has no LUT_3D_SIZE line"),
    ("\ufeff\ufeff" + text(SIZE, *ROWS), "line 1: neither a keyword nor numbers: '\\ufeffLUT_3D_SIZE'"),
    (text(SIZE, *ROWS).encode("utf-16").decode("latin-1"), "line 1: holds NUL characters: UTF-16 or binary"),
    (bytes(range(256)).decode("latin-1"), "line 1: holds NUL characters"),
    ("\x7fELF\x01\x02", "line 1: neither a keyword nor numbers"),
    ('{"OTIO_SCHEMA": "Timeline.1"}', "line 1: neither a keyword nor numbers: '{\"OTIO_SCHEMA\":'"),
    (text("GAMMA 2.2", "PRIMARIES bt709"), "has no LUT_3D_SIZE line"),
    (text(SIZE, SIZE, *ROWS), "line 2: repeats LUT_3D_SIZE of line 1"),
    (text(SIZE, "lut_3d_size 2", *ROWS), "line 2: repeats LUT_3D_SIZE of line 1"),
    (text(SIZE, "LUT_IN_VIDEO_RANGE", "LUT_IN_VIDEO_RANGE", *ROWS), "line 3: repeats LUT_IN_VIDEO_RANGE of line 2"),
    (text(SIZE, "LUT_OUT_VIDEO_RANGE 0", *ROWS), "line 2: LUT_OUT_VIDEO_RANGE stands alone in its line, without '0'"),
    (text(SIZE, "LUT_IN_LEGAL_RANGE", *ROWS), "line 2: unknown keyword 'LUT_IN_LEGAL_RANGE' changes what the numbers"),
    (text("LUT_2D_SIZE 2", SIZE, *ROWS), "line 1: unknown keyword 'LUT_2D_SIZE' changes what the numbers mean"),
    (text(SIZE, "INPUT_DOMAIN 0 1", *ROWS), "line 2: unknown keyword 'INPUT_DOMAIN' changes"),
    (text(SIZE, "LUT_OUT_VIDEO_RANGE", "3.4e38 0 0", *ROWS[1:]), "its range leaves what numbers of 32 bits hold"),
    (text("LUT_3D_SIZE 1", "0 0 0"), "line 1: LUT_3D_SIZE 1: readers take 2 to 256 (FFmpeg; OpenColorIO to 129)"),
    (text("LUT_3D_SIZE 300", "0 0 0"), "line 1: LUT_3D_SIZE 300: readers take"),
    (text("LUT_3D_SIZE 2.5", *ROWS), "line 1: LUT_3D_SIZE needs a whole number, not '2.5'"),
    (text("LUT_3D_SIZE", *ROWS), "line 1: LUT_3D_SIZE needs a whole number"),
    (text("LUT_3D_SIZE ٢", *ROWS), "line 1: LUT_3D_SIZE needs a whole number"),
    (text("LUT_3D_SIZE " + "9" * 200), "line 1: LUT_3D_SIZE 999"),
    (text("LUT_1D_SIZE 2", "0 0 0", "1 1 1"), "line 1: a 1-D LUT, where a 3-D LUT is needed"),
    (text("LUT_1D_SIZE 3", SIZE, "0 0 0", ".6 .5 .5", "1 1 1", *ROWS), "line 1: a bent 1-D shaper before the 3-D LUT"),
    (text("LUT_1D_SIZE 2", SIZE, "1 1 1", "0 0 0", *ROWS), "line 1: a bent 1-D shaper before the 3-D LUT"),
    (text("LUT_1D_SIZE 2", SIZE, "0 0 0", "1 .9 1", *ROWS), "line 1: the 1-D shaper cuts off a part of the 3-D LUT"),
    (text("LUT_1D_SIZE 2", SIZE, "0 0 0", *ROWS), "line 11: size 2 with a 1-D shaper of 2 needs 10 rows, and only 9"),
    (text("LUT_1D_SIZE 1", SIZE, "0 0 0", *ROWS), "line 1: LUT_1D_SIZE 1: readers take 2 to 65536"),
    (text("LUT_1D_SIZE x", SIZE, "0 0 0", *ROWS), "line 1: LUT_1D_SIZE needs a whole number, not 'x'"),
    (
        text("LUT_1D_SIZE 2", "LUT_1D_INPUT_RANGE 1 0", SIZE, "0 0 0", "1 1 1", *ROWS),
        "line 2: the range's low end is not below its high end",
    ),
    (
        text("LUT_1D_SIZE 2", SIZE, "DOMAIN_MAX 2 2 2", "0 0 0", "1 1 1", *ROWS),
        "line 3: DOMAIN with a 1-D shaper: which of the two LUTs it is for is undefined",
    ),
    (text("LUT_1D_SIZE 2", SIZE, "0 0 0", "1e-320 1 1", *ROWS), "line 1: the 1-D shaper cuts off"),
    (text(SIZE, *ROWS[1:]), "line 8: size 2 needs 8 rows, and only 7 are here"),
    (text(SIZE), "line 2: size 2 needs 8 rows, and only 0 are here"),
    (text(SIZE, *ROWS, "0 0 0"), "line 10: one row too many: size 2 has 8 rows"),
    (replaced("nan 1 0"), "line 4: a row needs finite numbers, not 'nan 1 0'"),
    (replaced("0 -inf 0"), "line 4: a row needs finite numbers"),
    (replaced("0 1e39 0"), "line 4: a row needs finite numbers"),
    (replaced("0,0 1,0 0,0"), "line 4: a row needs 3 numbers (a decimal point, not a comma), not '0,0 1,0 0,0'"),
    (text(SIZE, *(row.replace(" ", ",0 ") for row in ROWS)), "line 2: a row needs 3 numbers (a decimal point"),
    (replaced("0 1"), "line 4: a row needs 3 numbers, not '0 1'"),
    (replaced("0 1 0 1"), "line 4: a row needs 3 numbers"),
    (replaced("0 1_0 0"), "line 4: a row needs 3 numbers"),
    (replaced("0 ١ 0"), "line 4: a row needs 3 numbers"),
    (replaced("0 1 0 # green"), "line 4: a row needs 3 numbers"),
    (replaced('TITLE "late"'), "line 4: a row needs 3 numbers"),
    (replaced("0 1 0" + " " * 300), "line 4: has 305 characters, 250 at most"),
    (replaced("0, 1, 0"), "line 4: a row needs 3 numbers (spaces between them, no commas), not '0, 1, 0'"),
    (text(SIZE, "0 0", "0 1 0 0", *ROWS[2:]), "line 2: a row needs 3 numbers, not '0 0'"),
    (text(SIZE, "DOMAIN_MIN 0 0", *ROWS), "line 2: DOMAIN_MIN needs 3 numbers"),
    (text(SIZE, "DOMAIN_MAX 1 nan 1", *ROWS), "line 2: DOMAIN_MAX needs finite numbers"),
    (text(SIZE, "DOMAIN_MIN 0 1 0", *ROWS), "line 2: the domain's low end is not below its high end"),
    (text(SIZE, "LUT_3D_INPUT_RANGE 1 0", *ROWS), "line 2: the domain's low end"),
    (text(SIZE, "LUT_3D_INPUT_RANGE 0 1 2", *ROWS), "line 2: LUT_3D_INPUT_RANGE needs 2 numbers"),
    (text(SIZE, "DOMAIN_MAX 1 1 1", "LUT_3D_INPUT_RANGE 0 1", *ROWS), "line 2: both DOMAIN and LUT_3D_INPUT_RANGE"),
]


@pytest.mark.parametrize(("cube", "message"), REFUSED, ids=[message[:45] for _, message in REFUSED])
def test_refusals(cube: str, message: str) -> None:
    with pytest.raises(CubeError) as caught:
        parse_cube(cube)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert caught.value.line == (int(message[5 : message.index(":")]) if message.startswith("line") else 0)


#: What is skipped or converted, and the notes on it.
NOTED = [
    (text(SIZE, *ROWS), []),
    ("\ufeff" + text(SIZE, *ROWS), ["begins with a byte order mark, at which FFmpeg and OpenColorIO may stop"]),
    (text(SIZE, *ROWS).encode("utf-8-sig").decode("latin-1"), ["begins with a byte order mark, at which FFmpeg and"]),
    (text("GAMMA 2.2", SIZE, *ROWS), ["unknown keyword skipped: GAMMA (line 1)"]),
    (
        text(SIZE, *(f"META_{number} any" for number in range(5)), *ROWS),
        ["unknown keyword skipped: META_0 (line 2), META_1 (line 3), META_2 (line 4) and 2 more"],
    ),
    (text(SIZE, "LUT_1D_INPUT_RANGE 0 1.095", *ROWS), ["LUT_1D_INPUT_RANGE is skipped, since there is no 1-D LUT"]),
    (
        text("LUT_1D_SIZE 3", SIZE, "0 0 0", ".5 .5 .5", "1 1 1", *ROWS),
        ["its 1-D shaper is a straight line, read as the range of the 3-D LUT"],
    ),
]


@pytest.mark.parametrize(("cube", "notes"), NOTED)
def test_notes(cube: str, notes: list[str]) -> None:
    read = parse_noted(cube)
    assert np.array_equal(read.lut.lattice, Lut3D.identity(2).lattice)
    assert [note[: len(begin)] for note, begin in zip(read.notes, notes, strict=True)] == notes


def test_notes_stay_short_whatever_the_text_holds() -> None:
    (note,) = parse_noted(text(SIZE, *("X" * 200 for _ in range(100_000)), *ROWS)).notes
    assert len(note) < 200


VIDEO_IN, VIDEO_OUT = "LUT_IN_VIDEO_RANGE", "LUT_OUT_VIDEO_RANGE"


class TestVideoRange:
    """Resolve's flags: 64 and 940 of 10 bits are black and white in the LUT."""

    def test_black_and_white_of_each_side(self) -> None:
        low, high = 64 / 1023, 940 / 1023
        ends = np.array([[0.0] * 3, [1.0] * 3])
        assert parse_cube(text(SIZE, VIDEO_IN, *ROWS))(ends) == pytest.approx(np.array([[low] * 3, [high] * 3]))
        rows = [" ".join(f"{high:.9f}" if sign == "1" else f"{low:.9f}" for sign in row.split()) for row in ROWS]
        given = text(SIZE, VIDEO_OUT, *rows)
        assert parse_cube(given)(ends) == pytest.approx(ends, abs=1e-6)

    def test_both_flags_leave_the_identity_as_it_is(self) -> None:
        lut = parse_cube(text(VIDEO_OUT, VIDEO_IN, SIZE, *ROWS))
        assert lut(RGB) == pytest.approx(RGB, abs=1e-6)
        assert lut.is_identity
        assert lut.domain[:, 0] == pytest.approx([-64 / 876, 959 / 876])

    @pytest.mark.parametrize("flags", [(VIDEO_IN,), (VIDEO_OUT,), (VIDEO_IN, VIDEO_OUT)])
    @pytest.mark.parametrize("head", [(), ("LUT_3D_INPUT_RANGE 0 2",), ("LUT_3D_INPUT_RANGE 0.0625 0.91",)])
    def test_by_opencolorio_with_the_conversions_around_it(
        self, tmp_path: Path, flags: tuple[str, ...], head: tuple[str, ...]
    ) -> None:
        size, *rows = format_cube(Lut3D(look(9).lattice)).splitlines()
        (tmp_path / "plain.cube").write_text(text(size, *head, *rows), "ascii")
        wide = RGB * 1.4 - 0.2
        given = (64 + 876 * wide) / 1023 if VIDEO_IN in flags else wide
        given = through_opencolorio(tmp_path / "plain.cube", given)
        theirs = (1023 * given - 64) / 876 if VIDEO_OUT in flags else given
        ours = parse_noted(text(size, *head, *flags, *rows))
        assert np.abs(ours.lut(wide) - theirs).max() < 2e-6
        assert [note.partition(":")[0] for note in ours.notes] == list(flags)


@pytest.mark.parametrize(
    "head",
    [
        ("LUT_1D_SIZE 2", "LUT_3D_SIZE 9", "0 0 0", "1 1 1"),
        ("LUT_1D_SIZE 2", "LUT_1D_INPUT_RANGE -0.5 1.5", "LUT_3D_SIZE 9", "0 0 0", "1 1 1"),
        ("LUT_1D_SIZE 3", "LUT_3D_SIZE 9", "LUT_3D_INPUT_RANGE 0 2", "0 0 0", "1 1 1", "2 2 2"),
        ("LUT_1D_SIZE 4", "LUT_1D_INPUT_RANGE -1 2", "LUT_3D_SIZE 9", "-1 -2 -.5", "0 -1 .5", "1 0 1.5", "2 1 2.5"),
        ("LUT_1D_SIZE 4", "LUT_3D_SIZE 9", "0 0 0", ".333333 .333333 .333333", ".666667 .666667 .666667", "1 1 1"),
    ],
)
def test_straight_shapers_by_opencolorio(tmp_path: Path, head: tuple[str, ...]) -> None:
    _, *rows = format_cube(Lut3D(look(9).lattice)).splitlines()
    cube = text(*head, *rows)
    (tmp_path / "shaped.cube").write_text(cube, "ascii")
    wide = RGB * 4 - 1.5
    assert np.abs(parse_cube(cube)(wide) - through_opencolorio(tmp_path / "shaped.cube", wide)).max() < 2e-5


def test_refuses_a_line_of_100_megabytes_without_taking_it_apart() -> None:
    with pytest.raises(CubeError, match="line 2: has 100000000 characters, 250 at most"):
        parse_cube(SIZE + "\n" + "0.5 " * 25_000_000)


def test_refuses_to_write() -> None:
    with pytest.raises(CubeError, match="size 130 is not written: OpenColorIO reads 2 to 129"):
        format_cube(Lut3D(np.zeros((130, 130, 130, 3), np.float32)))


@settings(deadline=None, max_examples=60)
@given(
    size=st.integers(2, 9),
    seed=st.integers(0, 2**32 - 1),
    low=st.floats(-2, 0),
    high=st.floats(0.5, 4),
    title=st.text(max_size=120),
)
def test_round_trip(size: int, seed: int, low: float, high: float, title: str) -> None:
    lattice = np.random.default_rng(seed).uniform(-0.2, 1, (size, size, size, 3)).astype(np.float32)
    lut = Lut3D(lattice, domain=np.array([[low] * 3, [high] * 3]), title=title)
    again = parse_cube(format_cube(lut))
    assert np.abs(again.lattice - lattice).max() <= 1e-7
    assert np.allclose(again.domain, lut.domain, rtol=1e-8, atol=1e-300)
    assert format_cube(again) == format_cube(lut)


HEADS = (
    SIZE, "TITLE", "META x", "LUT_1D_SIZE 2", "LUT_1D_INPUT_RANGE 0 1", "LUT_3D_INPUT_RANGE 0 .1", VIDEO_IN, VIDEO_OUT,
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300) | st.lists(st.sampled_from([*HEADS, *ROWS, "nan 0 0", "1", "#", "\t"])).map("\n".join))
def test_any_text_is_read_or_refused(cube: str) -> None:
    try:
        lut = parse_cube(cube)
    except CubeError:
        return
    assert np.isfinite(lut.lattice).all()


def test_quick() -> None:
    """A grade's LUT is written in some 20 ms and read in some 50; the limits allow for a busy machine."""
    lut = look(33)
    format_cube(lut)
    start = process_time()
    cube = format_cube(lut)
    written = process_time()
    parse_cube(cube)
    read, longer = process_time(), slowness()
    assert written - start < 0.2 * longer
    assert read - written < 0.4 * longer


class TestOtherReaders:
    """What we write, others read to the same colors."""

    @pytest.fixture(params=[17, 33])
    def lut(self, request: pytest.FixtureRequest) -> Lut3D:
        return look(request.param)

    @pytest.fixture
    def folder(self, tmp_path: Path, lut: Lut3D) -> Path:
        (tmp_path / "look.cube").write_bytes(format_cube(lut).encode("ascii"))
        return tmp_path

    def test_opencolorio(self, folder: Path, lut: Lut3D) -> None:
        assert np.abs(through_opencolorio(folder / "look.cube", RGB) - lut(RGB)).max() < 1e-6

    @pytest.mark.ffmpeg
    @pytest.mark.parametrize("which", ["system", "embedded"])
    def test_ffmpeg(self, folder: Path, lut: Lut3D, which: str) -> None:
        assert np.abs(through_ffmpeg(which, folder, RGB) - lut(RGB)).max() < 1e-6

    def test_colour_science(self, colour: ModuleType, folder: Path, lut: Lut3D) -> None:
        theirs = colour.io.read_LUT_IridasCube(str(folder / "look.cube"))
        assert np.abs(theirs.table.transpose(2, 1, 0, 3) - lut.lattice).max() < 1e-7
        interpolated = theirs.apply(RGB, interpolator=colour.algebra.table_interpolation_tetrahedral)
        assert np.abs(interpolated - lut(RGB)).max() < 1e-6

    @pytest.mark.ffmpeg
    def test_domain(self, colour: ModuleType, tmp_path: Path) -> None:
        """A wide domain: OpenColorIO and colour-science follow it; FFmpeg only where it begins at 0."""
        lut, zero = look(17, (-0.5, 1.5)), look(17, (0, 2))
        (tmp_path / "wide.cube").write_text(format_cube(lut), "ascii")
        (tmp_path / "look.cube").write_text(format_cube(zero), "ascii")
        wide = RGB * 2 - 0.5
        assert np.abs(through_opencolorio(tmp_path / "wide.cube", wide) - lut(wide)).max() < 1e-6
        theirs = colour.io.read_LUT_IridasCube(str(tmp_path / "wide.cube"))
        assert np.array_equal(theirs.domain, lut.domain)
        assert np.abs(through_ffmpeg("embedded", tmp_path, RGB * 2) - zero(RGB * 2)).max() < 1e-6

    @pytest.mark.slow
    @pytest.mark.parametrize("size", [2, 129])
    def test_sizes_at_the_ends(self, tmp_path: Path, size: int) -> None:
        lut = look(size)
        (tmp_path / "look.cube").write_text(format_cube(lut), "ascii")
        assert np.abs(through_opencolorio(tmp_path / "look.cube", RGB) - lut(RGB)).max() < 1e-6


def through_opencolorio(path: Path, rgb: np.ndarray) -> np.ndarray:
    import PyOpenColorIO as OCIO  # noqa: N814 - its own spelling

    transform = OCIO.FileTransform(str(path), interpolation=OCIO.INTERP_TETRAHEDRAL)
    processor = OCIO.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor()
    out = np.array(rgb, np.float32)
    processor.applyRGB(out)
    return out


def through_ffmpeg(which: str, folder: Path, rgb: np.ndarray) -> np.ndarray:
    """The colors through ``lut3d`` in float planes (G, B, R), so that neither depth nor matrix plays a part."""
    import imageio_ffmpeg

    program = shutil.which("ffmpeg") if which == "system" else imageio_ffmpeg.get_ffmpeg_exe()
    if program is None:
        pytest.skip("no ffmpeg on this machine's PATH: the system's FFmpeg is not tested")
    raw = ["-f", "rawvideo", "-pix_fmt", "gbrpf32le"]
    graph = ["-vf", "lut3d=file=look.cube:interp=tetrahedral"]
    planes = np.ascontiguousarray(rgb[:, [1, 2, 0]].T, "<f4")
    command = [program, "-v", "error", "-nostdin", *raw, "-s", "32x32", "-i", "pipe:0", *graph, *raw, "pipe:1"]
    result = subprocess.run(command, cwd=folder, input=planes.tobytes(), capture_output=True, check=True)
    return np.frombuffer(result.stdout, "<f4").reshape(3, -1).T[:, [2, 0, 1]]
