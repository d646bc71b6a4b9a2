"""What a record must hold together: each damage is refused in one clear line, and what otiograde makes passes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from making.hostile_record import hostile_record, quiet_record
from making.media import media
from making.records import begun_at, record_of_media
from making.small_record import small_record
from otiograde.errors import RecordError
from otiograde.record.codec import DEEPEST, depth_of
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.validity import check

MAKERS: list[Callable[[], GradedTimeline]] = [
    small_record,
    hostile_record,
    quiet_record,
    lambda: record_of_media({"a": media("a.mov"), "im": media("im.%04d.exr", kind="sequence", first=1001)}),
    lambda: record_of_media({"pct": media("50%% of.%04d.exr", kind="sequence")}),
    lambda: begun_at(record_of_media({"a": media("a.mov")}), 86_400),
]


def evidence() -> dict[str, Any]:
    return {"a": "wide", "b": "close", "kind": "surfaces", "matches": 1, "pairs": 1, "before": 1, "after": 1,
            "unit": "x", "confidence": 0.5, "at": [0, 0], "places": []}  # fmt: skip


#: Path to a value of ``small_record``, what stands there instead, and what the message says.
DAMAGES: list[tuple[str, Any, str]] = [
    ("edit.shots.0.id", "../../../PWN", "is no id"),
    ("edit.shots.0.id", "a$(touch X)", "is no id"),
    ("edit.shots.0.id", "a.cube:interp=x,metadata=mode=print:file=x", "is no id"),
    ("edit.shots.0.id", "a\nb", "is no id"),
    ("edit.shots.0.id", "nul", "is no id"),
    ("edit.shots.0.id", "", "is no id"),
    ("edit.shots.0.id", "CLOSE", "twice"),
    ("edit.shots.0.where", [99, 99], "leads to nothing"),
    ("edit.shots.0.where", [0, -1], "leads to nothing"),
    ("edit.shots.0.where", [], "leads to nothing"),
    ("edit.shots.0.track", -1, "no track"),
    ("edit.shots.0.speed", "1e999999999", "is not a fraction"),
    ("edit.shots.0.media.pixel_format", "yuva420p,metadata=mode=print:file=x.txt", "no pixel format"),
    ("edit.shots.0.media.encoding.name", "a\nb", "no name of an encoding"),
    ("edit.shots.0.media.encoding.transfer", "x'", "unknown transfer"),
    ("edit.shots.0.media.path", "concat:/etc/passwd", "no path of a file"),
    ("edit.shots.0.media.path", "http://nowhere/x.mp4", "no path of a file"),
    ("edit.shots.0.media.path", "a\0b", "is not a path"),
    ("edit.shots.0.media.digest", "`id`", "hexadecimal"),
    ("edit.shots.0.media.width", 0, "sizes in pixels"),
    ("edit.shots.0.media.rate", "0", "a rate"),
    ("edit.shots.0.media.rate", "1/0", "divides by zero"),
    ("edit.shots.0.media.rate", "9" * 400, "is not a fraction"),
    ("edit.shots.0.media.pixel_aspect", "0", "it is from"),
    ("edit.shots.0.media.pixel_aspect", str(10**29), "it is from"),
    ("edit.shots.0.media.frames", -1, "counted from 0"),
    ("edit.shots.0.media.first", 10**18, "beyond 10"),
    ("edit.shots.0.media.bits", True, "is not a whole number"),
    ("edit.shots.0.wishes.strength", 10**400, "more than 300 digits"),
    ("edit.shots.0.wishes.strength", 2, "from 0 to 1"),
    ("edit.rate", "0", "a rate"),
    ("edit.rate", "1e999999999", "is not a fraction"),
    ("edit.name", "\ud800", "not a text that a file can hold"),
    ("edit.otio", {}, "leads to nothing"),
    ("edit.otio.metadata", {"n": 10**301}, "more than 300 digits"),
    ("edit.otio.metadata", 7, "is no dict"),
    ("edit.otio.tracks", [], "is no dict"),
    ("edit.otio.tracks.children", "x", "is no list"),
    ("edit.otio.tracks.children.0.children.0.source_range", {"start_time": "x"}, "start_time is no dict"),
    ("edit.otio.tracks.children.0.children.0.markers", "x", "markers is no list"),
    ("edit.otio.tracks.children.0.children.0.media_references", {"a": {"target_url": 5}}, "target_url is no str"),
    ("grades.0.shot", "nobody", "is graded"),
    ("grades.0.scene", "street", "is in"),
    ("grades.0.share", 1.5, "from 0 to 1"),
    ("grades.0.balance.matrix", [[None] * 3] * 3, "finite"),
    ("grades.0.balance.matrix", [[1e300] * 3] * 3, "no grade has"),
    ("grades.0.reasons.0.shot", "nobody", "no shot"),
    ("grades", [], "0 grades for 4"),
    ("scenes", [], "in none"),
    ("scenes.0.shots", ["wide", "nobody"], "no shot 'nobody'"),
    ("scenes.0.shots", ["wide", "wide", "close"], "twice"),
    ("scenes.0.hero", "walk", "no shot 'walk'"),
    ("scenes.0.locked", ["walk"], "no shot 'walk'"),
    ("scenes.1.id", "kitchen", "twice"),
    ("findings.0.shot", "nobody", "no shot or scene"),
    ("evidence", [{**evidence(), "b": "nobody"}], "no shot 'nobody'"),
    ("evidence", [{**evidence(), "confidence": 2}], "from 0 to 1"),
    ("evidence", [{**evidence(), "before": -1.0}], "cannot be negative"),
    ("evidence", [{**evidence(), "places": [[None, 0, 0, 0]]}], "no number"),
    ("settings.lut_size", 1_000_000, "it is from 2"),
    ("settings.lut_size", 1, "it is from 2"),
    ("settings.sampling.count", 0, "above 0"),
    ("settings.look_strength", -1, "from 0 to 1"),
    ("settings.steadying", {"mode": "always"}, "none of off, steps, all"),
    ("settings.steadying", {"to": "last"}, "none of first, middle, median"),
    ("grades.0.balance", {"type": "Steady", "saturation": 1.01}, "a number that no grade has"),
    ("grades.0.balance", {"type": "Steady", "gain": [0, -1.5, 0]}, "a number that no grade has"),
    ("grades.0.balance", {"type": "Steady", "gain": [0, 0]}, "3 values are needed"),
    ("settings.look_strength", 1.2, "from 0 to 1"),
    ("settings.look_palette", 2, "from 0 to 1"),
    ("settings.look_as", "wizard", "none of grade, palette, style"),
]


def damaged(path: str, value: Any) -> str:
    values = json.loads(format_record(small_record()))
    *way, last = path.split(".")
    item = values
    for step in way:
        item = item[int(step)] if isinstance(item, list) else item[step]
    item[int(last) if isinstance(item, list) else last] = value
    return json.dumps(values)


@pytest.mark.parametrize(("path", "value", "message"), DAMAGES)
def test_damage_is_refused_in_one_line(path: str, value: Any, message: str) -> None:
    text = damaged(path, value)
    begun = time.process_time()
    with pytest.raises(RecordError, match="this record is damaged: ") as caught:
        parse_record(text)
    assert time.process_time() - begun < 5
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["%s%n%d.png", "%0999999999d.png", "plain.png", "%04d.%04d.png", "%*d.png"])
def test_a_sequence_has_one_number_of_few_digits(name: str) -> None:
    record = record_of_media({"im": media("im.%04d.png", kind="sequence")})
    text = format_record(record).replace("im.%04d.png", name)
    with pytest.raises(RecordError, match=r"edit.shots\[0\].media.path: a sequence has one number"):
        parse_record(text)


def test_the_message_says_where() -> None:
    with pytest.raises(RecordError, match=r"damaged: edit\.shots\[0\]\.media\.rate: '1/0' divides by zero"):
        parse_record(damaged("edit.shots.0.media.rate", "1/0"))


@pytest.mark.parametrize("maker", MAKERS)
def test_what_otiograde_makes_passes_and_is_the_same_again(maker: Callable[[], GradedTimeline]) -> None:
    record = maker()
    check(record)
    text = format_record(record)
    assert format_record(parse_record(text)) == text


def nested(levels: int) -> Any:
    value: Any = 0
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def test_depth_is_bounded() -> None:
    assert depth_of(nested(7)) == 7
    text = format_record(parse_record(damaged("edit.otio.metadata", nested(DEEPEST - 1))))
    assert format_record(parse_record(text)) == text
    with pytest.raises(RecordError, match=f"nested more than {DEEPEST} deep"):
        parse_record(damaged("edit.otio.metadata", nested(DEEPEST)))
    balance: Any = {"type": "Identity"}
    for _ in range(60):
        balance = {"type": "Mix", "transform": balance, "strength": 0.5}
    with pytest.raises(RecordError, match="nested too deeply"):
        parse_record(damaged("grades.0.balance", balance))
    for text in (
        '{"otiograde": 3, "edit": ' + "[" * 100_000,
        '{"otiograde": 3, "edit": ' + '{"a":' * 1000 + "1" + "}" * 1001,
    ):
        with pytest.raises(RecordError):
            parse_record(text)
