"""A painted world to match shots of: windows of one wall of colored things, each through a grade of its own."""

from __future__ import annotations

import pytest

from making.pictures import Look, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def look() -> type[Look]:
    return Look
