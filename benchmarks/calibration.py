"""Calibration of confidence: how far graded shots are from the other shots of their scene, by stated confidence."""

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

#: Confidence -> the ΔE00 below which a shot must end, and the share of shots for which this must hold.
PROMISES = {"high": (2.5, 0.95), "medium": (5.0, 0.90), "low": (None, 1.0)}

#: The scene whose takes differ in exposure in the original footage. Links match its surfaces, and the planted truth
#: counts that as an error.
UNEVEN_SCENE = "wood_room"

#: A shot is worse after grading if its ΔE00 grew by more than this.
WORSE = 0.5


class ShotError(NamedTuple):
    """The error of one shot: its mean ΔE00 to the other shots of its scene."""

    shot: str
    #: Its true scene.
    scene: str
    #: The stated confidence of its grade.
    confidence: str
    #: ΔE00 before grading.
    before: float
    #: ΔE00 after grading.
    after: float


def shot_errors(
    folder: Path, record: GradedTimeline, clean: Mapping[str, Sample], truth: Mapping[str, Any]
) -> list[ShotError]:
    """Return the errors of graded shots, measured to shots that are rightly in the same scene.

    ``clean`` are samples of the unperturbed clips, by clip name.
    """
    true = {shot: scene for scene, row in truth["scenes"].items() for shot in row["shots"]}
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

    errors = []
    for scene in record.scenes:
        members = [shot for shot in scene.shots if claims[shot] != "none"]
        for shot in members:
            others = [other for other in members if name[other] != name[shot] and true[name[other]] == true[name[shot]]]
            if others:
                means = [float(np.mean([apart(shot, other, graded=graded) for other in others])) for graded in (0, 1)]
                errors.append(ShotError(name[shot], true[name[shot]], claims[shot], *means))
    return errors


def promise_counts(errors: Iterable[ShotError], confidence: str) -> tuple[int, int]:
    """Count the shots of a confidence that end as promised, and all shots of that confidence."""
    limit, _ = PROMISES[confidence]
    shots = [shot for shot in errors if shot.confidence == confidence]
    held = [shot for shot in shots if (shot.after < limit if limit else shot.after <= shot.before + WORSE)]
    return len(held), len(shots)


def summary_line(errors: Sequence[ShotError]) -> str:
    """Return one line about all confidences, with and without the scene whose takes differ."""
    parts = []
    for confidence, (limit, share) in PROMISES.items():
        held, count = promise_counts(errors, confidence)
        what = f"below {limit}" if limit else "not worse"
        rest = promise_counts([shot for shot in errors if shot.scene != UNEVEN_SCENE], confidence)
        apart = f"; {rest[0]} of {rest[1]} without {UNEVEN_SCENE}" if rest != (held, count) else ""
        parts.append(f"{confidence}: {held} of {count} {what} (promised {share:.0%}{apart})")
    return " · ".join(parts)


def plot(errors: Sequence[ShotError]) -> str:
    """Return an SVG with one column for each confidence.

    A dot is the error of a shot after grading, a ring its error before. The scene whose takes differ is orange.
    """
    top = max([10.0, *(max(shot.before, shot.after) for shot in errors)])

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
        shots = sorted((shot for shot in errors if shot.confidence == confidence), key=lambda shot: shot.after)
        held, count = promise_counts(errors, confidence)
        parts.append(f'<text x="{left + 90}" y="322" text-anchor="middle">{confidence}</text>')
        label = f"{held} of {count} as promised"
        parts.append(f'<text x="{left + 90}" y="340" text-anchor="middle" fill="#666">{label}</text>')
        if limit:
            parts.append(f'<path d="M{left} {y(limit):.1f}h180" stroke="#c33" stroke-dasharray="5 4"/>')
        positions: NDArray[np.float64] = np.linspace(left + 12, left + 168, max(len(shots), 1))
        for x, shot in zip(positions, shots, strict=False):
            parts.append(f'<path d="M{x:.1f} {y(shot.before):.1f}V{y(shot.after):.1f}" stroke="#bbb"/>')
            parts.append(f'<circle cx="{x:.1f}" cy="{y(shot.before):.1f}" r="3" fill="white" stroke="#888"/>')
            fill = "#d80" if shot.scene == UNEVEN_SCENE else "#26a"
            parts.append(f'<circle cx="{x:.1f}" cy="{y(shot.after):.1f}" r="4" fill="{fill}"/>')
    legend = f"orange: {UNEVEN_SCENE}, whose takes differ before anyone grades"
    parts.append(f'<text x="630" y="16" text-anchor="end" fill="#666">{legend}</text>')
    return "\n".join([*parts, "</svg>", ""])
