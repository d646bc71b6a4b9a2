"""``graded.mlt``: the cut with its LUTs for melt, Shotcut and Kdenlive (MLT XML, https://www.mltframework.org/docs/mltxml/).

Cuts, dissolves, gaps, tracks, speeds and sound. Rendered by melt 7.12 and compared with FFmpeg pixel for pixel; the
windows of Shotcut and Kdenlive are not tried. Each shot is a producer of its own with one ``avfilter.lut3d`` on it,
under the names that both editors know it by. The consumer asks for ``rgba``: MLT's own choice, YUV, shifts BT.709
colors by up to 13 codes.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import zip_longest
from math import ceil
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from otiograde.edit import Sound
from otiograde.exporters.lanes import Lane, Piece, lanes, nearest, picture, sound_lanes, xml_text
from otiograde.graded import GradedTimeline
from otiograde.outputs import lut_path
from otiograde.shot import Media

#: The film that ``melt graded.mlt`` writes: R'G'B' without loss, for any encoder.
TARGET = "melt.mkv"

#: Luma coefficients -> MLT's word for them.
_COLORSPACE = {"bt709": "709", "bt470bg": "601", "smpte170m": "601", "bt2020nc": "2020", "gbr": "709"}


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Give the MLT document; LUTs by their place beside it, media where they are."""
    root = Element("mlt", LC_NUMERIC="C", version="7.0.0", title=xml_text(record.edit.name), producer="main")
    _profile(root, record)
    _consumer(root)
    writer = Writer(root, record.edit.rate)
    pictures = [writer.lane(number, lane) for number, lane in enumerate(lanes(record))]
    sounds = [
        writer.sound(number, lane) for number, lane in enumerate(sound_lanes(record.edit.sounds, record.edit.rate))
    ]
    length = max([record.edit.length, *(shot.record.end for shot in record.edit.shots)], default=0)
    writer.main(pictures, sounds, max(length, 1))
    ElementTree.indent(root)
    return {"graded.mlt": ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"}


def _profile(root: Element, record: GradedTimeline) -> None:
    rate = record.edit.rate
    width, height, matrix = picture(record.edit.shots)
    shape = Fraction(width, height)
    words = {"width": width, "height": height, "progressive": 1, "sample_aspect_num": 1, "sample_aspect_den": 1}
    words |= {"display_aspect_num": shape.numerator, "display_aspect_den": shape.denominator}
    words |= {"frame_rate_num": rate.numerator, "frame_rate_den": rate.denominator}
    spelt = {name: str(value) for name, value in words.items()}
    SubElement(root, "profile", spelt, description="otiograde", colorspace=_COLORSPACE[matrix])


def _consumer(root: Element) -> None:
    """What ``melt graded.mlt`` does with it; editors take no notice."""
    words = {"target": TARGET, "f": "matroska", "mlt_image_format": "rgba", "vcodec": "ffv1", "pix_fmt": "bgr0"}
    words |= {"acodec": "pcm_s16le", "real_time": "-1", "rescale": "bicubic"}
    SubElement(root, "consumer", words, mlt_service="avformat")


class Writer:
    """Adds producers and playlists to a document; every one before what names it, as MLT reads."""

    def __init__(self, root: Element, rate: Fraction) -> None:
        self._root, self._rate = root, rate

    def lane(self, number: int, lane: Lane) -> str:
        """Write the pieces of a lane and the playlist that shows them. Returns the playlist's id."""
        for piece in lane.pieces:
            self._picture(piece)
        name = f"video{number}"
        entries: list[Element] = []
        at = 0
        for piece, after in zip_longest(lane.pieces, lane.pieces[1:]):
            if piece.alone_in and piece.fade_in.length:
                at = self._blank(entries, at, piece.start - piece.fade_in.before)
                at += self._dissolve(entries, None, piece)
            start, end = piece.body
            at = self._blank(entries, at, start)
            if end > start:
                entries.append(self._entry(piece, start, end))
                at = end
            if piece.fade_out.length:
                at += self._dissolve(entries, piece, None if piece.alone_out else after)
        playlist = SubElement(self._root, "playlist", id=name)
        _property(playlist, "shotcut:video", "1")
        _property(playlist, "shotcut:name", f"V{number + 1}")
        playlist.extend(entries)
        return name

    def sound(self, number: int, lane: list[tuple[Sound, int, int]]) -> str:
        """Write the sounds of a lane and the playlist that plays them. Returns the playlist's id."""
        entries: list[Element] = []
        at = 0
        for place, (sound, start, end) in enumerate(lane):
            name = f"sound{number}_{place}"
            producer = self._producer(name, str(sound.path), sound.speed)
            _property(producer, "video_index", "-1")
            pace = abs(sound.speed) or Fraction(1)
            first = max(nearest(sound.start * self._rate / pace), 0)
            at = self._blank(entries, at, start)
            entries.append(Element("entry", {"in": str(first), "out": str(first + end - start - 1)}, producer=name))
            at = end
        playlist = SubElement(self._root, "playlist", id=f"audio{number}")
        _property(playlist, "shotcut:audio", "1")
        _property(playlist, "shotcut:name", f"A{number + 1}")
        playlist.extend(entries)
        return f"audio{number}"

    def main(self, pictures: list[str], sounds: list[str], length: int) -> None:
        """Write the black ground and the tractor that puts all lanes over it."""
        self._color("black", length)
        background = SubElement(self._root, "playlist", id="background")
        SubElement(background, "entry", {"in": "0", "out": str(length - 1)}, producer="black")
        tractor = SubElement(self._root, "tractor", {"in": "0", "out": str(length - 1)}, id="main")
        _property(tractor, "shotcut", "1")
        for name in ("background", *pictures, *sounds):
            SubElement(tractor, "track", {"hide": "video"} if name in sounds else {}, producer=name)
        for track in range(1, len(pictures) + len(sounds) + 1):
            _transition(tractor, "mix", 0, track, length, always_active="1", sum="1")
        for track in range(2, len(pictures) + 1):
            _transition(tractor, "frei0r.cairoblend", 1, track, length, disable="0")

    def _picture(self, piece: Piece) -> None:
        shot = piece.shot
        media = shot.media
        warp = shot.speed if media.kind == "video" else Fraction(1)
        producer = self._producer(shot.id, _resource(media), warp)
        _property(producer, "shotcut:caption", xml_text(shot.name))
        _property(producer, "audio_index", "-1")
        if media.kind == "video" and media.encoding.matrix != "gbr":
            _property(producer, "force_colorspace", _COLORSPACE[media.encoding.matrix])
            _property(producer, "color_range", "2" if media.encoding.range == "full" else "1")
        if media.kind == "sequence":
            held = self._rate / media.rate / (abs(shot.speed) or 1)
            _property(producer, "mlt_service", "pixbuf")  # reads sequences without a screen, as qimage does not
            _property(producer, "ttl", str(max(nearest(held), 1)))
        if media.kind == "still" or shot.speed == 0:
            _property(producer, "length", str(self._in(piece, piece.end + piece.fade_out.after) + 1))
        if shot.speed == 0 and media.kind != "still":
            hold = SubElement(producer, "filter")
            frame = str(nearest(shot.source.start / media.rate * self._rate))
            for name, value in (
                ("mlt_service", "freeze"),
                ("frame", frame),
                ("freeze_before", "1"),
                ("freeze_after", "1"),
            ):
                _property(hold, name, value)
        lut = SubElement(producer, "filter")
        for name, value in _lut(shot.id).items():
            _property(lut, name, value)

    def _producer(self, name: str, resource: str, speed: Fraction) -> Element:
        """Start a producer of a file, at a speed."""
        producer = SubElement(self._root, "producer", id=name)
        if speed not in (0, 1):
            _property(producer, "mlt_service", "timewarp")
            _property(producer, "warp_speed", f"{float(speed):.9g}")
            _property(producer, "warp_resource", resource)
            resource = f"{float(speed):.9g}:{resource}"
        _property(producer, "resource", resource)
        return producer

    def _in(self, piece: Piece, frame: int) -> int:
        """Give the producer's frame that is seen at a frame of the edit."""
        shot = piece.shot
        if shot.media.kind == "still" or shot.speed == 0:
            return frame - piece.start + piece.fade_in.before
        first = (
            shot.source.start
            if shot.speed > 0 or shot.media.kind == "sequence"
            else shot.media.frames - shot.source.end
        )
        # MLT shows the media frame nearest in time, so the first one is on from half a frame before.
        begin = ceil((first - Fraction(1, 2)) / shot.media.rate * self._rate / abs(shot.speed))
        return max(begin + frame - piece.start, 0)

    def _entry(self, piece: Piece, start: int, end: int) -> Element:
        first = self._in(piece, start)
        return Element("entry", {"in": str(first), "out": str(first + end - start - 1)}, producer=piece.shot.id)

    def _dissolve(self, entries: list[Element], old: Piece | None, new: Piece | None) -> int:
        """Write a tractor in which one piece turns into the other (or into nothing). Returns its length."""
        fade = old.fade_out if old else new.fade_in if new else None
        assert fade is not None  # noqa: S101  (one of the two is there)
        cut = old.end if old else new.start if new else 0
        name = f"fade_{(old or new).shot.id}_{'out' if old else 'in'}"  # type: ignore[union-attr]
        sides = [self._side(name, piece, cut - fade.before, cut + fade.after) for piece in (old, new)]
        last = str(fade.length - 1)
        tractor = SubElement(self._root, "tractor", {"in": "0", "out": last}, id=name)
        for side in sides:
            SubElement(tractor, "track", side)
        _transition(tractor, "affine", 0, 1, fade.length, rect=_weights(fade.length), fill="1", distort="1")
        entries.append(Element("entry", {"in": "0", "out": last}, producer=name))
        return fade.length

    def _side(self, name: str, piece: Piece | None, start: int, end: int) -> dict[str, str]:
        if piece is None:
            self._color(f"{name}_black", end - start)
            return {"producer": f"{name}_black", "in": "0", "out": str(end - start - 1)}
        return dict(self._entry(piece, start, end).attrib)

    def _color(self, name: str, length: int) -> None:
        producer = SubElement(self._root, "producer", id=name)
        for key, value in (("mlt_service", "color"), ("resource", "#ff000000"), ("length", str(length))):
            _property(producer, key, value)
        _property(producer, "mlt_image_format", "rgba")

    @staticmethod
    def _blank(entries: list[Element], at: int, start: int) -> int:
        if start > at:
            entries.append(Element("blank", length=str(start - at)))
        return max(start, at)


def _resource(media: Media) -> str:
    """Spell the path for MLT; a name that is no Unicode goes as a URL."""
    text = str(media.path)
    if media.kind == "sequence":
        return xml_text(f"{text}?begin={media.first}")
    if xml_text(text) != text:
        return media.path.as_uri() if media.path.is_absolute() else xml_text(text)
    return text


def _lut(shot: str) -> dict[str, str]:
    service = "avfilter.lut3d"
    file = {"mlt_service": service, "av.file": lut_path(shot), "av.interp": "tetrahedral"}
    return {**file, "kdenlive_id": service, "shotcut:filter": service}


def _weights(length: int) -> str:
    """How much of the coming picture each frame of a dissolve shows: ``affine`` blends R'G'B', ``luma`` shifted YUV."""
    whole, half = "0% 0% 100% 100%", 1 / (2 * length)
    return f"0={whole} {half:.6f};{length - 1}={whole} {1 - half:.6f}" if length > 1 else f"0={whole} 0.5"


def _transition(tractor: Element, service: str, a_track: int, b_track: int, length: int, **words: str) -> None:
    transition = SubElement(tractor, "transition", {"in": "0", "out": str(length - 1)})
    for name, value in {"a_track": str(a_track), "b_track": str(b_track), "mlt_service": service, **words}.items():
        _property(transition, name, value)


def _property(owner: Element, name: str, text: str) -> None:
    SubElement(owner, "property", name=name).text = text
