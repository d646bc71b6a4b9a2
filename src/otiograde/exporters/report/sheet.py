"""The contact sheet: every shot before and after, by scene, with RGB parades, in one PNG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from otiograde.color.scopes import parade
from otiograde.exporters.report import sentences
from otiograde.exporters.report.differences import evidence_of_shot, mean_difference, title
from otiograde.exporters.report.gallery import Gallery
from otiograde.media.jpeg import Codes
from otiograde.record.scene import Scene

#: In pixels: width of a picture, gap between pictures, space between scenes, margin, line of text.
WIDTH, GAP, SPACE, MARGIN, LINE = 288, 4, 20, 32, 24
#: Pictures per row, and the most shots on a sheet, which keeps it small enough for mail.
ROW, MOST_SHOTS = 6, 240
#: Gray levels of the ground, the text and secondary text: neutral, so that they do not bias the eye.
GROUND, TEXT, QUIET = 38, 226, 160
#: The height of a parade in pixels, and its three colors.
PARADE, TRACES = 64, ((255, 104, 92), (104, 214, 122), (104, 146, 255))


def contact_sheet(gallery: Gallery) -> bytes:
    """Draw the sheet scene by scene: each shot ungraded, graded, and the parades of both."""
    record = gallery.record
    head = [_text(record.edit.name or "Untitled edit", 0.8, TEXT), _text(sentences.opening(record), 0.5, QUIET)]
    lines = [*head, *_lines(_scene(scene, gallery) for scene in _first_scenes(record.scenes))]
    across = MARGIN * 2 + ROW * (WIDTH + GAP + SPACE)
    image = np.full((sum(len(line) for line in lines) + 2 * MARGIN, across, 3), GROUND, np.uint8)
    top = MARGIN
    for line in lines:
        width = min(line.shape[1], across - 2 * MARGIN)
        image[top : top + len(line), MARGIN : MARGIN + width] = line[:, :width]
        top += len(line)
    return bytes(cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes())


def _first_scenes(scenes: Iterable[Scene]) -> Iterator[Scene]:
    """Yield the first scenes, of no more than ``MOST_SHOTS`` shots in all."""
    left = MOST_SHOTS
    for scene in scenes:
        if left > 0:
            yield replace(scene, shots=scene.shots[:left])
        left -= len(scene.shots)


def _lines(scenes: Iterable[Codes]) -> Iterator[Codes]:
    """Yield lines of scenes side by side, as many as fit."""
    line: list[Codes] = []
    for scene in scenes:
        if line and sum(picture.shape[1] for picture in line) + scene.shape[1] > ROW * (WIDTH + GAP + SPACE):
            yield _side_by_side(line)
            line = []
        line.append(scene)
    if line:
        yield _side_by_side(line)


def _side_by_side(pictures: list[Codes]) -> Codes:
    height = max(len(picture) for picture in pictures)
    return np.concatenate(
        [np.pad(picture, ((0, height - len(picture)), (0, 0), (0, 0)), constant_values=GROUND) for picture in pictures],
        axis=1,
    )


def _scene(scene: Scene, gallery: Gallery) -> Codes:
    """Draw a scene: its title, a summary, and its shots in rows."""
    width = min(len(scene.shots), ROW) * (WIDTH + GAP)
    summary = _text(sentences.scene_summary(scene, gallery.record), 0.42, QUIET, width)
    rows = [_blank(LINE, width), _text(title(scene.id), 0.55, TEXT, width), summary]
    for start in range(0, len(scene.shots), ROW):
        cells = [
            np.pad(_cell(shot, gallery), ((0, 0), (0, GAP), (0, 0)), constant_values=GROUND)
            for shot in scene.shots[start : start + ROW]
        ]
        row = _side_by_side(cells)
        rows.append(np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=GROUND))
    return np.pad(np.concatenate(rows), ((0, 0), (0, SPACE), (0, 0)), constant_values=GROUND)


def _cell(shot: str, gallery: Gallery) -> Codes:
    """Draw one shot: before, after, parades, name and figures."""
    name = sentences.names_of(gallery.record)[shot]
    alone = gallery.record.grade(shot).is_identity
    figure = (
        "left alone"
        if alone
        else sentences.figures(mean_difference(evidence_of_shot(shot, gallery.record, gallery.owner)))
    )
    lines = [_text(name, 0.42, TEXT, WIDTH), _text(figure, 0.42, QUIET, WIDTH), _blank(LINE // 2, WIDTH)]
    return np.concatenate([*_pictures(shot, gallery), *lines])


def _pictures(shot: str, gallery: Gallery) -> list[Codes]:
    """Draw a shot before and after, and the parades of both. Without a picture it is gray."""
    frame = gallery.middle(shot)
    codes = None if frame is None else gallery.codes(shot, frame)
    if frame is None or codes is None:
        return [np.full((WIDTH * 9 // 16, WIDTH, 3), GROUND + 12, np.uint8)]
    size = WIDTH, max(1, round(len(codes) * WIDTH / codes.shape[1]))
    before = np.asarray(cv2.resize(codes, size, interpolation=cv2.INTER_AREA), np.uint8)
    before, after = gallery.seen(shot, before), gallery.seen_graded(shot, frame, before)
    parades = np.concatenate([_parade(before), _blank(PARADE, GAP), _parade(after)], axis=1)
    gap = _blank(GAP // 2, WIDTH)
    return [before, gap, after, gap, parades]


def _parade(codes: Codes) -> Codes:
    """Draw the RGB parade of a picture, at half its width."""
    width = (WIDTH - GAP) // 6
    image = np.full((PARADE, (WIDTH - GAP) // 2, 3), 18, np.uint8)
    counts = parade(codes, width).reshape(3, PARADE, -1, width).sum(2)[:, ::-1]
    glow = np.minimum(1, np.log1p(counts) / np.log1p(len(codes) * WIDTH / width * 0.1))
    for channel, color in enumerate(TRACES):
        part = image[:, channel * width : (channel + 1) * width]
        part[:] = np.rint(part + glow[channel][..., None] * (np.array(color) - part)).astype(np.uint8)
    return image


def _text(text: str, scale: float, gray: int, width: int = ROW * WIDTH) -> Codes:
    """Draw a line of text. OpenCV's font has only ASCII: other letters become question marks."""
    ascii_text = text.replace("→", "->").encode("ascii", "replace").decode("ascii")
    height = round(LINE * max(1.0, scale * 1.9))
    image = np.full((height, width, 3), GROUND, np.uint8)
    position = (0, round(height * 0.72))
    return np.asarray(
        cv2.putText(image, ascii_text, position, cv2.FONT_HERSHEY_SIMPLEX, scale, (gray,) * 3, 1, cv2.LINE_AA), np.uint8
    )


def _blank(height: int, width: int = 1) -> Codes:
    return np.full((height, width, 3), GROUND, np.uint8)
