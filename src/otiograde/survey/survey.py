"""Survey: what is measured of an edit and thrown away once its grades are decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from otiograde.color.encodings import Encoding
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift
from otiograde.survey.link import Hint, Link
from otiograde.survey.sample import Sample

#: Colors drawn from a shot.
POOL = 3000


@dataclass(frozen=True)
class Survey:
    """What was measured of an edit.

    ``shots`` are those that were measured, in record order: of shots that show the same frames only the first.
    ``twins`` maps each shot of the edit to the one that stands for it. ``samples`` and ``drifts`` are by shot id; a
    shot of one frame has no drift.
    """

    shots: Sequence[Shot]
    samples: Mapping[str, Sample]
    links: Sequence[Link] = ()
    hints: Sequence[Hint] = ()
    drifts: Mapping[str, Drift] = field(default_factory=dict)
    twins: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _hdr(self) -> Mapping[str, Encoding]:
        return {shot.id: shot.media.encoding for shot in self.shots if shot.media.encoding.is_hdr}

    def hdr(self, shot: str) -> Encoding | None:
        """Return the encoding of an HDR shot, None for SDR."""
        return self._hdr.get(shot)

    def unit(self, shot: str) -> str:
        """Name what differences of a shot are counted in: ΔE00, or ΔE ITP for HDR."""
        return "ΔE00" if self.hdr(shot) is None else "ΔE ITP"

    def colors(self, shot: str) -> NDArray[np.float64]:
        """Draw usable colors of a shot, code values ``(n, 3)`` in [0, 1]."""
        return self.samples[shot].colors(POOL).astype(np.float64)
