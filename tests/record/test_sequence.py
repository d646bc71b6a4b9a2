"""Patterns of image sequences: one bounded number."""

from __future__ import annotations

import pytest

from otiograde.record.sequence import numbered


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("a.%d.png", "a.7.png"), ("a.%04d.png", "a.0007.png"), ("50%%/%3d", "50%/  7"), ("%020d", "0" * 19 + "7")],
)
def test_a_pattern_has_one_number(pattern: str, path: str) -> None:
    assert numbered(pattern, 7) == path


@pytest.mark.parametrize(
    "pattern", ["/x/%0999999999d.png", "%021d", "%s%n%d.png", "a.png", "%d.%d", "%*d", "%x", "%", "%.999999999d", "%%d"]
)
def test_anything_else_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="no number such as"):
        numbered(pattern, 7)
