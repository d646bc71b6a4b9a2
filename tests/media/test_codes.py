"""Codes compared: a lossless copy differs by nothing, a changed frame by as much as it was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from making.clips import LOSSLESS, encode_numbered
from otiograde.errors import MediaError
from otiograde.media.codes import compare_codes, iter_codes
from otiograde.media.probe import probe


def test_a_lossless_copy_differs_by_nothing(tmp_path: Path, ffmpeg: Path) -> None:
    one = encode_numbered(ffmpeg, tmp_path / "one.mkv", 6, *LOSSLESS)
    two = encode_numbered(ffmpeg, tmp_path / "two.mkv", 6, *LOSSLESS)
    same = compare_codes(probe(one), 0, 6, two)
    assert same.largest == 0
    assert 0 <= same.left_out < 1
    assert len(list(iter_codes(one, 2, 3))) == 3


def test_other_frames_and_other_lengths_are_noticed(tmp_path: Path, ffmpeg: Path) -> None:
    one = encode_numbered(ffmpeg, tmp_path / "one.mkv", 6, *LOSSLESS)
    short = encode_numbered(ffmpeg, tmp_path / "short.mkv", 4, *LOSSLESS)
    assert compare_codes(probe(one), 2, 4, short).largest > 0
    with pytest.raises(MediaError, match="number of frames"):
        compare_codes(probe(one), 0, 6, short)
