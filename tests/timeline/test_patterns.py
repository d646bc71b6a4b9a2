"""Generators that can be drawn: bars and black, by whatever name a program gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from making.otio import clip, gap, item, lasting, read, timeline, track


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SMPTEBars", "bars"),
        ("SMPTE HD Bars", "bars"),
        ("Color Bars", "bars"),
        ("HD Bars and Tone", "bars"),
        ("Black Video", "black"),
        ("slug", "black"),
        ("Clouds", None),
        ("", None),
        (None, None),
    ],
)
def test_what_is_drawn(tmp_path: Path, name: str | None, kind: str | None) -> None:
    drawn = clip("g", lasting(0, 12), item("GeneratorReference.1", generator_kind=name, parameters={}))
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 5)), gap(7), drawn)))
    made = [(pattern.kind, pattern.record.start, pattern.record.count, pattern.where) for pattern in edit.patterns]
    assert made == ([] if kind is None else [(kind, 12, 12, (0, 2))])
    assert [skip.what for skip in edit.skips] == ["gap", "generator"]
