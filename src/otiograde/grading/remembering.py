"""What the cache remembers of an edit, so that only what changed is measured again: values, samples and probes."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from otiograde.color.encodings import Encoding
from otiograde.means.cache import NO_CACHE, Arrays, Cache
from otiograde.media.probe import probe
from otiograde.record.codec import MISFITS, decode, encode
from otiograde.record.shot import Media
from otiograde.survey.sample import Sample
from otiograde.timeline.reading import Probe

_T = TypeVar("_T")

#: Raise these numbers when the same file is probed otherwise, or the same frames give another sample or drift: old
#: entries then miss.
PROBES, SAMPLES, DRIFTS, COURSES = 1, 1, 2, 2


def stored_value(cache: Cache, key: str, kind: type[_T]) -> _T | None:
    """Return a value of one of the record's types from the cache, or None."""
    stored = (cache.get(key) or {}).get("value")
    if stored is None:
        return None
    try:
        return decode(kind, json.loads(bytes(stored)))  # type: ignore[no-any-return]
    except MISFITS:  # another version stored it
        return None


def store_value(cache: Cache, key: str, value: Any) -> None:
    """Store a value of one of the record's types."""
    cache.put(key, {"value": text_array(json.dumps(encode(value)))})


def text_array(text: str) -> NDArray[np.uint8]:
    """Return a text as an array, which is what a cache holds."""
    return np.frombuffer(text.encode(), np.uint8)


def remembering_probe(cache: Cache) -> Probe:
    """Return ``probe`` with a memory: a file that has not changed is not opened again."""
    return probe if cache is NO_CACHE else partial(_probed, cache)


def _probed(
    cache: Cache,
    path: Path,
    *,
    first: int | None = None,
    rate: Fraction | None = None,
    encoding: Encoding | None = None,
) -> Media:
    made_from = repr((PROBES, first, rate, encoding, version("otiograde"), version("av")))
    key = cache.key(path, f"probe {made_from}")
    media = stored_value(cache, key, Media)
    if media is None:
        media = probe(path, first=first, rate=rate, encoding=encoding)
        store_value(cache, key, media)
    return replace(media, path=path)  # the key takes it as an absolute one


def sample_arrays(sample: Sample) -> Arrays:
    """Return a sample as arrays."""
    at, notes = np.array(sample.at, np.int64), text_array(json.dumps(sample.notes))
    arrays: dict[str, NDArray[Any]] = {"pixels": sample.pixels, "at": at, "notes": notes}
    ends: Arrays = {} if sample.ends is None else sample_arrays(sample.ends)
    return {**arrays, **{f"ends {name}": array for name, array in ends.items()}}


def sample_of(shot: str, arrays: Arrays | None) -> Sample | None:
    """Return the sample of these arrays, which has no encoding yet; None for arrays that are no sample."""
    try:
        stored = dict(arrays or {})
        notes = json.loads(bytes(stored["notes"]))
        sample = Sample(shot, stored["pixels"], tuple(stored["at"].tolist()), tuple(map(str, notes)))
        inner = {name.removeprefix("ends "): array for name, array in stored.items() if name.startswith("ends ")}
        ends = sample_of(shot, inner) if inner else None
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    fits = sample.pixels.dtype == np.uint32 and sample.pixels.ndim == 3 and len(sample.pixels) == len(sample.at)
    return replace(sample, ends=ends) if fits and (ends is not None or not inner) else None
