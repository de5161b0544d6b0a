"""Recall: say the first of a row of random numbers when many others have followed."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import positive_int
from rnnscope.languages import noted
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels

SOLVED = 0.1
"""The numbers lie between −1 and 1; who is off by less than this remembers them."""


def recall(lag: int = 20, samples: int = 512, unseen: int = 128, seed: int = 0) -> Task:
    """Return the task to say the first of a row of random numbers after `lag` further ones.

    The shortest task that needs memory: nothing but the first time step matters, and the longer the lag, the longer it
    has to be carried past numbers that do not matter. `y = x₀`, with `x₀ … x_lag` uniform between −1 and 1.

    Parameters
    ----------
    lag
        How many numbers follow the one that is to be said.
    samples, unseen
        How many rows to train on, and how many to keep unseen.
    seed
        What the numbers are drawn from.

    Returns
    -------
    Task
        `x` (samples, lag + 1, 1) and `y` (samples, 1) in float32. The error of the mean is 0.58, the standard deviation
        of the numbers; below 0.1 counts as solved.

    Notes
    -----
    A relative of the noisy long time lag problems of S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
    Computation 9 (1997), experiment 2, with a number in place of a symbol.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.recall(lag=3)
    >>> task.x.shape, bool((task.y[:, 0] == task.x[:, 0, 0]).all())
    ((512, 4, 1), True)
    """
    lag, samples, unseen = positive_int("lag", lag), positive_int("samples", samples), positive_int("unseen", unseen)
    rng = np.random.default_rng(positive_int("seed", seed, 0))
    x = rng.uniform(-1, 1, (samples + unseen, lag + 1, 1)).astype(np.float32)
    labels = Labels(time=[noted("value"), *(f"+{step}" for step in range(1, lag + 1))])
    return Task.split(
        "recall",
        x,
        x[:, 0],
        noted("say the first of {count} random numbers, {lag} steps after it was read.", count=lag + 1, lag=lag),
        samples,
        labels,
        solved=SOLVED,
        settings=Settings(epochs=60),
    )
