"""The metadata of HDR that a frame carries: the mastering display, the content's light, and whether there is more."""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from typing import Any

import av
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from otiograde.errors import MediaError
from otiograde.media.flags import without_side_data
from otiograde.record.shot import LightMetadata

#: Units of SMPTE ST 2086 as bitstreams hold them: chromaticity in 0.00002, luminance in 0.0001 cd/m2.
_CHROMATICITY, _LUMINANCE = 50_000, 10_000

#: FFmpeg's number of the side data that holds EXIF. PyAV 18 has no name for it and raises.
_EXIF = 31


def light_metadata(frame: VideoFrame, description: str) -> LightMetadata:
    """Read the metadata of a file's first frame; what is missing or makes no sense is left empty.

    ``description`` is FFmpeg's of the container: it names Dolby Vision where only the container does.
    """
    data = _side_data(frame)
    dynamic = [name for name, kinds in _DYNAMIC.items() if any(kind in data for kind in kinds)]
    if "Dolby Vision" not in dynamic and "DOVI configuration record" in description:
        dynamic.insert(0, "Dolby Vision")
    return LightMetadata(
        _mastering(data.get(Type.MASTERING_DISPLAY_METADATA)),
        _content(data.get(Type.CONTENT_LIGHT_LEVEL)),
        tuple(dynamic),
    )


_DYNAMIC = {
    "Dolby Vision": (Type.DOVI_RPU_BUFFER, Type.DOVI_METADATA),
    "HDR10+": (Type.DYNAMIC_HDR_PLUS,),
    "HDR Vivid": (Type.DYNAMIC_HDR_VIVID,),
}


def check_dolby_vision(description: str) -> None:
    """Raise ``MediaError`` for Dolby Vision without a picture that other decoders show.

    Profile 5, and profiles 10 and 20 without a compatible base layer, hold IPT of PQ that only Dolby Vision's metadata
    turn into colors. ``description`` is as in ``light_metadata``. Source: Dolby Vision Profiles and Levels, 2.2.
    """
    for profile, compatible in _DOVI.findall(description):
        if profile == "5" or (profile in ("10", "20") and compatible == "0"):
            raise MediaError(
                f"Dolby Vision profile {profile} has no picture that anything but Dolby Vision shows: convert it to "
                "HDR10 or HLG first"
            )


#: FFmpeg's line about Dolby Vision in a container.
_DOVI = re.compile(r"DOVI configuration record:.*?profile: (\d+).*?compatibility id: (\d+)")


def _side_data(frame: VideoFrame) -> dict[Type, bytes]:
    for unreadable in (None, _EXIF):
        with suppress(ValueError, av.error.FFmpegError):
            readable = frame if unreadable is None else without_side_data(frame, unreadable)
            container: Any = readable.side_data
            return {kind: bytes(data) for kind in Type if (data := container.get(kind)) is not None}
    return {}


def _mastering(data: bytes | None) -> tuple[int, ...]:
    """Read AVMasteringDisplayMetadata (libavutil/mastering_display_metadata.h): ten fractions, then two flags.

    The order returned is that of ST 2086: green, blue, red, white as x and y, then the most and the least luminance.
    """
    if data is None or len(data) < 88:
        return ()
    numbers = struct.unpack("=22i", data[:88])
    if not (numbers[20] and numbers[21]) or not all(numbers[1:20:2]):
        return ()
    red, green, blue, white = (
        tuple(round(_CHROMATICITY * numbers[k] / numbers[k + 1]) for k in (at, at + 2)) for at in (0, 4, 8, 12)
    )
    least, most = (round(_LUMINANCE * numbers[k] / numbers[k + 1]) for k in (16, 18))
    values = (*green, *blue, *red, *white, most, least)
    return (
        values if 0 <= least < most <= 10_000 * _LUMINANCE and all(0 < v <= _CHROMATICITY for v in values[:8]) else ()
    )


def _content(data: bytes | None) -> tuple[int, ...]:
    """Read AVContentLightMetadata: MaxCLL and MaxFALL in cd/m2 (CTA-861.3)."""
    if data is None or len(data) < 8:
        return ()
    light = struct.unpack("=2I", data[:8])
    return light if 0 < light[0] <= 10_000 and light[1] <= light[0] else ()
