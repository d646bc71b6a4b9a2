"""A command of otiograde, run in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from otiograde.cli import main


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("OTIOGRADE_CACHE", str(tmp_path / "cache"))

    def command(*words: str | Path) -> Result:
        with pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Result(int(stop.value.code or 0), out, err)

    return command
