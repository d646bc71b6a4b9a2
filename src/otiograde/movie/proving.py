"""Prove that the way through FFmpeg changes nothing by itself: the user's own clips, rendered with an identity LUT."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from otiograde.color.lut import Lut3D
from otiograde.errors import MediaError
from otiograde.folder.layout import lut_path
from otiograde.folder.writing import write_cube
from otiograde.means.progress import Progress, silent
from otiograde.media.codes import compare_codes
from otiograde.media.ffmpeg import Ffmpeg, run
from otiograde.movie import commands
from otiograde.movie.plan import Delivery, plan
from otiograde.movie.rendering import shot_alone
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot, Wishes

#: Codes that a clip may differ by after a way there and back: the rounding of one sample.
LIMIT = 1.0


def prove(record: GradedTimeline, ffmpeg: Ffmpeg, folder: Path, progress: Progress = silent) -> list[Finding]:
    """Render each shot with a LUT that changes nothing, undithered and lossless, and compare its code values.

    One finding a shot: the largest difference (``compare_codes``), in codes of the file's own bits. It is unverifiable
    where the file has no Y'CbCr of 8 or 10 bits to come back to. What is rendered is removed again.
    """
    findings = []
    shots = record.edit.shots
    for done, shot in enumerate(shots, 1):
        with tempfile.TemporaryDirectory(prefix=".otiograde-", dir=folder) as work:
            findings.append(_proof(record, shot, ffmpeg, Path(work).resolve()))
        progress("proving", done, len(shots))
    return findings


def _proof(record: GradedTimeline, shot: Shot, ffmpeg: Ffmpeg, work: Path) -> Finding:
    media = shot.media
    if media.kind != "video" or media.encoding.matrix == "gbr" or media.bits not in (8, 10) or media.variable_rate:
        why = f"{media.pixel_format} has no way back to the same codes" if not media.variable_rate else "rate varies"
        return Finding(shot.id, "render_identity", 0.0, LIMIT, "codes", None, f"({why})")
    odd = shot_alone(record, shot.id)
    alone = replace(odd, edit=replace(odd.edit, shots=(replace(odd.edit.shots[0], id="identity", wishes=Wishes()),)))
    alone = replace(alone, grades=tuple(replace(grade, shot="identity") for grade in alone.grades))
    planned = plan(alone, Delivery(encoder="ffv1"))
    (segment,) = planned.segments
    cube = work / lut_path("identity")
    cube.parent.mkdir()
    write_cube(cube, Lut3D.identity(record.lut_size))
    graph = planned.variables.spell(segment.graph, "none", zscale=ffmpeg.has_zscale)
    target = work / "identity.mkv"
    words = [*commands.inputs(segment), "-filter_complex", graph, *commands.segment_output(planned)]
    try:
        command: list[str | Path] = [ffmpeg.path, *commands.QUIET, *words, target]
        run(command, folder=work)
        found = compare_codes(media, shot.source.start, shot.source.count, target)
    except MediaError as error:
        return Finding(shot.id, "render_identity", 0.0, LIMIT, "codes", None, f"({error})")
    worst = round(found.largest, 2)
    note = f"({found.left_out:.0%} of the pixels at or beyond the ends of R'G'B' left out: a LUT clips them)"
    cause = "" if worst <= LIMIT else f"({media.pixel_format}, {media.encoding.name} from {media.origin}) "
    said = cause + (note if found.left_out >= 0.005 else "")
    return Finding(shot.id, "render_identity", worst, LIMIT, "codes", worst <= LIMIT, said.strip())
