"""Composite: the next value of two waves at once, with noise."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import number
from rnnscope.languages import noted
from rnnscope.tasks.task import Task
from rnnscope.tasks.waves import next_value, phases

SLACK = 1.5
"""An error of so many times the noise counts as solved; no answer can have less than the noise itself."""

EXACT = 0.05
"""What counts as solved is at least this, also without noise."""

FASTER, WEAKER = 2.3, 0.5
"""The second wave is so much faster and weaker than the first one."""


def composite(
    length: int = 20, period: float = 25.0, noise: float = 0.1, samples: int = 512, unseen: int = 128, seed: int = 0
) -> Task:
    """Return the task to say the next value of the sum of two sine waves and noise.

    `vₜ = sin(2π·(t/p + φ)) + ½·sin(2π·(2.3·t/p + ψ)) + noise·εₜ`, with phases φ and ψ of their own for each row, and ε
    standard normal. To tell the waves from the noise, many values have to be weighed.

    Parameters
    ----------
    length
        How many values are read.
    period
        After how many steps the slower wave repeats, more than 4.6.
    noise
        Standard deviation of the noise.
    samples, unseen
        How many rows to train on, and how many to keep unseen.
    seed
        What phases and noise are drawn from.

    Returns
    -------
    Task
        `x` (samples, length, 1) and `y` (samples, 1) in float32. The noise of the next value cannot be known, so no
        answer has an error below `noise`; below one and a half times that (at least 0.05) counts as solved. Time steps
        are labelled `t` for the last one, and `t−1` … before it.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.composite(noise=0.2)
    >>> round(task.solved_score, 2)
    0.3
    """
    period = number("period", period, 2 * FASTER, open_low=True)
    noise = number("noise", noise, 0)

    def wave(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        slow, fast = (np.sin(2 * np.pi * (k * times / period + phases(times, rng))) for k in (1, FASTER))
        return slow + WEAKER * fast + noise * rng.normal(size=times.shape)

    return next_value(
        "composite",
        noted("say the next value of two sine waves with noise of {noise}.", noise=f"{noise:g}"),
        wave,
        length,
        samples,
        unseen,
        seed,
        max(SLACK * noise, EXACT),
    )
