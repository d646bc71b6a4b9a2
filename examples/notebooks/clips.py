"""Draws the clips of the notebooks: one room, filmed by cameras that do not agree on its colors."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH, FRAMES, RATE = 180, 320, 24, 24

#: What the cameras do to the picture: gains of red, green and blue, and a power.
CASTS = {
    "opening": ((1.0, 1.0, 1.0), 1.0),
    "street": ((1.14, 1.0, 0.84), 1.0),
    "door": ((0.86, 0.98, 1.1), 1.08),
    "hall": ((0.8, 0.8, 0.8), 1.0),
    "window": ((1.06, 0.94, 1.04), 0.88),
}


def room() -> NDArray[np.float32]:
    """A wide picture ``(h, w, 3)`` in [0, 1]: walls in a falling light, boards of many colors, and a little grain."""
    chance = np.random.default_rng(5)
    width = 2 * WIDTH
    light = np.linspace(0.75, 0.35, HEIGHT)[:, None, None] * np.linspace(0.8, 1.1, width)[None, :, None]
    picture = light * np.array([1.0, 0.96, 0.9])
    for _ in range(90):
        y, x = chance.integers(0, HEIGHT - 20), chance.integers(0, width - 30)
        h, w = chance.integers(12, 60), chance.integers(16, 70)
        picture[y : y + h, x : x + w] = chance.uniform(0.1, 0.85, 3) * light[y : y + h, x : x + w] / 0.7
    return np.clip(picture + chance.normal(0, 0.008, picture.shape), 0.02, 0.95).astype(np.float32)


def draw_clips(folder: Path) -> list[Path]:
    """Draw the five clips of one second into ``folder``; each pans over another part of the room."""
    folder.mkdir(parents=True, exist_ok=True)
    wide = room()
    paths = []
    for number, (name, (gains, power)) in enumerate(CASTS.items()):
        path = folder / f"{name}.mp4"
        with av.open(str(path), "w") as file:
            stream = file.add_stream("libx264", rate=RATE, options={"crf": "12", "threads": "1"})
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for frame in range(FRAMES):
                left = number * 50 + frame * 2
                seen = np.clip(wide[:, left : left + WIDTH] ** power * np.array(gains), 0, 1)
                picture = av.VideoFrame.from_ndarray((seen * 255 + 0.5).astype(np.uint8), format="rgb24")
                file.mux(stream.encode(picture))
            file.mux(stream.encode())
        paths.append(path)
    return paths
