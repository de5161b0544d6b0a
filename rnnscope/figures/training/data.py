"""What the view of training shows at a moment, and which inputs can stand beside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.checks import describe
from rnnscope.trace import Trace


@dataclass(frozen=True)
class TrainingData:
    """What the view shows at a moment. Dots are (2, dot): place across and prediction.

    Attributes
    ----------
    losses
        The losses of the epoch, by name.
    dots, own, point
        Predictions (evenly spaced ones of them if they are many); those of the sample; those at its time step.
    ways, own_ways
        Predictions of the epochs up to this one as dots, (2, way, epoch), for some of `dots` and for `point`; the
        earlier an epoch, the further to the left.
    targets
        The targets of `point`, or None.
    distance, lost
        The mean distance of all finite predictions from their targets, or None; how many are not finite.
    right
        Where the largest output is the right class, (sample,) or (sample, time); None if there are no classes.
    unseen, unseen_targets, unseen_dots
        Predictions for the unseen inputs, (sample, output), at the time step, and what would be right, or None; all of
        them as dots if they are shown against targets.
    courses, goals
        Predictions and targets of the sample over time, (2, output, time), if there are targets at every time step.
    gaps
        From each number of `point` to its target, (2, number, 2).
    held
        The time steps of the sample that do not count, where predictions stand over time.
    """

    losses: dict[str, float]
    dots: np.ndarray
    own: np.ndarray
    point: np.ndarray
    ways: np.ndarray
    own_ways: np.ndarray
    targets: np.ndarray | None
    distance: float | None
    lost: int
    right: np.ndarray | None
    unseen: np.ndarray
    unseen_targets: np.ndarray | None
    unseen_dots: np.ndarray
    courses: np.ndarray
    goals: np.ndarray
    gaps: np.ndarray
    held: np.ndarray


def checked(unseen: Trace, trace: Trace) -> Trace:
    """Return the trace of unseen inputs if its predictions can stand beside those of a trace.

    Raises
    ------
    TypeError
        If it is no trace.
    ValueError
        If nothing was recorded, or it has other outputs.
    """
    if not isinstance(unseen, Trace):
        raise TypeError(f"unseen: expected a Trace, as model.trace(x) returns; got {describe(unseen)}")
    if not len(unseen.epochs):
        raise ValueError("unseen: expected a trace with recorded epochs; got none")
    mine, other = trace.predictions.shape, unseen.predictions.shape
    if (len(mine), mine[-1]) != (len(other), other[-1]):
        axes = "(epoch, sample, time, output)" if len(mine) == 4 else "(epoch, sample, output)"
        raise ValueError(f"unseen: expected predictions of the same net, {mine} {axes}; got {other}")
    if len(mine) == 4 and mine[2] != other[2]:
        raise ValueError(f"unseen: expected inputs of {mine[2]} time steps; got {other[2]}")
    return unseen
