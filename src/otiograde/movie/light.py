"""The HDR metadata of a movie: kept where it stays true and the encoder writes it, else named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from otiograde.movie.encoders import Encoder
from otiograde.record.shot import Shot

#: Filters that take a source's metadata of light off a frame, with a comma behind. FFmpeg from 7 on passes it along,
#: whatever was done to the picture; before, it is lost with the segments.
UNLIT = "sidedata=mode=delete:type=MASTERING_DISPLAY_METADATA,sidedata=mode=delete:type=CONTENT_LIGHT_LEVEL,"


def mastering_of(shots: Iterable[Shot]) -> tuple[int, ...]:
    """Return the mastering display of a movie: that of its shots if all of them state one and the same, else none."""
    stated = {shot.media.light.mastering for shot in shots}
    return stated.pop() if len(stated) == 1 else ()


def with_mastering(encoder: Encoder, mastering: tuple[int, ...]) -> Encoder:
    """Return the encoder with the options that write a mastering display; unchanged for one that cannot."""
    if not mastering or encoder.codec not in ("libx265", "libsvtav1"):
        return encoder
    if encoder.codec == "libx265":
        params = f"hdr10=1:master-display={_written(mastering, 1, 1)}"
        options = [f"{option}:{params}" if option.startswith("log-level") else option for option in encoder.options]
        return replace(encoder, options=tuple(options))
    params = f"mastering-display={_written(mastering, 50_000, 10_000)}"
    return replace(encoder, options=(*encoder.options, "-svtav1-params", params))


def light_notes(shots: Iterable[Shot], encoder: Encoder) -> list[str]:
    """Name the HDR metadata of the shots that the movie does not have, and why."""
    shots = list(shots)
    notes = []
    mastering = mastering_of(shots)
    if any(shot.media.light.mastering for shot in shots) and with_mastering(encoder, mastering) == encoder:
        why = f"{encoder.codec} does not write it" if mastering else "the shots do not state one and the same"
        notes.append(f"the mastering display (SMPTE ST 2086) is left out: {why}")
    if any(shot.media.light.content for shot in shots):
        notes.append("MaxCLL and MaxFALL are left out: a grade changes the light of the content")
    dynamic = dict.fromkeys(name for shot in shots for name in shot.media.light.dynamic)
    if dynamic:
        notes.append(f"{' and '.join(dynamic)} is left out: it describes the picture before it was graded")
    return notes


def _written(mastering: tuple[int, ...], chromaticity: int, luminance: int) -> str:
    """Write a mastering display as encoders read it, in these parts of its units."""
    points = [
        f"({x / chromaticity:g},{y / chromaticity:g})" for x, y in zip(mastering[:8:2], mastering[1:8:2], strict=True)
    ]
    ends = ",".join(f"{value / luminance:.10g}" for value in mastering[8:])
    return "".join(f"{name}{point}" for name, point in zip(("G", "B", "R", "WP"), points, strict=True)) + f"L({ends})"
