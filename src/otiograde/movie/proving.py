"""Prove that FFmpeg itself changes nothing: render the user's clips with an identity LUT and compare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from otiograde.color.lut import Lut3D
from otiograde.errors import MediaError
from otiograde.folder.parts import part_folder, tidy
from otiograde.folder.writing import write_cube
from otiograde.means.progress import Progress, silent
from otiograde.media.codes import CodeDifference, compare_codes
from otiograde.media.ffmpeg import Ffmpeg, run
from otiograde.movie import commands
from otiograde.movie.plan import Delivery, RenderPlan, Segment, plan
from otiograde.movie.rendering import shot_alone
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot, Wishes

#: The largest difference allowed after conversion to R'G'B' and back, in codes: the rounding of one sample.
LIMIT = 1.0


def prove(record: GradedTimeline, ffmpeg: Ffmpeg, folder: Path, progress: Progress = silent) -> list[Finding]:
    """Render each shot with an identity LUT, undithered and lossless, and compare its code values with the media's.

    Where a grade changes, its keys, masks and merges are all there, with identities for its LUTs.
    Returns one finding per shot: the largest difference (``compare_codes``), in codes of the file's bit depth. It
    cannot be verified for media other than Y'CbCr of 8 or 10 bits. The rendered files are removed.
    """
    tidy(folder)
    findings = []
    shots = record.edit.shots
    for done, shot in enumerate(shots, 1):
        with part_folder(folder.resolve()) as work:
            findings.append(_proof(record, shot, ffmpeg, work))
        progress("proving", done, len(shots))
    return findings


def _proof(record: GradedTimeline, shot: Shot, ffmpeg: Ffmpeg, work: Path) -> Finding:
    media = shot.media
    if media.kind != "video" or media.encoding.matrix == "gbr" or media.bits not in (8, 10) or media.variable_rate:
        why = f"{media.pixel_format} has no way back to the same codes" if not media.variable_rate else "rate varies"
        return Finding(shot.id, "render_identity", 0.0, LIMIT, "codes", None, f"({why})")
    alone = shot_alone(record, shot.id)
    plain_shot = replace(alone.edit.shots[0], id="identity", wishes=Wishes())
    alone = replace(alone, edit=replace(alone.edit, shots=(plain_shot,)))
    alone = replace(alone, grades=tuple(replace(grade, shot="identity") for grade in alone.grades))
    planned = plan(alone, Delivery(encoder="ffv1"))
    if planned.format.deinterlaces(media):
        return Finding(shot.id, "render_identity", 0.0, LIMIT, "codes", None, "(it is deinterlaced)")
    for path in {path for segment in planned.segments for path in segment.luts}:
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        write_cube(work / path, Lut3D.identity(record.lut_size))
    try:
        differences = [_difference(planned, segment, shot, ffmpeg, work) for segment in planned.segments]
    except MediaError as error:
        return Finding(shot.id, "render_identity", 0.0, LIMIT, "codes", None, f"({error})")
    worst = round(max(difference.largest for difference in differences), 2)
    frames = [segment.count for segment in planned.segments]
    left_out = sum(one.left_out * count for one, count in zip(differences, frames, strict=True)) / sum(frames)
    note = f"({left_out:.0%} of the pixels at or beyond the ends of R'G'B' left out: a LUT clips them)"
    cause = "" if worst <= LIMIT else f"({media.pixel_format}, {media.encoding.name} from {media.origin}) "
    remarks = cause + (note if left_out >= 0.005 else "")
    return Finding(shot.id, "render_identity", worst, LIMIT, "codes", worst <= LIMIT, remarks.strip())


def _difference(planned: RenderPlan, segment: Segment, shot: Shot, ffmpeg: Ffmpeg, work: Path) -> CodeDifference:
    """Render a segment of one shot, and compare it with the media. Raises ``MediaError``."""
    graph = planned.variables.fill(segment.graph, "none", zscale=ffmpeg.has_zscale)
    target = work / f"{segment.key}.mkv"
    arguments = [*commands.inputs(segment), "-filter_complex", graph, *commands.segment_output(planned)]
    command: list[str | Path] = [ffmpeg.path, *commands.QUIET, *arguments, target]
    run(command, folder=work)
    return compare_codes(shot.media, shot.source.start + segment.start, segment.count, target)
