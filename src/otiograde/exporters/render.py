"""The render scripts, which make the movie of the whole edit with FFmpeg 5.1 or later and nothing else.

The filters state what FFmpeg would otherwise guess: matrix, range, chroma location, float precision, dither and tags
(https://ffmpeg.org/ffmpeg-filters.html#zscale-1).
"""

from __future__ import annotations

from otiograde.folder.layout import BATCH_FILE, SHELL_SCRIPT
from otiograde.movie.batch import batch_file
from otiograde.movie.plan import plan
from otiograde.movie.shell import shell_script
from otiograde.record.graded import GradedTimeline


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the two scripts."""
    planned = plan(record)
    program = f"otiograde {record.made_with.get('otiograde', '')}".strip()
    return {
        SHELL_SCRIPT: shell_script(planned, record.edit.name, program).encode("utf-8", errors="surrogateescape"),
        BATCH_FILE: batch_file(planned, record.edit.name, program).encode("utf-8", errors="replace"),
    }
