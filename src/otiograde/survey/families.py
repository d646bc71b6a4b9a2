"""Families: which shots may share a scene, because their code values mean the same, and encodings that are in doubt.

A file without a transfer tag beside wide primaries may be SDR, HDR or log. A flat picture may be log that is tagged, or
assumed, as BT.709. Both are said, never decided: such shots stay apart from all others and are matched in the codes
that they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from types import MappingProxyType

import numpy as np

from otiograde.color.logs import DATA_BLACK, DATA_SPAN, ON_DATA
from otiograde.color.transfer import encode
from otiograde.record.finding import DoubtKind
from otiograde.record.shot import Media, Shot
from otiograde.survey.sample import Sample

#: The score above which files of one format look like log, and that above which a few files do, one by one. Chosen on
#: 500 photographs; ``benchmarks/hdr.py`` proves them on others.
LIKE_LOG, LIKE_LOG_ALONE = 0.45, 0.79

#: The score of a single file that is above doubt: fog and snow are flat, too, and reach 1.4.
PLAINLY_LOG = 1.5

#: Files of one format that are judged together, at least. Cameras write log in 10 bits, so fewer are not judged in 8.
MANY = 4

#: The share of the files of one format that may be flatter than the others: fog, snow, a wall.
FLATTEST = 0.25

#: Colors drawn from a shot to judge it by.
DRAWN = 20_000

#: The share of a shot's darkest colors, and how far they may lie below the code of no light, noise and all.
DARKEST, BELOW = 0.001, 0.015


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the encoding of a shot is in doubt."""

    check: DoubtKind
    #: The figure, and the limit for it; 0 without a figure.
    value: float
    limit: float
    #: For people.
    words: str


def families_of(shots: Sequence[Shot], doubts: Mapping[str, Doubt] = MappingProxyType({})) -> dict[str, str]:
    """Return the family of each shot. Shots whose encoding is in doubt share one only with their own format."""
    return {
        shot.id: f"{doubts[shot.id].check} {_format(shot.media)}" if shot.id in doubts else shot.media.encoding.family
        for shot in shots
    }


def mixable(shots: Sequence[Shot], doubts: Mapping[str, Doubt] = MappingProxyType({})) -> dict[str, str]:
    """Return for each shot a word for the shots that it may share a scene with.

    All media whose encoding is certain have one word: light tells what their codes have in common. Media in doubt may
    share a scene with their own format alone.
    """
    families = families_of(shots, doubts)
    return {shot.id: families[shot.id] if shot.id in doubts else "certain" for shot in shots}


def doubts_of(shots: Sequence[Shot], samples: Mapping[str, Sample]) -> dict[str, Doubt]:
    """Return the doubts about encodings, by shot id. Pictures of one media format are judged together.

    The samples are those of the media, before any grade is on them.
    """
    doubts: dict[str, Doubt] = {}
    for group in _by_format(shots).values():
        media = group[0].media
        seen = [shot for shot in group if len(samples[shot.id].at)]
        if _is_unknown(media):
            words = (
                f"the transfer function of {media.encoding.primaries} primaries is not tagged, and taken as "
                f"{media.encoding.name}: name it with --encoding (bt2020, pq, hlg, applelog, slog3-cine …)"
            )
            doubts |= {shot.id: Doubt("encoding_unknown", 0.0, 0.0, words) for shot in group}
        elif media.encoding.family == "sdr" and media.origin in ("container tags", "assumption"):
            scores = {shot.media.path: likeness_to_log(samples[shot.id]) for shot in seen}
            flat = _like_log(scores, media.bits)
            words = (
                f"its pictures are as flat as log or PQ, and are taken as {media.encoding.name}: "
                "if they are that, name it with --encoding (slog3-cine, logc3, vlog, pq …)"
            )
            doubts |= {
                shot.id: Doubt("looks_log", round(flat[shot.media.path], 4), LIKE_LOG, words)
                for shot in group
                if shot.media.path in flat
            }
        elif media.encoding.is_log and media.encoding.matrix != "gbr":  # RGB has no range that a flag may get wrong
            doubts |= _below_black(seen, samples)
    return doubts | {shot.id: doubt for shot in shots if (doubt := _doubt_by_metadata(shot.media)) is not None}


def _doubt_by_metadata(media: Media) -> Doubt | None:
    """Return the doubt of a file whose metadata contradict its encoding, or each other."""
    if media.contradiction and media.origin in ("container tags", "assumption"):
        words = f"{media.contradiction}, and it is taken as {media.encoding.name}: name it with --encoding"
        return Doubt("encoding_contradiction", 0.0, 0.0, words)
    light = media.light
    if media.encoding.family != "sdr" or media.origin not in ("container tags", "assumption"):
        return None
    if light.mastering or light.content or light.dynamic:
        names = [*(["a mastering display"] if light.mastering else []), *(["MaxCLL"] if light.content else [])]
        words = (
            f"it states {', '.join([*names, *light.dynamic])} as HDR does, and is taken as {media.encoding.name}: "
            "if it is HDR, name it with --encoding (pq, hlg)"
        )
        return Doubt("looks_hdr", 0.0, 0.0, words)
    return None


def _below_black(shots: Sequence[Shot], samples: Mapping[str, Sample]) -> dict[str, Doubt]:
    """Return a doubt for log whose darkest colors lie below the code of no light: its range is not that of its curve.

    The other way round, codes that are too high look like haze, and nothing tells.
    """
    doubts = {}
    for shot in shots:
        encoding = shot.media.encoding
        black = float(encode(0.0, encoding.transfer))
        if encoding.transfer in ON_DATA and encoding.range == "legal":
            black = (black - DATA_BLACK) / DATA_SPAN
        colors = samples[shot.id].colors(DRAWN, clipped=True)
        dark = float(np.quantile(colors.max(axis=1), DARKEST)) if len(colors) else black
        if dark < black - BELOW:
            stem = encoding.name.removesuffix("-full").removesuffix("-data").removesuffix("-signal")
            other = "signal" if encoding.transfer in ON_DATA else "data"
            words = (
                f"its darkest colors, code {dark:.3f}, lie below the black of {encoding.name}, {black:.3f}: "
                f"its range may be another, try --encoding {stem}-{other}"
            )
            doubts[shot.id] = Doubt("range_doubt", round(black - dark, 4), BELOW, words)
    return doubts


def _like_log(scores: Mapping[Path, float], bits: int) -> dict[Path, float]:
    """Return the files of one format that look like log, with the score that tells so.

    Many files are judged together, all alike, by the mean without the flattest of them; an exception among them must be
    plain. Few are judged one by one. In 8 bits, few are not judged.
    """
    if len(scores) >= MANY and (usual := likeness_together(scores.values())) > LIKE_LOG:
        return dict.fromkeys(scores, usual)
    limit = PLAINLY_LOG if len(scores) >= MANY else LIKE_LOG_ALONE
    return {path: score for path, score in scores.items() if score > limit and bits > 8}


def likeness_together(scores: Iterable[float]) -> float:
    """Return how much like log the files of one format look: the mean of their scores without the flattest quarter."""
    ranked = sorted(scores)
    return fmean(ranked[: len(ranked) - int(FLATTEST * len(ranked))])


def likeness_to_log(sample: Sample) -> float:
    """Score how much like log a shot looks: lifted black, white below the top, little chroma.

    Log keeps 0.1 % of its colors above code .02 and below .92, and 95 % of them within .35 of gray.
    """
    colors = sample.colors(DRAWN, clipped=True)
    if not len(colors):
        return 0.0
    lowest, highest = colors.min(axis=1), colors.max(axis=1)
    black, white = float(np.quantile(lowest, 0.001)), float(np.quantile(highest, 0.999))
    chroma = float(np.quantile(highest - lowest, 0.95))
    return min(black / 0.1, 1.5) + min((1 - white) / 0.2, 1.5) - chroma / 0.3


def _is_unknown(media: Media) -> bool:
    return media.origin == "assumption" and media.encoding.primaries == "bt2020"


def _by_format(shots: Sequence[Shot]) -> dict[str, list[Shot]]:
    groups: dict[str, list[Shot]] = {}
    for shot in shots:
        groups.setdefault(_format(shot.media), []).append(shot)
    return groups


def _format(media: Media) -> str:
    return f"{media.kind} {media.width}x{media.height} {media.pixel_format} {media.encoding.name} {media.origin}"
