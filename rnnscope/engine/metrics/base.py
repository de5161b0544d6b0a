"""What all metrics share: a mean over all samples, with weights and masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.checks import describe


class Metric:
    """What all metrics share: a mean over all samples since `reset_state`.

    Parameters
    ----------
    name
        Its key in `history`.

    Attributes
    ----------
    name
        Its key in `history`.
    better
        `"min"` if smaller numbers are better, `"max"` if larger ones are, None if nobody said it.
    """

    better: str | None = None
    takes_mask = True
    """Whether it leaves out time steps that a mask leaves out; all do in Keras but the root of the squared error."""
    takes_classes: bool | None = None
    """Whether targets are class numbers; None if they may be either."""

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"{type(self).__name__}: name: expected a name; got {describe(name)}")
        self.name = name
        self.reset_state()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    def reset_state(self) -> None:
        """Begin anew."""
        self._total, self._count = 0.0, 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add some samples.

        Parameters
        ----------
        y_true, y_pred
            Targets and predictions, (sample, output) or (sample, time, output); class numbers lack the last axis.
        sample_weight
            How much each sample counts, or each time step of it.
        """
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        weights = None if sample_weight is None else np.asarray(sample_weight, float)
        values, counted = _by_sample(np.asarray(self.measure(y_true, y_pred), float), weights)
        self._total += float(values.sum())
        self._count += float(values.size if counted is None else counted.sum())

    def result(self) -> float:
        """Return the mean over all samples that were added; 0 if there were none, as in Keras."""
        return self._total / self._count if self._count else 0.0

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Add some samples, and return the result."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every sample, or of every output of it."""
        raise NotImplementedError

    def behind(self, head: str) -> Metric:
        """Return what measures behind a last layer with a head, `"sigmoid"`, `"softmax"` or empty: mostly itself."""
        return self

    reads_logits = False
    """Whether what it calls predictions are the logits of what the last layer puts out."""

    def check(self, classes: bool) -> None:
        """Refuse targets of the other kind: class numbers, or numbers in the shape of the output."""
        if self.takes_classes in (None, classes):
            return
        wanted, got = "class numbers", "rows in the shape of the output"
        hint = ". Where there are rows with a 1 at the class, use 'categorical_accuracy'"
        if classes:
            wanted, got = got, "class numbers"
            hint = ". Of class numbers there are 'sparse_categorical_accuracy' and 'sparse_categorical_crossentropy'"
        raise ValueError(f"metrics: {self.name!r} expects targets that are {wanted}; got {got}{hint}")


def alike(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and predictions with as many axes: a last axis of one number may be missing in one of them."""
    if y_true.ndim == y_pred.ndim - 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., None]
    elif y_pred.ndim == y_true.ndim - 1 and y_true.shape[-1] == 1:
        y_pred = y_pred[..., None]
    if y_true.shape != y_pred.shape:
        raise ValueError(f"y_true: expected the shape of y_pred, {y_pred.shape}; got {y_true.shape}")
    return y_true, y_pred


def _by_sample(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Return a number for every sample, weighted, and how much each counts, as Keras takes the means."""
    if weights is not None:
        values = np.broadcast_to(values, weights.shape) if values.ndim == 0 else values
        if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
            weights = weights[..., 0]
        elif weights.ndim < values.ndim:
            values = values.mean(axis=tuple(range(weights.ndim, values.ndim)))
        weights = np.broadcast_to(weights, values.shape)
        values = values * weights
        weights = weights.mean(axis=tuple(range(1, weights.ndim)))
    return values.mean(axis=tuple(range(1, values.ndim))), weights
