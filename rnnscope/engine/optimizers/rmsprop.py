"""RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.checks import flag, number
from rnnscope.engine.optimizers.base import Optimizer, blend
from rnnscope.engine.optimizers.lookups import squared
from rnnscope.engine.optimizers.schedules import LearningRateSchedule


class RMSprop(Optimizer):
    """RMSprop: `v ← ρ·v + (1−ρ)·g²; w ← w − lr·g/√(v + ε)` (centered: v less the square of the mean gradient).

    Source: T. Tieleman, G. Hinton, Lecture 6.5, 2012; arithmetic as in Keras 3.
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        **clipping: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **clipping)
        self.rho, self.momentum = number("rho", rho, 0, 1), number("momentum", momentum, 0, 1)
        self.epsilon, self.centered = number("epsilon", epsilon, 0, open_low=True), flag("centered", centered)
        self.slots = ("v", *(["mean"] if centered else []), *(["momentum"] if momentum else []))

    def _step(self, rate: float, w: np.ndarray, g: np.ndarray, squares: np.ndarray | None, *rest: np.ndarray) -> None:
        *state, room, other = rest
        named = dict(zip(self.slots, state, strict=True))
        v = blend(named["v"], squared(g, squares, room), self.rho, other)
        if self.centered:
            mean = blend(named["mean"], g, self.rho, other)
            np.subtract(v, np.multiply(mean, mean, out=other), out=room)
            np.maximum(room, 0, out=room)  # a nearly constant gradient leaves less than a rounding error
            room += self.epsilon
        else:
            np.add(v, self.epsilon, out=room)
        np.sqrt(room, out=room)
        np.divide(g, room, out=room)
        room *= rate
        if self.momentum:
            named["momentum"] *= self.momentum
            named["momentum"] += room
            room = named["momentum"]
        w -= room
