"""Shot: one use of a range of one media file in the edit, and what the editor wishes for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from otiograde.color.encodings import Encoding
from otiograde.color.trim import Trim
from otiograde.record.later import LATER
from otiograde.record.settings import AnchorKind, LookKind, SteadyKind
from otiograde.record.steps import Step

#: What a reviewer decided about a shot's grade.
Verdict: TypeAlias = Literal["accepted", "rejected"]

#: Who put a shot into its wished scene: the edit itself or a review, an option of the command line, or what
#: ``--scenes`` names.
SceneOrigin: TypeAlias = Literal["edit", "option", "file", "one", "tracks", "folders", "names", "markers"]

#: The lines of a frame that are older: "top" for lines 0, 2, 4 …, "bottom" for the others. A progressive frame shows
#: one moment.
FieldOrder: TypeAlias = Literal["progressive", "top", "bottom"]

#: No pixel is more than so many times as wide as it is high, or as high as it is wide.
FLATTEST = 100


@dataclass(frozen=True, slots=True)
class FrameRange:
    """A range of whole frames. otiograde holds no time as float seconds."""

    #: First frame.
    start: int
    #: Number of frames.
    count: int
    #: Frames a second.
    rate: Fraction

    @property
    def end(self) -> int:
        """The frame after the last one."""
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Orientation:
    """How stored pictures are turned for display: the eight orientations of EXIF and of display matrices."""

    #: Quarter turns counterclockwise, from 0 to 3.
    turns: int = 0
    #: Whether pictures are mirrored, left to right, before they are turned.
    mirrored: bool = False

    @property
    def is_sideways(self) -> bool:
        """Whether width and height change places."""
        return self.turns % 2 == 1


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a file's frames. An interlaced frame holds two moments, one in every other line."""

    #: The order in which the fields were taken.
    order: FieldOrder = "progressive"
    #: What the file's flags say. Where it differs from ``order``, the pictures were believed.
    flagged: FieldOrder = "progressive"
    #: Pulldown of film to 59.94 fields: "hard" if it is in the pictures, "soft" if flags ask the player for it.
    pulldown: Literal["", "hard", "soft"] = ""

    @property
    def is_interlaced(self) -> bool:
        """Whether frames hold two moments."""
        return self.order != "progressive"

    @property
    def description(self) -> str:
        """The fields and how they were recognized, for people."""
        order, flagged = (
            "progressive" if value == "progressive" else f"interlaced, {value} field first"
            for value in (self.order, self.flagged)
        )
        if self.order == self.flagged:
            return order
        looks = "not combed" if not self.is_interlaced else "combed" if self.flagged == "progressive" else "not so"
        return f"{order} (flagged {flagged}, but {looks})"


#: Metadata of light that changes from frame to frame.
DYNAMIC = frozenset({"Dolby Vision", "HDR10+", "HDR Vivid"})


@dataclass(frozen=True, slots=True)
class LightMetadata:
    """What a file states of its light beside the codes."""

    #: The mastering display (SMPTE ST 2086): x and y of green, blue, red and white in 0.00002, then its most and its
    #: least luminance in 0.0001 cd/m2. Empty if it is not stated.
    mastering: tuple[int, ...] = ()
    #: MaxCLL and MaxFALL in cd/m2 (CTA-861.3). Empty if they are not stated.
    content: tuple[int, ...] = ()
    #: Names in ``DYNAMIC``. Such metadata describes the picture before it is graded.
    dynamic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """A media file, as its container and its first frame describe it."""

    #: The file; of a sequence a printf pattern (``shot.%04d.png``, a literal ``%`` doubled).
    path: Path
    kind: Literal["video", "still", "sequence"]
    #: Size in pixels, after rotation.
    width: int
    height: int
    #: Frames a second.
    rate: Fraction
    #: Number of frames, counted from 0 in presentation order.
    frames: int
    #: FFmpeg's name of the pixel format.
    pixel_format: str
    #: Bits a channel.
    bits: int
    encoding: Encoding
    #: What the encoding was taken from. An assumption is reported.
    origin: Literal["command line", "clip metadata", "sidecar", "container tags", "assumption"]
    chroma_location: Literal["left", "center", "topleft"] = "left"
    #: Width of a pixel divided by its height.
    pixel_aspect: Fraction = Fraction(1)
    #: Frame number of frame 0 by the container's start timecode; 0 without one.
    timecode: int = 0
    #: Number of the first image of a sequence.
    first: int = 0
    variable_rate: bool = False
    #: Whether the file has sound.
    audio: bool = False
    #: Time stamp of frame 0 in seconds. None where frame n may not lie ``n / rate`` after it at a constant rate.
    start: Fraction | None = None
    #: Digest of the file, or of a sequence's first image. Empty where it was not computed.
    digest: str = ""
    #: Whether the timecode is written drop-frame (SMPTE ST 12-1, 5.2).
    drop_frame: bool = False
    #: How stored pictures are turned for display. ``width`` and ``height`` are those of the turned picture.
    orientation: Orientation = field(default=Orientation(), metadata=LATER)
    fields: Fields = field(default=Fields(), metadata=LATER)
    light: LightMetadata = field(default=LightMetadata(), metadata=LATER)
    #: Whether colors are multiplied by their alpha, as the pictures show. Other alpha is straight.
    premultiplied: bool = field(default=False, metadata=LATER)
    #: What states another encoding than the one that is believed, for people. Empty without a contradiction.
    contradiction: str = field(default="", metadata=LATER)


@dataclass(frozen=True, slots=True)
class WishedLook:
    """The look that a scene is wished to have."""

    file: Path
    #: How a still is read. None: as the settings say.
    kind: LookKind | None = None
    #: From 0 to 1, or to 1.5 for a recovered grade.
    strength: float = 1.0
    #: Share of the palette of a still that is mixed into its grade, from 0 to 1.
    palette: float = 0.0

    @property
    def words(self) -> str:
        """The look for people: ``film.jpg, as grade, strength 80 %``. Only what is not usual is named."""
        kind = f", as {self.kind}" if self.kind else ""
        strength = f", strength {self.strength:.0%}" if self.strength != 1 else ""
        palette = f", with {self.palette:.0%} of the palette" if self.palette else ""
        return f"{self.file.name}{kind}{strength}{palette}"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the editor asks for one shot: in the edit's metadata, in markers or on the command line."""

    #: Scene that the shot belongs to.
    scene: str | None = None
    #: Whether the scene keeps this shot's grade.
    hero: bool = False
    #: Whether the shot keeps its own colors.
    lock: bool = False
    #: Strength of the balance in [0, 1].
    strength: float | None = None
    #: Still or .cube that the shot's scene should look like. The first shot of a scene that names one decides.
    look: Path | None = None
    #: Adjustment on top of the grade.
    trim: Trim = Trim()
    #: What the shot's scene is solved towards. The first shot of a scene that names one decides.
    anchor: AnchorKind | None = None
    #: A rejected grade has no strength; an accepted one stays when its scene is solved again in a review.
    verdict: Verdict | None = None
    #: FFmpeg's filters to run before and after the LUT, in this order.
    steps: tuple[Step, ...] = ()
    #: Which changes inside the shot are taken out. None: as the settings say.
    steady: SteadyKind | None = field(default=None, metadata=LATER)
    #: How much of a correction is applied that nothing proves, in [0, 1]. None: as the run says.
    boldness: float | None = field(default=None, metadata=LATER)
    #: Who put the shot into ``scene``.
    scene_origin: SceneOrigin = field(default="edit", metadata=LATER)
    #: How ``look`` is read if it is a still. None: as the settings say.
    look_as: LookKind | None = field(default=None, metadata=LATER)
    #: Strength of ``look``, from 0 to 1, or to 1.5 for a recovered grade.
    look_strength: float = field(default=1.0, metadata=LATER)
    #: Share of the palette of ``look`` that is mixed into its grade, from 0 to 1.
    look_palette: float = field(default=0.0, metadata=LATER)

    @property
    def wished_look(self) -> WishedLook | None:
        """The look with all that is wished of it."""
        if self.look is None:
            return None
        return WishedLook(self.look, self.look_as, self.look_strength, self.look_palette)

    def with_look(self, wish: WishedLook | None) -> Wishes:
        """Return the wishes with this look; None for none."""
        if wish is None:
            return replace(self, look=None, look_as=None, look_strength=1.0, look_palette=0.0)
        wished = replace(self, look=wish.file, look_as=wish.kind)
        return replace(wished, look_strength=wish.strength, look_palette=wish.palette)


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip's use of one source range."""

    #: Unique without case, safe as a file name (``[A-Za-z0-9._-]``, at most 64), the same from run to run.
    id: str
    #: The clip's name.
    name: str
    media: Media
    #: Frames of the media that are seen, at ``media.rate``.
    source: FrameRange
    #: Frames of the edit that show them.
    record: FrameRange
    #: Video track, counted from 0 at the bottom.
    track: int
    #: Path of child indices from the edit's top stack to the clip.
    where: tuple[int, ...]
    #: Speed of play: 0 freezes one frame, a negative speed plays backwards.
    speed: Fraction = Fraction(1)
    wishes: Wishes = Wishes()
    #: Source range in seconds after media frame 0, where the media's rate varies: frame numbers then tell no time.
    seconds: tuple[Fraction, Fraction] | None = None
    #: Frames at the start and at the end of the source range that show a neighbor, too: a dissolve in the media itself.
    shared: tuple[int, int] = (0, 0)
    #: The scene of its slate, in the edit's metadata or in its name: ``12`` for ``12A_3``. Empty without one.
    slate: str = field(default="", metadata=LATER)
