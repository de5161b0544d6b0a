"""Echo: repeat at every time step what was read some steps before."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import positive_int
from rnnscope.languages import noted, noted_n
from rnnscope.tasks.rows import different_rows, shared_out
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels

SOLVED = 0.99
"""The share of right answers, over all time steps."""


def echo(delay: int = 3, length: int = 20, samples: int = 256, unseen: int = 128, seed: int = 0) -> Task:
    """Return the task to repeat each bit `delay` steps later.

    `yₜ = xₜ₋delay`, and 0 before there is anything to repeat. At every step a bit comes in, one is said, and `delay` of
    them wait: a net needs a place for each of them, and has to move them on.

    Parameters
    ----------
    delay
        How many steps later a bit is repeated.
    length
        How many bits a row has, more than `delay`.
    samples, unseen
        How many rows to train on, and how many to keep unseen; all are different. Of short rows there may be fewer.
    seed
        What the bits are drawn from.

    Returns
    -------
    Task
        `x` (samples, length, 1) and `y` (samples, length, 1) in float32, a target for every time step. Of the steps at
        which there is something to repeat, who does not look is right half the time; 99 % right over all steps counts
        as solved. Time steps are labelled with their bits.

    Notes
    -----
    A copy task with a fixed delay, as in H. Jaeger, "Short term memory in echo state networks", GMD report 152 (2001).

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.echo(delay=2, length=6)
    >>> bool((task.y[:, 2:] == task.x[:, :4]).all()), bool((task.y[:, :2] == 0).all())
    (True, True)
    """
    delay, samples, unseen = (
        positive_int(name, value) for name, value in (("delay", delay), ("samples", samples), ("unseen", unseen))
    )
    length = positive_int("length", length, delay + 1)
    rng = np.random.default_rng(positive_int("seed", seed, 0))
    bits = different_rows(lambda count: rng.integers(0, 2, (count, length)), samples + unseen)
    first = shared_out(len(bits), samples, unseen)
    x = bits[..., None].astype(np.float32)
    y = np.zeros_like(x)
    y[:, delay:] = x[:, :-delay]
    said, names = (["".join(map(str, row)) for row in rows[..., 0].astype(int)] for rows in (y, x))
    return Task.split(
        "echo",
        x,
        y,
        noted_n("repeat each bit {count} step later.", "repeat each bit {count} steps later.", delay),
        first,
        Labels(time=list(map(list, names))),
        loss="binary_crossentropy",
        activation="sigmoid",
        measure="accuracy",
        solved=SOLVED,
        trivial_answer=noted("the same to every row"),
        example=f"{names[0]} -> {said[0]}",
        settings=Settings(epochs=100),
    )
