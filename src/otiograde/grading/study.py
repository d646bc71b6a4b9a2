"""Look at an edit: read the frames of its shots, and measure what the grades are decided from."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from otiograde.color.alike import Traits
from otiograde.color.transform import Identity, Transform
from otiograde.errors import MediaError
from otiograde.grading.remembering import (
    DRIFTS,
    SAMPLES,
    TRAITS,
    sample_arrays,
    sample_of,
    store_traits,
    store_value,
    stored_traits,
    stored_value,
    versions,
)
from otiograde.grading.steadying import search_all, steady_all
from otiograde.means.cache import NO_CACHE, Cache
from otiograde.means.means import Means
from otiograde.means.spill import Spill
from otiograde.means.workers import SERIAL
from otiograde.media.frames import read_frames, sample_size
from otiograde.record.course import Course
from otiograde.record.cuts import abutting
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.settings import Linking, Sampling, Settings
from otiograde.record.shot import Shot
from otiograde.record.twins import twins_of
from otiograde.survey.drift import Drift, measure
from otiograde.survey.families import Doubt, doubts_of
from otiograde.survey.link import Clues, joined
from otiograde.survey.links import link_all
from otiograde.survey.sample import (
    ENDS_WIDTH,
    Sample,
    end_numbers,
    ends_size,
    frame_numbers,
    make_ends,
    make_sample,
    scaled_ends,
)
from otiograde.survey.stored import Put, held, put_away
from otiograde.survey.survey import Survey
from otiograde.survey.traits import gathered, measure_traits
from otiograde.survey.working import as_native, in_working_space


def look_at(
    edit: Edit,
    settings: Settings,
    means: Means,
    kept: Mapping[str, Grade] = MappingProxyType({}),
    courses: Mapping[str, Course] | None = None,
) -> Survey:
    """Sample and link the shots of an edit. A shot whose media cannot be read has an empty sample that says so.

    Shots with a ``kept`` grade are measured as they look with their balance on; links between two of them, which
    nobody needs, are not searched for. The others are measured without the changes inside them, which are found first
    unless their ``courses`` are given.
    """
    twins = twins_among(edit.shots, kept)
    if settings.look_every is not None:  # the look differs wherever the same frames are shown at another time
        twins = {shot: shot for shot in twins}
    shots = [shot for shot in edit.shots if twins[shot.id] == shot.id]
    free = [shot for shot in shots if shot.id not in kept]
    cuts = cuts_between(edit, twins) if "joins" not in settings.linking.without else []
    put = Spill.beside(means.cache).put
    samples = sample_all(shots, settings.sampling, means, cuts, put)
    doubts = doubts_of(shots, samples)
    drifts = drifts_of(free, samples, means)
    left: Mapping[str, str] = {}
    if courses is None:
        steadied = steady_all(free, drifts, settings.steadying, means)
        courses = {shot: done.course for shot, done in steadied.items() if done.course is not None}
        left = {shot: done.left for shot, done in steadied.items() if done.left}
    else:
        steadied = search_all(free, drifts, means)
    inside = {shot: done.cut for shot, done in steadied.items() if done.cut is not None}
    samples = with_courses(samples, courses, put)
    drifts |= drifts_of([shot for shot in free if shot.id in courses], samples, means)
    samples = with_grades(samples, kept, put)
    traits = traits_of(shots, samples, means)
    only = [shot.id for shot in free] if kept else None
    clues = link_all(shots, samples, settings.linking, means, only, doubts=doubts, cuts=cuts, put=put, traits=traits)
    if mixed := mixed_shots(shots, doubts):
        clues = joined(clues, links_across(mixed, samples, settings.linking, means, only, put))
    return Survey(shots, samples, *clues, drifts, twins, courses, left, doubts, traits, inside)


def traits_of(shots: Sequence[Shot], samples: Mapping[str, Sample], means: Means) -> Traits:
    """What the shots look like."""
    keys = {shot.id: _sample_key("traits", TRAITS, samples[shot.id], means.cache) for shot in shots}
    stored = {shot: seen for shot, key in keys.items() if (seen := stored_traits(means.cache, key)) is not None}
    new = [samples[shot.id] for shot in shots if shot.id not in stored]
    measured = means.executor.map(measure_traits, new)
    traits = []
    for shot in shots:
        if shot.id not in stored:
            stored[shot.id] = next(measured)
            store_traits(means.cache, keys[shot.id], stored[shot.id])
        traits.append(stored[shot.id])
        means.progress("traits", len(traits), len(shots))
    return gathered(traits)


def mixed_shots(shots: Sequence[Shot], doubts: Mapping[str, Doubt]) -> list[Shot]:
    """Return the shots whose encodings are certain, where they are of several families; none otherwise."""
    certain = [shot for shot in shots if shot.id not in doubts]
    return certain if len({shot.media.encoding.family for shot in certain}) > 1 else []


def links_across(
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    linking: Linking,
    means: Means,
    only: Collection[str] | None,
    put: Put,
) -> Clues:
    """Find the evidence between shots of two families, in the working space. The colors of links are native codes."""
    encodings = {shot.id: shot.media.encoding for shot in shots}
    working = {shot.id: in_working_space(samples[shot.id], shot.media.encoding).put_away(put) for shot in shots}
    clues = link_all(shots, working, linking, means, only, across=True, put=put)
    return Clues([put_away(as_native(link, encodings), put) for link in clues.links], clues.hints)


def cuts_between(edit: Edit, twins: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the pairs of measured shots that meet in a plain cut.

    Shots of two families of encodings make no pair, and neither do stills: nothing runs on in them.
    """
    plain = [pair for pair in abutting(edit) if all(shot.media.kind != "still" for shot in pair)]
    pairs = [(a, b) for a, b in plain if a.media.encoding.family == b.media.encoding.family]
    cuts = dict.fromkeys((twins[a.id], twins[b.id]) for a, b in pairs)
    return [(a, b) for a, b in cuts if a != b]


def sample_all(
    shots: Sequence[Shot],
    sampling: Sampling,
    means: Means,
    cuts: Sequence[tuple[str, str]] = (),
    put: Put = held,
) -> dict[str, Sample]:
    """One sample per shot, in the order of the shots; with the frames at the ``cuts``, pairs of shots that meet.

    ``put`` takes the pixels.
    """
    samples: dict[str, Sample] = {}
    work = partial(_sample, sampling=sampling, cache=means.cache)
    before, after = {a for a, _ in cuts}, {b for _, b in cuts}
    ends = [
        tuple(dict.fromkeys((*(head if shot.id in after else ()), *(tail if shot.id in before else ()))))
        for shot, (head, tail) in zip(shots, map(end_numbers, shots), strict=True)
    ]
    made = means.executor.map(work, shots, ends)
    for done, (shot, numbers) in enumerate(zip(shots, ends, strict=True), 1):
        sample = next(made)
        if not sample.at and means.executor is not SERIAL:
            sample = work(shot, numbers)  # another machine may have lost the media: here they were probed
        samples[shot.id] = sample.put_away(put)
        means.progress("sampling", done, len(shots))
    return samples


def _sample(shot: Shot, ends: tuple[int, ...], sampling: Sampling, cache: Cache) -> Sample:
    """Return the sample of a shot, out of the cache if it is there."""
    if cache is NO_CACHE:
        return _made_sample(shot, ends, sampling, cache)
    at = frame_numbers(shot, sampling)
    made_from = repr((SAMPLES, shot.media, at, ends, sampling, *versions("otiograde", "numpy")))
    key = cache.key(shot.media.path, f"sample {made_from}")
    sample = sample_of(shot.id, cache.get(key))
    if sample is not None:
        return sample.coded(shot.media.encoding)
    sample = _made_sample(shot, ends, sampling, cache)
    if sample.at:  # media that could not be read may be back the next time
        cache.put(key, sample_arrays(sample))
    return sample


def _made_sample(shot: Shot, ends: tuple[int, ...], sampling: Sampling, cache: Cache) -> Sample:
    at = frame_numbers(shot, sampling)
    try:
        frames, outer = read_with_ends(shot, at, ends, sampling, cache)
    except MediaError as error:
        if ends:  # a frame at an end may be damaged where the others are not
            return _made_sample(shot, (), sampling, cache)
        nothing = np.zeros((0, 1, 1, 3), np.float32)
        return Sample.of(shot.id, nothing, np.zeros((0, 1, 1), np.bool_), (), (str(error),))
    sample = make_sample(shot.id, frames, at, sampling)
    return make_ends(sample, outer, ends, sampling).coded(shot.media.encoding)


def read_sampled(shot: Shot, at: tuple[int, ...], sampling: Sampling, cache: Cache) -> NDArray[np.float32]:
    """Read the frames ``at`` of a shot ``(F, h, w, 3)``, out of the cache where they are. Raises ``MediaError``."""
    return read_with_ends(shot, at, (), sampling, cache)[0]


def read_with_ends(
    shot: Shot, at: tuple[int, ...], ends: tuple[int, ...], sampling: Sampling, cache: Cache
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Read the frames ``at`` of a shot ``(F, h, w, 3)``, and those at its ``ends``, smaller, in one pass.

    What the cache holds is not read again. Raises ``MediaError``.
    """
    size, ours = sample_size(shot.media, sampling.width), *versions("otiograde")
    key = cache.key(shot.media.path, repr((shot.media, at, sampling, ours)))
    frames = _stored(cache, key, "frames", (len(at), *size, 3))
    key_of_ends = cache.key(shot.media.path, repr((shot.media, ends, sampling, ours, ENDS_WIDTH))) if ends else ""
    outer: NDArray[np.float32] | None = np.zeros((0, 1, 1, 3), np.float32)
    if ends:
        outer = _stored(cache, key_of_ends, "ends", (len(ends), *ends_size(size), 3))
    if frames is None or outer is None:
        numbers = (*(at if frames is None else ()), *(ends if outer is None else ()))
        pictures = read_frames(shot.media, numbers, sampling.width)
        if outer is None:
            pictures, last = np.split(pictures, [len(numbers) - len(ends)])
            outer = scaled_ends(last)
            cache.put(key_of_ends, {"ends": outer})
        if frames is None:
            frames = pictures
            cache.put(key, {"frames": frames})
    return frames, outer


def _stored(cache: Cache, key: str, name: str, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    stored = (cache.get(key) or {}).get(name)
    fits = stored is not None and stored.dtype == np.float32 and stored.shape == shape
    return stored if fits else None  # another version may have stored it


def drifts_of(shots: Sequence[Shot], samples: Mapping[str, Sample], means: Means) -> dict[str, Drift]:
    """How each shot changes in itself; shots of a single frame are left out."""
    moving = [shot for shot in shots if len(samples[shot.id].at) > 1]
    keys = {
        shot.id: _sample_key(f"drift {shot.media.encoding}", DRIFTS, samples[shot.id], means.cache) for shot in moving
    }
    stored = {shot: drift for shot, key in keys.items() if (drift := stored_value(means.cache, key, Drift))}
    new = [shot for shot in moving if shot.id not in stored]
    encodings = [shot.media.encoding for shot in new]
    measured = means.executor.map(measure, [samples[shot.id] for shot in new], encodings)
    drifts: dict[str, Drift] = {}
    for done, shot in enumerate(moving, 1):
        if shot.id in stored:
            drifts[shot.id] = replace(stored[shot.id], shot=shot.id)
        elif (drift := next(measured)) is not None:
            drifts[shot.id] = drift
            store_value(means.cache, keys[shot.id], drift)
        means.progress("drift", done, len(moving))
    return drifts


def _sample_key(what: str, revision: int, sample: Sample, cache: Cache) -> str:
    """Return the key for what is measured on a sample."""
    if cache is NO_CACHE:
        return ""
    made_from = revision, sample.digest(), versions("otiograde", "numpy", "opencv-python-headless")
    return hashlib.sha256(f"{what} {made_from}".encode()).hexdigest()


def twins_among(shots: Iterable[Shot], kept: Collection[str]) -> dict[str, str]:
    """Each shot's first twin, in the shots' order; one that keeps its grade is no twin of one that does not."""
    shots = list(shots)
    free = twins_of([shot for shot in shots if shot.id not in kept])
    held = twins_of([shot for shot in shots if shot.id in kept])
    return {shot.id: held[shot.id] if shot.id in kept else free[shot.id] for shot in shots}


def with_courses(samples: Mapping[str, Sample], courses: Mapping[str, Course], put: Put = held) -> dict[str, Sample]:
    """The samples without the changes inside their shots."""
    changed = {}
    for shot, sample in samples.items():
        course = courses.get(shot)
        keyed = [key.transform for key in course.keys] if course is not None else []
        changed[shot] = sample if course is None else _keyed(sample, keyed, course).put_away(put)
    return changed


def with_grades(samples: Mapping[str, Sample], kept: Mapping[str, Grade], put: Put = held) -> dict[str, Sample]:
    """The samples as they look when the kept grades are on them; looks, which come last, are left out."""
    graded = {}
    for shot, sample in samples.items():
        grade = kept[shot].bare if shot in kept else None
        if grade is None or not sample.at:
            graded[shot] = sample
        elif grade.course is not None:
            graded[shot] = _keyed(sample, [transform for _, transform in grade.keyed], grade.course).put_away(put)
        elif isinstance(grade.transform, Identity):
            graded[shot] = sample
        else:
            graded[shot] = sample.graded(grade.transform).put_away(put)
    return graded


def _keyed(sample: Sample, keyed: Sequence[Transform], course: Course) -> Sample:
    """The sample with a transform for each key of the course. Between two keys their results are mixed."""
    if not sample.at:
        return sample
    frames = []
    for number, frame in enumerate(sample.at):
        index, share = course.at(frame)
        colors = sample.frame(number)
        left, *right = (np.clip(transform(colors), 0, 1) for transform in keyed[index : index + (2 if share else 1)])
        frames.append(left + share * (right[0] - left) if right else left)
    mixed = np.stack(frames).astype(np.float32)
    ends = None if sample.ends is None else _keyed(sample.ends, keyed, course)
    return replace(sample, pixels=Sample.of(sample.shot, mixed, sample.usable, sample.at).pixels, ends=ends)
