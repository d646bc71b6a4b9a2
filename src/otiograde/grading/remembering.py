"""What the cache remembers of an edit, so that only what changed is measured again: values, samples and probes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.encodings import Encoding
from otiograde.decide.verify import Remember, afresh
from otiograde.means.cache import NO_CACHE, Arrays, Cache
from otiograde.media.probe import probe
from otiograde.record.codec import MISFITS, decode, encode
from otiograde.record.grade import Grade
from otiograde.record.shot import Media
from otiograde.survey.sample import Sample
from otiograde.timeline.reading import Probe

_T = TypeVar("_T")

#: Raise these numbers when the same file is probed otherwise, or the same frames give another sample, drift, course or
#: traits: old entries then miss.
PROBES, SAMPLES, DRIFTS, COURSES, TRAITS = 1, 1, 2, 2, 1


@lru_cache
def versions(*names: str) -> tuple[str, ...]:
    """Return the versions of installed packages. To look one up takes a millisecond."""
    return tuple(map(version, names))


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
    made_from = repr((PROBES, first, rate, encoding, *versions("otiograde", "av")))
    key = cache.key(path, f"probe {made_from}")
    media = stored_value(cache, key, Media)
    if media is None:
        media = probe(path, first=first, rate=rate, encoding=encoding)
        store_value(cache, key, media)
    return replace(media, path=path)  # the key takes it as an absolute one


def stored_traits(cache: Cache, key: str) -> tuple[Float64, Float64] | None:
    """Return the patterns and the palette of a shot from the cache, or None."""
    stored = cache.get(key) or {}
    traits = [array for name in ("patterns", "palette") if (array := stored.get(name)) is not None]
    fit = len(traits) == 2 and all(array.dtype == np.float64 and array.ndim == 1 for array in traits)
    return (traits[0], traits[1]) if fit else None


def store_traits(cache: Cache, key: str, traits: tuple[Float64, Float64]) -> None:
    """Store the patterns and the palette of a shot."""
    cache.put(key, dict(zip(("patterns", "palette"), traits, strict=True)))


def remembering_grades(cache: Cache) -> Remember:
    """Return what remembers the grades of scenes, so that a scene in which nothing changed is not solved again."""
    return afresh if cache is NO_CACHE else partial(_graded, cache)


def _graded(cache: Cache, made_from: Callable[[], str], make: Callable[[], Sequence[Grade]]) -> Sequence[Grade]:
    key = hashlib.sha256(f"grades {_code()} {made_from()}".encode(errors="replace")).hexdigest()
    grades = stored_value(cache, key, tuple[Grade, ...])
    if grades is None:
        grades = tuple(make())
        store_value(cache, key, grades)
    return grades


@lru_cache(maxsize=1)
def _code() -> str:
    """Return a digest of the installed package: any change of it may change a decision, and a version has many."""
    package = Path(__file__).resolve().parents[1]
    files = sorted(path for path in package.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
    digest = hashlib.sha256(repr(versions("otiograde", "numpy")).encode())
    for path in files:
        digest.update(repr((path.relative_to(package).as_posix(), path.stat().st_size)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


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
