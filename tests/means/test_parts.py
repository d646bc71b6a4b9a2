"""Unfinished files: alone, locked while they are written, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from otiograde.means import parts
from otiograde.means.parts import unfinished_file


@pytest.mark.parametrize("locks", [True, False])
def test_a_file_is_renamed_or_gone(tmp_path: Path, locks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not locks:
        monkeypatch.setattr(parts, "fcntl", None)
    with unfinished_file(tmp_path) as one, unfinished_file(tmp_path) as two:
        assert len(list(tmp_path.iterdir())) == 2
        one.write_bytes(b"whole")
        one.replace(tmp_path / "file")
        two.write_bytes(b"half")
    with pytest.raises(KeyboardInterrupt), unfinished_file(tmp_path):
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_one_that_another_process_deletes_before_it_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    real, asked = parts._lock, []

    def late(file: int) -> bool:
        asked.append(file)
        if len(asked) == 1:
            next(tmp_path.iterdir()).unlink()
        return real(file)

    monkeypatch.setattr(parts, "_lock", late)
    with unfinished_file(tmp_path) as path:
        assert path.is_file()
    assert len(asked) == 2
