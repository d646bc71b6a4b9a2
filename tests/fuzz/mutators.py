"""Mutators: each makes a hostile input of a good one, and decides everything by the random numbers it is given."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, TypeAlias
from xml.etree import ElementTree

#: Makes an input of a good one.
Mutator: TypeAlias = Callable[[Random, bytes], bytes]

#: Texts that stand for a number in XML, JSON, lists and LUTs.
NUMBERS = (
    "0", "-0", "-1", "1", "2", "1e999999999", "-1e400", "1e-400", "9" * 400, "-" + "9" * 5000, "1/0", "0/0", "1/3",
    "1e5000s", "0s", "-1s", "1/0s", "1001/30000s", "9" * 30 + "/7s", "nan", "inf", "-Infinity", "0x10", "1_000", "",
    "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "2147483648",
    "0.1", "1e308", "1e-308", "3.4e38", "23.976", "29.97", "١٢", "½", " 7 ", "+5", "1e", "1,5", "0.0000001", "1e15",
)  # fmt: skip

#: Texts that stand for a name, a path, an address or an id.
TEXTS = (
    "", " ", "a", "A" * 300, "A" * 70_000, "../../../escaped", "/etc/passwd", "file:///etc/passwd",
    "\\\\host\\share\\a",
    "C:\\a\\b", "file://host/a.mp4", "http://127.0.0.1:9/a.mp4", "concat:a|b", "%s%n%d", "%0999999999d.png", "%20%zz",
    "a\nb", "a\r\nb", "a\tb", "\u2028", "\u202e", "\ufeff", "\ufffe", "é", "e\u0301", "🎬" * 50, "nul", "con.mov",
    ".", "..",
    "-rf", "$(touch escaped)", "`touch escaped`", "';touch escaped;'", '"', "<b>", "]]>", "&amp;", "&none;", "{{7*7}}",
    "a:b,c;d[e]", "'''", '"""', "*", "?", "~", "a/" * 2000, "true", "null", "V", "A2", "NONE", "AX", "BL",
    "01:00:00:00", "99:99:99:99", "00:00:00;29", "23:59:59:24", "Video", "Audio", "DEFAULT_MEDIA", "Timeline.1",
    "Stack.1", "Clip.9", "UnknownSchema.1", "SMPTE_Dissolve", "\x00", "\x01", "\x7f", "\x85",
)  # fmt: skip

#: Values of JSON that take the place of any other.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 0.5, -0.0, 10**9, 10**15, 10**18, 2**63, 2**64, 10**400, -(10**400), 1e308, 5e-324,
    [], {}, [[]], [{}], {"": None}, [None], [0] * 1000, {"OTIO_SCHEMA": "Timeline.1"}, {"OTIO_SCHEMA": "Clip.2"},
    {"OTIO_SCHEMA": "Nothing.1"}, {"OTIO_SCHEMA": 5}, {"OTIO_SCHEMA": "RationalTime.1", "rate": 0, "value": 1},
    {"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": 1e300},
)  # fmt: skip

#: Bytes that mean something to a program.
SIGNS = (
    b"\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff",
    b"\r", b"\n",
    b"\xed\xb3\xa9", b"\xc0\x80", b"PK\x03\x04", b"<?xml", b"<!DOCTYPE a [", b"{", b"[" * 200, b'"', b"\\u0000",
    b"\x1a", b"ftyp", b"moov", b"\x89PNG", b"#EXTM3U\n", b"%s%n", b"1e999999999",
)  # fmt: skip

_NUMBER = re.compile(rb"-?\d+(?:[.:/;]\d+)*(?:[eE][-+]?\d+)?")


def change_bytes(draw: Random, data: bytes) -> bytes:
    """Flip, cut, repeat, exchange and insert bytes, a few times."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 12))):
        at = draw.randrange(len(changed) + 1)
        end = min(len(changed), at + draw.choice((1, 2, 4, 16, 200)))
        match draw.randrange(9):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << draw.randrange(8)
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = draw.choice(SIGNS)
            case 3:
                changed[at:end] = draw.choice(SIGNS)
            case 4:
                changed[at:at] = changed[at:end] * draw.choice((1, 3, 50))
            case 5:
                del changed[at:]
            case 6:
                size = draw.choice([">I", "<I", ">H", "<H", ">Q"])
                changed[at:end] = struct.pack(size, draw.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF)))
            case 7:
                changed[at:end] = draw.randbytes(end - at)
            case _:
                other = draw.randrange(len(changed) + 1)
                changed[at:end] = changed[other : other + end - at]
    return bytes(changed)


def change_numbers(draw: Random, data: bytes) -> bytes:
    """Write other numbers into a text."""
    spans = [match.span() for match in _NUMBER.finditer(data[:200_000])]
    for start, end in sorted(draw.sample(spans, min(len(spans), draw.choice((1, 2, 5)))), reverse=True):
        data = data[:start] + draw.choice(NUMBERS).encode() + data[end:]
    return data


def change_json(draw: Random, data: bytes) -> bytes:
    """Exchange, remove, repeat, rename and nest the values of JSON."""
    try:
        tree = [json.loads(data)]
    except (ValueError, RecursionError):
        return change_bytes(draw, data)
    slots = list(_slots(tree))
    for _ in range(draw.choice((1, 1, 2, 3))):
        owner, key = draw.choice(slots)
        match draw.randrange(8):
            case 0 if isinstance(owner, dict):
                owner.pop(key, None)
            case 1 if isinstance(owner, dict):
                owner[draw.choice(TEXTS)] = owner.pop(key, None)
            case 2 if isinstance(owner, list) and owner is not tree:
                owner *= draw.choice((2, 10))
            case 3:
                other, name = draw.choice(slots)
                if (isinstance(other, dict) and name in other) or (isinstance(other, list) and name < len(other)):
                    _put(owner, key, json.loads(json.dumps(other[name])))
            case 4:
                _put(owner, key, _nested(draw, draw.choice((3, 140, 160, 400))))
            case 5:
                _put(owner, key, draw.choice(VALUES))
            case _:
                _put(owner, key, draw.choice(draw.choice((TEXTS, NUMBERS))))
    text = json.dumps(tree[0], ensure_ascii=draw.random() < 0.7, indent=draw.choice((None, 1)))
    if draw.random() < 0.1:  # a number that Python does not write
        text = re.sub(
            r"-?\d+\.\d+", draw.choice(("1e999999999", "NaN", "-Infinity", "00", "1e-999999999")), text, count=1
        )
    return text.encode("utf-8", "surrogatepass")


def change_values(draw: Random, data: bytes) -> bytes:
    """Exchange values of JSON for others of their type."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return change_bytes(draw, data)
    slots = [(owner, key) for owner, key in _slots(tree) if not isinstance(owner[key], dict | list)]
    kind = draw.choice((str, str, int, float))
    slots = [(owner, key) for owner, key in slots if isinstance(owner[key], kind)] or slots
    for owner, key in draw.sample(slots, min(len(slots), draw.choice((1, 1, 2)))):
        value = owner[key]
        if isinstance(value, bool):
            owner[key] = not value
        elif isinstance(value, str) and value[:1].isdigit():
            owner[key] = draw.choice(
                ("1", "24", "30000/1001", "1/7", "1000", "-1", "0", "1/1000", "100000", "999999999999")
            )
        elif isinstance(value, str):
            owner[key] = value + draw.choice(TEXTS) if draw.random() < 0.3 else draw.choice(TEXTS)
        elif isinstance(value, int):
            owner[key] = draw.choice((0, 1, 2, 3, 7, 129, value + 1, value - 1, 10**6, 10**11, 10**12, -1, -(10**9)))
        elif isinstance(value, float):
            owner[key] = draw.choice((0.0, 1.0, -1.0, 0.5, 1e-9, 1e9, 1e300, -1e300, 5e-324, value * 2))
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _slots(tree: Any) -> Iterator[tuple[Any, Any]]:
    """The places of a tree: a dict or list, and the key or number there."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _slots(value)


def _put(owner: Any, key: Any, value: Any) -> None:
    if isinstance(owner, dict) or key < len(owner):
        owner[key] = value


def _nested(draw: Random, depth: int) -> Any:
    value: Any = draw.choice(VALUES)
    for _ in range(depth):
        value = {"children": value} if draw.random() < 0.5 else [value]
    return value


def change_xml(draw: Random, data: bytes) -> bytes:
    """Exchange, remove, repeat, rename and nest the elements, attributes and texts of XML."""
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        return change_bytes(draw, data)
    elements = list(root.iter())
    for _ in range(draw.choice((1, 1, 2, 3))):
        element = draw.choice(elements)
        match draw.randrange(9):
            case 0 | 1 if element.attrib:
                element.set(draw.choice(list(element.attrib)), _xml_text(draw))
            case 2 if element.attrib:
                element.attrib.pop(draw.choice(list(element.attrib)))
            case 3 if len(element):
                element.remove(draw.choice(list(element)))
            case 4 if len(element):
                child = draw.choice(list(element))
                element.extend([child] * draw.choice((1, 5)))
            case 5:
                element.tag = draw.choice(elements).tag
            case 6:
                inner = element
                for _ in range(draw.choice((5, 140, 200))):
                    inner = ElementTree.SubElement(inner, str(element.tag))
            case 7:
                other = draw.choice(elements)
                copy = ElementTree.fromstring(ElementTree.tostring(other)) if len(list(other.iter())) < 200 else other
                if element not in list(other.iter()):
                    element.insert(draw.randrange(len(element) + 1), copy)
            case _:
                element.text = _xml_text(draw)
    head = re.match(rb"\s*(<\?xml[^>]*\?>)?\s*(<!DOCTYPE [\w:]+>)?", data)
    return (head[0] if head else b"") + ElementTree.tostring(root, encoding="utf-8")


def _xml_text(draw: Random) -> str:
    text = draw.choice(draw.choice((TEXTS, NUMBERS, NUMBERS)))
    return re.sub("[\0-\x08\x0b-\x1f\ufffe]", "", text) if draw.random() < 0.8 else text


def change_entities(draw: Random, data: bytes) -> bytes:
    """Declare entities, inside and outside the file, and use one."""
    levels = draw.choice((2, 9, 12))
    growing = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, levels))
    declared, used = draw.choice(
        (
            (growing, f"&a{levels - 1};"),
            ('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
            ('<!ENTITY x SYSTEM "../beside/secret.txt">', "&x;"),
            ('<!ENTITY % x SYSTEM "../beside/secret.txt"> %x;', "&amp;"),
            ('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">', "&x;"),
            (f'<!ENTITY x "{"A" * 60_000}">', "&x;" * 200),
            ('<!ENTITY x "&x;">', "&x;"),
            ('<!ENTITY x "<gap/>">', "&x;"),
            ('<!ELEMENT a ANY><!ATTLIST clip name CDATA "x">', "&#0;&#x110000;"),
        )
    )
    body = re.sub(rb"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>", b"", data)
    tag = re.search(rb"<([\w:]+)", body)
    name = tag[1].decode() if tag else "a"
    spots = [match.start() for match in re.finditer(rb"</|(?<==\")", body)] or [len(body)]
    at = draw.choice(spots)
    head = f'<?xml version="1.0" encoding="{draw.choice(("UTF-8", "UTF-16", "latin-1", "utf-7", "none"))}"?>'
    head = head if draw.random() < 0.5 else ""
    return f"{head}<!DOCTYPE {name} [{declared}]>".encode() + body[:at] + used.encode() + body[at:]


#: Lines that mean something in a list of cuts.
LINES = (
    "TITLE: x", "FCM: DROP FRAME", "FCM: NON-DROP FRAME", "* FROM CLIP NAME: a", "* TO CLIP NAME: b",
    "* SOURCE FILE: /a",
    "* ASC_SOP (1 1 1)(0 0 0)(1 1 1)", "* ASC_SAT nan", "* ASC_SOP (1e999999999 1 1)(0 0 0)",
    "M2   A  999999.9  01:00:00:00",
    "M2   A  -012.0  01:00:00:00", "M2 A nan x", "* FREEZE FRAME", "SPLIT:    AUDIO DELAY=  00:00:05:00",
    "* LOC: 01:00:00:00 RED x",
    "001  AX  V  C  00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00",
    "001  AX  V  D 024 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00",
    "001  AX  V  W001 999 00:00:00:00 00:00:00:00 00:00:00:00 00:00:00:00",
    "999999999  BL  AA/V  C  99:99:99:99 0 0 0", "*", "\f",
    "* " + "x" * 100_000, "Heading", "FIELD_DELIM\tTABS", "FPS\t1e999999999", "Column", "Data", "\t" * 500,
)  # fmt: skip


def change_lines(draw: Random, data: bytes) -> bytes:
    """Exchange, remove, repeat and insert lines and words of a list."""
    lines = data.decode("utf-8", "surrogateescape").splitlines()
    for _ in range(draw.choice((1, 2, 4))):
        at = draw.randrange(len(lines) + 1)
        match draw.randrange(6):
            case 0:
                del lines[at : at + draw.choice((1, 3))]
            case 1:
                lines[at:at] = lines[at : at + 8] * draw.choice((1, 4, 200))
            case 2:
                lines.insert(at, draw.choice(LINES))
            case 3 if lines:
                lines[at % len(lines)] = draw.choice(TEXTS)
            case 4:
                draw.shuffle(lines)
            case _ if lines:
                words = lines[at % len(lines)].split(" ")
                words[draw.randrange(len(words))] = draw.choice(draw.choice((TEXTS, NUMBERS)))
                lines[at % len(lines)] = " ".join(words)
    ends = draw.choice(("\n", "\n", "\r\n", "\r", "\u2028"))
    return ends.join(lines).encode(draw.choice(("utf-8", "utf-8", "utf-16", "utf-8-sig")), "surrogatepass")


#: Lines of a .cube: keywords of it, of other formats, and rows.
CUBE_LINES = (
    "TITLE", 'TITLE "x', "TITLE \u202e🎬", "LUT_3D_SIZE 256", "LUT_3D_SIZE 257", "LUT_3D_SIZE 1", "LUT_3D_SIZE -2",
    "LUT_3D_SIZE 2.0", "LUT_3D_SIZE 1e9", "LUT_3D_SIZE ٢", "LUT_1D_SIZE 1024", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 0 0 0",
    "DOMAIN_MIN -1e38 0 0", "DOMAIN_MAX 3.4e38 1 1", "DOMAIN_MAX 1e-45 1 1", "LUT_3D_INPUT_RANGE 0 1",
    "LUT_3D_INPUT_RANGE 1 0", "LUT_3D_INPUT_RANGE nan inf", "LUT_IN_VIDEO_RANGE", "LUT_OUT_VIDEO_RANGE", "# a", "0 0 0",
    "1 1 1 1", "0.5 0.5", "1e39 0 0", "-1e38 1e38 3e38", "nan nan nan", "1_0 0 0", "0,5 0,5 0,5", "0x1p3 0 0",
    "x" * 251,
    "# " + "x" * 5000, "",
)  # fmt: skip


def change_cube(draw: Random, data: bytes) -> bytes:
    """Exchange, remove, repeat and insert lines and numbers of a .cube."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.choice((draw.randrange(6), draw.randrange(len(lines) + 1)))
        match draw.randrange(6):
            case 0:
                del lines[at : at + draw.choice((1, 1, 4))]
            case 1:
                lines[at:at] = lines[at : at + draw.choice((1, 3))]
            case 2:
                lines.insert(at, draw.choice(CUBE_LINES))
            case 3 if lines:
                lines[at % len(lines)] = draw.choice(CUBE_LINES)
            case _ if lines:
                words = lines[at % len(lines)].split(" ")
                values = ("0.5", "-7", "1e38", "-3.4e38", "1e-45", "2", *NUMBERS)
                words[draw.randrange(len(words))] = draw.choice(values)
                lines[at % len(lines)] = draw.choice((" ", "\t", "  ", "\u00a0")).join(words)
    return draw.choice(("\n", "\n", "\n", "\r\n", "\r")).join(lines).encode("utf-8", "surrogatepass")


#: Names of entries that should stay inside.
ENTRIES = (
    "content.otio",
    "media/a.mp4",
    "../../escaped.mp4",
    "/escaped.mp4",
    "C:\\a.mp4",
    "media\\..\\..\\a",
    "media/",
    "a" * 300,
)


def change_archive(draw: Random, data: bytes) -> bytes:
    """Change an archive's edit, its entries' names, sizes and methods, or its bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except Exception:  # a damaged archive fails in many ways
        return change_bytes(draw, data)
    if draw.random() < 0.25:
        return change_bytes(draw, data)
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for before, packed in entries:
            name = draw.choice(ENTRIES) if draw.random() < 0.2 else before
            content = _changed_content(draw, name, packed)
            entry = zipfile.ZipInfo(name)
            entry.compress_type = draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))
            entry.external_attr = draw.choice((0, 0o120777 << 16))  # a link
            for _ in range(draw.choice((1, 1, 1, 2))):
                _write_entry(archive, entry, content)
    return change_bytes(draw, changed.getvalue()) if draw.random() < 0.2 else changed.getvalue()


def _changed_content(draw: Random, name: str, content: bytes) -> bytes:
    if name.endswith(".otio") and draw.random() < 0.7:
        content = change_json(draw, content)
    if draw.random() < 0.1:
        return bytes(draw.choice((1, 1 << 20, 40 << 20)))
    if draw.random() < 0.03:
        return b"[" + b"{}," * draw.choice((1000, 1_500_000)) + b"0]"
    return content


def _write_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: bytes) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there twice
        archive.writestr(entry, content)


#: Texts that FFmpeg takes for media made of other files, whatever the name.
SCRIPTS = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.3,\n{other}\n#EXT-X-ENDLIST\n",
    "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.3,\n{other}\n",
    '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI="{other}"\n#EXTINF:2.3,\n{other}\n',
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{other}\n",
    "ffconcat version 1.0\nfile '{other}'\nduration 1\n",
    "file '{other}'\n",
    (
        '<?xml version="1.0"?><MPD type="static" xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation><BaseURL>{other}</BaseURL></Representation></AdaptationSet></Period></MPD>'
    ),
    "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="{other}"/></svg>',
    'AviSource("{other}")\n',
    "# VobSub index file, v7\nid: en, index: 0\n",
    "WEBVTT\n\n00:00.000 --> 00:01.000\n{other}\n",
    '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>',
    "[playlist]\nFile1={other}\n",
    "%!PS\n({other}) run\n",
)
OTHERS = (
    "secret.ts",
    "secret.mp4",
    "../beside/secret.ts",
    "{folder}/secret.ts",
    "file://{folder}/secret.mp4",
    "http://127.0.0.1:9/x.ts",
)


def script(draw: Random, folder: str) -> bytes:
    """A playlist or script that names a file beside it; ``folder`` holds the files."""
    text = draw.choice(SCRIPTS).replace("{other}", draw.choice(OTHERS).replace("{folder}", folder)).encode()
    before = draw.choice((b"", b"", b"\xef\xbb\xbf", b"\n\n", b" ", b"\0"))
    return before + (change_bytes(draw, text) if draw.random() < 0.3 else text)


def change_sizes(draw: Random, data: bytes) -> bytes:
    """Write other sizes into the header of a picture or film: fields of 2 and 4 bytes that hold one now."""
    changed = bytearray(data)
    small = [at for at in range(min(len(data), 4096) - 4) if 0 < int.from_bytes(data[at : at + 2], "big") < 512]
    little = [at for at in range(min(len(data), 4096) - 4) if 0 < int.from_bytes(data[at : at + 2], "little") < 512]
    for _ in range(draw.choice((1, 2, 3))):
        order = draw.choice((("big", small), ("little", little)))
        if order[1]:
            at = draw.choice(order[1])
            value = draw.choice((0, 1, 255, 4096, 8000, 16384, 32767, 65535))
            changed[at : at + 2] = struct.pack(">H" if order[0] == "big" else "<H", value)
    return bytes(changed)


def change_words(draw: Random, data: bytes) -> bytes:
    """Write other words of 4 bytes into a file of sectors (AAF): counts, sizes, and chains of sectors."""
    changed = bytearray(data)
    words = len(data) // 4
    used = [at for at in range(0, min(words * 4, 60_000), 4) if data[at : at + 4] not in (bytes(4), b"\xff" * 4)] or [0]
    for _ in range(draw.choice((1, 1, 2, 4, 8))):
        at = draw.choice((draw.choice(used), 4 * draw.randrange(0, 128), 4 * draw.randrange(128, 640)))
        old = int.from_bytes(data[at : at + 4], "little")
        new = draw.choice(
            (
                0,
                1,
                2,
                3,
                64,
                old + 1,
                old - 1,
                2 * old,
                old << 16,
                0x7FFFFFFF,
                0xFFFFFFFF,
                0xFFFFFFFE,
                0x10000000,
                at // 4,
            )
        )
        changed[at : at + 4] = struct.pack("<I", new & 0xFFFFFFFF)
    return bytes(changed)
