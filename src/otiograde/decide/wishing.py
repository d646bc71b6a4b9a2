"""Wishing: apply the editor's wishes (strength, verdict, trim) to grades. All code that applies wishes calls this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from otiograde.color.encodings import Encoding
from otiograde.color.transform import Identity
from otiograde.color.trim import Trim
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.shot import Shot, Wishes


def as_wished(grades: Iterable[Grade], shots: Iterable[Shot]) -> list[Grade]:
    """Apply the wishes of ``shots`` to their grades. Grades of other shots stay as they are."""
    wished = {shot.id: (shot.wishes, shot.media.encoding) for shot in shots}
    return [with_wishes(grade, *wished[grade.shot]) if grade.shot in wished else grade for grade in grades]


def with_wishes(grade: Grade, wishes: Wishes, encoding: Encoding | None = None) -> Grade:
    """Return the grade with the wished strength and trim, and a reason for each. None stands for any SDR encoding.

    Without a wish the strength is 1 and there is no trim. A rejected grade has strength 0. It takes no changes inside
    its shot out, and neither does that of a shot that is not to be steadied. A wished strength scales the share that
    the solver and "do no harm" left, and does not replace it: 0.8 of a halved balance is 0.4.
    """
    strength = 1.0 if wishes.strength is None else wishes.strength
    if wishes.steady == "off" or wishes.verdict == "rejected":
        grade = grade.unsteadied
    reasons = [reason for reason in grade.reasons if reason.kind != "wish"]
    if wishes.verdict == "rejected":
        strength = 0.0
        reasons.append(Reason("wish", "rejected: no strength, as asked"))
    elif wishes.strength is not None:
        reasons.append(Reason("wish", f"strength {strength:g}, as asked"))
    if wishes.trim == Trim():
        return replace(grade, strength=strength, trim=Identity(), reasons=tuple(reasons))
    reasons.append(Reason("wish", f"trimmed by {wishes.trim.words}, as asked"))
    return replace(grade, strength=strength, trim=wishes.trim.on(encoding), reasons=tuple(reasons))


def wished_before(now: Wishes, before: Wishes) -> Wishes:
    """Complete the wishes of a shot in a new cut by its earlier ones on strength, boldness, verdict, trim, steadying.

    A wish in the new cut wins. Without one (an EDL cannot hold wishes) the earlier wish stays.
    """
    return replace(
        now,
        strength=before.strength if now.strength is None else now.strength,
        boldness=before.boldness if now.boldness is None else now.boldness,
        verdict=now.verdict or before.verdict,
        trim=before.trim if now.trim == Trim() else now.trim,
        steady=now.steady or before.steady,
    )


def alike(one: Wishes, other: Wishes) -> bool:
    """Whether two shots have the same wishes on strength, verdict, trim and steadying."""
    return (one.strength, one.verdict, one.trim, one.steady) == (
        other.strength,
        other.verdict,
        other.trim,
        other.steady,
    )
