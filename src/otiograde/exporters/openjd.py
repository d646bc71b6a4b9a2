"""``template.json``: the rendering as an Open Job Description, which render farms run.

The template (specification 2023-09, https://github.com/OpenJobDescription/openjd-specifications/wiki) has a task for
each segment of the movie, then the sound, the join and the proof. Each runs ``render.sh``, so the pictures are those of
``otiograde render``. Run with ``openjd check`` and ``openjd run`` of openjd-cli. ``parameter_values.json`` and
``asset_references.json`` name the media folders and the media as AWS Deadline Cloud wants them, which makes the output
folder a job bundle; no farm of theirs has run it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from otiograde.folder.layout import SHELL_SCRIPT
from otiograde.movie.media_folders import inputs_of, media_folders
from otiograde.movie.plan import RenderPlan, plan
from otiograde.record.graded import GradedTimeline

#: The job, the values of its parameters, and the media that it reads.
TEMPLATE, VALUES, ASSETS = "template.json", "parameter_values.json", "asset_references.json"

PATHS = (TEMPLATE, VALUES, ASSETS)

#: The most characters of a job's name, and of a parameter.
_LONGEST_NAME, _LONGEST_VALUE = 128, 1024

#: Where a brace is followed by another one: two of them would begin or end a variable.
_BRACES = re.compile(r"(?<=\{)(?=\{)|(?<=\})(?=\})")

#: What a name in a template may not hold: control characters.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the template, the values of its parameters, and the media that it needs."""
    planned = plan(record)
    template = {
        "specificationVersion": "jobtemplate-2023-09",
        "name": _job_name(record.edit.name),
        "parameterDefinitions": _parameters(planned),
        "steps": _steps(planned),
    }
    values = [{"name": f"Media{number}", "value": folder} for number, folder in _folders(planned).items()]
    return {
        TEMPLATE: _json(template),
        VALUES: _json({"parameterValues": values}),
        ASSETS: _json({"assetReferences": _assets(planned)}),
    }


def notes(record: GradedTimeline) -> list[str]:
    """Say which media folders a farm has to see under their own names."""
    return [
        f"{folder!r} is no value of a template: the farm has to see these media under the same name"
        for folder in media_folders(plan(record))
        if not _is_value(folder)
    ]


def _parameters(planned: RenderPlan) -> list[dict[str, Any]]:
    """Return the parameters of the job: the output folder, FFmpeg, and a folder for each that holds media."""
    folders: list[dict[str, Any]] = [
        {
            "name": f"Media{number}",
            "type": "PATH",
            "objectType": "DIRECTORY",
            "dataFlow": "NONE",
            "default": "",
            "description": f"Media folder {number}, as the machines of the farm see it; empty: as here.",
        }
        for number in _folders(planned)
    ]
    return [
        {
            "name": "Output",
            "type": "PATH",
            "objectType": "DIRECTORY",
            "dataFlow": "INOUT",
            "default": ".",
            "description": "The output folder of otiograde, in which the movie is rendered.",
        },
        {"name": "FFmpeg", "type": "STRING", "default": "ffmpeg", "description": "FFmpeg 5.1 or later."},
        *folders,
    ]


def _steps(planned: RenderPlan) -> list[dict[str, Any]]:
    count = len({segment.key for segment in planned.segments})
    segments = _step("Segments", ("--segment", "{{Task.Param.Segment}}"), planned)
    segments["parameterSpace"] = {
        "taskParameterDefinitions": [{"name": "Segment", "type": "INT", "range": f"1-{count}" if count > 1 else "1"}]
    }
    parts = [segments, *([_step("Sound", ("--sound",), planned)] if planned.sound else [])]
    join = _step("Join", ("--join",), planned, [part["name"] for part in parts])
    return [*parts, join, _step("Proof", ("--proof",), planned, ["Join"])]


def _step(name: str, words: Sequence[str], planned: RenderPlan, after: Sequence[str] = ()) -> dict[str, Any]:
    """Return a step that runs the script, once the steps ``after`` which it comes are done."""
    media = [word for number in _folders(planned) for word in ("--media", f"{number}={{{{Param.Media{number}}}}}")]
    arguments = [f"{{{{Param.Output}}}}/{SHELL_SCRIPT}", *words, *media, "{{Param.FFmpeg}}"]
    step: dict[str, Any] = {"name": name}
    if after:
        step["dependencies"] = [{"dependsOn": part} for part in after]
    step["hostRequirements"] = {"attributes": [{"name": "attr.worker.os.family", "anyOf": ["linux", "macos"]}]}
    step["script"] = {"actions": {"onRun": {"command": "sh", "args": arguments}}}
    return step


def _folders(planned: RenderPlan) -> Mapping[int, str]:
    """Return the number of each media folder in the script -> its path, if a template can hold that."""
    return {number: folder for number, folder in enumerate(media_folders(planned), 1) if _is_value(folder)}


def _is_value(text: str) -> bool:
    return len(text) <= _LONGEST_VALUE and not _CONTROL.search(text)


def _job_name(name: str) -> str:
    """Return a name in which nothing is taken for a variable."""
    text = _BRACES.sub(" ", _CONTROL.sub(" ", name)).strip()
    return text[:_LONGEST_NAME].strip() or "film"


def _assets(planned: RenderPlan) -> dict[str, Any]:
    """Return the files that the job reads; of an image sequence, its folder."""
    inputs = [source for source in inputs_of(planned) if PurePath(source.file).is_absolute()]
    files = {source.file for source in inputs if source.path == source.file}
    folders = {str(PurePath(source.file).parent) for source in inputs if source.path != source.file}
    return {
        "inputs": {"filenames": sorted(filter(_is_value, files)), "directories": sorted(filter(_is_value, folders))},
        "outputs": {"directories": []},
    }


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", errors="replace")
