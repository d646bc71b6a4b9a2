"""The contents of the page, from the record and its pictures, for the template and for the scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from otiograde.color.cdl_fit import fit_cdl
from otiograde.color.encodings import Encoding
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.color.view_tables import MOST, ViewTables, view_tables
from otiograde.exporters.report import sentences
from otiograde.exporters.report.courses import CourseDrawing, draw_course
from otiograde.exporters.report.differences import HeatMap, evidence_of_shot, heat_maps, mean_difference, title
from otiograde.exporters.report.gallery import Gallery, as_base64
from otiograde.exporters.report.references import Reference, reference_of
from otiograde.folder.layout import lut_path
from otiograde.media.jpeg import encode_jpeg
from otiograde.movie.timecode import timecode
from otiograde.record.cuts import Difference, Pair, worst_pairs
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.recutting import found_cuts
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot
from otiograde.survey import kinds

#: Nodes a side of the LUTs in a page: ``SIZE`` for up to ``MANY`` shots, ``COARSE`` for more.
SIZE, COARSE, MANY = 17, 9, 120

#: The range of codes of these LUTs, from ``LOW`` to ``LOW + SPAN``. The page clips after interpolation.
LOW, SPAN = -0.5, 2.0

#: How many pairs are shown large, and how many pieces of evidence the view of a shot shows.
PAIRS_SHOWN, EVIDENCE_DRAWN = 6, 4


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the page."""

    #: Identifies the picture in the page's scripts.
    key: str
    #: Size in pixels.
    width: int
    height: int
    #: The picture as a data URL; empty if another element of the page contains it.
    source: str = ""
    #: Id of the shot whose codes are shown here through a view. Empty where the picture shows codes.
    codes_of: str = ""


@dataclass(frozen=True, slots=True)
class ShotCard:
    """One shot in the filmstrip, and the texts of its shot view."""

    id: str
    name: str
    #: Where the shot begins in the edit.
    timecode: str
    hero: bool
    locked: bool
    confidence: str
    #: The mean difference to other shots.
    difference: Difference
    #: What the grade does, in a sentence.
    summary: str
    #: Whether the grade changes anything.
    corrected: bool
    reasons: tuple[str, ...]
    #: Names and values.
    facts: tuple[tuple[str, str], ...]
    #: None without stored pictures.
    before: Picture | None
    after: Picture | None
    #: None where one grade holds for every frame.
    course: CourseDrawing | None


@dataclass(frozen=True, slots=True)
class SceneSection:
    """One scene; its cards are in edit order."""

    id: str
    title: str
    #: What was done to it, in a sentence.
    summary: str
    #: The difference between its shots.
    difference: Difference
    reasons: tuple[str, ...]
    cards: tuple[ShotCard, ...]
    #: What its look was read from.
    reference: Reference | None
    #: The difference between its shots as light, of PQ and HLG.
    light: Difference


@dataclass(frozen=True, slots=True)
class CutCard:
    """A cut that was found in a finished movie, with its last frame before and its first one after."""

    #: Ids of the shots.
    first: str
    second: str
    #: Where it is in the edit.
    timecode: str
    #: "cut", or "gradual": a dissolve, a fade or a wipe.
    kind: str
    #: None where no picture is stored.
    pictures: tuple[Picture | None, Picture | None]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that the template shows."""

    name: str
    opening: str
    verdict: str
    passed: bool
    #: The mean difference between shots of the edit.
    difference: Difference
    #: That difference in a sentence.
    standing: str
    failures: tuple[str, ...]
    not_graded: tuple[str, ...]
    pairs: tuple[Pair, ...]
    #: Shot id -> name.
    names: dict[str, str]
    scenes: tuple[SceneSection, ...]
    #: Those of a finished movie.
    cuts: tuple[CutCard, ...]
    heat_maps: tuple[HeatMap, ...]
    #: The encodings that are seen through a view, by name.
    viewed: tuple[str, ...]
    made_with: str
    #: JSON for the scripts.
    data: dict[str, Any]


def contents(gallery: Gallery) -> Contents:
    """Collect the contents of the page."""
    record = gallery.record
    names = sentences.names_of(record)
    scenes = tuple(_scene(scene, gallery, names) for scene in record.scenes)
    return Contents(
        record.edit.name or "Untitled edit",
        sentences.opening(record),
        sentences.verdict(record),
        record.passed,
        mean_difference(record.evidence),
        sentences.standing(mean_difference(record.evidence)),
        tuple(sentences.failures(record.findings, names)),
        sentences.not_graded(record.edit),
        tuple(worst_pairs(record)),
        names,
        scenes,
        tuple(_cuts(gallery)),
        tuple(heat_maps(record, gallery)),
        tuple(dict.fromkeys(seen.name for shot in record.edit.shots if (seen := gallery.encoding(shot.id)))),
        ", ".join(f"{name} {number}" for name, number in record.made_with.items()),
        _data(gallery, scenes),
    )


def compact(lut: Lut3D, size: int = SIZE) -> str:
    """Return a LUT for the page: ``size`` nodes a side, RGB as little-endian uint16, red fastest, in base64."""
    lattice = (lut if lut.size == size else lut.resample(size)).lattice
    return as_base64(np.rint(np.clip(lattice, 0, 1) * 65535).astype("<u2").tobytes())


def _scene(scene: Scene, gallery: Gallery, names: Mapping[str, str]) -> SceneSection:
    record = gallery.record
    difference, light = (_step(scene, record, name) for name in ("difference", "light"))
    cards = tuple(_card(record.edit.shot(shot), names[shot], scene, gallery) for shot in scene.shots)
    reasons = tuple(sentences.sentence(reason.sentence) for reason in scene.reasons)
    summary = sentences.scene_summary(scene, record)
    return SceneSection(
        scene.id, title(scene.id), summary, difference, reasons, cards, reference_of(scene, gallery), light
    )


def _step(scene: Scene, record: GradedTimeline, name: str) -> Difference:
    """Return a difference between the shots of a scene that the checks measured before and after."""
    checks = {finding.check: finding for finding in record.findings if finding.shot == scene.id}
    before, after = checks.get(f"{name}_before"), checks.get(f"{name}_after")
    if before is None or after is None:
        return Difference(float("nan"), float("nan"))
    return Difference(before.value, after.value, after.unit)


def _card(shot: Shot, name: str, scene: Scene, gallery: Gallery) -> ShotCard:
    record, grade = gallery.record, gallery.record.grade(shot.id)
    before, after = _pictures(shot, gallery)
    return ShotCard(
        shot.id,
        name,
        timecode(shot.record.start, record.edit.rate),
        shot.id == scene.hero,
        shot.id in scene.locked,
        sentences.confidence(grade),
        mean_difference(evidence_of_shot(shot.id, record, gallery.owner)),
        sentences.grade_summary(grade, shot.media.encoding),
        _corrects(grade),
        tuple(sentences.sentence(reason.sentence) for reason in grade.reasons),
        tuple(_facts(shot, grade, record)),
        before,
        after,
        draw_course(shot, grade),
    )


def _facts(shot: Shot, grade: Grade, record: GradedTimeline) -> list[tuple[str, str]]:
    """Return names and values of what a colorist wants to know about a shot's grade."""
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
    if (course := grade.course) is not None:
        keys = f"{len(course.weights)} frames" if course.weights else sentences.plural(len(course.keys), "key")
        facts += [
            ("Changes inside the shot", f"{course.kind}, {keys}; the CDL and this LUT are at frame {course.reference}")
        ]
    return facts + [("Step in the rendering, not shown here", str(step)) for step in shot.wishes.steps]


def _pictures(shot: Shot, gallery: Gallery) -> tuple[Picture | None, Picture | None]:
    """Return the shot's picture before and after. Only the first shot to show them has their bytes."""
    frame = gallery.middle(shot.id)
    codes = None if frame is None else gallery.codes(shot.id, frame)
    if frame is None or codes is None:
        return None, None
    owner = gallery.owner[shot.id]
    height, width = codes.shape[:2]
    keys = f"{owner}/{frame}", f"{owner}/after"
    if owner != shot.id:
        return Picture(keys[0], width, height), Picture(keys[1], width, height)
    after_codes = gallery.seen_graded(shot.id, frame, codes)
    stored = gallery.encoding(shot.id) is None
    before_jpeg = gallery.jpeg(shot.id, frame) if stored else encode_jpeg(gallery.seen(shot.id, codes))
    sources = before_jpeg, encode_jpeg(after_codes)
    before, after = (
        Picture(key, width, height, f"data:image/jpeg;base64,{as_base64(source)}")
        for key, source in zip(keys, sources, strict=True)
    )
    return before, after


def _cuts(gallery: Gallery) -> Iterator[CutCard]:
    """Yield the cuts of finished movies."""
    edit = gallery.record.edit
    for cut in found_cuts(edit):
        first, second = (
            _edge(shot, frame, gallery) for shot, frame in zip((cut.first, cut.second), cut.frames, strict=True)
        )
        kind = "gradual" if cut.mixed else "cut"
        yield CutCard(cut.first, cut.second, timecode(cut.at, edit.rate), kind, (first, second))


def _edge(shot: str, frame: int, gallery: Gallery) -> Picture | None:
    """Return the picture of a frame at a found cut, through the view of its shot."""
    picture = gallery.at_cut(shot, frame)
    if picture is None:
        return None
    codes, data = picture
    viewed = gallery.encoding(shot) is not None
    data = encode_jpeg(gallery.seen(shot, codes)) if viewed else data
    source = f"data:image/jpeg;base64,{as_base64(data)}"
    return Picture(_edge_key(shot, frame), codes.shape[1], codes.shape[0], source, shot if viewed else "")


def _edge_key(shot: str, frame: int) -> str:
    return f"cut/{shot}/{frame}"


def _edge_codes(gallery: Gallery) -> dict[str, str]:
    """Return the codes of the frames at found cuts that the page shows through a view."""
    ends = {
        (shot, frame)
        for cut in found_cuts(gallery.record.edit)
        for shot, frame in zip((cut.first, cut.second), cut.frames, strict=True)
        if gallery.encoding(shot) is not None
    }
    pictures = {(shot, frame): gallery.at_cut(shot, frame) for shot, frame in sorted(ends)}
    return {f"{_edge_key(*end)}/codes": as_base64(picture[1]) for end, picture in pictures.items() if picture}


def _data(gallery: Gallery, scenes: tuple[SceneSection, ...]) -> dict[str, Any]:
    record = gallery.record
    owners = list(dict.fromkeys(gallery.owner.values()))
    size = SIZE if len(owners) <= MANY else COARSE
    shown = {
        card.before.key
        for scene in scenes
        for card in scene.cards
        if card.before and card.before.source and gallery.encoding(card.id) is None
    }
    stored = {
        key: as_base64(gallery.jpeg(shot, frame))
        for shot, frames in gallery.frames.items()
        for frame in frames
        if (key := f"{shot}/{frame}") not in shown
    } | _edge_codes(gallery)
    views = {encoding: view_tables(encoding) for shot in record.edit.shots if (encoding := gallery.encoding(shot.id))}
    corrected = [record.grade(shot) for shot in owners if _corrects(record.grade(shot))]
    luts = {grade.shot: _page_lut(grade.transform, size) for grade in corrected}
    for grade in (grade for grade in corrected if grade.course is not None):
        for frame in gallery.frames.get(grade.shot, ()):
            luts[f"{grade.shot}/{frame}"] = _page_lut(partial(_at_frame, grade, frame), size)
    return {
        "size": size,
        "low": LOW,
        "span": SPAN,
        "views": [_view_data(tables) for tables in views.values() if tables is not None],
        "shots": [_shot_data(card, scene, gallery, tuple(views)) for scene in scenes for card in scene.cards],
        "order": [shot.id for shot in record.edit.shots],
        "luts": luts,
        "pictures": stored,
    }


def _at_frame(grade: Grade, frame: int, rgb: Colors) -> Colors:
    """Apply a grade that changes as it is at a media frame. Between two keys their results are mixed."""
    assert grade.course is not None  # noqa: S101  (the caller has looked)
    left, share = grade.course.at(frame)
    graded = grade.keyed[left][1](rgb)
    return graded + share * (grade.keyed[left + 1][1](rgb) - graded) if share else graded


def _page_lut(transform: Transform, size: int) -> str:
    """Return a transform like ``compact``, with codes from ``LOW``: clipping coarse nodes at white would bend it."""
    nodes = Lut3D.identity(size).lattice.astype(np.float64)
    scaled = (np.asarray(transform(nodes)) - LOW) / SPAN
    return as_base64(np.rint(np.clip(scaled, 0, 1) * 65535).astype("<u2").tobytes())


def _corrects(grade: Grade) -> bool:
    return not grade.is_identity


def _view_data(tables: ViewTables) -> dict[str, Any]:
    """Return a view for the page."""
    curve, shown = (as_base64(np.array(table, "<f4").tobytes()) for table in (tables.curve, tables.shown))
    rest = {"power": tables.power, "matrix": tables.matrix, "most": MOST, "scene": tables.scene}
    return {"curve": curve, "shown": shown, **rest}


def _shot_data(card: ShotCard, scene: SceneSection, gallery: Gallery, views: Sequence[Encoding]) -> dict[str, Any]:
    evidence = evidence_of_shot(card.id, gallery.record, gallery.owner)
    ids = [other.id for other in scene.cards]
    hero = next((other.id for other in scene.cards if other.hero and other.id != card.id), None)
    linked = next((item.b for item in evidence if item.b in ids and item.b != card.id), None)
    other = next((shot for shot in ids if shot != card.id), None)
    return {
        "id": card.id,
        "name": card.name,
        "scene": scene.id,
        "owner": gallery.owner[card.id],
        "frames": list(gallery.frames.get(gallery.owner[card.id], ())),
        "middle": gallery.middle(card.id),
        "view": views.index(encoding) if (encoding := gallery.encoding(card.id)) else None,
        "beside": hero or linked or other,
        "evidence": [
            {
                "with": item.b,
                "kind": kinds.words(item.kind),
                "matches": item.matches,
                "step": sentences.figures(Difference(item.before, item.after)),
                "unit": item.unit,
                "at": [gallery.nearest(item.a, item.at[0]), gallery.nearest(item.b, item.at[1])],
                "places": item.places,
            }
            for item in evidence[:EVIDENCE_DRAWN]
        ],
    }
