"""Survey: the measurements of an edit. They are discarded once its grades are decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from otiograde.color.encodings import Encoding
from otiograde.record.course import Course
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift
from otiograde.survey.link import Hint, Link
from otiograde.survey.sample import Sample

#: Colors drawn from each shot.
POOL = 3000


@dataclass(frozen=True)
class Survey:
    """The measurements of an edit."""

    #: The measured shots in record order. Of several shots that show the same frames only the first is measured.
    shots: Sequence[Shot]
    #: Samples by shot id, in record order.
    samples: Mapping[str, Sample]
    links: Sequence[Link] = ()
    hints: Sequence[Hint] = ()
    #: Drifts by shot id. A shot of one frame has none.
    drifts: Mapping[str, Drift] = field(default_factory=dict)
    #: For each shot of the edit, the id of the measured shot that shows the same frames.
    twins: Mapping[str, str] = field(default_factory=dict)
    #: What takes the changes inside shots out, by shot id; the samples show the shots without these changes.
    courses: Mapping[str, Course] = field(default_factory=dict)
    #: What was seen inside shots and is left as it is, by shot id.
    left: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _hdr(self) -> Mapping[str, Encoding]:
        return {shot.id: shot.media.encoding for shot in self.shots if shot.media.encoding.is_hdr}

    def hdr(self, shot: str) -> Encoding | None:
        """Return the encoding of an HDR shot, or None for an SDR shot."""
        return self._hdr.get(shot)

    def unit(self, shot: str) -> str:
        """Return the unit of a shot's color differences: ΔE00, or ΔE ITP for HDR."""
        return "ΔE00" if self.hdr(shot) is None else "ΔE ITP"

    def colors(self, shot: str) -> NDArray[np.float64]:
        """Draw usable colors of a shot, code values ``(n, 3)`` in [0, 1]."""
        return self.samples[shot].colors(POOL).astype(np.float64)
