"""Open the looks of a run: .cube files, Lab targets, stills, folders of stills, and clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from otiograde.decide.look import Look, Recovered, StyleLook, cube_look, lab_look, recovered_look, still_look
from otiograde.decide.look.looks import Looks
from otiograde.decide.look.recovered import ONE_COLOR, one_color
from otiograde.errors import MatchError, ToolNotFoundError
from otiograde.folder.reading import read_lab_target, read_noted
from otiograde.grading.look_clips import DEFAULT, StillOptions, open_changing
from otiograde.means.network import OpenStyle
from otiograde.media.containers import STILL_SUFFIXES
from otiograde.media.frames import read_frames, read_still
from otiograde.media.pictures import Picture
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.settings import LookKind, Sampling, Settings
from otiograde.record.shot import Media, Shot, WishedLook

#: A note on a look that is no still, where somebody says how stills are read.
AS_IT_IS = "is used as it is: how stills are read does not matter"


def _grade(stills: Mapping[str, Picture], options: StillOptions) -> Look:
    return recovered_look([*stills.values()], options.strength, options.palette, [*stills])


def _palette(stills: Mapping[str, Picture], options: StillOptions) -> Look:
    first, *others = stills.values()
    return still_look(first, options.strength, others)


def _style(stills: Mapping[str, Picture], options: StillOptions) -> Look:
    if options.style is None:
        raise ToolNotFoundError("nothing here opens the network of style looks")
    network = options.style()
    pictures = tuple(np.asarray(still, np.float32) for still in stills.values())
    start = recovered_look([*stills.values()], options.strength, 0.0, [*stills])
    return StyleLook(pictures, start, network.fitted, options.strength, network.made_with)


#: For each kind of look: make it from stills by their names.
KINDS: Mapping[LookKind, Callable[[Mapping[str, Picture], StillOptions], Look]] = MappingProxyType(
    {"grade": _grade, "palette": _palette, "style": _style}
)


def open_look(path: Path, options: StillOptions = StillOptions()) -> Look:
    """Open the look of a .cube, a .toml with a Lab target, a still, a folder of stills or a clip.

    Raises ``CubeError``, ``ExportError``, ``MatchError`` or ``MediaError``.
    """
    return _open((path,), options)[0]


def open_looks(
    shots: Iterable[Shot],
    settings: Settings,
    look: Look | None = None,
    style: OpenStyle | None = None,
) -> Looks:
    """Open the look for every scene: ``look``, else the one in ``settings``; else those that shots wish for.

    Raises ``CubeError``, ``ExportError``, ``MatchError`` or ``MediaError`` for a file that cannot be read.
    """
    if look is not None:
        return Looks(look)
    kind = settings.look_as or "palette"
    options = StillOptions(kind, settings.look_strength, settings.look_palette, style, settings.look_every)
    stated = settings.look_as is not None or settings.look_palette > 0
    if settings.look_lab is not None:
        name = "Lab statistics"
        return Looks(
            lab_look(settings.look_lab, _of_one(name, options)), notes=(f"a Lab target {AS_IT_IS}",) if stated else ()
        )
    if settings.look is not None:
        look, notes = _open((settings.look, *settings.more_looks), options, stated=stated)
        return Looks(look, notes=notes)
    wishes = dict.fromkeys(wish for shot in shots if (wish := shot.wishes.wished_look))
    opened = {wish: open_wished(wish, settings, style) for wish in wishes}
    wished = {wish: look for wish, (look, _) in opened.items()}
    return Looks(wished=wished, notes=tuple(note for _, notes in opened.values() for note in notes))


def open_wished(wish: WishedLook, settings: Settings, style: OpenStyle | None) -> tuple[Look, tuple[str, ...]]:
    """Open the look that a scene is wished to have, with notes on its file. Raises as ``open_looks`` does."""
    kind = wish.kind or settings.look_as or "palette"
    options = StillOptions(kind, wish.strength, wish.palette, style, settings.look_every)
    return _open((wish.file,), options, stated=wish.kind is not None or wish.palette > 0)


def recover(paths: Sequence[Path], strength: float = 1.0) -> tuple[Recovered, tuple[str, ...]]:
    """Recover the grade of stills, folders of stills and clips of one film, with notes on the stills.

    Raises ``MatchError``, ``MediaError`` or ``ToolNotFoundError``.
    """
    stills = read_stills(paths)
    return recovered_look([*stills.values()], strength, names=[*stills]), _warnings(stills)


def looks_are_there(settings: Settings) -> bool:
    """Whether all files of the look for every scene are there, or there is no such look."""
    return settings.look is None or all(path.exists() for path in (settings.look, *settings.more_looks))


def shows_stills(settings: Settings, shots: Iterable[Shot]) -> bool:
    """Whether the look for every scene, or one that a shot wishes for, is made of stills."""
    files = (settings.look, *settings.more_looks, *(shot.wishes.look for shot in shots))
    return any(file is not None and not shows_no_still(file) for file in files)


def with_look_kind(settings: Settings, shots: Iterable[Shot]) -> Settings:
    """Return the settings with ``DEFAULT`` as the kind of look, where stills are looks and no kind is set."""
    fresh = settings.look_as is None and shows_stills(settings, shots)
    return replace(settings, look_as=DEFAULT) if fresh else settings


def with_notes(edit: Edit, looks: Looks) -> Edit:
    """Add the notes on the files of the looks to those on the edit, each once."""
    return replace(edit, notes=tuple(dict.fromkeys((*edit.notes, *looks.notes))))


def _open(paths: Sequence[Path], options: StillOptions, *, stated: bool = False) -> tuple[Look, tuple[str, ...]]:
    """Return the look of these files, and notes on how they were read."""
    alone = [path for path in paths if shows_no_still(path)]
    if alone and len(paths) > 1:
        raise MatchError(f"{alone[0].name} is a look alone: give one {alone[0].suffix}, or stills of one look")
    if alone:
        strength, notes = (
            _of_one(alone[0].name, options),
            (f"a {alone[0].suffix.lower()} {AS_IT_IS}",) if stated else (),
        )
        if alone[0].suffix.lower() == ".toml":
            look = lab_look(read_lab_target(alone[0]), strength)
        else:
            cube = read_noted(alone[0])
            look, notes = cube_look(cube.lut, strength), (*cube.notes, *notes)
        return look, tuple(f"{alone[0].name}: {note}" for note in notes)
    if options.kind not in KINDS:
        raise MatchError(f"there is no look of the kind {options.kind!r} here: there are {', '.join(KINDS)}")
    if options.kind != "grade" and options.strength > 1:
        raise MatchError(f"the strength of a {options.kind} look is from 0 to 1, not {options.strength:g}")
    if options.kind != "grade" and options.palette:
        raise MatchError(f"a palette is mixed into a grade, not into a {options.kind} look")
    if options.interval is not None:
        return open_changing(paths, options), ()
    stills = read_stills(paths)
    warnings = () if options.kind == "palette" else _warnings(stills)
    try:
        return KINDS[options.kind](stills, options), warnings
    except ToolNotFoundError as error:
        if options.kind != "style":
            raise
        note = f"no style look, the grade is recovered instead: {error}"
        return _grade(stills, options), (note, *warnings)


def _of_one(name: str, options: StillOptions) -> float:
    """Return the strength of a look that is no still. Raises ``MatchError`` where it is more than 1."""
    if options.strength > 1:
        raise MatchError(f"{name}: its strength is from 0 to 1, not {options.strength:g}")
    return options.strength


def _warnings(stills: Mapping[str, Picture]) -> tuple[str, ...]:
    """Return a note on each still of which a large part has one color."""
    shares = ((name, one_color(still)) for name, still in stills.items())
    return tuple(
        f"{name}: {share:.0%} of it has one color (a frame, a title, a window?): crop it to the picture"
        for name, share in shares
        if share > ONE_COLOR
    )


def read_stills(paths: Iterable[Path]) -> dict[str, Picture]:
    """Read the stills of a look, by their names: files, all stills of a folder, and clips as ``(5, h, w, 3)``.

    Raises ``MatchError`` for a folder without stills, or ``MediaError``.
    """
    return {name: still for path in paths for name, still in _stills(path)}


def _stills(path: Path) -> Iterable[tuple[str, Picture]]:
    if path.is_dir():
        return [(f"{path.name}/{file.name}", read_still(file)) for file in still_files(path)]
    media = probe(path)
    if media.kind != "video" or media.frames < 2:
        return [(path.name, read_still(path))]
    return [(path.name, read_frames(media, _frame_numbers(media), Sampling().width))]


def still_files(folder: Path) -> list[Path]:
    """Return the stills of a folder, by name. Raises ``MatchError`` if there are none."""
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in STILL_SUFFIXES)
    if not files:
        raise MatchError(f"{folder}: a folder without stills is no look: put .png, .jpg or .tif files into it")
    return files


def _frame_numbers(media: Media) -> list[int]:
    """Return the frames of a clip that stand for it, as ``Sampling`` takes them: the middles of equal parts."""
    count = Sampling().count
    return sorted({media.frames * (2 * part + 1) // (2 * count) for part in range(count)})


def shows_no_still(path: Path) -> bool:
    """Whether a file says by itself what the look is: a LUT or a Lab target."""
    return path.suffix.lower() in (".cube", ".toml")
