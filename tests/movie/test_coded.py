"""Every format names the media that its program would convert, and says what to do. Plain SDR is never named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from making.media import media
from making.records import MakeRecord
from otiograde.color.encodings import ENCODINGS, Encoding, encoding_of
from otiograde.exporters import notes_of

#: Format -> a part of what it says about log.
SAID = {
    "fcpxml": "set its Camera LUT to None",
    "resolve": "--bypassed",
    "premiere": "converts log before Lumetri",
    "edl": "before any input transform",
    "ale": "before any input transform",
    "cdl": "before any input transform",
    "clf": "before any input transform",
    "hald": "before any input transform",
    "nuke": "only ocio/config.ocio has",
    "mlt": "nothing converts them here",
    "kdenlive": "nothing converts them here",
    "handover": "no timeline LUT for tv",
}


@pytest.mark.parametrize("name", SAID)
def test_a_format_says_what_its_program_does(name: str, make_record: MakeRecord) -> None:
    slog3 = encoding_of("sgamut3cine", "slog3", "bt709", "legal")
    coded: dict[str, Encoding] = {"log": slog3, "tv": ENCODINGS["bt709"]}
    mixed = make_record({shot: replace(media(f"{shot}.mov"), encoding=one) for shot, one in coded.items()})
    assert any(SAID[name] in note for note in notes_of(name, mixed))
    plain = make_record({shot: media(f"{shot}.mov") for shot in coded})
    assert not notes_of(name, plain)


def test_a_config_names_curves_that_it_cannot_hold(make_record: MakeRecord) -> None:
    nlog = encoding_of("bt2020", "nlog", "bt2020nc", "legal")
    record = make_record({"one": replace(media("one.mov"), encoding=nlog)})
    assert notes_of("ocio", record) == ["nothing converts bt2020 nlog to light: a config cannot hold its curve"]
