"""References: the still that the look of a scene was read from, beside the scene."""

from __future__ import annotations

from dataclasses import dataclass

from otiograde.exporters.report.gallery import Gallery, as_base64
from otiograde.media.jpeg import decode_jpeg
from otiograde.record.scene import Scene


@dataclass(frozen=True, slots=True)
class Reference:
    """The look of a scene: its still, and how it was read."""

    words: str
    #: Size of the picture in pixels, and the picture as a data URL. Empty for a look without a still, such as a LUT.
    width: int = 0
    height: int = 0
    source: str = ""


def reference_of(scene: Scene, gallery: Gallery) -> Reference | None:
    """Return the reference of a scene, or None if its look is of no file."""
    record = gallery.record
    wish = record.look_of(scene)
    if wish is None:
        return None
    more = len(record.settings.more_looks) if record.settings.look is not None else 0
    words = f"Look: {wish.words}" + (f", and {more} more" if more else "")
    data = gallery.still(wish.file)
    codes = decode_jpeg(data) if data else None
    if data is None or codes is None:
        return Reference(words)
    return Reference(words, codes.shape[1], codes.shape[0], f"data:image/jpeg;base64,{as_base64(data)}")
