"""Parity: is the number of ones odd?"""

from __future__ import annotations

import numpy as np

from rnnscope.checks import flag, positive_int
from rnnscope.languages import noted
from rnnscope.tasks.rows import different_rows, shared_out
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels

SOLVED = 0.99
"""The share of right answers."""


def parity(length: int = 10, samples: int = 384, unseen: int = 128, seed: int = 0, *, every_step: bool = True) -> Task:
    """Return the task to say whether the number of ones until now is odd.

    `yₜ = (x₀ + … + xₜ) mod 2`. One bit of memory is enough, but each 1 has to turn it over: no sum of what was read,
    and nothing that fades, is of use.

    Parameters
    ----------
    length
        How many bits a row has, at least 2.
    samples, unseen
        How many rows to train on, and how many to keep unseen; all are different. Of short rows there are fewer.
    seed
        What the bits are drawn from.
    every_step
        Whether the answer is wanted at every time step; if only at the last one, it is much harder to learn.

    Returns
    -------
    Task
        `x` (samples, length, 1) and `y` (samples, length, 1) or (samples, 1) in float32. Who does not look is right
        half the time; 99 % right counts as solved. Time steps are labelled with their bits.

    Notes
    -----
    M. Minsky and S. Papert, "Perceptrons" (1969), chapter 3; for recurrent nets S. Hochreiter and J. Schmidhuber, "LSTM
    can solve hard long time lag problems", NIPS 9 (1996).

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.parity(length=4)
    >>> bool((task.y[:, -1] == task.x.sum(axis=1) % 2).all()), len(task.x) + len(task.unseen)
    (True, 16)
    """
    length, samples, unseen = (
        positive_int(name, value, least)
        for name, value, least in (("length", length, 2), ("samples", samples, 1), ("unseen", unseen, 1))
    )
    every_step = flag("every_step", every_step)
    rng = np.random.default_rng(positive_int("seed", seed, 0))
    bits = different_rows(lambda count: rng.integers(0, 2, (count, length)), samples + unseen)
    first = shared_out(len(bits), samples, unseen)
    x = bits[..., None].astype(np.float32)
    y = np.cumsum(bits, axis=1)[..., None].astype(np.float32) % 2
    y = y if every_step else y[:, -1]
    meaning = noted("say whether the number of ones in the row is odd.")
    if every_step:
        meaning = noted("say whether the number of ones until each step is odd.")
    names = bits.astype(str).tolist()
    classes = None if every_step else [noted("even"), noted("odd")]
    said = "".join(f"{v:.0f}" for v in y[0].ravel())
    return Task.split(
        "parity",
        x,
        y,
        meaning,
        first,
        Labels(time=names, classes=classes),
        loss="binary_crossentropy",
        activation="sigmoid",
        measure="accuracy",
        solved=SOLVED,
        trivial_answer=noted("the same to every row"),
        example=f"{''.join(names[0])} -> {said}",
        settings=Settings(epochs=200),
    )
