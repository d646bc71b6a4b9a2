"""Shots whose codes mean the same share a family; encodings in doubt stay apart, and are named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from making.media import media
from making.shots import shot
from otiograde.color.encodings import encoding, encoding_of
from otiograde.color.views import from_light
from otiograde.record.finding import DOUBTS
from otiograde.record.settings import Linking, Sampling
from otiograde.record.shot import LightMetadata, Shot
from otiograde.survey.families import (
    LIKE_LOG,
    LIKE_LOG_ALONE,
    doubts_of,
    families_of,
    likeness_to_log,
    likeness_together,
)
from otiograde.survey.links.candidates import candidates
from otiograde.survey.sample import Sample, make_sample


def _picture(seed: int, through: str | None = None) -> Sample:
    """A picture with black, white and strong colors: as SDR, or as the log of a camera in a legal-range file."""
    draw = np.random.default_rng(seed)
    light = np.concatenate(
        [draw.uniform(0, 0.02, (200, 3)), draw.uniform(0, 0.9, (1600, 3)), draw.uniform(0.9, 1.2, (248, 3))]
    )
    frames = light.reshape(1, 32, 64, 3) ** (1 / 2.2)
    if through is not None:
        named = encoding(through)
        frames = from_light(light.reshape(1, 32, 64, 3), encoding_of(named.primaries, named.transfer, "bt709", "legal"))
    return make_sample("a", np.clip(frames, 0, 1), (0,), Sampling())


def _shots(**changes: Any) -> list[Shot]:
    return [shot(f"s{k}", replace(media(f"s{k}.mov"), **{"bits": 10, **changes}), at=24 * k) for k in range(4)]


@pytest.mark.parametrize("through", ["slog3-cine", "logc3", "vlog", "clog3"])
def test_log_scores_above_the_limit_and_video_below(through: str) -> None:
    assert likeness_to_log(_picture(1, through)) > LIKE_LOG_ALONE > LIKE_LOG > 0.3 > likeness_to_log(_picture(1))


def test_log_that_is_tagged_as_video_is_said_and_kept_apart() -> None:
    shots = _shots()
    shots[3] = replace(shots[3], media=replace(shots[3].media, width=1234))
    samples = {each.id: _picture(k, "slog3-cine" if k < 3 else None) for k, each in enumerate(shots)}
    doubts = doubts_of(shots, samples)
    assert set(doubts) == {"s0", "s1", "s2"}
    assert doubts["s0"].check == "looks_log"
    assert "--encoding" in doubts["s0"].words
    families = families_of(shots, doubts)
    assert families["s3"] == "sdr"
    assert len({families[name] for name in ("s0", "s1", "s2")}) == 1
    assert not any("s3" in pair for pair in candidates(shots, samples, Linking(), doubts=doubts))


def test_a_few_files_of_one_format_are_judged_one_by_one() -> None:
    shots = _shots()[:2]
    samples = {"s0": _picture(0, "slog3-cine"), "s1": _picture(1)}
    assert set(doubts_of(shots, samples)) == {"s0"}
    assert len(set(families_of(shots, doubts_of(shots, samples)).values())) == 2


def test_eight_bits_need_more_files_and_a_named_encoding_is_believed() -> None:
    flat = {f"s{k}": _picture(k, "vlog") for k in range(4)}
    assert doubts_of(_shots(bits=8)[:3], flat) == {}
    assert set(doubts_of(_shots(bits=8), flat)) == set(flat)
    assert doubts_of(_shots(origin="command line"), flat) == {}
    assert doubts_of(_shots(encoding=encoding("vlog"), origin="clip metadata"), flat) == {}


def test_wide_primaries_without_a_transfer_function() -> None:
    shots = _shots(encoding=encoding("bt2020"), origin="assumption")
    samples = {each.id: _picture(k) for k, each in enumerate(shots)}
    assert {doubt.check for doubt in doubts_of(shots, samples).values()} == {"encoding_unknown"}
    tagged = [replace(each, media=replace(each.media, origin="container tags")) for each in shots]
    assert doubts_of(tagged, samples) == {}


def test_a_shot_without_pictures_is_not_judged() -> None:
    nothing = Sample.of("s0", np.zeros((0, 1, 1, 3), np.float32), np.zeros((0, 1, 1), np.bool_), ())
    assert doubts_of(_shots()[:1], {"s0": nothing}) == {}
    assert likeness_to_log(nothing) == 0


def test_one_flat_picture_of_four_says_nothing_of_their_format() -> None:
    assert likeness_together([-0.5, 2.5, -0.8, 0.1]) == pytest.approx(-0.4)
    assert likeness_together([1.0]) == 1.0
    assert likeness_together(float(k) for k in range(8)) == 2.5


@pytest.mark.parametrize(
    ("light", "named"),
    [
        (LightMetadata(content=(1000, 400)), "MaxCLL"),
        (LightMetadata(mastering=(0,) * 10), "a mastering display"),
        (LightMetadata(dynamic=("Dolby Vision",)), "Dolby Vision"),
        (LightMetadata(dynamic=("HDR10+",)), "HDR10+"),
    ],
)
def test_hdrs_metadata_beside_sdr_are_said_and_kept_apart(light: LightMetadata, named: str) -> None:
    shots = [*_shots(light=light, origin="container tags")[:2], shot("other", media("other.mov"), at=500)]
    samples = {each.id: _picture(k) for k, each in enumerate(shots)}
    doubts = doubts_of(shots, samples)
    assert {shot: doubt.check for shot, doubt in doubts.items()} == {"s0": "looks_hdr", "s1": "looks_hdr"}
    assert named in doubts["s0"].words
    assert families_of(shots, doubts)["other"] == "sdr"
    for believed in ("command line", "clip metadata", "sidecar"):
        assert doubts_of(_shots(light=light, origin=believed)[:2], samples) == {}
    assert doubts_of(_shots(light=light, encoding=encoding("pq"), origin="container tags")[:2], samples) == {}


def test_metadata_that_contradict_each_other_are_a_doubt_and_those_of_a_believed_sidecar_none() -> None:
    shots = _shots(contradiction="a.xml says slog3 and b.ale says logc3: neither is believed")[:1]
    assert doubts_of(shots, {"s0": _picture(1)})["s0"].check == "encoding_contradiction"
    believed = _shots(contradiction="a.xml says slog3, its tags say hlg", encoding=encoding("slog3"), origin="sidecar")
    assert doubts_of(believed[:1], {"s0": _picture(1, "slog3")}) == {}


@pytest.mark.parametrize(
    ("as_coded", "believed", "better"),
    [
        ("logc3-data", "logc3", "logc3-data"),
        ("slog3-cine", "slog3-cine-signal", "slog3-cine-data"),
        ("vlog", "vlog-signal", "vlog-data"),
    ],
)
def test_codes_below_the_black_of_their_log(as_coded: str, believed: str, better: str) -> None:
    """A scale that puts colors below no light is doubted, and the right one is not."""
    files = {name: encoding(name) for name in (as_coded, believed)}
    in_file = {name: encoding_of(e.primaries, e.transfer, "bt709", "legal") for name, e in files.items()}
    for name, wanted in ((believed, {"range_doubt"}), (as_coded, set())):
        shots = _shots(encoding=in_file[name], origin="command line")[:1]
        doubts = doubts_of(shots, {"s0": _picture(1, as_coded)})
        assert {doubt.check for doubt in doubts.values()} == wanted
        if doubts:
            assert f"--encoding {better}" in doubts["s0"].words


def test_every_doubt_has_a_name_for_people() -> None:
    assert set(DOUBTS) >= {"looks_log", "looks_hdr", "encoding_unknown", "encoding_contradiction", "range_doubt"}
