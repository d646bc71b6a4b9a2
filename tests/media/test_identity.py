"""Identity: a copy is the file, an edited file is not, and what cannot be read is nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from otiograde.media.identity import identity


def test_a_copy_is_the_same_wherever_it_lies(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1024
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(content)
    assert re.fullmatch("[0-9a-f]{16}", identity(tmp_path / "a"))
    assert identity(tmp_path / "a") == identity(tmp_path / "b")


@pytest.mark.parametrize("change", ["first byte", "last byte", "length"])
def test_a_change_is_noticed(tmp_path: Path, change: str) -> None:
    content = bytearray(bytes(range(256)) * 1024)
    (tmp_path / "a").write_bytes(content)
    before = identity(tmp_path / "a")
    if change == "length":
        content += b"\0"
    else:
        content[0 if change == "first byte" else -1] ^= 1
    (tmp_path / "a").write_bytes(content)
    assert identity(tmp_path / "a") != before


def test_what_cannot_be_read_is_nobody(tmp_path: Path) -> None:
    assert identity(tmp_path / "gone") == ""
    assert identity(tmp_path) == ""
