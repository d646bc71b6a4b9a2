"""Generators whose picture can be drawn: color bars and black."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from otiograde.record.edit import Pattern, Skip
from otiograde.timeline.tree import Use, reference_of, schema

#: Names that programs give to generators, in lower case and letters only.
_BARS = frozenset({"smptebars", "smptehdbars", "smptecolorbars", "hdbars", "colorbars", "colourbars", "bars"})
_BLACK = frozenset({"black", "blackvideo", "slug"})


def patterns_of(uses: Iterable[Use | Skip], rate: Fraction) -> tuple[Pattern, ...]:
    """Make patterns of the known generators among ``uses``, at ``rate`` frames a second; others stay black."""
    patterns = []
    for use in uses:
        reference = {} if isinstance(use, Skip) else reference_of(use.clip)
        if isinstance(use, Skip) or schema(reference) != "GeneratorReference":
            continue
        kind = re.sub("[^a-z]", "", str(reference.get("generator_kind")).casefold())
        record = use.view.record(rate)
        bars = kind in _BARS or "barsandtone" in kind  # "HD Bars and Tone", "Bars and Tone (NTSC)"
        if (bars or kind in _BLACK) and record.count > 0:
            patterns.append(Pattern("bars" if bars else "black", record, use.where))
    return tuple(patterns)
