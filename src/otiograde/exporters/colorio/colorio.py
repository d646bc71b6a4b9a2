"""OpenColorIO, loaded only for the formats that it writes: it is large, and few users need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from otiograde.color.lut import Lut3D
from otiograde.errors import ExportError

#: The package that writes a format, and how to get it: for the table ``NEEDS`` of an exporter's module.
OPENCOLORIO = ("PyOpenColorIO", "OpenColorIO: pip install 'otiograde[ocio]'")


def opencolorio() -> Any:
    """Import OpenColorIO 2.1 or later. Raises ``ExportError`` if it is not installed."""
    try:
        import PyOpenColorIO  # noqa: PLC0415  (an optional dependency)
    except ImportError:
        raise ExportError("OpenColorIO, which writes this, is not installed: pip install otiograde[ocio]") from None
    return PyOpenColorIO


def lut_transform(lut: Lut3D) -> Any:
    """Return a LUT on [0, 1] as OpenColorIO's transform, whose lattice has blue fastest; ours has red fastest."""
    ocio = opencolorio()
    transform = ocio.Lut3DTransform(
        gridSize=lut.size, interpolation=ocio.INTERP_TETRAHEDRAL, fileOutputBitDepth=ocio.BIT_DEPTH_F32
    )
    transform.setData(np.ascontiguousarray(lut.lattice.transpose(2, 1, 0, 3)).ravel())
    return transform


def write_transforms(
    transforms: list[Any], format_name: str, name: str = "", about: Mapping[str, str] | None = None
) -> bytes:
    """Write transforms in a format of OpenColorIO (clf, ctf).

    Raises ``ExportError`` for transforms that the format cannot represent.
    """
    ocio = opencolorio()
    group = ocio.GroupTransform(transforms)
    metadata = group.getFormatMetadata()
    if name:
        metadata.setID(name)
        metadata.setName(name)
    for kind, text in (about or {}).items():
        metadata.addChildElement(kind, text)
    try:
        text = group.write(format_name, ocio.Config.CreateRaw())
    except ocio.Exception as error:
        raise ExportError(f"OpenColorIO does not write {name} as {format_name}: {error}") from error
    return str(text).encode("utf-8")
