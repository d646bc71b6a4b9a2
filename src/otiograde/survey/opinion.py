"""A second opinion on cuts near the detector's limit: a network that sees 100 small frames at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from otiograde.survey.thumbnails import Film, Floats, Thumbnails

#: Returns how likely a movie passes to another shot after each of 100 frames, uint8 ``(100, 27, 48, 3)``.
Ask: TypeAlias = Callable[[Thumbnails], Floats]

#: Frames that are looked at at once, and those at each end whose answer is not used.
WINDOW, END = 100, 25
#: Size of the frames ``(columns, rows)``.
SEEN = (48, 27)

#: Least answer at which a doubtful cut is kept, and at which a change that was no cut becomes one.
KEPT, TAKEN = 0.002, 0.8


class Opinion:
    """What a network answers about a film; each stretch of it is shown once, and only if it is asked about."""

    def __init__(self, film: Film, ask: Ask) -> None:
        self._film, self._ask = film, ask
        self._answers: dict[int, Floats] = {}

    def agrees(self, k: int, *, is_cut: bool) -> bool:
        """Tell whether frame ``k + 1`` begins a new shot, where the detector, not sure, says ``is_cut``."""
        return self._at(k) >= (KEPT if is_cut else TAKEN)

    def _at(self, k: int) -> float:
        """Return the highest answer at a frame and its neighbors."""
        used = WINDOW - 2 * END
        number, place = divmod(k, used)
        if number not in self._answers:
            first = number * used - END
            frames = np.clip(np.arange(first, first + WINDOW), 0, self._film.count - 1)
            small = [cv2.resize(self._film.frames[n], SEEN, interpolation=cv2.INTER_AREA) for n in frames]
            self._answers[number] = self._ask(np.stack(small).astype(np.uint8))
        return float(self._answers[number][END + place - 1 : END + place + 2].max())
