"""How long a live training may go on, and what of it is recorded, when nobody says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rnnscope.models.steps import Steps
from rnnscope.trace.record import NEWEST, Record, most_that_fit, nbytes_of, record_of

FEWEST_EPOCHS, MOST_EPOCHS = 300, 10_000
"""By default training is finished after so many epochs, as many as can be recorded."""


def run_for(steps: Callable[..., Steps], epochs: int | None, record: bool | Record) -> tuple[int, Record]:
    """Return after how many epochs a live training is finished, and what it records.

    Parameters
    ----------
    steps
        Makes a training of some `epochs` with a `record`.
    epochs
        How many, if that was said.
    record
        What is asked for. True is all samples at every epoch, or at every second, fourth … one if not all fit into the
        budget.
    """
    chosen = record_of(record)
    asked = Record(weights=NEWEST) if record is True else chosen

    def nbytes(*, weights: bool) -> int:
        """Return the bytes of an epoch."""
        return steps(epochs=1, record=replace(asked, weights=weights, budget=2**62)).nbytes

    each = nbytes(weights=False)
    if epochs is None:
        size, counted = nbytes(weights=True) - each, replace(asked, weights=False) if record is True else asked
        most = most_that_fit(MOST_EPOCHS, lambda total: nbytes_of(counted, total, each, size), counted)
        epochs = max(most, FEWEST_EPOCHS)
    if record is not True:
        return epochs, asked
    every = 1
    while each * -(-epochs // every) > asked.budget and every < epochs:
        every *= 2
    return epochs, replace(asked, every=every, budget=2 * asked.budget)
