"""Encoders: how a movie can be encoded, by FFmpeg's own encoders or by the machine's hardware.

The command line reads these tables for its choices, so this module loads nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from otiograde.errors import ExportError


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder of FFmpeg with its options and its container."""

    #: FFmpeg's name of the encoder.
    codec: str
    #: The options of the encoder.
    options: tuple[str, ...]
    #: The ending of the file name, without a dot.
    suffix: str
    #: FFmpeg's name of the container.
    muxer: str
    #: The pixel format that it takes; empty for that of the movie.
    pixel_format: str
    #: The audio encoder and its options.
    sound: tuple[str, ...]
    #: Options before the inputs that open the hardware; none for software.
    device: tuple[str, ...] = ()
    #: Filters that bring a frame to the hardware, with a comma in front; none for software.
    upload: str = ""

    @property
    def field_options(self) -> tuple[str, ...]:
        """The options that code the two fields of a frame; none for an encoder that cannot, or is not known to."""
        return ("-flags", "+ilme+ildct") if self.codec in _FIELD_CODECS else ()


#: FFmpeg's encoders that code interlaced frames and flag them. FFV1 codes any lines and flags them.
_FIELD_CODECS = frozenset({"libx264", "prores_ks", "ffv1"})

_AAC = ("-c:a", "aac", "-b:a", "256k")
_PCM = ("-c:a", "pcm_s24le")

#: Name -> encoder. Each was run with FFmpeg 5.1 and 9, and the tags of its files were right.
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

#: The names of encoders that keep fields.
FIELD_ENCODERS = tuple(name for name, encoder in ENCODERS.items() if encoder.field_options)

#: Hardware -> the options of its encoders, those before the inputs, and the filters of a frame. Written from FFmpeg's
#: documentation (https://ffmpeg.org/ffmpeg-codecs.html); none has been run on its hardware.
_HARDWARE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = MappingProxyType({
    "nvenc": (("-preset", "p5", "-rc", "vbr", "-cq", "19", "-b:v", "0"), (), ""),
    "vaapi": (("-rc_mode", "CQP", "-qp", "20"), ("-vaapi_device", "/dev/dri/renderD128"), ",hwupload"),
    "qsv": (("-preset", "slow", "-global_quality", "20"), (), ""),
    "videotoolbox": (("-q:v", "65"), (), ""),
})  # fmt: skip

#: Encoder -> the name of its codec for hardware, the movie's pixel format, that of the hardware, and options.
_HARDWARE_CODECS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = MappingProxyType({
    "x264": ("h264", "yuv420p", "nv12", ()),
    "x265": ("hevc", "yuv420p10le", "p010le", ("-profile:v", "main10", "-tag:v", "hvc1")),
    "svtav1": ("av1", "yuv420p10le", "p010le", ()),
})  # fmt: skip

#: The names of hardware, and of the encoders that hardware can replace.
HARDWARE, HARDWARE_ENCODERS = tuple(_HARDWARE), tuple(_HARDWARE_CODECS)


def find_encoder(name: str, hardware: str = "") -> Encoder:
    """Return the encoder of this name, or the one of ``hardware`` that replaces it.

    Raises ``ExportError`` that lists the names.
    """
    if name not in ENCODERS:
        raise ExportError(f"there is no encoder {name!r}: use one of {', '.join(ENCODERS)}")
    if not hardware:
        return ENCODERS[name]
    if hardware not in _HARDWARE or name not in _HARDWARE_CODECS:
        raise ExportError(
            f"no {hardware} stands in for {name}: {', '.join(HARDWARE)} encode {', '.join(_HARDWARE_CODECS)}"
        )
    options, device, upload = _HARDWARE[hardware]
    codec, pixel_format, hardware_format, codec_options = _HARDWARE_CODECS[name]
    options = (*options, *codec_options)
    upload = f",format={hardware_format}{upload}"
    return Encoder(f"{codec}_{hardware}", options, "mp4", "mp4", pixel_format, _AAC, device, upload)
