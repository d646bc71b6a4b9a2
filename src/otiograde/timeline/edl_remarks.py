"""Parse the statements below an event of a CMX 3600 list: names, media, speeds, markers and CDLs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from otiograde.record.clock import FASTEST, BadTime, exact_rate
from otiograde.timeline.reading import Notes, one_line

#: Statements by their first words. A colon ends the words, where the format has one.
KEYS = re.compile(
    r"""(?:
      (?P<title>TITLE\s*:) | (?P<fcm>FCM\s*:) | (?P<split>SPLIT\b)
    | (?P<to_name>TO\s+CLIP\s+NAME(?:\s+IS)?(?:\s*:|(?=\s)))
    | (?P<name>FROM\s+CLIP\s+NAME(?:\s+IS)?(?:\s*:|(?=\s))|(?:SOURCE\s+)?CLIP\s+NAME(?:\s+IS)?\s*:)
    | (?P<to_media>(?:TO\s+(?:CLIP|FILE)|OTIO\s+REFERENCE\s+TO)\s*:)
    | (?P<media>(?:FROM\s+(?:CLIP|FILE)|OTIO\s+REFERENCE\s+FROM|(?:MEDIA|SOURCE)\s+(?:FILE\s+)?PATH
        |MEDIA\s+FILE|FILE\s*PATH|FILE)\s*:)
    | (?P<native>SOURCE\s+TIMECODE\s+AT(?=\s)) | (?P<speed>SPEED\s*:)
    | (?P<file>(?:SOURCE\s+FILE(?:\s*NAME)?|FILE\s*NAME|OTIO\s+TRUNCATED\s+REEL\s+NAME\s+FROM)\s*:)
    | (?P<reel>(?:SOURCE\s+)?(?:REEL|TAPE)(?:\s+NAME)?\s*:)
    | (?P<scene>SCENE(?:\s+NAME)?\s*:)
    | (?P<locator>LOC\s*:?(?=\s)) | (?P<sop>ASC_SOP\s*:?) | (?P<sat>ASC_SAT\s*:?)
    | (?P<freeze>FREEZE\s+FRAME\b) | (?P<motion>M2\s*:?(?=\s)) | (?P<aud>AUD\s*:?(?=\s))
    | (?P<long_reel>FINAL\s+CUT\s+PRO\s+REEL\s*:)
    | (?P<effect>EFFECTS?\s+NAME\s+IS\b|(?:\w+\s+)?EFFECT\s*[,:])
    | (?P<comment>BLEND\b|FINAL\s+CUT\s+PRO\b|>>>|COMMENT\s*:|KEY\s+CLIP\s+NAME\s*:)
    )\s*(?P<value>.*)""",
    re.IGNORECASE | re.VERBOSE,
)

#: The two names of a reel in Final Cut Pro's statement.
REPLACED = re.compile(r"\s+REPLACED\s+BY\s*:?\s*", re.IGNORECASE)

#: Speed of a motion effect, in frames a second.
SPEED = re.compile(r"([-+]?)(\d{0,6})[.,]?(\d{0,6})")

#: A timecode at the end of a motion effect.
CODE = re.compile(r"\d{1,3}(?:[:;.,]\d{1,3}){3}")

#: A number of a CDL.
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")

#: The first word of a marker.
WORD = re.compile(r"^\w+")

#: Colors of markers in OTIO, and in other programs.
COLORS = frozenset({"RED", "PINK", "ORANGE", "YELLOW", "GREEN", "CYAN", "BLUE", "PURPLE", "MAGENTA", "BLACK", "WHITE"})
OTHER_COLORS = frozenset(
    {"DENIM", "FOREST", "VIOLET", "GOLD", "LAVENDER", "INDIGO", "GRAY", "BROWN", "SAND"} | {"GREY"}  # codespell:ignore
)

#: Names of effects that the transitions of the list are.
TRANSITIONS = re.compile(r".*(DISSOLVE|FADE|WIPE|CUT)", re.IGNORECASE)

#: Reels of black.
BLACK = frozenset({"BL", "BLK", "BLACK"})

#: Statements that are no comments: what they say stands elsewhere in the timeline.
USED = frozenset(
    {"native", "speed", "name", "to_name", "media", "to_media", "locator", "sop", "sat", "freeze", "motion"}
)

#: Statements that belong to one of the two sources of a transition, and the field that holds each.
SIDED = {name: name for name in ("file", "reel", "scene", "sop", "sat", "native", "speed")}

#: The value of our statement on media at another rate than the list's: that rate, and source in and out.
NATIVE = re.compile(r"(\d+(?:\.\d+|/\d+)?)\s+FPS\s*:\s*(\S+)\s+(\S+)", re.IGNORECASE)

#: The value of our statement on a speed that tenths of a frame are too coarse for.
EXACT = re.compile(r"[-+]?\d{1,9}(?:/[1-9]\d{0,8})?")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: what it is about (a group of ``KEYS``, else empty), its value, and where it stands."""

    key: str
    value: str
    text: str
    row: int

    @property
    def unknown(self) -> bool:
        """Whether it is neither known nor a comment."""
        return not self.key and not self.text.startswith("*")


@dataclass(frozen=True, slots=True)
class Motion:
    """A motion effect (M2)."""

    reel: str
    #: Frames a second of the source, negative backwards.
    speed: Fraction
    #: Half of the last digit that is written.
    rounding: Fraction
    #: The source timecode at which it starts, with colons; empty if it is not stated.
    code: str


@dataclass(frozen=True, slots=True)
class Locator:
    """A marker at a record timecode."""

    code: str
    color: str
    name: str


@dataclass(frozen=True, slots=True)
class Source:
    """Reel and source in, with colons, as a motion effect names them."""

    reel: str
    code: str


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the statements below an event say of its source."""

    name: str = ""
    #: Address of the media.
    media: str = ""
    #: Name of the media file.
    file: str = ""
    #: Full name of the reel.
    reel: str = ""
    scene: str = ""
    motion: Motion | None = None
    freeze: bool = False
    #: Of media at another rate than the list's: that rate, and source in and out as timecodes.
    native: tuple[Fraction, str, str] | None = None
    #: The exact speed, where the motion effect is too coarse.
    speed: Fraction | None = None
    #: Sound channels besides those on the event's line.
    channels: tuple[str, ...] = ()
    locators: tuple[Locator, ...] = ()
    #: The CDL as OTIO's adapters store it; empty without one.
    cdl: dict[str, Any] = field(default_factory=dict)
    #: Other statements as text, without their asterisks.
    comments: tuple[str, ...] = ()


NO_REMARKS = Remarks()


def statement_of(text: str, row: int) -> Statement:
    """Parse one line that is no event."""
    body = text.lstrip("* \t")
    if (match := KEYS.match(body)) is None:
        return Statement("", body, text, row)
    key = next(name for name, words in match.groupdict().items() if words is not None)
    return Statement(key, match["value"].strip(), text, row)


def long_reel(statement: Statement) -> tuple[str, str]:
    """Return the name that Final Cut Pro's statement gives to a reel, and the short one in the list, in lower case."""
    long, *short = REPLACED.split(statement.value, maxsplit=1)
    return (long, short[0].strip().casefold()) if short else ("", "")


def remarks_of(
    statements: Sequence[Statement], source: Source, outgoing: Source | None, notes: Notes
) -> tuple[Remarks, Remarks]:
    """Return what statements say of an event's source, and of the outgoing source of a transition.

    ``FROM CLIP NAME`` is the outgoing source's if there is one, and what follows is too, as far as ``TO CLIP NAME``.
    """
    if not statements:
        return NO_REMARKS, NO_REMARKS
    incoming: dict[str, Any] = {}
    leaving: dict[str, Any] = {}
    has_to = any(statement.key in {"to_name", "to_media"} for statement in statements)
    from_leaves = has_to or (outgoing is not None and outgoing.reel.upper() not in BLACK)
    side = incoming
    for statement in statements:
        key, value = statement.key, statement.value
        if key in {"name", "media"}:
            (leaving if from_leaves else incoming)[key] = value
            side = leaving if has_to else incoming
        elif key in {"to_name", "to_media"}:
            incoming[key.removeprefix("to_")] = value
            side = incoming
        elif key in SIDED:
            if key in incoming and key not in leaving and outgoing is not None:
                leaving[key] = incoming[key]  # both names, then both files
            side[key] = _SIDED_VALUES[key](statement, notes) if key in _SIDED_VALUES else value
    motion, motion_before = _motions(statements, source, outgoing, notes)
    shared = {
        "motion": motion,
        "freeze": any(statement.key == "freeze" for statement in statements),
        "channels": tuple(f"A{word}" for word in _words_of(statements, "aud") if word.isdecimal() and len(word) < 3),
        "locators": tuple(_locators(statements, notes)),
        "comments": tuple(_comments(statements, notes)),
    }
    return _remarks(incoming, shared), _remarks(leaving, {"motion": motion_before})


def _remarks(sided: dict[str, Any], shared: dict[str, Any]) -> Remarks:
    """Make remarks of fields, with the CDL of slope, offset, power and saturation."""
    sop, sat = sided.pop("sop", None), sided.pop("sat", None)
    cdl: dict[str, Any] = {}
    if sop or sat:
        slope, offset, power = (
            (list(sop[at : at + 3]) for at in (0, 3, 6)) if sop else ([1.0] * 3, [0.0] * 3, [1.0] * 3)
        )
        cdl = {"asc_sat": sat[0] if sat else 1.0, "asc_sop": {"slope": slope, "offset": offset, "power": power}}
    return Remarks(**sided, **shared, cdl=cdl)


def _cdl_numbers(statement: Statement, notes: Notes) -> tuple[float, ...] | None:
    """Return the numbers of a CDL: nine, or the saturation. None, with a note, if they cannot be read."""
    numbers = tuple(float(text) for text in NUMBER.findall(statement.value))
    count = 9 if statement.key == "sop" else 1
    if len(numbers) == count and all(map(math.isfinite, numbers)):
        return numbers
    notes.add("CDLs of the EDL that cannot be read passed over", f"line {statement.row}")
    return None


def _native(statement: Statement, _: Notes) -> tuple[Fraction, str, str] | None:
    """Return the rate and the timecodes of media at another rate; None if they cannot be read."""
    match = NATIVE.fullmatch(statement.value)
    if match is None or not (CODE.fullmatch(match[2]) and CODE.fullmatch(match[3])):
        return None
    try:
        rate = Fraction(match[1]) if "/" in match[1] else exact_rate(float(match[1]))
    except (BadTime, ZeroDivisionError):
        return None
    return (rate, match[2], match[3]) if 0 < rate <= FASTEST else None


def _speed(statement: Statement, _: Notes) -> Fraction | None:
    """Return an exact speed; None if it cannot be read."""
    return Fraction(statement.value) if EXACT.fullmatch(statement.value) else None


#: The values of statements on one side that are no texts.
_SIDED_VALUES = {"sop": _cdl_numbers, "sat": _cdl_numbers, "native": _native, "speed": _speed}


def _words_of(statements: Sequence[Statement], key: str) -> list[str]:
    """Return the words of all statements with a key."""
    return [word for statement in statements if statement.key == key for word in statement.value.split()]


def _motions(
    statements: Sequence[Statement], source: Source, outgoing: Source | None, notes: Notes
) -> tuple[Motion | None, Motion | None]:
    """Return the motion effects of an event's source and of the outgoing one, as reels and timecodes tell."""
    chosen: Motion | None = None
    leaving: Motion | None = None
    best = -1
    for statement in statements:
        if statement.key != "motion":
            continue
        if (motion := _motion(statement)) is None:
            notes.add("speeds of the EDL that cannot be read, normal speed taken", f"line {statement.row}")
            continue
        likeness = _likeness(motion, source)
        if outgoing is not None and _likeness(motion, outgoing) > likeness:
            leaving = motion
        elif likeness >= best:
            if chosen is not None and outgoing is not None and leaving is None:
                leaving = chosen  # two speeds of one reel: the first is the outgoing source's
            chosen, best = motion, likeness
    return chosen, leaving


def _likeness(motion: Motion, source: Source) -> int:
    """Count what a motion effect and a source have in common."""
    return 2 * (motion.code == source.code) + (motion.reel.casefold() == source.reel.casefold())


def _motion(statement: Statement) -> Motion | None:
    """Parse a motion effect: reel, speed and source timecode; None if it has no speed."""
    words = statement.value.split()
    code = colons(words.pop()) if words and CODE.fullmatch(words[-1]) else ""
    match = SPEED.fullmatch(words.pop()) if words else None
    if match is None or not (match[2] or match[3]):
        return None
    speed = Fraction(int(match[2] + match[3]), 10 ** len(match[3]))
    return Motion(" ".join(words), -speed if match[1] == "-" else speed, Fraction(1, 2 * 10 ** len(match[3])), code)


def colons(code: str) -> str:
    """Write a timecode with colons."""
    return re.sub(r"\D", ":", code)


def _locators(statements: Sequence[Statement], notes: Notes) -> list[Locator]:
    """Return the markers of an event. A first word that is no color belongs to the name."""
    locators = []
    for statement in statements:
        if statement.key != "locator":
            continue
        code, _, text = statement.value.partition(" ")
        if not CODE.fullmatch(code):
            notes.add("markers of the EDL that cannot be read passed over", f"line {statement.row}")
            continue
        text = text.strip()
        word = "".join(WORD.findall(text)[:1])
        rest = text[len(word) :]
        listed = word.upper() in COLORS | OTHER_COLORS and rest[:1] in {"", " ", "\t"}
        if listed or rest[:2] == "  " or rest[:1] == "\t":  # in columns
            locators.append(Locator(colons(code), word.upper(), rest.strip()))
        else:
            locators.append(Locator(colons(code), "", text))
    return locators


def _comments(statements: Sequence[Statement], notes: Notes) -> list[str]:
    """Return the statements that stay comments, and note those that are unknown or name an effect."""
    comments = []
    for statement in statements:
        text = statement.text.lstrip("*").strip()
        if statement.unknown:
            notes.add("statements of the EDL passed over", one_line(text, 60))
        if statement.key == "effect":
            name = statement.value if statement.text.upper().startswith("EFFECT") else text
            if not TRANSITIONS.match(name):
                notes.add("effects that the EDL names are not applied", one_line(name, 60))
        if statement.key not in USED and text:
            comments.append(text)
    return comments
