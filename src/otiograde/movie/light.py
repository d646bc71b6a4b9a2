"""The HDR metadata of a movie: kept where it stays true and the encoder writes it, else named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from otiograde.color.encodings import Encoding
from otiograde.movie.encoders import Encoder
from otiograde.record.shot import LightMetadata, Shot

#: Filters that take a source's metadata of light off a frame, with a comma behind. FFmpeg from 7 on passes it along,
#: whatever was done to the picture; before, it is lost with the segments.
UNLIT = "sidedata=mode=delete:type=MASTERING_DISPLAY_METADATA,sidedata=mode=delete:type=CONTENT_LIGHT_LEVEL,"


@dataclass(frozen=True, slots=True)
class _Writing:
    """How an encoder of FFmpeg is told the metadata of light."""

    #: The option that holds parameters of the encoder itself.
    option: str
    #: The names of the two parameters.
    mastering: str
    content: str
    #: Parts of the units of SMPTE ST 2086 in which it reads chromaticity and luminance.
    chromaticity: int = 1
    luminance: int = 1


_WRITING: Mapping[str, _Writing] = MappingProxyType({
    "libx264": _Writing("-x264-params", "mastering-display", "cll"),
    "libx265": _Writing("-x265-params", "master-display", "max-cll"),
    "libsvtav1": _Writing("-svtav1-params", "mastering-display", "content-light", 50_000, 10_000),
})  # fmt: skip


def mastering_of(shots: Iterable[Shot], target: Encoding | None = None) -> tuple[int, ...]:
    """Return the mastering display of a movie in the encoding ``target``: the widest of those that its shots state.

    None of it is returned if a shot states none, or is converted: it was not made on that display.
    """
    stated = {shot.media.light.mastering for shot in shots if _is_valid(shot.media.light.mastering)}
    shots = list(shots)
    if any(not _is_valid(shot.media.light.mastering) for shot in shots) or not stated:
        return ()
    if target is not None and (not target.is_hdr or any(shot.media.encoding.family != target.family for shot in shots)):
        return ()
    widest = max(sorted(stated), key=_area)
    return (*widest[:8], max(values[8] for values in stated), min(values[9] for values in stated))


def _is_valid(mastering: Sequence[int]) -> bool:
    """Whether a mastering display makes sense: zeros, which some files have, stand for nothing."""
    return len(mastering) == 10 and all(mastering[:8]) and 0 <= mastering[9] < mastering[8] and _area(mastering) > 0


def _area(mastering: Sequence[int]) -> int:
    """Return twice the area of the triangle of a display's primaries."""
    (gx, gy), (bx, by), (rx, ry) = (mastering[at : at + 2] for at in (0, 2, 4))
    return abs((bx - gx) * (ry - gy) - (rx - gx) * (by - gy))


def with_light(encoder: Encoder, light: LightMetadata) -> Encoder:
    """Return the encoder with the options that write a mastering display and the light of the content.

    It is unchanged for an encoder that cannot, and where nothing is stated.
    """
    writing = _WRITING.get(encoder.codec)
    params = []
    if writing is None:
        return encoder
    if light.mastering:
        written = _written(light.mastering, writing.chromaticity, writing.luminance)
        params.append(f"{writing.mastering}={written}")
    if light.content:
        params.append(f"{writing.content}={light.content[0]},{light.content[1]}")
    if not params:
        return encoder
    text = ":".join(["hdr10=1", *params] if encoder.codec == "libx265" else params)
    options = list(encoder.options)
    if writing.option in options:
        at = options.index(writing.option) + 1
        options[at] = f"{options[at]}:{text}"
    else:
        options += [writing.option, text]
    return replace(encoder, options=tuple(options))


def writes_light(encoder: Encoder) -> bool:
    """Whether an encoder writes the metadata of light."""
    return encoder.codec in _WRITING


#: The note of a movie that does not state MaxCLL and MaxFALL, though its shots do.
CONTENT_LEFT_OUT = "MaxCLL and MaxFALL are left out: a grade changes the light of the content"


def light_notes(shots: Iterable[Shot], encoder: Encoder, target: Encoding | None = None) -> list[str]:
    """Name the HDR metadata of the shots that a movie in the encoding ``target`` does not have, and why."""
    shots = list(shots)
    notes = []
    stated = {shot.media.light.mastering for shot in shots if shot.media.light.mastering}
    mastering = mastering_of(shots, target)
    if stated and not (mastering and writes_light(encoder)):
        why = f"{encoder.codec} does not write it" if mastering else _why_none(shots, target)
        notes.append(f"the mastering display (SMPTE ST 2086) is left out: {why}")
    elif len(stated) > 1:
        notes.append("the mastering displays (SMPTE ST 2086) of the shots differ: the widest is written")
    if any(shot.media.light.content for shot in shots):
        notes.append(CONTENT_LEFT_OUT)
    dynamic = dict.fromkeys(name for shot in shots for name in shot.media.light.dynamic)
    if dynamic:
        notes.append(f"{' and '.join(dynamic)} is left out: it describes the picture before it was graded")
    return notes


def _why_none(shots: Sequence[Shot], target: Encoding | None) -> str:
    if target is not None and not target.is_hdr:
        return "the movie is neither PQ nor HLG"
    if target is not None and any(shot.media.encoding.family != target.family for shot in shots):
        return "shots of other encodings were not made on it"
    if any(shot.media.light.mastering and not _is_valid(shot.media.light.mastering) for shot in shots):
        return "its numbers make no sense"
    return "not every shot states one"


def _written(mastering: tuple[int, ...], chromaticity: int, luminance: int) -> str:
    """Write a mastering display as encoders read it, in these parts of its units."""
    points = [
        f"({x / chromaticity:g},{y / chromaticity:g})" for x, y in zip(mastering[:8:2], mastering[1:8:2], strict=True)
    ]
    ends = ",".join(f"{value / luminance:.10g}" for value in mastering[8:])
    return "".join(f"{name}{point}" for name, point in zip(("G", "B", "R", "WP"), points, strict=True)) + f"L({ends})"
