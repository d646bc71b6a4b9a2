"""For the site: doctests in docstrings become fenced blocks, which Markdown shows as code."""

from __future__ import annotations

import re
from typing import Any

import griffe

#: A prompt, and all that follows it up to an empty line.
EXAMPLE = re.compile(r"^>>> .*?(?=\n\s*\n|\Z)", re.DOTALL | re.MULTILINE)


class FencedDoctests(griffe.Extension):  # type: ignore[misc]  # griffe is of the docs extra
    """Puts every doctest of a docstring between fences."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = EXAMPLE.sub(lambda example: f"```pycon\n{example[0]}\n```", obj.docstring.value)
