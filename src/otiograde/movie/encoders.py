"""Encoders: the forms a movie can be delivered in, by FFmpeg's own encoders or those of the machine's hardware.

The command line reads these tables for its choices, so this module loads nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from otiograde.errors import ExportError


@dataclass(frozen=True, slots=True)
class Encoder:
    """One form of delivery: FFmpeg's ``codec`` with its ``options``, the container, and what it takes.

    ``pixel_format`` is what it takes (empty: the film's own), ``sound`` the audio encoder's options. ``device`` stands
    before the inputs and ``upload`` are the filters that bring a frame to it, where hardware encodes.
    """

    codec: str
    options: tuple[str, ...]
    suffix: str
    muxer: str
    pixel_format: str
    sound: tuple[str, ...]
    device: tuple[str, ...] = ()
    upload: str = ""


_AAC = ("-c:a", "aac", "-b:a", "256k")
_PCM = ("-c:a", "pcm_s24le")

#: Name -> form. Each was run in FFmpeg 5.1 and 9 with right tags.
ENCODERS: Mapping[str, Encoder] = MappingProxyType({
    "x264": Encoder("libx264", ("-preset", "medium", "-crf", "18"), "mp4", "mp4", "", _AAC),
    "x265": Encoder(
        "libx265", ("-preset", "medium", "-crf", "18", "-tag:v", "hvc1", "-x265-params", "log-level=error"),
        "mp4", "mp4", "yuv420p10le", _AAC,
    ),
    "prores": Encoder("prores_ks", ("-profile:v", "3", "-vendor", "apl0"), "mov", "mov", "yuv422p10le", _PCM),
    "prores4444": Encoder("prores_ks", ("-profile:v", "4", "-vendor", "apl0"), "mov", "mov", "yuv444p10le", _PCM),
    "dnxhr": Encoder("dnxhd", ("-profile:v", "dnxhr_hqx"), "mov", "mov", "yuv422p10le", _PCM),
    "ffv1": Encoder("ffv1", ("-level", "3", "-slices", "4"), "mkv", "matroska", "", _PCM),
    "svtav1": Encoder("libsvtav1", ("-preset", "6", "-crf", "22"), "mp4", "mp4", "yuv420p10le", _AAC),
})  # fmt: skip

#: Kind of hardware -> the options of its encoders, what stands before the inputs, and what a frame passes through.
#: Written from FFmpeg's documentation (https://ffmpeg.org/ffmpeg-codecs.html); none has been run on its hardware.
_KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = MappingProxyType({
    "nvenc": (("-preset", "p5", "-rc", "vbr", "-cq", "19", "-b:v", "0"), (), ""),
    "vaapi": (("-rc_mode", "CQP", "-qp", "20"), ("-vaapi_device", "/dev/dri/renderD128"), ",hwupload"),
    "qsv": (("-preset", "slow", "-global_quality", "20"), (), ""),
    "videotoolbox": (("-q:v", "65"), (), ""),
})  # fmt: skip

#: Encoder -> the hardware's name of the codec, the film's pixel format, the same as hardware has it, and its options.
_CODECS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = MappingProxyType({
    "x264": ("h264", "yuv420p", "nv12", ()),
    "x265": ("hevc", "yuv420p10le", "p010le", ("-profile:v", "main10", "-tag:v", "hvc1")),
    "svtav1": ("av1", "yuv420p10le", "p010le", ()),
})  # fmt: skip

#: The kinds of hardware, and the encoders that they stand in for, by name.
HARDWARE, HARDWARE_ENCODERS = tuple(_KINDS), tuple(_CODECS)


def encoder(name: str, hardware: str = "") -> Encoder:
    """The encoder of this name, or the one that ``hardware`` has in its place.

    Raises ``ExportError`` that lists the names.
    """
    if name not in ENCODERS:
        raise ExportError(f"there is no encoder {name!r}: use one of {', '.join(ENCODERS)}")
    if not hardware:
        return ENCODERS[name]
    if hardware not in _KINDS or name not in _CODECS:
        raise ExportError(f"no {hardware} stands in for {name}: {', '.join(HARDWARE)} encode {', '.join(_CODECS)}")
    options, device, upload = _KINDS[hardware]
    codec, pixel_format, own, more = _CODECS[name]
    whole = (*options, *more)
    return Encoder(f"{codec}_{hardware}", whole, "mp4", "mp4", pixel_format, _AAC, device, f",format={own}{upload}")
