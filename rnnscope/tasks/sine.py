"""Sine: the next value of a smooth wave."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import number
from rnnscope.languages import noted
from rnnscope.tasks.task import Task
from rnnscope.tasks.waves import next_value, phases

SOLVED = 0.05
"""The wave lies between −1 and 1."""


def sine(length: int = 20, period: float = 25.0, samples: int = 256, unseen: int = 128, seed: int = 0) -> Task:
    """Return the task to say the next value of a sine wave.

    `vₜ = sin(2π·(t/period + φ))`, with a phase φ of its own for each row. Two values are enough:
    `vₜ₊₁ = 2·cos(2π/period)·vₜ − vₜ₋₁`, so that it needs next to no memory; a net that repeats the last value is one
    step late all the time, and the error of doing so is what has to be beaten.

    Parameters
    ----------
    length
        How many values are read.
    period
        After how many steps the wave repeats, more than 2.
    samples, unseen
        How many rows to train on, and how many to keep unseen.
    seed
        What the phases are drawn from.

    Returns
    -------
    Task
        `x` (samples, length, 1) and `y` (samples, 1) in float32; an error below 0.05 counts as solved. Time steps are
        labelled `t` for the last one, and `t−1` … before it.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.sine(period=4)
    >>> bool((abs(task.y[:, 0] - task.x[:, -4, 0]) < 1e-5).all())
    True
    """
    period = number("period", period, 2, open_low=True)
    return next_value(
        "sine",
        noted("say the next value of a sine wave."),
        lambda times, rng: np.sin(2 * np.pi * (times / period + phases(times, rng))),
        length,
        samples,
        unseen,
        seed,
        SOLVED,
    )
