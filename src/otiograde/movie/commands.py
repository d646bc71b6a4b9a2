"""Commands: the plan's runs of FFmpeg as arguments, the same for every front end."""

from __future__ import annotations

from collections.abc import Callable

from otiograde.folder.layout import RENDER, SEGMENTS
from otiograde.movie.plan import LOSSLESS, RenderPlan, Segment, SoundTrack

#: Before every input: no questions, no talk but of errors, no question about the target.
QUIET = ("-hide_banner", "-nostdin", "-v", "error", "-y")

#: The list of the film's segments, for FFmpeg's concat demuxer.
LIST = f"{RENDER}/film.txt"


def film_name(plan: RenderPlan) -> str:
    """The name of the movie that the scripts make."""
    return f"film.{plan.form.suffix}"


def segment_file(segment: Segment, kind: str) -> str:
    """Where a segment lies; ``kind`` is how it was rounded (``none``, ``ordered`` …) or ``swscale``."""
    return f"{SEGMENTS}/{segment.key}.{kind}.mkv"


def sound_file(sound: SoundTrack) -> str:
    """Where the film's sound lies."""
    return f"{SEGMENTS}/{sound.key}.wav"


def inputs(step: Segment | SoundTrack) -> list[str]:
    """The inputs of a segment or of the sound."""
    return [word for each in step.inputs for word in (*each.options, "-i", each.path)]


def segment_output(plan: RenderPlan) -> list[str]:
    """What follows a segment's graph."""
    rate = str(plan.film.rate)
    return ["-map", "[v]", "-r", rate, *LOSSLESS, *plan.film.spoken.flags, "-map_metadata", "-1", "-f", "matroska"]


def sound_output() -> list[str]:
    """What follows the graph of the sound."""
    return ["-map", "[a]", "-c:a", "pcm_s24le", "-map_metadata", "-1", "-rf64", "auto", "-f", "wav"]


def film_inputs(plan: RenderPlan, listed: str) -> list[str]:
    """The film's inputs, and which streams of them it has."""
    words = [*plan.form.device, "-f", "concat", "-safe", "0", "-i", listed]
    if plan.sound:
        return [*words, "-i", sound_file(plan.sound), "-map", "0:v:0", "-map", "1:a:0"]
    return [*words, "-map", "0:v:0"]


def film_encoder(plan: RenderPlan) -> list[str]:
    """The encoder of the pictures."""
    return ["-c:v", plan.form.codec, *plan.form.options]


def film_output(plan: RenderPlan, spoken: Callable[[str], str] = str) -> list[str]:
    """What follows the encoder: tags, sound, names and time code; ``spoken`` makes a name fit for where it stands."""
    slate = plan.slate
    words = ["-r", str(plan.film.rate), *plan.film.spoken.flags, *(plan.form.sound if plan.sound else ())]
    names = {"title": slate.title, "comment": slate.comment}
    words += ["-map_metadata", "-1", *(word for key in names for word in ("-metadata", f"{key}={spoken(names[key])}"))]
    words += ["-metadata:s:v:0", f"reel_name={spoken(slate.reel)}", "-timecode", slate.timecode]
    return [*words, "-f", plan.form.muxer]
