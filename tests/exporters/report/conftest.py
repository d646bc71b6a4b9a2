"""The report of the invented film, on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from making.hostile_record import hostile_record, pictures, quiet_record
from otiograde.exporters.report import export


@pytest.fixture(scope="session")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _written(tmp_path_factory.mktemp("hostile"), hostile_record())


@pytest.fixture(scope="session")
def quiet_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _written(tmp_path_factory.mktemp("quiet"), quiet_record())


def _written(folder: Path, record: object) -> str:
    page = folder / "report.html"
    page.write_bytes(export(record, pictures(record))["report.html"])  # type: ignore[arg-type]
    return page.as_uri()
