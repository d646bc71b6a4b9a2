"""Convert the frozen nouns to plain JSON values and back. The annotations of the fields say how."""

from __future__ import annotations

import base64
import dataclasses
import math
import re
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
from otiograde.color.steady import Steady
from otiograde.color.transform import Chain, Identity, Mix, Transform
from otiograde.record.steps import Step, parse_step

#: The transforms a record can hold. A transform is written as its fields and its class's name under "type".
TRANSFORMS: dict[str, type] = {
    kind.__name__: kind for kind in (Affine, Cdl, Chain, Cubic, Curves, Guarded, Identity, Lut3D, Mix, Steady)
}

#: A fraction as it is written: converting ``1e999999999`` would take hours.
_FRACTION = re.compile(r"-?[0-9]{1,100}(?:/[0-9]{1,100})?")

#: Whole numbers of the nouns lie within ± this, so that no sum of them leaves 64 bits.
_LARGEST = 10**15

#: Whole numbers in JSON of other programs stay below this, so that each of them is a float, too.
_LARGEST_FOREIGN = 10**300

#: Levels of nesting in JSON of other programs, and in a transform. Walking through them takes several calls a level.
DEEPEST = 150

#: Halves of pairs of UTF-16 that stand for no byte of a file name (PEP 383): no file can hold them.
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class MisfitError(ValueError):
    """A value that does not fit its field. The message begins with the path to it: ``edit.shots[3].media.rate``."""

    def __init__(self, path: str, message: object) -> None:
        super().__init__(message)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path.lstrip('.')}: {self.args[0]}"

    @classmethod
    def at(cls, step: str, error: Exception) -> MisfitError:
        """The error one step further out."""
        if isinstance(error, cls):
            return cls(f"{step}{error.path}", error.args[0])
        return cls(step, f"{error} is missing" if isinstance(error, KeyError) else error)


#: What a value that does not fit may raise.
MISFITS = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)

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
        written = (field for field in dataclasses.fields(value) if field.init and not _is_left_out(value, field))
        fields = {field.name: encode(getattr(value, field.name)) for field in written}
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


def _is_left_out(value: Any, field: dataclasses.Field[Any]) -> bool:
    # -0.0 equals 0.0, and is written all the same.
    present = getattr(value, field.name)
    return "later" in field.metadata and present == field.default and str(present) == str(field.default)


def decode(kind: Any, value: Any) -> Any:
    """Make the noun of type ``kind`` from plain JSON values.

    Numbers are bounded before they are converted. Raises ``ValueError``, ``TypeError``, ``KeyError``,
    ``AttributeError`` or ``RecursionError`` where the values do not fit the annotations.
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
            raise ValueError(f"{_shown(value)} is none of {', '.join(map(str, get_args(kind)))}")
        return value
    if origin is tuple or kind is tuple:
        return _tuple(get_args(kind), value)
    if origin is dict:
        values = get_args(kind)[1]
        return {
            _scalar(str, key): _foreign_restored(item) if values is Any else decode(values, item)
            for key, item in value.items()
        }
    if origin is np.ndarray:
        return _array(value)
    return _scalar(kind, value)


def _array(value: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    kind = np.dtype(_scalar(str, value["dtype"]))
    if kind.kind != "f":
        raise ValueError(f"{kind} is no kind of numbers that a record holds")
    shape = [_scalar(int, side) for side in value["shape"]]
    return np.frombuffer(base64.b64decode(value["base64"]), kind).reshape(shape)


def _foreign(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_NO_NUMBER: str(value)}
    if isinstance(value, list):
        return [_foreign(item) for item in value]
    return encode(value)


def _foreign_restored(value: Any, depth: int = 2) -> Any:
    if isinstance(value, str):
        return _scalar(str, value)
    if isinstance(value, int) and abs(value) >= _LARGEST_FOREIGN:
        raise ValueError("a number of more than 300 digits")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a number of JSON")
    if not isinstance(value, dict | list):
        return value
    if isinstance(value, dict) and len(value) == 1 and (text := value.get(_NO_NUMBER)) in ("nan", "inf", "-inf"):
        return float(text)
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if isinstance(value, list):
        return [_foreign_restored(item, depth + 1) for item in value]
    return {_scalar(str, key): _foreign_restored(item, depth + 1) for key, item in value.items()}


def depth_of(value: Any) -> int:
    """Count the levels of nesting of plain JSON values: 0 for a number, 1 for a list of numbers."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [part for item in level for part in (item.values() if isinstance(item, dict) else item)]
    return depth


@cache
def field_types(kind: type) -> dict[str, Any]:
    """Return the types of the fields of a noun that its record holds."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}


def _noun(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = field_types(kind)
    if unknown := value.keys() - hints.keys() - {"type"}:
        raise ValueError(f"{kind.__name__} has no field {_shown(min(unknown))}")
    values = {}
    for name, hint in hints.items():
        if name in value:
            try:
                values[name] = decode(hint, value[name])
            except MISFITS as error:
                raise MisfitError.at(f".{name}", error) from None
    return kind(**values)


def _union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    present = [kind for kind in kinds if kind is not type(None)]
    if float in present and value is None:
        return math.nan
    return decode(present[0], value)


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{_shown(value)} is not a list")
    many = len(kinds) == 2 and kinds[1] is Ellipsis
    if not many and len(value) != len(kinds):
        raise ValueError(f"{len(kinds)} values are needed, not {len(value)}")
    items = []
    for number, item in enumerate(value):
        try:
            items.append(decode(kinds[0] if many else kinds[number], item))
        except MISFITS as error:
            raise MisfitError.at(f"[{number}]", error) from None
    return tuple(items)


def _scalar(kind: Any, value: Any) -> Any:
    if kind is str:
        if not isinstance(value, str):
            raise TypeError(f"{_shown(value)} is not a text")
        if not value.isascii() and _LONE.search(value):
            raise ValueError(f"{_shown(value)} is not a text that a file can hold")
        return value
    if kind is float:
        return math.nan if value is None else _float(value)
    if kind is Fraction:
        return _fraction(value)
    if kind is Path:
        if "\0" in _scalar(str, value):
            raise ValueError(f"{_shown(value)} is not a path")
        return Path(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{_shown(value)} is not {'a whole number' if kind is int else f'a {kind.__name__}'}")
    if kind is int and abs(value) > _LARGEST:
        raise ValueError("a whole number beyond 10^15")
    return value


def _float(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{_shown(value)} is not a number")
    if not abs(value) < math.inf:
        raise ValueError(f"{value} is not a number of JSON")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("a number of more than 300 digits") from None


def _fraction(value: Any) -> Fraction:
    text = str(value) if isinstance(value, int) and abs(value) <= _LARGEST else value
    if not isinstance(text, str) or not _FRACTION.fullmatch(text):
        raise ValueError(f"{_shown(value)} is not a fraction (24, 24000/1001)")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{_shown(value)} divides by zero") from None


def _shown(value: Any) -> str:
    """Show a value in a message: its beginning. A number may be too long to be written at all."""
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "a number beyond 10^15"
    if isinstance(value, dict | list):
        return f"a {type(value).__name__} of {len(value)}"
    return repr(value[:60] if isinstance(value, str) else value)
