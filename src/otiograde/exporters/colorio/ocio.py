"""``ocio/config.ocio``: an OpenColorIO 2 config with one Look per shot, which has the shot's name.

Nuke, RV, Blender, Hiero, xSTUDIO, Houdini and others read such configs (https://opencolorio.readthedocs.io). Its color
spaces are the encodings of the edit's media. Each Look applies ``luts/<shot>.cube`` in the shot's encoding. Keep
``luts/`` and ``ocio/`` in one folder. Tested by applying the Looks with OpenColorIO itself, not in those programs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from otiograde.color.encodings import ENCODINGS, Encoding
from otiograde.color.logs import CAMERAS, DATA_BLACK, DATA_SPAN, ON_DATA
from otiograde.color.spaces import primaries_matrix
from otiograde.errors import ExportError
from otiograde.exporters.colorio.colorio import OPENCOLORIO, opencolorio
from otiograde.folder.layout import lut_path
from otiograde.record.graded import GradedTimeline

#: The files of this format.
PATHS = ("ocio/*",)

#: What it needs beside otiograde.
NEEDS = {"ocio": OPENCOLORIO}

#: The config's reference space: linear light, BT.709 primaries.
LINEAR = "linear"

#: Exponent and offset of curves with a linear toe: IEC 61966-2-1, and BT.709-6 item 1.2 (also BT.601, BT.2020).
_TOED = {"iec61966-2-1": (2.4, 0.055)}
_VIDEO = (1 / 0.45, 0.09929682680944)
_HDR = {"smpte2084": "CURVE - ST-2084_to_LINEAR", "arib-std-b67": "CURVE - HLG-OETF-INVERSE"}

#: Log curves that no ``LogCameraTransform`` can write.
_BUILTIN = {
    "clog2": "CURVE - CANON_CLOG2_to_LINEAR",
    "clog3": "CURVE - CANON_CLOG3_to_LINEAR",
    "applelog": "CURVE - APPLE_LOG_to_LINEAR",
}

#: The minor version of OpenColorIO 2 that a curve is new in.
_NEW_IN = {"arib-std-b67": 4, "applelog": 4, "clog2": 2, "clog3": 2}

#: Spaces of every config. Nuke's config has them as rec709 and sRGB, so the same nodes work with both configs (names
#: are compared without case).
_COMMON = ("bt709", "srgb")


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the config. Raises ``ExportError`` without OpenColorIO."""
    return {"ocio/config.ocio": config_of(record).serialize().encode("utf-8")}


def notes(record: GradedTimeline) -> list[str]:
    """Return what the config cannot convert."""
    names = {space_name(one) for shot in record.edit.shots if not _is_held(one := shot.media.encoding)}
    return [f"nothing converts {name} to light: a config cannot hold its curve" for name in sorted(names)]


def _is_held(encoding: Encoding) -> bool:
    return not encoding.is_log or encoding.transfer in CAMERAS or encoding.transfer in _BUILTIN


def config_of(record: GradedTimeline) -> Any:
    """Build the config of a record."""
    ocio = opencolorio()
    config = ocio.Config()
    config.setVersion(2, max((_NEW_IN.get(shot.media.encoding.transfer, 0) for shot in record.edit.shots), default=0))
    config.setName("otiograde")
    config.setDescription(f"One Look per shot of {_line(record.edit.name)}. Each works in its shot's own encoding.")
    config.setSearchPath("../luts")
    config.addColorSpace(ocio.ColorSpace(name=LINEAR, encoding="scene-linear"))
    config.addColorSpace(ocio.ColorSpace(name="raw", isData=True, encoding="data"))
    spaces = {space_name(shot.media.encoding): shot.media.encoding for shot in record.edit.shots}
    spaces |= {name: ENCODINGS[name] for name in _COMMON}
    for name, encoding in spaces.items():
        config.addColorSpace(_space(name, encoding))
    for role, space in (("scene_linear", LINEAR), ("default", "raw"), ("data", "raw"), ("color_picking", "srgb")):
        config.setRole(role, space)
    for name in spaces:
        config.addDisplayView("as coded", name, name)
    for shot, grade in zip(record.edit.shots, record.grades, strict=True):
        lut = ocio.FileTransform(src=lut_path(shot.id).rpartition("/")[2], interpolation=ocio.INTERP_TETRAHEDRAL)
        about = f"{_line(shot.media.path.name)}, {_line(grade.scene)}, confidence {grade.confidence}"
        about += "" if grade.course is None else f"; {grade.course.note}"
        space = space_name(shot.media.encoding)
        config.addLook(ocio.Look(name=shot.id, processSpace=space, transform=lut, description=about))
    try:
        config.validate()
    except ocio.Exception as error:
        raise ExportError(f"this OpenColorIO ({ocio.__version__}) does not take the config: {error}") from error
    return config


def space_name(encoding: Encoding) -> str:
    """Return the color space of an encoding. Matrix and range make no difference: they are undone before the LUT."""
    name = encoding.name.removesuffix("-full")
    return name if name in _COMMON else f"{encoding.primaries} {encoding.transfer}"


def _space(name: str, encoding: Encoding) -> Any:
    ocio = opencolorio()
    steps: list[Any] = []
    if not _is_held(encoding):
        why = "Looks work in it; a config cannot hold its curve, so nothing converts it to light."
        return ocio.ColorSpace(name=name, isData=True, encoding="log", description=why)
    if encoding.is_log:
        steps += camera_curve(encoding)
    elif encoding.transfer in _HDR:
        steps.append(ocio.BuiltinTransform(_HDR[encoding.transfer]))
    else:
        gamma, offset = _TOED.get(encoding.transfer, _VIDEO)
        curve = {"gamma": [gamma] * 3 + [1.0], "offset": [offset] * 3 + [0.0]}
        steps.append(ocio.ExponentWithLinearTransform(**curve))
    if encoding.primaries != "bt709":
        matrix = np.eye(4)
        matrix[:3, :3] = primaries_matrix(encoding.primaries, "bt709")
        steps.append(ocio.MatrixTransform(matrix=matrix.ravel().tolist()))
    kind = "log" if encoding.is_log else "hdr-video" if encoding.is_hdr else "sdr-video"
    aliases = ["rec709"] if name == "bt709" else []
    return ocio.ColorSpace(name=name, aliases=aliases, encoding=kind, toReference=ocio.GroupTransform(steps))


def camera_curve(encoding: Encoding) -> list[Any]:
    """Return the steps from log codes as FFmpeg hands them over to scene light."""
    ocio = opencolorio()
    steps: list[Any] = []
    if encoding.transfer in ON_DATA and encoding.range == "legal":
        scale = [DATA_SPAN] * 3 + [1.0]
        steps.append(ocio.MatrixTransform(matrix=np.diag(scale).ravel().tolist(), offset=[DATA_BLACK] * 3 + [0.0]))
    if encoding.transfer in _BUILTIN:
        return [*steps, ocio.BuiltinTransform(_BUILTIN[encoding.transfer])]
    (slope, _), (a, b, c, d) = CAMERAS[encoding.transfer].line, CAMERAS[encoding.transfer].curve
    curve = ocio.LogCameraTransform([CAMERAS[encoding.transfer].cut] * 3)
    curve.setBase(np.e)
    curve.setLinSideSlopeValue([a] * 3)
    curve.setLinSideOffsetValue([b] * 3)
    curve.setLogSideSlopeValue([c] * 3)
    curve.setLogSideOffsetValue([d] * 3)
    curve.setLinearSlopeValue([slope] * 3)
    curve.setDirection(ocio.TRANSFORM_DIR_INVERSE)
    return [*steps, curve]


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text).encode("utf-8", errors="replace").decode()
