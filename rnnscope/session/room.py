"""How wide pictures are drawn for the room that they have on a page."""

from __future__ import annotations

import numpy as np

from rnnscope.figures.compare import SCREEN

NARROWEST, WIDEST = 5.5, 9.0
"""Pictures are at most so many inches wide, less where a page has less room: their letters are not made smaller."""

PIXELS, STEP = 100, 25
"""Pixels of a page to an inch of a picture; a change of the room by fewer pixels than a step draws nothing anew."""


def widest(traces: int, room: float | None = None) -> float:
    """Return how many inches wide pictures of so many traces are at most, in so many pixels, if that is known.

    Examples
    --------
    >>> from rnnscope.session.room import widest
    >>> widest(1), widest(2), widest(1, 719)
    (9.0, 12.8, 7.0)
    """
    most = WIDEST if traces == 1 else SCREEN[0]
    return most if room is None else float(np.clip(room // STEP * STEP / PIXELS, NARROWEST, most))
