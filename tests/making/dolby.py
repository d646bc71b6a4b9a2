"""Files that state Dolby Vision: the configuration record of its profiles, put into an MP4."""

from __future__ import annotations

from pathlib import Path

#: The boxes from the file down to the video's sample entry.
_WAY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")

#: Bytes before the children of the boxes that are no plain containers.
_BEFORE = {b"stsd": 16, b"hvc1": 86, b"hev1": 86, b"avc1": 86, b"av01": 86}


def with_dolby_vision(source: Path, target: Path, profile: int, compatible: int) -> Path:
    """Copy an MP4 whose ``moov`` comes last, with a Dolby Vision configuration of this profile in its sample entry."""
    data = bytearray(source.read_bytes())
    flags = (
        profile << 9 | 6 << 3 | 0b101
    ) << 16 | compatible << 12  # level 6, RPU and base layer, no enhancement layer
    record = bytes([1, 0]) + flags.to_bytes(4, "big") + bytes(18)
    kind = b"dvcC" if profile <= 7 else b"dvvC"
    box = (8 + len(record)).to_bytes(4, "big") + kind + record
    boxes, start, end = [], 0, len(data)
    for name in _WAY:
        at = _find(data, start, end, name)
        boxes.append(at)
        start, end = at + _BEFORE.get(name, 8), at + int.from_bytes(data[at : at + 4], "big")
    boxes.append(start)  # the sample entry
    end = start + int.from_bytes(data[start : start + 4], "big")
    for at in boxes:
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(box)).to_bytes(4, "big")
    data[end:end] = box
    target.write_bytes(data)
    return target


def _find(data: bytearray, start: int, end: int, name: bytes) -> int:
    while start < end:
        if data[start + 4 : start + 8] == name:
            return start
        start += int.from_bytes(data[start : start + 4], "big")
    raise ValueError(f"no {name!r} in this file")
