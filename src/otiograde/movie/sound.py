"""Sound: the audio tracks of the edit as one FFmpeg filter graph, every cut at a whole sample of 48 kHz.

Each track is a row of pieces (silence, clips, cross-fades of equal power) whose ends are rounded from the edit's time;
the tracks are then added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from otiograde.movie.cut import sides_of
from otiograde.movie.takes import Input
from otiograde.record.clock import nearest
from otiograde.record.edit import Edit, Join, Sound
from otiograde.record.shot import Media

SAMPLES = 48000

#: Containers whose audio time stamps are exact to the sample, so that decoding may begin in their middle.
_EXACT = frozenset({".mp4", ".m4v", ".m4a", ".mov", ".wav"})

#: Seconds before the first sample that is wanted: decoders need the sound before.
_MARGIN = 1

_FORM = f"aformat=sample_fmts=fltp:sample_rates={SAMPLES}:channel_layouts=stereo"


@dataclass(slots=True)
class SoundGraph:
    """The graph in the making; ``[a]`` is its output."""

    edit: Edit
    start: int
    end: int
    media: dict[str, Media]
    inputs: list[Input] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    _labels: int = 0

    @classmethod
    def of(cls, edit: Edit, start: int, end: int) -> SoundGraph:
        """Write the graph of the edit's frames ``[start, end)``."""
        known = {str(shot.media.path): shot.media for shot in edit.shots}
        graph = cls(edit, to_samples(start, edit.rate), to_samples(end, edit.rate), known)
        graph.write()
        return graph

    def write(self) -> None:
        """Add the tracks up."""
        holders: dict[tuple[int, ...], list[Sound]] = {}
        for sound in self.edit.sounds:
            if (media := self.media.get(str(sound.path))) is None or media.audio:
                holders.setdefault(sound.where[:-1], []).append(sound)
        tracks = [self._track(sorted(sounds, key=lambda sound: sound.at)) for sounds in holders.values()]
        whole = f"apad,atrim=start_sample={self.start}:end_sample={self.end},asetpts=N/SR/TB[a]"
        if len(tracks) == 1:
            self.chains.append(f"{tracks[0]}{whole}")
        elif tracks:
            added = f"amix=inputs={len(tracks)}:normalize=0:dropout_transition=0:duration=longest"
            self.chains.append(f"{''.join(tracks)}{added},{whole}")

    @property
    def text(self) -> str:
        """The graph."""
        return ";".join(self.chains)

    def _label(self) -> str:
        self._labels += 1
        return f"[s{self._labels}]"

    def _track(self, sounds: Sequence[Sound]) -> str:
        pieces = [self._piece(piece) for piece in _row(sounds, self.edit)]
        if len(pieces) == 1:
            return pieces[0]
        out = self._label()
        self.chains.append(f"{''.join(pieces)}concat=n={len(pieces)}:v=0:a=1{out}")
        return out

    def _piece(self, piece: Piece) -> str:
        count = piece.end - piece.start
        if piece.a is None and piece.b is None:
            return self._silence(count)
        if not piece.crossed:
            return self._part(piece.a or piece.b, piece.start, count, "")
        fades = [f",afade=t={way}:ss=0:ns={count}:curve=qsin" for way in ("out", "in")]
        a, b = self._part(piece.a, piece.start, count, fades[0]), self._part(piece.b, piece.start, count, fades[1])
        out = self._label()
        self.chains.append(f"{a}{b}amix=inputs=2:normalize=0:dropout_transition=0{out}")
        return out

    def _silence(self, count: int) -> str:
        out = self._label()
        self.chains.append(f"anullsrc=r={SAMPLES}:cl=stereo,{_FORM},atrim=end_sample={count},asetpts=N/SR/TB{out}")
        return out

    def _part(self, sound: Sound | None, start: int, count: int, fade: str) -> str:
        if sound is None or sound.speed == 0:
            return self._silence(count)
        pace = abs(sound.speed)
        offset = (Fraction(start, SAMPLES) - sound.at) * pace
        length = Fraction(count, SAMPLES) * pace
        begin = sound.start + offset if sound.speed > 0 else sound.start + sound.length - offset - length
        first, late = max(nearest(begin * SAMPLES), 0), max(nearest(-begin / pace * SAMPLES), 0)
        last = max(nearest((begin + length) * SAMPLES), first + 1)
        skipped, filters = self._heard(sound, first)
        first, last = first - skipped, last - skipped
        filters += [f"aresample={SAMPLES}:async=1:first_pts=0", _FORM, f"atrim=start_sample={first}:end_sample={last}"]
        filters += ["asetpts=N/SR/TB", *(["areverse"] if sound.speed < 0 else ()), *_tempo(pace)]
        filters += [f"adelay={late}S:all=1"] if late else []
        filters += ["apad", f"atrim=end_sample={count}", "asetpts=N/SR/TB"]
        out = self._label()
        self.chains.append(f"[{len(self.inputs) - 1}:a:0]{','.join(filters)}{fade}{out}")
        return out

    def _heard(self, sound: Sound, first: int) -> tuple[int, list[str]]:
        """Add the input; give how many samples of 48 kHz before ``first`` it leaves out, and the filters that count so.

        Sample 0 lies where the file's first picture is, or where a file without pictures begins.
        """
        media = self.media.get(str(sound.path))
        path = str(sound.path) if sound.path.is_absolute() else f"./{sound.path}"
        start = media.start if media is not None else None
        skipped = first // SAMPLES - _MARGIN if sound.path.suffix.lower() in _EXACT else 0
        seek = ("-ss", str(skipped)) if (skipped := max(skipped, 0)) else ()
        words = ("-copyts", *seek) if start is not None else seek
        self.inputs.append(Input(words, path, path, media.digest if media else ""))
        shift = skipped + start if start is not None else Fraction(0)
        return skipped * SAMPLES, [f"asetpts=round(PTS-{float(shift):.9f}/TB)"] if shift else []


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples ``[start, end)`` of the edit: of ``a``, or of ``a`` fading into ``b``; None is silence."""

    start: int
    end: int
    a: Sound | None
    b: Sound | None = None
    crossed: bool = False


def _row(sounds: Sequence[Sound], edit: Edit) -> Iterator[Piece]:
    """The pieces of one track from sample 0 on."""
    fades = _fades(sounds, edit)
    done = 0
    for sound in sounds:
        start, end = nearest(sound.at * SAMPLES), nearest((sound.at + sound.lasts) * SAMPLES)
        into, out = fades.get((sound.where, "in")), fades.get((sound.where, "out"))
        begin = into.end if into else start
        if into and into.start >= done:
            if into.start > done:
                yield Piece(done, into.start, None)
            yield into
            done = into.end
        elif begin > done:
            yield Piece(done, begin, None)
            done = begin
        finish = out.start if out else end
        if finish > done:
            yield Piece(done, finish, sound)
            done = finish
        if out and out.b is None:
            yield out
            done = out.end


def _fades(sounds: Sequence[Sound], edit: Edit) -> dict[tuple[tuple[int, ...], str], Piece]:
    """The cross-fades of a track's clips, by clip and side."""
    by_where = {sound.where: sound for sound in sounds}
    found = {}
    for join in edit.joins:
        if not join.sound or join.before + join.after < 1:
            continue
        a, b = (by_where.get(where) for where in sides_of(join.where))
        if a is None and b is None:
            continue
        piece = _crossing(join, a, b, edit.rate)
        if a is not None:
            found[a.where, "out"] = piece
        if b is not None:
            found[b.where, "in"] = piece
    return found


def _crossing(join: Join, a: Sound | None, b: Sound | None, rate: Fraction) -> Piece:
    start, end = to_samples(join.cut - join.before, rate), to_samples(join.cut + join.after, rate)
    if a is not None:
        start = max(start, nearest(a.at * SAMPLES))
    if b is not None:
        end = min(end, nearest((b.at + b.lasts) * SAMPLES))
    return Piece(start, end, a, b, crossed=True)


def _tempo(pace: Fraction) -> list[str]:
    """Filters that change the speed and keep the pitch; one takes 0.5 to 100."""
    filters = []
    while pace < Fraction(1, 2):
        filters.append("atempo=0.5")
        pace *= 2
    return [*filters, *([f"atempo={float(min(pace, Fraction(100))):.9g}"] if pace != 1 else [])]


def to_samples(frame: int, rate: Fraction) -> int:
    """The sample at which a frame of the edit begins."""
    return nearest(frame / rate * SAMPLES)
