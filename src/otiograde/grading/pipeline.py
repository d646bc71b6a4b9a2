"""The page to read first: from an edit to the record of its grades."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.decide.grouping import Grouping, group
from otiograde.decide.look import Look, cube_look, still_look
from otiograde.decide.match import Matcher
from otiograde.decide.match.joint import Joint
from otiograde.decide.verify import check_all, evidence_of, settle
from otiograde.decide.wishing import as_wished
from otiograde.errors import MediaError, TimelineError
from otiograde.folder.outputs import read_cube
from otiograde.grading.twins import grades_of, twins_of, with_twins
from otiograde.means.cache import NO_CACHE, Cache
from otiograde.means.progress import Progress, silent
from otiograde.means.workers import SERIAL
from otiograde.media.frames import read_frames, read_still
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Anchor, Scene
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift, measure
from otiograde.survey.links import Linking, Network, link_all
from otiograde.survey.sample import Sample, Sampling, frame_numbers, make_sample
from otiograde.timeline import Reading, edit_of_clips, is_bundle, is_media, read_edit

#: An edit as a user names it: one already read, a timeline file, a folder of clips, or the clips themselves.
Source: TypeAlias = Edit | Path | str | Sequence[Path | str]


def grade_timeline(
    edit: Source,
    *,
    reading: Reading = Reading(),
    sampling: Sampling = Sampling(),
    linking: Linking = Linking(),
    grouping: Grouping = Grouping(),
    matcher: Matcher = Joint(),
    anchor: Anchor = Anchor(),
    look: Look | None = None,
    lut_size: int = 33,
    network: Network | None = None,
    executor: Executor = SERIAL,
    cache: Cache = NO_CACHE,
    progress: Progress = silent,
) -> GradedTimeline:
    """Read an edit, decide one grade per shot, and prove each of them.

    ``look`` is for every scene; without one each gets what its shots wish. ``lut_size``: nodes a side of the LUTs.
    ``network`` matches what SIFT cannot (``deep.network.open_network``). The record is the same whatever ``executor``
    and ``cache``. Raises ``TimelineError`` for an edit that cannot be read or has no shot with media, ``MediaError`` or
    ``CubeError`` for a wished look that cannot be read.
    """
    edit = read(edit, reading)
    if not edit.shots:
        raise TimelineError(f"{edit.name}: no shot can be graded: {_why_empty(edit)}")
    twins = twins_of(edit.shots)
    shots = [shot for shot in edit.shots if twins[shot.id] == shot.id]
    wished = {} if look is not None else {file: open_look(file) for shot in shots if (file := shot.wishes.look)}
    samples = sample_all(shots, sampling, executor, cache, progress)
    drifts = drifts_of(shots, samples, executor, progress)
    links = link_all(shots, samples, linking, executor, progress, store=cache, network=network)
    scenes = group(shots, samples, links, grouping)
    grades = [
        grade for scene in scenes for grade in matcher.solve(scene, samples, links, wished_anchor(scene, shots, anchor))
    ]
    encodings = {shot.id: shot.media.encoding for shot in shots}
    grades = settle(scenes, as_wished(grades, shots), samples, links, lut_size, encodings=encodings)
    grades = say_drifts(grades, drifts)
    for scene in scenes:
        chosen, why = (look, ()) if look is not None else wished_look(scene, shots, wished)
        grades = apply_look(chosen, [scene], samples, grades, why)
    findings = check_all(scenes, grades, samples, links, lut_size, encodings=encodings, drifts=drifts)
    evidence = evidence_of(scenes, grades, samples, links, lut_size, encodings=encodings)
    everyone = with_twins(scenes, twins), grades_of(edit.shots, grades, twins)
    return GradedTimeline(edit, *everyone, tuple(findings), lut_size, made_with(network), tuple(evidence))


def read(source: Source, reading: Reading = Reading()) -> Edit:
    """The edit that ``source`` names. Raises ``TimelineError`` or ``MediaError``."""
    if isinstance(source, Edit):
        return source
    if not isinstance(source, Path | str):
        return edit_of_clips([Path(clip) for clip in source], reading, probe)
    path = Path(source)
    clips = not is_bundle(path) if path.is_dir() else is_media(path)
    return edit_of_clips([path], reading, probe) if clips else read_edit(path, reading, probe)


def check_again(
    record: GradedTimeline,
    *,
    network: Network | None = None,
    executor: Executor = SERIAL,
    cache: Cache = NO_CACHE,
    progress: Progress = silent,
) -> list[Finding]:
    """Sample and link the record's media anew and make every check of its grades again."""
    twins = twins_of(record.edit.shots)
    shots = [shot for shot in record.edit.shots if twins[shot.id] == shot.id]
    samples = sample_all(shots, Sampling(), executor, cache, progress)
    drifts = drifts_of(shots, samples, executor, progress)
    links = link_all(shots, samples, Linking(), executor, progress, store=cache, network=network)
    scenes = [replace(scene, shots=tuple(shot for shot in scene.shots if shot in samples)) for scene in record.scenes]
    grades = [grade for grade in record.grades if grade.shot in samples]
    encodings = {shot.id: shot.media.encoding for shot in shots}
    return check_all(scenes, grades, samples, links, record.lut_size, encodings=encodings, drifts=drifts)


def sample_all(
    shots: Sequence[Shot], sampling: Sampling, executor: Executor, cache: Cache, progress: Progress
) -> dict[str, Sample]:
    """One sample per shot, in the order of the shots."""
    samples: dict[str, Sample] = {}
    work = partial(_sample, sampling=sampling, cache=cache)
    for done, sample in enumerate(executor.map(work, shots), 1):
        samples[sample.shot] = sample
        progress("sampling", done, len(shots))
    return samples


def _sample(shot: Shot, sampling: Sampling, cache: Cache) -> Sample:
    at = frame_numbers(shot, sampling)
    try:
        frames = read_sampled(shot, at, sampling, cache)
    except MediaError as error:
        nothing = np.zeros((0, 1, 1, 3), np.float32)
        return Sample.of(shot.id, nothing, np.zeros((0, 1, 1), np.bool_), (), (str(error),))
    return make_sample(shot.id, frames, at, sampling)


def read_sampled(shot: Shot, at: tuple[int, ...], sampling: Sampling, cache: Cache) -> NDArray[np.float32]:
    """Read the frames ``at`` of a shot ``(F, h, w, 3)``, out of the cache where they are. Raises ``MediaError``."""
    key = cache.key(shot.media.path, repr((shot.media, at, sampling, version("otiograde"))))
    stored = cache.get(key)
    if stored is None:
        stored = {"frames": read_frames(shot.media, at, sampling.width)}
        cache.put(key, stored)
    return np.asarray(stored["frames"], np.float32)


def drifts_of(
    shots: Sequence[Shot], samples: Mapping[str, Sample], executor: Executor, progress: Progress = silent
) -> dict[str, Drift]:
    """How each shot changes in itself; shots of a single frame are left out."""
    drifts: dict[str, Drift] = {}
    encodings = [shot.media.encoding for shot in shots]
    for done, drift in enumerate(executor.map(measure, [samples[shot.id] for shot in shots], encodings), 1):
        drifts |= {drift.shot: drift} if drift is not None else {}
        progress("drift", done, len(shots))
    return drifts


def say_drifts(grades: Iterable[Grade], drifts: Mapping[str, Drift]) -> list[Grade]:
    """The grades, with a word on the shots that change in themselves: one LUT cannot follow them."""
    said = {shot: drift.words for shot, drift in drifts.items() if drift.kind not in ("steady", "unknown")}
    return [
        replace(grade, reasons=(*grade.reasons, Reason("drift", f"{said[grade.shot]}, which one LUT cannot follow")))
        if grade.shot in said
        else grade
        for grade in grades
    ]


def wished_anchor(scene: Scene, shots: Iterable[Shot], anchor: Anchor) -> Anchor:
    """What the first of the scene's shots to wish for an anchor wishes for, else ``anchor``."""
    kinds = (shot.wishes.anchor for shot in shots if shot.id in scene.shots)
    return next((Anchor(kind) for kind in kinds if kind is not None), anchor)


def open_look(path: Path, strength: float = 1.0) -> Look:
    """The look of a .cube, or of a still. Raises ``CubeError`` or ``MediaError``."""
    if path.suffix.lower() == ".cube":
        return cube_look(read_cube(path), strength)
    return still_look(read_still(path), strength)


def wished_look(
    scene: Scene, shots: Iterable[Shot], looks: Mapping[Path, Look]
) -> tuple[Look | None, tuple[Reason, ...]]:
    """The look that the first of the scene's shots to wish for one wishes for, and the reason for it."""
    for shot in shots:
        if shot.id in scene.shots and shot.wishes.look is not None:
            return looks[shot.wishes.look], (Reason("look", f"look {shot.wishes.look.name}, as {shot.id} asks"),)
    return None, ()


def apply_look(
    look: Look | None,
    scenes: Sequence[Scene],
    samples: Mapping[str, Sample],
    grades: Sequence[Grade],
    why: tuple[Reason, ...] = (),
) -> list[Grade]:
    """The scene's one look on top of each of its balances; locked shots keep their own."""
    if look is None:
        return list(grades)
    by_shot = {grade.shot: grade for grade in grades}
    for scene in scenes:
        free = [by_shot[shot] for shot in scene.shots if shot not in scene.locked]
        pools = [grade.transform(samples[grade.shot].colors(3000)) for grade in free]
        if sum(map(len, pools)) == 0:
            continue
        transform = look(np.concatenate(pools))
        by_shot.update({grade.shot: replace(grade, look=transform, reasons=(*grade.reasons, *why)) for grade in free})
    return [by_shot[grade.shot] for grade in grades]


def made_with(network: Network | None = None) -> dict[str, str]:
    """The programs that decide the result, and their versions; with a network, what its answers depend on, too."""
    names = ("otiograde", "numpy", "scipy", "opencv-python-headless", "av", "opentimelineio")
    return {name: version(name) for name in names} | (network.made_with if network is not None else {})


def _why_empty(edit: Edit) -> str:
    lost = [skip for skip in edit.skips if skip.what not in ("gap", "transition")]
    if not lost:
        return "it has no video clip"
    first = lost[0]
    more = f" (and {len(lost) - 1} more skipped)" if len(lost) > 1 else ""
    return f"{first.what} {first.name!r}: {first.why}{more}"
