"""Counting: the next number after a window of consecutive integers."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import positive_int
from rnnscope.languages import noted
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task

SOLVED = 0.5
"""Nearer to the right number than to any other."""


def counting(windows: int = 6, steps: int = 4) -> Task:
    """Return the counting task: `0,1,2,3 → 4`, `1,2,3,4 → 5` and so on.

    Parameters
    ----------
    windows
        Number of windows.
    steps
        Number of integers in a window.

    Returns
    -------
    Task
        `x` (windows, steps, 1) and `y` (windows, 1) in float32; `unseen` holds the window after the last one and
        the one before the first, `unseen_y` the numbers that follow them. An error below 0.5, so that the right number
        is the nearest one, counts as solved.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> task.x[0].ravel().tolist(), task.y[0].tolist()
    ([0.0, 1.0, 2.0, 3.0], [4.0])
    """
    windows, steps = positive_int("windows", windows), positive_int("steps", steps)
    starts = np.arange(windows, dtype=np.float32)[:, None, None]
    offsets = np.arange(steps, dtype=np.float32)[:, None]
    unseen = np.array([windows, -1], dtype=np.float32)[:, None, None] + offsets
    x = starts + offsets
    meaning = noted("say the number that follows a row of consecutive numbers.")
    return Task(
        "counting",
        x,
        x[:, -1] + 1,
        unseen,
        meaning,
        unseen[:, -1] + 1,
        solved=SOLVED,
        settings=Settings(units=300, layers=2, learning_rate=0.001),
    )
