"""Documents of FCP7 XML, element by element, and their way through the reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from making.media import Inventor
from otiograde.record.edit import Edit
from otiograde.timeline import Reading, read_edit

NAME = "m24.mp4"


def rate(timebase: float = 24, *, ntsc: bool = False) -> str:
    return f"<rate><timebase>{timebase:g}</timebase><ntsc>{str(ntsc).upper()}</ntsc></rate>"


def file(name: str = NAME, frames: int | None = 96, clock: str = rate(), *, id_: str = "f1", code: int = 0) -> str:
    """A whole file; ``file("", id_="f1")`` refers to it."""
    if not name:
        return f'<file id="{id_}"/>'
    length = "" if frames is None else f"<duration>{frames}</duration>"
    timecode = f"<timecode>{clock}<frame>{code}</frame></timecode>" if code else ""
    return (
        f'<file id="{id_}"><name>{name}</name><pathurl>{name}</pathurl>{clock}{length}{timecode}'
        "<media><video/></media></file>"
    )


def item(start: int, end: int, first: int, out: int, *parts: str, name: str = "a", clock: str = rate()) -> str:
    """A clip of ``parts``: its file or sequence, filters and so on."""
    times = f"<start>{start}</start><end>{end}</end><in>{first}</in><out>{out}</out>"
    return f"<clipitem><name>{name}</name>{clock}{times}{''.join(parts)}</clipitem>"


def remap(
    speed: float, *, reverse: bool = False, variable: bool = False, graph: Sequence[tuple[float, float]] = ()
) -> str:
    """A Time Remap as Final Cut Pro 7, Premiere Pro and Resolve write it."""
    values = {"variablespeed": int(variable), "speed": speed, "reverse": str(reverse).upper(), "frameblending": "FALSE"}
    parameters = "".join(
        f'<parameter authoringApp="PremierePro"><parameterid>{name}</parameterid><name>{name}</name>'
        f"<value>{value}</value></parameter>"
        for name, value in values.items()
    )
    keys = "".join(f"<keyframe><when>{when}</when><value>{value}</value></keyframe>" for when, value in graph)
    curve = f"<parameter><parameterid>graphdict</parameterid>{keys}</parameter>" if keys else ""
    return (
        "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid><effectcategory>motion</effectcategory>"
        f"<effecttype>motion</effecttype><mediatype>video</mediatype>{parameters}{curve}</effect></filter>"
    )


def track(*items: str, enabled: bool = True) -> str:
    return f"<track>{''.join(items)}<enabled>{str(enabled).upper()}</enabled></track>"


def sequence(
    *tracks: str, sounds: Sequence[str] = (), clock: str = rate(), id_: str = "s1", name: str = "seq", more: str = ""
) -> str:
    media = f"<media><video>{''.join(tracks)}</video><audio>{''.join(sounds)}</audio></media>"
    return f'<sequence id="{id_}"><name>{name}</name>{clock}{more}{media}</sequence>'


def document(*parts: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="5">{"".join(parts)}</xmeml>'


def one(*items: str, **fields: Any) -> str:
    """A document of one sequence of one track."""
    return document(sequence(track(*items), **fields))


def read(folder: Path, text: str, *, files: str = NAME, probe: Any = None) -> Edit:
    """Write the document and its (empty) media files into the folder, and read it."""
    for name in files.split():
        (folder / name).touch()
    path = folder / "edit.xml"
    path.write_text(text, "utf-8")
    return read_edit(path, Reading(), probe or Inventor(frames=96))


def shown(edit: Edit) -> list[tuple[int, int, int, int, float]]:
    """Each shot's source start and count, record start and count, and its speed."""
    return [(s.source.start, s.source.count, s.record.start, s.record.count, float(s.speed)) for s in edit.shots]
