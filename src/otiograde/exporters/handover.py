"""``handover/``: each shot's grade as .cube files for programs that manage color, named by what they take and give.

* ``<shot>.native.…``: the shot's own codes to the same codes, graded. It goes before every input transform.
* ``<shot>.timeline.…``: the same grade in the space of a timeline (ACEScct, DaVinci Intermediate …), for a node behind
  the program's input transform. Log media only: how a program brings SDR, PQ or HLG into its timeline is its choice.
* ``<shot>.display.…``: the shot's own codes to a display, graded and converted, for programs that manage no color.

Names and comments in the files say domain and codomain. *signal* is R'G'B' as legal-range video is usually decoded:
black and white of the file are 0 and 1. *data* is the codes of the file over the largest code. Logs whose curve is
defined on those codes have both. LUTs of linear light are .csp, with a shaper. Applied by OpenColorIO and FFmpeg in the
tests, not in a grading program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cube import format_cube
from otiograde.color.difference import delta_e00
from otiograde.color.encodings import Encoding, encoding
from otiograde.color.logs import DATA_BLACK, DATA_SPAN, ON_DATA
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transfer import decode, encode
from otiograde.color.transform import Chain, Colors, Transform
from otiograde.color.views import from_light, to_view
from otiograde.errors import ExportError
from otiograde.movie.conversion import NODES, Conversion, is_light, label
from otiograde.movie.shaper import format_csp, shaped, shaped_light, to_nodes
from otiograde.movie.tapes import ascii_line
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: The files of this format.
PATHS = ("handover/*",)

#: The space of a timeline, and the encoding of a display, if none is named.
TIMELINE, DISPLAY = "acescct", "bt709"

#: The largest error of a LUT beside its transform, as ΔE00 of the view for 99 % of likely colors. Above, it has
#: ``NODES`` nodes a side.
LARGEST_ERROR = 0.5

#: Light of likely colors: stops from a fifth of diffuse white (mean, spread, least, most), their chroma, their number.
_STOPS, _CHROMA, _COLORS = (-0.3, 2.0, -7.0, 3.5), 0.35, 4000

README = """\
{title}: each shot's grade for programs that manage color, made by otiograde.

native    Takes the shot as its file holds it and gives the same encoding back. It goes first: before an input
          transform, a camera LUT or a look. In Resolve: a clip that bypasses color management, or an unmanaged project.
timeline  Takes and gives {timeline}. It goes on a node behind the input transform of a project whose timeline is in
          that space. Log media only: how SDR, PQ and HLG come into a timeline is each program's choice.
display   Takes the shot as its file holds it and gives {display}, for programs that manage no color.

Values are 0 to 1. signal: black and white of a legal-range file are 0 and 1, as programs usually decode it. data: the
codes of the file over the largest code, as a program gives them that takes the file for full range. A LUT of the wrong
one is plainly off: black is then lifted or crushed. A .csp takes linear light through a shaper. The last columns are
nodes a side, and how far the LUT is from the exact grade: ΔE00 as seen, for 99 % of likely colors.

"""


@dataclass(frozen=True, slots=True)
class Space:
    """What values of a LUT mean."""

    encoding: Encoding
    #: Whether values are codes of the file over the largest code, though the encoding's are spread from legal range.
    data: bool = False

    @property
    def name(self) -> str:
        """The name in files: the encoding and the range."""
        name = label(self.encoding).removesuffix("-full")[:24]
        return name if is_light(self.encoding) else f"{name}-{'data' if self.is_data else 'signal'}"

    @property
    def is_data(self) -> bool:
        """Whether values are codes of the file."""
        return self.data or (self.encoding.transfer in ON_DATA and self.encoding.range == "full")

    def to_signal(self, values: Colors) -> Colors:
        """Return the encoding's code values."""
        return (values - DATA_BLACK) / DATA_SPAN if self.data else values

    def from_signal(self, codes: Colors) -> Colors:
        """Return the values of the encoding's code values."""
        return codes * DATA_SPAN + DATA_BLACK if self.data else codes


@dataclass(frozen=True, slots=True)
class Handed:
    """One LUT that is handed over."""

    shot: str
    kind: str
    domain: Space
    codomain: Space
    #: From code values of the domain's encoding to those of the codomain's.
    transform: Transform
    #: Nodes a side, if they are enough.
    size: int

    @property
    def path(self) -> str:
        """The path in the output folder."""
        end = "csp" if is_light(self.domain.encoding) else "cube"
        return f"handover/{self.shot}.{self.kind}.{self.domain.name}_to_{self.codomain.name}.{end}"

    def __call__(self, rgb: Colors) -> Colors:
        """Convert values of the domain to values of the codomain."""
        return self.codomain.from_signal(self.transform(self.domain.to_signal(rgb)))

    def error(self, size: int) -> float:
        """Return how far a LUT of ``size`` nodes is from the transform: ΔE00 as seen, for 99 % of likely colors."""
        values = np.clip(self.domain.from_signal(from_light(likely_light(), self.domain.encoding)), 0, 1)
        lut, near = self.lut(size), values
        if is_light(self.domain.encoding):
            near = to_nodes(decode(values, "linear"))
        near = lut(near)
        if is_light(self.codomain.encoding):
            near = encode(near, "linear")
        exact, near = (
            srgb_to_lab(np.clip(to_view(self.codomain.to_signal(shown), self.codomain.encoding), 0, 1))
            for shown in (np.clip(self(values), 0, 1), near)
        )
        return float(np.quantile(delta_e00(exact, near), 0.99))

    def measured(self) -> tuple[int, float]:
        """Return the nodes a side that are enough, and the error of the LUT."""
        error = self.error(self.size)
        if error <= LARGEST_ERROR or self.size >= NODES:
            return self.size, error
        return NODES, self.error(NODES)

    def lut(self, size: int, title: str = "") -> Lut3D:
        """Return the LUT; that of light is the lattice behind a shaper."""
        if not is_light(self.domain.encoding):
            return Lut3D.bake(self, size, title)
        return (shaped_light if is_light(self.codomain.encoding) else shaped)(self, size)

    def file(self, size: int, error: float) -> bytes:
        """Return the .cube file, or the .csp of light, with comments that say what it takes and gives."""
        title = f"{self.shot} {self.kind}"
        about = (
            f"domain: {self._described(self.domain)}",
            f"codomain: {self._described(self.codomain)}",
            f"error: {error:.2f} (CIEDE2000 as seen, 99 % of likely colors)",
        )
        if is_light(self.domain.encoding):
            return format_csp(self.lut(size), "; ".join([title, *about])).encode("ascii")
        comments = "".join(f"# {ascii_line(line)}\n" for line in about)
        return (comments + format_cube(self.lut(size, title))).encode("ascii")

    @staticmethod
    def _described(space: Space) -> str:
        if is_light(space.encoding):
            return f"{space.encoding.name} light ({space.encoding.primaries}), 0.18 for a gray card"
        coded, name = space.encoding, space.encoding.name.removesuffix("-full")
        range_ = "data: codes of the file over the largest" if space.is_data else "signal: black and white are 0 and 1"
        return f"{name} ({coded.primaries}, {coded.transfer}), {range_}"


def export(record: GradedTimeline, lut_space: str = TIMELINE, display: str = DISPLAY) -> Mapping[str, bytes]:
    """Return the LUTs, and a README.txt; each LUT is baked on access.

    ``lut_space`` names the space of the timeline, ``display`` the encoding of the display. Raises ``EncodingError`` for
    an unknown name, and ``ExportError`` for a timeline in an encoding of displays.
    """
    timeline, shown = encoding(lut_space), encoding(display)
    if not timeline.is_log:
        raise ExportError(f"--lut-space {lut_space}: a timeline space is scene-referred: acescct, davinci …")
    return _Files(record, timeline, shown)


def notes(record: GradedTimeline) -> list[str]:
    """Return what the LUTs cannot hold."""
    lines = [f"{grade.shot}: {grade.course.note}" for grade in record.grades if grade.course is not None]
    shown = sorted(shot.id for shot in record.edit.shots if not shot.media.encoding.is_log)
    if shown and len(shown) < len(record.edit.shots):
        names = f"{', '.join(shown[:3])}{f' and {len(shown) - 3} more' if len(shown) > 3 else ''}"
        lines.append(f"no timeline LUT for {names}: how SDR, PQ and HLG come into a timeline is each program's choice")
    return lines


def handed(record: GradedTimeline, shot: Shot, timeline: Encoding, display: Encoding) -> list[Handed]:
    """Return the LUTs of a shot."""
    own, size, transform = shot.media.encoding, record.lut_size, record.grade(shot.id).transform
    spaces = [Space(own)]
    if own.transfer in ON_DATA and own.range == "legal":
        spaces.append(Space(own, data=True))
    luts = [Handed(shot.id, "native", space, space, transform, size) for space in spaces]
    if own.is_log and own.family != timeline.family:
        around = Chain((Conversion(timeline, own), transform, Conversion(own, timeline)))
        luts.append(Handed(shot.id, "timeline", Space(timeline), Space(timeline), around, size))
    if own.family != display.family:
        shown = Chain((transform, Conversion(own, display)))
        luts += [Handed(shot.id, "display", space, Space(display), shown, size) for space in spaces]
    return luts


@cache
def likely_light() -> Float64:
    """Return light ``(n, 3)`` as scenes have it: linear, 1 for diffuse white, highlights of some stops above it."""
    draw = np.random.default_rng(0)
    mean, spread, least, most = _STOPS
    stops = draw.normal(mean, spread, (_COLORS, 1)).clip(least, most)
    light: Float64 = 0.2 * 2 ** (stops + draw.normal(0, _CHROMA, (_COLORS, 3)))
    light.setflags(write=False)
    return light


class _Files(Mapping[str, bytes]):
    """The files of a record."""

    def __init__(self, record: GradedTimeline, timeline: Encoding, display: Encoding) -> None:
        self._record, self._timeline, self._display = record, timeline, display
        luts = [lut for shot in record.edit.shots for lut in handed(record, shot, timeline, display)]
        self._luts = {lut.path: lut for lut in luts}
        self._measured: dict[str, tuple[int, float]] = {}

    def __getitem__(self, path: str) -> bytes:
        if path == "handover/README.txt":
            return self._readme().encode("utf-8", errors="replace")
        return self._luts[path].file(*self._measure(path))

    def __iter__(self) -> Iterator[str]:
        yield from self._luts
        yield "handover/README.txt"

    def __len__(self) -> int:
        return len(self._luts) + 1

    def _measure(self, path: str) -> tuple[int, float]:
        if path not in self._measured:
            self._measured[path] = self._luts[path].measured()
        return self._measured[path]

    def _readme(self) -> str:
        lines = []
        for path, lut in self._luts.items():
            size, error = self._measure(path)
            spaces = f"{lut.domain.name} to {lut.codomain.name}"
            lines.append(f"{path.rpartition('/')[2]}  {spaces}  {size}  {error:.2f}\n")
        head = README.format(title=self._record.edit.name, timeline=self._timeline.name, display=label(self._display))
        return head + "".join(lines)
