"""Hostile inputs by kind and number: the same seed and number make the same input, whatever was made before."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from fuzz import mutators
from fuzz.mutators import Mutator
from making.full_record import full_record
from making.hostile_record import hostile_record
from making.media import media
from making.otio import clip, external, gap, item, lasting, speed, stack, timeline, track, transition
from making.records import CROSSED, begun_at, record_of_media
from making.small_record import small_record
from otiograde.color.cube import format_cube
from otiograde.color.lut import Lut3D
from otiograde.exporters import exporter
from otiograde.record.graded import format_record

#: Edits of other programs, where they lie beside the checkout.
TIMELINES = Path(__file__).resolve().parents[3] / "shared" / "footage" / "timelines"

#: Suffix -> the mutators of such files.
BY_SUFFIX: Mapping[str, tuple[Mutator, ...]] = {
    ".otio": (mutators.change_json, mutators.change_json, mutators.change_values, mutators.change_bytes, mutators.change_numbers),
    ".edl": (mutators.change_lines, mutators.change_lines, mutators.change_numbers, mutators.change_bytes),
    ".xml": (mutators.change_xml, mutators.change_xml, mutators.change_numbers, mutators.change_bytes, mutators.change_entities),
    ".fcpxml": (mutators.change_xml, mutators.change_xml, mutators.change_numbers, mutators.change_bytes, mutators.change_entities),
    ".otioz": (mutators.change_archive,),
    ".aaf": (mutators.change_words, mutators.change_words, mutators.change_bytes),
    ".cube": (mutators.change_cube, mutators.change_cube, mutators.change_cube, mutators.change_numbers, mutators.change_bytes),
    ".json": (mutators.change_values, mutators.change_values, mutators.change_values, mutators.change_json,
              mutators.change_json, mutators.change_numbers, mutators.change_bytes),
}  # fmt: skip
#: The mutators of media.
OF_MEDIA: tuple[Mutator, ...] = (mutators.change_bytes, mutators.change_bytes, mutators.change_sizes)

#: Largest good input: larger ones take long, and hide nothing that a smaller one lacks.
LARGEST = 400_000

#: FFmpeg's words for small media of many containers and codecs.
MEDIA: Mapping[str, tuple[str, ...]] = {
    "a.mp4": ("-c:v", "libx264", "-g", "4"), "a.mov": ("-c:v", "prores_ks"), "a.mkv": ("-c:v", "ffv1"),
    "a.ts": ("-c:v", "libx264"), "a.avi": ("-c:v", "mpeg4"), "a.mxf": ("-c:v", "mpeg2video", "-r", "25"),
    "a.mpg": ("-c:v", "mpeg1video", "-r", "25"), "a.webm": ("-c:v", "libvpx"), "a.gif": ("-pix_fmt", "rgb8"),
    "a.nut": ("-c:v", "rawvideo"), "a.y4m": ("-pix_fmt", "yuv420p"), "b.mp4": ("-c:v", "libx265", "-x265-params", "log-level=0"),
    "a.png": ("-frames:v", "1"), "a.jpg": ("-frames:v", "1"), "a.tif": ("-frames:v", "1"), "a.bmp": ("-frames:v", "1"),
    "a.dpx": ("-frames:v", "1", "-pix_fmt", "gbrp10be"), "a.exr": ("-frames:v", "1", "-pix_fmt", "gbrpf32le"),
    "a.webp": ("-frames:v", "1", "-c:v", "libwebp"), "a.tga": ("-frames:v", "1",), "a.jp2": ("-frames:v", "1",),
}  # fmt: skip
#: Names that a playlist or script is given.
SCRIPT_NAMES = ("a.mp4", "a.mkv", "a.ts", "a.m3u8", "a.mov", "a.png", "a.jpg", "a.ffconcat", "a.mpd", "a.sdp", "a.avi", "a.txt")


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
        draw = Random(f"{seed}/{number}")  # noqa: S311 - no secret
        base = draw.choice(list(self.bases))
        data, suffix = self.bases[base], Path(base).suffix.lower()
        if self.neighbors and draw.random() < 0.15:
            return Input(draw.choice(SCRIPT_NAMES), mutators.script(draw, folder), "script")
        mutator = draw.choice(BY_SUFFIX.get(suffix, OF_MEDIA))
        changed = mutator(draw, data)
        if draw.random() < 0.15:
            changed = draw.choice((mutators.change_bytes, mutator))(draw, changed)
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
    trees = {"full": full_record().edit.otio, "deep": _deep(), "long": _long(), "film": small_record().edit.otio}
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
    yield "list.edl", EDL.encode()
    yield "event.fcpxml", FCPXML.encode()
    yield "sequence.xml", XMEML.encode()
    for path in sorted(TIMELINES.iterdir()) if TIMELINES.is_dir() else ():
        if path.suffix in BY_SUFFIX and path.stat().st_size <= LARGEST * (2 if path.suffix == ".aaf" else 1):
            yield path.name, path.read_bytes()


def _deep() -> dict[str, object]:
    """Stacks in tracks in stacks, a sequence of images, speeds, a freeze, a generator, references by name."""
    images = item(
        "ImageSequenceReference.1", target_url_base="im/", name_prefix="a.", name_suffix=".exr", start_frame=1, frame_step=1,
        rate=24.0, frame_zero_padding=4, missing_frame_policy="error", available_range=lasting(1, 50),
    )  # fmt: skip
    inner = stack(track(clip("in", lasting(5, 20)), gap(3), clip("im", lasting(1, 10), images)), source_range=lasting(2, 20))
    frozen = clip("ice", lasting(0, 9), effects=[item("FreezeFrame.1", effect_name="FreezeFrame", time_scalar=0.0)])
    bars = clip("bars", lasting(0, 4), item("GeneratorReference.1", generator_kind="SMPTEBars", parameters={"a": 1}))
    row = track(inner, transition(2, 3), clip("b", lasting(10, 20), external("b.mov")), frozen, bars, clip("c", effects=[speed(-2)]))
    wishes = {"otiograde": {"scene": "x", "hero": True, "strength": 0.5, "look": "a.cube", "encoding": "bt709", "steps": ["eq:gamma=1.1"]}}
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


def _records() -> Iterator[tuple[str, bytes]]:
    medias = {"wide": media("wide.mov", audio=True), "im": media("im.%04d.exr", kind="sequence", first=1001)}
    medias |= {"still": media("a.png", kind="still", frames=1, pixel_format="rgb24", encoding="srgb")}
    records = {"small": small_record(), "full": full_record(), "hostile": hostile_record(), "film": record_of_media(medias)}
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


EDL = """TITLE: list
FCM: NON-DROP FRAME
001  REEL01   V     C        01:00:00:05 01:00:01:00 10:00:00:00 10:00:00:19
* FROM CLIP NAME:  sh010
* ASC_SOP (1.1 1.0 0.9)(0.01 0 -0.01)(1 1 1)
* ASC_SAT 0.9
M2   REEL01       030.0                01:00:00:05
002  REEL01   V     C        01:00:01:00 01:00:01:00 10:00:00:19 10:00:00:19
002  REEL02   V     D    012 01:00:05:00 01:00:07:00 10:00:00:19 10:00:02:19
* FROM CLIP NAME:  sh010
* TO CLIP NAME:  sh020
* LOC: 01:00:05:10 RED     a mark
003  BL       V     C        00:00:00:00 00:00:01:00 10:00:02:19 10:00:03:19
004  REEL03   AA/V  C        01:00:00:00 01:00:01:00 10:00:03:19 10:00:04:19
* SOURCE FILE: /film/sh030.mov
"""

FCPXML = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE fcpxml>
<fcpxml version="1.11"><resources>
<format id="r0" name="FFVideoFormatRateUndefined"/><format id="r1" frameDuration="1001/30000s" width="1920" height="1080"/>
<asset id="a1" name="A" start="3600s" duration="100s" hasVideo="1" hasAudio="1" format="r1" audioSources="1">
<media-rep kind="original-media" src="a.mp4"/></asset>
<asset id="a2" name="S" start="0s" duration="0s" hasVideo="1" format="r0" src="s.png"/><effect id="e1" name="Clouds"/>
<media id="m1" name="C"><sequence format="r1" duration="10s" tcStart="0s"><spine>
<asset-clip ref="a1" offset="0s" start="3601s" duration="5005/1000s"/></spine></sequence></media>
<media id="m2" name="M"><multicam format="r1"><mc-angle name="1" angleID="x"><asset-clip ref="a1" offset="0s" duration="9009/1000s"/>
</mc-angle></multicam></media></resources>
<library><event name="E"><project name="P"><sequence format="r1" tcStart="3600s" tcFormat="DF" duration="90090/30000s"><spine>
<asset-clip ref="a1" name="one" offset="3600s" start="3601s" duration="10010/30000s" lane="0"><note>n</note>
<timeMap><timept time="0s" value="0s"/><timept time="10s" value="20s"/></timeMap>
<marker start="3601s" duration="1/30s" value="m"/><asset-clip ref="a1" lane="1" offset="3601s" duration="2002/30000s"/></asset-clip>
<transition name="Cross Dissolve" offset="108005005/30000s" duration="10010/30000s"/>
<ref-clip ref="m1" name="compound" offset="108010010/30000s" duration="20020/30000s"/>
<mc-clip ref="m2" offset="108030030/30000s" duration="3003/30000s"><mc-source angleID="x" srcEnable="all"/></mc-clip>
<video ref="e1" name="Clouds" offset="108033033/30000s" start="3600s" duration="1001/30000s"/>
<gap offset="108034034/30000s" duration="1001/30000s"/><audition><clip name="c" offset="0s" duration="1001/30000s" format="r1">
<video ref="a2" duration="1001/30000s"/></clip></audition>
<sync-clip offset="108035035/30000s" duration="1001/30000s"><spine><asset-clip ref="a1"/></spine></sync-clip>
<title ref="e1" offset="108036036/30000s" duration="1001/30000s"><text>t</text></title>
</spine></sequence></project></event></library></fcpxml>"""

XMEML = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE xmeml>
<xmeml version="5"><sequence id="s1"><name>S</name><duration>100</duration><rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate>
<timecode><rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate><string>01:00:00:00</string><frame>86400</frame>
<displayformat>NDF</displayformat></timecode><media><video><format><samplecharacteristics><width>1920</width><height>1080</height>
</samplecharacteristics></format><track>
<clipitem id="c1"><name>one</name><duration>200</duration><rate><timebase>24</timebase><ntsc>TRUE</ntsc></rate><in>10</in><out>34</out>
<start>0</start><end>-1</end><file id="f1"><name>a.mp4</name><pathurl>file://localhost/film/a.mp4</pathurl><duration>200</duration>
<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate><media><video/></media></file>
<filter><effect><name>Time Remap</name><effectid>timeremap</effectid><parameter><parameterid>speed</parameterid><value>50</value>
</parameter></effect></filter><marker><name>m</name><in>12</in><out>-1</out></marker></clipitem>
<transitionitem><start>20</start><end>28</end><alignment>center</alignment><effect><name>Cross Dissolve</name>
<effectid>Cross Dissolve</effectid></effect><rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate></transitionitem>
<clipitem id="c2"><name>two</name><duration>200</duration><rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate><in>4</in><out>40</out>
<start>-1</start><end>60</end><enabled>TRUE</enabled><file id="f1"/><link><linkclipref>c2</linkclipref></link></clipitem>
<clipitem id="c3"><name>nest</name><start>60</start><end>90</end><in>0</in><out>30</out><sequence id="s2"><name>N</name>
<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate><media><video><track><clipitem id="c4"><name>in</name><start>0</start><end>30</end>
<in>0</in><out>30</out><file id="f1"/></clipitem></track></video></media></sequence></clipitem>
<generatoritem id="g1"><name>Color</name><start>90</start><end>100</end><in>0</in><out>10</out><rate><timebase>24</timebase></rate>
<effect><name>Color</name><effectid>Color</effectid></effect></generatoritem></track></video>
<audio><track><clipitem id="a1"><name>one</name><start>0</start><end>24</end><in>10</in><out>34</out><file id="f1"/></clipitem></track></audio>
</media></sequence></xmeml>"""
