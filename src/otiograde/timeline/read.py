"""Read a file into an edit: its timeline, its shots, and everything that gets no grade."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from otiograde.errors import TimelineError
from otiograde.record.clock import BadTime, Span, exact_rate
from otiograde.record.codec import MisfitError
from otiograde.record.edit import EMPTY, MISREAD, NOT_READ, Edit, Skip
from otiograde.record.ids import Ids
from otiograde.record.shot import Shot
from otiograde.record.validity import check_edit
from otiograde.timeline import schemas
from otiograde.timeline.accounts import NoAccount
from otiograde.timeline.addresses import Locator
from otiograde.timeline.bundle import Bundle
from otiograde.timeline.differences import differences
from otiograde.timeline.documents import Document
from otiograde.timeline.formats import find_source, read_tree
from otiograde.timeline.library import REFUSED, Library
from otiograde.timeline.patterns import patterns_of
from otiograde.timeline.reading import Notes, Probe, Reading, one_line
from otiograde.timeline.scenes import with_scenes
from otiograde.timeline.shots import ShotMaker, with_shared
from otiograde.timeline.sounds import sounds_of
from otiograde.timeline.tree import Item, Walk, is_audio, is_video, reference_of, schema
from otiograde.timeline.wishes import with_outside_wishes

#: Rate of an edit that states none, in frames a second: that of cinema.
DEFAULT_RATE = Fraction(24)

#: Kinds of skips that ``Reading.strict`` turns into errors.
NO_MEDIA = ("missing media", "unreadable media", REFUSED)

#: Schemas that hold timelines or clips but are not timelines.
CONTAINERS = ("SerializableCollection", "Bin")


def read_edit(source: Path, reading: Reading, probe: Probe) -> Edit:
    """Read an edit: each enabled video clip becomes a shot, everything else a skip with its reason.

    ``source`` is a file of any format that an installed OTIO adapter reads, or a bundle (``.otioz``, ``.otiod``,
    ``.fcpxmld``). ``probe`` opens media, each file once (``media.probe.probe``). Record frames count from 0 at the
    edit's first frame; ``global_start_time`` is not added. An edit whose clips all lack media has no shots, which is
    not an error.

    Raises ``TimelineError`` if the file cannot be read, if it has no video track, if ``reading`` names an unknown shot,
    or, with ``reading.strict``, if media is missing.
    """
    file = find_source(source)
    notes = Notes()
    tree = read_tree(file, reading.rate, notes)
    try:
        timeline = choose_timeline(tree, notes)
        locator = locator_of(file.path, file.folder, reading)
        document = Document(file.path, file.suffix)
        edit = edit_of(timeline, locator, file.name, reading, probe, notes=notes, document=document)
        check_edit(edit)  # what no record can hold is refused before any work is done
    except RecursionError:
        raise file.error("nested too deeply", "flatten the edit and try again") from None
    except MisfitError as error:
        raise file.error(f"a value of it is out of range ({error})", "check the times in the edit") from None
    except TimelineError as error:
        raise TimelineError(f"{source}: {error}") from None
    return edit


def locator_of(path: Path, folder: Path, reading: Reading) -> Locator:
    """Make the locator of an edit's media. Raises ``TimelineError`` if the media root is not a folder."""
    if reading.media_root is not None and not reading.media_root.is_dir():
        raise TimelineError(f"the media root {reading.media_root} is not a folder")
    bundle = Bundle(path, reading.unpack) if path.suffix.lower() == ".otioz" and zipfile.is_zipfile(path) else None
    return Locator(folder, reading.media_root, bundle)


def edit_of(
    timeline: Item,
    locator: Locator,
    name: str,
    reading: Reading,
    probe: Probe,
    *,
    notes: Notes,
    document: Document | None = None,
    unreadable: Sequence[Skip] = (),
) -> Edit:
    """Make an edit of a timeline (``Timeline.1`` as JSON values), and compare it with its ``document``, if it has one.

    ``unreadable`` are files that did not become clips. Raises ``TimelineError``.
    """
    stack = timeline.get("tracks") or {}
    children = [child for child in stack.get("children") or () if child]
    if not any(schema(child) != "Track" or is_video(child) for child in children):
        kinds = "only audio" if any(is_audio(child) for child in children) else "nothing"
        passed = "".join(f"; {line}" for line in notes.lines())
        raise TimelineError(f"no video track ({kinds} in it{passed}); name an edit with pictures")
    rate = rate_of(timeline, notes)
    library = Library(locator, reading, probe, notes)
    walk = Walk(rate, library.measure, notes)
    walk.walk_top(stack)
    maker = ShotMaker(library, rate, Ids(), notes)
    results = [entry if isinstance(entry, Skip) else maker.shot(entry) for entry in walk.entries]
    shots = with_shared([shot for shot in results if isinstance(shot, Shot)], walk.joins, rate)
    skips = (*(skip for skip in results if isinstance(skip, Skip)), *unreadable)
    lacking = [skip for skip in skips if skip.what in NO_MEDIA]
    shots = with_outside_wishes(with_scenes(shots, reading, timeline, notes), reading, lacking)
    if document is not None:
        skips += _differences(document, str(timeline.get("name") or ""), walk, library.measure, notes)
    if reading.strict:
        _require_whole(skips)
    _note_speeds(shots, notes)
    audio_walk = Walk(rate, library.measure, Notes(), sound=True)
    audio_walk.walk_top(stack)
    sounds = sounds_of(audio_walk.entries, library, notes)
    return Edit(
        *(str(timeline.get("name") or name), timeline, rate, shots, skips, notes.lines()),
        length=max(walk.length, audio_walk.length),
        joins=(*walk.joins, *audio_walk.joins),
        sounds=sounds,
        patterns=patterns_of(walk.entries, rate),
    )


def _differences(
    document: Document, name: str, walk: Walk, measure: Callable[[Item], Span], notes: Notes
) -> tuple[Skip, ...]:
    """Return what was read otherwise than the document states; a note if nothing can be compared."""
    try:
        return tuple(differences(document.account(name, walk.rate, measure), walk))
    except NoAccount as why:
        notes.add(f"not compared with what its document states: {why}")
        return ()


def _require_whole(skips: tuple[Skip, ...]) -> None:
    """Raise ``TimelineError`` if a clip lacks media, or if something was not read as the document states it."""
    lacking = [skip for skip in skips if skip.what in NO_MEDIA]
    other = [skip for skip in skips if skip.what in (NOT_READ, MISREAD) or (skip.what == EMPTY and skip.count)]
    if lacking or other:
        first, name = (lacking or other)[0], one_line((lacking or other)[0].name)
        where = f"{first.what} of clip {name}" if lacking else f"{first.what}: {name} at frame {first.start}"
        track = "" if lacking else f" of V{first.track + 1}"
        more = f" (and {len(lacking or other) - 1} more)" if len(lacking or other) > 1 else ""
        raise TimelineError(f"{where}{track}: {first.why}{more}; or read without --strict")


def _note_speeds(shots: tuple[Shot, ...], notes: Notes) -> None:
    """Note the shots that do not play at normal speed."""
    for shot in shots:
        if shot.speed != 1:
            notes.add("plays at another speed than the media, sampled where it is seen", shot.id)


def choose_timeline(tree: Item, notes: Notes) -> Item:
    """Choose one timeline from what an adapter read: the first with pictures.

    Bare clips, a track or a stack are put into a timeline. Raises ``TimelineError`` if there are none.
    """
    timelines = [item for item in _flattened(tree) if schema(item) == "Timeline"]
    if timelines:
        pictured = [item for item in timelines if _has_video(item)]
        chosen = (pictured or timelines)[0]
        if len(timelines) > 1:
            name = one_line(chosen.get("name") or "the first", 40)
            notes.add(f"{len(timelines)} timelines in the file, the first with pictures is read", name)
        return chosen
    parts = [item for item in _flattened(tree) if schema(item) in {"Clip", "Track", "Stack"}]
    if not parts:
        raise TimelineError(
            f"no timeline in it (its {one_line(tree.get('OTIO_SCHEMA'), 40)} holds none); export an edit"
        )
    kind = schema(parts[0])
    alike = [item for item in parts if schema(item) == kind]
    notes.add(f"no timeline in the file: its {'clips' if kind == 'Clip' else kind.lower()} taken as one")
    return timeline_of(alike if kind == "Clip" else alike[:1], str(tree.get("name") or parts[0].get("name") or ""))


def _flattened(tree: Item) -> Iterator[Item]:
    """Yield the object, or all that a collection holds at any depth."""
    if schema(tree) not in CONTAINERS:
        yield tree
        return
    for child in tree.get("children") or ():
        if isinstance(child, dict):
            yield from _flattened(child)


def _has_video(timeline: Item) -> bool:
    """Tell whether a timeline has a video track, or a clip outside tracks, with children."""
    children = (timeline.get("tracks") or {}).get("children") or ()
    return any(child and (schema(child) != "Track" or is_video(child)) and child.get("children") for child in children)


def timeline_of(parts: list[Item], name: str) -> Item:
    """Make a timeline of successive clips, of one track, or of one stack."""
    if parts and schema(parts[0]) == "Stack":
        return schemas.timeline(name, parts[0])
    track = parts[0] if parts and schema(parts[0]) == "Track" else schemas.track("V1", "Video", parts)
    return schemas.timeline(name, schemas.stack("tracks", [track]))


def rate_of(timeline: Item, notes: Notes) -> Fraction:
    """Return the edit's rate: that of its start time, else the most common rate of its items' durations."""
    try:
        return exact_rate((timeline.get("global_start_time") or {}).get("rate"))
    except BadTime:
        pass
    rates: Counter[Fraction] = Counter()
    for track in (timeline.get("tracks") or {}).get("children") or ():
        if not track or is_audio(track):
            continue
        for item in (track, *(track.get("children") or ())):
            try:
                time_range = (item or {}).get("source_range") or reference_of(item or {}).get("available_range") or {}
                duration = time_range.get("duration") or {}
                if duration.get("value"):
                    rates[exact_rate(duration.get("rate"))] += 1
            except BadTime:
                continue
    if not rates:
        notes.add(f"the edit names no frame rate: its frames are counted at {DEFAULT_RATE}")
    return max(rates, key=lambda rate: rates[rate], default=DEFAULT_RATE)
