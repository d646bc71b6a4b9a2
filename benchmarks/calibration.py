"""Whether confidence means what it says: how far shots end from their scene's others, by the confidence claimed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.folder.reading import read_cube
from otiograde.record.graded import GradedTimeline
from otiograde.survey.sample import Sample

#: What is promised of a confidence: the error a shot ends below, and the share of shots for which that must hold.
PROMISES = {"high": (2.5, 0.95), "medium": (5.0, 0.90), "low": (None, 1.0)}

#: The scene of the footage whose takes differ in exposure before anyone grades: links put its surfaces together, which
#: the planted truth counts as an error.
OWN_LIGHT = "wood_room"

#: A shot ends worse than it began when its error grew by more than this.
WORSE = 0.5


class Ended(NamedTuple):
    """One shot: its true scene, its grade's confidence, and its mean ΔE00 to the scene's others, before and after."""

    shot: str
    scene: str
    confidence: str
    before: float
    after: float


def shots_ended(
    folder: Path, record: GradedTimeline, clean: Mapping[str, Sample], truth: Mapping[str, Any]
) -> list[Ended]:
    """The shots that were put together rightly with others, and graded; ``clean`` are samples of unperturbed clips."""
    true = {shot: scene for scene, own in truth["scenes"].items() for shot in own["shots"]}
    name = {shot.id: shot.name for shot in record.edit.shots}
    colors = {clip: clean[clip].colors(900).astype(np.float64) for clip in true}
    planted = {clip: read_cube(folder / f"truth/{clip}_perturb.cube") for clip in true}
    claims = {grade.shot: grade.confidence for grade in record.grades}

    def apart(a: str, b: str, *, graded: bool) -> float:
        pool = np.concatenate([colors[name[a]], colors[name[b]]])
        sides = [planted[name[shot]](pool) for shot in (a, b)]
        if graded:
            sides = [record.lut(shot)(side) for shot, side in zip((a, b), sides, strict=True)]
        one, other = (srgb_to_lab(np.clip(side, 0, 1)) for side in sides)
        return float(np.mean(delta_e00(one, other)))

    ended = []
    for scene in record.scenes:
        members = [shot for shot in scene.shots if claims[shot] != "none"]
        for shot in members:
            others = [other for other in members if name[other] != name[shot] and true[name[other]] == true[name[shot]]]
            if others:
                means = [float(np.mean([apart(shot, other, graded=graded) for other in others])) for graded in (0, 1)]
                ended.append(Ended(name[shot], true[name[shot]], claims[shot], *means))
    return ended


def kept(ended: Iterable[Ended], confidence: str) -> tuple[int, int]:
    """How many shots of a confidence ended as promised, and how many there are."""
    limit, _ = PROMISES[confidence]
    own = [shot for shot in ended if shot.confidence == confidence]
    held = [shot for shot in own if (shot.after < limit if limit else shot.after <= shot.before + WORSE)]
    return len(held), len(own)


def words(ended: Sequence[Ended]) -> str:
    """One line on all confidences, and what becomes of it without the scene whose own light differs."""
    said = []
    for confidence, (limit, share) in PROMISES.items():
        held, count = kept(ended, confidence)
        what = f"below {limit}" if limit else "not worse"
        rest = kept([shot for shot in ended if shot.scene != OWN_LIGHT], confidence)
        apart = f"; {rest[0]} of {rest[1]} without {OWN_LIGHT}" if rest != (held, count) else ""
        said.append(f"{confidence}: {held} of {count} {what} (promised {share:.0%}{apart})")
    return " · ".join(said)


def plot(ended: Sequence[Ended]) -> str:
    """An SVG: every shot's error after, a column per confidence, a ring where it began; own light in orange."""
    top = max([10.0, *(max(shot.before, shot.after) for shot in ended)])

    def y(value: float) -> float:
        return 300 - 270 * value / top

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 350" font-family="sans-serif" font-size="12">']
    parts.append('<rect width="640" height="350" fill="white"/>')
    for value in range(0, int(top) + 1, 2):
        at = y(value)
        parts += [f'<path d="M50 {at:.1f}H630" stroke="#ddd"/>', f'<text x="28" y="{at + 4:.1f}">{value}</text>']
    parts.append('<text x="14" y="175" transform="rotate(-90 14 175)" text-anchor="middle">ΔE00 to the scene</text>')
    for column, (confidence, (limit, _)) in enumerate(PROMISES.items()):
        left = 60 + 190 * column
        own = sorted((shot for shot in ended if shot.confidence == confidence), key=lambda shot: shot.after)
        held, count = kept(ended, confidence)
        parts.append(f'<text x="{left + 90}" y="322" text-anchor="middle">{confidence}</text>')
        said = f"{held} of {count} as promised"
        parts.append(f'<text x="{left + 90}" y="340" text-anchor="middle" fill="#666">{said}</text>')
        if limit:
            parts.append(f'<path d="M{left} {y(limit):.1f}h180" stroke="#c33" stroke-dasharray="5 4"/>')
        places: NDArray[np.float64] = np.linspace(left + 12, left + 168, max(len(own), 1))
        for x, shot in zip(places, own, strict=False):
            parts.append(f'<path d="M{x:.1f} {y(shot.before):.1f}V{y(shot.after):.1f}" stroke="#bbb"/>')
            parts.append(f'<circle cx="{x:.1f}" cy="{y(shot.before):.1f}" r="3" fill="white" stroke="#888"/>')
            fill = "#d80" if shot.scene == OWN_LIGHT else "#26a"
            parts.append(f'<circle cx="{x:.1f}" cy="{y(shot.after):.1f}" r="4" fill="{fill}"/>')
    legend = f"orange: {OWN_LIGHT}, whose takes differ before anyone grades"
    parts.append(f'<text x="630" y="16" text-anchor="end" fill="#666">{legend}</text>')
    return "\n".join([*parts, "</svg>", ""])
