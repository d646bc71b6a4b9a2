"""``graded.otio``: the edit as it was, with one plain effect per shot that names the shot's LUT.

Read by every program that reads OpenTimelineIO, with or without otiograde: the effect is OTIO's own ``Effect.1``, and
all of ours sits in its metadata (https://opentimelineio.readthedocs.io).
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
from otiograde.exporters.luts import cube_of
from otiograde.folder.layout import EDIT, lut_path
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import Item, clip_at, media_references, walk
from otiograde.record.shot import Media, Shot

#: The version of what stands in the effect's metadata.
VERSION = 1

#: Effects of ours are known by the beginning of their ``effect_name``.
OWN = "otiograde."

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]*://|file:", re.IGNORECASE)


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Give the graded edit: effects of an earlier grade replaced, media where they are, now by absolute URL."""
    edit, places = _plain(record)
    for shot, grade in zip(record.edit.shots, record.grades, strict=True):
        clip = clip_at(edit, shot.where)
        clip["effects"] = list(clip.get("effects") or ())
        effect = _effect(shot, grade, record.lut_size)
        clip["effects"].insert(places[id(clip)], effect)
        _tell_cdl(clip, effect["metadata"]["otiograde"])
    return {EDIT: format_edit(edit)}


def plain_edit(record: GradedTimeline) -> Item:
    """Give the edit as it was read, without effects of ours, media by absolute URL."""
    return _plain(record)[0]


def format_edit(edit: Item) -> bytes:
    """Make the text of an .otio file."""
    return (json.dumps(edit, indent=4, ensure_ascii=False) + "\n").encode("utf-8")


def _plain(record: GradedTimeline) -> tuple[Item, dict[int, int]]:
    """Give the edit without effects of ours, and by the ``id`` of each item where the first one stood."""
    edit = copy.deepcopy(record.edit.otio)
    places = {id(item): _remove_own_effects(item) for item in walk(edit)}
    _make_absolute(edit, record.edit.shots)
    return edit, places


def _effect(shot: Shot, grade: Grade, size: int) -> Item:
    meaning = {
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
    if shot.wishes.steps:
        meaning["steps"] = [str(step) for step in shot.wishes.steps]
    fit = fit_of(grade)
    if fit.good and not isinstance(grade.transform, Identity):
        # The nearest CDL, and how far it is from the grade over the shot's likely colors (CIEDE2000).
        meaning["cdl"] = as_json(fit.cdl)
        meaning["cdl_fit"] = {"mean": round(fit.mean, 4), "p95": round(fit.p95, 4), "share": round(fit.share, 4)}
    effect = {"name": "otiograde", "effect_name": f"{OWN}LUT3D", "enabled": True, "metadata": {"otiograde": meaning}}
    return {"OTIO_SCHEMA": "Effect.1", **effect}


def _tell_cdl(clip: Item, meaning: Item) -> None:
    """Put our CDL where writers of EDL and ALE look for one, unless the edit brought its own."""
    metadata = clip.get("metadata") or {}
    if "cdl" in meaning and "cdl" not in metadata:
        clip["metadata"] = {**metadata, "cdl": copy.deepcopy(meaning["cdl"])}


def _remove_own_effects(item: Item) -> int:
    """Take effects of ours, and the CDL that came with them, off an item.

    Returns where the first one stood, the end when there was none.
    """
    effects = item.get("effects") or []
    own = [index for index, effect in enumerate(effects) if _is_own(effect)]
    if own:
        item["effects"] = [effect for index, effect in enumerate(effects) if index not in own]
        metadata = item.get("metadata") or {}
        if any("cdl" in metadata and metadata["cdl"] == _own_cdl(effects[index]) for index in own):
            item["metadata"] = {key: value for key, value in metadata.items() if key != "cdl"}
    return own[0] if own else len(effects)


def _own_cdl(effect: Item) -> Any:
    """Give the CDL that an effect of ours brought, if any."""
    meaning = (effect.get("metadata") or {}).get("otiograde")
    return meaning.get("cdl") if isinstance(meaning, dict) else None


def _is_own(effect: Any) -> bool:
    return isinstance(effect, dict) and str(effect.get("effect_name", "")).startswith(OWN)


def _make_absolute(edit: Item, shots: tuple[Shot, ...]) -> None:
    """Make relative media URLs absolute: they count from the edit's folder, and ``graded.otio`` lies in another.

    Shots know where their media are. From them follows the edit's folder, for the sound and for clips that are no
    shots.
    """
    known: dict[tuple[str, str], str] = {}
    folder = None
    for shot in shots:
        clip = clip_at(edit, shot.where)
        for reference in media_references(clip, active=True):
            key, url = _url(reference)
            if url is not None and shot.media.path.is_absolute():
                known[key, url] = _absolute(reference, shot.media)
                folder = folder or _folder(url, _home(reference, shot.media))
    for item in walk(edit):
        for reference in media_references(item):
            key, url = _url(reference)
            if url is not None and (key, url) in known:
                reference[key] = known[key, url]
            elif url and folder is not None:
                plain = unquote(url.replace("\\", "/"))
                reference[key] = f"{folder.as_uri()}/{quote(plain)}"


def _url(reference: Item) -> tuple[str, str | None]:
    """Name the field that holds the URL, and give the URL if it is relative."""
    key = "target_url_base" if "target_url_base" in reference else "target_url"
    url = reference.get(key)
    return key, url if isinstance(url, str) and not _ABSOLUTE.match(url) else None


def _home(reference: Item, media: Media) -> Path:
    """Find what the URL of a reference stands for: the media file, or the folder of a sequence."""
    if media.kind != "sequence":
        return media.path
    depth = str(reference.get("name_prefix", "")).count("/") if "target_url_base" in reference else 0
    return Path(str(media.path.parents[depth]).replace("%%", "%"))  # a sequence's path is a printf pattern


def _absolute(reference: Item, media: Media) -> str:
    home = _home(reference, media).as_uri()
    if "target_url_base" in reference:
        return f"{home}/"
    return f"{home}/{quote(PurePosixPath(unquote(reference['target_url'])).name)}" if media.kind == "sequence" else home


def _folder(url: str, home: Path) -> Path | None:
    """Find the folder that a relative URL counts from, if the media was found where the URL says."""
    for spelling in (url, unquote(url)):
        end = PurePosixPath(spelling.replace("\\", "/")).parts
        if end and home.parts[-len(end) :] == end:
            return Path(*home.parts[: -len(end)])
    return None
