"""Shots and edits of invented media."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from making.media import RATE, media
from otiograde.record.edit import Edit
from otiograde.record.shot import FrameRange, Media, Shot, Wishes


def shot(
    shot_id: str = "a",
    of: Media | None = None,
    source: tuple[int, int] = (0, 24),
    *,
    at: int = 0,
    count: int | None = None,
    rate: Fraction = RATE,
    where: tuple[int, ...] | None = None,
    **fields: Any,
) -> Shot:
    """A shot of ``source`` (first media frame, count), from frame ``at`` of an edit at ``rate`` on.

    It is as long in the edit as in its media unless ``count`` says how long; a still shows its one frame. ``where``
    tells its track; ``fields`` are Shot's.
    """
    of = of or media(f"{shot_id}.mov")
    where = (0, at) if where is None else where
    seen = FrameRange(0, 1, of.rate) if of.kind == "still" else FrameRange(*source, of.rate)
    record = FrameRange(at, source[1] if count is None else count, rate)
    track = fields.pop("track", where[0])
    return Shot(
        **{"id": shot_id, "name": shot_id, **fields}, media=of, source=seen, record=record, track=track, where=where
    )


def nth_shot(name: str, number: int = 0, encoding: str = "bt709", *, frames: int = 48, **wishes: Any) -> Shot:
    """The shot ``number`` of a track of shots as long as their media, and what is wished for it."""
    of = media(f"{name}.mov", encoding, frames=frames, origin="container tags")
    return shot(name, of, (0, frames), at=frames * number, where=(0, number), wishes=Wishes(**wishes))


def edit(*shots: Shot, name: str = "film", otio: dict[str, Any] | None = None, **fields: Any) -> Edit:
    """An edit of shots; ``otio`` is its tree, where an exporter looks into that; ``fields`` are Edit's.

    Without ``otio``, the tree has nothing but something at each ``where``.
    """
    rate = fields.pop("rate", shots[0].record.rate if shots else RATE)
    if otio is None:
        others = (item for kind in ("joins", "sounds", "patterns") for item in fields.get(kind, ()))
        otio = {"tracks": branches(item.where for item in (*shots, *others))}
    return Edit(name, otio, rate, shots, fields.pop("skips", ()), **fields)


def branches(wheres: Iterable[tuple[int, ...]]) -> dict[str, Any]:
    """A stack in which each of these paths of child indices leads to an item."""
    stack: dict[str, Any] = {"OTIO_SCHEMA": "Stack.1"}
    for where in wheres:
        item = stack
        for index in where:
            children = item.setdefault("children", [])
            children += [{"OTIO_SCHEMA": "Item.1"} for _ in range(index + 1 - len(children))]
            item = children[index]
    return stack
