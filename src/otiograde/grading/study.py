"""Look at an edit: read the frames of its shots, and measure what the grades are decided from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from otiograde.color.transform import Identity
from otiograde.errors import MediaError
from otiograde.means.cache import Cache
from otiograde.means.means import Means
from otiograde.media.frames import read_frames, sample_size
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.settings import Linking, Sampling, Settings
from otiograde.record.shot import Shot
from otiograde.record.twins import twins_of
from otiograde.survey.drift import Drift, measure
from otiograde.survey.families import doubts_of
from otiograde.survey.link import Clues, joined
from otiograde.survey.links import link_all
from otiograde.survey.sample import Sample, frame_numbers, make_sample
from otiograde.survey.survey import Survey
from otiograde.survey.working import as_native, in_working_space


def look_at(edit: Edit, settings: Settings, means: Means, kept: Mapping[str, Grade] = MappingProxyType({})) -> Survey:
    """Sample and link the shots of an edit. A shot whose media cannot be read has an empty sample that says so.

    Shots with a ``kept`` grade are measured as they look with their balance on; links between two of them, which
    nobody needs, are not searched for.
    """
    twins = twins_among(edit.shots, kept)
    shots = [shot for shot in edit.shots if twins[shot.id] == shot.id]
    free = [shot for shot in shots if shot.id not in kept]
    samples = with_grades(sample_all(shots, settings.sampling, means), kept)
    drifts = drifts_of(free, samples, means)
    only = [shot.id for shot in free] if kept else None
    clues = link_all(shots, samples, settings.linking, means, only)
    if len(mixed := mixed_shots(shots, samples)) > 1:
        clues = joined(clues, links_across(mixed, samples, settings.linking, means, only))
    return Survey(shots, samples, *clues, drifts, twins, doubts_of(shots, samples))


def mixed_shots(shots: Sequence[Shot], samples: Mapping[str, Sample]) -> list[Shot]:
    """Return the shots whose encodings are certain, where they are of several families; none otherwise."""
    doubts = doubts_of(shots, samples)
    certain = [shot for shot in shots if shot.id not in doubts]
    return certain if len({shot.media.encoding.family for shot in certain}) > 1 else []


def links_across(
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    linking: Linking,
    means: Means,
    only: Collection[str] | None,
) -> Clues:
    """Find the evidence between shots of two families, in the working space. The colors of links are native codes."""
    encodings = {shot.id: shot.media.encoding for shot in shots}
    working = {shot.id: in_working_space(samples[shot.id], shot.media.encoding) for shot in shots}
    clues = link_all(shots, working, linking, means, only, across=True)
    return Clues([as_native(link, encodings) for link in clues.links], clues.hints)


def sample_all(shots: Sequence[Shot], sampling: Sampling, means: Means) -> dict[str, Sample]:
    """One sample per shot, in the order of the shots."""
    samples: dict[str, Sample] = {}
    work = partial(_sample, sampling=sampling, cache=means.cache)
    for done, sample in enumerate(means.executor.map(work, shots), 1):
        samples[sample.shot] = sample
        means.progress("sampling", done, len(shots))
    return samples


def _sample(shot: Shot, sampling: Sampling, cache: Cache) -> Sample:
    at = frame_numbers(shot, sampling)
    try:
        frames = read_sampled(shot, at, sampling, cache)
    except MediaError as error:
        nothing = np.zeros((0, 1, 1, 3), np.float32)
        return Sample.of(shot.id, nothing, np.zeros((0, 1, 1), np.bool_), (), (str(error),))
    return make_sample(shot.id, frames, at, sampling).coded(shot.media.encoding)


def read_sampled(shot: Shot, at: tuple[int, ...], sampling: Sampling, cache: Cache) -> NDArray[np.float32]:
    """Read the frames ``at`` of a shot ``(F, h, w, 3)``, out of the cache where they are. Raises ``MediaError``."""
    key = cache.key(shot.media.path, repr((shot.media, at, sampling, version("otiograde"))))
    frames = (cache.get(key) or {}).get("frames")
    shape = (len(at), *sample_size(shot.media, sampling.width), 3)
    if frames is None or frames.dtype != np.float32 or frames.shape != shape:  # another version may have stored it
        frames = read_frames(shot.media, at, sampling.width)
        cache.put(key, {"frames": frames})
    return frames


def drifts_of(shots: Sequence[Shot], samples: Mapping[str, Sample], means: Means) -> dict[str, Drift]:
    """How each shot changes in itself; shots of a single frame are left out."""
    drifts: dict[str, Drift] = {}
    encodings = [shot.media.encoding for shot in shots]
    measured = means.executor.map(measure, [samples[shot.id] for shot in shots], encodings)
    for done, drift in enumerate(measured, 1):
        drifts |= {drift.shot: drift} if drift is not None else {}
        means.progress("drift", done, len(shots))
    return drifts


def twins_among(shots: Iterable[Shot], kept: Collection[str]) -> dict[str, str]:
    """Each shot's first twin, in the shots' order; one that keeps its grade is no twin of one that does not."""
    shots = list(shots)
    free = twins_of([shot for shot in shots if shot.id not in kept])
    held = twins_of([shot for shot in shots if shot.id in kept])
    return {shot.id: held[shot.id] if shot.id in kept else free[shot.id] for shot in shots}


def with_grades(samples: Mapping[str, Sample], kept: Mapping[str, Grade]) -> dict[str, Sample]:
    """The samples as they look when the kept grades are on them; looks, which come last, are left out."""
    graded = {}
    for shot, sample in samples.items():
        balance = kept[shot].bare.transform if shot in kept else Identity()
        if isinstance(balance, Identity) or not sample.at:
            graded[shot] = sample
        else:
            frames = np.clip(balance(sample.frames), 0, 1).astype(np.float32)
            graded[shot] = replace(sample, pixels=Sample.of(shot, frames, sample.usable, sample.at).pixels)
    return graded
