"""Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.checks import number
from rnnscope.engine.optimizers.base import Optimizer, in_float32
from rnnscope.engine.optimizers.lookups import squared
from rnnscope.engine.optimizers.schedules import LearningRateSchedule


class Adagrad(Optimizer):
    """Adagrad: `v ← v + g²; w ← w − lr·g/√(v + ε)`: weights that were moved often are moved less.

    Parameters
    ----------
    learning_rate
        Step size.
    initial_accumulator_value
        What v begins with, rounded to float32 as in Keras on TensorFlow.
    epsilon
        ε.
    weight_decay, **clipping
        As in `Optimizer`.

    Notes
    -----
    Source: J. Duchi, E. Hazan, Y. Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization,
    JMLR 12, 2011; arithmetic as in Keras 3.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.optimizers.Adagrad(0.1).learning_rate
    0.1
    """

    slots = ("v",)

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **clipping: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **clipping)
        self.initial_accumulator_value = number("initial_accumulator_value", initial_accumulator_value, 0)
        self.epsilon = number("epsilon", epsilon, 0, open_low=True)

    def _first(self, weights: np.ndarray) -> np.ndarray:
        return np.full_like(weights, in_float32(self.initial_accumulator_value))

    def _step(self, rate: float, w: np.ndarray, g: np.ndarray, squares: np.ndarray | None, *rest: np.ndarray) -> None:
        v, room, other = rest
        v += squared(g, squares, room)
        np.add(v, self.epsilon, out=room)
        np.sqrt(room, out=room)
        np.multiply(g, rate, out=other)
        w -= np.divide(other, room, out=room)
