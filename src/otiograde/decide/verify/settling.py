"""Settle: take back what a grade does wrong, in rounds, and say which round won."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from otiograde.color.restraint import restrained
from otiograde.color.transform import Identity, Transform
from otiograde.decide.verify.case import Case, applied, between, difference, health_of, links_of
from otiograde.decide.verify.checks import LARGEST, WORSE, failures
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.survey.link import Link

#: What a shot that ends worse than it began is left of its share, round by round.
ROUNDS = (0.5, 0.0)
#: By how much linked shots must agree better together (median of their held-out pairs) for a correction to have helped.
HELPS = 0.1


def settle(case: Case) -> list[Grade]:
    """Return the grades, in their order, with what does harm taken back: an unhealthy LUT, a shot that ends worse.

    First every LUT is made healthy: as solved, else restrained, else at half strength, else identity. Then a shot whose
    held-out pairs differ more than before loses strength (half, then all) where that helps; a group of linked shots
    that is not better as a whole is left alone. Without pairs nothing can be said of agreement: only LUTs are healed.
    The reasons are those of the grades that are returned: a correction that was taken back leaves no word of itself.
    """
    settled = dict(case.grades)
    for scene in case.scenes:
        room = _Room(case, case.inside(scene), {shot: settled[shot] for shot in scene.shots if shot in settled})
        room.heal()
        room.prove()
        room.say_moves()
        settled.update(room.grades)
    return list(settled.values())


@dataclass
class _Room:
    """One scene while it is settled: grades so far, balances as they would be applied, what the pairs began at."""

    case: Case
    links: list[Link]
    grades: dict[str, Grade]
    balances: dict[str, Transform] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)

    def heal(self) -> None:
        """Give every shot the first of its rounds whose LUT is healthy and whose size can be believed."""
        for shot, solved in list(self.grades.items()):
            proved = bool(links_of(shot, self.links))
            why = ""
            for grade, balance, words in self._rounds(solved):
                wrong = self._wrong(shot, balance, proved)
                if not wrong:
                    self.grades[shot] = _settled(grade, f"{words}: {why}") if why else grade
                    self.balances[shot] = balance
                    break
                why = why or wrong

    def _rounds(self, grade: Grade) -> Iterator[tuple[Grade, Transform, str]]:
        yield grade, applied(grade, self.case.lut_size), "as solved"
        colors = self.case.survey.colors(grade.shot)
        if len(colors):
            eased = replace(grade, balance=restrained(grade.balance, colors))
            yield eased, applied(eased, self.case.lut_size), "ends rolled off and roughness taken out"
        half = _lesser(grade, 0.5)
        yield half, applied(half, self.case.lut_size), "half strength"
        yield _nothing(grade), Identity(), "left as it was"

    def _wrong(self, shot: str, balance: Transform, proved: bool) -> str:
        """Say what is wrong with a balance by itself; nothing when it is healthy."""
        if isinstance(balance, Identity):
            return ""
        colors = self.case.survey.colors(shot)
        said = failures(health_of(balance, colors))
        if not proved and len(colors) and self.case.survey.hdr(shot) is None:
            moved = float(between(colors, balance(colors).clip(0, 1), None).mean())
            if moved > LARGEST:
                said.append(f"a mean correction of ΔE00 {moved:.0f} without proof is not believed")
        return "; ".join(said)

    def prove(self) -> None:
        """Take strength from shots that end worse than they began, worst first, then from groups that do."""
        linked = [shot for shot in self.grades if self._linked(shot)]
        self.began = {shot: difference(self.case, self._linked(shot), None).median for shot in linked}
        solved = {shot: (self.grades[shot], self._median(shot, self.balances)) for shot in linked}
        for share in ROUNDS:
            for shot in self._worse():
                self._try(shot, *solved[shot], share)
        for group in _groups(self.links):
            self._leave_if_worse(group)
        for shot in linked:
            self._tell(shot)

    def _linked(self, shot: str) -> list[Link]:
        return links_of(shot, self.links)

    def _median(self, shot: str, balances: Mapping[str, Transform]) -> float:
        return difference(self.case, self._linked(shot), balances).median

    def _gain(self, shot: str, balances: Mapping[str, Transform]) -> float:
        """By how much a shot's held-out pairs differ more than before; negative is better."""
        return self._median(shot, balances) - self.began[shot]

    def _worse(self) -> list[str]:
        """List shots that end worse than they began and can still give way, worst first, ties in scene order."""
        able = [shot for shot in self.began if not isinstance(self.balances[shot], Identity)]
        gains = {shot: self._gain(shot, self.balances) for shot in able}
        return sorted((shot for shot in able if gains[shot] > WORSE), key=lambda shot: -gains[shot])

    def _try(self, shot: str, solved: Grade, as_solved: float, share: float) -> None:
        """Give a shot this share of its strength if its pairs then agree better and its neighbors do not pay for it."""
        lesser = _lesser(solved, share) if share else _nothing(solved)
        balances = {**self.balances, shot: applied(lesser, self.case.lut_size)}
        if self._median(shot, balances) >= self._median(shot, self.balances) or self._pays(shot, balances):
            return
        words = f"{share:.0%} strength" if share else "left as it was"
        change = f"from {self.began[shot]:.1f} to {as_solved:.1f} {self.case.survey.unit(shot)}"
        why = f"{words}: as solved, its held-out pairs went {change}"
        self.grades[shot], self.balances = _settled(lesser, why), balances

    def _pays(self, shot: str, balances: Mapping[str, Transform]) -> bool:
        """Whether a shot linked with this one would end worse than it began, and than it stands now."""
        others = {other for link in self._linked(shot) for other in (link.a, link.b)} - {shot}
        return any(self._gain(other, balances) > max(WORSE, self._gain(other, self.balances)) for other in others)

    def _leave_if_worse(self, group: frozenset[str]) -> None:
        """Leave linked shots alone that did not get better together, or one of which lost more than they gained."""
        links = [link for link in self.links if link.a in group]
        together = difference(self.case, links, self.balances).median - difference(self.case, links, None).median
        most, loser = max((self._gain(shot, self.balances), shot) for shot in group)
        if most <= max(WORSE, -together) and together <= -HELPS:
            return
        for shot in group:
            if not isinstance(self.balances[shot], Identity):
                change = f"{together:+.1f} {self.case.survey.unit(shot)}, {loser} by {most:+.1f}"
                why = f"left as it was: nothing proves that it helps, the held-out pairs changed by {change}"
                self.grades[shot], self.balances[shot] = _settled(_nothing(self.grades[shot]), why), Identity()

    def _tell(self, shot: str) -> None:
        if not isinstance(self.balances[shot], Identity):
            pairs = difference(self.case, self._linked(shot), self.balances)
            unit = self.case.survey.unit(shot)
            why = f"{pairs.pairs} held-out pairs: {unit} {self.began[shot]:.1f} -> {pairs.median:.1f}"
            self.grades[shot] = _with(self.grades[shot], Reason("evidence", why))

    def say_moves(self) -> None:
        """Begin the reasons of what is corrected with how far, as it will be applied."""
        for shot, grade in self.grades.items():
            colors = self.case.survey.colors(shot)
            if len(colors) and not isinstance(self.balances[shot], Identity):
                moved = between(colors, self.balances[shot](colors).clip(0, 1), self.case.survey.hdr(shot)).mean()
                distance = Reason("moved", f"moved by {self.case.survey.unit(shot)} {moved:.1f}")
                self.grades[shot] = replace(grade, reasons=(distance, *grade.reasons))


def _with(grade: Grade, reason: Reason) -> Grade:
    return replace(grade, reasons=(*grade.reasons, reason))


def _settled(grade: Grade, why: str) -> Grade:
    return _with(grade, Reason("settled", why))


def _lesser(grade: Grade, share: float) -> Grade:
    """Return the grade with this part of its share left; what its reasons said of the whole is not true of it."""
    return replace(grade, share=grade.share * share, reasons=_asked(grade))


def _nothing(grade: Grade) -> Grade:
    """Return the grade without its balance, and without a claim to have corrected anything."""
    return replace(grade, balance=Identity(), confidence="none", reasons=_asked(grade))


def _asked(grade: Grade) -> tuple[Reason, ...]:
    """Return the reasons that repeat what the editor wished: they stay true whatever becomes of the correction."""
    return tuple(reason for reason in grade.reasons if reason.kind == "wish")


def _groups(links: Sequence[Link]) -> list[frozenset[str]]:
    """Return the shots that links connect, group by group, in the order of the links."""
    groups: list[frozenset[str]] = []
    for link in links:
        joined = frozenset({link.a, link.b}).union(*(group for group in groups if group & {link.a, link.b}))
        groups = [group for group in groups if not group & joined] + [joined]
    return groups
