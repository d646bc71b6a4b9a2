"""Settings: every number that decides grades. A record keeps those it was made with.

Each stage has one small dataclass. A number without a source was chosen on the development edits (``docs/tried.md``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from otiograde.record.boldness import USUAL
from otiograde.record.lab_target import LabTarget
from otiograde.record.later import LATER

AnchorKind: TypeAlias = Literal["balanced", "average", "first", "brightest", "hero"]

#: Which changes inside a shot are taken out: none, sudden ones that last, or drift and flicker too.
SteadyKind: TypeAlias = Literal["off", "steps", "all"]
#: The frame of a shot whose colors stay; ``median``: the one with the usual colors of the shot.
SteadyTo: TypeAlias = Literal["first", "middle", "median"]

#: How a still is read as a look: ``grade`` what was done to it, ``palette`` its colors, ``style`` what a network sees.
LookKind: TypeAlias = Literal["grade", "palette", "style"]

#: The largest strength of a recovered grade: more than what was done to the still, for taste.
STRONGEST_GRADE = 1.5

#: The shortest and the longest time between two keys of a look, in seconds.
SHORTEST, LONGEST = 0.2, 3600.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a shot is sampled: a few small frames, and which of their pixels can be used."""

    #: Frames a shot, spread evenly over its range: five show a drift and cost one decode of a group of pictures each.
    count: int = 5
    #: Width of a sampled frame in pixels, area-averaged: at 480 SIFT still finds surfaces, and noise is averaged out.
    width: int = 480
    #: Mean luma in [0, 1] below which a frame is black or part of a fade, and is skipped.
    darkest: float = 0.03
    #: Lowest usable code value of a channel: below it the channel may be clipped, and a clipped color carries no grade.
    black: float = 0.004
    #: Highest usable code value of a channel.
    white: float = 0.996


@dataclass(frozen=True, slots=True)
class Linking:
    """How links are searched for: which pairs of shots are tried, and what counts as a match."""

    #: Shots on either side, in record order, that a shot is tried against.
    reach: int = 3
    #: Shots nearest in texture that a shot is tried against.
    nearest: int = 4
    #: Strongest SIFT points kept a frame.
    keypoints: int = 1500
    #: Points a frame that decide which frame pairs are matched in full.
    screened: int = 500
    #: Frame pairs of two shots that are matched in full, at most.
    frame_pairs: int = 4
    #: Verified matches that a frame pair needs to count.
    fewest: int = 8
    #: Verified matches from which a frame pair's plane is trusted as a homography.
    plane: int = 15
    #: Share of the matches tried that must be verified, for a link with less than ``many``.
    ratio: float = 0.3
    #: Verified matches that make a link whatever their ratio.
    many: int = 30
    #: Separate places in the picture that matches of one zoom must cover: chance matches crowd.
    places: int = 6
    #: Verified matches at which no further test is applied.
    plenty: int = 60
    #: Neighboring matches that must have shifted alike for a match of something that moved.
    witnesses: int = 3
    #: Distance in pixels within which a witness is a neighbor.
    vicinity: float = 80.0
    #: Largest difference in pixels between the shifts of a match and of its witnesses.
    shifted: float = 6.0
    #: Matches of moved things added to a pair of shots, at most.
    moved: int = 200
    #: Color pairs taken by dense flow from one frame pair.
    dense: int = 1500
    #: Color pairs a link, at most.
    pairs: int = 4000
    #: One block of the picture in so many is held out of the fit, to verify the grade with.
    held_out: int = 5
    #: Side of such a block in pixels: larger than a surface detail, so that held-out pairs are not neighbors of fitted.
    block: int = 24
    #: Pairs in one cell of color at which its weight is halved: large even areas must not decide alone.
    spots: int = 6
    #: Seed of every draw.
    seed: int = 0
    #: Kinds of links and hints that are not searched for (keys of ``survey.kinds.KINDS``).
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """How shots become scenes. All evidence is in nats for one scene against two.

    The evidence of two shots is the sum of: ``texture * (usual - distance of their patterns)``, ``colors * (mass in
    common - even)``, ``content * (likeness - even)``, the log-odds of their formats and of their places in the edit,
    and ``linked`` where matches join them. ``even`` is the share that speaks for neither (``survey.kinds``).
    """

    #: Mean evidence from which two clusters become one scene: a wrong merge costs more than a wrong split.
    threshold: float = 4.0
    #: Nats a unit of texture distance (0 to 1.4).
    texture: float = 35.0
    #: Texture distance that speaks neither for nor against one scene.
    usual: float = 0.2
    #: Nats a unit of color mass in common (0 to 1).
    colors: float = 12.0
    #: Cap on texture, on colors and on content: none of them decides alone.
    most: float = 3.0
    #: Nats a unit of likeness in content (0 to 1), where a network compared it.
    content: float = 8.0
    #: Share of a scene's pairs whose formats are independent of each other.
    other: float = 0.2
    #: Mean length of a scene in shots, for the odds of two places in the edit.
    shots: float = 3.0
    #: Nats for a pair of shots that matches join.
    linked: float = 3.0
    #: Verified matches that put two shots into one scene for certain.
    certain: int = 30
    #: Nats between two shots of one slate, in metadata or names, and two shots of two slates.
    names: float = field(default=15.0, metadata=LATER)
    #: The same for the folders of their media, and for their tracks.
    folders: float = field(default=1.0, metadata=LATER)
    tracks: float = field(default=0.5, metadata=LATER)
    #: So many shots are one scene, unless something speaks against it. Clips without an edit are taken so.
    few: int = field(default=0, metadata=LATER)
    #: Mean evidence in nats between the two most unlike parts of so few shots from which nothing speaks against it.
    alike: float = field(default=0.0, metadata=LATER)
    #: Learned log-odds from which two parts of scenes that the evidence above leaves apart are merged.
    merging: float = field(default=2.7, metadata=LATER)
    #: Mean evidence between two parts of a scene that a person named, below which the pictures speak against it.
    against: float = field(default=-3.0, metadata=LATER)


@dataclass(frozen=True, slots=True)
class Matching:
    """Which matcher solves the scenes, by its name in ``decide.match.MATCHERS``, and the fields it is made with.

    A field that is not named has the matcher's default; a record names all of them.
    """

    name: str = "joint"
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a scene's grades are solved towards.

    ``balanced``: the least correction in total (default). ``average``: the mean of the shots' statistics. ``first``:
    the scene's first shot. ``brightest``: the shot with the highest mean L*. ``hero``: the shot named as hero.
    Locked shots are anchors of their scene whatever the kind.
    """

    kind: AnchorKind = "balanced"


@dataclass(frozen=True, slots=True)
class Steadying:
    """Which changes inside a shot are taken out, and which of its frames stays as it is."""

    mode: SteadyKind = "off"
    to: SteadyTo = "first"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the grades of a run were made with, so that a part of them can be made or checked again the same way."""

    sampling: Sampling = Sampling()
    linking: Linking = Linking()
    grouping: Grouping = Grouping()
    matcher: Matching = field(default_factory=Matching)
    anchor: Anchor = Anchor()
    #: Nodes a side of the LUTs.
    lut_size: int = 33
    #: The .cube, still, folder of stills or clip that every scene was given as its look, at ``look_strength``: in
    #: [0, 1], or up to 1.5 for a recovered grade.
    look: Path | None = None
    look_strength: float = 1.0
    #: Seconds between the keys of a look that changes as its clip does. None: one look for all times.
    look_every: float | None = field(default=None, metadata=LATER)
    #: The Lab statistics that every scene was given as its look, in the place of a file.
    look_lab: LabTarget | None = field(default=None, metadata=LATER)
    #: Further stills, folders and clips of the same look.
    more_looks: tuple[Path, ...] = field(default=(), metadata=LATER)
    #: How stills are read as looks. None: as before there was a choice, which is "palette".
    look_as: LookKind | None = field(default=None, metadata=LATER)
    #: Share of the palette of the stills that is mixed into a recovered grade, in [0, 1].
    look_palette: float = field(default=0.0, metadata=LATER)
    #: True where the record is of format 1 or 2, which kept no settings: these are the defaults, not what was used.
    assumed: bool = False
    steadying: Steadying = field(default=Steadying(), metadata=LATER)
    #: How much of a correction is applied that nothing proves, in [0, 1]; a shot may wish otherwise.
    boldness: float = field(default=USUAL, metadata=LATER)
