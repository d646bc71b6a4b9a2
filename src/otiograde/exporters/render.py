"""``render.sh``, ``render.bat`` and ``render/film.txt``: FFmpeg (5.1 on) renders every shot and joins them by cuts.

The filters say everything that FFmpeg would otherwise guess: matrix, range, chroma location, float precision, dither
and tags (https://ffmpeg.org/ffmpeg-filters.html#zscale-1).
"""

from __future__ import annotations

from otiograde.exporters.render_bat import batch_file
from otiograde.exporters.render_plan import CUTS, plan
from otiograde.exporters.render_sh import shell_script
from otiograde.graded import GradedTimeline


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Give the two scripts and the list of the film's cuts."""
    planned = plan(record)
    program = f"otiograde {record.made_with.get('otiograde', '')}".strip()
    files = {
        "render.sh": shell_script(planned, record.edit.name, program).encode("utf-8", errors="surrogateescape"),
        "render.bat": batch_file(planned, record.edit.name, program).encode("utf-8", errors="replace"),
    }
    if planned.film:
        files[CUTS] = "".join(f"file ../{cut}\n" for cut in planned.cuts).encode("ascii")
    return files
