"""A movie of walls that a camera moves along, with known cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from making.clips import ffmpeg_run
from making.movies import HD
from making.pictures import Look, wall

#: Frames of the movie's shots, and the wall and the look of each.
SHOTS = ((60, 1, Look()), (50, 2, Look()), (70, 1, Look(exposure=-0.3, warmth=0.08)))

#: The first frames of the shots.
FIRSTS = (0, 60, 110)


def wall_movie(ffmpeg: Path, path: Path, *words: str) -> Path:
    """A movie of 180 frames, 24 a second, 192 pixels wide, in H.264."""
    frames = []
    for count, seed, look in SHOTS:
        picture = np.rint(look(wall(seed, 108, 260)) * 255).astype(np.uint8)
        frames += [picture[:, k // 2 :][:, :192] for k in range(count)]
    ffmpeg_run(
        ffmpeg,
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "192x108", "-r", "24", "-i", "-", *words),
        *("-vf", "scale=out_color_matrix=bt709", "-pix_fmt", "yuv420p", *HD, "-c:v", "libx264", "-crf", "16"),
        path,
        data=np.ascontiguousarray(np.stack(frames)).tobytes(),
    )
    return path
