"""Render the whole edit with FFmpeg: segment by segment, then joined into one movie.

A finished segment is named by a hash of its content and reused. So an interrupted rendering continues where it stopped,
and a changed grade renders only its own shots again.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from otiograde.errors import ExportError, MediaError, ToolNotFoundError
from otiograde.folder.inside import make_folder, opened, refuse_links
from otiograde.folder.layout import RENDER, SEGMENTS
from otiograde.folder.parts import let_go, part_file, tidy_movies
from otiograde.folder.writing import write_file
from otiograde.means.progress import Progress, silent
from otiograde.media.arguments import Dither
from otiograde.media.containers import check_playlist
from otiograde.media.ffmpeg import Ffmpeg, encoder_error, encoders_of, run_watched
from otiograde.media.identity import identity
from otiograde.media.probe import sequence_file
from otiograde.movie import commands
from otiograde.movie.content_light import content_light
from otiograde.movie.encoders import ENCODERS, HARDWARE, find_encoder
from otiograde.movie.light import CONTENT_LEFT_OUT, with_light, writes_light
from otiograde.movie.luts import with_luts_on_disk
from otiograde.movie.plan import Delivery, RenderPlan, Segment, digest, plan
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FrameRange, LightMetadata


@dataclass(frozen=True, slots=True)
class Failure:
    """A part of the movie that could not be rendered."""

    #: The part, in words.
    what: str
    #: Ids of its shots.
    shots: tuple[str, ...]
    #: The last line of FFmpeg's log.
    why: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """The result of a rendering."""

    #: None if a part failed.
    movie: Path | None
    #: Frames of the movie.
    frames: int
    #: Segments that were rendered.
    made: int
    #: Segments of an earlier rendering that were reused.
    kept: int
    failures: tuple[Failure, ...]
    #: One line for each thing that is not shown as the edit asks.
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """How to render."""

    #: The output folder of the record.
    folder: Path
    ffmpeg: Ffmpeg
    #: Processes of FFmpeg at once. Each uses several threads, so a few fill the machine.
    jobs: int = 2
    #: How 8-bit pictures are rounded. Error diffusion shows the least banding.
    dither: Dither = "error_diffusion"
    #: Whether to render even if media is missing or has changed.
    force: bool = False

    @property
    def kind(self) -> str:
        """The dither of segments, or ``swscale``: a part of their names."""
        return self.dither if self.ffmpeg.has_zscale else "swscale"


def render_edit(
    record: GradedTimeline,
    movie: Path,
    rendering: Rendering,
    delivery: Delivery = Delivery(),
    progress: Progress = silent,
) -> Rendered:
    """Render the record's edit, or the part that ``delivery`` selects, into ``movie``.

    The movie has exactly the frames of the edit. If a segment fails, the others are rendered all the same, but the
    movie is not written. Raises ``ExportError`` for a delivery that is not possible, and ``MediaError`` for media that
    is missing or has changed since grading (unless ``force``).
    """
    _refuse_links(rendering.folder, movie)
    check_encoder(rendering.ffmpeg, delivery.encoder, delivery.hardware)
    check_media(record, force=rendering.force)
    planned = plan(record, delivery)
    with _segments_folder(rendering.folder) as folder:
        planned = with_luts_on_disk(planned, record, folder, delivery)
        job = _Job(planned, replace(rendering, folder=folder), progress)
        job.segments()
        made, reused = job.made, len(planned.segments) - job.made - len(job.failures)
        if not job.failures:
            job.sound()
        if not job.failures and delivery.content_light:
            job.planned = planned = _with_content_light(planned, job.files())
        if not job.failures:
            job.join(movie)
    done = None if job.failures else movie
    return Rendered(done, planned.frames, made, reused, tuple(job.failures), planned.notes)


def _with_content_light(planned: RenderPlan, segments: Sequence[Path]) -> RenderPlan:
    """Return the plan with the light of its content, as measured in its segments. Raises ``ExportError``."""
    encoder = planned.encoder
    if planned.format.encoding.transfer != "smpte2084" or not writes_light(encoder):
        raise ExportError(
            "--content-light is for movies in PQ (--output-encoding pq) by x264, x265 or svtav1: nothing else states it"
        )
    light = content_light(dict.fromkeys(segments))
    notes = tuple(note for note in planned.notes if note != CONTENT_LEFT_OUT)
    said = f"MaxCLL {light[0]} and MaxFALL {light[1]} cd/m2 are measured in the graded frames"
    return replace(planned, encoder=with_light(encoder, LightMetadata((), light)), notes=(*notes, said))


def check_encoder(ffmpeg: Ffmpeg, name: str, hardware: str = "") -> None:
    """Raise ``ExportError`` for an encoder that is unknown, not in this FFmpeg, or does not start.

    The error lists the encoders that this FFmpeg has.
    """
    encoder, available = find_encoder(name, hardware), encoders_of(ffmpeg)
    choices = [(choice, "") for choice in ENCODERS] + [(name, choice) for choice in HARDWARE if hardware]
    option = f"--encoder {name}{f' --hardware {hardware}' if hardware else ''}"
    usable = [" ".join(choice).strip() for choice in choices if find_encoder(*choice).codec in available]
    usable_names = ", ".join(usable) or "nothing that otiograde knows"
    if encoder.codec not in available:
        raise ExportError(f"{ffmpeg.path} has no {encoder.codec} for {option}: it has {usable_names}")
    arguments = ["-vf", f"format={encoder.pixel_format}{encoder.upload}", "-c:v", encoder.codec, *encoder.options]
    if hardware and (why := encoder_error(ffmpeg, encoder.device, arguments)):
        raise ExportError(f"{encoder.codec} does not start here ({why}): {ffmpeg.path} has {usable_names}")


def check_media(record: GradedTimeline, *, force: bool) -> None:
    """Raise ``MediaError`` for media that is missing or has changed since grading, unless ``force`` is given.

    Raises it for playlists, and for a sequence whose pattern is invalid, in any case.
    """
    media_of = {shot.media.path: shot.media for shot in record.edit.shots}
    gone, changed = [], []
    for path, media in media_of.items():
        file = sequence_file(path, media.first) if media.kind == "sequence" else path
        now = identity(file)
        if not now:
            gone.append(str(file))
        elif media.digest and now != media.digest:
            changed.append(str(file))
    for path in {*media_of, *(sound.path for sound in record.edit.sounds)}:
        with suppress(FileNotFoundError, PermissionError, IsADirectoryError):
            check_playlist(path)
    if changed and not force:
        raise MediaError(f"changed since it was graded: {_first_names(changed)}: grade again, or render with --force")
    if gone and not force:
        raise MediaError(f"not there any more: {_first_names(gone)}: bring it back, or render the rest with --force")


def _first_names(names: Sequence[str]) -> str:
    """List the first five names, and how many more there are."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _refuse_links(folder: Path, movie: Path) -> None:
    """Raise ``ExportError`` if the movie is in the output folder, but a link leads out of it."""
    folder, movie = folder.absolute(), movie.absolute()
    if movie.is_relative_to(folder):
        refuse_links(folder, movie.relative_to(folder))


@contextmanager
def _segments_folder(folder: Path) -> Iterator[Path]:
    """Make the folder of the segments, and remove unfinished files of killed runs. Yields the output folder."""
    folder = folder.resolve()
    tidy_movies(make_folder(folder, SEGMENTS))
    yield folder


def shot_alone(record: GradedTimeline, shot_id: str, handles: int = 0) -> GradedTimeline:
    """Return the record of an edit of one shot, at its media's rate, with up to ``handles`` more frames at each end."""
    shot = record.edit.shot(shot_id)
    media, source = shot.media, shot.source
    if media.kind == "still":
        placed = FrameRange(0, shot.record.count, record.edit.rate)
    else:
        start, end = max(source.start - handles, 0), min(source.end + handles, max(media.frames, 1))
        source, placed = FrameRange(start, end - start, media.rate), FrameRange(0, end - start, media.rate)
    begin = (shot.source.start - source.start) / media.rate
    seconds = shot.seconds and (shot.seconds[0] - begin, shot.seconds[0] - begin + source.count / media.rate)
    alone = replace(shot, source=source, record=placed, speed=Fraction(1), seconds=seconds)
    first = {"value": media.timecode + source.start, "rate": float(placed.rate)}
    otio = {**record.edit.otio, "global_start_time": first}
    edit = Edit(shot.name, otio, placed.rate, (alone,), (), length=placed.count)
    return replace(record, edit=edit, grades=(record.grade(shot_id),))


#: How FFmpeg reports a full disk, or is ended because of it.
_FULL = re.compile("No space left on device|Disk quota exceeded|File too large|ended by SIGXFSZ")


class _Stopped(Exception):  # noqa: N818  (it ends a thread, it is no error)
    """The rendering is canceled."""


@dataclass(slots=True)
class _Job:
    """One rendering under way."""

    planned: RenderPlan
    rendering: Rendering
    progress: Progress
    made: int = 0
    failures: list[Failure] = field(default_factory=list)
    #: Segment -> its finished frames.
    _frames: dict[str, int] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def segments(self) -> None:
        """Render the segments that are not up to date, several at once."""
        todo: dict[str, Segment] = {}
        for segment in self.planned.segments:
            if self._is_fresh(segment):
                self._frames[f"{segment.key} {segment.start}"] = segment.count
            else:
                todo.setdefault(segment.key, segment)
        self._report_progress()
        with ThreadPoolExecutor(max(1, self.rendering.jobs)) as pool:
            running: dict[Future[None], Segment] = {
                pool.submit(self._segment, segment): segment for segment in todo.values()
            }
            try:
                while running:
                    done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._finish(future, running.pop(future))
                    self._report_progress()
            except BaseException:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def files(self) -> list[Path]:
        """Return the files of the segments."""
        return [self.rendering.folder / self._file(segment) for segment in self.planned.segments]

    def sound(self) -> None:
        """Render the sound of the movie."""
        sound = self.planned.sound
        if sound is None:
            return
        target = self.rendering.folder / commands.sound_file(sound)
        files = [Path(source.file) for source in sound.inputs]
        if self._is_newer(target, files):
            return
        arguments = [*commands.inputs(sound), "-filter_complex", sound.graph, *commands.sound_output()]
        try:
            self._run(arguments, target, lambda _: None)
        except MediaError as error:
            self.failures.append(Failure("the sound", (), _last_log_line(error)))

    def join(self, movie: Path) -> None:
        """Join the segments into the movie."""
        folder = self.rendering.folder
        segment_list = folder / RENDER / f"film.{digest([str(movie)])}.txt"
        names = (Path(self._file(segment)).name for segment in self.planned.segments)
        lines = [f"file segments/{name}\n{commands.SEGMENT_OPTION}\n" for name in names]
        write_file(segment_list, "".join(lines).encode("ascii"), within=folder)
        arguments = commands.movie_inputs(self.planned, str(segment_list.relative_to(folder)))
        arguments += ["-vf", self.planned.join_filters]
        arguments += [*commands.encoder_arguments(self.planned), *commands.movie_output(self.planned)]
        total = self.planned.frames
        try:
            self._run(
                arguments, movie.absolute(), lambda frame: self.progress("encoding", min(frame, total), total), total
            )
        except MediaError as error:
            self.failures.append(Failure("the movie", (), _last_log_line(error)))
            return
        finally:
            segment_list.unlink(missing_ok=True)
        self.progress("encoding", total, total)

    def _segment(self, segment: Segment) -> None:
        graph = self.planned.variables.fill(
            segment.graph, self.rendering.dither, zscale=self.rendering.ffmpeg.has_zscale
        )
        arguments = [
            *commands.inputs(segment),
            "-filter_complex",
            graph,
            *commands.segment_output(self.planned),
        ]
        target = self.rendering.folder / self._file(segment)

        def watch(frame: int) -> None:
            self._frames[f"{segment.key} {segment.start}"] = min(frame, segment.count)

        self._run(arguments, target, watch, segment.count)

    def _run(
        self, arguments: Sequence[str], target: Path, watch: Callable[[int], None], due: int | None = None
    ) -> None:
        """Run FFmpeg. The target is complete, with ``due`` frames, or stays as it was."""

        def watch_or_stop(frame: int) -> None:
            if self._stop.is_set():
                raise _Stopped
            watch(frame)

        # FFmpeg writes into a file that is made and locked here: a link of its name cannot lie in wait for it.
        stem = f"{target.name}.{os.getpid()}-"
        try:
            tidy_movies(target.parent, target.name)
            with opened(target.parent) as inside, part_file(inside, stem) as (part, file):
                let_go(file)
                command: list[str | Path] = [self.rendering.ffmpeg.path, *commands.QUIET, *arguments]
                frames = run_watched([*command, target.parent / part], watch_or_stop, folder=self.rendering.folder)
                _check_count(frames, frames if due is None else due)
                inside.move(part, inside, target.name)
        except ToolNotFoundError:
            raise
        except MediaError as error:
            if _FULL.search("\n".join(error.log)):
                raise ExportError(f"{target.parent}: its disk is full: make room, what is finished is kept") from None
            raise
        except OSError as error:
            raise ExportError(f"{target} cannot be written: {error.strerror or error}") from error

    def _finish(self, future: Future[None], segment: Segment) -> None:
        try:
            future.result()
        except MediaError as error:
            self.failures.append(Failure(segment.description, segment.shots, _last_log_line(error)))
        else:
            self.made += 1

    def _report_progress(self) -> None:
        self.progress("rendering", sum(self._frames.values()), self.planned.frames)

    def _file(self, segment: Segment) -> str:
        return commands.segment_file(segment, self.rendering.kind)

    def _is_fresh(self, segment: Segment) -> bool:
        files = [Path(source.file) for source in segment.inputs]
        return self._is_newer(self.rendering.folder / self._file(segment), files)

    def _is_newer(self, target: Path, files: Sequence[Path]) -> bool:
        try:
            made = target.stat().st_mtime_ns
            return all((self.rendering.folder / file).stat().st_mtime_ns <= made for file in files)
        except OSError:
            return False


def _check_count(frames: int, due: int) -> None:
    if frames != due:
        raise MediaError(f"{frames} frames came out, {due} were due: the media ends early or is damaged")


def _last_log_line(error: MediaError) -> str:
    return error.log[-1].strip() if error.log else str(error)
