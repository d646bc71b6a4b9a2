"""Shots with known errors, and links that know the truth."""

from __future__ import annotations

import pytest

from making.pictures import Stage


@pytest.fixture
def stage() -> type[Stage]:
    return Stage
