"""Which learning rates are too small, good and too large for a model and its data, found by trying."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnscope.models.fitting import Fitting

TRIED = tuple(float(f"{rate:.1g}") for rate in np.geomspace(1e-5, 100, 15))
"""The learning rates that are tried: 1e-5, 3e-5, 1e-4 … 100."""

NO_RATE = float(np.finfo(float).tiny)
"""With this learning rate every weight stays as it is, so that an epoch of any number of batches tells its loss."""

EPOCHS = 15
"""Each is tried for so many epochs."""

LITTLE, MOST = 0.1, 0.9
"""Parts of how far the loss falls with the best learning rate: with one that is too small, and with a good one."""


@dataclass(frozen=True)
class Rates:
    """Learning rates for a model and its data.

    Attributes
    ----------
    too_small
        The largest one with which the loss hardly falls; None if even the smallest that was tried does better.
    good
        The smallest one with which it falls nearly as far as with the best; None if it falls with none.
    too_large
        The smallest one above with which it rises, or is no number any more; None if there is none.
    losses
        The loss after a few epochs, by learning rate; the one before any is at 0.
    """

    too_small: float | None
    good: float | None
    too_large: float | None
    losses: dict[float, float]


def sweep(model: Fitting, x: Any, y: Any = None, epochs: int = EPOCHS, **options: Any) -> Rates:
    """Return learning rates that are too small, good and too large, by training copies of a model for a few epochs.

    Parameters
    ----------
    model
        The model; it stays as it is.
    x, y
        Inputs and targets.
    epochs
        How many epochs each learning rate is tried.
    **options
        Other arguments of `fit`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.live import sweep
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile("adam", "mse")
    >>> rates = sweep(model, task.x, task.y)
    >>> rates.too_small < rates.good < rates.too_large
    True
    """
    losses: dict[float, float] = {}
    for rate in TRIED:
        losses[rate] = _loss_after(model, rate, x, y, epochs, options)
    losses[0.0] = _loss_after(model, NO_RATE, x, y, 1, options)
    return rates_of(losses)


def _loss_after(model: Fitting, rate: float, x: Any, y: Any, epochs: int, options: dict[str, Any]) -> float:
    """Return the loss of the last of so many epochs with a learning rate, infinity if training ended before."""
    own = copy.deepcopy(model)
    steps = own.train_steps(x, y, epochs=epochs, record=False, **options)
    steps.hush()
    steps.change(learning_rate=rate)
    logs = [epoch.loss for epoch in steps]
    return logs[-1] if len(logs) == epochs else float("inf")


def rates_of(losses: dict[float, float]) -> Rates:
    """Return which learning rates are too small, good and too large, from the losses after a few epochs with each.

    Examples
    --------
    >>> from rnnscope.live.rates import rates_of
    >>> found = rates_of({0.0: 8.0, 1e-4: 7.9, 1e-3: 6.0, 1e-2: 1.0, 0.1: 3.0, 1.0: 50.0, 10.0: float("inf")})
    >>> found.too_small, found.good, found.too_large
    (0.0001, 0.01, 1.0)
    """
    start, tried = losses[0.0], sorted(rate for rate in losses if rate)
    most = start - min(losses[rate] for rate in tried)
    good = next((rate for rate in tried if start - losses[rate] >= MOST * most), None) if most > 0 else None
    large = (rate for rate in tried if rate > (good or 0) and not losses[rate] <= start)
    small = [rate for rate in tried if good and rate < good and start - losses[rate] < LITTLE * most]
    return Rates(small[-1] if small else None, good, next(large, None), losses)
