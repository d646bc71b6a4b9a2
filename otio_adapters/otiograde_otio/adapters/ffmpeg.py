"""``otiograde_ffmpeg``: write a graded OTIO timeline as a shell script that renders it with FFmpeg."""

from __future__ import annotations

from typing import Any


def write_to_string(input_otio: Any) -> str:
    """Return ``render.sh``, which looks for ``luts/`` in its own folder."""
    from otiograde_otio.record import written

    return written(input_otio, "render", "render.sh")
