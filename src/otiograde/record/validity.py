"""Validity: what holds for every record beyond the types of its fields. A record is checked once, when it is read.

After the check, its ids are safe as file names, every reference leads somewhere, every number is in a range that
programs can work with, and no text that becomes part of a filter graph says more than its name.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from otiograde.color.lut import LARGEST, SMALLEST
from otiograde.color.steady import LARGEST as LARGEST_CHANGE
from otiograde.color.steady import Steady
from otiograde.color.transform import Chain, Transform
from otiograde.record.clock import FASTEST
from otiograde.record.codec import DEEPEST, TRANSFORMS, MisfitError
from otiograde.record.course import Course
from otiograde.record.edit import Edit
from otiograde.record.ids import is_id
from otiograde.record.reason import Reason
from otiograde.record.settings import LONGEST, SHORTEST, STRONGEST_GRADE, Settings
from otiograde.record.shot import DYNAMIC, FLATTEST, FrameRange, Media, Shot

#: Sides of a picture in pixels, at most.
_WIDEST = 1 << 17
#: Frames of media or of an edit, at most: a thousand years of 24 frames a second.
_FRAMES = 10**12
#: Largest number in a transform. Larger ones overflow when it is applied.
_MOST = 1e6
#: Tracks of an edit, at most.
_TRACKS = 10_000

_PIXEL_FORMAT = re.compile(r"[a-z0-9_]{1,32}")
_DIGEST = re.compile(r"[0-9a-f]{0,128}")
#: A name of an encoding: one of ours, or its four tags with a slash between them.
_ENCODING = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./ -]{0,99}")
#: What FFmpeg would take for a protocol. One letter is a drive of Windows.
_PROTOCOL = re.compile(r"subfile,|[A-Za-z][A-Za-z0-9+.-]+:")
#: What stands for the number in the path of a sequence. No file system has longer names than 255 bytes.
_NUMBER = re.compile(r"%(?:0(?:[1-9]|1[0-9]|20))?d")


def check(record: Any) -> None:
    """Check a ``GradedTimeline`` as a whole. Raises ``MisfitError``, which says what is wrong and where."""
    shots = {shot.id for shot in record.edit.shots}
    check_edit(record.edit)
    _check_settings(record.settings)
    scene_of = _scenes(record, shots)
    for number, (shot, grade) in enumerate(zip(record.edit.shots, record.grades, strict=False)):
        at = f"grades[{number}]"
        _require(grade.shot == shot.id, f"{at}.shot", f"{grade.shot[:64]!r} where {shot.id} is graded")
        _require(grade.scene == scene_of[shot.id], f"{at}.scene", f"{shot.id} is in {scene_of[shot.id][:64]!r}")
        _require(0 <= grade.share <= 1 and 0 <= grade.strength <= 1, at, "share and strength are from 0 to 1")
        for name in ("balance", "look", "trim"):
            _check_transform(getattr(grade, name), f"{at}.{name}")
        if grade.course is not None:
            _check_course(grade.course, f"{at}.course")
        count = len(grade.course.keys) if grade.course is not None else 0
        _require(len(grade.key_looks) in (0, count), f"{at}.key_looks", f"{len(grade.key_looks)} for {count} keys")
        for key, look in enumerate(grade.key_looks):
            _check_transform(look, f"{at}.key_looks[{key}]")
        _check_reasons(grade.reasons, shots, at)
    _require(len(record.grades) == len(shots), "grades", f"{len(record.grades)} grades for {len(shots)} shots")
    subjects = shots | set(scene_of.values())
    for number, finding in enumerate(record.findings):
        is_named = finding.shot in subjects
        _require(is_named, f"findings[{number}].shot", f"there is no shot or scene {finding.shot[:64]!r}")
    for number, evidence in enumerate(record.evidence):
        at = f"evidence[{number}]"
        _check_known((evidence.a, evidence.b), shots, at)
        _require(0 <= evidence.confidence <= 1, f"{at}.confidence", "confidence is from 0 to 1")
        _require(evidence.matches >= 0 <= evidence.pairs, at, "matches and pairs cannot be negative")
        below = evidence.before < 0 or evidence.after < 0  # neither holds where there is no number
        _require(not below, at, "a difference of colors cannot be negative")
        _check_finite(evidence.places, f"{at}.places")


def _require(holds: bool, at: str, message: str) -> None:
    if not holds:
        raise MisfitError(at, message)


def _check_known(named: Iterable[str], shots: set[str], at: str) -> None:
    for shot in named:
        _require(shot in shots, at, f"there is no shot {shot[:64]!r}")


def _scenes(record: Any, shots: set[str]) -> dict[str, str]:
    """Map each shot to its scene. Raises ``MisfitError`` unless each shot is in exactly one."""
    scene_of: dict[str, str] = {}
    names: set[str] = set()
    for number, scene in enumerate(record.scenes):
        at = f"scenes[{number}]"
        _require(scene.id not in names, f"{at}.id", f"{scene.id[:64]!r} is there twice")
        names.add(scene.id)
        _require(bool(scene.shots), f"{at}.shots", "a scene has shots")
        _check_known(scene.shots, shots, f"{at}.shots")
        for shot in scene.shots:
            _require(shot not in scene_of, f"{at}.shots", f"{shot} is in two scenes, or twice in one")
            scene_of[shot] = scene.id
        _check_known(scene.locked, set(scene.shots), f"{at}.locked")
        _check_known(() if scene.hero is None else (scene.hero,), set(scene.shots), f"{at}.hero")
        _check_reasons(scene.reasons, shots, at)
    alone = shots - scene_of.keys()
    _require(not alone, "scenes", f"{min(alone, default='')} is in none")
    return scene_of


def _check_reasons(reasons: Iterable[Reason], shots: set[str], at: str) -> None:
    _check_known((reason.shot for reason in reasons if reason.shot), shots, f"{at}.reasons")


def check_edit(edit: Edit) -> None:
    """Check an edit as a record will hold it. Raises ``MisfitError``."""
    _check_rate(edit.rate, "edit.rate")
    _require(0 <= edit.length <= _FRAMES, "edit.length", "a number of frames that no edit has")
    _check_tree(edit.otio)
    seen: set[str] = set()
    checked: set[int] = set()
    for number, shot in enumerate(edit.shots):
        at = f"edit.shots[{number}]"
        _require(is_id(shot.id), f"{at}.id", f"{shot.id[:64]!r} is no id: up to 64 of A-Z a-z 0-9 . _ -")
        _require(shot.id.casefold() not in seen, f"{at}.id", f"{shot.id} is there twice")
        seen.add(shot.id.casefold())
        if id(shot.media) not in checked:
            _check_media(shot.media, f"{at}.media")
            checked.add(id(shot.media))
        _check_shot(shot, edit, at)
    for name in ("joins", "sounds", "patterns"):
        for number, item in enumerate(getattr(edit, name)):
            _check_where(edit, item.where, f"edit.{name}[{number}].where")
    for number, join in enumerate(edit.joins):
        few = 0 <= join.before <= _FRAMES and 0 <= join.after <= _FRAMES
        _require(few, f"edit.joins[{number}]", "a transition with a length that none has")
    for number, sound in enumerate(edit.sounds):
        at = f"edit.sounds[{number}]"
        _check_path(sound.path, f"{at}.path")
        times = (sound.start, sound.length, sound.at, sound.lasts, sound.speed)
        _require(all(abs(time) <= _FRAMES for time in times), at, "a time that no sound has")
        _require(sound.length >= 0 <= sound.lasts, at, "a length cannot be negative")
    for number, pattern in enumerate(edit.patterns):
        _check_range(pattern.record, f"edit.patterns[{number}].record")


def _check_shot(shot: Shot, edit: Edit, at: str) -> None:
    _check_range(shot.source, f"{at}.source")
    _check_range(shot.record, f"{at}.record")
    _require(0 <= shot.track < _TRACKS, f"{at}.track", f"{shot.track} is no track")
    _check_where(edit, shot.where, f"{at}.where")
    _require(abs(shot.speed) <= FASTEST, f"{at}.speed", "a speed that no shot has")
    _require(all(abs(time) <= _FRAMES for time in shot.seconds or ()), f"{at}.seconds", "a time that no shot has")
    _require(
        all(0 <= frames <= _FRAMES for frames in shot.shared), f"{at}.shared", "a number of frames is not negative"
    )
    wishes = shot.wishes
    for name in ("strength", "boldness"):
        value = getattr(wishes, name)
        _require(value is None or 0 <= value <= 1, f"{at}.wishes.{name}", "it is from 0 to 1")
    if wishes.look is not None:
        _check_path(wishes.look, f"{at}.wishes.look")
    strongest = STRONGEST_GRADE if wishes.look_as in (None, "grade") else 1
    _require(0 <= wishes.look_strength <= strongest, f"{at}.wishes.look_strength", f"it is from 0 to {strongest}")
    _require(0 <= wishes.look_palette <= 1, f"{at}.wishes.look_palette", "it is from 0 to 1")


def _check_media(media: Media, at: str) -> None:
    _check_path(media.path, f"{at}.path")
    if media.kind == "sequence":
        signs = str(media.path).replace("%%", "")
        is_pattern = signs.count("%") == 1 and _NUMBER.search(signs) is not None
        _require(is_pattern, f"{at}.path", "a sequence has one number in its path (shot.%04d.png)")
    sides = 0 < media.width <= _WIDEST and 0 < media.height <= _WIDEST
    _require(sides, at, "width and height are sizes in pixels")
    _check_rate(media.rate, f"{at}.rate")
    counts = (media.frames, media.timecode, media.first)
    _require(all(0 <= count <= _FRAMES for count in counts), at, "frames, timecode and first are counted from 0")
    format_ = _PIXEL_FORMAT.fullmatch(media.pixel_format) is not None
    _require(format_, f"{at}.pixel_format", f"{media.pixel_format[:64]!r} is no pixel format")
    _require(1 <= media.bits <= 64, f"{at}.bits", f"{media.bits} is no number of bits")
    name = media.encoding.name
    _require(_ENCODING.fullmatch(name) is not None, f"{at}.encoding.name", f"{name[:64]!r} is no name of an encoding")
    aspect = Fraction(1, FLATTEST) <= media.pixel_aspect <= FLATTEST
    _require(aspect, f"{at}.pixel_aspect", f"it is from 1/{FLATTEST} to {FLATTEST}")
    light = media.light
    _require(len(light.mastering) in (0, 10), f"{at}.light.mastering", "it has ten numbers")
    _require(
        all(0 <= number <= 10**8 for number in light.mastering), f"{at}.light.mastering", "a number is out of range"
    )
    _require(len(light.content) in (0, 2), f"{at}.light.content", "it has two numbers")
    _require(all(0 <= number <= 10**6 for number in light.content), f"{at}.light.content", "a number is out of range")
    _require({*light.dynamic} <= DYNAMIC, f"{at}.light.dynamic", f"it names {' or '.join(sorted(DYNAMIC))}")
    _require(0 <= media.orientation.turns <= 3, f"{at}.orientation.turns", "it is from 0 to 3")
    _require(media.start is None or abs(media.start) <= _FRAMES, f"{at}.start", "a time that no file has")
    _require(_DIGEST.fullmatch(media.digest) is not None, f"{at}.digest", "it is not hexadecimal")


def _check_path(path: Path, at: str) -> None:
    _require(_PROTOCOL.match(str(path)) is None, at, f"{str(path)[:64]!r} is no path of a file")


def _check_rate(rate: Fraction, at: str) -> None:
    _require(Fraction(1, FASTEST) <= rate <= FASTEST, at, "a rate that no picture has")


def _check_range(frames: FrameRange, at: str) -> None:
    _check_rate(frames.rate, f"{at}.rate")
    _require(abs(frames.start) <= _FRAMES and 0 <= frames.count <= _FRAMES, at, "frames that no media has")


def _check_where(edit: Edit, where: tuple[int, ...], at: str) -> None:
    item: Any = edit.otio.get("tracks")
    for index in where:
        children = item.get("children") if isinstance(item, dict) else None
        _require(isinstance(children, list) and 0 <= index < len(children), at, "it leads to nothing in edit.otio")
        item = children[index] if children else None
    _require(bool(where) and isinstance(item, dict), at, "it leads to nothing in edit.otio")


#: What the fields of an OTIO object are, where otiograde looks into them; any of them may be null.
_SHAPES: Mapping[str, type] = {
    "tracks": dict, "children": list, "effects": list, "markers": list, "metadata": dict, "media_references": dict,
    "media_reference": dict, "active_media_reference_key": str, "global_start_time": dict, "source_range": dict,
    "available_range": dict, "start_time": dict, "target_url": str, "target_url_base": str, "name_prefix": str,
}  # fmt: skip


def _check_tree(tree: dict[str, Any]) -> None:
    """Check the shape of the edit's tree. Decoding has bounded its depth."""
    items: list[Any] = [tree]
    while items:
        item = items.pop()
        if not isinstance(item, dict):
            continue
        for name, kind in _SHAPES.items():
            value = item.get(name)
            _require(value is None or isinstance(value, kind), "edit.otio", f"{name} is no {kind.__name__}")
        items += [item.get(name) for name in ("tracks", "media_reference", "source_range", "available_range")]
        items += [*(item.get("children") or ()), *(item.get("effects") or ())]
        items += (item.get("media_references") or {}).values()


def _check_settings(settings: Settings) -> None:
    size = settings.lut_size
    _require(SMALLEST <= size <= LARGEST, "settings.lut_size", f"{size}: it is from {SMALLEST} to {LARGEST}")
    strongest = STRONGEST_GRADE if settings.look_as == "grade" else 1
    _require(0 <= settings.look_strength <= strongest, "settings.look_strength", f"it is from 0 to {strongest}")
    _require(0 <= settings.look_palette <= 1, "settings.look_palette", "it is from 0 to 1")
    _require(0 <= settings.boldness <= 1, "settings.boldness", "it is from 0 to 1")
    _require(
        settings.sampling.count >= 1 <= settings.sampling.width, "settings.sampling", "count and width are above 0"
    )
    _require(settings.look is None or settings.look_lab is None, "settings.look_lab", "there is a look already, a file")
    if settings.look is not None:
        _check_path(settings.look, "settings.look")
    interval = settings.look_every
    _require(interval is None or SHORTEST <= interval <= LONGEST, "settings.look_every", "a time that no look has")
    for number, path in enumerate(settings.more_looks):
        _check_path(path, f"settings.more_looks.{number}")
    for stage in ("sampling", "linking", "grouping"):
        for field in dataclasses.fields(getattr(settings, stage)):
            value, at = getattr(getattr(settings, stage), field.name), f"settings.{stage}.{field.name}"
            if isinstance(value, int):
                _require(0 <= value <= 10**9, at, f"{value} is out of range")
            elif isinstance(value, float):
                _require(math.isfinite(value), at, "it is no number")


def _check_course(course: Course, at: str) -> None:
    """Check the ranges of a course. The course itself has checked its order."""
    _require(0 <= course.reference <= _FRAMES, f"{at}.reference", "a frame that no media has")
    for number, key in enumerate(course.keys):
        _require(0 <= key.frame <= _FRAMES, f"{at}.keys[{number}].frame", "a frame that no media has")
        _check_transform(key.transform, f"{at}.keys[{number}].transform")


def _check_transform(transform: Transform, at: str) -> None:
    """Check that a transform is not nested too deeply, and that its numbers are finite."""
    level: list[Any] = [transform]
    for _ in range(DEEPEST // 4):
        level = [part for whole in level for part in _parts(whole, at)]
        if not level:
            return
    raise MisfitError(at, "nested too deeply")


def _parts(transform: Any, at: str) -> Iterator[Any]:
    """Yield the transforms that one is made of. Raises ``MisfitError`` for numbers that are none, or too large."""
    if isinstance(transform, Chain):
        yield from transform.transforms
        return
    most = LARGEST_CHANGE if isinstance(transform, Steady) else _MOST
    for field in dataclasses.fields(transform):
        value = getattr(transform, field.name)
        if type(value).__name__ in TRANSFORMS:
            yield value
        else:
            _check_finite(value, f"{at}.{field.name}", most)


def _check_finite(value: Any, at: str, most: float = math.inf) -> None:
    """Check that a number, or each of a tuple's, is finite and at most ``most``."""
    if isinstance(value, tuple):
        for item in value:
            _check_finite(item, at, most)
    elif isinstance(value, float):
        _require(math.isfinite(value), at, "it is no number")
        _require(abs(value) <= most, at, "a number that no grade has")
