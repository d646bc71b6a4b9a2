"""AAF files as Avid writes them, made with pyaaf2: one track of pictures whose segments a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aaf2


class Composer:
    """Makes the segments of one composition at 24 edit units a second."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def clip(self, name: str, start: int, length: int) -> Any:
        """A source clip of a master mob of 500 frames, which has a file."""
        source = self.file.create.SourceMob(f"{name}.mov")
        source.descriptor = self.file.create.ImportDescriptor()
        locator = self.file.create.NetworkLocator()
        locator["URLString"].value = f"file:///media/{name}.mov"
        source.descriptor["Locator"].append(locator)
        self.file.content.mobs.append(source)
        held = source.create_timeline_slot(24)
        held.segment = self.file.create.SourceClip(length=500, media_kind="picture")
        master = self.file.create.MasterMob(name)
        self.file.content.mobs.append(master)
        slot = master.create_timeline_slot(24)
        slot.segment = source.create_source_clip(held.slot_id, start=0, length=500, media_kind="picture")
        return master.create_source_clip(slot.slot_id, start=start, length=length, media_kind="picture")

    def filler(self, length: int) -> Any:
        return self.file.create.Filler("picture", length)

    def pulldown(self, segment: Any, length: int) -> Any:
        """A segment inside a pulldown, which OpenTimelineIO's adapter passes over."""
        pulldown = self.file.create.Pulldown()
        pulldown.media_kind = "picture"
        pulldown.length = length
        pulldown["InputSegment"].value = segment
        pulldown["PulldownKind"].value = "TwoThreePD"
        pulldown["PulldownDirection"].value = "FilmToTapeSpeed"
        pulldown["PhaseFrame"].value = 0
        return pulldown


def write_aaf(path: Path, segments: Callable[[Composer], Sequence[Any]]) -> Path:
    """Write a file with these segments on one track."""
    with aaf2.open(str(path), "w") as file:
        composition = file.create.CompositionMob("film")
        composition.usage = "Usage_TopLevel"
        file.content.mobs.append(composition)
        sequence = file.create.Sequence(media_kind="picture")
        made = list(segments(Composer(file)))
        for segment in made:
            sequence.components.append(segment)
        sequence.length = sum(segment.length for segment in made)
        slot = composition.create_timeline_slot(24)
        slot.segment = sequence
    return path
