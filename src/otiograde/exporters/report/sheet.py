"""The contact sheet: every shot before and after by scene, with its parade, in one PNG for mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from otiograde.color.scopes import parade
from otiograde.color.transform import Identity
from otiograde.exporters.report import words
from otiograde.exporters.report.gallery import Gallery
from otiograde.exporters.report.pairs import mean_step, of_shot, title
from otiograde.media.jpeg import Codes
from otiograde.record.scene import Scene

#: Pixels: a picture's width, what lies between pictures and between scenes, the sheet's margin, a line of text.
WIDTH, GAP, SPACE, MARGIN, LINE = 288, 4, 20, 32, 24
#: Pictures a row; and no more shots than this: a mail is not an archive.
ROW, MOST = 6, 240
#: The sheet's gray, its text, its quieter text: neutral, so that colors are judged in peace.
GROUND, TEXT, QUIET = 38, 226, 160
#: The parade's height, and its three colors.
PARADE, TRACES = 64, ((255, 104, 92), (104, 214, 122), (104, 146, 255))


def contact_sheet(gallery: Gallery) -> bytes:
    """Draw the sheet: scene by scene, each shot as shot above, graded below, and the parade of both."""
    record = gallery.record
    head = [_text(record.edit.name or "Untitled edit", 0.8, TEXT), _text(words.opening(record), 0.5, QUIET)]
    lines = [*head, *_lines(_scene(scene, gallery) for scene in _some(record.scenes))]
    across = MARGIN * 2 + ROW * (WIDTH + GAP + SPACE)
    image = np.full((sum(len(line) for line in lines) + 2 * MARGIN, across, 3), GROUND, np.uint8)
    top = MARGIN
    for line in lines:
        width = min(line.shape[1], across - 2 * MARGIN)
        image[top : top + len(line), MARGIN : MARGIN + width] = line[:, :width]
        top += len(line)
    return bytes(cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes())


def _some(scenes: Iterable[Scene]) -> Iterator[Scene]:
    """The first scenes, of no more than ``MOST`` shots."""
    left = MOST
    for scene in scenes:
        if left > 0:
            yield replace(scene, shots=scene.shots[:left])
        left -= len(scene.shots)


def _lines(scenes: Iterable[Codes]) -> Iterator[Codes]:
    """Scenes side by side as long as a line has room."""
    line: list[Codes] = []
    for scene in scenes:
        if line and sum(each.shape[1] for each in line) + scene.shape[1] > ROW * (WIDTH + GAP + SPACE):
            yield _beside(line)
            line = []
        line.append(scene)
    if line:
        yield _beside(line)


def _beside(pictures: list[Codes]) -> Codes:
    height = max(len(each) for each in pictures)
    return np.concatenate(
        [np.pad(each, ((0, height - len(each)), (0, 0), (0, 0)), constant_values=GROUND) for each in pictures], axis=1
    )


def _scene(scene: Scene, gallery: Gallery) -> Codes:
    """Title, what was done, and the shots in rows."""
    width = min(len(scene.shots), ROW) * (WIDTH + GAP)
    said = _text(words.of_scene(scene, gallery.record), 0.42, QUIET, width)
    rows = [_blank(LINE, width), _text(title(scene.id), 0.55, TEXT, width), said]
    for start in range(0, len(scene.shots), ROW):
        cells = [
            np.pad(_cell(shot, gallery), ((0, 0), (0, GAP), (0, 0)), constant_values=GROUND)
            for shot in scene.shots[start : start + ROW]
        ]
        row = _beside(cells)
        rows.append(np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=GROUND))
    return np.pad(np.concatenate(rows), ((0, 0), (0, SPACE), (0, 0)), constant_values=GROUND)


def _cell(shot: str, gallery: Gallery) -> Codes:
    """One shot, top to bottom: before, after, the parades of both, name and figures."""
    name = words.names_of(gallery.record)[shot]
    alone = isinstance(gallery.record.grade(shot).transform, Identity)
    figure = "left alone" if alone else words.step_words(mean_step(of_shot(shot, gallery.record, gallery.owner)))
    lines = [_text(name, 0.42, TEXT, WIDTH), _text(figure, 0.42, QUIET, WIDTH), _blank(LINE // 2, WIDTH)]
    return np.concatenate([*_seen(shot, gallery), *lines])


def _seen(shot: str, gallery: Gallery) -> list[Codes]:
    """Before, after, and the parades of both; a plain gray where there is no picture."""
    frame = gallery.middle(shot)
    codes = None if frame is None else gallery.codes(shot, frame)
    if codes is None:
        return [np.full((WIDTH * 9 // 16, WIDTH, 3), GROUND + 12, np.uint8)]
    size = WIDTH, max(1, round(len(codes) * WIDTH / codes.shape[1]))
    before = np.asarray(cv2.resize(codes, size, interpolation=cv2.INTER_AREA), np.uint8)
    after = gallery.graded(shot, before)
    parades = np.concatenate([_drawn(before), _blank(PARADE, GAP), _drawn(after)], axis=1)
    gap = _blank(GAP // 2, WIDTH)
    return [before, gap, after, gap, parades]


def _drawn(codes: Codes) -> Codes:
    """The RGB parade of a picture, half its width."""
    width = (WIDTH - GAP) // 6
    image = np.full((PARADE, (WIDTH - GAP) // 2, 3), 18, np.uint8)
    counts = parade(codes, width).reshape(3, PARADE, -1, width).sum(2)[:, ::-1]
    glow = np.minimum(1, np.log1p(counts) / np.log1p(len(codes) * WIDTH / width * 0.1))
    for channel, color in enumerate(TRACES):
        part = image[:, channel * width : (channel + 1) * width]
        part[:] = np.rint(part + glow[channel][..., None] * (np.array(color) - part)).astype(np.uint8)
    return image


def _text(text: str, scale: float, gray: int, width: int = ROW * WIDTH) -> Codes:
    """A line of text. The one font at hand knows ASCII: every other letter is a question mark."""
    plain = text.replace("→", "->").encode("ascii", "replace").decode("ascii")
    height = round(LINE * max(1.0, scale * 1.9))
    image = np.full((height, width, 3), GROUND, np.uint8)
    where = (0, round(height * 0.72))
    return np.asarray(
        cv2.putText(image, plain, where, cv2.FONT_HERSHEY_SIMPLEX, scale, (gray,) * 3, 1, cv2.LINE_AA), np.uint8
    )


def _blank(height: int, width: int = 1) -> Codes:
    return np.full((height, width, 3), GROUND, np.uint8)
