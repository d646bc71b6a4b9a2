"""The parts of MLT documents, for melt, Shotcut and Kdenlive: profile, producers, LUT, transitions."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from otiograde.exporters.xml_text import xml_text
from otiograde.movie.cut import pace_of
from otiograde.movie.fields import shared_fields
from otiograde.movie.lanes import PlacedShot, picture_format
from otiograde.record.clock import nearest
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Media, Orientation, Shot

#: Matrix -> MLT's name of it.
_COLORSPACE = {"bt709": "709", "bt470bg": "601", "smpte170m": "601", "bt2020nc": "2020", "gbr": "709"}

#: The services that read video and images. ``qimage`` would need a screen.
AV, PICTURES = "avformat", "pixbuf"

#: Frames of a shot that are compared with what MLT shows. By then every phase of the usual speeds was there.
_LONGEST_LOOK = 250

#: The filters, which are also their ids in Shotcut and Kdenlive: *LUT (3D)* or *Apply LUT*, *Color Grading* or
#: *Lift/gamma/gain*.
LUT = "avfilter.lut3d"
BALANCE = "lift_gamma_gain"
_NEUTRAL = {"lift": "0", "gamma": "1", "gain": "1"}


def document(root: Element) -> bytes:
    """Return the text of a document."""
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def add_profile(root: Element, record: GradedTimeline) -> None:
    """Add the edit's rate, the size and matrix of most of its frames, and whether all are interlaced alike."""
    rate = record.edit.rate
    width, height, matrix = picture_format(record.edit.shots)
    progressive = 1 if shared_fields(record.edit.shots, height, rate) == "progressive" else 0
    shape = Fraction(width, height)
    numbers = {
        "width": width,
        "height": height,
        "progressive": progressive,
        "sample_aspect_num": 1,
        "sample_aspect_den": 1,
    }
    numbers |= {"display_aspect_num": shape.numerator, "display_aspect_den": shape.denominator}
    numbers |= {"frame_rate_num": rate.numerator, "frame_rate_den": rate.denominator}
    attributes = {name: str(value) for name, value in numbers.items()}
    SubElement(root, "profile", attributes, description="otiograde", colorspace=_COLORSPACE[matrix])


def add_producer(root: Element, name: str, resource: str, speed: Fraction = Fraction(1), service: str = AV) -> Element:
    """Add a producer of a file at a speed. Editors need ``service``, which reads it, to recognize a missing file."""
    producer = SubElement(root, "producer", id=name)
    if speed not in (0, 1):
        service, speed_text = "timewarp", f"{float(speed):.9g}"
        put(producer, warp_speed=speed_text, warp_resource=resource)
        resource = f"{speed_text}:{resource}"
    put(producer, mlt_service=service, resource=resource)
    return producer


def add_picture(root: Element, name: str, shot: Shot, rate: Fraction) -> Element:
    """Add a producer of a shot's media, at its speed, decoded with its matrix and range."""
    media = shot.media
    warp = shot.speed if media.kind == "video" else Fraction(1)
    producer = add_producer(root, name, resource_of(media), warp, AV if media.kind == "video" else PICTURES)
    if media.kind == "video" and media.encoding.matrix != "gbr":
        put(producer, force_colorspace=_COLORSPACE[media.encoding.matrix])
        put(producer, color_range="2" if media.encoding.range == "full" else "1")
    if media.fields.order != media.fields.flagged:
        put(producer, force_progressive="0" if media.fields.is_interlaced else "1")
        if media.fields.is_interlaced:
            put(producer, force_tff="1" if media.fields.order == "top" else "0")
    if media.kind == "video" and media.orientation.mirrored:
        _mirror(producer, media.orientation)
    if media.kind == "sequence":
        put(producer, ttl=str(max(nearest(_hold(shot, rate)), 1)))
    return producer


def hold_notes(edit: Edit) -> list[str]:
    """Name the image sequences whose images are not shown for a whole number of frames, as MLT shows them."""
    return [
        f"{shot.id}: MLT shows each image of a sequence for a whole number of frames, and forwards"
        for shot in edit.shots
        if shot.media.kind == "sequence" and shot.speed != 0
        if shot.speed < 0 or _hold(shot, edit.rate) != ceil(_hold(shot, edit.rate))
    ]


def _hold(shot: Shot, rate: Fraction) -> Fraction:
    """Return for how many frames of an edit each image of a sequence is shown."""
    return rate / shot.media.rate / (abs(shot.speed) or 1)


def _mirror(producer: Element, orientation: Orientation) -> None:
    """Mirror a video. MLT 7 turns videos by their display matrix, but takes a mirrored one for one that is turned.

    A picture that lies on its side has to be turned by MLT, so what is wrong then is mirrored back.
    """
    if not orientation.is_sideways:
        put(producer, autorotate="0")
    service = "avfilter.vflip" if orientation.turns == 2 else "avfilter.hflip"
    put(SubElement(producer, "filter"), mlt_service=service, kdenlive_id=service)


def add_color(root: Element, name: str, length: int) -> None:
    """Add a producer of opaque black."""
    producer = SubElement(root, "producer", id=name)
    put(producer, mlt_service="color", resource="#ff000000", length=str(length), mlt_image_format="rgba")


def add_lut(owner: Element, path: str) -> None:
    """Put a LUT on a producer or an entry, and a neutral balance after it. The path is relative to the document.

    The balance requests R'G'B', so the LUT computes in it. Without it an editor, which shows and renders YUV, lets
    FFmpeg convert back after the LUT. FFmpeg assumes BT.601 for any picture, which is wrong by up to 27 codes.
    """
    properties = {"mlt_service": LUT, "av.file": path, "av.interp": "tetrahedral"}
    put(SubElement(owner, "filter"), **properties, kdenlive_id=LUT, **{"shotcut:filter": LUT})
    neutral = {f"{part}_{channel}": value for part, value in _NEUTRAL.items() for channel in "rgb"}
    balance = SubElement(owner, "filter")
    put(balance, mlt_service=BALANCE, **neutral, kdenlive_id=BALANCE, **{"shotcut:filter": BALANCE})


def add_freeze(owner: Element, shot: Shot, rate: Fraction) -> None:
    """Hold the frame that a shot of speed 0 shows."""
    frame = str(nearest(shot.source.start / shot.media.rate * rate))
    properties = {"mlt_service": "freeze", "kdenlive_id": "freeze"}
    put(SubElement(owner, "filter"), **properties, frame=frame, freeze_before="1", freeze_after="1")


def add_transition(
    tractor: Element, service: str, tracks: tuple[int, int], frames: tuple[int, int], **properties: str
) -> None:
    """Add a transition from the lower to the upper track, over frames ``[first, end)`` of the tractor."""
    transition = SubElement(tractor, "transition", {"in": str(frames[0]), "out": str(frames[1] - 1)})
    put(transition, a_track=str(tracks[0]), b_track=str(tracks[1]), mlt_service=service, **properties)


def fill(entries: list[Element], length: int, start: int) -> int:
    """Add a blank to a playlist of length ``length``, up to frame ``start``. Returns the new length."""
    if start > length:
        entries.append(Element("blank", length=str(start - length)))
    return max(start, length)


def put(owner: Element, **properties: str) -> None:
    """Set properties of an element."""
    for name, value in properties.items():
        SubElement(owner, "property", name=name).text = value


def is_held(shot: Shot) -> bool:
    """Whether a shot shows one picture throughout."""
    return shot.media.kind == "still" or shot.speed == 0


def first_frame(placed: PlacedShot, frame: int, rate: Fraction) -> int:
    """Return the producer's frame at a frame of the edit.

    That of a held picture is 0: MLT's ``freeze`` adds an in point to the frame that it holds, and waits for itself.
    """
    shot = placed.shot
    if is_held(shot):
        return 0
    return max(placed_first(shot, rate) + frame - shot.record.start, 0)


def outlasting(placed: PlacedShot, rate: Fraction) -> int:
    """Return the length that a producer needs beyond that of its media; 0 if it is long enough.

    MLT ends an entry where its producer ends, and what follows would be shown too early.
    """
    shot = placed.shot
    if shot.media.kind != "video" or shot.speed == 0:
        return 0
    needed = first_frame(placed, placed.end + placed.dissolve_out.after, rate)
    return needed if needed > shot.media.frames / pace_of(shot, rate) else 0


@lru_cache(maxsize=4096)
def placed_first(shot: Shot, rate: Fraction) -> int:
    """Return the producer's frame at a shot's first one: the one from which the fewest media frames differ."""
    forward = shot.speed > 0 or shot.media.kind == "sequence"
    first = shot.source.start if forward else shot.media.frames - shot.source.end
    # MLT shows the media frame nearest in time, so the first one is visible from half a frame earlier.
    begin = ceil((first - Fraction(1, 2)) / shot.media.rate * rate / abs(shot.speed))
    candidates = (begin, begin - 1, begin + 1)
    return max(min(candidates, key=lambda candidate: sum(map(abs, _errors(shot, candidate, rate)))), 0)


def time_notes(edit: Edit) -> list[str]:
    """Name the shots of which MLT shows some neighboring frames, which it finds by time, or too dark edges."""
    lines = [
        f"{shot.id}: MLT takes its alpha as straight, so soft edges are too dark"
        for shot in edit.shots
        if shot.media.premultiplied
    ]
    for shot in edit.shots:
        if shot.media.kind == "video" and shot.speed != 0 and not shot.media.variable_rate:
            off = max(map(abs, _errors(shot, placed_first(shot, edit.rate), edit.rate)), default=0)
            if off:
                lines.append(f"{shot.id}: MLT shows the media frame nearest in time, up to {off} off")
    return lines


def _errors(shot: Shot, first: int, rate: Fraction) -> list[int]:
    """Return how many media frames MLT's frames are off, for the first frames of a shot.

    Frame p of a producer shows media frame ``floor(p * pace + 1/2)``. One that runs backwards counts p from its end.
    """
    pace, media, source = pace_of(shot, rate), shot.media, shot.source
    count = nearest(media.frames / pace)
    errors = []
    for number in range(min(shot.record.count, _LONGEST_LOOK)):
        step, at = floor(number * pace), first + number
        if shot.speed > 0:
            errors.append(floor(at * pace + Fraction(1, 2)) - (source.start + step))
        elif source.end - 1 - step >= 0:
            errors.append(floor((count - 1 - at) * pace + Fraction(1, 2)) - (source.end - 1 - step))
    return errors


def resource_of(media: Media) -> str:
    """Return the path for MLT; a name that is not valid Unicode becomes a URL."""
    if media.kind == "sequence":
        return xml_text(f"{media.path}?begin={media.first}")
    return file_of(media.path)


def file_of(path: Path) -> str:
    """Return the path of a file for MLT; a name that is not valid Unicode becomes a URL."""
    text = xml_text(str(path))
    return path.as_uri() if text != str(path) and path.is_absolute() else text
