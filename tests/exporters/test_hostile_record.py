"""A record whose every text is an attack: each is refused when it is read, or harmless in every file that is written.

Tests: exporters/__init__.py
"""

from __future__ import annotations

import contextlib
import json
import os
import py_compile
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from making.media import media
from making.records import record_of_media
from making.waiting import PATIENCE
from otiograde.errors import ExportError, RecordError
from otiograde.exporters import exporter, exporter_names
from otiograde.exporters.colorio import lut_formats
from otiograde.folder.layout import check_names
from otiograde.record.edit import Skip, Sound
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.reason import Reason

CANARY = "canary_was_here"
PAYLOADS = {
    "shell": f"x$(touch {CANARY})`touch {CANARY}`';touch {CANARY};'\"; touch {CANARY}; \"",
    "here document": f"x\nEND_OF_LIST\ntouch {CANARY}\n",
    "batch": f'x" & echo > {CANARY} & %COMSPEC% ^& rem\r\necho > {CANARY}\r\n',
    "graph": f"x:interp=nearest,metadata=mode=print:file={CANARY},lut3d=file=x',[a];movie={CANARY}",
    "xml": f'x]]></a><!--"\'&{CANARY};<b c="\x01\ufffe',
    "python": f"x\"\"\"'''\nimport os\nos.system('touch {CANARY}')\n#",
    "list": f"x\t{CANARY}\n*ASC_SOP (9 9 9)(9 9 9)(9 9 9)\r\x85\u2028M2",
    "html": f"</script><script>{CANARY}()</script><img src=x onerror={CANARY}()>",
    "path": f"../../../{CANARY}",
    "bytes": "caf\udce9",
}


def record() -> GradedTimeline:
    made = record_of_media({"wide": media("wide.mov", audio=True), "close": media("close.png", kind="still", frames=1)})
    edit = made.edit
    at = edit.shots[0].where
    sounds = (Sound("s", edit.shots[0].media.path, *[edit.rate / 24] * 4, at),)
    object.__setattr__(edit, "sounds", sounds)
    object.__setattr__(edit, "skips", (Skip("clip", "lost", "missing media", 0, 0, 4),))
    object.__setattr__(edit, "notes", ("a note",))
    object.__setattr__(made, "findings", (Finding("shot-0", "x", 1.0, 2.0, "u", True, "a note"),))
    object.__setattr__(made.grades[0], "reasons", (Reason("note", "a reason"),))
    return made


def texts(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each text of a record in JSON; of the edit's tree, those in which otiograde looks."""
    if isinstance(value, str):
        yield way
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if key not in ("settings", "OTIO_SCHEMA", "base64") and not (way[1:2] == ("otio",) and key == "metadata"):
                yield from texts(item, (*way, key))


VALUES = json.loads(format_record(record()))
WAYS = list(texts(VALUES))


def attacked(way: tuple[Any, ...], payload: str) -> GradedTimeline | None:
    """The record with the payload there; None where it is refused."""
    values = json.loads(json.dumps(VALUES))
    item = values
    for step in way[:-1]:
        item = item[step]
    before = item[way[-1]]
    item[way[-1]] = f"/film/{payload}.mov" if way[-1] == "path" else payload
    if way[0] == "scenes" and way[-1] == "id":  # what names the scene names it so
        for grade in values["grades"]:
            grade["scene"] = payload if grade["scene"] == before else grade["scene"]
    try:
        return parse_record(json.dumps(values))
    except RecordError:
        return None


def prove_harmless(folder: Path, path: str, content: bytes) -> None:
    """Read or run one file as the program does that it is for."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if path.endswith((".mlt", ".kdenlive", ".fcpxml", ".xml", ".cdl", ".ccc", ".clf")):
        ElementTree.fromstring(content)
    elif path.endswith((".json", ".otio")):
        json.loads(content.decode("utf-8"))
    elif path.endswith(".py"):
        py_compile.compile(str(file), doraise=True)
    elif path.endswith(".sh"):
        environment = {**os.environ, "FFMPEG": "/bin/true"}
        subprocess.run(["sh", "-n", str(file)], check=True, capture_output=True)
        subprocess.run(
            ["sh", str(file)], cwd=folder, env=environment, capture_output=True, timeout=PATIENCE, check=False
        )
    elif path.endswith(".bat"):
        lines = content.decode("utf-8").split("\r\n")
        assert all("\n" not in line and line.count('"') % 2 == 0 for line in lines)
    elif path.endswith((".edl", ".ale")):
        lines = content.decode("utf-8", "replace").splitlines()
        assert not any(line.lstrip("\t").startswith(("*ASC_SOP (9 9 9)", "M2,", CANARY)) for line in lines)
    elif path.endswith(".html"):
        assert f"<script>{CANARY}".encode() not in content
        assert f"<img src=x onerror={CANARY}".encode() not in content
    assert not list(folder.rglob(CANARY))


@pytest.mark.slow
@pytest.mark.parametrize("language", PAYLOADS)
def test_every_text_is_refused_or_harmless(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lut_formats, "HALD_LEVEL", 2)
    refused = set()
    exporters = {
        name: exporter(name) for name in exporter_names() if name not in ("hald", "csp", "3dl", "spi3d", "ctf")
    }
    for number, way in enumerate(WAYS):
        attack = attacked(way, PAYLOADS[language])
        if attack is None:
            refused.add(way[-1])
            continue
        for export in exporters.values():
            with contextlib.suppress(ExportError):
                files = dict(export(attack))
                check_names(files)
                for path, content in files.items():
                    prove_harmless(tmp_path / str(number), path, content)
        assert not (tmp_path / CANARY).exists(), way
    assert {"pixel_format", "digest", "rate"} <= refused
    assert not refused & {"text", "why", "note"}
    assert ("edit", "shots", 0, "id") in WAYS
    assert attacked(("edit", "shots", 0, "id"), PAYLOADS[language]) is None
