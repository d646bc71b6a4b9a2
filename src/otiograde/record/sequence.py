"""The printf pattern of an image sequence."""

from __future__ import annotations

import re

#: One number, padded to at most 20 digits, and doubled percent signs. More digits would fill the memory.
_PATTERN = re.compile(r"(?:[^%]|%%)*%(?:0?(?:1?\d|20))?d(?:[^%]|%%)*", re.DOTALL)


def numbered(pattern: str, number: int) -> str:
    """Return the path of one image. Raises ``ValueError`` unless the pattern has one number of at most 20 digits.

    >>> numbered("50%% shot.%04d.png", 7)
    '50% shot.0007.png'
    """
    if _PATTERN.fullmatch(pattern) is None:
        raise ValueError("no number such as %04d in it, or more than one")
    return pattern % number
