"""Survey: the measurements of an edit. They are discarded once its grades are decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from otiograde.color.alike import Traits
from otiograde.color.encodings import Encoding
from otiograde.record.course import Course
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift
from otiograde.survey.families import Doubt
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
    #: Doubts about the encodings, by shot id.
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    #: What the shots look like, in their order. None: it was not measured.
    traits: Traits | None = None
    #: The media frame at which another picture begins inside a shot, as after a cut, by shot id.
    inside: Mapping[str, int] = field(default_factory=dict)

    def encoding(self, shot: str) -> Encoding | None:
        """Return the encoding of a shot whose codes are seen through a view; None for SDR."""
        return self.samples[shot].encoding

    def colors(self, shot: str) -> NDArray[np.float64]:
        """Draw usable colors of a shot, code values ``(n, 3)`` in [0, 1]."""
        return self.samples[shot].colors(POOL).astype(np.float64)

    def digest(self, shots: Iterable[str], links: Iterable[Link]) -> str:
        """Return a digest of what was measured of some shots, and of links between them."""
        samples = [(shot, self.samples[shot]) for shot in shots]
        parts = [(shot, sample.digest(), sample.notes, sample.encoding) for shot, sample in samples]
        return hashlib.sha256(repr((parts, [link.digest for link in links])).encode(errors="replace")).hexdigest()
