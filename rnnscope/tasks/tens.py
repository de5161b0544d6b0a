"""Tens: 10, 20, 30 → 40, a question that is asked again and again."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import flag
from rnnscope.languages import noted
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels

SERIES = (10, 20, 30, 40, 50, 60, 70, 80)
STEPS = 3
SCALE = 100
"""What the numbers are divided by, if they are scaled."""

SOLVED = 2
"""Nearer to the right number than this, in units of the series."""


def tens(*, scaled: bool = False) -> Task:
    """Return the task to say the number that follows three tens: `10, 20, 30 → 40`.

    A net with `tanh` that reads the numbers as they are answers 80 with something between 40 and 60: what goes into
    `σ` and `tanh` is so large that gates and states are all but at their ends, the same for every window, and hardly
    any gradient comes through. Divided by 100, inputs and targets, the numbers are no problem at all.

    Parameters
    ----------
    scaled
        Whether the numbers are divided by 100.

    Returns
    -------
    Task
        `x` (4, 3, 1) and `y` (4, 1) in float32; unseen is `50, 60, 70 → 80`. Within 2 of it (scaled 0.02) counts as
        solved; the mean of the targets, 55, is off by 25. Time steps are labelled with their numbers.

    Notes
    -----
    The question: https://github.com/keras-team/keras/issues/13399.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.tasks.tens().x[0].ravel().tolist(), rs.tasks.tens(scaled=True).y[0].round(2).tolist()
    ([10.0, 20.0, 30.0], [0.4000000059604645])
    """
    factor = SCALE if flag("scaled", scaled) else 1
    series = np.array(SERIES, np.float32) / np.float32(factor)
    count = len(series) - STEPS
    x = np.stack([series[k : k + STEPS, None] for k in range(count)])
    names = [[str(value) for value in SERIES[k : k + STEPS]] for k in range(count)]
    meaning = noted("say the number that follows three tens.")
    if scaled:
        meaning = noted("say the number that follows three tens, all divided by {factor}.", factor=SCALE)
    y, scale = series[STEPS:, None], (0, SCALE) if scaled else None
    return Task.split(
        "tens",
        x,
        y,
        meaning,
        len(x) - 1,
        Labels(time=names, scale=scale),
        solved=SOLVED / factor,
        settings=Settings(epochs=400),
    )
