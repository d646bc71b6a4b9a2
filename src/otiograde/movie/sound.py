"""Sound: the audio tracks of the edit as one FFmpeg filter graph, every cut at a whole sample of 48 kHz.

Each track is a row of sections: silence, a clip, or a cross-fade of equal power. Their ends are rounded from the edit's
time. The tracks are then summed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from otiograde.movie.cut import neighbors_of
from otiograde.movie.timing import Input
from otiograde.record.clock import nearest
from otiograde.record.edit import Edit, Join, Sound
from otiograde.record.shot import Media

#: The sample rate of the movie's sound, in Hz.
SAMPLES = 48000

#: Containers whose audio time stamps are exact to the sample, so that decoding may begin anywhere.
_EXACT = frozenset({".mp4", ".m4v", ".m4a", ".mov", ".wav"})

#: Seconds that are decoded before the first sample: decoders depend on the sound before it.
_MARGIN = 1

_FORMAT = f"aformat=sample_fmts=fltp:sample_rates={SAMPLES}:channel_layouts=stereo"


@dataclass(slots=True)
class SoundGraph:
    """Builds the graph of the sound, whose output is ``[a]``."""

    edit: Edit
    #: The samples [start, end) of the edit.
    start: int
    end: int
    #: The media of the edit's shots, by path.
    media: dict[str, Media]
    inputs: list[Input] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    _labels: int = 0

    @classmethod
    def of(cls, edit: Edit, start: int, end: int) -> SoundGraph:
        """Build the graph of the edit's frames [start, end)."""
        media = {str(shot.media.path): shot.media for shot in edit.shots}
        graph = cls(edit, to_samples(start, edit.rate), to_samples(end, edit.rate), media)
        graph.write()
        return graph

    def write(self) -> None:
        """Write the tracks and their sum."""
        sounds_of: dict[tuple[int, ...], list[Sound]] = {}
        for sound in self.edit.sounds:
            if (media := self.media.get(str(sound.path))) is None or media.audio:
                sounds_of.setdefault(sound.where[:-1], []).append(sound)
        tracks = [self._track(sorted(sounds, key=lambda sound: sound.at)) for sounds in sounds_of.values()]
        finish = f"apad,atrim=start_sample={self.start}:end_sample={self.end},asetpts=N/SR/TB[a]"
        if len(tracks) == 1:
            self.chains.append(f"{tracks[0]}{finish}")
        elif tracks:
            added = f"amix=inputs={len(tracks)}:normalize=0:dropout_transition=0:duration=longest"
            self.chains.append(f"{''.join(tracks)}{added},{finish}")

    @property
    def text(self) -> str:
        """The graph as FFmpeg reads it."""
        return ";".join(self.chains)

    def _label(self) -> str:
        self._labels += 1
        return f"[s{self._labels}]"

    def _track(self, sounds: Sequence[Sound]) -> str:
        labels = [self._section(section) for section in _sections(sounds, self.edit)]
        if len(labels) == 1:
            return labels[0]
        out = self._label()
        self.chains.append(f"{''.join(labels)}concat=n={len(labels)}:v=0:a=1{out}")
        return out

    def _section(self, section: Section) -> str:
        count = section.end - section.start
        if section.a is None and section.b is None:
            return self._silence(count)
        if not section.cross_fade:
            return self._clip(section.a or section.b, section.start, count, "")
        fades = [f",afade=t={way}:ss=0:ns={count}:curve=qsin" for way in ("out", "in")]
        a, b = (
            self._clip(section.a, section.start, count, fades[0]),
            self._clip(section.b, section.start, count, fades[1]),
        )
        out = self._label()
        self.chains.append(f"{a}{b}amix=inputs=2:normalize=0:dropout_transition=0{out}")
        return out

    def _silence(self, count: int) -> str:
        out = self._label()
        self.chains.append(f"anullsrc=r={SAMPLES}:cl=stereo,{_FORMAT},atrim=end_sample={count},asetpts=N/SR/TB{out}")
        return out

    def _clip(self, sound: Sound | None, start: int, count: int, fade: str) -> str:
        if sound is None or sound.speed == 0:
            return self._silence(count)
        pace = abs(sound.speed)
        offset = (Fraction(start, SAMPLES) - sound.at) * pace
        length = Fraction(count, SAMPLES) * pace
        begin = sound.start + offset if sound.speed > 0 else sound.start + sound.length - offset - length
        first, late = max(nearest(begin * SAMPLES), 0), max(nearest(-begin / pace * SAMPLES), 0)
        last = max(nearest((begin + length) * SAMPLES), first + 1)
        skipped, filters = self._add_input(sound, first)
        first, last = first - skipped, last - skipped
        filters += [
            f"aresample={SAMPLES}:async=1:first_pts=0",
            _FORMAT,
            f"atrim=start_sample={first}:end_sample={last}",
        ]
        filters += ["asetpts=N/SR/TB", *(["areverse"] if sound.speed < 0 else ()), *_tempo(pace)]
        filters += [f"adelay={late}S:all=1"] if late else []
        filters += ["apad", f"atrim=end_sample={count}", "asetpts=N/SR/TB"]
        out = self._label()
        self.chains.append(f"[{len(self.inputs) - 1}:a:0]{','.join(filters)}{fade}{out}")
        return out

    def _add_input(self, sound: Sound, first: int) -> tuple[int, list[str]]:
        """Add the input of a sound. Returns how many samples before ``first`` it skips, and filters of time stamps.

        Sample 0 is at the first picture of the file, or at the start of a file without pictures.
        """
        media = self.media.get(str(sound.path))
        path = str(sound.path) if sound.path.is_absolute() else f"./{sound.path}"
        start = media.start if media is not None else None
        skipped = first // SAMPLES - _MARGIN if sound.path.suffix.lower() in _EXACT else 0
        seek = ("-ss", str(skipped)) if (skipped := max(skipped, 0)) else ()
        options = ("-copyts", *seek) if start is not None else seek
        self.inputs.append(Input(options, path, path, media.digest if media else ""))
        shift = skipped + start if start is not None else Fraction(0)
        return skipped * SAMPLES, [f"asetpts=round(PTS-{float(shift):.9f}/TB)"] if shift else []


@dataclass(frozen=True, slots=True)
class Section:
    """Samples [start, end) of one track: silence, the sound ``a``, or a cross-fade from ``a`` to ``b``."""

    start: int
    end: int
    #: None for silence.
    a: Sound | None
    #: None for silence.
    b: Sound | None = None
    cross_fade: bool = False


def _sections(sounds: Sequence[Sound], edit: Edit) -> Iterator[Section]:
    """Yield the sections of one track from sample 0 on."""
    fades = _cross_fades(sounds, edit)
    done = 0
    for sound in sounds:
        start, end = nearest(sound.at * SAMPLES), nearest((sound.at + sound.lasts) * SAMPLES)
        into, out = fades.get((sound.where, "in")), fades.get((sound.where, "out"))
        begin = into.end if into else start
        if into and into.start >= done:
            if into.start > done:
                yield Section(done, into.start, None)
            yield into
            done = into.end
        elif begin > done:
            yield Section(done, begin, None)
            done = begin
        finish = out.start if out else end
        if finish > done:
            yield Section(done, finish, sound)
            done = finish
        if out and out.b is None:
            yield out
            done = out.end


def _cross_fades(sounds: Sequence[Sound], edit: Edit) -> dict[tuple[tuple[int, ...], str], Section]:
    """Return the cross-fades of a track, by the path of the clip and its end, ``in`` or ``out``."""
    by_path = {sound.where: sound for sound in sounds}
    cross_fades = {}
    for join in edit.joins:
        if not join.sound or join.before + join.after < 1:
            continue
        a, b = (by_path.get(path) for path in neighbors_of(join.where))
        if a is None and b is None:
            continue
        section = _cross_fade_of(join, a, b, edit.rate)
        if a is not None:
            cross_fades[a.where, "out"] = section
        if b is not None:
            cross_fades[b.where, "in"] = section
    return cross_fades


def _cross_fade_of(join: Join, a: Sound | None, b: Sound | None, rate: Fraction) -> Section:
    start, end = to_samples(join.cut - join.before, rate), to_samples(join.cut + join.after, rate)
    if a is not None:
        start = max(start, nearest(a.at * SAMPLES))
    if b is not None:
        end = min(end, nearest((b.at + b.lasts) * SAMPLES))
    return Section(start, end, a, b, cross_fade=True)


def _tempo(pace: Fraction) -> list[str]:
    """Return filters that change the speed but not the pitch. One filter accepts 0.5 to 100."""
    filters = []
    while pace < Fraction(1, 2):
        filters.append("atempo=0.5")
        pace *= 2
    return [*filters, *([f"atempo={float(min(pace, Fraction(100))):.9g}"] if pace != 1 else [])]


def to_samples(frame: int, rate: Fraction) -> int:
    """Return the sample at which a frame of the edit begins."""
    return nearest(frame / rate * SAMPLES)
