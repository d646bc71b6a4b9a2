"""Upgrading: the JSON values of a record in an earlier format, as the present format has them."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

#: The first format in which a grade has a share beside its strength, a reason a kind, and a record its settings.
SHARES = 3


def upgrade(values: dict[str, Any], version: int) -> dict[str, Any]:
    """Return a record's values, written in format ``version``, as the present format has them.

    What a record lacks keeps its default. Raises ``ValueError``, ``TypeError``, ``KeyError`` or ``AttributeError`` for
    values that are no record.
    """
    if version >= SHARES:
        return values
    wishes = {shot["id"]: shot.get("wishes", {}) for shot in values["edit"]["shots"]}
    grades = [_with_share(grade, wishes.get(grade["shot"], {})) for grade in values["grades"]]
    rest = {key: value for key, value in values.items() if key != "lut_size"}
    return rest | {
        "grades": [grade | {"reasons": [_reason(text) for text in grade.get("reasons", ())]} for grade in grades],
        "scenes": [
            scene | {"reasons": [_reason_of_shot(text, wishes) for text in scene.get("reasons", ())]}
            for scene in values["scenes"]
        ],
        "settings": {"lut_size": values.get("lut_size", 33), "assumed": True},
    }


def _reason(text: str) -> dict[str, Any]:
    """Read the kind of a reason off its text, which was all that formats 1 and 2 wrote of it."""
    kind = "wish" if text.endswith(", as asked") else "carried" if text.startswith("carried from ") else "note"
    return {"kind": kind, "text": text}


def _reason_of_shot(text: str, shots: Container[str]) -> dict[str, Any]:
    """Split the reason of a scene into the shot that it speaks of and what it says of that."""
    shot, _, rest = text.partition(": ")
    return _reason(rest) | {"shot": shot} if rest and shot in shots else _reason(text)


def _with_share(grade: dict[str, Any], wishes: dict[str, Any]) -> dict[str, Any]:
    """Split the one strength of formats 1 and 2: what was applied is what the checks left of what was wished.

    A grade that was rejected, or wished at strength 0, does not tell what the checks had left: all of it, then.
    """
    applied, wished = float(grade.get("strength", 1.0)), wishes.get("strength")
    if wishes.get("verdict") == "rejected" or wished == 0:
        share, strength = 1.0, 0.0
    elif wished is None:
        share, strength = applied, 1.0
    else:
        share, strength = min(1.0, applied / wished), float(wished)
    return grade | {"share": share, "strength": strength}
