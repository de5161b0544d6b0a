"""Which units to show, and in which order: by when they become active, by size, by likeness, or by a threshold."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import describe, one_of, positive_int
from rnnscope.trace import LayerTrace

ORDERS = ("number", "activity", "mean", "similarity")


def ordered(values: np.ndarray, by: str) -> np.ndarray:
    """Return the numbers of all units in some order.

    Parameters
    ----------
    values
        Values of a quantity, (time, unit). NaN and infinity count as zero.
    by
        `"number"`: as they are; `"activity"`: by the first time step at which a unit reaches half of its largest size,
        the stronger first; `"mean"`: by the mean over time, the largest first; `"similarity"`: units with similar
        values side by side, by their angle in the plane of the two leading principal components.

    Examples
    --------
    >>> import numpy as np
    >>> ordered(np.array([[0.0, 0.9, 0.5], [0.8, 1.0, 0.5]]), "activity").tolist()
    [1, 2, 0]
    >>> ordered(np.array([[0.0, 0.9, 0.5], [0.8, 1.0, 0.5]]), "mean").tolist()
    [1, 2, 0]
    """
    one_of("by", by, ORDERS)
    values = np.where(np.isfinite(values), values, 0.0)
    units = np.arange(values.shape[1])
    if by == "activity":
        sizes = np.abs(values)
        first = np.argmax(sizes >= sizes.max(axis=0) / 2, axis=0)
        return np.lexsort((-sizes.max(axis=0), first))
    if by == "mean":
        return np.argsort(-values.mean(axis=0), kind="stable")
    if by == "similarity" and len(units) > 2:
        centred = (values - values.mean(axis=1, keepdims=True)).T
        scores, sizes, _ = np.linalg.svd(centred.astype(float), full_matrices=False)
        plane = np.pad(scores * sizes, ((0, 0), (0, 1)))[:, :2]
        return np.argsort(np.arctan2(plane[:, 1], plane[:, 0]), kind="stable")
    return units


def units_above(
    layer: LayerTrace,
    quantity: str,
    threshold: float,
    *,
    epoch: int = -1,
    sample: int = 0,
    first: int = 0,
    last: int | None = None,
) -> np.ndarray:
    """Return the units of a layer whose quantity stays above a threshold over a window of time steps.

    Parameters
    ----------
    layer
        The recording of a layer, `trace["lstm"]`.
    quantity
        Name of a quantity, such as `"f"`.
    threshold
        A number; a unit is chosen if it is above it at every time step of the window.
    epoch
        Place of an epoch among the recorded ones; the last by default.
    sample
        Number of a sample.
    first, last
        The window of time steps, both ends included; all of them by default.

    Returns
    -------
    numpy.ndarray
        Numbers of units, ascending.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> trace = model.trace(task.x)
    >>> rs.figures.units_above(trace["lstm"], "f", 0.5, first=1, last=3).dtype
    dtype('int64')
    """
    values = layer[quantity]
    if isinstance(threshold, bool) or not isinstance(threshold, int | float | np.number):
        raise TypeError(f"threshold: expected a number; got {describe(threshold)}")
    if not -len(values) <= epoch < len(values):
        raise ValueError(f"epoch: expected a place among the {len(values)} recorded ones; got {epoch}")
    steps = values.shape[2]
    sample, first = positive_int("sample", sample, 0), positive_int("first", first, 0)
    last = steps - 1 if last is None else positive_int("last", last, 0)
    if sample >= values.shape[1]:
        raise ValueError(f"sample: expected a number from 0 to {values.shape[1] - 1}; got {sample}")
    if not first <= last < steps:
        raise ValueError(
            f"first, last: expected time steps 0 to {steps - 1} in ascending order; got {first} and {last}"
        )
    return np.flatnonzero((values[epoch, sample, first : last + 1] > threshold).all(axis=0))
