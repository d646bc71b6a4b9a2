"""Surveys and cases of given samples, links and hints, on shots of invented media."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from making.media import media
from making.shots import shot
from otiograde.color.encodings import Encoding
from otiograde.decide.verify import Case
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift
from otiograde.survey.families import doubts_of
from otiograde.survey.link import Hint, Link
from otiograde.survey.sample import Sample
from otiograde.survey.survey import Survey


def survey(
    samples: Mapping[str, Sample],
    links: Sequence[Link] = (),
    *,
    hints: Sequence[Hint] = (),
    shots: Sequence[Shot] = (),
    encodings: Mapping[str, Encoding] | None = None,
    drifts: Mapping[str, Drift] | None = None,
) -> Survey:
    """The survey of these samples; without ``shots`` each is of media of its own, in its encoding of ``encodings``."""
    if not shots:
        plain = {name: media(f"{name}.mov") for name in samples}
        of = {
            name: replace(plain[name], encoding=(encodings or {}).get(name, plain[name].encoding)) for name in samples
        }
        shots = [shot(name, of[name], at=24 * number) for number, name in enumerate(samples)]
    coded = {each.id: each.media.encoding for each in shots}
    samples = {name: sample.coded(coded[name]) if name in coded else sample for name, sample in samples.items()}
    twins = {each.id: each.id for each in shots}
    return Survey(shots, samples, links, hints, drifts or {}, twins, doubts=doubts_of(shots, samples))


def case(
    scenes: Sequence[Scene],
    grades: Iterable[Grade],
    samples: Mapping[str, Sample],
    links: Sequence[Link],
    lut_size: int = 33,
    *,
    hints: Sequence[Hint] = (),
    encodings: Mapping[str, Encoding] | None = None,
    drifts: Mapping[str, Drift] | None = None,
) -> Case:
    """The case of these grades."""
    return Case.of(survey(samples, links, hints=hints, encodings=encodings, drifts=drifts), scenes, grades, lut_size)
