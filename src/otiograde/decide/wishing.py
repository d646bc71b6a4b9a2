"""Wishing: what the editor wishes of a grade (strength, verdict, trim), applied to it. Everybody applies it here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from otiograde.color.transform import Identity
from otiograde.color.trim import Trim
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.shot import Shot, Wishes


def as_wished(grades: Iterable[Grade], shots: Iterable[Shot]) -> list[Grade]:
    """Apply the wishes of ``shots`` to their grades. Grades of other shots stay as they are."""
    wishes = {shot.id: shot.wishes for shot in shots}
    return [with_wishes(grade, wishes[grade.shot]) if grade.shot in wishes else grade for grade in grades]


def with_wishes(grade: Grade, wishes: Wishes) -> Grade:
    """Return the grade at the strength and with the trim that are wished, with a reason for each.

    Without a wish the strength is 1 and there is no trim. A rejected grade has strength 0. The share that the solver
    and "do no harm" left stays: a wished strength scales it (0.8 of a halved balance is 0.4), it does not replace it.
    """
    strength = 1.0 if wishes.strength is None else wishes.strength
    reasons = [reason for reason in grade.reasons if reason.kind != "wish"]
    if wishes.verdict == "rejected":
        strength = 0.0
        reasons.append(Reason("wish", "rejected: no strength, as asked"))
    elif wishes.strength is not None:
        reasons.append(Reason("wish", f"strength {strength:g}, as asked"))
    if wishes.trim == Trim():
        return replace(grade, strength=strength, trim=Identity(), reasons=tuple(reasons))
    reasons.append(Reason("wish", f"trimmed by {wishes.trim.words}, as asked"))
    return replace(grade, strength=strength, trim=wishes.trim.cdl, reasons=tuple(reasons))


def wished_before(now: Wishes, before: Wishes) -> Wishes:
    """Complete the wishes of a shot that was cut again by those it had: on strength, verdict and trim.

    A wish that is made now wins. Where the new cut is silent (an EDL cannot hold a wish), the earlier one stands.
    """
    return replace(
        now,
        strength=before.strength if now.strength is None else now.strength,
        verdict=now.verdict or before.verdict,
        trim=before.trim if now.trim == Trim() else now.trim,
    )


def alike(one: Wishes, other: Wishes) -> bool:
    """Whether two shots wish the same strength, verdict and trim of their grades."""
    return (one.strength, one.verdict, one.trim) == (other.strength, other.verdict, other.trim)
