"""Metrics out of losses and functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnscope.checks import describe
from rnnscope.engine.losses import Loss, SparseCategoricalCrossentropy
from rnnscope.engine.metrics.base import Metric

Measure = Callable[[np.ndarray, np.ndarray], Any]
"""What is measured of targets and predictions."""


class OfLoss(Metric):
    """A loss, measured like every metric: without what it does to the weights.

    Parameters
    ----------
    loss
        The loss.
    name
        Its key in `history`.
    """

    better = "min"

    def __init__(self, loss: Loss, name: str) -> None:
        super().__init__(name)
        self.loss = loss

    @property
    def takes_classes(self) -> bool:
        """Whether targets are class numbers."""
        return isinstance(self.loss, SparseCategoricalCrossentropy)

    @property
    def reads_logits(self) -> bool:
        """Whether what it calls predictions are the logits of what the last layer puts out."""
        return self.loss.reads_logits

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return the loss of every sample."""
        rows = np.eye(y_pred.shape[-1])[y_true.astype(int)] if self.takes_classes else y_true
        return self.loss.per_sample(y_pred, rows)

    def behind(self, head: str) -> Metric:
        """Return what measures behind a last layer with a head."""
        return OfLoss(self.loss.behind(head), self.name)


class OfFunction(Metric):
    """What a function says of targets and predictions: `function(y_true, y_pred)`, a number for every sample.

    Parameters
    ----------
    function
        The function; it takes and returns arrays.
    """

    def __init__(self, function: Measure) -> None:
        super().__init__(getattr(function, "__name__", type(function).__name__))
        self._function = function

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what the function says of every sample."""
        found = np.asarray(self._function(y_true, y_pred))
        if found.dtype.kind not in "biuf" or (found.ndim and len(found) != len(y_pred)):
            wanted = f"a number, or one for each of {len(y_pred)} samples"
            raise ValueError(f"metrics: {self.name}: expected {wanted}; got {describe(found)}")
        return found
