"""Convert the frozen nouns to plain JSON values and back. The annotations of the fields say how."""

from __future__ import annotations

import base64
import dataclasses
import math
import types
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from otiograde.color.affine import Affine
from otiograde.color.cdl import Cdl
from otiograde.color.cubic import Cubic
from otiograde.color.curves import Curves
from otiograde.color.guard import Guarded
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Chain, Identity, Mix, Transform
from otiograde.record.steps import Step, parse_step

#: The transforms a record can hold. A transform is written as its fields and its class's name under "type".
TRANSFORMS: dict[str, type] = {
    kind.__name__: kind for kind in (Affine, Cdl, Chain, Cubic, Curves, Guarded, Identity, Lut3D, Mix)
}

#: The key under which JSON of other programs holds NaN and the infinities, which JSON proper cannot.
_NO_NUMBER = "not a number of JSON"


def encode(value: Any) -> Any:
    """Convert a noun to plain JSON values. NaN becomes null; arrays become base64 of their little-endian bytes.

    In JSON of other programs, NaN and the infinities are kept (``_foreign``). Raises ``TypeError`` for a value of a
    type that no record holds.
    """
    if isinstance(value, Step):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
        return {"type": type(value).__name__, **fields} if type(value).__name__ in TRANSFORMS else fields
    if isinstance(value, np.ndarray):
        little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        data = base64.b64encode(little.tobytes()).decode("ascii")
        return {"dtype": little.dtype.str, "shape": list(value.shape), "base64": data}
    if isinstance(value, np.generic):
        return encode(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Fraction | Path):
        return str(value)
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _foreign(item) for key, item in value.items()}
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a record cannot hold {type(value).__name__}")


def decode(kind: Any, value: Any) -> Any:
    """Make the noun of type ``kind`` from plain JSON values.

    Raises ``ValueError``, ``TypeError`` or ``KeyError`` where the values do not fit the annotations.
    """
    if kind is Any:
        return value
    if kind is Transform:
        return _noun(TRANSFORMS[value["type"]], {key: item for key, item in value.items() if key != "type"})
    if kind is Step:
        return parse_step(value)
    if dataclasses.is_dataclass(kind):
        return _noun(kind, value)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind), value)
    if origin is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{value!r} is none of {', '.join(map(str, get_args(kind)))}")
        return value
    if origin is tuple or kind is tuple:
        return _tuple(get_args(kind), value)
    if origin is dict:
        values = get_args(kind)[1]
        return {key: _foreign_restored(item) if values is Any else decode(values, item) for key, item in value.items()}
    if origin is np.ndarray:
        array = np.frombuffer(base64.b64decode(value["base64"]), np.dtype(value["dtype"]))
        return array.reshape(value["shape"])
    return _scalar(kind, value)


def _foreign(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_NO_NUMBER: str(value)}
    if isinstance(value, list):
        return [_foreign(item) for item in value]
    return encode(value)


def _foreign_restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_foreign_restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    text = value.get(_NO_NUMBER)
    if len(value) == 1 and text in ("nan", "inf", "-inf"):
        return float(text)
    return {key: _foreign_restored(item) for key, item in value.items()}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _noun(kind: Any, value: Mapping[str, Any]) -> Any:
    names = {field.name for field in dataclasses.fields(kind) if field.init}
    if unknown := value.keys() - names - {"type"}:
        raise ValueError(f"{kind.__name__} has no field {sorted(unknown)[0]!r}")
    hints = _hints(kind)
    return kind(**{name: decode(hints[name], value[name]) for name in names if name in value})


def _union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    present = [kind for kind in kinds if kind is not type(None)]
    if float in present and value is None:
        return math.nan
    return decode(present[0], value)


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(decode(kinds[0], item) for item in value)
    return tuple(decode(kind, item) for kind, item in zip(kinds, value, strict=True))


def _scalar(kind: Any, value: Any) -> Any:
    if kind is float:
        return math.nan if value is None else float(value)
    if kind in (Fraction, Path):
        return kind(value)
    if kind is int and isinstance(value, float):
        raise TypeError(f"{value!r} is not a whole number")
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not a {kind.__name__}")
    return value
