"""Media that change while they are graded have a failed finding at the end."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making.clips import write_sequence
from making.graded_wall import UNUSUAL, write_windows
from making.shots import edit, shot
from otiograde.grading import pipeline
from otiograde.grading.pipeline import grade_timeline
from otiograde.grading.watching import changes, states
from otiograde.record.graded import GradedTimeline, format_record, parse_record


def graded_while(change: Any, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> GradedTimeline:
    group = pipeline.group

    def changing(*arguments: Any, **named: Any) -> Any:
        change()
        return group(*arguments, **named)

    monkeypatch.setattr(pipeline, "group", changing)
    return grade_timeline(files, settings=UNUSUAL)


@pytest.mark.parametrize("how", ["replaced", "cut", "removed", "middle"])
def test_media_that_change_fail(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_windows(tmp_path)

    def change() -> None:
        data = files[1].read_bytes()
        if how == "replaced":
            files[0].replace(files[1])
            files[0].write_bytes(data)
        elif how == "cut":
            files[1].write_bytes(data[: len(data) // 2])
        elif how == "removed":
            files[1].unlink()
        else:
            files[1].write_bytes(data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :])
            os.utime(files[1], ns=(0, 1))

    record = graded_while(change, files, monkeypatch)
    failed = {finding.shot for finding in record.findings if finding.check == "media_changed"}
    assert failed == ({"a", "b"} if how == "replaced" else {"b"})
    assert not record.passed
    assert parse_record(format_record(record)) == record


def test_media_that_stay_have_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = graded_while(lambda: None, write_windows(tmp_path), monkeypatch)
    assert not [finding for finding in record.findings if finding.check == "media_changed"]


def test_each_image_of_a_sequence_counts(tmp_path: Path) -> None:
    cut = edit(shot("a", write_sequence(tmp_path), (2, 4)))
    before = states(cut.shots)
    (tmp_path / "im.1002.png").write_bytes(b"not used")
    assert not changes(cut.shots, before)
    (tmp_path / "im.1005.png").unlink()
    assert [finding.shot for finding in changes(cut.shots, before)] == [cut.shots[0].id]


def test_media_that_changed_between_probing_and_grading_fail(tmp_path: Path) -> None:
    cut = edit(shot("a", write_sequence(tmp_path), (2, 4)))
    (one,) = cut.shots
    other = replace(one, media=replace(one.media, digest="0" * 16))
    assert changes([other], states([other]))
