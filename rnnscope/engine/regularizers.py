"""Penalties on the size of weights: what they add to the loss, and to its gradient by the weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.checks import arguments_of, describe, number, spelled
from rnnscope.habits import refuse_name


class Regularizer:
    """What all regularizers share; `value` and `gradient` are each regularizer's own."""

    def value(self, weights: np.ndarray) -> float:
        """Return what an array of weights adds to the loss."""
        raise NotImplementedError

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """Return the gradient of `value` by the weights."""
        raise NotImplementedError

    def __call__(self, weights: Any) -> float:
        """Return what an array of weights adds to the loss."""
        return self.value(np.asarray(weights, float))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value:g}" for name, value in arguments_of(self).items())
        return f"{type(self).__name__}({given})"


class L1L2(Regularizer):
    """`l1·Σ|w| + l2·Σw²`.

    As in Keras on TensorFlow, the factors are rounded to float32.

    Parameters
    ----------
    l1, l2
        The factors.

    Examples
    --------
    >>> import rnnscope as rs
    >>> round(rs.regularizers.L1L2(l1=0.1, l2=0.01)([[1.0, -2.0]]), 6)
    0.35
    >>> layer = rs.layers.LSTM(3, kernel_regularizer=rs.regularizers.L2(0.01))
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        kind = type(self).__name__
        self.l1, self.l2 = number(f"{kind}: l1", l1, 0), number(f"{kind}: l2", l2, 0)

    @property
    def _factors(self) -> tuple[float, float]:
        return float(np.float32(self.l1)), float(np.float32(self.l2))

    def value(self, weights: np.ndarray) -> float:
        """Return what an array of weights adds to the loss."""
        l1, l2 = self._factors
        size = l1 * float(np.abs(weights).sum()) if l1 else 0.0
        return size + (l2 * float(np.square(weights).sum()) if l2 else 0.0)

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """Return the gradient of `value` by the weights."""
        l1, l2 = self._factors
        return l1 * np.sign(weights) + (2 * l2) * weights


class L1(L1L2):
    """`l1·Σ|w|`: draws weights to 0 and leaves many of them there.

    Parameters
    ----------
    l1
        The factor.
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1)


class L2(L1L2):
    """`l2·Σw²`: draws weights to 0, large ones most.

    Parameters
    ----------
    l2
        The factor.
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(0.0, l2)


l1, l2, l1_l2 = L1, L2, L1L2
"""The same under the names of Keras 2."""

REGULARIZERS: dict[str, type[Regularizer]] = {"l1": L1, "l2": L2, "l1_l2": L1L2}
"""The regularizers by Keras's names."""


def regularizer(argument: str, value: Any) -> Regularizer | None:
    """Return a regularizer given by name (with Keras's defaults), as it is, or None for none."""
    if value is None or isinstance(value, Regularizer):
        return value
    if isinstance(value, type) and issubclass(value, Regularizer):
        return value()
    if not isinstance(value, str):
        names = ", ".join(REGULARIZERS)
        raise TypeError(f"{argument}: expected one of {names}, one of rs.regularizers or None; got {describe(value)}")
    return REGULARIZERS[spelled(argument, value, REGULARIZERS)]()


def get(identifier: Any) -> Any:
    """Return a regularizer given by name or as it is."""
    return regularizer("regularizers: identifier", identifier)


def __getattr__(name: str) -> Any:
    refuse_name("regularizer", name, [kind.__name__ for kind in REGULARIZERS.values()])
