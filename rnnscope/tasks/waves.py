"""Waves, and the task to say their next value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnscope.checks import positive_int
from rnnscope.languages import noted
from rnnscope.tasks.settings import Settings
from rnnscope.tasks.task import Task
from rnnscope.trace import Labels

Wave = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Returns the values at times counted in steps, (row, time), each row with phases of its own."""


def next_value(
    name: str, meaning: str, wave: Wave, length: int, samples: int, unseen: int, seed: int, solved: float
) -> Task:
    """Return the task to say the next value of a wave; to say the last value is the trivial answer."""
    length, samples = positive_int("length", length), positive_int("samples", samples)
    count = samples + positive_int("unseen", unseen)
    rng = np.random.default_rng(positive_int("seed", seed, 0))
    times = np.broadcast_to(np.arange(length + 1.0), (count, length + 1))
    values = wave(times, rng).astype(np.float32)[..., None]
    x, y = values[:, :-1], values[:, -1]
    labels = Labels(time=["t" if step == 0 else f"t−{step}" for step in range(length - 1, -1, -1)])
    return Task.split(
        name,
        x,
        y,
        meaning,
        samples,
        labels,
        solved=solved,
        trivial=x[samples:, -1],
        trivial_answer=noted("the last value once more"),
        settings=Settings(epochs=100),
    )


def phases(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a phase for each row, as a part of the period, (row, 1)."""
    return rng.uniform(0, 1, (len(times), 1))
