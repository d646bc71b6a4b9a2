"""otiograde: automatic shot matching for edited timelines."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otiograde.color.affine import Affine as Affine
    from otiograde.color.cdl import Cdl as Cdl
    from otiograde.color.cubic import Cubic as Cubic
    from otiograde.color.curves import Curves as Curves
    from otiograde.color.difference import delta_e00 as delta_e00
    from otiograde.color.lut import Lut3D as Lut3D
    from otiograde.errors import ClusterError as ClusterError
    from otiograde.errors import CubeError as CubeError
    from otiograde.errors import EncodingError as EncodingError
    from otiograde.errors import ExportError as ExportError
    from otiograde.errors import MatchError as MatchError
    from otiograde.errors import MediaError as MediaError
    from otiograde.errors import OtiogradeError as OtiogradeError
    from otiograde.errors import RecordError as RecordError
    from otiograde.errors import StepError as StepError
    from otiograde.errors import TimelineError as TimelineError
    from otiograde.errors import ToolNotFoundError as ToolNotFoundError
    from otiograde.exporters import export_all as export_all
    from otiograde.folder.reading import read_cube as read_cube
    from otiograde.folder.reading import read_record as read_record
    from otiograde.folder.writing import write_cube as write_cube
    from otiograde.folder.writing import write_folder as write_folder
    from otiograde.grading.picturing import draw_pictures as draw_pictures
    from otiograde.grading.pipeline import grade_timeline as grade_timeline
    from otiograde.record.graded import GradedTimeline as GradedTimeline

__version__ = "0.2.0"

#: Each public name and the module it lives in, loaded when the name is first used: importing otiograde stays quick.
_HOMES = {
    "Affine": "color.affine",
    "Cdl": "color.cdl",
    "ClusterError": "errors",
    "CubeError": "errors",
    "Cubic": "color.cubic",
    "Curves": "color.curves",
    "EncodingError": "errors",
    "ExportError": "errors",
    "GradedTimeline": "record.graded",
    "Lut3D": "color.lut",
    "MatchError": "errors",
    "MediaError": "errors",
    "OtiogradeError": "errors",
    "RecordError": "errors",
    "StepError": "errors",
    "TimelineError": "errors",
    "ToolNotFoundError": "errors",
    "delta_e00": "color.difference",
    "draw_pictures": "grading.picturing",
    "export_all": "exporters",
    "grade_timeline": "grading.pipeline",
    "read_cube": "folder.reading",
    "read_record": "folder.reading",
    "write_cube": "folder.writing",
    "write_folder": "folder.writing",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the table is the one list of names, and it holds strings only


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"otiograde.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'otiograde' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
