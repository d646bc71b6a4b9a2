"""Past failures: small inputs that once ended in a traceback, a hang, much memory or an escape, made by code.

``CORPUS`` is name -> kind of input, name of the file, and what makes its bytes. Texts that need no code are files in
``corpus/KIND/``.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from struct import pack
from typing import Any, NamedTuple

from making.full_record import full_record
from making.otio import clip, external, lasting, timeline, track
from making.small_record import small_record
from otiograde.record.graded import format_record

FILES = Path(__file__).parent / "corpus"


class Failure(NamedTuple):
    """An input that once failed."""

    kind: str
    name: str
    make: Callable[[], bytes]


def _record(path: str, value: Any, make: Callable[[], Any] = small_record) -> Failure:
    """A record with a value in place of another; ``path`` leads there."""

    def damaged() -> bytes:
        values = json.loads(format_record(make()))
        *way, last = (int(step) if step.isdecimal() else step for step in path.split("."))
        item = values
        for step in way:
            item = item[step]
        item[last] = value
        return json.dumps(values).encode("utf-8", "surrogatepass")

    return Failure("records", "graded.json", damaged)


def _sequence(path: str) -> dict[str, Any]:
    """Media of the small record, as a sequence at this path."""
    shot = json.loads(format_record(small_record()))["edit"]["shots"][0]
    return {**shot["media"], "kind": "sequence", "path": path}


def _nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


def _edit(metadata: str = "null", url: str = "a.mp4") -> bytes:
    whole = {**timeline(track(clip("a", lasting(0, 10), external(url)))), "metadata": {"x": "here"}}
    return json.dumps(whole).replace('"here"', metadata).encode()


def _packed(edit: bytes, **files: int) -> bytes:
    """An .otioz with files of so many MiB of zeros."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.otio", edit)
        for name, size in files.items():
            with archive.open(f"media/{name}.mp4", "w", force_zip64=True) as entry:
                for _ in range(size):
                    entry.write(bytes(1 << 20))
    return data.getvalue()


def _png(width: int, height: int) -> bytes:
    """A black picture of one byte a pixel, packed a thousandfold."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(8 * (width + 1))) for _ in range(height // 8)) + packer.flush()
    parts = ((b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    chunks = (pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data)) for name, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


_TIME = (
    '<fcpxml version="1.8"><resources><format id="r1" frameDuration="{rate}"/></resources><project name="p"><sequence '
    'format="r1" tcStart="{start}"><spine><gap offset="{offset}" duration="5s"/></spine></sequence></project></fcpxml>'
)


def _time(**values: str) -> Failure:
    text = _TIME.format(**{"rate": "1/25s", "start": "0s", "offset": "0s", **values})
    return Failure("edits", "edit.fcpxml", text.encode)


def _with_number(number: int, value: str) -> bytes:
    """FCP7 XML, one of whose numbers is another one."""
    text = (FILES.parent / "good" / "sequence.xml").read_text("utf-8")
    spans = [match.span(1) for match in re.finditer(r">(\d+)<", text)]
    start, end = spans[number % len(spans)]
    return (text[:start] + value + text[end:]).encode()


MADE: Mapping[str, Failure] = {
    # A record is data: its ids, paths and words become files, filters, commands and lines.
    "record-id-path": _record("edit.shots.0.id", "../../../PWN"),
    "record-id-filter": _record(
        "edit.shots.0.id", "a.cube:interp=x,metadata=mode=print:file=EVIL.txt,lut3d=file=luts/a"
    ),
    "record-id-shell": _record("edit.shots.0.id", "a$(touch EVIL_SH)"),
    "record-id-lines": _record("edit.shots.0.id", "a\nb"),
    "record-pixel-format": _record(
        "edit.shots.0.media.pixel_format", "yuva420p,metadata=mode=print:file=x.txt,format=yuva420p"
    ),
    "record-rate-hours": _record("edit.rate", "1e999999999"),
    "record-rate-nothing": _record("edit.shots.0.media.rate", "1/0"),
    "record-rate-zero": _record("edit.rate", "0"),
    "record-width-zero": _record("edit.shots.0.media.width", 0),
    "record-aspect-zero": _record("edit.shots.0.media.pixel_aspect", "0"),
    "record-aspect-huge": _record("edit.shots.0.media.pixel_aspect", str(10**29)),
    "record-long-number": _record("grades.0.strength", 10**400),
    "record-no-grade": _record("grades", []),
    "record-scene-of-nobody": _record("scenes.0.shots", ["wide", "nobody"]),
    "record-where-nothing": _record("edit.shots.0.where", [99, 99]),
    "record-lut-size": _record("settings.lut_size", 1_000_000),
    "record-evidence-of-nobody": _record("evidence.0.b", "nobody", full_record),
    "record-negative-difference": _record("evidence.0.before", -1e300, full_record),
    "record-huge-matrix": _record("grades.0.balance.matrix.0.0", 1e300),
    "record-start-of-text": _record("edit.otio.tracks.children.0.children.0.source_range", {"start_time": "x"}),
    "record-deep": Failure(
        "records", "graded.json", lambda: b'{"otiograde": 3, "edit": ' + _nested(1000).encode() + b"}"
    ),
    "record-sequence-padding": _record("edit.shots.0.media", _sequence("/x/%0999999999d.png")),
    "record-sequence-signs": _record("edit.shots.0.media", _sequence("/x/%s%n%d.png")),
    # Times that are counted for hours, or have more digits than Python writes.
    "time-rate-hours": _time(rate="1e999999999s"),
    "time-offset-long": _time(offset="1e5000s"),
    "time-start-long": _time(start="1e5000s"),
    **{
        f"time-xmeml-{number}": Failure("edits", "edit.xml", partial(_with_number, number, "1e999999999"))
        for number in range(0, 60, 4)
    },
    # Little that stands for much.
    "archive-of-text": Failure("edits", "edit.otioz", lambda: _packed(_edit('"' + "a" * (200 << 20) + '"'))),
    "archive-of-values": Failure("edits", "edit.otioz", lambda: _packed(_edit("[" + "{}," * 1_500_000 + "0]"))),
    "archive-of-zeros": Failure("edits", "edit.otioz", lambda: _packed(_edit(url="media/a.mp4"), a=300)),
    "edit-deep": Failure("edits", "edit.otio", lambda: _edit(_nested(400))),
    "edit-very-deep": Failure("edits", "edit.otio", lambda: _edit(_nested(100_000))),
    "elements-deep": Failure("edits", "edit.fcpxml", lambda: _nested(200_000, "<a>", "</a>").encode()),
    "picture-of-8k": Failure("media", "a.png", lambda: _png(8192, 4320)),
    "picture-of-64-million": Failure("media", "a.png", lambda: _png(8000, 8000)),
    "picture-of-225-million": Failure("media", "a.png", lambda: _png(15000, 15000)),
    # A schema at which OpenTimelineIO ends the process.
    "schema-fatal": Failure("edits", "edit.otio", lambda: _edit('{"OTIO_SCHEMA": "UnknownSchema.1"}')),
    # Encodings that nobody reads.
    "encoding-none": Failure("edits", "edit.fcpxml", lambda: b'<?xml version="1.0" encoding="none"?><fcpxml/>'),
    "encoding-utf-7": Failure("edits", "edit.xml", lambda: b'<?xml version="1.0" encoding="utf-7"?><xmeml/>'),
    # Media that are made of other files.
    **{
        f"{list_}-{name}": Failure("media", name, text.encode)
        for name in ("a.m3u8", "a.mp4", "a.mkv", "a.ts")
        for list_, text in {
            "live": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.3,\nsecret.ts\n",
            "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.3,\nsecret.ts\n#EXT-X-ENDLIST\n",
            "concat": "ffconcat version 1.0\nfile secret.ts\n",
        }.items()
    },
}


def failures() -> Iterator[tuple[str, Failure]]:
    """All past failures by name."""
    yield from MADE.items()
    for path in sorted(FILES.rglob("*")):
        if path.is_file():
            yield (
                path.stem,
                Failure(
                    path.parent.name,
                    f"edit{path.suffix}" if path.parent.name == "edits" else path.name,
                    path.read_bytes,
                ),
            )
