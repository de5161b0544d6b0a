"""Adding: the sum of the two numbers of a row that are marked."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import positive_int
from rnnscope.languages import noted
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels

SOLVED = 0.1
"""A quarter of the error of one who always says 1."""


def adding(length: int = 20, samples: int = 512, unseen: int = 128, seed: int = 0) -> Task:
    """Return the adding problem: two numbers of a row are marked, and their sum is to be said.

    `y = Σₜ vₜ·mₜ`, with the numbers `v` uniform between 0 and 1, and marks `m` that are 1 at one time step of the
    first half and at one of the second half, else 0. A net has to choose what it keeps, and to add to it.

    Parameters
    ----------
    length
        How many numbers there are, at least 2.
    samples, unseen
        How many rows to train on, and how many to keep unseen.
    seed
        What numbers and marks are drawn from.

    Returns
    -------
    Task
        `x` (samples, length, 2), the number and its mark, and `y` (samples, 1) in float32. Who always says 1, the mean
        of the sums, is off by √(1/6) = 0.41; below 0.1 counts as solved. Time steps are labelled with their number,
        and a star if it is marked.

    Notes
    -----
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9 (1997), experiment 4, with the
    marks in the two halves, as in M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks"
    (2016).

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.adding(length=6)
    >>> values, marks = task.x[0].T
    >>> float(marks.sum()), bool(abs((values * marks).sum() - task.y[0, 0]) < 1e-6)
    (2.0, True)
    """
    length, samples = positive_int("length", length, 2), positive_int("samples", samples)
    count = samples + positive_int("unseen", unseen)
    rng = np.random.default_rng(positive_int("seed", seed, 0))
    values, marks = rng.uniform(0, 1, (count, length)), np.zeros((count, length))
    half, rows = length // 2, np.arange(count)
    marks[rows, rng.integers(0, half, count)] = marks[rows, rng.integers(half, length, count)] = 1
    x = np.stack([values, marks], axis=-1).astype(np.float32)
    y = (x[..., 0] * x[..., 1]).sum(axis=1, keepdims=True)
    names = [[f"{v:.2f}{'*' * int(m)}" for v, m in row] for row in x]
    return Task.split(
        "adding",
        x,
        y,
        noted("say the sum of the two of {count} numbers whose mark is 1.", count=length),
        samples,
        Labels(time=names),
        solved=SOLVED,
        example=noted(
            "{numbers} -> {sum}, the marked ones with a star", numbers=", ".join(names[0]), sum=f"{y[0, 0]:.2f}"
        ),
        settings=Settings(units=32, epochs=200),
    )
