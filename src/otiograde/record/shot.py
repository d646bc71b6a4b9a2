"""Shot: one clip's use of one source range, and the media it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from otiograde.color.encodings import Encoding
from otiograde.color.trim import Trim
from otiograde.record.settings import AnchorKind
from otiograde.record.steps import Step

#: What somebody who looked at a shot's grade said of it.
Verdict: TypeAlias = Literal["accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class FrameRange:
    """``count`` whole frames from frame ``start`` on, at ``rate`` frames a second. No float seconds anywhere inside."""

    start: int
    count: int
    rate: Fraction

    @property
    def end(self) -> int:
        """The frame after the last one."""
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Media:
    """What a media file is, as its container and first frame tell.

    ``path`` of a sequence is a printf pattern (``shot.%04d.png``, a literal ``%`` doubled) and ``first`` the number of
    its first image. ``frames`` counts from 0 in presentation order. ``timecode`` is the frame number that the
    container's start timecode gives to frame 0 (0 when it has none). ``origin`` says where the encoding came from.
    ``start`` is the time stamp of frame 0 in seconds, None where frame n does not surely lie ``n / rate`` after it
    although the rate does not vary.
    ``digest`` tells whether the file (a sequence's first image) is still the same; empty where nobody looked.
    ``drop_frame`` says that its timecode is written drop-frame (SMPTE ST 12-1, 5.2).
    """

    path: Path
    kind: Literal["video", "still", "sequence"]
    width: int
    height: int
    rate: Fraction
    frames: int
    pixel_format: str
    bits: int
    encoding: Encoding
    origin: Literal["command line", "clip metadata", "container tags", "assumption"]
    chroma_location: Literal["left", "center", "topleft"] = "left"
    pixel_aspect: Fraction = Fraction(1)
    timecode: int = 0
    first: int = 0
    variable_rate: bool = False
    audio: bool = False
    start: Fraction | None = None
    digest: str = ""
    drop_frame: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the editor asked of one shot, in the edit's metadata, its markers or on the command line.

    ``look`` is the still or .cube that the shot's scene should look like, ``anchor`` what that scene is solved towards;
    the first of its shots that wishes for one decides. ``trim`` comes on top of the grade. ``verdict``: a rejected
    grade has no strength, an accepted one stays as it is when its scene is solved again in a review.
    ``steps`` are FFmpeg's filters to run before and after the LUT, in this order.
    """

    scene: str | None = None
    hero: bool = False
    lock: bool = False
    strength: float | None = None
    look: Path | None = None
    trim: Trim = Trim()
    anchor: AnchorKind | None = None
    verdict: Verdict | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip's use of one source range.

    ``id`` is unique without case and safe as a file name (``[A-Za-z0-9._-]``, at most 64), stable from run to run.
    ``source`` counts media frames (``media.rate``), ``record`` frames of the edit; with ``speed`` other than 1 the
    source range is what is really seen (0: a freeze of one frame, negative: reverse). ``track`` is the 0-based video
    track (bottom first), ``where`` the path of child indices from the edit's top stack to the clip. ``seconds`` is the
    source range in seconds after media frame 0, where the media's rate varies: frames then do not tell the time.
    """

    id: str
    name: str
    media: Media
    source: FrameRange
    record: FrameRange
    track: int
    where: tuple[int, ...]
    speed: Fraction = Fraction(1)
    wishes: Wishes = Wishes()
    seconds: tuple[Fraction, Fraction] | None = None
