"""Steps are values: what is no step is refused, and what is one is written as it was read."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otiograde.errors import OtiogradeError, StepError
from otiograde.record.codec import decode, encode
from otiograde.record.shot import Wishes
from otiograde.record.steps import (
    FILTERS,
    ColorBalance,
    ColorLevels,
    ColorTemperature,
    Eq,
    Step,
    ToneCurves,
    Vignette,
    parse_step,
)
from otiograde.timeline.reading import Notes
from otiograde.timeline.wishes import wished_metadata, wishes_of


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("eq:saturation=1.1", Eq(saturation=1.1)),
        ("eq=brightness=0.02:contrast=1.05", Eq(brightness=0.02, contrast=1.05)),
        ("before:colorlevels:rimin=0.02:bimax=0.98", ColorLevels(rimin=0.02, bimax=0.98, side="before")),
        ("after:colortemperature=3200", ColorTemperature(3200.0)),
        ("colorbalance:rs=.1:pl=1", ColorBalance(rs=0.1, pl=True)),
        ("curves:increase_contrast", ToneCurves("increase_contrast")),
        ("curves=r='0/0.05 1/0.95':m=0/0 1/1", ToneCurves(red=((0, 0.05), (1, 0.95)), master=((0, 0), (1, 1)))),
        ("vignette=PI/4", Vignette(math.pi / 4)),
        ("vignette:a=2*PI/9", Vignette(2 * math.pi / 9)),
        ("vignette", Vignette(math.pi / 5)),
    ],
)
def test_ffmpegs_own_spelling_is_read(text: str, step: Step) -> None:
    assert parse_step(text) == step


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no step"),
        ("drawtext:text=hi", "use one of curves"),
        ("before:before:eq", "there is no step 'before'"),
        ("eq:saturation=4", "saturation is from 0 to 3, not 4.0"),
        ("eq:gamma=nan", "gamma is from 0.1 to 10"),
        ("eq:contrast=inf", "contrast is from"),
        ("eq:contrast=1:contrast=2", "given twice"),
        ("eq:eval=frame", "eq has no option 'eval'"),
        ("eq:saturation=t/10", "saturation cannot be 't/10'"),
        ("eq:saturation=1,movie=/etc/passwd", "cannot be"),
        ("eq:saturation=1[x];[x]null", "cannot be"),
        ("eq:side=before", "has no option 'side'"),
        ("curves:psfile=/etc/passwd", "has no option 'psfile'"),
        ("curves:plot=/tmp/x", "has no option 'plot'"),
        ("curves:preset=lighter,null", "cannot be"),
        ("curves:preset=lighter:r=0/0 1/1", "not both"),
        ("curves:r=0/0 0/1", "rise in x"),
        ("curves:r=0/0", "two points"),
        ("curves:r=0/0 1/2", "from 0 to 1"),
        ("curves:r=0/0 1", "cannot be"),
        ("curves:r=0/0 1/nan", "from 0 to 1"),
        ("colorlevels:rimin=-0.1", "rimin is from 0 to 1"),
        ("colorlevels:rimin=0.5:rimax=0.5", "above rimin"),
        ("colortemperature:temperature=100", "1000 to 40000"),
        ("vignette:PI/0", "angle cannot be"),
        ("vignette:angle=PI", "angle is from 0"),
        ("vignette:x0=random(1)", "has no option 'x0'"),
    ],
)
def test_what_is_no_step_is_refused(text: str, said: str) -> None:
    with pytest.raises(StepError, match=re.escape(said)):
        parse_step(text)


def test_values_are_checked_where_nothing_is_parsed() -> None:
    with pytest.raises(StepError, match="no preset"):
        ToneCurves("lighter,null")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Eq(saturation="1,null")  # type: ignore[arg-type]
    with pytest.raises(StepError):
        replace(Eq(), gamma=0.0)


def steps() -> st.SearchStrategy[Step]:
    def of(kind: type[Step]) -> st.SearchStrategy[Step]:
        numbers = {name: st.floats(*limits) for name, limits in kind.LIMITS.items()}
        return st.fixed_dictionaries({}, optional=numbers | {"side": st.sampled_from(["before", "after"])}).map(
            lambda values: _legal(kind, values)
        )

    return st.one_of(*(of(kind) for kind in FILTERS.values())).filter(bool)


def _legal(kind: type[Step], values: dict[str, object]) -> Step | None:
    try:
        return kind(**values)  # type: ignore[arg-type]
    except StepError:
        return None


@given(step=steps())
def test_written_and_read_again(step: Step) -> None:
    assert parse_step(str(step)) == step
    assert re.fullmatch(r"[a-z0-9_:=.+-]+", str(step))
    assert decode(Wishes, encode(Wishes(steps=(step,)))) == Wishes(steps=(step,))


@given(x=st.lists(st.integers(0, 1000), min_size=2, max_size=6, unique=True), y=st.floats(0, 1))
def test_curves_are_written_and_read_again(x: list[int], y: float) -> None:
    step = ToneCurves(green=tuple((value / 1000, y) for value in sorted(x)), side="before")
    assert parse_step(str(step)) == step


@given(text=st.text(max_size=40) | st.text("eqcurvs:=/,;[]'\\0123.\n", max_size=30).map("eq:".__add__))
def test_any_text_is_a_step_or_an_error_of_ours(text: str) -> None:
    try:
        step = parse_step(text)
    except OtiogradeError as error:
        said = str(error)
    else:
        said = str(step)
        assert parse_step(said) == step
    assert said.isprintable()


def test_wishes_in_metadata_and_markers() -> None:
    notes = Notes()
    marks = ["otiograde: step=vignette, hero", "otiograde: step=eq:saturation=1.1"]
    wishes = wishes_of({}, marks, "a", notes, lambda _: None)
    assert wishes.steps == (Eq(saturation=1.1), Vignette())
    own = {"otiograde": {"steps": ["before:colortemperature:5000", "vignette"]}}
    assert wishes_of(own, marks, "a", notes, lambda _: None).steps == (
        ColorTemperature(5000.0, side="before"),
        Vignette(),
    )
    assert not notes.lines()
    for bad in (["eq:saturation=9"], [{"eq": 1}], 7, "null"):
        assert wishes_of({"otiograde": {"steps": bad}}, [], "a", notes, lambda _: None).steps == ()
    assert all("step ignored" in line for line in notes.lines())


def test_wishes_go_back_into_the_edit(tmp_path) -> None:  # type: ignore[no-untyped-def]
    wishes = Wishes(steps=(Eq(saturation=1.1),))
    assert wished_metadata({}, wishes, Wishes(), tmp_path) == {"steps": ["eq:saturation=1.1"]}
    assert wished_metadata({"steps": ["eq:saturation=1.1"]}, Wishes(), wishes, tmp_path) == {}
