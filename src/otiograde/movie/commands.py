"""Commands: the arguments of each run of FFmpeg in a plan, the same for ``otiograde render`` and the scripts."""

from __future__ import annotations

from collections.abc import Callable

from otiograde.folder.layout import RENDER, SEGMENTS
from otiograde.media.containers import guard
from otiograde.movie.plan import LOSSLESS, RenderPlan, Segment, SoundTrack

#: Before every input: read no keys, print errors only, overwrite the target.
QUIET = ("-hide_banner", "-nostdin", "-v", "error", "-y")

#: The list of the movie's segments, for FFmpeg's concat demuxer.
SEGMENT_LIST = f"{RENDER}/film.txt"

#: What follows the name of a segment in that list: a segment is Matroska, and no playlist of this name.
SEGMENT_OPTION = "option format_whitelist matroska"


def movie_name(plan: RenderPlan) -> str:
    """Return the name of the movie that the scripts write."""
    return f"film.{plan.encoder.suffix}"


def segment_file(segment: Segment, kind: str) -> str:
    """Return the path of a segment; ``kind`` is its dither (``none``, ``ordered`` …), or ``swscale``."""
    return f"{SEGMENTS}/{segment.key}.{kind}.mkv"


def sound_file(sound: SoundTrack) -> str:
    """Return the path of the movie's sound."""
    return f"{SEGMENTS}/{sound.key}.wav"


def inputs(job: Segment | SoundTrack, *, short: bool = False) -> list[str]:
    """Return the inputs of a segment or of the sound, for each of which FFmpeg opens no playlist and no address.

    ``short`` is as in ``containers.guard``.
    """
    return [
        argument
        for source in job.inputs
        for argument in (*guard(source.path, source.options, short=short), *source.options, "-i", source.path)
    ]


def segment_output(plan: RenderPlan) -> list[str]:
    """Return the arguments after a segment's graph."""
    rate = str(plan.format.rate)
    return ["-map", "[v]", "-r", rate, *LOSSLESS, *plan.format.coding.flags, "-map_metadata", "-1", "-f", "matroska"]


def sound_output() -> list[str]:
    """Return the arguments after the graph of the sound."""
    return ["-map", "[a]", "-c:a", "pcm_s24le", "-map_metadata", "-1", "-rf64", "auto", "-f", "wav"]


def movie_inputs(plan: RenderPlan, segment_list: str) -> list[str]:
    """Return the inputs of the movie and the streams that it takes from them; ``segment_list`` is a path."""
    listed = ("-f", "concat", "-safe", "0")
    # A segment that cannot be read fails the movie (-xerror): FFmpeg would end it there, and exit with 0.
    arguments = ["-xerror", *guard(segment_list, listed), *plan.encoder.device, *listed, "-i", segment_list]
    if plan.sound:
        sound, wav = sound_file(plan.sound), ("-f", "wav")
        return [*arguments, *guard(sound, wav), *wav, "-i", sound, "-map", "0:v:0", "-map", "1:a:0"]
    return [*arguments, "-map", "0:v:0"]


def encoder_arguments(plan: RenderPlan) -> list[str]:
    """Return the video encoder and its options."""
    return ["-c:v", plan.encoder.codec, *plan.encoder.options]


def movie_output(plan: RenderPlan, escape: Callable[[str], str] = str) -> list[str]:
    """Return the arguments after the encoder: fields, tags, sound, metadata and time code.

    ``escape`` is applied to every name from the edit.
    """
    slate, encoder = plan.slate, plan.encoder
    fields = encoder.field_options if plan.format.fields != "progressive" else ()
    arguments = [
        *fields,
        "-r",
        str(plan.format.rate),
        *plan.format.coding.flags,
        *(encoder.sound if plan.sound else ()),
    ]
    arguments += ["-map_metadata", "-1"]
    for key, text in (("title", slate.title), ("comment", slate.comment)):
        arguments += ["-metadata", f"{key}={escape(text)}"]
    arguments += ["-metadata:s:v:0", f"reel_name={escape(slate.reel)}", "-timecode", slate.timecode]
    return [*arguments, "-f", encoder.muxer]
