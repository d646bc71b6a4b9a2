"""Hostile inputs by kind and number: the same seed and number make the same input, whatever was made before."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from fuzz.mutators import (
    Mutator,
    change_archive,
    change_bytes,
    change_cube,
    change_entities,
    change_json,
    change_lines,
    change_numbers,
    change_sizes,
    change_values,
    change_words,
    change_xml,
    script,
)
from making.full_record import full_record
from making.hostile_record import hostile_record
from making.media import media
from making.otio import clip, external, gap, item, lasting, speed, stack, timeline, track, transition
from making.records import CROSSED, begun_at, record_of_media
from making.small_record import small_record
from otiograde.color.cdl import Cdl
from otiograde.color.cube import format_cube
from otiograde.color.lut import Lut3D
from otiograde.exporters import exporter
from otiograde.record.course import Course, Key
from otiograde.record.graded import GradedTimeline, format_record

#: Good edits, written by hand with all that their formats have.
GOOD = Path(__file__).parent / "good"

#: Edits of other programs, where they lie beside the checkout.
TIMELINES = Path(__file__).resolve().parents[3] / "shared" / "footage" / "timelines"

#: Suffix -> the mutators of such files.
BY_SUFFIX: Mapping[str, tuple[Mutator, ...]] = {
    ".otio": (change_json, change_json, change_values, change_bytes, change_numbers),
    ".edl": (change_lines, change_lines, change_numbers, change_bytes),
    ".xml": (change_xml, change_xml, change_numbers, change_bytes, change_entities),
    ".fcpxml": (change_xml, change_xml, change_numbers, change_bytes, change_entities),
    ".otioz": (change_archive,),
    ".aaf": (change_words, change_words, change_bytes),
    ".cube": (change_cube, change_cube, change_cube, change_numbers, change_bytes),
    ".json": (change_values, change_values, change_values, change_json,
              change_json, change_numbers, change_bytes),
}  # fmt: skip
#: The mutators of media.
OF_MEDIA: tuple[Mutator, ...] = (change_bytes, change_bytes, change_sizes)

#: Largest good input: larger ones take long, and hide nothing that a smaller one lacks.
LARGEST = 400_000

#: FFmpeg's words for small media of many containers and codecs.
MEDIA: Mapping[str, tuple[str, ...]] = {
    "a.mp4": ("-c:v", "libx264", "-g", "4"), "a.mov": ("-c:v", "prores_ks"), "a.mkv": ("-c:v", "ffv1"),
    "a.ts": ("-c:v", "libx264"), "a.avi": ("-c:v", "mpeg4"), "a.mxf": ("-c:v", "mpeg2video", "-r", "25"),
    "a.mpg": ("-c:v", "mpeg1video", "-r", "25"), "a.webm": ("-c:v", "libvpx"), "a.gif": ("-pix_fmt", "rgb8"),
    "a.nut": ("-c:v", "rawvideo"), "a.y4m": ("-pix_fmt", "yuv420p"), "b.mp4": ("-c:v", "libx265", "-x265-params",
    "log-level=0"),
    "a.png": ("-frames:v", "1"), "a.jpg": ("-frames:v", "1"), "a.tif": ("-frames:v", "1"), "a.bmp": ("-frames:v", "1"),
    "a.dpx": ("-frames:v", "1", "-pix_fmt", "gbrp10be"),
    "a.webp": ("-frames:v", "1", "-c:v", "libwebp"), "a.tga": ("-frames:v", "1",), "a.jp2": ("-frames:v", "1",),
}  # fmt: skip
#: Names that a playlist or script is given.
SCRIPT_NAMES = (
    "a.mp4",
    "a.mkv",
    "a.ts",
    "a.m3u8",
    "a.mov",
    "a.png",
    "a.jpg",
    "a.ffconcat",
    "a.mpd",
    "a.sdp",
    "a.avi",
    "a.txt",
)


@dataclass(frozen=True)
class Input:
    """A hostile file."""

    name: str
    data: bytes
    #: What it was made of, and by which mutator.
    made_of: str


@dataclass(frozen=True)
class Kind:
    """Good files of one kind, and how often each is taken."""

    bases: Mapping[str, bytes]
    #: Files that lie beside each input, and that nothing may open.
    neighbors: Mapping[str, bytes] = field(default_factory=dict)

    def input(self, seed: int, number: int, folder: str = "/in") -> Input:
        """The input of this number."""
        draw = Random(f"{seed}/{number}")
        base = draw.choice(list(self.bases))
        data, suffix = self.bases[base], Path(base).suffix.lower()
        if self.neighbors and draw.random() < 0.15:
            return Input(draw.choice(SCRIPT_NAMES), script(draw, folder), "script")
        mutator = draw.choice(BY_SUFFIX.get(suffix, OF_MEDIA))
        changed = mutator(draw, data)
        if draw.random() < 0.15:
            changed = draw.choice((change_bytes, mutator))(draw, changed)
        names = {"edits": f"edit{suffix}", "json": "graded.json"}
        name = "graded.json" if suffix == ".json" else base if self.neighbors else names["edits"]
        return Input(name, changed, f"{base} {mutator.__name__}")


@cache
def kind(name: str) -> Kind:
    """The good files of a kind: ``edits``, ``luts``, ``records`` or ``media``."""
    makers = {"edits": _edits, "luts": _luts, "records": _records}
    if name == "media":
        films = dict(_films())
        return Kind(films, {name.replace("a.", "secret."): films[name] for name in ("a.ts", "a.mp4", "a.png")})
    return Kind(dict(makers[name]()))


def _edits() -> Iterator[tuple[str, bytes]]:
    trees = {"full": full_record().edit.otio, "deep": _deep(), "long": _long()}
    for name, tree in trees.items():
        yield f"{name}.otio", json.dumps(tree).encode()
    for name in ("full", "deep"):
        yield f"{name}.otioz", _packed(json.dumps(trees[name]).encode())
    medias = {"wide": media("wide.mov", audio=True), "im": media("im.%04d.exr", kind="sequence", first=1001)}
    for name, record in {"full": full_record(), "film": begun_at(record_of_media(medias), 86_400)}.items():
        for format_, suffix in (("edl", ".edl"), ("fcpxml", ".fcpxml"), ("premiere", ".xml"), ("otio", ".otio")):
            for path, content in exporter(format_)(record).items():
                if path.endswith(suffix):
                    yield f"{name}-{Path(path).name}", content
    for path in sorted(GOOD.iterdir()):
        yield path.name, path.read_bytes()
    for path in sorted(TIMELINES.iterdir()) if TIMELINES.is_dir() else ():
        most = LARGEST * (2 if path.suffix == ".aaf" else 1)
        if path.name != "manifest.json" and path.suffix in BY_SUFFIX and path.stat().st_size <= most:
            yield path.name, path.read_bytes()


def _deep() -> dict[str, object]:
    """Stacks in tracks in stacks, a sequence of images, speeds, a freeze, a generator, references by name."""
    images = item(
        "ImageSequenceReference.1", target_url_base="im/", name_prefix="a.", name_suffix=".exr", start_frame=1,
        frame_step=1,
        rate=24.0, frame_zero_padding=4, missing_frame_policy="error", available_range=lasting(1, 50),
    )  # fmt: skip
    inner = stack(
        track(clip("in", lasting(5, 20)), gap(3), clip("im", lasting(1, 10), images)), source_range=lasting(2, 20)
    )
    frozen = clip("ice", lasting(0, 9), effects=[item("FreezeFrame.1", effect_name="FreezeFrame", time_scalar=0.0)])
    bars = clip("bars", lasting(0, 4), item("GeneratorReference.1", generator_kind="SMPTEBars", parameters={"a": 1}))
    row = track(
        inner,
        transition(2, 3),
        clip("b", lasting(10, 20), external("b.mov")),
        frozen,
        bars,
        clip("c", effects=[speed(-2)]),
    )
    wishes = {
        "otiograde": {
            "scene": "x",
            "hero": True,
            "strength": 0.5,
            "look": "a.cube",
            "encoding": "bt709",
            "steps": ["eq:gamma=1.1"],
        }
    }
    upper = track(gap(10), clip("up", lasting(0, 5), metadata=wishes), name="V2")
    return timeline(row, upper, track(clip("s", lasting(0, 48)), kind="Audio"), global_start_time=None)


def _long() -> dict[str, object]:
    return timeline(track(*(clip(f"c{n}", lasting(n, 5)) for n in range(60))))


def _packed(edit: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("version.txt", "1.0.0")
        archive.writestr("content.otio", edit)
        archive.writestr("media/a.mp4", b"\0" * 100)
    return data.getvalue()


def _luts() -> Iterator[tuple[str, bytes]]:
    for size in (2, 3, 5, 9):
        lut = Lut3D.bake(CROSSED, size, "a look")
        yield f"{size}.cube", format_cube(lut).encode()
        wide = Lut3D(lut.lattice, domain=np.array([[-0.5, 0.0, 0.0], [1.5, 2.0, 1.0]]), title="wide")
        yield f"{size}-wide.cube", format_cube(wide).encode()
    rows = "\n".join(f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1))
    yield "plain.cube", f"# by hand\n\nLUT_3D_SIZE 2\nLUT_3D_INPUT_RANGE 0.0 1.0\n{rows}\n".encode()
    yield "crlf.cube", f'TITLE "x"\r\nDOMAIN_MIN 0 0 0\r\nDOMAIN_MAX 1 1 1\r\nLUT_3D_SIZE 2\r\n{rows}'.encode()


def _keyed(record: GradedTimeline) -> GradedTimeline:
    """The record with keys in one grade and flicker in another."""
    dark, light = Cdl((0.8,) * 3), Cdl((1.2, 1.0, 0.9))
    keys = Course((Key(2, dark), Key(9, light), Key(10, dark)), reference=10)
    flicker = Course((Key(4, dark), Key(9, light)), (0.0, 0.5, 0.25, 1.0, 0.75, 0.125), 4, "flicker", "by 0.2 stop")
    first, second, *rest = record.grades
    return replace(record, grades=(replace(first, course=keys), replace(second, course=flicker), *rest))


def _records() -> Iterator[tuple[str, bytes]]:
    medias = {"wide": media("wide.mov", audio=True), "im": media("im.%04d.exr", kind="sequence", first=1001)}
    medias |= {"still": media("a.png", kind="still", frames=1, pixel_format="rgb24", encoding="srgb")}
    records = {
        "small": small_record(),
        "full": full_record(),
        "hostile": hostile_record(),
        "keyed": _keyed(small_record()),
        "film": record_of_media(medias),
    }
    for name, record in records.items():
        yield f"{name}.json", format_record(record).encode()


def _films() -> Iterator[tuple[str, bytes]]:
    from making.clips import FFMPEGS, ffmpeg_run

    program = Path(str(FFMPEGS["embedded"]))
    picture = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=24", "-frames:v", "12")
    with tempfile.TemporaryDirectory() as folder:
        for name, words in MEDIA.items():
            path = Path(folder) / name
            ffmpeg_run(program, *picture, *words, path)
            yield name, path.read_bytes()
