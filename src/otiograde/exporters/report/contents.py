"""What the page says and shows, taken from the record and its pictures, for the template and for the scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from otiograde.color.cdl_fit import fit_cdl
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Identity
from otiograde.exporters.report import words
from otiograde.exporters.report.gallery import Gallery, as_text
from otiograde.exporters.report.pairs import (
    Heat,
    Pair,
    Step,
    heat_maps,
    mean_step,
    of_shot,
    title,
    worst_pairs,
)
from otiograde.folder.layout import lut_path
from otiograde.media.jpeg import encode_jpeg
from otiograde.movie.timecode import timecode
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot
from otiograde.survey import kinds

#: Nodes a side of the LUTs that a page carries, and of how many shots' LUTs it carries the finer ones.
SIZE, COARSE, MANY = 17, 9, 120

#: What the nodes of these LUTs may hold: codes from ``LOW`` to ``LOW + SPAN``; the page clips after interpolation.
LOW, SPAN = -0.5, 2.0

#: So many pairs are shown large, and a shot's evidence drawn for so many others.
SHOWN, DRAWN = 6, 4


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the page: its ``key``, its size, and its ``source`` where this is the place that holds it."""

    key: str
    width: int
    height: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One shot in the filmstrip, and the words of its shot view."""

    id: str
    name: str
    place: str
    hero: bool
    locked: bool
    confidence: str
    step: Step
    done: str
    moved: bool
    reasons: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    before: Picture | None
    after: Picture | None


@dataclass(frozen=True, slots=True)
class SceneView:
    """One scene: its title, what was done to it, and its cards in edit order."""

    id: str
    title: str
    said: str
    step: Step
    why: tuple[str, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that the template is given; ``data`` is for the scripts."""

    name: str
    opening: str
    verdict: str
    passed: bool
    step: Step
    failures: tuple[str, ...]
    left_out: tuple[str, ...]
    pairs: tuple[Pair, ...]
    names: dict[str, str]
    scenes: tuple[SceneView, ...]
    heats: tuple[Heat, ...]
    hdr: bool
    made_with: str
    data: dict[str, Any]


def contents(gallery: Gallery) -> Contents:
    """Everything that the page says and shows."""
    record = gallery.record
    names = words.names_of(record)
    scenes = tuple(_scene(scene, gallery, names) for scene in record.scenes)
    return Contents(
        record.edit.name or "Untitled edit",
        words.opening(record),
        words.verdict(record),
        record.passed,
        mean_step(record.evidence),
        tuple(words.failures(record.findings, names)),
        tuple(
            words.sentence(f"{skip.what} {skip.name}: {skip.why}") for skip in record.edit.skips if skip.what != "gap"
        ),
        tuple(worst_pairs(record, gallery.owner)),
        names,
        scenes,
        tuple(heat_maps(record, gallery)),
        any(shot.media.encoding.is_hdr for shot in record.edit.shots),
        ", ".join(f"{name} {number}" for name, number in record.made_with.items()),
        _data(gallery, scenes),
    )


def compact(lut: Lut3D, size: int = SIZE) -> str:
    """A LUT for the page: ``size`` nodes a side, r g b of each as little-endian uint16, red fastest, in base64."""
    lattice = (lut if lut.size == size else lut.resample(size)).lattice
    return as_text(np.rint(np.clip(lattice, 0, 1) * 65535).astype("<u2").tobytes())


def _scene(scene: Scene, gallery: Gallery, names: Mapping[str, str]) -> SceneView:
    record = gallery.record
    found = {finding.check: finding for finding in record.findings if finding.shot == scene.id}
    before, after = found.get("difference_before"), found.get("difference_after")
    step = Step(before.value, after.value, after.unit) if before and after else Step(float("nan"), float("nan"))
    cards = tuple(_card(record.edit.shot(shot), names[shot], scene, gallery) for shot in scene.shots)
    why = tuple(words.sentence(reason.sentence) for reason in scene.reasons)
    return SceneView(scene.id, title(scene.id), words.of_scene(scene, record), step, why, cards)


def _card(shot: Shot, name: str, scene: Scene, gallery: Gallery) -> Card:
    record, grade = gallery.record, gallery.record.grade(shot.id)
    before, after = _pictures(shot, gallery)
    return Card(
        shot.id,
        name,
        timecode(shot.record.start, record.edit.rate),
        shot.id == scene.hero,
        shot.id in scene.locked,
        words.CONFIDENCE[grade.confidence],
        mean_step(of_shot(shot.id, record, gallery.owner)),
        words.done_to(grade),
        not isinstance(grade.transform, Identity),
        tuple(words.sentence(reason.sentence) for reason in grade.reasons),
        tuple(_facts(shot, grade, record)),
        before,
        after,
    )


def _facts(shot: Shot, grade: Grade, record: GradedTimeline) -> list[tuple[str, str]]:
    """What a colorist would want to know of a shot's grade, by name."""
    media = shot.media
    kind = f"{media.encoding.name}, {media.width} × {media.height}, {media.bits} bits"
    facts = [("Media", media.path.name), ("Encoding", f"{kind} ({media.origin})")]
    facts += [("Frames", f"{shot.source.start} to {shot.source.end - 1}, {float(media.rate):g} a second")]
    if grade.amount != 1:
        facts += [("Strength", f"{grade.amount:.0%}")]
    fit = fit_cdl(grade.transform)
    if not isinstance(grade.transform, Identity):
        for name in ("slope", "offset", "power"):
            facts += [(f"CDL {name}", "   ".join(f"{value:.4f}" for value in getattr(fit.cdl, name)))]
        facts += [("CDL saturation", f"{fit.cdl.saturation:.4f}")]
        facts += [
            ("CDL alone", f"ΔE00 {fit.mean:.2f} from the LUT (95 %: {fit.p95:.2f}); carries {fit.share:.0%} of it")
        ]
    facts += [("LUT", f"{lut_path(shot.id)}, {record.lut_size} nodes a side")]
    return facts + [("Step in the rendering, not shown here", str(step)) for step in shot.wishes.steps]


def _pictures(shot: Shot, gallery: Gallery) -> tuple[Picture | None, Picture | None]:
    """The shot's picture before and after, with their bytes where the shot is the first to show them."""
    frame = gallery.middle(shot.id)
    codes = None if frame is None else gallery.codes(shot.id, frame)
    if frame is None or codes is None:
        return None, None
    owner = gallery.owner[shot.id]
    height, width = codes.shape[:2]
    keys = f"{owner}/{frame}", f"{owner}/after"
    if owner != shot.id:
        return Picture(keys[0], width, height), Picture(keys[1], width, height)
    sources = gallery.jpeg(shot.id, frame), encode_jpeg(gallery.graded(shot.id, codes))
    before, after = (
        Picture(key, width, height, f"data:image/jpeg;base64,{as_text(source)}")
        for key, source in zip(keys, sources, strict=True)
    )
    return before, after


def _data(gallery: Gallery, scenes: tuple[SceneView, ...]) -> dict[str, Any]:
    record = gallery.record
    owners = list(dict.fromkeys(gallery.owner.values()))
    size = SIZE if len(owners) <= MANY else COARSE
    held = {card.before.key for scene in scenes for card in scene.cards if card.before and card.before.source}
    stored = {
        key: as_text(gallery.jpeg(shot, frame))
        for shot, frames in gallery.frames.items()
        for frame in frames
        if (key := f"{shot}/{frame}") not in held
    }
    luts = {shot: _live(record.grade(shot), size) for shot in owners if _moved(record.grade(shot))}
    return {
        "size": size,
        "low": LOW,
        "span": SPAN,
        "shots": [_shot_data(card, scene, gallery) for scene in scenes for card in scene.cards],
        "order": [shot.id for shot in record.edit.shots],
        "luts": luts,
        "pictures": stored,
    }


def _live(grade: Grade, size: int) -> str:
    """A grade for the page, like ``compact``, but from ``LOW`` on: coarse nodes clipped at white bend too soon."""
    nodes = Lut3D.identity(size).lattice.astype(np.float64)
    shares = (np.asarray(grade.transform(nodes)) - LOW) / SPAN
    return as_text(np.rint(np.clip(shares, 0, 1) * 65535).astype("<u2").tobytes())


def _moved(grade: Grade) -> bool:
    return not isinstance(grade.transform, Identity)


def _shot_data(card: Card, scene: SceneView, gallery: Gallery) -> dict[str, Any]:
    evidence = of_shot(card.id, gallery.record, gallery.owner)
    hero = next((each.id for each in scene.cards if each.hero and each.id != card.id), None)
    inside = {each.id for each in scene.cards}
    linked = next((said.b for said in evidence if said.b in inside and said.b != card.id), None)
    others = next((each.id for each in scene.cards if each.id != card.id), None)
    return {
        "id": card.id,
        "name": card.name,
        "scene": scene.id,
        "owner": gallery.owner[card.id],
        "frames": list(gallery.frames.get(gallery.owner[card.id], ())),
        "middle": gallery.middle(card.id),
        "beside": hero or linked or others,
        "evidence": [
            {
                "with": said.b,
                "kind": kinds.words(said.kind),
                "matches": said.matches,
                "step": words.step_words(Step(said.before, said.after)),
                "unit": said.unit,
                "at": [gallery.nearest(said.a, said.at[0]), gallery.nearest(said.b, said.at[1])],
                "places": said.places,
            }
            for said in evidence[:DRAWN]
        ],
    }
