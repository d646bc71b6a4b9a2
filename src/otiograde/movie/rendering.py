"""Render the whole edit: follow the plan with FFmpeg, segment by segment, and join them into one movie.

Finished segments are kept by the name of their content: what was interrupted goes on where it stopped, and a changed
grade renders only its own shots again.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from otiograde.color.lut import Lut3D
from otiograde.errors import ExportError, MediaError, ToolNotFoundError
from otiograde.folder.layout import CHECKSUMS, RENDER, SEGMENTS, faded_lut_path, lut_path
from otiograde.folder.reading import changed_files
from otiograde.folder.writing import write_cube, write_file
from otiograde.means.progress import Progress, silent
from otiograde.media.arguments import Dither
from otiograde.media.ffmpeg import Ffmpeg, encoder_error, encoders_of, run_watched
from otiograde.media.identity import identity
from otiograde.movie import commands
from otiograde.movie.encoders import ENCODERS, HARDWARE, encoder
from otiograde.movie.plan import Delivery, RenderPlan, Segment, digest, plan
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FrameRange


@dataclass(frozen=True, slots=True)
class Failure:
    """A segment that could not be rendered: ``what`` it is, the shots it shows, and FFmpeg's last words."""

    what: str
    shots: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a rendering did: the movie (None where segments failed), its frames, and how many segments were made."""

    movie: Path | None
    frames: int
    made: int
    kept: int
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendering:
    """How to render: ``folder`` is the output folder of the record, ``jobs`` how many FFmpegs run at once."""

    folder: Path
    ffmpeg: Ffmpeg
    jobs: int = 2
    dither: Dither = "error_diffusion"
    force: bool = False

    @property
    def kind(self) -> str:
        """How segments are rounded, which their names tell."""
        return self.dither if self.ffmpeg.has_zscale else "swscale"


def render_edit(
    record: GradedTimeline,
    movie: Path,
    rendering: Rendering,
    delivery: Delivery = Delivery(),
    progress: Progress = silent,
) -> Rendered:
    """Render the record's edit into ``movie``: exactly its frames, or only what is wanted of it.

    A segment that fails is told and leaves the others going; the movie is then not made. Raises ``ExportError`` for a
    delivery that cannot be, ``MediaError`` for media that is gone or changed since grading (unless ``force``).
    """
    check_encoder(rendering.ffmpeg, delivery.encoder, delivery.hardware)
    check_media(record, force=rendering.force)
    planned = plan(record, delivery)
    with _room(rendering.folder) as folder:
        planned = _with_edited_luts(planned, record, folder, delivery.opacity)
        job = _Job(planned, replace(rendering, folder=folder), progress)
        job.segments()
        made, kept = job.made, len(planned.segments) - job.made - len(job.failures)
        if not job.failures:
            job.sound()
        if not job.failures:
            job.film(movie)
    done = None if job.failures else movie
    return Rendered(done, planned.frames, made, kept, tuple(job.failures), planned.notes)


def check_encoder(ffmpeg: Ffmpeg, name: str, hardware: str = "") -> None:
    """Raise ``ExportError`` for an encoder that is unknown, not in this FFmpeg or does not start; it lists what is."""
    form, has = encoder(name, hardware), encoders_of(ffmpeg)
    kinds = [(known, "") for known in ENCODERS] + [(name, kind) for kind in HARDWARE if hardware]
    asked = f"--encoder {name}{f' --hardware {hardware}' if hardware else ''}"
    here = [f"{known} {kind}".strip() for known, kind in kinds if encoder(known, kind).codec in has]
    listed = ", ".join(here) or "nothing that otiograde knows"
    if form.codec not in has:
        raise ExportError(f"{ffmpeg.path} has no {form.codec} for {asked}: it has {listed}")
    words = ["-vf", f"format={form.pixel_format}{form.upload}", "-c:v", form.codec, *form.options]
    if hardware and (why := encoder_error(ffmpeg, form.device, words)):
        raise ExportError(f"{form.codec} does not start here ({why}): {ffmpeg.path} has {listed}")


def check_media(record: GradedTimeline, *, force: bool) -> None:
    """Raise ``MediaError`` that names the media which is gone, or (without ``force``) changed since grading."""
    seen = {shot.media.path: shot.media for shot in record.edit.shots}
    gone, changed = [], []
    for path, media in seen.items():
        file = Path(str(path) % media.first) if media.kind == "sequence" else path
        now = identity(file)
        if not now:
            gone.append(str(file))
        elif media.digest and now != media.digest:
            changed.append(str(file))
    if changed and not force:
        raise MediaError(f"changed since it was graded: {_some(changed)}: grade again, or render with --force")
    if gone and not force:
        raise MediaError(f"not there any more: {_some(gone)}: bring it back, or render the rest with --force")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


@contextmanager
def _room(folder: Path) -> Iterator[Path]:
    """The output folder with a place for segments, free of what killed runs left half done."""
    folder = folder.resolve()
    segments = folder / SEGMENTS
    try:
        segments.mkdir(parents=True, exist_ok=True)
        for part in segments.glob("*.part"):
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"{segments} cannot be written: {error.strerror or error}") from error
    yield folder


def _with_edited_luts(planned: RenderPlan, record: GradedTimeline, folder: Path, opacity: float) -> RenderPlan:
    """Write the LUTs that are missing; name segments anew whose LUT was changed by hand."""
    changed = changed_files(folder, record) if (folder / CHECKSUMS).exists() else {}
    edited: dict[str, str] = {}
    for shot in {shot for segment in planned.segments for shot in segment.shots}:
        path = folder / faded_lut_path(shot, opacity)
        if lut_path(shot) in changed and path.exists() and opacity == 1:
            edited[faded_lut_path(shot, opacity)] = identity(path)
        elif opacity != 1 or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_cube(path, faded(record.lut(shot), opacity))
    if not edited:
        return planned
    names = tuple(
        replace(segment, key=digest([segment.key, *own]))
        if (own := [edited[lut] for lut in segment.luts if lut in edited])
        else segment
        for segment in planned.segments
    )
    return replace(planned, segments=names)


def shot_alone(record: GradedTimeline, shot_id: str, handles: int = 0) -> GradedTimeline:
    """Give the record of an edit of one shot alone, at its media's rate, with ``handles`` frames more at either end."""
    shot = record.edit.shot(shot_id)
    media, source = shot.media, shot.source
    if media.kind == "still":
        whole = FrameRange(0, shot.record.count, record.edit.rate)
    else:
        start, end = max(source.start - handles, 0), min(source.end + handles, max(media.frames, 1))
        source, whole = FrameRange(start, end - start, media.rate), FrameRange(0, end - start, media.rate)
    begin = (shot.source.start - source.start) / media.rate
    seconds = shot.seconds and (shot.seconds[0] - begin, shot.seconds[0] - begin + source.count / media.rate)
    alone = replace(shot, source=source, record=whole, speed=Fraction(1), seconds=seconds)
    first = {"value": media.timecode + source.start, "rate": float(whole.rate)}
    otio = {**record.edit.otio, "global_start_time": first}
    edit = Edit(shot.name, otio, whole.rate, (alone,), (), length=whole.count)
    return replace(record, edit=edit, grades=(record.grade(shot_id),))


def faded(lut: Lut3D, opacity: float) -> Lut3D:
    """A LUT at part of its strength: both are linear between nodes, so mixing lattices is mixing pictures."""
    neutral = Lut3D.identity(lut.lattice.shape[0])
    return Lut3D(neutral.lattice + (lut.lattice - neutral.lattice) * opacity, lut.domain, lut.title)


#: How FFmpeg says that there is no room, or is ended for it.
_FULL = re.compile("No space left on device|Disk quota exceeded|File too large|ended by SIGXFSZ")


class _Stopped(Exception):  # noqa: N818  (it ends a thread, it is no error)
    """The rendering is being given up."""


@dataclass(slots=True)
class _Job:
    planned: RenderPlan
    rendering: Rendering
    progress: Progress
    made: int = 0
    failures: list[Failure] = field(default_factory=list)
    _frames: dict[str, int] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def segments(self) -> None:
        """Render the segments that are not there yet, several at once."""
        todo: dict[str, Segment] = {}
        for segment in self.planned.segments:
            if self._is_fresh(segment):
                self._frames[f"{segment.key} {segment.start}"] = segment.count
            else:
                todo.setdefault(segment.key, segment)
        self._tell()
        with ThreadPoolExecutor(max(1, self.rendering.jobs)) as pool:
            running: dict[Future[None], Segment] = {pool.submit(self._segment, each): each for each in todo.values()}
            try:
                while running:
                    done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._finish(future, running.pop(future))
                    self._tell()
            except BaseException:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def sound(self) -> None:
        """Render the film's sound."""
        sound = self.planned.sound
        if sound is None:
            return
        target = self.rendering.folder / commands.sound_file(sound)
        files = [Path(each.file) for each in sound.inputs]
        if self._is_newer(target, files):
            return
        words = [*commands.inputs(sound), "-filter_complex", sound.graph, *commands.sound_output()]
        try:
            self._run(words, target, lambda _: None)
        except MediaError as error:
            self.failures.append(Failure("the sound", (), _last_words(error)))

    def film(self, movie: Path) -> None:
        """Join the segments into the movie."""
        folder = self.rendering.folder
        listed = folder / RENDER / f"film.{digest([str(movie)])}.txt"
        names = [f"file segments/{Path(self._file(segment)).name}\n" for segment in self.planned.segments]
        write_file(listed, "".join(names).encode("ascii"))
        words = [*commands.film_inputs(self.planned, str(listed.relative_to(folder))), "-vf", self.planned.join]
        words += [*commands.film_encoder(self.planned), *commands.film_output(self.planned)]
        total = self.planned.frames
        try:
            frames = self._run(
                words, movie.absolute(), lambda frame: self.progress("encoding", min(frame, total), total)
            )
        except MediaError as error:
            self.failures.append(Failure("the movie", (), _last_words(error)))
            return
        finally:
            listed.unlink(missing_ok=True)
        self.progress("encoding", total, total)
        if frames != total:
            movie.unlink(missing_ok=True)
            self.failures.append(Failure("the movie", (), f"{frames} frames came out, {total} were due"))

    def _segment(self, segment: Segment) -> None:
        graph = self.planned.variables.spell(
            segment.graph, self.rendering.dither, zscale=self.rendering.ffmpeg.has_zscale
        )
        words = [*commands.inputs(segment), "-filter_complex", graph, *commands.segment_output(self.planned)]
        target = self.rendering.folder / self._file(segment)

        def watch(frame: int) -> None:
            self._frames[f"{segment.key} {segment.start}"] = min(frame, segment.count)

        frames = self._run(words, target, watch)
        if frames != segment.count:
            target.unlink(missing_ok=True)
            raise MediaError(f"{frames} frames came out, {segment.count} were due: the media ends early or is damaged")

    def _run(self, words: Sequence[str], target: Path, watch: Callable[[int], None]) -> int:
        """Run FFmpeg; the target appears whole or not at all. Gives the frames written."""
        # No name of another run: what that has left going may still write into it.
        part = target.with_name(f"{target.name}.{os.getpid()}.part")

        def checked(frame: int) -> None:
            if self._stop.is_set():
                raise _Stopped
            watch(frame)

        try:
            command: list[str | Path] = [self.rendering.ffmpeg.path, *commands.QUIET, *words, part]
            frames = run_watched(command, checked, folder=self.rendering.folder)
            part.replace(target)
        except ToolNotFoundError:
            raise
        except MediaError as error:
            if _FULL.search("\n".join(error.log)):
                raise ExportError(f"{target.parent}: its disk is full: make room, what is finished is kept") from None
            raise
        except OSError as error:
            raise ExportError(f"{target} cannot be written: {error.strerror or error}") from error
        finally:
            part.unlink(missing_ok=True)
        return frames

    def _finish(self, future: Future[None], segment: Segment) -> None:
        try:
            future.result()
        except MediaError as error:
            self.failures.append(Failure(segment.about, segment.shots, _last_words(error)))
        else:
            self.made += 1

    def _tell(self) -> None:
        self.progress("rendering", sum(self._frames.values()), self.planned.frames)

    def _file(self, segment: Segment) -> str:
        return commands.segment_file(segment, self.rendering.kind)

    def _is_fresh(self, segment: Segment) -> bool:
        files = [Path(each.file) for each in segment.inputs]
        return self._is_newer(self.rendering.folder / self._file(segment), files)

    def _is_newer(self, target: Path, files: Sequence[Path]) -> bool:
        try:
            made = target.stat().st_mtime_ns
            return all((self.rendering.folder / file).stat().st_mtime_ns <= made for file in files)
        except OSError:
            return False


def _last_words(error: MediaError) -> str:
    return error.log[-1].strip() if error.log else str(error)
