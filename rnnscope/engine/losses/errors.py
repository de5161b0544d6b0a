"""Losses of numbers: how far predictions are from their targets."""

from __future__ import annotations

import math

import numpy as np

from rnnscope.checks import number
from rnnscope.engine.losses.base import EPSILON, Elementwise


class MeanSquaredError(Elementwise):
    """Mean squared error, `(ŷ − y)²`, averaged over the last axis, then over samples.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.losses.MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        return np.square(prediction - y)

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return 2 * (prediction - y)


class MeanAbsoluteError(Elementwise):
    """Mean absolute error, `|ŷ − y|`, averaged over the last axis, then over samples."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        return np.abs(prediction - y)

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return np.sign(prediction - y)


class MeanAbsolutePercentageError(Elementwise):
    """Mean absolute error in percent of the target, `100·|ŷ − y| / |y|`; a target of 0 counts as 1e-7."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        return 100 * np.abs((prediction - y) / np.maximum(np.abs(y), EPSILON))

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return 100 * np.sign(prediction - y) / np.maximum(np.abs(y), EPSILON)


class MeanSquaredLogarithmicError(Elementwise):
    """Mean squared error of logarithms, `(log(1 + ŷ) − log(1 + y))²`; numbers below 1e-7 count as 1e-7."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        return np.square(self._difference(prediction, y))

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        slopes = 2 * self._difference(prediction, y) / (np.maximum(prediction, EPSILON) + 1)
        return np.where(prediction >= EPSILON, slopes, 0)

    def _difference(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(prediction, EPSILON) + 1) - np.log(np.maximum(y, EPSILON) + 1)


class Huber(Elementwise):
    """Half the squared error as far as `delta`, and a straight line from there on: far targets pull no harder.

    Parameters
    ----------
    delta
        The error where the line begins.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.losses.Huber(delta=1.0)([[0.0], [0.0]], [[0.5], [3.0]])
    1.3125
    """

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = number("delta", delta, 0, open_low=True)

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        error = np.abs(prediction - y)
        return np.where(error <= self.delta, 0.5 * np.square(error), self.delta * error - 0.5 * self.delta**2)

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return np.clip(prediction - y, -self.delta, self.delta)


LOG_2 = float(np.float32(math.log(2)))
"""Keras on TensorFlow rounds it to float32; the loss of no error then is −2e-9."""


class LogCosh(Elementwise):
    """`log(cosh(ŷ − y))`: near 0 half the squared error, further out the absolute error."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        error = prediction - y
        return error + np.logaddexp(0, -2 * error) - LOG_2

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return np.tanh(prediction - y)


class Poisson(Elementwise):
    """`ŷ − y·log(ŷ + 1e-7)`: for counts whose mean is predicted."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        return prediction - y * np.log(prediction + EPSILON)

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return 1 - y / (prediction + EPSILON)


class Hinge(Elementwise):
    """`max(1 − y·ŷ, 0)` for targets −1 and 1; targets 0 and 1 become −1 and 1."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        return np.maximum(1 - _signs(y) * prediction, 0)

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return np.where(_signs(y) * prediction <= 1, -_signs(y), 0)


class SquaredHinge(Hinge):
    """The square of `Hinge`: `max(1 − y·ŷ, 0)²`."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        return np.square(super().each(prediction, y))

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        return 2 * super().each(prediction, y) * super().slope(prediction, y)


def _signs(y: np.ndarray) -> np.ndarray:
    """Return targets as −1 and 1."""
    return 2 * y - 1 if ((y == 0) | (y == 1)).all() else y
