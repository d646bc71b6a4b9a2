"""Settle: reduce or remove grades that do harm, in rounds, and report the round that won."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from otiograde.color.difference import mean_change
from otiograde.color.restraint import restrained
from otiograde.color.transform import Identity, Transform
from otiograde.decide.verify.case import Case, applied, continues, difference, health_of, links_of
from otiograde.decide.verify.checks import LARGEST, WORSE, failures
from otiograde.record.boldness import USUAL, restraint
from otiograde.record.codec import encode
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.survey.link import Link, connected

#: Parts of its share that a shot gets if it ends worse than it began, round by round.
ROUNDS = (0.5, 0.0)
#: A correction helps if the median difference of a group's held-out pairs falls by at least this.
HELPS = 0.1
#: SDR is rendered as the view does, or nearly so, if the pairs with other encodings fall to this part, or to this ΔE00.
FITS, CLOSE = 0.5, 1.0


#: Returns grades that were made from the same before, or makes them: what they are made from, and what makes them.
Remember: TypeAlias = Callable[[Callable[[], str], Callable[[], Sequence[Grade]]], Sequence[Grade]]


def afresh(made_from: Callable[[], str], make: Callable[[], Sequence[Grade]]) -> Sequence[Grade]:
    """Remember nothing: make the grades."""
    del made_from
    return make()


def settle(
    case: Case,
    boldness: Mapping[str, float] = MappingProxyType({}),
    progress: Callable[[str, int, int], None] | None = None,
    remember: Remember = afresh,
) -> list[Grade]:
    """Return the grades, in their order, without the harm: no LUT is unhealthy, and no shot ends worse than it began.

    First every LUT is made healthy: as solved, else restrained, else at half strength, else identity. Then a shot whose
    held-out pairs differ more than before loses half, then all of its strength, if that helps. A group of linked shots
    that is not better as a whole is left alone. So is SDR beside other encodings whose look is not that of the view.
    Without held-out pairs only the LUTs are made healthy. The reasons
    describe the returned grades: a correction that was removed leaves none.

    ``boldness`` is that of each shot in [0, 1], ``USUAL`` by default. At 0 a correction without held-out pairs is left
    out. Above ``USUAL`` a group needs less of an improvement. No boldness lets through what is shown to do harm.
    """
    settled = dict(case.grades)
    for done, scene in enumerate(case.scenes, 1):
        grades = {shot: settled[shot] for shot in scene.shots if shot in settled}
        trial = _SceneUnderTest(case, case.inside(scene), grades, boldness)
        settled.update({grade.shot: grade for grade in remember(trial.made_from, trial.settled)})
        if progress is not None:
            progress("checking", done, len(case.scenes))
    return list(settled.values())


class _Change(NamedTuple):
    """A median difference of held-out pairs before and after grading."""

    #: Names the pairs.
    pairs: str
    before: float
    after: float

    @property
    def growth(self) -> float:
        """How much the difference grows."""
        return self.after - self.before


@dataclass
class _SceneUnderTest:
    """One scene while it is settled."""

    #: All grades with the data they are checked on.
    case: Case
    #: The links inside the scene that are evidence.
    links: list[Link]
    #: The grades so far, by shot id.
    grades: dict[str, Grade]
    #: The boldness of shots that have not the usual one.
    boldness: Mapping[str, float]
    #: The balances of these grades as they are applied, by shot id.
    balances: dict[str, Transform] = field(default_factory=dict)
    #: The median difference of a linked shot's held-out pairs before grading, by shot id.
    began: dict[str, float] = field(default_factory=dict)

    def made_from(self) -> str:
        """Name all that the settled grades depend on."""
        bold = [self.boldness.get(shot, USUAL) for shot in self.grades]
        measured = self.case.survey.digest(self.grades, self.links)
        return repr(("settled", encode(list(self.grades.values())), bold, self.case.lut_size, measured))

    def settled(self) -> list[Grade]:
        """Return the grades without the harm."""
        self.heal()
        self.prove()
        self.add_changes()
        return list(self.grades.values())

    def heal(self) -> None:
        """Give every shot the first of its rounds with a healthy LUT and a believable size."""
        for shot, as_solved in list(self.grades.items()):
            proved = bool(links_of(shot, self.links))
            solved = as_solved if proved else self._held(as_solved)
            why = ""
            for grade, balance, name in self._rounds(solved):
                defects = self._defects(shot, balance, proved)
                if not defects:
                    self.grades[shot] = _settled(grade, f"{name}: {why}") if why else grade
                    self.balances[shot] = balance
                    break
                why = why or defects

    def _rounds(self, grade: Grade) -> Iterator[tuple[Grade, Transform, str]]:
        """Yield the rounds of a shot: the grade, its balance as it is applied, and the name of the round."""
        yield grade, applied(grade, self.case.lut_size), "as solved"
        colors = self.case.survey.colors(grade.shot)
        if len(colors):
            eased = replace(grade, balance=restrained(grade.balance, colors))
            yield eased, applied(eased, self.case.lut_size), "ends rolled off and roughness taken out"
        half = _scaled(grade, 0.5)
        yield half, applied(half, self.case.lut_size), "half strength"
        yield _without_balance(grade), Identity(), "left as it was"

    def _held(self, grade: Grade) -> Grade:
        """Return a grade that no held-out pair proves as its boldness lets it through: at 0, without its balance."""
        if isinstance(grade.balance, Identity) or self.boldness.get(grade.shot, USUAL) > 0:
            return grade
        return _with_reason(_without_balance(grade), Reason("left", "left alone: nothing proves a correction"))

    def _defects(self, shot: str, balance: Transform, proved: bool) -> str:
        """Describe what is wrong with a balance by itself; empty if it is healthy."""
        if isinstance(balance, Identity):
            return ""
        colors = self.case.survey.colors(shot)
        defects = failures(health_of(balance, colors))
        if not proved and len(colors):
            change = mean_change(balance, colors, self.case.survey.encoding(shot))
            if change > LARGEST:
                defects.append(f"a mean correction of ΔE00 {change:.0f} without proof is not believed")
        return "; ".join(defects)

    def prove(self) -> None:
        """Reduce the shots that end worse than they began, worst first, then leave groups alone that do not improve."""
        linked = [shot for shot in self.grades if self._linked(shot)]
        self.began = {shot: difference(self.case, self._linked(shot), None).median for shot in linked}
        for shot in linked:
            self._leave_if_rendered_otherwise(shot)
        solved = {shot: (self.grades[shot], self._worst(shot, self.balances)) for shot in linked}
        for share in ROUNDS:
            for shot in self._worse():
                self._try(shot, *solved[shot], share)
        for group in connected(linked, self.links):
            self._leave_if_worse(group)
        for shot in linked:
            self._add_evidence(shot)

    def _leave_if_rendered_otherwise(self, shot: str) -> None:
        """Leave a shot of SDR alone whose correction does not bring it to the light of other encodings.

        Its codes become light by the inverse of the view. A look of the camera that is another bends them otherwise.
        """
        encoding = self.case.survey.encoding
        across = [link for link in self._linked(shot) if (encoding(link.a) is None) != (encoding(link.b) is None)]
        if isinstance(self.balances[shot], Identity) or encoding(shot) is not None or not across:
            return
        # Two shots that are wrong alike differ little before and after: the link that differs most decides.
        before, most = max((difference(self.case, [link], None).median, number) for number, link in enumerate(across))
        after = difference(self.case, [across[most]], self.balances).median
        if after > max(CLOSE, FITS * before):
            why = (
                f"left as it was: its look is not that of the view, {before:.1f} to {after:.1f} ΔE00 to other encodings"
            )
            self.grades[shot], self.balances[shot] = _settled(_without_balance(self.grades[shot]), why), Identity()

    def _linked(self, shot: str) -> list[Link]:
        return links_of(shot, self.links)

    def _median(self, shot: str, balances: Mapping[str, Transform]) -> float:
        return difference(self.case, self._linked(shot), balances).median

    def _gain(self, shot: str, balances: Mapping[str, Transform]) -> float:
        """Return how much a shot's differences grow at most over the ungraded shot; negative is better."""
        return self._worst(shot, balances).growth

    def _worst(self, shot: str, balances: Mapping[str, Transform]) -> _Change:
        """Return the worst change: that of all of a shot's pairs, or of those at a cut at which the clip continues."""
        links = self._linked(shot)
        changes = [_Change("its held-out pairs", self.began[shot], self._median(shot, balances))]
        for link in filter(continues, links):
            pairs = "the frames at the cut " + (f"from {link.a}" if link.b == shot else f"to {link.b}")
            before, after = (difference(self.case, [link], some).median for some in (None, balances))
            changes.append(_Change(pairs, before, after))
        return max(changes, key=lambda change: change.growth)

    def _worse(self) -> list[str]:
        """List the shots that end worse than they began and still have a balance, worst first, ties in scene order."""
        balanced = [shot for shot in self.began if not isinstance(self.balances[shot], Identity)]
        gains = {shot: self._gain(shot, self.balances) for shot in balanced}
        return sorted((shot for shot in balanced if gains[shot] > WORSE), key=lambda shot: -gains[shot])

    def _try(self, shot: str, solved: Grade, as_solved: _Change, share: float) -> None:
        """Give a shot this part of its share if its pairs then agree better and no linked shot gets worse."""
        reduced = _scaled(solved, share) if share else _without_balance(solved)
        balances = {**self.balances, shot: applied(reduced, self.case.lut_size)}
        if self._gain(shot, balances) >= self._gain(shot, self.balances) or self._harms_others(shot, balances):
            return
        name = f"{share:.0%} strength" if share else "left as it was"
        change = f"from {as_solved.before:.1f} to {as_solved.after:.1f} ΔE00"
        why = f"{name}: as solved, {as_solved.pairs} went {change}"
        self.grades[shot], self.balances = _settled(reduced, why), balances

    def _harms_others(self, shot: str, balances: Mapping[str, Transform]) -> bool:
        """Whether a shot linked with this one would end worse than it began, and worse than it is now."""
        others = {other for link in self._linked(shot) for other in (link.a, link.b)} - {shot}
        return any(self._gain(other, balances) > max(WORSE, self._gain(other, self.balances)) for other in others)

    def _leave_if_worse(self, group: list[str]) -> None:
        """Leave linked shots alone if they did not improve together, or if one lost more than all of them gained."""
        links = [link for link in self.links if link.a in group]
        change = difference(self.case, links, self.balances).median - difference(self.case, links, None).median
        most, loser = max((self._gain(shot, self.balances), shot) for shot in group)
        least = HELPS * max(restraint(self.boldness.get(shot, USUAL)) for shot in group)
        if most <= max(WORSE, -change) and change <= -least:
            return
        for shot in group:
            if not isinstance(self.balances[shot], Identity):
                figures = f"{change:+.1f} ΔE00, {loser} by {most:+.1f}"
                why = f"left as it was: nothing proves that it helps, the held-out pairs changed by {figures}"
                self.grades[shot], self.balances[shot] = _settled(_without_balance(self.grades[shot]), why), Identity()

    def _add_evidence(self, shot: str) -> None:
        """Add a reason with the differences of a corrected shot's held-out pairs."""
        if not isinstance(self.balances[shot], Identity):
            pairs = difference(self.case, self._linked(shot), self.balances)
            why = f"{pairs.pairs} held-out pairs: ΔE00 {self.began[shot]:.1f} -> {pairs.median:.1f}"
            self.grades[shot] = _with_reason(self.grades[shot], Reason("evidence", why))

    def add_changes(self) -> None:
        """Prepend to each corrected shot's reasons the mean color change that its LUT makes."""
        for shot, grade in self.grades.items():
            colors = self.case.survey.colors(shot)
            if len(colors) and not isinstance(self.balances[shot], Identity):
                change = mean_change(self.balances[shot], colors, self.case.survey.encoding(shot))
                moved = Reason("moved", f"moved by ΔE00 {change:.1f}")
                self.grades[shot] = replace(grade, reasons=(moved, *grade.reasons))


def _with_reason(grade: Grade, reason: Reason) -> Grade:
    return replace(grade, reasons=(*grade.reasons, reason))


def _settled(grade: Grade, why: str) -> Grade:
    return _with_reason(grade, Reason("settled", why))


def _scaled(grade: Grade, share: float) -> Grade:
    """Return the grade with this part of its share. Reasons for the full-strength grade are dropped but for doubts."""
    doubts = tuple(reason for reason in grade.reasons if reason.kind == "unproven")
    return replace(grade, share=grade.share * share, reasons=(*_lasting_reasons(grade), *doubts))


def _without_balance(grade: Grade) -> Grade:
    """Return the grade without its balance. Reasons for the balance are dropped."""
    return replace(grade, balance=Identity(), confidence="none", reasons=_lasting_reasons(grade))


def _lasting_reasons(grade: Grade) -> tuple[Reason, ...]:
    """Return the reasons that stay true when the balance changes: the editor's wishes, and what changes in the shot."""
    return tuple(reason for reason in grade.reasons if reason.kind in ("wish", "drift"))
