"""What predictions are measured by: how far they are off, or how many are right."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnscope.languages import noted

WAY = 0.9
"""What is so far on the way from the trivial answer to a perfect one counts as solved, unless a task says otherwise."""


@dataclass(frozen=True)
class Measure:
    """One way to measure predictions.

    Attributes
    ----------
    of
        Returns the score of predictions beside targets; NaN if a prediction is NaN or infinite.
    goal
        What has to be reached, for sentences: its `{score}` counts as solved.
    best
        The score of a perfect answer.
    reaches
        Says whether a score is as good as it has to be.
    trivial
        What is said by one who does not look at the inputs, for sentences.
    """

    of: Callable[[np.ndarray, np.ndarray], float]
    goal: str
    best: float
    reaches: Callable[[float, float], bool]
    trivial: str

    def is_better(self, score: float, than: float) -> bool:
        """Say whether a score is nearer to the best one than another."""
        return abs(score - self.best) < abs(than - self.best)

    def solved(self, trivial: float) -> float:
        """Return the score that counts as solved, if the trivial answer has another one."""
        return trivial + WAY * (self.best - trivial)


def error(prediction: np.ndarray, y: np.ndarray) -> float:
    """Return the root of the mean square of what predictions are off, over samples, time steps and outputs."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.mean((prediction.astype(float) - y) ** 2)))


def accuracy(prediction: np.ndarray, y: np.ndarray) -> float:
    """Return the share of samples and time steps at which the most probable class is the right one.

    Targets are class numbers (…, 1), rows with a 1 at the class, or 0 and 1 beside a single probability.
    """
    if not np.isfinite(prediction).all():
        return float("nan")
    if prediction.shape[-1] == 1:
        said, right = prediction[..., 0] > 0.5, y[..., 0] > 0.5
    else:
        said, right = prediction.argmax(axis=-1), y.argmax(axis=-1) if y.shape == prediction.shape else y[..., 0]
    return float(np.mean(said == right))


MEASURES = {
    "error": Measure(
        error,
        noted("an error (root of the mean square) below {score} counts as solved"),
        0.0,
        operator.lt,
        noted("the mean of the targets"),
    ),
    "accuracy": Measure(
        accuracy,
        noted("a share of right answers of at least {score} counts as solved"),
        1.0,
        operator.ge,
        noted("the most frequent class"),
    ),
}
"""The measures by name."""
