"""Plain storylines are read as OpenTimelineIO's adapter reads them, which knows no more than these.

Tests: timeline/fcpxml_story.py
"""

from __future__ import annotations

import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
from hypothesis import given, settings
from hypothesis import strategies as st

from making.fcpxml import clip, document, read

#: Of each item: whether it is a clip, its start and length in frames.
ITEMS = st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(1, 40)), min_size=1, max_size=8)


def items_of(track: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, start and length in frames of each item ; of gaps only the length of them together."""
    items: list[tuple[str, float, float]] = []
    for item in track["children"]:
        source = item["source_range"]
        length = source["duration"]["value"]
        if item["OTIO_SCHEMA"].startswith("Clip"):
            items.append((item["name"], source["start_time"]["value"], length))
        elif items and not items[-1][0]:
            items[-1] = ("", 0, items[-1][2] + length)
        else:
            items.append(("", 0, length))
    return items


@settings(max_examples=40, deadline=None)
@given(ITEMS)
def test_a_plain_storyline(items: list[tuple[bool, int, int]]) -> None:
    spine, at = "", Fraction(0)
    for number, (is_clip, start, length) in enumerate([*items, (True, 3, 5)]):
        # 1/100 of a frame more, of which the adapter keeps none: it would count 7/24 s as 6 frames
        times = {"offset": at, "start": Fraction(start, 24), "duration": Fraction(length, 24)}
        times = {key: value + Fraction(1, 2400) if value else value for key, value in times.items()}
        spine += clip("m24", f"clip {number}", **times) if is_clip else clip("", "Gap", tag="gap", **times)
        at += Fraction(length, 24)
    text = document(spine)
    amended = text.replace('hasVideo="1"', 'src="m24.mp4" hasVideo="1"')
    reading = otio.adapters.read_from_string(amended, "fcpx_xml")
    theirs = json.loads(reading[0].to_json_string())
    with tempfile.TemporaryDirectory() as folder:
        ours = read(Path(folder), text).otio
    (wanted,) = (track for track in theirs["tracks"]["children"] if track["kind"] == "Video")
    found = ours["tracks"]["children"][0]
    rounded = [(name, round(start), length) for name, start, length in items_of(found)]
    assert rounded == items_of(wanted)
