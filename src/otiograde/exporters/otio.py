"""``graded.otio``: the edit, with one plain effect per shot that names the shot's LUT.

Every program that reads OpenTimelineIO can read it, without otiograde: the effect is OTIO's ``Effect.1``, and all of
our data is in its metadata (https://opentimelineio.readthedocs.io).
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from otiograde.color.transform import Identity
from otiograde.exporters.colorio.cdl import as_json, fit_of
from otiograde.exporters.luts import cube_of, key_cube_of
from otiograde.folder.layout import EDIT, key_lut_path, lut_path
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import Item, clip_at, media_references, walk
from otiograde.record.shot import Media, Shot

#: The version of the effect's metadata.
VERSION = 1

#: The beginning of ``effect_name`` in our effects.
EFFECT_PREFIX = "otiograde."

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]*://|file:", re.IGNORECASE)


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the graded edit. It replaces effects of earlier grades, and names media by absolute URL."""
    edit, positions = _plain(record)
    for shot, grade in zip(record.edit.shots, record.grades, strict=True):
        clip = clip_at(edit, shot.where)
        clip["effects"] = list(clip.get("effects") or ())
        effect = _effect(shot, grade, record.lut_size)
        clip["effects"].insert(positions[id(clip)], effect)
        _add_cdl(clip, effect["metadata"]["otiograde"])
    return {EDIT: format_edit(edit)}


def plain_edit(record: GradedTimeline) -> Item:
    """Return the edit as it was read, without our effects, and with absolute media URLs."""
    return _plain(record)[0]


def format_edit(edit: Item) -> bytes:
    """Return the text of an .otio file. Bytes of file names that are no UTF-8 become question marks."""
    return (json.dumps(edit, indent=4, ensure_ascii=False) + "\n").encode("utf-8", errors="replace")


def _plain(record: GradedTimeline) -> tuple[Item, dict[int, int]]:
    """Return the edit without our effects, and ``id`` of item -> the position of its first one."""
    edit = copy.deepcopy(record.edit.otio)
    positions = {id(item): _remove_our_effects(item) for item in walk(edit)}
    _make_absolute(edit, record.edit.shots)
    return edit, positions


def _effect(shot: Shot, grade: Grade, size: int) -> Item:
    metadata = {
        "version": VERSION,
        "kind": "lut3d",
        "path": lut_path(shot.id),
        "sha256": hashlib.sha256(cube_of(grade, size)).hexdigest(),
        "size": size,
        "interpolation": "tetrahedral",
        "encoding": shot.media.encoding.name,
        "range": "full",
        "strength": grade.amount,
        "confidence": grade.confidence,
        "scene": grade.scene,
        "shot": shot.id,
    }
    if grade.course is not None:
        metadata |= _keys(grade, size)
    if shot.wishes.steps:
        metadata["steps"] = [str(step) for step in shot.wishes.steps]
    fit = fit_of(grade)
    if fit.good and not isinstance(grade.transform, Identity):
        # The nearest CDL, and how far it is from the grade over the shot's likely colors (CIEDE2000).
        metadata["cdl"] = as_json(fit.cdl)
        metadata["cdl_fit"] = {"mean": round(fit.mean, 4), "p95": round(fit.p95, 4), "share": round(fit.share, 4)}
    effect = {
        "name": "otiograde",
        "effect_name": f"{EFFECT_PREFIX}LUT3D",
        "enabled": True,
        "metadata": {"otiograde": metadata},
    }
    return {"OTIO_SCHEMA": "Effect.1", **effect}


def _keys(grade: Grade, size: int) -> Item:
    """Return the LUTs of a grade that changes, by media frame; ``path`` is then its LUT at the frame ``reference``."""
    course = grade.course
    assert course is not None  # noqa: S101  (the caller has looked)
    digest = (hashlib.sha256(key_cube_of(grade, key.frame, size)).hexdigest() for key in course.keys)
    keys = [
        {"frame": key.frame, "path": key_lut_path(grade.shot, key.frame), "sha256": sha256}
        for key, sha256 in zip(course.keys, digest, strict=True)
    ]
    weights = {"weights": list(course.weights)} if course.weights else {}
    return {"keys": keys, **weights, "reference": course.reference}


def _add_cdl(clip: Item, effect_metadata: Item) -> None:
    """Put our CDL where writers of EDL and ALE look for one, unless the edit has a CDL."""
    metadata = clip.get("metadata") or {}
    if "cdl" in effect_metadata and "cdl" not in metadata:
        clip["metadata"] = {**metadata, "cdl": copy.deepcopy(effect_metadata["cdl"])}


def _remove_our_effects(item: Item) -> int:
    """Remove our effects, and the CDL that came with them, from an item.

    Returns the position of the first one, or the end if there was none.
    """
    effects = item.get("effects") or []
    ours = [index for index, effect in enumerate(effects) if _is_ours(effect)]
    if ours:
        item["effects"] = [effect for index, effect in enumerate(effects) if index not in ours]
        metadata = item.get("metadata") or {}
        if any("cdl" in metadata and metadata["cdl"] == _cdl_of(effects[index]) for index in ours):
            item["metadata"] = {key: value for key, value in metadata.items() if key != "cdl"}
    return ours[0] if ours else len(effects)


def _cdl_of(effect: Item) -> Any:
    """Return the CDL of our effect, if it has one."""
    metadata = (effect.get("metadata") or {}).get("otiograde")
    return metadata.get("cdl") if isinstance(metadata, dict) else None


def _is_ours(effect: Any) -> bool:
    return isinstance(effect, dict) and str(effect.get("effect_name", "")).startswith(EFFECT_PREFIX)


def _make_absolute(edit: Item, shots: tuple[Shot, ...]) -> None:
    """Make media URLs absolute. They are relative to the edit's folder, and ``graded.otio`` is in another folder.

    Shots have absolute media paths. The edit's folder follows from them, for sounds and for clips that are not shots.
    """
    absolute_urls: dict[tuple[str, str], str] = {}
    folder = None
    for shot in shots:
        clip = clip_at(edit, shot.where)
        for reference in media_references(clip, active=True):
            key, url = _url(reference)
            if url is not None and shot.media.path.is_absolute():
                absolute_urls[key, url] = _absolute(reference, shot.media)
                folder = folder or _edit_folder(url, _target(reference, shot.media))
    for item in walk(edit):
        for reference in media_references(item):
            key, url = _url(reference)
            if url is not None and (key, url) in absolute_urls:
                reference[key] = absolute_urls[key, url]
            elif url and folder is not None:
                path = unquote(url.replace("\\", "/"))
                reference[key] = f"{folder.as_uri()}/{quote(path, errors='surrogateescape')}"


def _url(reference: Item) -> tuple[str, str | None]:
    """Return the name of the field with the URL, and the URL if it is relative."""
    key = "target_url_base" if "target_url_base" in reference else "target_url"
    url = reference.get(key)
    return key, url if isinstance(url, str) and not _ABSOLUTE.match(url) else None


def _target(reference: Item, media: Media) -> Path:
    """Return the target of a reference's URL: the media file, or the folder of a sequence."""
    if media.kind != "sequence":
        return media.path
    depth = str(reference.get("name_prefix", "")).count("/") if "target_url_base" in reference else 0
    parents = media.path.parents
    return Path(str(parents[min(depth, len(parents) - 1)]).replace("%%", "%"))  # a sequence's path is a printf pattern


def _absolute(reference: Item, media: Media) -> str:
    url = _target(reference, media).as_uri()
    if "target_url_base" in reference:
        return f"{url}/"
    return (
        f"{url}/{quote(PurePosixPath(unquote(reference['target_url'])).name, errors='surrogateescape')}"
        if media.kind == "sequence"
        else url
    )


def _edit_folder(url: str, target: Path) -> Path | None:
    """Return the folder to which a URL is relative, if the media was found where the URL says."""
    for spelling in (url, unquote(url)):
        end = PurePosixPath(spelling.replace("\\", "/")).parts
        if end and target.parts[-len(end) :] == end:
            return Path(*target.parts[: -len(end)])
    return None
