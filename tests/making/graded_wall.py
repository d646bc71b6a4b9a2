"""A record that a run made: windows on one painted wall, each a still through a grade of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from making.pictures import Look, wall
from otiograde.color.cdl import Cdl
from otiograde.color.lut import Lut3D
from otiograde.exporters import export_all
from otiograde.folder.layout import RECORD
from otiograde.folder.writing import write_cube, write_folder
from otiograde.grading.pipeline import grade_timeline
from otiograde.record.graded import GradedTimeline, format_record
from otiograde.record.settings import Anchor, Grouping, Linking, Matching, Sampling, Settings

#: The windows by the name of their still, and the grade that each is seen through.
GRADES = {"a": Look(), "b": Look(exposure=0.5, warmth=0.1), "c": Look(exposure=-0.4, warmth=-0.08)}

#: Settings of which none is the default.
UNUSUAL = Settings(
    Sampling(count=3, width=320),
    Linking(reach=1, keypoints=600),
    Grouping(threshold=3.5),
    Matching("reinhard", {"strength": 0.75}),
    Anchor("first"),
    lut_size=9,
)


def write_window(path: Path, look: Look, shift: int = 0, seed: int = 3) -> Path:
    """A still of a window on the wall of this seed, 240 × 160, seen through a grade."""
    window = look(wall(seed, 160, 320)[:, shift : shift + 240])
    cv2.imwrite(str(path), np.rint(window[..., ::-1] * 255))
    return path


def write_windows(folder: Path) -> list[Path]:
    """The stills of ``GRADES``, a few pixels apart."""
    return [write_window(folder / f"{name}.png", look, 12 * step) for step, (name, look) in enumerate(GRADES.items())]


def graded_wall(folder: Path, settings: Settings = UNUSUAL) -> GradedTimeline:
    """The record of these stills, graded with ``settings``."""
    return grade_timeline(write_windows(folder), settings=settings)


def write_look(path: Path) -> Path:
    """A .cube that darkens and warms."""
    write_cube(path, Lut3D.bake(Cdl((0.9, 0.8, 0.7), (0.0,) * 3, (1.0,) * 3, 1.0), 5))
    return path


def write_output(folder: Path, record: GradedTimeline, text: str | None = None) -> Path:
    """The output folder of a record; ``text`` is what its graded.json holds instead, with the right checksum."""
    files = dict(export_all(record, ("luts", "otio")))
    files[RECORD] = (format_record(record) if text is None else text).encode()
    write_folder(folder, files)
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    """The bytes of every file in a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def spied(monkeypatch: pytest.MonkeyPatch, module: str, *names: str) -> list[tuple[str, Any]]:
    """The settings that ``module`` hands to its functions of these names from now on, in the order of the calls."""
    calls: list[tuple[str, Any]] = []
    for name in names:
        real = getattr(import_module(module), name)
        monkeypatch.setattr(f"{module}.{name}", partial(_noted, calls, name, real))
    return calls


def _noted(calls: list[tuple[str, Any]], name: str, real: Any, *args: Any, **words: Any) -> Any:
    given = [*args, *words.values()]
    calls.append((name, next(value for value in given if isinstance(value, Settings | Grouping))))
    return real(*args, **words)


def with_matcher(settings: Settings, name: str) -> Settings:
    """The settings with another matcher, with its own defaults."""
    return replace(settings, matcher=Matching(name))
