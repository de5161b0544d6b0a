"""Metrics of numbers: how far predictions are from targets."""

from __future__ import annotations

import numpy as np

from rnnscope.engine.metrics.base import Metric, alike

SMALL = 1e-7
"""Targets smaller than this count as this large where an error is divided by them, as in Keras."""


class _Errors(Metric):
    """How far predictions are from targets; `errors` is each metric's own."""

    better = "min"
    takes_classes = False

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        return self.errors(*alike(y_true, y_pred))

    def errors(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of targets and predictions of one shape."""
        raise NotImplementedError


class MeanSquaredError(_Errors):
    """Mean squared error, `(ŷ − y)²`.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(name)

    def errors(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        return np.square(y_pred - y_true).mean(axis=-1)


class RootMeanSquaredError(_Errors):
    """Root of the mean squared error over all samples. As in Keras, it leaves out no time step that a mask leaves out.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.RootMeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]]) ** 2
    2.0000000000000004
    """

    takes_mask = False

    def __init__(self, name: str = "root_mean_squared_error") -> None:
        super().__init__(name)

    def errors(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        return np.square(y_pred - y_true)

    def result(self) -> float:
        """Return the root of the mean over all samples that were added."""
        return float(np.sqrt(super().result()))


class MeanAbsoluteError(_Errors):
    """Mean absolute error, `|ŷ − y|`.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.MeanAbsoluteError()([[1.0], [2.0]], [[1.0], [4.0]])
    1.0
    """

    def __init__(self, name: str = "mean_absolute_error") -> None:
        super().__init__(name)

    def errors(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        return np.abs(y_pred - y_true).mean(axis=-1)


class MeanAbsolutePercentageError(_Errors):
    """Mean absolute error in percent of the target, `100·|ŷ − y| / |y|`, of targets of at least 1e-7.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.MeanAbsolutePercentageError()([[1.0], [2.0]], [[1.0], [4.0]])
    50.0
    """

    def __init__(self, name: str = "mean_absolute_percentage_error") -> None:
        super().__init__(name)

    def errors(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        return 100 * np.abs((y_true - y_pred) / np.maximum(np.abs(y_true), SMALL)).mean(axis=-1)
