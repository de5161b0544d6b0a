"""Gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.checks import flag, number
from rnnscope.engine.optimizers.base import Optimizer, in_float32
from rnnscope.engine.optimizers.schedules import LearningRateSchedule


class SGD(Optimizer):
    """Gradient descent: `w ← w − lr·g`, or with momentum `m ← μ·m − lr·g; w ← w + m` (Nesterov: `w ← w + μ·m − lr·g`).

    As in Keras on TensorFlow, μ is rounded to float32.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.optimizers.SGD(0.1, momentum=0.9).learning_rate
    0.1
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        **clipping: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **clipping)
        self.momentum, self.nesterov = number("momentum", momentum, 0, 1), flag("nesterov", nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    def _step(self, rate: float, w: np.ndarray, g: np.ndarray, squares: np.ndarray | None, *rest: np.ndarray) -> None:
        *state, room, _ = rest
        np.multiply(g, rate, out=room)
        if not state:
            w -= room
            return
        (m,) = state
        momentum = in_float32(self.momentum)
        m *= momentum
        m -= room
        if self.nesterov:
            w -= room
            w += np.multiply(m, momentum, out=room)
        else:
            w += m
