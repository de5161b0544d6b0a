"""Sawtooth: the next value of a wave that rises evenly and falls at once."""

from __future__ import annotations

from rnnscope.checks import number
from rnnscope.languages import noted
from rnnscope.tasks.task import Task
from rnnscope.tasks.waves import next_value, phases

SOLVED = 0.15
"""The wave lies between −1 and 1."""


def sawtooth(length: int = 20, period: float = 8.0, samples: int = 256, unseen: int = 128, seed: int = 0) -> Task:
    """Return the task to say the next value of a sawtooth wave.

    `vₜ = 2·frac(t/period + φ) − 1`, with a phase φ of its own for each row: it rises by `2/period` at each step, and
    falls by 2 when it would pass 1. A net that adds the same at every step is right until the fall.

    Parameters
    ----------
    length
        How many values are read.
    period
        After how many steps the wave falls, more than 2.
    samples, unseen
        How many rows to train on, and how many to keep unseen.
    seed
        What the phases are drawn from.

    Returns
    -------
    Task
        `x` (samples, length, 1) and `y` (samples, 1) in float32; an error below 0.15 counts as solved. Time steps are
        labelled `t` for the last one, and `t−1` … before it.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.sawtooth(period=5)
    >>> sorted({round(float(step), 1) for step in (task.x[:, 1:] - task.x[:, :-1]).ravel()})
    [-1.6, 0.4]
    """
    period = number("period", period, 2, open_low=True)
    return next_value(
        "sawtooth",
        noted("say the next value of a sawtooth wave."),
        lambda times, rng: 2 * ((times / period + phases(times, rng)) % 1) - 1,
        length,
        samples,
        unseen,
        seed,
        SOLVED,
    )
